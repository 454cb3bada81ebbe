//! Looking at files, moving and removing them.
#![expect(clippy::disallowed_methods, reason = "part of the place those methods are kept for")]

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{Access, access};

use super::FsError;

/// What the file system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    /// Its length.
    pub bytes: u64,
    /// When its bytes last changed.
    pub modified_at: Timestamp,
}

/// Looks at a file; `None` where there is none that can be looked at.
pub fn file_facts(path: &Path) -> Option<FileFacts> {
    let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let modified_at = Timestamp::try_from(found.modified().ok()?).ok()?;
    Some(FileFacts { bytes: found.len(), modified_at })
}

/// The names of the files in a folder; none where there is no folder.
pub fn file_names(folder: &Path) -> impl Iterator<Item = OsString> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name())
}

/// Reads a file of any size into a writer, for one that takes digests.
pub fn read_into(path: &Path, writer: &mut dyn Write) -> Result<(), FsError> {
    let error = |source| FsError::new("read", path, source);
    let mut file = fs::File::open(path).map_err(error)?;
    io::copy(&mut file, writer).map_err(error)?;
    Ok(())
}

/// Whether a file is there that may be run.
pub fn is_executable(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

/// Moves a finished file into its place, where it replaces what was there.
pub fn publish(finished: &Path, place: &Path) -> Result<(), FsError> {
    fs::rename(finished, place).map_err(|source| FsError::new("write", place, source))
}

/// Removes a file; fine where there is none.
pub fn remove_file(path: &Path) -> Result<(), FsError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(FsError::new("remove", path, error)),
        _ => Ok(()),
    }
}
