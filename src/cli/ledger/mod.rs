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
    #[command(after_long_help = BACKUP_EXAMPLE)]
    Backup(backup::BackupArgs),
    /// Show what the ledger holds as text, without tickets and urls
    #[command(after_long_help = EXPORT_EXAMPLE)]
    Export(export::ExportArgs),
    /// Adopt codes that the ledger does not know, from bundles and tables of tickets, without a call
    #[command(after_long_help = IMPORT_EXAMPLE)]
    Import(import::ImportArgs),
}

pub const EXAMPLE: &str = "Examples:
  scenepress ledger backup /backup/ledger.sqlite
  scenepress ledger export ledger.jsonl
  scenepress ledger import output/metro/metro.zip";

const BACKUP_EXAMPLE: &str = "Examples:
  scenepress ledger backup /backup/ledger.sqlite
  scenepress ledger backup /backup/ledger-2026-11-22.sqlite -q

It takes no lock and works beside a run. The copy is checked before it takes the file's place, so that there is a \
whole backup at every moment; an earlier backup is replaced, any other file is refused.

To restore one while no run is under way, move the ledger away with the files -wal and -shm beside it, copy the backup \
to its place, and let it learn what was issued since: scenepress ledger import output/*/*.zip";

const EXPORT_EXAMPLE: &str = "Examples:
  scenepress ledger export
  scenepress ledger export ledger.jsonl

One JSON object a line, sorted: two exports differ in the lines of what changed, so they can be kept in git. Tickets \
and urls are left out, since whoever has one has the picture; a picture's SHA-256 stands for it.";

const IMPORT_EXAMPLE: &str = "Examples:
  scenepress ledger import output/*/*.zip
  scenepress ledger import old-codes.csv --campaign metro

Bundles are verified first. A table needs the columns scene, channel and ticket; most tickets tell their url, when they \
were made and when they die, and where one does not, the columns url and expires_at do (an instant, or never). Further \
columns that mean something: scene_type, tags, generation, lifetime, created_at, campaign, appid. Everything is adopted \
or nothing. What the ledger knows stays as it is: an issue it has is skipped, and one that contradicts it is an error.

The next run fetches the pictures and bundles them; a code that is in no campaign file is retired by it.";

/// Does it.
pub fn run(verb: &LedgerVerb, terminal: Terminal) -> Result<Exit, CliError> {
    match verb {
        LedgerVerb::Backup(args) => backup::run(args, terminal),
        LedgerVerb::Export(args) => export::run(args, terminal),
        LedgerVerb::Import(args) => import::run(args, terminal),
    }
}
