//! `ledger export`: what the ledger holds as text, one JSON object a line.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::LedgerArgs;
use crate::cli::exit::{CliError, Exit};
use crate::cli::output;
use crate::cli::output::Terminal;
use crate::cli::replace::Output;
use crate::cli::settings;
use crate::engine::{missing_ledger, open_ledger};
use crate::ledger::Export;
use crate::model::{counted, visible_path};

const EXAMPLE: &str = "Examples:
  scenepress ledger export
  scenepress ledger export ledger.jsonl

One JSON object a line, sorted: two exports differ in the lines of what changed, so they can be kept in git. Tickets \
and urls are left out, since whoever has one has the picture; a picture's SHA-256 stands for it.";

/// Options of `ledger export`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct ExportArgs {
    /// Where to write it: a new file, or an earlier export, which is replaced; left out, stdout
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
}

const OUTPUT: Output = Output { head: Export::FIRST_LINE, what: "export of a ledger" };

/// Writes the text.
pub fn run(args: &ExportArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let folders = settings::ledger_folders(&args.ledger)?;
    let path = &folders.ledger;
    if let Some(file) = &args.file {
        OUTPUT.admit(file, &args.ledger)?;
    }
    let Some(ledger) = open_ledger(path, args.ledger.require_ledger)? else {
        return Err(missing_ledger(&folders, args.ledger.require_ledger).into());
    };
    let export = ledger.export()?;
    let Some(file) = &args.file else {
        output::bytes(&export.text)?;
        return Ok(Exit::Done);
    };
    OUTPUT.write(file, &export.text)?;
    let codes = counted(export.codes, "code");
    terminal.say(&format!("{}: {codes} of the ledger {}", visible_path(file), visible_path(path)));
    Ok(Exit::Done)
}
