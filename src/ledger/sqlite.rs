//! The ledger in one file of `SQLite`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OpenFlags, Transaction};
use rustix::fs::{Access, access};

use super::error::Fault;
use super::reader::{BUSY_TIMEOUT, Reader, beside, snapshot, uri};
use super::schema::{Format, SCHEMA, Schema, migrate};
use super::{
    BundleRecord, BundledRow, Entry, Find, Found, HandedCode, Handoff, HandoffOutcome, Ledger, LedgerError,
    RunLock, Settlement, StoredArtifact, bundled, handoff, read, write,
};
use crate::fsio::{self, FsError, PrivateFile};
use crate::model::{AppId, BundledCode, CampaignName, Digest, History, PrintedCode};

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
        let Some((reader, format)) = Reader::open_any(path, &SCHEMA)? else { return Ok(None) };
        let form = format.known_form(path, &SCHEMA)?;
        Ok(form.map(|_| Self { path: path.to_owned(), source: Source::Reader(reader) }))
    }

    /// Opens a ledger for writing, or creates it, and brings its form up to date. Only its owner may read it.
    pub fn open_write(path: &Path, lock: &RunLock) -> Result<Self, LedgerError> {
        if lock.ledger() != path {
            let (path, locked) = (path.to_owned(), lock.ledger().to_owned());
            return Err(LedgerError::OtherLock { path, locked });
        }
        Self::open_with(path, &SCHEMA)
    }

    pub(super) fn open_with(path: &Path, schema: &Schema<'_>) -> Result<Self, LedgerError> {
        if let Some(folder) = path.parent() {
            fsio::create_folder(folder)?;
        }
        if path.exists() && !path.is_file() {
            return Err(LedgerError::NotALedger { path: path.to_owned() });
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
        let connection = connect(path, schema, |fault| match fault {
            fault if fault.is_not_a_database() => LedgerError::NotALedger { path: path.to_owned() },
            fault => fault.at("open", path),
        })?;
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
        checkpoint(connection).map_err(|fault| fault.at("finish", &self.path))
    }

    /// Under which other appids there are codes that have not retired, and in which campaigns.
    pub fn codes_of_others(&self, appids: &[AppId]) -> Result<Vec<(AppId, CampaignName)>, LedgerError> {
        self.read(|connection| read::codes_of_others(connection, appids))
    }

    pub(super) fn read<T>(
        &self,
        mut query: impl FnMut(&Connection) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        match &self.source {
            Source::Writer(connection) => {
                snapshot(connection, &mut query).map_err(|fault| fault.at("read", &self.path))
            }
            Source::Reader(reader) => reader.read(&self.path, &mut query),
        }
    }

    /// Reads something row by row.
    fn visit<R, T>(
        &self,
        visit: &mut dyn FnMut(R),
        mut query: impl FnMut(&Connection, &mut dyn FnMut(R)) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        if matches!(&self.source, Source::Reader(reader) if reader.assumes_no_change()) {
            // It may have to be read again, so nothing is handed on before all of it is known to be good.
            let (all, result) = self.read(|connection| {
                let mut all = Vec::new();
                let result = query(connection, &mut |row| all.push(row))?;
                Ok((all, result))
            })?;
            all.into_iter().for_each(visit);
            return Ok(result);
        }
        self.read(|connection| query(connection, visit))
    }

    pub(super) fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        let fault = |fault: Fault| fault.at("write", &self.path);
        let connection = match &mut self.source {
            Source::Writer(connection) => connection,
            Source::Reader(_) => {
                let source = std::io::Error::other("it was opened for reading");
                return Err(FsError::new("write", &self.path, source).into());
            }
        };
        let transaction = connection.transaction().map_err(|error| fault(error.into()))?;
        let result = change(&transaction).map_err(fault)?;
        transaction.commit().map_err(|error| fault(error.into()))?;
        Ok(result)
    }
}

/// Makes a new ledger and puts it in its place once it is whole. A process that dies meanwhile leaves no half of one,
/// which only another writer could repair.
fn create(path: &Path, schema: &Schema<'_>) -> Result<(), LedgerError> {
    let staged = PrivateFile::create(path)?;
    let fault = |fault: Fault| fault.at("create", path);
    let connection = match connect(staged.path(), schema, fault) {
        // The error is the ledger's own, not the temporary file's.
        Err(LedgerError::NoSharedMemory { .. }) => {
            return Err(LedgerError::NoSharedMemory { path: path.to_owned() });
        }
        connected => connected?,
    };
    checkpoint(connection).map_err(fault)?;
    Ok(staged.finish()?)
}

/// Moves everything from the log into the one file, and closes it.
fn checkpoint(connection: Connection) -> Result<(), Fault> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(connection.close().map_err(|(_, error)| error)?)
}

/// Opens a file for writing and brings its form up to date. An empty file becomes a ledger.
fn connect(
    path: &Path,
    schema: &Schema<'_>,
    at: impl Fn(Fault) -> LedgerError,
) -> Result<Connection, LedgerError> {
    let failed = |error: rusqlite::Error| at(error.into());
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let mut connection = Connection::open_with_flags(uri(path), flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    let format = Format::of(&connection, schema).map_err(&at)?;
    let form = format.known_form(path, schema)?.unwrap_or(0);
    let mode: String =
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        return Err(LedgerError::NoSharedMemory { path: path.to_owned() });
    }
    prepare(&mut connection, form, schema).map_err(at)?;
    Ok(connection)
}

fn prepare(connection: &mut Connection, form: u32, schema: &Schema<'_>) -> Result<(), Fault> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.set_prepared_statement_cache_capacity(64);
    if form < schema.newest() {
        connection.pragma_update(None, "foreign_keys", false)?; // a step may have to rebuild a table
        migrate(connection, form, schema)?;
    }
    Ok(connection.pragma_update(None, "foreign_keys", true)?)
}

impl Ledger for SqliteLedger {
    fn history(&self, appids: &[AppId], today: Date) -> Result<History, LedgerError> {
        self.read(|connection| read::history(connection, appids, today))
    }

    fn campaigns(&self) -> Result<Vec<CampaignName>, LedgerError> {
        self.read(read::campaigns)
    }

    fn settle(
        &mut self,
        settlements: &mut dyn Iterator<Item = Settlement<'_>>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut settlements = settlements.peekable();
        if settlements.peek().is_none() {
            return Ok(());
        }
        self.write(|transaction| write::settle(transaction, &mut settlements, now))
    }

    fn record(&mut self, entries: &[Entry], now: Timestamp) -> Result<(), LedgerError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.write(|transaction| write::record(transaction, entries, now))
    }

    fn artifacts(
        &self,
        appid: &AppId,
        campaign: &CampaignName,
        visit: &mut dyn FnMut(StoredArtifact),
    ) -> Result<(), LedgerError> {
        self.visit(visit, |connection, visit| read::artifacts(connection, appid, campaign, visit))
    }

    fn bundle(&self, campaign: &CampaignName) -> Result<Option<BundleRecord>, LedgerError> {
        self.read(|connection| read::bundle(connection, campaign))
    }

    fn bundled(
        &self,
        campaign: &CampaignName,
        revision: u64,
        visit: &mut dyn FnMut(BundledCode),
    ) -> Result<bool, LedgerError> {
        self.visit(visit, |connection, visit| bundled::visit(connection, campaign, revision, visit))
    }

    fn record_bundle(
        &mut self,
        campaign: &CampaignName,
        record: &BundleRecord,
        codes: &mut dyn Iterator<Item = BundledRow<'_>>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(|transaction| write::record_bundle(transaction, campaign, record, codes, now))
    }

    fn record_success(&mut self, campaigns: &[CampaignName], now: Timestamp) -> Result<(), LedgerError> {
        if campaigns.is_empty() {
            return Ok(());
        }
        self.write(|transaction| write::record_success(transaction, campaigns, now))
    }

    fn successes(&self) -> Result<BTreeMap<CampaignName, Timestamp>, LedgerError> {
        self.read(read::successes)
    }

    fn hand_off(
        &mut self,
        appid: &AppId,
        handoff: &Handoff,
        codes: &mut dyn Iterator<Item = HandedCode<'_>>,
        now: Timestamp,
    ) -> Result<HandoffOutcome, LedgerError> {
        self.write(|transaction| handoff::record(transaction, appid, handoff, codes, now))
    }

    fn last_handoff(&self) -> Result<u64, LedgerError> {
        self.read(handoff::last)
    }

    fn paper(
        &self,
        campaign: &CampaignName,
        until: u64,
        visit: &mut dyn FnMut(PrintedCode),
    ) -> Result<(), LedgerError> {
        self.visit(visit, |connection, visit| handoff::paper(connection, campaign, until, visit))
    }

    fn deployed(&self, campaign: &CampaignName) -> Result<Option<Digest>, LedgerError> {
        self.read(|connection| read::deployed(connection, campaign))
    }

    fn record_deployment(
        &mut self,
        campaign: &CampaignName,
        bundle: &Digest,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(|transaction| write::record_deployment(transaction, campaign, bundle, now))
    }

    fn find(&self, what: &Find) -> Result<Vec<Found>, LedgerError> {
        self.read(|connection| read::find(connection, what))
    }

    fn expired_pictures(&self, now: Timestamp) -> Result<Vec<Digest>, LedgerError> {
        self.read(|connection| read::expired_pictures(connection, now))
    }

    fn forget_pictures(&mut self, pictures: &[Digest]) -> Result<(), LedgerError> {
        if pictures.is_empty() {
            return Ok(());
        }
        self.write(|transaction| write::forget_pictures(transaction, pictures))
    }

    fn calls(&self, appid: &AppId, today: Date) -> Result<u64, LedgerError> {
        self.read(|connection| read::calls(connection, appid, today))
    }
}
