//! A safe copy of a ledger, also while a run writes it.
//!
//! `VACUUM INTO` copies what one reading transaction sees: the writer goes on beside it, and the copy need never begin
//! anew, as the database's page-by-page backup must whenever another process writes. The copy is compact, holds
//! nothing that was deleted, and is one file without a log; so it can be told from a ledger that runs write.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::error::{Fault, LedgerError};
use super::health::first_damage;
use super::reader::{ATTEMPTS, Reader, beside, uri};
use super::rows;
use super::schema::{APPLICATION_ID, Format, SCHEMA};
use crate::fsio::{FsError, PrivateFile};
use crate::model::counted;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backup {
    /// How many codes the copy knows.
    pub codes: u64,
    /// When what it holds was last written.
    pub written_at: Option<Timestamp>,
}

/// Why there is no new copy. What lay in its place is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The copy would replace what it is made from.
    #[error("{} belongs to the ledger itself: name another file for its backup", path.display())]
    Itself {
        /// The file that was named.
        path: PathBuf,
    },
    /// Some other file is in its place.
    #[error("{} exists and is no backup of a ledger: name another file, or move it away", path.display())]
    NotABackup {
        /// The file that was named.
        path: PathBuf,
    },
    /// A ledger is in its place, not a backup of one.
    #[error(
        "{} is a ledger that runs write, or a plain copy of one, not a backup: name another file, or move it away",
        path.display()
    )]
    InUse {
        /// The file that was named.
        path: PathBuf,
    },
    /// The backup that would be replaced knows more.
    #[error(
        "{} knows {issues} that {} does not, so it was not replaced: was an older ledger restored, or begun anew? Restore \
         that backup, or bring the ledger up to date with `scenepress ledger import`; only where you are sure, move the \
         backup away",
        path.display(), ledger.display(), issues = counted(*issues, "issued code")
    )]
    Newer {
        /// The file that was named.
        path: PathBuf,
        /// The ledger.
        ledger: PathBuf,
        /// How many issues of codes only the backup knows.
        issues: u64,
    },
    /// The copy is not whole, since the ledger is not.
    #[error(
        "the copy of {} is damaged: {what}. {} is as it was: keep the backups there are",
        ledger.display(), path.display()
    )]
    Damaged {
        /// The ledger.
        ledger: PathBuf,
        /// The file that was named.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The ledger cannot be read, or the copy not be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The file system refused.
    #[error(transparent)]
    File(#[from] FsError),
}

/// Copies a ledger, also one of a newer form, into a file of mode 0600, checks the copy, and only then puts it in its place, where
/// it replaces an earlier backup and nothing else. `None` if there is no ledger, or nothing in it yet.
///
/// No lock is needed. The folder of the file must exist: one that is made could lie on the wrong disk.
pub fn backup(ledger: &Path, file: &Path) -> Result<Option<Backup>, BackupError> {
    let place = place_of(file)?;
    admit(ledger, &place, file)?;
    for _ in 0..ATTEMPTS {
        let Some((reader, format)) = Reader::open_any(ledger, &SCHEMA)? else { return Ok(None) };
        if format.form(ledger)?.is_none() {
            return Ok(None);
        }
        let copy = PrivateFile::create_unlocked(&place)?;
        let copied = reader.connection.execute("VACUUM INTO ?1", [uri(copy.path())]);
        if reader.was_deceived(ledger) {
            continue; // a run began meanwhile
        }
        copied.map_err(|error| Fault::from(error).at("copy", ledger))?;
        let checked = check(copy.path(), format).map_err(|fault| fault.at("check the copy of", ledger))?;
        let backup = checked.map_err(|what| BackupError::Damaged {
            ledger: ledger.to_owned(),
            path: file.to_owned(),
            what,
        })?;
        // A backup that cannot be read has nothing to be kept for.
        let lost = only_in(&place, copy.path()).unwrap_or(0);
        if lost > 0 {
            return Err(BackupError::Newer {
                path: file.to_owned(),
                ledger: ledger.to_owned(),
                issues: lost,
            });
        }
        copy.finish()?;
        return Ok(Some(backup));
    }
    Err(LedgerError::Changing { path: ledger.to_owned() }.into())
}

/// The file itself where a link is named, so that the link stays.
fn place_of(file: &Path) -> Result<PathBuf, FsError> {
    if !file.is_symlink() {
        return Ok(file.to_owned());
    }
    file.canonicalize().map_err(|source| FsError::new("write", file, source))
}

/// Refuses to replace anything but an earlier backup.
fn admit(ledger: &Path, place: &Path, file: &Path) -> Result<(), BackupError> {
    let path = file.to_owned();
    let ledgers_own = ["", "-wal", "-shm", "-journal", ".lock"].map(|ending| beside(ledger, ending));
    if ledgers_own.iter().any(|own| is_same(own, place)) {
        return Err(BackupError::Itself { path });
    }
    let metadata = match place.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(FsError::new("read", place, source).into()),
    };
    if !metadata.is_file() {
        return Err(BackupError::NotABackup { path });
    }
    let cannot_read = |source| FsError::new("read", place, source);
    let mut head = Vec::new();
    File::open(place).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head)).map_err(cannot_read)?;
    if !is_ledger(&head) {
        return Err(BackupError::NotABackup { path });
    }
    let has_log = ["-wal", "-journal"].iter().any(|ending| {
        let mut log = OsString::from(place);
        log.push(ending);
        Path::new(&log).metadata().is_ok_and(|log| log.len() > 0)
    });
    if has_log || head[VERSIONS..VERSIONS + 2] != [1, 1] {
        return Err(BackupError::InUse { path });
    }
    Ok(())
}

/// Whether two paths are one file, be it there or not.
fn is_same(a: &Path, b: &Path) -> bool {
    let whole = |path: &Path| {
        path.canonicalize().ok().or_else(|| {
            let absolute = std::path::absolute(path).ok()?;
            Some(absolute.parent()?.canonicalize().ok()?.join(absolute.file_name()?))
        })
    };
    a == b || matches!((whole(a), whole(b)), (Some(a), Some(b)) if a == b)
}

/// The length of a database's header (documented by `SQLite`, as what follows).
const HEAD: usize = 100;
/// Where the header says how the file is written: 1 and 1 without a log, 2 and 2 with one (WAL).
const VERSIONS: usize = 18;
/// Where it says which program's it is.
const APPLICATION: usize = 68;

fn is_ledger(head: &[u8]) -> bool {
    let application = |head: &[u8]| {
        let bytes: Option<[u8; 4]> = head.get(APPLICATION..APPLICATION + 4)?.try_into().ok();
        bytes.map(|bytes| i64::from(u32::from_be_bytes(bytes)))
    };
    head.len() == HEAD && head.starts_with(b"SQLite format 3\0") && application(head) == Some(APPLICATION_ID)
}

/// How many issues an earlier backup, of whatever form, knows that the new copy does not.
fn only_in(earlier: &Path, copy: &Path) -> Result<u64, Fault> {
    if !earlier.exists() {
        return Ok(0);
    }
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("{}?immutable=1", uri(copy)), flags)?;
    connection.execute("ATTACH ?1 AS earlier", [format!("{}?immutable=1", uri(earlier))])?;
    connection.query_row(
        "SELECT count(*) FROM earlier.generations g
         JOIN earlier.codes c ON c.id = g.code JOIN earlier.accounts a ON a.id = c.account
         WHERE NOT EXISTS (
             SELECT 1 FROM main.accounts x JOIN main.codes y ON y.account = x.id AND y.scene = c.scene
             JOIN main.generations z ON z.code = y.id AND z.number = g.number
             WHERE x.appid = a.appid)",
        [],
        |row| Ok(rows::count(row, 0)),
    )?
}

/// Opens the finished copy as anybody would, and checks the whole of it; the error within says what is wrong.
fn check(copy: &Path, format: Format) -> Result<Result<Backup, String>, Fault> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("{}?immutable=1", uri(copy)), flags)?;
    if Format::of(&connection, &SCHEMA)? != format {
        return Ok(Err("it is of another form".to_owned()));
    }
    if let Some(damage) = first_damage(&connection)? {
        return Ok(Err(damage));
    }
    let codes = connection.query_row("SELECT count(*) FROM codes", [], |row| Ok(rows::count(row, 0)))??;
    let written_at: Option<i64> =
        connection.query_row("SELECT written_at FROM meta", [], |row| row.get(0))?;
    Ok(Ok(Backup { codes, written_at: written_at.map(rows::instant).transpose()? }))
}
