//! `handoff`: records that the codes of a bundle went to print.

use std::path::PathBuf;

use clap::Args;

use super::args::{FormatArgs, LedgerArgs, LockArgs};
use super::exit::{CliError, Exit};
use super::lock::Writing;
use super::output::{self, Terminal};
use super::settings;
use super::signals::{self, Signals};
use crate::engine::{self, NotHandedOver};
use crate::ledger::Handoff;
use crate::model::{Note, Recipient, visible_path};
use crate::view::{self, VerifyBar};
use crate::{bundle, clock};

const EXAMPLE: &str = "Examples:
  scenepress handoff output/metro/metro.zip --to 'Shop A' --note '200 posters'
  scenepress handoff output/metro/metro.r2.zip --require-ledger

The bundle is verified first. Partial bundles, those of the emulator and those for screens are refused (exit 4). From then \
on inspect and status say what is on paper, and the next bundle says which pieces of paper to replace.";

/// Options of `handoff`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct HandoffArgs {
    /// The bundle that goes to print
    #[arg(value_name = "BUNDLE.zip")]
    bundle: PathBuf,
    /// Who gets it
    #[arg(long, value_name = "NAME", value_parser = recipient)]
    to: Option<Recipient>,
    /// How many copies of each code are printed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    copies: Option<u32>,
    /// Something to remember of it
    #[arg(long, value_name = "TEXT", value_parser = note)]
    note: Option<Note>,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    format: FormatArgs,
}

fn recipient(name: &str) -> Result<Recipient, String> {
    Recipient::new(name).map_err(|error| format!("the name {error}"))
}

fn note(text: &str) -> Result<Note, String> {
    Note::new(text).map_err(|error| format!("the note {error}"))
}

/// Looks whether a bundle is for print, whole and alive, and whether the ledger issued it, and records that its codes go
/// to print: all but those for screens.
pub fn run(args: &HandoffArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let path = &args.bundle;
    let refused = |why: String| CliError::NotHandedOver { path: path.clone(), why };
    if path.is_file() {
        let manifest = bundle::read_manifest(path)?;
        engine::may_be_handed_over(&manifest, clock::now()).map_err(|why| refused(why.to_string()))?;
    }
    let shows_bar = terminal.is_watched && !terminal.quiet;
    let manifest = bundle::read_good(path, &mut VerifyBar::new(shows_bar).progress())?;
    let handoff = Handoff {
        campaign: manifest.header.campaign.clone(),
        revision: manifest.header.revision,
        zip: bundle::of_file(path)?,
        to: args.to.clone().unwrap_or_default(),
        copies: args.copies,
        note: args.note.clone().unwrap_or_default(),
    };
    let place = settings::ledger_path(&args.ledger, &settings::environment)?;
    if engine::open_ledger_of_any_form(&place, args.ledger.require_ledger)?.is_none() {
        let place = visible_path(&place);
        return Err(refused(format!(
            "there is no ledger at {place}, and it is to be recorded in the one that it was made with: name that \
             (--ledger), or restore it from its backup"
        )));
    }
    let signals = Signals::watch(signals::last_words(terminal))?;
    let Writing { mut ledger, lock } =
        Writing::open(&place, &args.ledger, None, args.lock, terminal, &signals)?;
    let handed = engine::hand_over(&mut ledger, &manifest, handoff, clock::now());
    ledger.finish()?;
    drop(lock);
    let handed = handed.map_err(|why| match why {
        NotHandedOver::Ledger(error) => error.into(),
        why => refused(format!("the ledger {} {why}", place.display())),
    })?;
    for warning in &handed.warnings {
        terminal.warning(&format!("{}: {warning}", visible_path(path)));
    }
    if args.format.is_json() {
        output::document(&handed)?;
    } else if !terminal.quiet {
        output::data(&view::handoff_text(path, &handed))?;
    }
    Ok(Exit::Done)
}
