//! `status`: what is live, what dies when, which bundle is current.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::args::{self, FormatArgs, NowArgs, OnlyArgs, SourceArgs};
use super::context::{self, Prepared, Workspace};
use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use super::rehearsal;
use super::replace::Output;
use crate::campaign::Need;
use crate::engine;
use crate::ledger::{Ledger, SqliteLedger};
use crate::plan::{Expected, Status};
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
    source: SourceArgs,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    now: NowArgs,
    #[command(flatten)]
    only: OnlyArgs,
    /// Exit 11 if a campaign was not left done by a run within so long: 26h, 2d
    #[arg(long, value_name = "TIME", value_parser = args::parse_time, help_heading = "Watching")]
    max_age: Option<Duration>,
    /// Exit 11 if a code is dead, without a ticket, or dies before so long, or paper does that is to be replaced: 3d
    #[arg(long, value_name = "TIME", value_parser = args::parse_time, help_heading = "Watching")]
    min_left: Option<Duration>,
    /// Also write how things stand to a file in the text format of Prometheus, for node-exporter
    #[arg(long, value_name = "FILE", help_heading = "Watching")]
    prometheus: Option<PathBuf>,
}

const METRICS: Output = Output { head: "# HELP scenepress_", what: "file of scenepress's metrics" };

/// Compares the files, the ledger and the bundles at hand.
pub fn run(args: &StatusArgs, terminal: Terminal) -> Result<Exit, CliError> {
    if let Some(path) = &args.prometheus {
        METRICS.admit(path, &args.source.store.ledger)?;
    }
    rehearsal::go_on(&args.source.store.ledger);
    let now = args.now.now();
    let Prepared { workspace, problems, hooks } = context::prepare(&args.source, Need::Appid, terminal);
    let mut workspace = workspace?;
    workspace.wanted.only = args.only.only();
    // An emulator's run passes the hooks over.
    let deploys = hooks.is_some_and(|hooks| hooks.deploy.is_some()) && !workspace.folders.emulator;
    let ledger = workspace.open_ledger(args.source.store.ledger.require_ledger, terminal)?;
    let status = status(&workspace, ledger.as_ref(), (deploys, now), terminal)?;
    args.only.check(!status.campaigns.is_empty())?;
    if let Some(path) = &args.prometheus {
        let metrics = view::prometheus(&status);
        METRICS.write(path, metrics.as_bytes())?;
    }
    let overdue = status.overdue(Expected { max_age: args.max_age, min_left: args.min_left });
    if args.format.is_json() {
        output::write(|out| view::status_json(out, &status, &overdue))?;
    } else {
        let (ledger, color) = (workspace.folders.ledger.as_path(), terminal.stdout_color);
        let options = StatusTextOptions { overdue: &overdue, ledger, color };
        output::data(&view::status_text(&status, options))?;
    }
    let exit = if overdue.is_empty() { Exit::Done } else { Exit::Overdue };
    Ok(context::exit_of_files(&problems).and(exit))
}

fn status(
    workspace: &Workspace,
    ledger: Option<&SqliteLedger>,
    (deploys, now): (bool, Timestamp),
    terminal: Terminal,
) -> Result<Status, CliError> {
    let Workspace { wanted, folders, .. } = workspace;
    // A bundle is no worse for a picture that is gone from beside it.
    let bundles =
        engine::bundle_facts(ledger, wanted, &workspace.whole_history(ledger, now)?, folders, deploys)?;
    let successes = ledger.map_or(Ok(BTreeMap::new()), SqliteLedger::successes)?;
    let history = workspace.history(ledger, now)?;
    workspace.warn_of_clock(&history, terminal);
    Ok(Status::make(wanted, &history, &bundles, &successes, now))
}
