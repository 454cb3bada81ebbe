//! What can be wrong with a ledger, and what to do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::fsio::FsError;
use crate::model::{CodeKey, excerpt};

/// A ledger that could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file or its folder cannot be reached.
    #[error(transparent)]
    File(#[from] FsError),
    /// Some other file.
    #[error("{} is no scenepress ledger: name the right file with --ledger, or restore a backup", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// Made before the first release.
    #[error("{} was made before the first release of scenepress", path.display())]
    BeforeRelease {
        /// The file.
        path: PathBuf,
    },
    /// Of a form with this program's number and another schema. Until the first release the form still changes.
    #[error("{} was made by another development version of scenepress", path.display())]
    OtherDevelopment {
        /// The file.
        path: PathBuf,
    },
    /// Written by a version to come.
    #[error(
        "{} was written by a newer scenepress (format {version}, this one knows {known}): use that version",
        path.display()
    )]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// Its form.
        version: u32,
        /// The newest form this program knows.
        known: u32,
    },
    /// Written by an earlier version, and opened for reading only.
    #[error(
        "{} is of an older scenepress (format {version}, this one uses {known}): `scenepress run` migrates it, \
         without losing anything",
        path.display()
    )]
    Older {
        /// The ledger.
        path: PathBuf,
        /// Its form.
        version: u32,
        /// The form this program uses.
        known: u32,
    },
    /// Damaged, or changed by hand into something that cannot be.
    #[error("{} is damaged: {what}. Move it away with the files `-wal` and `-shm` beside it, then restore a backup of it", path.display())]
    Corrupt {
        /// The ledger.
        path: PathBuf,
        /// Where and how.
        what: String,
    },
    /// Another program holds it.
    #[error("{} is locked by another program: close it (a database browser, a backup) and try again", path.display())]
    Busy {
        /// The ledger.
        path: PathBuf,
    },
    /// The file system cannot hold it safely.
    #[error(
        "{} lies on a file system that has no shared memory, on which a ledger is not safe: name a file on a local \
         disk with --ledger",
        path.display()
    )]
    NoSharedMemory {
        /// The ledger.
        path: PathBuf,
    },
    /// A killed run left part of it in its log, and the log cannot be read where it is.
    #[error(
        "{0} was left unfinished by a run that was killed, and cannot be put together in a folder that cannot be \
         written: copy it together with {0}-wal to another folder and name that copy with --ledger",
        path.display()
    )]
    Unfinished {
        /// The ledger.
        path: PathBuf,
    },
    /// Written again and again while it was read.
    #[error("{} kept changing while it was read: try again", path.display())]
    Changing {
        /// The ledger.
        path: PathBuf,
    },
    /// Opened for writing under the lock of another ledger: a defect of this program.
    #[error("{} was to be written under the lock of {}: this is a defect, please report it", path.display(), locked.display())]
    OtherLock {
        /// The ledger.
        path: PathBuf,
        /// The ledger the lock is for.
        locked: PathBuf,
    },
    /// Something was recorded of a code or generation the ledger does not have: a defect of this program.
    #[error("{} has no {what}: this is a defect, please report it", path.display())]
    Unknown {
        /// The ledger.
        path: PathBuf,
        /// `code 12`, `generation 3 of code 12`.
        what: String,
    },
    /// A generation was answered twice: a defect of this program. What was recorded first stays.
    #[error("{} already has generation {generation} of code {}: this is a defect, please report it", path.display(), key.0)]
    GenerationExists {
        /// The ledger.
        path: PathBuf,
        /// The code.
        key: CodeKey,
        /// The number.
        generation: u32,
    },
    /// Anything else: a full disk, a read-only file, a failing drive.
    #[error("cannot {action} {}: {source}", path.display())]
    Database {
        /// A verb.
        action: &'static str,
        /// The ledger.
        path: PathBuf,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl LedgerError {
    /// What to do about it: each of these is one thing that helps. Empty if the message says it.
    pub fn help(&self) -> &'static [&'static str] {
        match self {
            Self::BeforeRelease { .. } | Self::OtherDevelopment { .. } => &[
                "use the version that made it",
                "or move it away: a run then begins a new ledger, which issues every code again",
            ],
            _ => &[],
        }
    }
}

/// The most characters that are shown of what the database says.
const MOST_SAID: usize = 300;

/// What can go wrong below the point where the ledger's path and the action are known.
#[derive(Debug)]
pub(super) enum Fault {
    /// The database's own errors.
    Sqlite(rusqlite::Error),
    /// A stored value that no ledger holds.
    Value(String),
    /// See [`LedgerError::Unknown`].
    Unknown(String),
    /// See [`LedgerError::GenerationExists`].
    GenerationExists {
        /// The code.
        key: CodeKey,
        /// The number.
        generation: u32,
    },
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Fault {
    /// Whether the file is no database at all.
    pub(super) fn is_not_a_database(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase))
    }

    /// Whether the file or one that belongs to it cannot be opened.
    pub(super) fn is_cannot_open(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::CannotOpen))
    }

    /// Puts the action and the object to it.
    pub(super) fn at(self, action: &'static str, path: &Path) -> LedgerError {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
        };

        let path = path.to_owned();
        let error = match self {
            Self::Value(what) => return LedgerError::Corrupt { path, what },
            Self::Unknown(what) => return LedgerError::Unknown { path, what },
            Self::GenerationExists { key, generation } => {
                return LedgerError::GenerationExists { path, key, generation };
            }
            Self::Sqlite(error) => error,
        };
        // The database quotes the file, which may hold anything.
        let what = excerpt(&error.to_string(), MOST_SAID);
        if matches!(
            error,
            FromSqlConversionFailure(..)
                | IntegralValueOutOfRange(..)
                | InvalidColumnType(..)
                | Utf8Error(..)
        ) {
            return LedgerError::Corrupt { path, what };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => LedgerError::Corrupt { path, what },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy { path },
            _ => LedgerError::Database { action, path, source: what.into() },
        }
    }
}
