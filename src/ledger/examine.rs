//! Looking a ledger over, however damaged it is.

use std::path::Path;

use rusqlite::{Connection, Result};

use super::LedgerError;
use super::columns::{all, first, one, value};
use super::reader::{Reader, beside};
use super::schema::SCHEMA;
use crate::model::{Digest, excerpt};

/// What was found of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Its form, at least 1.
    pub version: u32,
    /// The newest form this program knows, at least that.
    pub known: u32,
    /// The first thing that is wrong with it.
    pub damage: Option<String>,
    /// How many codes it has; 0 if it is damaged.
    pub codes: u64,
    /// The pictures of the newest generations of codes that are in campaign files, without those that were removed
    /// for good; none if it is damaged.
    pub pictures: Vec<Digest>,
    /// Whether part of it is in its log: a run is under way, or was killed.
    pub has_log: bool,
}

/// Looks a ledger over, all of its pages; `None` if there is none, or nothing in it yet.
pub fn examine(path: &Path) -> Result<Option<Examined>, LedgerError> {
    let Some((reader, version)) = Reader::open_any(path, &SCHEMA)? else { return Ok(None) };
    SCHEMA.check_known(path, version)?;
    let has_log = beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0);
    let examined = reader.read(path, &mut |connection| {
        let known = SCHEMA.newest();
        let damage = first_damage(connection)?;
        if damage.is_some() {
            return Ok(Examined { version, known, damage, codes: 0, pictures: Vec::new(), has_log });
        }
        let pictures = "SELECT DISTINCT g.picture FROM codes c JOIN generations g ON g.id = c.latest
             WHERE c.retired = 0 AND g.picture IS NOT NULL AND g.picture_removed = 0";
        let pictures = all(connection, pictures, [], one)?;
        let codes = value(connection, "SELECT count(*) FROM codes", [])?;
        Ok(Examined { version, known, damage, codes, pictures, has_log })
    })?;
    Ok(Some(examined))
}

/// The first thing that is wrong with a database: its pages and indexes, then references that lead nowhere. `None`
/// if all is well.
pub(super) fn first_damage(connection: &Connection) -> Result<Option<String>> {
    // What the database says quotes the file.
    const MOST_SAID: usize = 200;
    let said: String = value(connection, "PRAGMA integrity_check(1)", [])?;
    if said != "ok" {
        return Ok(Some(excerpt(&said, MOST_SAID)));
    }
    let references = "SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 1";
    first(connection, references, [], |cells| {
        let (table, parent): (String, String) = (cells.next()?, cells.next()?);
        let what = format!("a row of {table} refers to one of {parent} that is not there");
        Ok(excerpt(&what, MOST_SAID))
    })
}
