//! The lock that lets one run at a time write a ledger.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::error::{LedgerError, LedgerFault};
use super::reader::{beside, check_links};
use crate::fsio::{FsError, create_folder, network_of};
use crate::model::{excerpt, rfc3339};

/// The most characters of the lock file that are shown.
const OWNER_CHARS: usize = 200;

/// How the lock file of a living run begins.
const OWNER: &str = "pid ";

/// The right to write a ledger. It ends with the value, or with the process however that dies.
///
/// It lies on `<ledger>.lock`, a file that says who holds it. The file stays, empty, when the lock is given back:
/// removing it would let two runs lock two files of the same name.
#[derive(Debug)]
pub struct RunLock {
    ledger: PathBuf,
    file: File,
}

impl RunLock {
    /// Takes the lock of a ledger, which need not exist yet, or says who has it. It never waits.
    ///
    /// On a network file system nobody gets it: reading a ledger there is fine while nobody writes, writing is not.
    pub fn acquire(ledger: &Path, now: Timestamp) -> Result<Self, LedgerError> {
        Self::acquire_on(network_of(ledger), ledger, now)
    }

    fn acquire_on(network: Option<&'static str>, ledger: &Path, now: Timestamp) -> Result<Self, LedgerError> {
        if let Some(network) = network {
            return Err(LedgerError::on_network(ledger, network));
        }
        // If the ledger is a link, beside the file itself: it has one lock, not one a name.
        let path = beside(ledger, ".lock");
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        let error = |action, source| FsError::new(action, &path, source);
        let mut file = open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(&mut file, &path)),
            Err(TryLockError::Error(source)) => return Err(error("lock", source).into()),
        }
        // Only now: whoever holds the lock may be about to write its name.
        if !is_owners(&mut file).map_err(|source| error("read", source))? {
            return Err(foreign(&path, "holds something else"));
        }
        check_links(ledger)?;
        let owner = format!("{OWNER}{} on host {} since {}\n", std::process::id(), host_name(), rfc3339(now));
        file.set_len(0)
            .and_then(|()| file.write_all(owner.as_bytes()))
            .map_err(|source| error("write", source))?;
        Ok(Self { ledger: ledger.to_owned(), file })
    }

    /// The ledger it is for.
    pub fn ledger(&self) -> &Path {
        &self.ledger
    }
}

/// Opens the lock's file, which is made if there is none. A link is not followed: writing to it would empty its target.
fn open(path: &Path) -> Result<File, LedgerError> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK; // a pipe would wait
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false) // it may be somebody else's
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = match opened {
        Err(source) if source.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Err(foreign(path, "is a symbolic link"));
        }
        opened => opened.map_err(|source| FsError::new("open", path, source))?,
    };
    let found = file.metadata().map_err(|source| FsError::new("look at", path, source))?;
    match (found.is_file(), found.nlink()) {
        (true, ..=1) => Ok(file),
        (true, _) => Err(foreign(path, "has several names (hard links)")),
        (false, _) => Err(foreign(path, "is no plain file")),
    }
}

/// Whether a file holds nothing but an owner's name. A power cut may leave zeros in its place.
fn is_owners(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.take(OWNER.len() as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head == OWNER.as_bytes() || head.iter().all(|byte| *byte == 0))
}

/// What lies in the lock's place is not the lock's file, and would be emptied.
fn foreign(path: &Path, what: &str) -> LedgerError {
    let message = format!("{} {what}, and is no lock of scenepress", path.display());
    let help = ["move it away", "or name another ledger: --ledger FILE"];
    LedgerError::new(LedgerFault::Place, path, message, &help)
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // Before the file is closed, which gives the lock back.
        let _ = self.file.set_len(0);
    }
}

/// Says who holds the lock, if its file tells.
fn held(file: &mut File, path: &Path) -> LedgerError {
    let mut owner = String::new();
    // A file that cannot be read, or whose owner did not write its name yet, tells nothing.
    let _ = file.take(4096).read_to_string(&mut owner);
    let owner = match excerpt(owner.trim(), OWNER_CHARS) {
        owner if owner.is_empty() => owner,
        owner => format!(": {owner}"),
    };
    let message = format!("another run holds the lock{owner}");
    LedgerError::new(LedgerFault::Held, path, message, &["wait for it: --lock-timeout 10m", "or stop it"])
}

/// The machine's name, without what would break the lock file's line.
pub(super) fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let name: String = name.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T07:04:05Z".parse().expect("an instant")
    }

    #[test]
    fn a_second_run_is_told_who_holds_the_lock_until_it_is_given_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("output/ledger.sqlite");
        let first = RunLock::acquire(&ledger, now()).expect("free");
        assert_eq!(first.ledger(), ledger);
        let error = RunLock::acquire(&ledger, now()).expect_err("held");
        let expected = format!(
            "another run holds the lock: pid {} on host {} since 2026-11-22T15:04:05+08:00: \
             wait for it: --lock-timeout 10m; or stop it",
            std::process::id(),
            host_name()
        );
        assert_eq!(error.one_line(), expected);
        drop(first);
        drop(RunLock::acquire(&ledger, now()).expect("free again"));
        let left = std::fs::metadata(beside(&ledger, ".lock")).expect("the file stays");
        assert_eq!(left.len(), 0, "and names nobody");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test's files")]
    fn what_a_dead_run_left_in_the_lock_file_is_no_lock_and_garbage_names_nobody() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("ledger.sqlite");
        let dead =
            "pid 1 on host elsewhere since 2020-01-01T00:00:00+08:00\nand a longer text than ours ".repeat(9);
        std::fs::write(beside(&ledger, ".lock"), dead).expect("a file");
        let lock = RunLock::acquire(&ledger, now()).expect("free");
        let text = std::fs::read_to_string(beside(&ledger, ".lock")).expect("a file");
        assert_eq!(text.lines().count(), 1, "{text}");
        std::fs::write(beside(&ledger, ".lock"), [0xff, 0x00]).expect("a file");
        let error = RunLock::acquire(&ledger, now()).expect_err("held");
        assert_eq!(error.to_string(), "another run holds the lock");
        drop(lock);
    }

    #[test]
    fn a_ledger_and_a_link_to_it_have_one_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("ledger.sqlite");
        crate::fsio::create_private(&ledger).expect("a file");
        let link = folder.path().join("link.sqlite");
        std::os::unix::fs::symlink(&ledger, &link).expect("a link");
        let _lock = RunLock::acquire(&ledger, now()).expect("free");
        RunLock::acquire(&link, now()).expect_err("held");
    }

    #[test]
    fn on_a_network_file_system_nobody_gets_the_lock_and_nothing_is_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("share/ledger.sqlite");
        let error = RunLock::acquire_on(Some("NFS"), &ledger, now()).expect_err("refused");
        let expected = format!(
            "{} lies on a network file system (NFS), where machines do not see each other's locks and a ledger gets \
             damaged: name a file on a local disk with --ledger; and copy it there as a backup when a run has ended",
            ledger.display()
        );
        assert_eq!(error.one_line(), expected);
        assert!(!folder.path().join("share").exists());
        drop(RunLock::acquire_on(None, &ledger, now()).expect("free"));
    }
}
