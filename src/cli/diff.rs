//! `diff`: what changed from one bundle to another, without ledger or network.

use std::path::PathBuf;

use clap::Args;

use super::args::FormatArgs;
use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use crate::bundle::{compare, read_good};
use crate::view::{self, VerifyBar};

const EXAMPLE: &str = "Examples:
  scenepress diff output/metro/metro.r2.zip output/metro/metro.zip
  scenepress diff old.zip new.zip --format json

It needs neither ledger nor network. Both bundles are verified first: the exit is 6 where one is bad. Codes are compared \
by their scenes; bundles of two campaigns or accounts too, and that is said first.";

/// Options of `diff`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct DiffArgs {
    /// The earlier bundle
    #[arg(value_name = "A.zip")]
    a: PathBuf,
    /// The later one
    #[arg(value_name = "B.zip")]
    b: PathBuf,
    #[command(flatten)]
    format: FormatArgs,
}

/// Verifies both bundles and compares them.
pub fn run(args: &DiffArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let shows_bar = terminal.is_watched && !terminal.quiet;
    let a = read_good(&args.a, &mut VerifyBar::new(shows_bar).progress())?;
    let b = read_good(&args.b, &mut VerifyBar::new(shows_bar).progress())?;
    let difference = compare((&args.a, &a), (&args.b, &b));
    if args.format.is_json() {
        output::document(&difference)?;
    } else {
        output::data(&view::difference_text(&difference))?;
    }
    Ok(Exit::Done)
}
