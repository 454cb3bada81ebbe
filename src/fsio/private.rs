//! A private file that is made aside and then takes its place at once.

use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::file::{FsError, folder_of, sync};

/// How the names of such files begin while they are made. Not as other temporary files: no run may clear them away,
/// for who makes one holds no lock.
const PREFIX: &str = ".private-";

/// An empty file that only its owner may read, for another program's hand to fill. It is removed when it is dropped,
/// unless it has taken its place.
#[derive(Debug)]
pub struct PrivateFile {
    file: NamedTempFile,
    place: PathBuf,
}

impl PrivateFile {
    /// Creates it beside its place. The folder must exist.
    pub fn create(place: &Path) -> Result<Self, FsError> {
        let file = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempfile_in(folder_of(place))
            .map_err(|source| FsError::new("write", place, source))?;
        Ok(Self { file, place: place.to_owned() })
    }

    /// Where it is until then.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Waits for the disk, then takes its place, where it replaces what was there.
    pub fn finish(self) -> Result<(), FsError> {
        let Self { file, place } = self;
        sync(file.path())?;
        file.persist(&place).map_err(|failed| FsError::new("write", &place, failed.error))?;
        sync(folder_of(&place))
    }
}
