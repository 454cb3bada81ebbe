//! `verify`: bundles checked without ledger or network.

use std::path::PathBuf;

use clap::Args;

use super::args::FormatArgs;
use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use crate::bundle;
use crate::view::{self, VerifyBar, VerifyDocument};

const EXAMPLE: &str = "Examples:
  scenepress verify output/metro/metro.zip
  scenepress verify output/*/*.zip -q

It needs neither ledger nor network. The exit is 6 where one byte of one picture or row is off.";

/// Options of `verify`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct VerifyArgs {
    /// The bundles
    #[arg(value_name = "BUNDLE.zip", required = true)]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    format: FormatArgs,
}

/// Verifies each bundle, whatever is wrong with the others.
pub fn run(args: &VerifyArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut exit = Exit::Done;
    let mut results = Vec::new();
    for path in &args.bundles {
        let mut bar = VerifyBar::new(terminal.is_watched && !terminal.quiet);
        let result = bundle::verify(path, &mut bar.progress());
        drop(bar);
        let result = result.map_err(CliError::from);
        match &result {
            Ok(report) => {
                let is_good = report.faults.is_empty();
                if !(args.format.is_json() || terminal.quiet && is_good) {
                    output::data(&view::verified_text(path, report, terminal.verbose))?;
                }
                exit = exit.and(if is_good { Exit::Done } else { Exit::BadBundle });
            }
            Err(error) => {
                terminal.error(error);
                exit = exit.and(error.exit());
            }
        }
        results.push((path.as_path(), result.map_err(|error| error.to_string())));
    }
    if args.format.is_json() {
        output::document(&VerifyDocument::new(results))?;
    }
    Ok(exit)
}
