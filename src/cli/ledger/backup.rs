//! `ledger backup`: a safe copy.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::LedgerArgs;
use crate::cli::exit::{CliError, Exit};
use crate::cli::lock;
use crate::cli::output;
use crate::cli::settings::{self, Terminal};
use crate::ledger::{self, LedgerRefused};
use crate::model::{counted, minute_text, visible_path};

/// Options of `ledger backup`.
#[derive(Debug, Clone, Args)]
pub struct BackupArgs {
    /// The copy: a new file, or an earlier backup, which is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Copies, checks, and says what was copied.
pub fn run(args: &BackupArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let path = settings::ledger_path(&args.ledger, &settings::environment)?;
    if args.ledger.require_ledger {
        lock::at_hand(&path, true).map_err(|error| match error {
            CliError::LedgerRefused(LedgerRefused::Missing(path)) => super::missing(path, &args.ledger),
            error => error,
        })?;
    }
    let Some(backup) = ledger::backup(&path, &args.file)? else {
        return Err(super::missing(path, &args.ledger));
    };
    if !terminal.quiet {
        let of = backup.written_at.map(|at| format!(" of {}", minute_text(at))).unwrap_or_default();
        output::tell(&format!(
            "{}: the ledger {}{of}, {}; the copy was checked",
            visible_path(&args.file),
            visible_path(&path),
            counted(backup.codes, "code")
        ));
    }
    Ok(Exit::Done)
}
