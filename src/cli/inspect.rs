//! `inspect`: what a ticket, a url, a picture or a scene is.

use std::path::PathBuf;

use clap::Args;

use super::args::{FormatArgs, LedgerArgs};
use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use super::{rehearsal, settings};
use crate::bundle;
use crate::clock;
use crate::engine::open_ledger;
use crate::inspect::{InspectError, Inspection, Source, inspect};
use crate::view;

const EXAMPLE: &str = "Examples:
  scenepress inspect photo-of-a-poster.jpg
  scenepress inspect http://weixin.qq.com/q/02wPFKBmPJfu21QQPIxycG
  scenepress inspect 1001 vip-desk 'Metro line'
  scenepress inspect 1001 --in output/metro/metro.zip

If nothing is known of a thing the exit is 3. A photo may be turned or taken at an angle; each code on it is told.";

/// Options of `inspect`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct InspectArgs {
    /// Tickets, urls, picture files (also photos: JPEG or PNG), scenes, parts of a channel's name
    #[arg(value_name = "TICKET|URL|IMAGE|SCENE|CHANNEL", required = true)]
    things: Vec<String>,
    /// Look in this bundle, not in the ledger
    #[arg(long = "in", value_name = "BUNDLE.zip", conflicts_with_all = ["ledger", "require_ledger", "emulator"])]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Says of each thing what it is.
pub fn run(args: &InspectArgs, terminal: Terminal) -> Result<Exit, CliError> {
    rehearsal::go_on(&args.ledger);
    let source = open(args)?;
    let now = clock::now();
    let mut exit = Exit::Done;
    let mut things = Vec::new();
    for (index, thing) in args.things.iter().enumerate() {
        match inspect(thing, &source, now) {
            Ok(inspections) => {
                for (inspection, nth) in inspections.into_iter().zip(index..) {
                    if inspection.found.is_empty() {
                        exit = exit.and(Exit::Failed);
                    }
                    if !args.format.is_json() {
                        let gap = if nth > 0 { "\n" } else { "" };
                        output::data(&format!("{gap}{}", view::inspection_text(&inspection, &source, now)))?;
                    }
                    things.push(inspection);
                }
            }
            Err(error) => {
                let has_no_code = matches!(error, InspectError::NoCode(_));
                let error = CliError::from(error);
                terminal.error(&error);
                exit = exit.and(if has_no_code { Exit::Failed } else { error.exit() });
                things.push(Inspection::failed(thing, error.to_string()));
            }
        }
    }
    if args.format.is_json() {
        output::document(&view::InspectDocument::new(&source, things))?;
    }
    Ok(exit)
}

fn open(args: &InspectArgs) -> Result<Source, CliError> {
    if let Some(path) = &args.bundle {
        let manifest = Box::new(bundle::read_manifest(path)?);
        return Ok(Source::Bundle { path: path.clone(), manifest });
    }
    let path = settings::ledger_path(&args.ledger, &settings::environment)?;
    Ok(match open_ledger(&path, args.ledger.require_ledger)? {
        Some(ledger) => Source::Ledger { path, ledger },
        None => Source::Nothing { path },
    })
}
