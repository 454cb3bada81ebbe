//! `handoff`: records that the codes of a bundle went to print.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::args::{FormatArgs, LedgerArgs, LockArgs};
use super::diff::good;
use super::exit::{CliError, Exit};
use super::lock::{self, Before, Writing};
use super::output;
use super::settings::{self, Terminal};
use super::signals::Signals;
use crate::bundle::{self, Manifest};
use crate::clock;
use crate::ledger::{HandedCode, Handoff, HandoffOutcome, Ledger, SqliteLedger};
use crate::model::{Declared, Recipient, TextError, beijing_date, counted, rfc3339, visible_path};

/// Options of `handoff`.
#[derive(Debug, Clone, Args)]
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

/// Looks whether a bundle is for print and whole, and whether the ledger issued it, and records that it goes to print.
pub fn run(args: &HandoffArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let path = &args.bundle;
    if path.is_file() {
        refuse(path, &bundle::read_manifest(path)?)?;
    }
    let manifest = good(path, terminal)?;
    let header = &manifest.header;
    let handoff = Handoff {
        campaign: header.campaign.clone(),
        revision: header.revision,
        zip: bundle::of_file(path)?,
        to: args.to.clone().unwrap_or_default(),
        note: args.note.clone().unwrap_or_default(),
    };
    let place = settings::ledger_path(&args.ledger, &settings::environment)?;
    let check = |ledger: Option<&SqliteLedger>| match ledger {
        Some(_) => Ok(()),
        None => Err(CliError::NothingIssued(place.clone())),
    };
    let before = Before { required: args.ledger.require_ledger, check: &check };
    let runtime = super::runtime()?;
    let host = settings::this_host();
    let signals = Signals::watch(&runtime, |_| true)?;
    let Writing { mut ledger, lock } =
        lock::lock_and_open(&place, &before, args.lock, host.as_ref(), terminal, &runtime, &signals)?;
    let now = clock::now();
    let mut codes = manifest.codes.iter().map(|code| HandedCode {
        scene: &code.scene,
        generation: code.generation,
        ticket: &code.ticket,
    });
    let outcome = ledger.hand_off(&header.appid, &handoff, &mut codes, now);
    ledger.finish()?;
    drop(lock);
    let (recorded, at) = match outcome? {
        HandoffOutcome::Recorded => (true, now),
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
    if args.format.is_json() {
        output::document(&Document::new(&manifest, &handoff, recorded, rfc3339(at)))?;
    } else if !terminal.quiet {
        let (path, day) = (visible_path(path), beijing_date(at));
        let codes = counted(manifest.codes.len() as u64, "code");
        let Handoff { campaign, revision, to, .. } = &handoff;
        output::data(&if recorded {
            format!("{path}: {codes} of {campaign}, revision {revision}, handed to {to} on {day}\n")
        } else {
            format!("{path}: was handed to {to} on {day} already; nothing was recorded\n")
        })?;
    }
    Ok(Exit::Done)
}

/// What must not go to print.
fn refuse(path: &Path, manifest: &Manifest) -> Result<(), CliError> {
    let kind = manifest.header.kind;
    let why = if kind.emulator {
        "an emulator made its codes, which lead nowhere"
    } else if kind.partial {
        "codes of the campaign are missing in it: hand over the whole bundle, once there is one"
    } else if manifest.header.declared == Declared::Screen {
        "its campaign is for screens (medium: screen): its codes are renewed and do not last on paper"
    } else {
        return Ok(());
    };
    Err(CliError::NotHandedOver { path: path.to_owned(), why: why.to_owned() })
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
    to: Option<&'a str>,
    note: &'a str,
    handed_at: String,
}

impl<'a> Document<'a> {
    fn new(manifest: &'a Manifest, handoff: &'a Handoff, recorded: bool, handed_at: String) -> Self {
        Self {
            format: 1,
            recorded,
            campaign: handoff.campaign.as_str(),
            revision: handoff.revision,
            bundle_sha256: handoff.zip.to_string(),
            codes: manifest.codes.len(),
            to: handoff.to.name(),
            note: &handoff.note,
            handed_at,
        }
    }
}
