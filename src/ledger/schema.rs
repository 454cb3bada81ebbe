//! The ledger's form: how it is known, what is refused, and how it comes up to date.

use std::path::Path;

use rusqlite::{Connection, Error, ErrorCode, Result, TransactionBehavior};

use super::error::LedgerError;
use crate::model::{Digest, Hasher};

/// What makes a `SQLite` file a ledger: "SCPL" in its header.
pub(super) const APPLICATION_ID: i64 = 0x5343_504C;

/// The same in files made before the first release: "SCPR".
const BEFORE_RELEASE: i64 = 0x5343_5052;

/// The SQL that makes a ledger.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema<'a> {
    /// Makes form 1 in an empty file.
    pub(super) first: &'a str,
    /// Each brings a ledger from one form to the next. A step that was released never changes again.
    pub(super) steps: &'a [&'a str],
}

/// The schema of this program.
pub(super) const SCHEMA: Schema<'static> = Schema { first: include_str!("schema/1.sql"), steps: &[] };

impl Schema<'_> {
    /// The newest form, at least 1.
    pub(super) fn newest(&self) -> u32 {
        u32::try_from(self.steps.len() + 1).unwrap_or(u32::MAX)
    }

    /// What leads from one form to the newest; from 0 it is everything.
    fn after(&self, form: u32) -> impl Iterator<Item = &str> {
        std::iter::once(self.first).chain(self.steps.iter().copied()).skip(form as usize)
    }

    /// The SHA-256 of the SQL that leads to a form. Until the first release the SQL of form 1 still changes, so the number
    /// alone does not tell one form from another.
    fn hash(&self, form: u32) -> Digest {
        let mut hasher = Hasher::default();
        for sql in self.after(0).take(form as usize) {
            hasher.update(sql.as_bytes());
            hasher.update(b"\0");
        }
        hasher.finish()
    }
}

/// The form of the ledger in a file, at least 1; 0 if the file is empty, as a killed first run leaves it. Any other file is
/// refused, but not a newer form.
pub(super) fn form_of(
    connection: &Connection,
    path: &Path,
    schema: &Schema<'_>,
) -> Result<Result<u32, LedgerError>> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application_id = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let development = |what| {
        let help = [
            "use the version that made it",
            "or move it away: a run then begins a new ledger, which issues every code again",
        ];
        Ok(Err(LedgerError::unusable(path, what, &help)))
    };
    match (application_id, u32::try_from(version)) {
        (APPLICATION_ID, Ok(form @ 1..))
            if form <= schema.newest() && hash_of(connection)? != Some(schema.hash(form)) =>
        {
            development("was made by another development version of scenepress")
        }
        (APPLICATION_ID, Ok(form @ 1..)) => Ok(Ok(form)),
        (BEFORE_RELEASE, _) => development("was made before the first release of scenepress"),
        (0, Ok(0)) if number("SELECT count(*) FROM sqlite_schema")? == 0 => Ok(Ok(0)),
        _ => Ok(Err(LedgerError::not_a_ledger(path))),
    }
}

impl Schema<'_> {
    /// Refuses a form that this schema does not know yet.
    pub(super) fn check_known(&self, path: &Path, form: u32) -> Result<(), LedgerError> {
        let newest = self.newest();
        if form <= newest {
            return Ok(());
        }
        let what = format!("was written by a newer scenepress (format {form}, this one knows {newest})");
        Err(LedgerError::unusable(path, what, &["use that version"]))
    }
}

/// The hash of the schema that made a ledger; `None` if the file has no place for one.
fn hash_of(connection: &Connection) -> Result<Option<Digest>> {
    match connection.query_row("SELECT schema FROM meta", [], |row| row.get::<_, Option<[u8; 32]>>(0)) {
        Ok(bytes) => Ok(bytes.map(Digest::from_bytes)),
        // There is no such column or table.
        Err(Error::SqlInputError { error, .. } | Error::SqliteFailure(error, _))
            if error.code == ErrorCode::Unknown =>
        {
            Ok(None)
        }
        Err(Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Brings a ledger from a form to the newest, in one transaction: whatever dies in between, it is of one or the other.
///
/// Form 0 is an empty file.
pub(super) fn migrate(connection: &mut Connection, form: u32, schema: &Schema<'_>) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in schema.after(form) {
        transaction.execute_batch(step)?;
    }
    transaction.execute("UPDATE meta SET schema = ?1", [schema.hash(schema.newest()).as_bytes()])?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", schema.newest())?;
    transaction.commit()
}
