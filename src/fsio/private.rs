//! A private file that is made aside and then takes its place at once.

use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::file::{FsError, TEMPORARY, folder_of, sync};

/// An empty file that only its owner may read, for another program's hand to fill. It is removed when it is dropped,
/// unless it has taken its place.
#[derive(Debug)]
pub struct PrivateFile {
    file: TempPath,
    place: PathBuf,
}

impl PrivateFile {
    /// Creates it beside its place. The folder must exist. Only to be called under the run's lock: another run clears it
    /// away.
    pub fn create(place: &Path) -> Result<Self, FsError> {
        Self::begun_with(TEMPORARY, place)
    }

    /// The same without a lock. No run clears it away, not even what a killed process left of it.
    pub fn create_unlocked(place: &Path) -> Result<Self, FsError> {
        Self::begun_with(".private-", place)
    }

    fn begun_with(prefix: &str, place: &Path) -> Result<Self, FsError> {
        let file = tempfile::Builder::new().prefix(prefix).tempfile_in(folder_of(place));
        let file = file.map_err(|source| FsError::new("write", place, source))?.into_temp_path();
        Ok(Self { file, place: place.to_owned() })
    }

    /// Where it is until then.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Waits for the disk, then takes its place, where it replaces what was there.
    pub fn finish(self) -> Result<(), FsError> {
        let Self { file, place } = self;
        sync(&file)?;
        file.persist(&place).map_err(|failed| FsError::new("write", &place, failed.error))?;
        sync(folder_of(&place))
    }
}
