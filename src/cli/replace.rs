//! Files that a verb writes at a path of the user's: nothing is replaced but the same verb's earlier work.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::exit::CliError;
use crate::fsio::{self, FsError};
use crate::model::visible_path;

/// Writes a file, whole or not at all. Its content begins with `head`; one that is there already must be empty or begin
/// so too, or it is wrong usage: it is not `what`.
pub fn write(path: &Path, head: &str, what: &str, content: &[u8]) -> Result<(), CliError> {
    debug_assert!(content.starts_with(head.as_bytes()), "{what}");
    admit(path, head, what)?;
    Ok(fsio::write_atomic(path, content)?)
}

/// Refuses what could not be replaced, before any work is done for it.
pub fn admit(path: &Path, head: &str, what: &str) -> Result<(), CliError> {
    let Ok(metadata) = path.metadata() else { return Ok(()) };
    let refused = || {
        let file = visible_path(path);
        CliError::Usage(format!("{file} exists and is no {what}: name another file, or move it away"))
    };
    if !metadata.is_file() {
        return Err(refused());
    }
    let mut begins = Vec::new();
    File::open(path)
        .and_then(|file| file.take(head.len() as u64).read_to_end(&mut begins))
        .map_err(|source| FsError::new("read", path, source))?;
    if begins.is_empty() || begins == head.as_bytes() { Ok(()) } else { Err(refused()) }
}
