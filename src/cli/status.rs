//! `status`: what is live, what dies when, which bundle is current.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::args::{self, FormatArgs, KeepGoingArgs, NowArgs, OnlyArgs, PathArgs, StoreArgs};
use super::context::{self, Context, Request};
use super::exit::{CliError, Exit};
use super::output::Terminal;
use super::{output, replace};
use crate::bundle::{Facts, Header, Kind, contents_digest};
use crate::campaign::Need;
use crate::engine::bundle_state;
use crate::fsio;
use crate::ledger::{BundleRecord, Ledger, SqliteLedger};
use crate::model::{CampaignName, Declared, Digest, History, Paper};
use crate::plan::{BundleFacts, BundleState, Expected, Status, WantedCampaign};
use crate::view::{self, StatusTextOptions};

const EXAMPLE: &str = "Examples:
  scenepress status
  scenepress status --format json --now 2026-12-24T09:00
  scenepress status --require-ledger --max-age 26h --min-left 1d

The last one is for a watchman: the exit is 11 where something is overdue.";

/// Options of `status`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct StatusArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    keep_going: KeepGoingArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    now: NowArgs,
    #[command(flatten)]
    only: OnlyArgs,
    /// Exit 11 where a campaign was not left done by a run within so long: 26h, 2d
    #[arg(long, value_name = "TIME", value_parser = args::parse_time, help_heading = "Watching")]
    max_age: Option<Duration>,
    /// Exit 11 where a code is dead, without a ticket, or dies before so long, or paper does that is to be replaced: 3d
    #[arg(long, value_name = "TIME", value_parser = args::parse_time, help_heading = "Watching")]
    min_left: Option<Duration>,
    /// Also write how things stand to a file in the text format of Prometheus, for node-exporter
    #[arg(long, value_name = "FILE", help_heading = "Watching")]
    prometheus: Option<PathBuf>,
}

/// Compares the files, the ledger and the bundles at hand.
pub fn run(args: &StatusArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let now = args.now.now();
    let request = Request {
        paths: &args.paths,
        keep_going: args.keep_going.keep_going,
        store: &args.store,
        need: Need::Appid,
    };
    let mut context = context::prepare(request, terminal).tell(terminal)?;
    args.only.limit(&mut context.wanted);
    let status = status(&context, args, terminal, now)?;
    args.only.check(!status.campaigns.is_empty())?;
    if let Some(path) = &args.prometheus {
        let metrics = view::prometheus(&status);
        replace::write(path, "# HELP scenepress_", "file of scenepress's metrics", metrics.as_bytes())?;
    }
    let overdue = status.overdue(Expected { max_age: args.max_age, min_left: args.min_left });
    if args.format.is_json() {
        output::write(|out| view::status_json(out, &status, &overdue))?;
    } else {
        let (ledger, color) = (context.workspace.folders.ledger.as_path(), terminal.stdout_color);
        let options = StatusTextOptions { overdue: &overdue, ledger, color };
        output::data(&view::status_text(&status, options))?;
    }
    let exit = if overdue.is_empty() { Exit::Done } else { Exit::Overdue };
    Ok(context.workspace.exit().and(exit))
}

fn status(
    context: &Context,
    args: &StatusArgs,
    terminal: Terminal,
    now: Timestamp,
) -> Result<Status, CliError> {
    let workspace = &context.workspace;
    let (ledger, messages) = workspace.open_ledger(args.store.ledger.require_ledger)?;
    messages.tell(terminal);
    let history = match &ledger {
        Some(ledger) => workspace.whole_history(ledger, now)?,
        None => History::empty(),
    };
    // A bundle is no worse for a picture that is gone from beside it.
    let bundles = bundles(context, ledger.as_ref(), &history)?;
    let successes = ledger.as_ref().map_or(Ok(BTreeMap::new()), SqliteLedger::successes)?;
    let history = ledger.map_or(Ok(History::empty()), |ledger| workspace.history(&ledger, now))?;
    Ok(Status::make(&context.wanted, &history, &bundles, &successes, now))
}

/// What is known of the bundles of every campaign in the files or the ledger, without opening them.
fn bundles(
    context: &Context,
    ledger: Option<&SqliteLedger>,
    history: &History,
) -> Result<BTreeMap<CampaignName, BundleFacts>, CliError> {
    let mut bundles = BTreeMap::new();
    // An emulator's run passes the hooks over.
    let deploys = !context.workspace.folders.emulator
        && context.workspace.hooks.as_ref().is_some_and(|hooks| hooks.deploy.is_some());
    let recorded = ledger.map_or(Ok(Vec::new()), SqliteLedger::campaigns)?;
    for name in recorded {
        let record = ledger.map_or(Ok(None), |ledger| ledger.bundle(&name))?;
        let mut facts = facts(context, &name, record.as_ref(), None);
        facts.paper = paper(ledger, &name)?;
        bundles.insert(name, facts);
    }
    for wanted in context.wanted.campaigns.iter().filter(|wanted| wanted.selected) {
        let name = &wanted.campaign.name;
        let record = ledger.map_or(Ok(None), |ledger| ledger.bundle(name))?;
        let contents = contents(wanted, history, context.workspace.folders.emulator);
        let mut facts = facts(context, name, record.as_ref(), contents);
        facts.paper = paper(ledger, name)?;
        if let (true, Some(ledger), Some(record), Some(_)) = (deploys, ledger, &record, &facts.path) {
            facts.deployed = Some(ledger.deployed(name)? == Some(record.zip));
        }
        bundles.insert(name.clone(), facts);
    }
    Ok(bundles)
}

/// What went to print of a campaign.
fn paper(ledger: Option<&SqliteLedger>, name: &CampaignName) -> Result<Arc<[Paper]>, CliError> {
    let mut pieces = Vec::new();
    if let Some(ledger) = ledger {
        ledger.paper(name, u64::MAX, &mut |paper| pieces.push(paper))?;
    }
    Ok(pieces.into())
}

/// A bundle is current where its file is the one that was recorded, and its contents are those of today.
fn facts(
    context: &Context,
    name: &CampaignName,
    record: Option<&BundleRecord>,
    contents: Option<Digest>,
) -> BundleFacts {
    let file_name = record.map_or_else(
        || {
            format!(
                "{name}{}",
                if context.workspace.folders.emulator { ".NOT-FOR-PRINT.zip" } else { ".zip" }
            )
        },
        |record| record.file_name.clone(),
    );
    let path = context.workspace.folders.campaign(name).join(file_name);
    let Some(found) = fsio::file_facts(&path) else { return BundleFacts::missing() };
    let modified_at = found.modified_at;
    let folder = context.workspace.folders.campaign(name);
    let state = |record| bundle_state(record, &folder, contents.as_ref(), record.modified_at);
    BundleFacts {
        state: record.map_or(BundleState::Stale, state),
        path: Some(path),
        revision: record.map(|record| record.revision),
        written_at: Some(modified_at),
        deployed: None,
        paper: Arc::default(),
    }
}

/// The digest of the contents a bundle would have; `None` where codes or pictures are missing.
fn contents(wanted: &WantedCampaign, history: &History, emulator: bool) -> Option<Digest> {
    let WantedCampaign { campaign, appid, .. } = wanted;
    let header = Header {
        campaign: campaign.name.clone(),
        account: campaign.account.clone(),
        appid: appid.clone(),
        revision: 0,
        kind: Kind { partial: false, emulator },
        declared: Declared::of(campaign.codes.iter().map(|code| code.medium())),
        until: campaign.hangs_until(),
    };
    let facts: Option<Vec<Facts<'_>>> = campaign
        .codes
        .iter()
        .map(|code| {
            let record = history.code(appid, code.scene())?;
            let generation = record.latest.as_ref().filter(|latest| latest.picture.is_some())?;
            let here = record.campaign == campaign.name && !record.retired;
            here.then(|| Facts {
                seq: record.seq,
                scene: code.scene(),
                labels: code.labels(),
                medium: code.medium(),
                generation,
            })
        })
        .collect();
    Some(contents_digest(&header, facts?.into_iter()))
}
