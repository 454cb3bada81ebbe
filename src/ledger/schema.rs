//! The ledger's form: how it is known, what is refused, and how it comes up to date.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::error::{Fault, LedgerError};
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

/// What a database file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Nothing yet: an empty file, or one whose first run was killed before it wrote anything.
    Empty,
    /// A ledger of this form, at least 1.
    Ledger(u32),
    /// A ledger made before the first release.
    BeforeRelease,
    /// A ledger of a form with this program's number and another schema.
    OtherDevelopment,
    /// Some other program's.
    Foreign,
}

impl Format {
    /// Reads a file's format. A file that is no database at all is an error of the database.
    pub(super) fn of(connection: &Connection, schema: &Schema<'_>) -> Result<Self, Fault> {
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let application_id = number("PRAGMA application_id")?;
        let version = number("PRAGMA user_version")?;
        Ok(match (application_id, u32::try_from(version)) {
            (APPLICATION_ID, Ok(form @ 1..))
                if form <= schema.newest() && hash_of(connection)? != Some(schema.hash(form)) =>
            {
                Self::OtherDevelopment
            }
            (APPLICATION_ID, Ok(form @ 1..)) => Self::Ledger(form),
            (BEFORE_RELEASE, _) => Self::BeforeRelease,
            (0, Ok(0)) if number("SELECT count(*) FROM sqlite_schema")? == 0 => Self::Empty,
            _ => Self::Foreign,
        })
    }

    /// The form of a ledger; `None` if the file is empty. Anything else is refused, but not a newer form.
    pub(super) fn form(self, path: &Path) -> Result<Option<u32>, LedgerError> {
        let path = path.to_owned();
        match self {
            Self::Empty => Ok(None),
            Self::Ledger(form) => Ok(Some(form)),
            Self::BeforeRelease => Err(LedgerError::BeforeRelease { path }),
            Self::OtherDevelopment => Err(LedgerError::OtherDevelopment { path }),
            Self::Foreign => Err(LedgerError::NotALedger { path }),
        }
    }

    /// As [`form`](Self::form), and refuses a form that this schema does not know yet.
    pub(super) fn known_form(self, path: &Path, schema: &Schema<'_>) -> Result<Option<u32>, LedgerError> {
        match self.form(path)? {
            Some(version) if version > schema.newest() => {
                Err(LedgerError::Newer { path: path.to_owned(), version, known: schema.newest() })
            }
            form => Ok(form),
        }
    }
}

/// The hash of the schema that made a ledger; `None` if the file has no place for one.
fn hash_of(connection: &Connection) -> Result<Option<Digest>, Fault> {
    match connection.query_row("SELECT schema FROM meta", [], |row| row.get::<_, Option<[u8; 32]>>(0)) {
        Ok(bytes) => Ok(bytes.map(Digest::from_bytes)),
        // There is no such column or table.
        Err(rusqlite::Error::SqlInputError { error, .. } | rusqlite::Error::SqliteFailure(error, _))
            if error.code == ErrorCode::Unknown =>
        {
            Ok(None)
        }
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Brings a ledger from a form to the newest, in one transaction: whatever dies in between, it is of one or the other.
///
/// Form 0 is an empty file.
pub(super) fn migrate(connection: &mut Connection, form: u32, schema: &Schema<'_>) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in schema.after(form) {
        transaction.execute_batch(step)?;
    }
    transaction.execute("UPDATE meta SET schema = ?1", [schema.hash(schema.newest()).as_bytes()])?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", schema.newest())?;
    Ok(transaction.commit()?)
}
