//! `ledger`: a safe copy of the ledger, its text, and its history rebuilt.

mod backup;
mod export;

use clap::Subcommand;

use super::args::LedgerArgs;
use super::exit::{CliError, Exit};
use super::settings::Terminal;

/// What is done with the ledger.
#[derive(Debug, Subcommand)]
#[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
pub enum LedgerVerb {
    /// Copy the ledger into a file, also while a run writes it
    #[command(after_long_help = BACKUP_EXAMPLE)]
    Backup(backup::BackupArgs),
    /// Show what the ledger holds as text, without tickets and urls
    #[command(after_long_help = EXPORT_EXAMPLE)]
    Export(export::ExportArgs),
}

pub const EXAMPLE: &str = "Examples:
  scenepress ledger backup /backup/ledger.sqlite
  scenepress ledger export ledger.jsonl";

const BACKUP_EXAMPLE: &str = "Examples:
  scenepress ledger backup /backup/ledger.sqlite
  scenepress ledger backup /backup/ledger-2026-11-22.sqlite -q

It takes no lock and works beside a run. The copy is checked before it takes the file's place, so that there is a
whole backup at every moment; an earlier backup is replaced, any other file is refused. To restore one, copy it to
the ledger's place while no run is under way.";

const EXPORT_EXAMPLE: &str = "Examples:
  scenepress ledger export
  scenepress ledger export ledger.jsonl

One JSON object a line, sorted: two exports differ in the lines of what changed, so they can be kept in git. Tickets
and urls are left out, since whoever has one has the picture; a picture's SHA-256 stands for it.";

/// Does it.
pub fn run(verb: &LedgerVerb, terminal: Terminal) -> Result<Exit, CliError> {
    match verb {
        LedgerVerb::Backup(args) => backup::run(args, terminal),
        LedgerVerb::Export(args) => export::run(args, terminal),
    }
}

/// The error that there is no ledger.
fn missing(path: std::path::PathBuf, ledger: &LedgerArgs) -> CliError {
    if ledger.require_ledger { CliError::LedgerMissing(path) } else { CliError::NothingIssued(path) }
}
