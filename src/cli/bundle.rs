//! `bundle`: the bundles once more, from what is at hand.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::args::BuildArgs;
use super::context::{self, Request};
use super::exit::{CliError, Exit};
use super::lock::{Before, Writing, open_for_writing};
use super::output;
use super::settings::{Need, Terminal};
use super::signals::{self, Signals};
use crate::clock;
use crate::engine::{Monitor, Rebuild, Rebuilt, Silent, rebuild};
use crate::ledger::{Ledger, LedgerRefused, SqliteLedger};
use crate::model::{Scene, beijing_date, counted, minute_text, rfc3339, visible_path};
use crate::paper::PrintGate;
use crate::plan::Plan;
use crate::view::Progress;

/// The most expired codes that are named for one campaign.
const NAMED: usize = 10;

/// Builds the bundles again, offline.
pub fn run(args: &BuildArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let request = Request {
        paths: &args.paths,
        keep_going: args.keep_going.keep_going,
        store: &args.store,
        need: Need::Appid,
    };
    let mut context = context::prepare(request, terminal)?;
    let check = |ledger: Option<&SqliteLedger>| match ledger {
        None => context
            .check_ledger(None)
            .and(Err(LedgerRefused::NothingIssued(context.places.ledger.clone()).into())),
        known => context.check_ledger(known),
    };
    Before { required: args.store.ledger.require_ledger, check: &check }.hold(&context.places.ledger)?;
    let runtime = super::runtime()?;
    let signals = Signals::watch(&runtime, signals::last_words(terminal))?;
    let Writing { ledger, lock } =
        open_for_writing(&context, &args.store.ledger, args.lock, terminal, &runtime, &signals)?;
    let now = clock::now();
    let history = ledger.history(&context.appids(&ledger)?, beijing_date(now))?;
    args.allow.allow(&mut context.wanted);
    // It issues nothing, so there is nothing for the gate to ask.
    context.wanted.print_gate = PrintGate::Open;
    let plan = Plan::make(&context.wanted, &history, now);
    args.allow.check(&plan, terminal);
    let shows = terminal.is_watched && !terminal.quiet;
    let monitor: Arc<dyn Monitor> = if shows { Arc::new(Progress::stderr(false)) } else { Arc::new(Silent) };
    let places = context.engine_places();
    let job = Rebuild { plan, history, ledger, places, allow_partial: args.allow_partial, monitor };
    let (rebuilt, ledger) = rebuild(job);
    ledger.finish()?;
    drop(lock);
    let rebuilt = rebuilt?;
    if args.format.is_json() {
        output::document(&document(&rebuilt))?;
    }
    for campaign in &rebuilt {
        tell(campaign, args.format.is_json(), terminal);
    }
    let exits = rebuilt.iter().map(|campaign| campaign.exit);
    Ok(exits.fold(context.exit(), Exit::and))
}

fn tell(campaign: &Rebuilt, is_json: bool, terminal: Terminal) {
    if let Some(bundle) = &campaign.bundle
        && !terminal.quiet
        && !is_json
    {
        output::tell(&format!(
            "{}: {}, revision {}, SHA-256 {}",
            campaign.name,
            visible_path(&bundle.path),
            bundle.record.revision,
            bundle.record.zip
        ));
    }
    if !campaign.message.is_empty() {
        output::tell_error(terminal, &format!("{}: {}", campaign.name, campaign.message));
    }
    // With -q a success is silent, and an expired code is no failure of this verb.
    if !campaign.expired.is_empty() && !terminal.quiet {
        let mut named: Vec<String> = campaign
            .expired
            .iter()
            .take(NAMED)
            .map(|(scene, at)| format!("scene {scene} died on {}", minute_text(*at)))
            .collect();
        if let Some(more) = campaign.expired.len().checked_sub(NAMED).filter(|more| *more > 0) {
            named.push(format!("… {more} more"));
        }
        let expired = counted(campaign.expired.len() as u64, "code");
        output::tell_warning(
            terminal,
            &format!(
                "{}: the bundle holds {expired} that no longer work: {}",
                campaign.name,
                named.join(", ")
            ),
        );
    }
}

#[derive(Serialize)]
struct Document {
    format: u32,
    campaigns: Vec<CampaignLine>,
}

#[derive(Serialize)]
struct CampaignLine {
    campaign: String,
    exit: u8,
    bundle: Option<String>,
    bundle_sha256: Option<String>,
    revision: Option<u64>,
    expired: Vec<ExpiredLine>,
    message: String,
}

#[derive(Serialize)]
struct ExpiredLine {
    scene: String,
    scene_type: &'static str,
    expires_at: String,
}

fn document(rebuilt: &[Rebuilt]) -> Document {
    let expired = |(scene, at): &(Scene, Timestamp)| ExpiredLine {
        scene: scene.to_string(),
        scene_type: scene.scene_type().as_str(),
        expires_at: rfc3339(*at),
    };
    let line = |campaign: &Rebuilt| CampaignLine {
        campaign: campaign.name.to_string(),
        exit: campaign.exit.code(),
        bundle: campaign.bundle.as_ref().map(|bundle| bundle.path.to_string_lossy().into_owned()),
        bundle_sha256: campaign.bundle.as_ref().map(|bundle| bundle.record.zip.to_string()),
        revision: campaign.bundle.as_ref().map(|bundle| bundle.record.revision),
        expired: campaign.expired.iter().map(expired).collect(),
        message: campaign.message.clone(),
    };
    Document { format: 1, campaigns: rebuilt.iter().map(line).collect() }
}
