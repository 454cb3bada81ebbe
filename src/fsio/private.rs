//! A private file that is made aside and then takes its place at once.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempPath;

use super::disk::network_of;
use super::file::{FsError, TEMPORARY, folder_of, sync};

/// How the names of those begin that are made without a lock.
const UNLOCKED: &str = ".private-";

/// How many letters follow: those that `tempfile` draws.
const DRAWN: usize = 6;

/// On a network nobody sees another machine's locks, so there a file counts as abandoned after this time.
const ABANDONED_AFTER: Duration = Duration::from_hours(24);

/// An empty file that only its owner may read, for another program's hand to fill. It is removed when it is dropped,
/// unless it has taken its place.
#[derive(Debug)]
pub struct PrivateFile {
    file: TempPath,
    place: PathBuf,
    /// Locked as long as this process lives, so that nobody takes the file for an abandoned one.
    _living: Option<File>,
}

impl PrivateFile {
    /// Creates it beside its place. The folder must exist. Only to be called under the run's lock: another run clears it
    /// away.
    pub fn create(place: &Path) -> Result<Self, FsError> {
        let (_, file) = created(TEMPORARY, place)?;
        Ok(Self { file, place: place.to_owned(), _living: None })
    }

    /// The same without a lock. It first removes those from the folder whose processes were killed.
    pub fn create_unlocked(place: &Path) -> Result<Self, FsError> {
        let (living, file) = created(UNLOCKED, place)?;
        let is_on_network = network_of(place).is_some();
        if !is_on_network {
            // A file system without locks has none to look at either: there its abandoned files stay.
            let _ = living.try_lock();
        }
        remove_abandoned(&living, &file, is_on_network);
        Ok(Self { file, place: place.to_owned(), _living: Some(living) })
    }

    /// Where it is until then.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Waits for the disk, then takes its place, where it replaces what was there.
    pub fn finish(self) -> Result<(), FsError> {
        let Self { file, place, .. } = self;
        sync(&file)?;
        file.persist(&place).map_err(|failed| FsError::new("write", &place, failed.error))?;
        sync(folder_of(&place))
    }
}

fn created(prefix: &str, place: &Path) -> Result<(File, TempPath), FsError> {
    let file = tempfile::Builder::new().prefix(prefix).rand_bytes(DRAWN).tempfile_in(folder_of(place));
    Ok(file.map_err(|source| FsError::new("write", place, source))?.into_parts())
}

/// Whether a file of this name would be taken for a temporary one of this program, and removed.
pub fn is_temporary_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(TEMPORARY) || is_unlocked(&name)
}

/// `.private-` and six letters or digits, perhaps with the ending of the database's own temporary file.
fn is_unlocked(name: &str) -> bool {
    let drawn = name.strip_prefix(UNLOCKED).map(|rest| rest.strip_suffix("-journal").unwrap_or(rest));
    drawn.is_some_and(|drawn| drawn.len() == DRAWN && drawn.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Removes what killed processes left beside a file that was made just now. What cannot be looked at stays.
fn remove_abandoned(made: &File, path: &Path, is_on_network: bool) {
    let Ok(now) = made.metadata().and_then(|file| file.modified()) else { return };
    for entry in fs::read_dir(folder_of(path)).into_iter().flatten().flatten() {
        let other = entry.path();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if other == *path || !is_file || !is_unlocked(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let Ok(mut file) = File::open(&other) else { continue };
        let is_old = || {
            let modified = entry.metadata().and_then(|file| file.modified()).ok();
            modified.and_then(|at| now.duration_since(at).ok()).is_some_and(|age| age > ABANDONED_AFTER)
        };
        if (is_on_network && is_old() || !is_on_network && file.try_lock().is_ok()) && is_database(&mut file)
        {
            let _ = fs::remove_file(other);
        }
    }
}

/// Whether a file is empty or a database, as all that is made here is: a user's own file of such a name stays.
fn is_database(file: &mut File) -> bool {
    // A journal has zeros in the place of its head until it is synced.
    const HEADS: [&[u8]; 3] = [b"SQLite format 3\0", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", &[0; 8]];
    let mut head = Vec::new();
    let read = file.take(16).read_to_end(&mut head);
    read.is_ok() && (head.is_empty() || HEADS.iter().any(|known| head.starts_with(known)))
}
