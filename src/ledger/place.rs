//! Where a ledger may lie, and which files are its own.

use std::path::Path;

use super::error::{LedgerError, LedgerFault};
use super::reader::beside;
use crate::fsio;

/// Refuses a file to be written that is the ledger, lies beside it for the database or the lock, or would be taken for a
/// temporary file. Neither links nor other spellings of the path make a difference, and the file is not opened:
/// closing it would end the database's own locks in this process.
pub fn check_target(ledger: &Path, target: &Path) -> Result<(), LedgerError> {
    let refused = |what: String| {
        let message = format!("{} {what}", target.display());
        Err(LedgerError::new(LedgerFault::Place, ledger, message, &["name another file"]))
    };
    let own = ["", "-wal", "-shm", "-journal", ".lock"].map(|ending| beside(ledger, ending));
    if own.iter().any(|own| fsio::same_file(own, target)) {
        return refused(format!("belongs to the ledger {}", ledger.display()));
    }
    if fsio::is_temporary_name(target) {
        return refused("has the name of a temporary file, which would be removed".to_owned());
    }
    Ok(())
}
