//! Opening a ledger to read it: nothing is created, written or locked, beside a running writer or in a folder that
//! cannot be written.
//!
//! `SQLite` reads a ledger in WAL mode through two more files beside it and creates them if they are not. So a
//! ledger whose log is empty is opened as one that does not change (`immutable`). That it did not change is then
//! checked after each reading; if a run began meanwhile, what was read is thrown away and read again.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Result};
use rustix::fs::{Access, access};

use super::error::{LedgerError, LedgerFault};
use super::schema::{SCHEMA, Schema, form_of};
use crate::fsio::FsError;

/// How long another program's lock is waited for.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a ledger is opened again that changes while it is read. A run does that once or twice in its life.
pub(super) const ATTEMPTS: usize = 5;

/// A ledger that is open for reading.
pub(super) struct Reader {
    pub(super) connection: Connection,
    /// What the file was, if it was opened as one that does not change.
    assumed: Option<Stamp>,
}

impl Reader {
    /// Opens a ledger of the newest form; `None` if there is none, or nothing in it yet.
    pub(super) fn open(path: &Path, schema: &Schema<'_>) -> Result<Option<Self>, LedgerError> {
        let Some((reader, form)) = Self::open_any(path, schema)? else { return Ok(None) };
        schema.check_known(path, form)?;
        if form < schema.newest() {
            let newest = schema.newest();
            let what = format!("is of an older scenepress (format {form}, this one uses {newest})");
            let help = ["migrate it, without losing anything: scenepress run"];
            let error = LedgerError::unusable(path, what, &help);
            return Err(LedgerError { kind: LedgerFault::OlderForm, ..error });
        }
        Ok(Some(reader))
    }

    /// Opens a ledger and tells its form, which may be a newer one; `None` if there is none, or nothing in it yet.
    pub(super) fn open_any(path: &Path, schema: &Schema<'_>) -> Result<Option<(Self, u32)>, LedgerError> {
        for _ in 0..ATTEMPTS {
            let Some(stamp) = Stamp::of(path)? else { return Ok(None) };
            let opened = connect(path, stamp.is_settled).and_then(|connection| {
                let form = form_of(&connection, path, schema)?;
                Ok((connection, form))
            });
            let is_trusted = opened.is_ok() && !stamp.is_settled; // by SQLite's own locks
            if !is_trusted && Stamp::of(path)?.as_ref() != Some(&stamp) {
                continue; // a run began or ended just now
            }
            let (connection, form) = opened.map_err(|error| {
                if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) && !stamp.is_settled {
                    let what =
                        "was left unfinished by a run that was killed, in a folder that cannot be written";
                    let copy = format!("copy it together with {}-wal to another folder", path.display());
                    LedgerError::unusable(path, what, &[&copy, "then name that copy with --ledger"])
                } else {
                    LedgerError::of(&error, "open", path)
                }
            })?;
            let (form, assumed) = (form?, stamp.is_settled.then_some(stamp));
            return Ok((form > 0).then_some((Self { connection, assumed }, form)));
        }
        Err(LedgerError::changing(path))
    }

    /// Whether what was just read can be torn: the file was taken for one that does not change, and did.
    pub(super) fn was_deceived(&self, path: &Path) -> bool {
        self.assumed.is_some() && Stamp::of(path).ok().flatten() != self.assumed
    }

    /// Reads something that is in itself consistent.
    pub(super) fn read<T>(
        &self,
        path: &Path,
        query: &mut dyn FnMut(&Connection) -> Result<T>,
    ) -> Result<T, LedgerError> {
        let outcome = snapshot(&self.connection, query);
        if !self.was_deceived(path) {
            return outcome.map_err(|error| LedgerError::of(&error, "read", path));
        }
        for _ in 0..ATTEMPTS {
            let Some(again) = Self::open(path, &SCHEMA)? else { break };
            let outcome = snapshot(&again.connection, query);
            if !again.was_deceived(path) {
                return outcome.map_err(|error| LedgerError::of(&error, "read", path));
            }
        }
        Err(LedgerError::changing(path))
    }
}

/// Runs a query in a transaction of its own, so that all its parts see one state.
pub(super) fn snapshot<T>(
    connection: &Connection,
    query: &mut dyn FnMut(&Connection) -> Result<T>,
) -> Result<T> {
    let transaction = connection.unchecked_transaction()?;
    query(&transaction)
}

/// Opens a file for reading. A settled one is taken for one that does not change.
pub(super) fn connect(path: &Path, is_settled: bool) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let mode = if is_settled { "?immutable=1" } else { "" };
    let connection = Connection::open_with_flags(format!("{}{mode}", uri(path)), flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// The path as a `file:` uri. It is made absolute, so that no name is taken for an option or a host.
pub(super) fn uri(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = String::from("file://");
    for byte in absolute.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}"); // writing to a String cannot fail
        }
    }
    uri
}

/// What tells whether a ledger was written: a writer fills the log first and only then changes the file.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    /// No log holds anything that the file does not.
    is_settled: bool,
}

impl Stamp {
    /// `None` if there is no file. The file is looked at before its logs: see [`Reader::was_deceived`].
    fn of(path: &Path) -> Result<Option<Self>, LedgerError> {
        let error = |source| FsError::new("read", path, source);
        let file = match path.metadata() {
            Ok(file) => file,
            Err(absent) if absent.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(error(source).into()),
        };
        if !file.is_file() {
            return Err(LedgerError::not_a_ledger(path));
        }
        check_links(path)?; // the log may lie beside another name
        // Asked, not tried: closing a second handle on the file would end SQLite's locks in this process.
        access(path, Access::READ_OK).map_err(|errno| error(errno.into()))?;
        let is_empty = |ending| beside(path, ending).metadata().map_or(true, |log| log.len() == 0);
        Ok(Some(Self {
            device: file.dev(),
            inode: file.ino(),
            bytes: file.len(),
            modified: (file.mtime(), file.mtime_nsec()),
            is_settled: is_empty("-wal") && is_empty("-journal"),
        }))
    }
}

/// Refuses a ledger with several names: each would have a lock and a log of its own, so that two runs could write it.
pub(super) fn check_links(ledger: &Path) -> Result<(), LedgerError> {
    let Some(links) = ledger.metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.nlink())
    else {
        return Ok(());
    };
    if links <= 1 {
        return Ok(());
    }
    let path = ledger.display();
    let message = format!(
        "{path} has {links} names (hard links): a run under another name would not see this one's lock, and codes would be lost"
    );
    let help = [
        &format!("find the others: find FOLDER -samefile {path}"),
        "then remove all but one, or copy the ledger to a file of its own",
    ];
    Err(LedgerError::new(LedgerFault::Place, ledger, message, &help.map(|line| line as &str)))
}

/// `ledger.sqlite-wal` for the ending `-wal`. `SQLite` puts them beside the file itself, not beside a link to it.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let resolved = if path.is_symlink() { path.canonicalize().ok() } else { None };
    let mut name: OsString = resolved.unwrap_or_else(|| path.to_owned()).into();
    name.push(ending);
    name.into()
}
