//! `handoff`: records that the codes of a bundle went to print.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::args::{FormatArgs, LedgerArgs, LockArgs};
use super::exit::{CliError, Exit};
use super::lock::{self, Before, Writing};
use super::output::{self, Terminal};
use super::settings;
use super::signals::{self, Signals};
use crate::bundle::{self, Manifest, ManifestCode};
use crate::clock;
use crate::engine::open_ledger_of_any_form;
use crate::ledger::{HandedCode, Handoff, HandoffOutcome, Ledger};
use crate::model::{
    Declared, Medium, Recipient, TextError, beijing_date, counted, grouped, minute_text, rfc3339,
    visible_path,
};
use crate::view::VerifyBar;

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
    /// Something to remember of it
    #[arg(long, value_name = "TEXT", value_parser = note)]
    note: Option<String>,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    format: FormatArgs,
}

fn recipient(name: &str) -> Result<Recipient, String> {
    Recipient::new(name).map_err(|error: TextError| format!("the name {error}"))
}

fn note(text: &str) -> Result<String, String> {
    let checked = Recipient::new(text).map_err(|error| format!("the note {error}"))?;
    Ok(checked.name().unwrap_or_default().to_owned())
}

/// Looks whether a bundle is for print, whole and alive, and whether the ledger issued it, and records that its codes go
/// to print: all but those for screens.
pub fn run(args: &HandoffArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let path = &args.bundle;
    if path.is_file() {
        refuse(path, &bundle::read_manifest(path)?, clock::now())?;
    }
    let shows_bar = terminal.is_watched && !terminal.quiet;
    let manifest = bundle::read_good(path, &mut VerifyBar::new(shows_bar).progress())?;
    let printed: Vec<&ManifestCode> = for_paper(&manifest).collect();
    let header = &manifest.header;
    let handoff = Handoff {
        campaign: header.campaign.clone(),
        revision: header.revision,
        zip: bundle::of_file(path)?,
        to: args.to.clone().unwrap_or_default(),
        note: args.note.clone().unwrap_or_default(),
    };
    let place = settings::ledger_path(&args.ledger, &settings::environment)?;
    if open_ledger_of_any_form(&place, args.ledger.require_ledger)?.is_none() {
        return Err(CliError::NotHandedOver {
            path: path.clone(),
            why: format!(
                "there is no ledger at {}, and it is to be recorded in the one that it was made with: name that \
                 (--ledger), or restore it from its backup",
                visible_path(&place)
            ),
        });
    }
    let before = Before { required: args.ledger.require_ledger, check: &|_| Ok(()) };
    let runtime = super::runtime()?;
    let host = settings::this_host();
    let signals = Signals::watch(&runtime, signals::last_words(terminal))?;
    let Writing { mut ledger, lock } =
        lock::lock_and_open(&place, &before, args.lock, host.as_ref(), terminal, &runtime, &signals)?;
    let now = clock::now();
    let mut codes = printed.iter().map(|code| HandedCode {
        scene: &code.scene,
        generation: code.generation,
        ticket: &code.ticket,
    });
    let outcome = ledger.hand_off(&header.appid, &handoff, &mut codes, now);
    let newest = ledger.bundle(&header.campaign);
    ledger.finish()?;
    drop(lock);
    let newest = newest?.map(|record| record.revision).filter(|revision| *revision > header.revision);
    let (recorded, at) = match outcome? {
        HandoffOutcome::Recorded { superseded, retired } => {
            for warning in warnings(path, &handoff, &printed, [superseded, retired], newest) {
                output::tell_warning(terminal, &warning);
            }
            (true, now)
        }
        HandoffOutcome::Already { at } => (false, at),
        HandoffOutcome::Unknown { scene, generation, count } => {
            let codes = counted(count, "code");
            return Err(CliError::NotHandedOver {
                path: path.clone(),
                why: format!(
                    "the ledger {} did not issue {codes} of it (the first is scene {scene}, generation {generation}): \
                     name the ledger it was made with (--ledger)",
                    place.display()
                ),
            });
        }
    };
    let left_out = manifest.codes.len() - printed.len();
    if args.format.is_json() {
        output::document(&Document::new([printed.len(), left_out], &handoff, recorded, rfc3339(at)))?;
    } else if !terminal.quiet {
        let (path, day) = (visible_path(path), beijing_date(at));
        let codes = counted(printed.len() as u64, "code");
        let left_out = match left_out {
            0 => String::new(),
            1 => " (1 for screens was left out)".to_owned(),
            more => format!(" ({} for screens were left out)", grouped(more as u64)),
        };
        let Handoff { campaign, revision, to, .. } = &handoff;
        output::data(&if recorded {
            format!("{path}: {codes} of {campaign}, revision {revision}, handed to {to} on {day}{left_out}\n")
        } else {
            format!("{path}: was handed to {to} on {day} already; nothing was recorded\n")
        })?;
    }
    Ok(Exit::Done)
}

/// The codes of a bundle that are printed: all but those that are declared for screens.
fn for_paper(manifest: &Manifest) -> impl Iterator<Item = &ManifestCode> {
    manifest.codes.iter().filter(|code| code.medium != Some(Medium::Screen))
}

/// What must not go to print.
fn refuse(path: &Path, manifest: &Manifest, now: Timestamp) -> Result<(), CliError> {
    let kind = manifest.header.kind;
    let why = if kind.emulator {
        "an emulator made its codes, which lead nowhere".to_owned()
    } else if kind.partial {
        "codes of the campaign are missing in it: hand over the whole bundle, once there is one".to_owned()
    } else if manifest.header.declared == Declared::Screen || for_paper(manifest).next().is_none() {
        "its campaign is for screens (medium: screen): its codes are renewed and do not last on paper"
            .to_owned()
    } else if let Some(why) = dead(manifest, now) {
        why
    } else {
        return Ok(());
    };
    Err(CliError::NotHandedOver { path: path.to_owned(), why })
}

/// That codes for paper are dead, where some are.
fn dead(manifest: &Manifest, now: Timestamp) -> Option<String> {
    let dead =
        || for_paper(manifest).filter_map(|code| Some((code.expires_at.filter(|at| *at <= now)?, code)));
    let (at, first) = dead().min_by_key(|(at, code)| (*at, code.seq))?;
    let (scene, at) = (&first.scene, minute_text(at));
    let dead = match dead().count() {
        1 => format!("1 of its codes is dead (scene {scene}, died on {at})"),
        count => format!(
            "{} of its codes are dead (the first is scene {scene}, died on {at})",
            grouped(count as u64)
        ),
    };
    Some(format!("{dead}: print nothing of it, hand over a newer bundle"))
}

/// What is to be looked at although it was recorded.
fn warnings(
    path: &Path,
    handoff: &Handoff,
    printed: &[&ManifestCode],
    [superseded, retired]: [u64; 2],
    newest: Option<u64>,
) -> Vec<String> {
    let (path, campaign) = (visible_path(path), &handoff.campaign);
    let are = |count: u64, one: &str, more: &str| {
        format!("{} of it {}", counted(count, "code"), if count == 1 { one } else { more })
    };
    let mut warnings = Vec::new();
    let undeclared = printed.iter().filter(|code| code.medium.is_none()).count() as u64;
    if undeclared > 0 {
        warnings.push(format!(
            "{path}: {} not declared for paper: without `medium: paper` in the campaign file what is printed is renewed \
             unasked, as another picture",
            are(undeclared, "is", "are")
        ));
    }
    if superseded > 0 {
        let way_out = newest.map_or_else(
            || format!("no bundle of {campaign} has their new pictures yet; `scenepress run` makes it"),
            |revision| format!("revision {revision} of {campaign} is newer: hand over that one instead"),
        );
        warnings
            .push(format!("{path}: {} been issued anew since; {way_out}", are(superseded, "has", "have")));
    }
    if retired > 0 {
        let they_are = if retired == 1 { "it is" } else { "they are" };
        let instead = newest
            .map(|revision| format!("; revision {revision} of {campaign} is what is wanted now"))
            .unwrap_or_default();
        warnings.push(format!(
            "{path}: {} retired: {they_are} not renewed, and what is printed dies on its day{instead}",
            are(retired, "is", "are")
        ));
    }
    warnings
}

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    /// False where the same bundle went to the same recipient before.
    recorded: bool,
    campaign: &'a str,
    revision: u64,
    bundle_sha256: String,
    codes: usize,
    /// How many codes for screens are in the bundle and were left out.
    left_out: usize,
    to: Option<&'a str>,
    note: &'a str,
    handed_at: String,
}

impl<'a> Document<'a> {
    fn new([codes, left_out]: [usize; 2], handoff: &'a Handoff, recorded: bool, handed_at: String) -> Self {
        Self {
            format: 1,
            recorded,
            campaign: handoff.campaign.as_str(),
            revision: handoff.revision,
            bundle_sha256: handoff.zip.to_string(),
            codes,
            left_out,
            to: handoff.to.name(),
            note: &handoff.note,
            handed_at,
        }
    }
}
