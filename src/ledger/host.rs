//! Which machine a ledger was written on last.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, Result};

use super::LedgerError;
use super::columns::first;
use super::lock::host_name;
use super::sqlite::SqliteLedger;
use crate::fsio;
use crate::model::{Digest, excerpt};

/// A machine that can be told from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// What people call it.
    pub name: String,
    /// What tells it from others: two hosts are one machine if these are equal.
    machine: String,
}

/// Where Linux keeps what tells machines apart (machine-id(5)).
const MACHINE_ID: &str = "/etc/machine-id";

/// The most characters of a name that are kept and shown.
const NAME_CHARS: usize = 64;

impl Host {
    /// This machine, by the name that somebody gave it, or else by its machine id; `None` if nothing tells it from
    /// others: containers have a new name each time, and mostly no machine id.
    pub fn this(given: Option<&str>) -> Option<Self> {
        let given = given.map(str::trim).filter(|given| !given.is_empty());
        Self::of(given, machine_id(Path::new(MACHINE_ID)).as_deref(), &host_name())
    }

    fn of(given: Option<&str>, machine_id: Option<&str>, host_name: &str) -> Option<Self> {
        let name = excerpt(given.unwrap_or(host_name), NAME_CHARS);
        let machine = match (given, machine_id) {
            (Some(given), _) => format!("name {}", Digest::of(given.as_bytes())),
            // Hashed, since the id itself is not to leave the machine (machine-id(5)).
            (None, Some(id)) => format!("id {}", Digest::of(format!("scenepress {id}").as_bytes())),
            (None, None) => return None,
        };
        Some(Self { name, machine })
    }
}

/// A machine's id; `None` if there is none, or not yet.
fn machine_id(path: &Path) -> Option<String> {
    let text = String::from_utf8(fsio::read_limited(path, 4096).ok()?).ok()?;
    let id = text.trim();
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

/// Where and when a ledger was last written on another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUsed {
    /// The name of that machine.
    pub host: String,
    /// When; `None` if nothing was written yet.
    pub at: Option<Timestamp>,
}

impl SqliteLedger {
    /// The machine that wrote last, if it is known and another than this one.
    pub fn used_elsewhere(&self, this: &Host) -> Result<Option<LastUsed>, LedgerError> {
        let last = self.read(last)?;
        Ok(last.filter(|(machine, _)| *machine != this.machine).map(|(_, last)| last))
    }

    /// Remembers this machine as the one that writes. Nothing is written if it is the one that wrote last.
    pub fn set_host(&mut self, this: &Host) -> Result<(), LedgerError> {
        if self.read(last)?.is_some_and(|(machine, last)| machine == this.machine && last.host == this.name) {
            return Ok(());
        }
        self.write(|transaction| {
            let set = "UPDATE meta SET host = ?1, machine = ?2";
            transaction.execute(set, (&this.name, &this.machine)).map(drop)
        })
    }
}

/// The machine that wrote last, as it is told from others and as it is called.
fn last(connection: &Connection) -> Result<Option<(String, LastUsed)>> {
    let sql = "SELECT machine, host, written_at FROM meta WHERE machine IS NOT NULL";
    first(connection, sql, [], |cells| {
        let (machine, host): (_, Option<String>) = (cells.next()?, cells.next()?);
        let host = excerpt(host.as_deref().unwrap_or("another machine"), NAME_CHARS);
        Ok((machine, LastUsed { host, at: cells.next()? }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_by_its_given_name_then_by_its_id_and_never_by_its_host_name() {
        let same =
            |a: Option<Host>, b: Option<Host>| a.expect("a host").machine == b.expect("a host").machine;
        let id = Some("0123456789abcdef0123456789abcdef");
        assert!(same(Host::of(None, id, "a"), Host::of(None, id, "b")), "renamed");
        assert!(!same(Host::of(None, id, "a"), Host::of(None, Some("other"), "a")), "a namesake");
        assert!(same(Host::of(Some("ci"), id, "a"), Host::of(Some("ci"), None, "b")), "as told");
        assert!(!same(Host::of(Some("ci"), id, "a"), Host::of(None, id, "a")));
        assert_eq!(Host::of(None, None, "3f2a9c4d5e6f"), None, "a container");
        let host = Host::of(None, id, "web\u{1b}1").expect("a host");
        assert_eq!(host.name, "web\\u{1b}1");
        assert!(!format!("{host:?}").contains("0123456789abcdef"));
    }

    #[test]
    fn a_machine_id_that_is_none_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("machine-id");
        assert_eq!(machine_id(&path), None);
        for (text, expected) in [
            ("", None),
            ("uninitialized\n", None),
            ("0123456789abcdef0123456789abcdef\n", Some("0123456789abcdef0123456789abcdef".to_owned())),
        ] {
            fsio::write_atomic(&path, text.as_bytes()).expect("written");
            assert_eq!(machine_id(&path), expected, "{text}");
        }
    }
}
