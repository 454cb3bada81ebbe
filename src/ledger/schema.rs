//! The ledger's format: how it is known, and how it comes up to date.

use rusqlite::{Connection, TransactionBehavior};

use super::error::Fault;

/// What makes a `SQLite` file a ledger: "SCPR" in its header.
pub(super) const APPLICATION_ID: i64 = 0x5343_5052;

/// Each step's SQL brings a ledger of the format before it to its own, the first from an empty file. A step that
/// was released never changes again.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
];

/// What a database file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Nothing yet: an empty file, or one whose first run was killed before it wrote anything.
    Empty,
    /// A ledger.
    Ledger {
        /// How many migrations it has seen, at least 1.
        version: u32,
    },
    /// Some other program's.
    Foreign,
}

/// Reads a file's format. A file that is no database at all is an error of the database.
pub(super) fn format_of(connection: &Connection) -> Result<Format, Fault> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application_id = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    Ok(match (application_id, u32::try_from(version)) {
        (APPLICATION_ID, Ok(version @ 1..)) => Format::Ledger { version },
        (0, Ok(0)) if number("SELECT count(*) FROM sqlite_schema")? == 0 => Format::Empty,
        _ => Format::Foreign,
    })
}

/// The number of a list's last format.
pub(super) fn newest(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

/// Applies the migrations after the `version` first ones, all in one transaction: a ledger is of one format or of
/// another, whatever dies in between.
pub(super) fn migrate(connection: &mut Connection, version: u32, migrations: &[&str]) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in migrations.iter().skip(version as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", newest(migrations))?;
    Ok(transaction.commit()?)
}
