//! `ledger export`: what the ledger holds as text, one JSON object a line.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::LedgerArgs;
use crate::cli::context;
use crate::cli::exit::{CliError, Exit};
use crate::cli::settings::{self, Terminal};
use crate::cli::{output, replace};
use crate::ledger::Export;
use crate::model::{counted, visible_path};

/// Options of `ledger export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// Where to write it: a new file, or an earlier export, which is replaced; left out, stdout
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
}

const WHAT: &str = "export of a ledger";

/// Writes the text.
pub fn run(args: &ExportArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let path = settings::ledger_path(&args.ledger, &settings::environment)?;
    if let Some(file) = &args.file {
        replace::admit(file, Export::FIRST_LINE, WHAT)?;
    }
    let Some(ledger) = context::open_ledger(&path, args.ledger.require_ledger)? else {
        return Err(super::missing(path, &args.ledger));
    };
    let export = ledger.export()?;
    let Some(file) = &args.file else {
        output::bytes(&export.text)?;
        return Ok(Exit::Done);
    };
    replace::write(file, Export::FIRST_LINE, WHAT, &export.text)?;
    if !terminal.quiet {
        let codes = counted(export.codes, "code");
        output::tell(&format!("{}: {codes} of the ledger {}", visible_path(file), visible_path(&path)));
    }
    Ok(Exit::Done)
}
