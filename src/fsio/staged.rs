//! A folder that is built aside and then takes another's place at once.

use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use tempfile::TempDir;

use super::file::{FsError, TEMPORARY, create_folder, folder_of, sync};

/// How the name ends under which an old folder stands aside where a file system cannot exchange two folders.
const ASIDE: &str = ".scenepress-old";

/// A temporary folder. It is removed when it is dropped, unless it has taken a folder's place.
#[derive(Debug)]
pub struct StagedFolder {
    folder: TempDir,
}

impl StagedFolder {
    /// Creates it, empty, inside `parent` (which is created too); it can only replace a folder on the same
    /// file system.
    pub fn create(parent: &Path) -> Result<Self, FsError> {
        create_folder(parent)?;
        let folder = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .permissions(Permissions::from_mode(0o777)) // less the umask
            .tempdir_in(parent)
            .map_err(|source| FsError::new("create a folder in", parent, source))?;
        Ok(Self { folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives a file of another folder a second name in this one, or copies it if the file system knows none.
    pub fn keep(&self, file: &Path, name: &str) -> Result<(), FsError> {
        let error = |source| FsError::new("keep", file, source);
        let kind = fs::symlink_metadata(file).map_err(error)?.file_type();
        link_or_copy(file, &self.path().join(name), kind).map_err(error)
    }

    /// Takes the place of `target` in one step, after waiting for the disk. On an error `target` is as it was.
    ///
    /// What the old folder holds and this one does not (a user's notes, older bundles, whole folders) stays: it
    /// stands in the new folder before that takes the place. The rest of the old folder is removed.
    pub fn replace(self, target: &Path) -> Result<(), FsError> {
        let target = &behind_link(target)?;
        let staged = self.folder.path();
        complete(target)?;
        sync_files(staged)?;
        let replaces = target.is_dir();
        if replaces {
            carry_over(target, staged)?;
        } else if target.exists() {
            let source = io::Error::new(ErrorKind::NotADirectory, "it is no folder; move it away");
            return Err(FsError::new("replace", target, source));
        }
        sync(staged)?;
        let staged = self.folder.path().to_owned();
        if !replaces {
            move_to(&staged, target)?;
            let _ = self.folder.keep();
            return sync(folder_of(target));
        }
        match renameat_with(CWD, &staged, CWD, target, RenameFlags::EXCHANGE) {
            Ok(()) => {
                // What came into the old folder since it was read stays too.
                let old = self.folder.keep();
                carry_over(&old, target)?;
                let _ = fs::remove_dir_all(old);
            }
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                let _ = self.folder.keep();
                exchange_in_two_steps(&staged, target).inspect_err(|_| {
                    let _ = fs::remove_dir_all(&staged);
                })?;
            }
            Err(errno) => return Err(FsError::new("replace", target, errno.into())),
        }
        sync(folder_of(target))
    }
}

/// Removes what a killed run left in a folder, not in those below it: temporary files and folders, and the old
/// half of an exchange that was cut in two, which is put back if nothing stands in its place.
///
/// Only to be called under the run's lock: the temporary files of a living run look the same. What cannot be
/// removed stays.
pub fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if is_temporary(&entry.file_name()) {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        } else if let Some(name) = exchanged_name(&entry.file_name()) {
            let _ = complete(&folder.join(name));
        }
    }
}

fn is_temporary(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes())
}

/// The folder itself if `target` is a link to it: the link stays.
fn behind_link(target: &Path) -> Result<PathBuf, FsError> {
    if target.is_symlink() {
        target.canonicalize().map_err(|source| FsError::new("replace", target, source))
    } else {
        Ok(target.to_owned())
    }
}

#[expect(clippy::disallowed_methods, reason = "fsio is the place for it")]
fn move_to(from: &Path, to: &Path) -> Result<(), FsError> {
    fs::rename(from, to).map_err(|source| FsError::new("replace", to, source))
}

/// For file systems that cannot exchange: [`complete`] finishes it should the process die in between.
pub(super) fn exchange_in_two_steps(staged: &Path, target: &Path) -> Result<(), FsError> {
    let aside = aside_of(target);
    move_to(target, &aside)?;
    if let Err(error) = move_to(staged, target) {
        move_to(&aside, target)?;
        return Err(error);
    }
    complete(target)
}

/// Finishes an exchange in two steps of which a killed run did only the first, or did not clean up: the old folder
/// comes back if there is no new one, otherwise what only it holds moves to the new one.
fn complete(target: &Path) -> Result<(), FsError> {
    let aside = aside_of(target);
    if !aside.is_dir() {
        return Ok(());
    }
    if target.is_dir() {
        carry_over(&aside, target)?;
        let _ = fs::remove_dir_all(&aside);
        return Ok(());
    }
    move_to(&aside, target)
}

/// `output/.metro.scenepress-old` for `output/metro`: hidden, and not taken for a temporary file.
fn aside_of(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(ASIDE);
    target.with_file_name(name)
}

/// `metro` from `.metro.scenepress-old`.
fn exchanged_name(name: &OsStr) -> Option<&str> {
    name.to_str()?.strip_prefix('.')?.strip_suffix(ASIDE).filter(|name| !name.is_empty())
}

/// Gives `new` whatever `old` holds and `new` lacks, without taking it away from `old`. Temporary files stay behind.
fn carry_over(old: &Path, new: &Path) -> Result<(), FsError> {
    let reading = |source| FsError::new("read", old, source);
    for entry in fs::read_dir(old).map_err(reading)? {
        let entry = entry.map_err(reading)?;
        if is_temporary(&entry.file_name()) {
            continue;
        }
        let (from, to) = (entry.path(), new.join(entry.file_name()));
        let error = |source| FsError::new("carry over", &from, source);
        let kind = entry.file_type().map_err(error)?;
        match fs::symlink_metadata(&to) {
            Ok(there) if there.is_dir() && kind.is_dir() => carry_over(&from, &to)?,
            Ok(_) => {} // the new one counts
            Err(absent) if absent.kind() != ErrorKind::NotFound => return Err(error(absent)),
            Err(_) if kind.is_dir() => {
                let mode = fs::metadata(&from).map_err(error)?.permissions();
                fs::create_dir(&to).map_err(error)?;
                carry_over(&from, &to)?;
                fs::set_permissions(&to, mode).map_err(error)?;
            }
            Err(_) => link_or_copy(&from, &to, kind).map_err(error)?,
        }
    }
    Ok(())
}

/// A second name if the file system knows those, otherwise a copy.
fn link_or_copy(from: &Path, to: &Path, kind: FileType) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(_) if kind.is_symlink() => std::os::unix::fs::symlink(fs::read_link(from)?, to),
        Err(_) if kind.is_file() => fs::copy(from, to).map(drop),
        outcome => outcome,
    }
}

/// Waits until the disk holds every file below a folder.
fn sync_files(folder: &Path) -> Result<(), FsError> {
    let reading = |source| FsError::new("read", folder, source);
    for entry in fs::read_dir(folder).map_err(reading)? {
        let entry = entry.map_err(reading)?;
        let kind = entry.file_type().map_err(reading)?;
        if kind.is_dir() {
            sync_files(&entry.path())?;
            sync(&entry.path())?;
        } else if kind.is_file() {
            sync(&entry.path())?;
        }
    }
    Ok(())
}
