//! Files that a verb writes at a path of the user's: nothing is replaced but the same verb's earlier work.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::args::LedgerArgs;
use super::exit::CliError;
use super::settings;
use crate::fsio::{self, FsError};
use crate::model::visible_path;

/// What a verb writes.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// How it begins.
    pub head: &'static str,
    /// What it is, for a message.
    pub what: &'static str,
}

impl Output {
    /// Writes a file, whole or not at all. One that is there already must be empty or begin with the same head.
    pub fn write(self, path: &Path, content: &[u8]) -> Result<(), CliError> {
        debug_assert!(content.starts_with(self.head.as_bytes()), "{}", self.what);
        Ok(fsio::write_atomic(path, content)?)
    }

    /// Refuses what must not be replaced, before any work is done for it and while no ledger is open.
    pub fn admit(self, path: &Path, ledger: &LedgerArgs) -> Result<(), CliError> {
        settings::check_target(path, ledger)?;
        let Ok(metadata) = path.metadata() else { return Ok(()) };
        let refused = || {
            let (file, what) = (visible_path(path), self.what);
            CliError::Usage(format!("{file} exists and is no {what}: name another file, or move it away"))
        };
        if !metadata.is_file() {
            return Err(refused());
        }
        let mut begins = Vec::new();
        File::open(path)
            .and_then(|file| file.take(self.head.len() as u64).read_to_end(&mut begins))
            .map_err(|source| FsError::new("read", path, source))?;
        if begins.is_empty() || begins == self.head.as_bytes() { Ok(()) } else { Err(refused()) }
    }
}
