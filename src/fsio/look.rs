//! Looking at files, moving and removing them.
#![expect(clippy::disallowed_methods, reason = "part of the place those methods are kept for")]

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{Access, access};

use super::file::FsError;

/// What the file system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    /// Its length.
    pub bytes: u64,
    /// When its bytes last changed.
    pub modified_at: Timestamp,
}

/// Looks at a file; `None` if there is none that can be looked at.
pub fn file_facts(path: &Path) -> Option<FileFacts> {
    let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let modified_at = Timestamp::try_from(found.modified().ok()?).ok()?;
    Some(FileFacts { bytes: found.len(), modified_at })
}

/// Says that a file was last modified at an instant. If that fails the file keeps its time, which does no harm.
pub fn set_modified(path: &Path, at: Timestamp) {
    let _ = fs::File::options().append(true).open(path).and_then(|file| file.set_modified(at.into()));
}

/// Whether two paths are one file, however they are spelt: through links, and also if the file is yet to be made.
pub fn same_file(a: &Path, b: &Path) -> bool {
    let whole = |path: &Path| {
        path.canonicalize().ok().or_else(|| {
            let absolute = std::path::absolute(path).ok()?;
            Some(absolute.parent()?.canonicalize().ok()?.join(absolute.file_name()?))
        })
    };
    let number = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    a == b
        || number(a).is_some_and(|a| Some(a) == number(b))
        || matches!((whole(a), whole(b)), (Some(a), Some(b)) if a == b)
}

/// The names of the files in a folder; none if there is no folder.
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

/// What the file system says of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramFacts {
    /// It is a folder.
    pub is_folder: bool,
    /// Its mode: who may read, write and run it, nine bits.
    pub mode: u32,
    /// It is a file that this process may run.
    pub may_run: bool,
}

/// Looks at a program.
pub fn program_facts(path: &Path) -> Result<ProgramFacts, FsError> {
    let found = fs::metadata(path).map_err(|source| FsError::new("look at", path, source))?;
    let may_run = found.is_file() && access(path, Access::EXEC_OK).is_ok();
    Ok(ProgramFacts { is_folder: found.is_dir(), mode: found.permissions().mode() & 0o777, may_run })
}

/// Moves a finished file into its place, where it replaces what was there.
pub fn publish(finished: &Path, place: &Path) -> Result<(), FsError> {
    fs::rename(finished, place).map_err(|source| FsError::new("write", place, source))
}

/// Removes a file; fine if there is none.
pub fn remove_file(path: &Path) -> Result<(), FsError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(FsError::new("remove", path, error)),
        _ => Ok(()),
    }
}
