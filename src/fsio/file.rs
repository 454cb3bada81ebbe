//! Files that are read with a limit, and written whole and renamed into place.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How the names of temporary files and folders begin.
pub(super) const TEMPORARY: &str = ".scenepress-";

/// Something that could not be done to a file or folder.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FsError {
    /// A verb: `read`, `write`, `create`, ….
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// Why. [`ErrorKind::FileTooLarge`] if a limit of ours was passed.
    pub source: io::Error,
}

impl FsError {
    /// An error of the system with the action and the object.
    pub fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self { action, path: path.to_owned(), source }
    }

    /// Whether the file or folder does not exist.
    pub fn is_not_found(&self) -> bool {
        self.source.kind() == ErrorKind::NotFound
    }

    /// Whether a file was larger than the limit it was read with.
    pub fn is_too_large(&self) -> bool {
        self.source.kind() == ErrorKind::FileTooLarge
    }
}

/// Reads a whole file of at most `limit` bytes. A larger one is an error that names the limit; no more than the
/// limit is ever held in memory.
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, FsError> {
    let error = |source| FsError::new("read", path, source);
    // A pipe would wait for a writer for ever.
    if !fs::metadata(path).map_err(error)?.is_file() {
        return Err(error(io::Error::other("it is no regular file")));
    }
    let file = File::open(path).map_err(error)?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(error)?;
    if bytes.len() as u64 > limit {
        let message = format!("it is larger than {}", size_text(limit));
        return Err(error(io::Error::new(ErrorKind::FileTooLarge, message)));
    }
    Ok(bytes)
}

pub(super) fn size_text(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

/// Writes a whole file: readers see the old content or the new, never a part, whatever dies in between.
///
/// It does not wait for the disk. The folder must exist. An existing file is replaced.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    let error = |source| FsError::new("write", path, source);
    // Opened by us, so that an error does not name the temporary file. The mode is less the umask.
    let open = |path: &Path| OpenOptions::new().write(true).create_new(true).mode(0o666).open(path);
    let mut file =
        tempfile::Builder::new().prefix(TEMPORARY).make_in(folder_of(path), open).map_err(error)?;
    file.write_all(bytes).map_err(error)?;
    file.persist(path).map_err(|failed| error(failed.error))?;
    Ok(())
}

/// Makes sure that a file exists and that only its owner may read it (mode 0600), from its first byte on.
///
/// The mode of an existing file is repaired if the system lets us. Some file systems have no modes.
pub fn create_private(path: &Path) -> Result<(), FsError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            make_private(path);
            Ok(())
        }
        Err(source) => Err(FsError::new("create", path, source)),
    }
}

/// Takes away every right to a file but its owner's, if there is such a file and the system lets us.
pub fn make_private(path: &Path) {
    if fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0) {
        let _ = fs::set_permissions(path, Permissions::from_mode(0o600));
    }
}

/// Creates a folder and those above it if they do not exist.
pub fn create_folder(path: &Path) -> Result<(), FsError> {
    fs::create_dir_all(path).map_err(|source| FsError::new("create", path, source))
}

/// The folder a file lies in, `.` for a bare name.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Waits until the disk holds a file, or the names in a folder.
pub(super) fn sync(path: &Path) -> Result<(), FsError> {
    match File::open(path).and_then(|file| file.sync_all()) {
        // Some file systems cannot sync a folder, and need not.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        outcome => outcome.map_err(|source| FsError::new("sync", path, source)),
    }
}
