//! Whether a ledger holds together, by the database's own checks.

use rusqlite::Connection;

use super::error::Fault;
use crate::model::excerpt;

/// The most characters that are shown of what the database says: it quotes the file.
const MOST_SAID: usize = 200;

/// The first thing that is wrong with a database: its pages and indexes, then references that lead nowhere. `None`
/// where all is well.
pub(super) fn first_damage(connection: &Connection) -> Result<Option<String>, Fault> {
    let said: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Ok(Some(excerpt(&said, MOST_SAID)));
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
    let what = format!("a row of {table} refers to one of {parent} that is not there");
    Ok(Some(excerpt(&what, MOST_SAID)))
}
