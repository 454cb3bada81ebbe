//! The ledger in one file of `SQLite`.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Result, Transaction};
use rustix::fs::{Access, access};

use super::reader::{BUSY_TIMEOUT, Reader, beside, snapshot, uri};
use super::schema::{SCHEMA, Schema, form_of, migrate};
use super::{LedgerError, RunLock};
use crate::fsio::{self, FsError, PrivateFile};

/// A ledger in a file. It may go to another thread, but not be used by two at once.
///
/// A value that is dropped without [`finish`](Self::finish), or dies with its process, loses nothing that a call
/// has recorded; part of it is then in the file `<ledger>-wal` until the next run.
pub struct SqliteLedger {
    path: PathBuf,
    source: Source,
}

enum Source {
    Writer(Connection),
    Reader(Reader),
}

impl std::fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteLedger").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteLedger {
    /// Opens a ledger for reading; `None` if there is none, or nothing in it yet. The writing calls fail on it.
    ///
    /// Nothing is created, written or locked. It works while a run writes, and in a folder that cannot be written.
    pub fn open_read(path: &Path) -> Result<Option<Self>, LedgerError> {
        let reader = Reader::open(path, &SCHEMA)?;
        Ok(reader.map(|reader| Self { path: path.to_owned(), source: Source::Reader(reader) }))
    }

    /// Opens a ledger of an older form for reading, so that it can be checked before a writer migrates it.
    ///
    /// Only what it knows of bundles and of the machine that wrote it last may be asked.
    pub fn open_older(path: &Path) -> Result<Option<Self>, LedgerError> {
        let Some((reader, form)) = Reader::open_any(path, &SCHEMA)? else { return Ok(None) };
        SCHEMA.check_known(path, form)?;
        Ok(Some(Self { path: path.to_owned(), source: Source::Reader(reader) }))
    }

    /// Opens the ledger of a lock for writing, or creates it, and brings its form up to date. Only its owner may read it.
    pub fn open_write(lock: &RunLock) -> Result<Self, LedgerError> {
        Self::open_with(lock.ledger(), &SCHEMA)
    }

    pub(super) fn open_with(path: &Path, schema: &Schema<'_>) -> Result<Self, LedgerError> {
        if let Some(folder) = path.parent() {
            fsio::create_folder(folder)?;
        }
        if path.exists() && !path.is_file() {
            return Err(LedgerError::not_a_ledger(path));
        }
        if fsio::file_facts(path).is_none_or(|facts| facts.bytes == 0) && !path.is_symlink() {
            create(path, schema)?;
        }
        fsio::create_private(path)?;
        for ending in ["-wal", "-shm"] {
            fsio::make_private(&beside(path, ending)); // new ones take after the ledger
        }
        access(path, Access::READ_OK | Access::WRITE_OK)
            .map_err(|errno| FsError::new("write", path, errno.into()))?;
        let connection =
            connect(path, path, schema).map_err(|error| LedgerError::of(&error, "open", path))??;
        Ok(Self { path: path.to_owned(), source: Source::Writer(connection) })
    }

    /// A ledger for laws that are tried on many small ones.
    #[cfg(test)]
    pub(super) fn in_memory() -> Self {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection, 0, &SCHEMA).expect("the form");
        Self { path: PathBuf::from("memory"), source: Source::Writer(connection) }
    }

    /// Ends the writing: moves everything into the one file, so that it alone is the whole ledger.
    ///
    /// Where somebody is reading just then the file `<ledger>-wal` stays, for the next run to end it.
    pub fn finish(self) -> Result<(), LedgerError> {
        let Source::Writer(connection) = self.source else { return Ok(()) };
        checkpoint(connection).map_err(|error| LedgerError::of(&error, "finish", &self.path))
    }

    pub(super) fn read<T>(&self, mut query: impl FnMut(&Connection) -> Result<T>) -> Result<T, LedgerError> {
        match &self.source {
            Source::Writer(connection) => {
                snapshot(connection, &mut query).map_err(|error| LedgerError::of(&error, "read", &self.path))
            }
            Source::Reader(reader) => reader.read(&self.path, &mut query),
        }
    }

    pub(super) fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T, LedgerError> {
        let Source::Writer(connection) = &mut self.source else {
            let source = std::io::Error::other("it was opened for reading");
            return Err(FsError::new("write", &self.path, source).into());
        };
        let write = || {
            let transaction = connection.transaction()?;
            let result = change(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        write().map_err(|error| LedgerError::of(&error, "write", &self.path))
    }
}

/// Makes a new ledger and puts it in its place once it is whole. A process that dies meanwhile leaves no half of one,
/// which only another writer could repair.
fn create(path: &Path, schema: &Schema<'_>) -> Result<(), LedgerError> {
    let staged = PrivateFile::create(path)?;
    let failed = |error| LedgerError::of(&error, "create", path);
    checkpoint(connect(staged.path(), path, schema).map_err(failed)??).map_err(failed)?;
    Ok(staged.finish()?)
}

/// Moves everything from the log into the one file, and closes it.
fn checkpoint(connection: Connection) -> Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error)
}

/// Opens a file for writing, which is or becomes this ledger, and brings its form up to date. An empty file becomes a
/// ledger.
fn connect(file: &Path, ledger: &Path, schema: &Schema<'_>) -> Result<Result<Connection, LedgerError>> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let mut connection = Connection::open_with_flags(uri(file), flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let form = form_of(&connection, ledger, schema)?;
    let form = match form.and_then(|form| schema.check_known(ledger, form).map(|()| form)) {
        Ok(form) => form,
        Err(error) => return Ok(Err(error)),
    };
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Ok(Err(LedgerError::no_shared_memory(ledger)));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.set_prepared_statement_cache_capacity(64);
    if form < schema.newest() {
        connection.pragma_update(None, "foreign_keys", false)?; // a step may have to rebuild a table
        migrate(&mut connection, form, schema)?;
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(Ok(connection))
}
