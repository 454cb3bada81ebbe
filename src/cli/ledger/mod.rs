//! `ledger`: a safe copy of the ledger, its text, and its history rebuilt.

mod backup;
mod export;
mod import;

use clap::Subcommand;

use super::exit::{CliError, Exit};
use super::output::Terminal;

/// What is done with the ledger.
#[derive(Debug, Subcommand)]
#[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
pub enum LedgerVerb {
    /// Copy the ledger into a file, also while a run writes it
    Backup(backup::BackupArgs),
    /// Show what the ledger holds as text, without tickets and urls
    Export(export::ExportArgs),
    /// Adopt codes that the ledger does not know, from bundles and tables of tickets, without a call
    Import(import::ImportArgs),
}

pub const EXAMPLE: &str = "Examples:
  scenepress ledger backup /backup/ledger.sqlite
  scenepress ledger export ledger.jsonl
  scenepress ledger import output/metro/metro.zip";

/// Does it.
pub fn run(verb: &LedgerVerb, terminal: Terminal) -> Result<Exit, CliError> {
    match verb {
        LedgerVerb::Backup(args) => backup::run(args, terminal),
        LedgerVerb::Export(args) => export::run(args, terminal),
        LedgerVerb::Import(args) => import::run(args, terminal),
    }
}
