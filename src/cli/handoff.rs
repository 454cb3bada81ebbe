//! `handoff`: what is known of paper. Bundles that went to print, paper that was taken down, and records undone.

use std::path::{Path, PathBuf};
use std::slice;

use clap::{ArgGroup, Args};

use super::args::{FormatArgs, LedgerArgs, LockArgs, recipient};
use super::exit::{CliError, Exit};
use super::lock::Writing;
use super::output::{self, Terminal};
use super::rehearsal;
use super::settings;
use super::signals::{self, Signals};
use crate::bundle::BundleError;
use crate::engine::{self, NotHandedOver, Recorded};
use crate::ledger::{Handoff, Ledger, Removal, SqliteLedger, UndoOutcome};
use crate::model::{CampaignName, Note, Recipient, quoted, visible, visible_path};
use crate::paper::{self, NotOnPaper};
use crate::view::{self, HandoffDocument, HandoffsDocument, VerifyBar};
use crate::{bundle, campaign, clock};

const USAGE: &str = "scenepress handoff [OPTIONS] [--to <NAME>] [--copies <N>] <BUNDLE.zip>
       scenepress handoff [OPTIONS] --list [--campaign <NAME>]
       scenepress handoff [OPTIONS] --undo <ID>
       scenepress handoff [OPTIONS] --removed --campaign <NAME> [--from <NAME>] [SCENE]...";

const EXAMPLE: &str = "Examples:
  scenepress handoff output/metro/metro.zip --to 'Shop A' --copies 200
  scenepress handoff --list
  scenepress handoff --undo 3
  scenepress handoff --removed --campaign metro 1001 1010..1020
  scenepress handoff --removed --campaign metro --from 'Shop A'

The bundle is verified first. Partial bundles, those of the emulator and those for screens are refused (exit 4). From then \
on inspect and status say what is on paper, and the next bundle says which pieces of paper to replace.

Each record has a number, which --list shows. Records are never deleted: --undo adds one that says that another does not \
count. Paper that was taken down alarms no more.

With --emulator all of this is a rehearsal in the emulator's own ledger, and only the emulator's bundles are taken.";

/// Options of `handoff`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE, override_usage = USAGE)]
#[command(group = ArgGroup::new("records").args(["list", "undo", "removed"]))]
pub struct HandoffArgs {
    /// The bundle that goes to print; with --removed, scenes whose paper was taken down
    #[arg(value_name = "BUNDLE.zip|SCENE", required_unless_present = "records")]
    #[arg(conflicts_with_all = ["list", "undo"])]
    things: Vec<PathBuf>,
    /// Who gets the bundle
    #[arg(long, value_name = "NAME", value_parser = recipient, conflicts_with = "records")]
    to: Option<Recipient>,
    /// How many copies of each code are printed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    #[arg(conflicts_with = "records")]
    copies: Option<u32>,
    /// Something to remember of it
    #[arg(long, value_name = "TEXT", value_parser = note, conflicts_with_all = ["list", "undo"])]
    note: Option<Note>,
    /// Show every record
    #[arg(long)]
    list: bool,
    /// Add a record that the one with this number does not count
    #[arg(long, value_name = "ID")]
    undo: Option<u64>,
    /// Record that paper was taken down: of these scenes, or all that --from NAME has
    #[arg(long, requires = "campaign")]
    removed: bool,
    /// Of which campaign: with --list and --removed
    #[arg(long, value_name = "NAME", requires = "records", conflicts_with = "undo")]
    campaign: Option<String>,
    /// Who had the paper; without it everybody's was taken down
    #[arg(long, value_name = "NAME", value_parser = recipient, requires = "removed")]
    from: Option<Recipient>,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    format: FormatArgs,
}

fn note(text: &str) -> Result<Note, String> {
    Note::new(text).map_err(|error| format!("the note {error}"))
}

/// Records a bundle that goes to print or paper that was taken down, undoes a record, or shows all.
pub fn run(args: &HandoffArgs, terminal: Terminal) -> Result<Exit, CliError> {
    rehearsal::go_on(&args.ledger);
    match (&args.things[..], args.undo) {
        _ if args.list => list(args),
        (_, Some(record)) => undo(args, record, terminal),
        (scenes, None) if args.removed => take_down(args, scenes, terminal),
        ([bundle], None) => hand_over(args, bundle, terminal),
        _ => Err(CliError::Usage("hand over one bundle at a time".to_owned())),
    }
}

/// Looks whether a bundle is for print, whole and alive, and whether the ledger issued it, and records that its codes go
/// to print: all but those for screens.
fn hand_over(args: &HandoffArgs, path: &Path, terminal: Terminal) -> Result<Exit, CliError> {
    let refused = |why: String| CliError::NotHandedOver { path: path.to_owned(), why };
    let rehearsal = args.ledger.emulator;
    if path.is_file() {
        let manifest = bundle::read_manifest(path)?;
        engine::may_be_handed_over(&manifest, rehearsal, clock::now())
            .map_err(|why| refused(why.to_string()))?;
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
    let Some(ledger) = engine::open_ledger_of_any_form(&place, args.ledger.require_ledger)? else {
        let place = visible_path(&place);
        return Err(refused(format!(
            "there is no ledger at {place}, and it is to be recorded in the one that it was made with: name that \
             (--ledger), or restore it from its backup"
        )));
    };
    if engine::recorded(&ledger, &manifest.header, &handoff.zip)? == Recorded::Other {
        let Handoff { campaign, revision, .. } = handoff;
        return Err(
            BundleError::NotRecorded { path: path.to_owned(), campaign, revision, ledger: place }.into()
        );
    }
    drop(ledger);
    let handed = writing(args, &place, terminal, |ledger| {
        Ok(engine::hand_over(ledger, &manifest, handoff, clock::now()))
    })?;
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
        output::data(&view::handoff_text(path, &handed, rehearsal.then_some(&place)))?;
    }
    Ok(Exit::Done)
}

/// Does something under the lock, and ends the writing before the lock is given back.
fn writing<T>(
    args: &HandoffArgs,
    place: &Path,
    terminal: Terminal,
    change: impl FnOnce(&mut SqliteLedger) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let signals = Signals::watch(signals::last_words(terminal))?;
    let Writing { mut ledger, lock } =
        Writing::open(place, &args.ledger, None, args.lock, terminal, &signals)?;
    let changed = change(&mut ledger);
    ledger.finish()?;
    drop(lock);
    changed
}

/// The ledger, open for reading, and its place. That there is none is an error.
fn reading(args: &HandoffArgs) -> Result<(SqliteLedger, PathBuf), CliError> {
    let folders = settings::ledger_folders(&args.ledger)?;
    let required = args.ledger.require_ledger;
    let ledger = engine::open_ledger(&folders.ledger, required)?;
    let missing = || engine::missing_ledger(&folders, required);
    Ok((ledger.ok_or_else(missing)?, folders.ledger))
}

fn list(args: &HandoffArgs) -> Result<Exit, CliError> {
    let (ledger, place) = reading(args)?;
    let mut records = ledger.handoff_records()?;
    if let Some(name) = &args.campaign {
        let campaign = campaign_named(&ledger, &place, name)?;
        records.retain(|record| *record.campaign() == campaign);
    }
    if args.format.is_json() {
        output::document(&HandoffsDocument::new(&records))?;
    } else {
        output::data(&view::handoffs_text(&records))?;
    }
    Ok(Exit::Done)
}

fn undo(args: &HandoffArgs, record: u64, terminal: Terminal) -> Result<Exit, CliError> {
    let (_, place) = reading(args)?;
    let (outcome, records) = writing(args, &place, terminal, |ledger| {
        Ok((ledger.undo_handoff(record, clock::now())?, ledger.handoff_records()?))
    })?;
    let (recorded, id) = match outcome {
        UndoOutcome::Recorded(id) => (true, id),
        UndoOutcome::Already(id) => (false, id),
        UndoOutcome::Unknown(0) => {
            return Err(CliError::Usage(format!("--undo {record}: nothing was handed over yet")));
        }
        UndoOutcome::Unknown(last) => {
            return Err(CliError::Usage(format!(
                "--undo {record}: there is no such record; the last is {last} (`scenepress handoff --list` shows all)"
            )));
        }
        UndoOutcome::IsUndo(of) => {
            return Err(CliError::Usage(format!(
                "--undo {record}: that record undoes record {of} and cannot be undone itself; record anew what happened"
            )));
        }
    };
    let by = records.iter().find(|record| record.id() == id);
    let text = if recorded {
        format!("record {record} does not count any more (record {id})\n")
    } else {
        format!("record {record} was undone already by record {id}; nothing was recorded\n")
    };
    show(args, terminal, &HandoffDocument::new(recorded, by), &text)
}

fn take_down(args: &HandoffArgs, scenes: &[PathBuf], terminal: Terminal) -> Result<Exit, CliError> {
    if args.from.is_none() && scenes.is_empty() {
        let text = "--removed: name the scenes, or --from NAME for all that NAME has";
        return Err(CliError::Usage(text.to_owned()));
    }
    let (ledger, place) = reading(args)?;
    let campaign = campaign_named(&ledger, &place, args.campaign.as_deref().unwrap_or_default())?;
    drop(ledger);
    let note = args.note.clone().unwrap_or_default();
    let removal = Removal { campaign, from: args.from.clone(), note };
    let scenes: Vec<String> = scenes.iter().map(|scene| scene.to_string_lossy().into_owned()).collect();
    let record = writing(args, &place, terminal, |ledger| {
        let pieces = ledger.paper(&removal.campaign, u64::MAX)?;
        let handed = ledger.handed(&removal.campaign, u64::MAX)?;
        let down = paper::to_take_down(&pieces, &handed, removal.from.as_ref(), &scenes)
            .map_err(|why| not_on_paper(&why, &removal))?;
        if down.is_empty() {
            return Ok(None);
        }
        let id = ledger.take_down(&removal, &mut down.into_iter(), clock::now())?;
        Ok(ledger.handoff_records()?.into_iter().find(|record| record.id() == id))
    })?;
    let text = match &record {
        Some(record) => view::handoffs_text(slice::from_ref(record)),
        None => "all of that paper was taken down already; nothing was recorded\n".to_owned(),
    };
    show(args, terminal, &HandoffDocument::new(record.is_some(), record.as_ref()), &text)
}

fn show(
    args: &HandoffArgs,
    terminal: Terminal,
    document: &HandoffDocument<'_>,
    text: &str,
) -> Result<Exit, CliError> {
    if args.format.is_json() {
        output::document(document)?;
    } else if !terminal.quiet {
        output::data(text)?;
    }
    Ok(Exit::Done)
}

/// The campaign of the ledger that has this name.
fn campaign_named(ledger: &SqliteLedger, place: &Path, name: &str) -> Result<CampaignName, CliError> {
    let known: Vec<CampaignName> = ledger.campaigns()?;
    if let Some(campaign) = known.iter().find(|known| known.as_str() == name) {
        return Ok(campaign.clone());
    }
    let meant = meant(name, known.iter().map(CampaignName::as_str));
    let (name, place) = (visible(name), visible_path(place));
    Err(CliError::Usage(format!("--campaign {name}: the ledger {place} has no such campaign{meant}")))
}

fn meant<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    let meant = campaign::similar(word, known);
    meant.map_or_else(String::new, |meant| format!("; did you mean {}?", quoted(meant)))
}

/// In words that what was to be taken down never went to print.
fn not_on_paper(why: &NotOnPaper, removal: &Removal) -> CliError {
    let campaign = &removal.campaign;
    CliError::Usage(match why {
        NotOnPaper::Recipient { from, known } => {
            let meant = meant(from, known.iter().map(String::as_str));
            format!("--from {from}: was never handed anything of {campaign}{meant}")
        }
        NotOnPaper::Scene { scene, known } => {
            let to = removal.from.as_ref().map_or_else(String::new, |from| format!(" to {from}"));
            let meant = meant(scene, known.iter().map(String::as_str));
            format!("scene {} of {campaign} was never handed over{to}{meant}", visible(scene))
        }
    })
}
