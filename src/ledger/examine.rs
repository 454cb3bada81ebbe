//! Looking a ledger over, however damaged it is.

use std::path::Path;

use super::error::{Fault, LedgerError};
use super::health::first_damage;
use super::reader::{Reader, beside};
use super::rows;
use super::schema::SCHEMA;
use crate::model::Digest;

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
    let Some((reader, format)) = Reader::open_any(path, &SCHEMA)? else { return Ok(None) };
    let Some(version) = format.known_form(path, &SCHEMA)? else { return Ok(None) };
    let known = SCHEMA.newest();
    let has_log = beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0);
    let mut examined = Examined { version, known, damage: None, codes: 0, pictures: Vec::new(), has_log };
    reader.read(path, &mut |connection| {
        examined.damage = first_damage(connection)?;
        if examined.damage.is_some() {
            return Ok(());
        }
        examined.codes =
            connection.query_row("SELECT count(*) FROM codes", [], |row| Ok(rows::count(row, 0)))??;
        let mut statement = connection.prepare(
            "SELECT DISTINCT g.picture FROM codes c JOIN generations g ON g.id = c.latest
             WHERE c.retired = 0 AND g.picture IS NOT NULL AND g.picture_removed = 0",
        )?;
        let mut rows = statement.query([])?;
        examined.pictures.clear();
        while let Some(row) = rows.next()? {
            examined.pictures.push(rows::digest(row, 0)?);
        }
        Ok::<(), Fault>(())
    })?;
    Ok(Some(examined))
}
