//! `bundle`: the bundles once more, from what is at hand.

use std::sync::Arc;

use clap::Args;

use super::args::BuildArgs;
use super::context::{self, Context, Request};
use super::exit::{CliError, Exit};
use super::lock::{Writing, open_for_writing};
use super::output::{self, Messages, Terminal};
use super::signals::{self, Signals};
use crate::campaign::Need;
use crate::clock;
use crate::engine::{Monitor, Rebuild, Silent, open_ledger_of_any_form, rebuild};
use crate::ledger::LedgerRefused;
use crate::paper::PrintGate;
use crate::plan::Plan;
use crate::view::{self, BundleDocument, Progress};

const EXAMPLE: &str = "Examples:
  scenepress bundle
  scenepress bundle campaigns/metro.yaml --allow-partial

The clock plays no part: expired codes are bundled too, and named on stderr; with -q, which is silent on success, \
they are not named.";

/// Options of `bundle`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct BundleArgs {
    #[command(flatten)]
    build: BuildArgs,
}

/// Builds the bundles again, offline.
pub fn run(BundleArgs { build: args }: &BundleArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let request = Request {
        paths: &args.paths,
        keep_going: args.keep_going.keep_going,
        store: &args.store,
        need: Need::Appid,
    };
    let Context { mut wanted, workspace } = context::prepare(request, terminal).tell(terminal)?;
    args.allow.allow(&mut wanted);
    // It issues nothing, so there is nothing for the gate to ask.
    wanted.print_gate = PrintGate::Open;
    let path = &workspace.folders.ledger;
    if open_ledger_of_any_form(path, args.store.ledger.require_ledger)?.is_none() {
        workspace.check_ledger(None)?;
        return Err(LedgerRefused::NothingIssued(path.clone()).into());
    }
    let runtime = super::runtime()?;
    let signals = Signals::watch(&runtime, signals::last_words(terminal))?;
    let Writing { ledger, lock } =
        open_for_writing(&workspace, &args.store.ledger, args.lock, terminal, &runtime, &signals)?;
    let now = clock::now();
    let history = workspace.whole_history(&ledger, now)?;
    let plan = Plan::make(&wanted, &history, now);
    args.allow.unknown(&plan).tell(terminal);
    let shows = terminal.is_watched && !terminal.quiet;
    let monitor: Arc<dyn Monitor> = if shows { Arc::new(Progress::stderr(false)) } else { Arc::new(Silent) };
    let (allow_partial, folders) = (args.allow_partial, workspace.folders.clone());
    let (rebuilt, ledger) = rebuild(Rebuild { plan, history, ledger, folders, allow_partial, monitor });
    ledger.finish()?;
    drop(lock);
    let rebuilt = rebuilt?;
    let mut messages = Messages::default();
    if args.format.is_json() {
        output::document(&BundleDocument::new(&rebuilt))?;
    }
    for campaign in &rebuilt {
        if !args.format.is_json() {
            messages.text(view::rebuilt_text(campaign));
        }
        messages.error(view::rebuilt_error(campaign));
        // An expired code is no failure of this verb.
        messages.note(view::rebuilt_warning(campaign));
    }
    messages.tell(terminal);
    Ok(rebuilt.iter().fold(workspace.exit(), |exit, campaign| exit.and(campaign.exit)))
}
