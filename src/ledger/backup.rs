//! A safe copy of a ledger, also while a run writes it.
//!
//! `VACUUM INTO` copies what one reading transaction sees: the writer goes on beside it, and the copy need never begin
//! anew, as the database's page-by-page backup must whenever another process writes. The copy is compact, holds
//! nothing that was deleted, and is one file without a log; so it can be told from a ledger that runs write.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Result;

use super::columns::value;
use super::error::{LedgerError, LedgerFault};
use super::examine::first_damage;
use super::place::check_target;
use super::reader::{ATTEMPTS, Reader, beside, connect, uri};
use super::schema::{APPLICATION_ID, SCHEMA, form_of};
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

/// Copies a ledger, also one of a newer form, into a file of mode 0600, checks the copy, and only then puts it in its place, where
/// it replaces an earlier backup and nothing else. `None` if there is no ledger, or nothing in it yet.
///
/// No lock is needed. The folder of the file must exist: one that is made could lie on the wrong disk. On an error what lay
/// in the copy's place is as it was. `begun` is told where the copy is until it is whole.
pub fn backup(ledger: &Path, file: &Path, begun: &dyn Fn(&Path)) -> Result<Option<Backup>, LedgerError> {
    let place = place_of(file)?;
    admit(ledger, &place, file)?;
    for _ in 0..ATTEMPTS {
        let Some((reader, form)) = Reader::open_any(ledger, &SCHEMA)? else { return Ok(None) };
        let copy = PrivateFile::create_unlocked(&place)?;
        begun(copy.path());
        let copied = reader.connection.execute("VACUUM INTO ?1", [uri(copy.path())]);
        if reader.was_deceived(ledger) {
            continue; // a run began meanwhile
        }
        copied.map_err(|error| LedgerError::of(&error, "copy", ledger))?;
        let checked = check(copy.path(), form);
        let checked = checked.map_err(|error| LedgerError::of(&error, "check the copy of", ledger))?;
        let backup = checked.map_err(|what| {
            let message = format!("the copy of {} is damaged: {what}", ledger.display());
            let help = format!("keep the backups there are: {} is as it was", file.display());
            LedgerError::new(LedgerFault::Unusable, ledger, message, &[&help])
        })?;
        // A backup that cannot be read has nothing to be kept for.
        let lost = only_in(&place, copy.path()).unwrap_or(0);
        if lost > 0 {
            return Err(newer(file, ledger, lost));
        }
        copy.finish()?;
        return Ok(Some(backup));
    }
    Err(LedgerError::changing(ledger))
}

/// The backup that would be replaced knows more: an older ledger was restored, or one was begun anew.
fn newer(file: &Path, ledger: &Path, issues: u64) -> LedgerError {
    let (file, issues) = (file.display(), counted(issues, "issued code"));
    let message = format!("{file} knows {issues} that {} does not, so it was not replaced", ledger.display());
    let help = [
        "restore that backup",
        "or let the ledger learn what was issued: scenepress ledger import output/*/*.zip",
        "or, if you are sure that nobody needs it, move the backup away",
    ];
    LedgerError::new(LedgerFault::NewerBackup, ledger, message, &help)
}

/// The file itself if a link is named, so that the link stays.
fn place_of(file: &Path) -> Result<PathBuf, FsError> {
    if !file.is_symlink() {
        return Ok(file.to_owned());
    }
    file.canonicalize().map_err(|source| FsError::new("write", file, source))
}

/// Refuses to replace anything but an earlier backup.
fn admit(ledger: &Path, place: &Path, file: &Path) -> Result<(), LedgerError> {
    let refused = |why: &str| {
        let message = format!("{} {why}", file.display());
        Err(LedgerError::new(LedgerFault::Place, ledger, message, &["name another file", "or move it away"]))
    };
    check_target(ledger, file)?;
    let cannot_read = |source| FsError::new("read", place, source);
    match place.metadata() {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return refused("exists and is no backup of a ledger"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(cannot_read(source).into()),
    }
    let mut head = Vec::new();
    File::open(place).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head)).map_err(cannot_read)?;
    let application = u32::try_from(APPLICATION_ID).unwrap_or_default().to_be_bytes();
    if head.len() < HEAD || !head.starts_with(b"SQLite format 3\0") || head[APPLICATION..][..4] != application
    {
        return refused("exists and is no backup of a ledger");
    }
    let has_log = ["-wal", "-journal"]
        .iter()
        .any(|ending| beside(place, ending).metadata().is_ok_and(|log| log.len() > 0));
    if has_log || head[VERSIONS..][..2] != [1, 1] {
        return refused("is a ledger that runs write, or a plain copy of one, not a backup");
    }
    Ok(())
}

/// The length of a database's header (documented by `SQLite`, as what follows).
const HEAD: usize = 100;
/// Where the header says how the file is written: 1 and 1 without a log, 2 and 2 with one (WAL).
const VERSIONS: usize = 18;
/// Where it says which program's it is.
const APPLICATION: usize = 68;

/// How many issues an earlier backup, of whatever form, knows that the new copy does not.
fn only_in(earlier: &Path, copy: &Path) -> Result<u64> {
    if !earlier.exists() {
        return Ok(0);
    }
    let connection = connect(copy, true)?;
    connection.execute("ATTACH ?1 AS earlier", [format!("{}?immutable=1", uri(earlier))])?;
    value(
        &connection,
        "SELECT count(*) FROM earlier.generations g
         JOIN earlier.codes c ON c.id = g.code JOIN earlier.accounts a ON a.id = c.account
         WHERE NOT EXISTS (
             SELECT 1 FROM main.accounts x JOIN main.codes y ON y.account = x.id AND y.scene = c.scene
             JOIN main.generations z ON z.code = y.id AND z.number = g.number
             WHERE x.appid = a.appid)",
        [],
    )
}

/// Opens the finished copy as anybody would, and checks the whole of it; the error within says what is wrong.
fn check(copy: &Path, form: u32) -> Result<Result<Backup, String>> {
    let connection = connect(copy, true)?;
    if form_of(&connection, copy, &SCHEMA)?.ok() != Some(form) {
        return Ok(Err("it is of another form".to_owned()));
    }
    if let Some(damage) = first_damage(&connection)? {
        return Ok(Err(damage));
    }
    let codes = value(&connection, "SELECT count(*) FROM codes", [])?;
    let written_at = value(&connection, "SELECT written_at FROM meta", [])?;
    Ok(Ok(Backup { codes, written_at }))
}
