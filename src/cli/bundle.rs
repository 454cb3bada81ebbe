//! `bundle`: the bundles once more, from what is at hand.

use super::args::{BuildArgs, OnlyArgs};
use super::context::{self, Prepared};
use super::exit::{CliError, Exit};
use super::lock::Writing;
use super::output::{self, Terminal};
use super::rehearsal;
use super::signals::{self, Signals};
use crate::campaign::Need;
use crate::clock;
use crate::engine::{Monitor, Silent, open_ledger_of_any_form, rebuild};
use crate::ledger::LedgerError;
use crate::paper::PrintGate;
use crate::plan::Plan;
use crate::view::{self, BundleDocument, Progress};

pub const EXAMPLE: &str = "Examples:
  scenepress bundle
  scenepress bundle campaigns/metro.yaml --allow-partial

The clock plays no part: expired codes are bundled too, and named on stderr; with -q, which is silent on success, \
they are not named.";

/// Builds the bundles again, offline.
pub fn run(args: &BuildArgs, terminal: Terminal) -> Result<Exit, CliError> {
    rehearsal::go_on(&args.source.store.ledger);
    let Prepared { workspace, problems, .. } = context::prepare(&args.source, Need::Appid, terminal);
    let mut workspace = workspace?;
    workspace.limit(&OnlyArgs::default(), &args.allow);
    // It issues nothing, so there is nothing for the gate to ask.
    workspace.wanted.print_gate = PrintGate::Open;
    let args_of_ledger = &args.source.store.ledger;
    let path = &workspace.folders.ledger;
    if open_ledger_of_any_form(path, args_of_ledger.require_ledger)?.is_none() {
        workspace.ledger_check().check(None)?;
        return Err(LedgerError::nothing_issued(path).into());
    }
    let signals = Signals::watch(signals::last_words(terminal))?;
    let Writing { mut ledger, lock } =
        Writing::begin(&workspace, args_of_ledger, args.lock, terminal, &signals)?;
    let now = clock::now();
    let history = workspace.whole_history(Some(&ledger), now)?;
    let plan = Plan::make(&workspace.wanted, &history, now);
    args.allow.tell_unknown(&plan, terminal);
    let shows = terminal.is_watched && !terminal.quiet;
    let monitor: &dyn Monitor = if shows { &Progress::stderr(false) } else { &Silent };
    let rebuilt = rebuild(&plan, history, &mut ledger, &workspace.folders, args.allow_partial, monitor);
    ledger.finish()?;
    drop(lock);
    let rebuilt = rebuilt?;
    if args.format.is_json() {
        output::document(&BundleDocument::new(&rebuilt))?;
    }
    for campaign in &rebuilt {
        if let Some(text) = view::rebuilt_text(campaign).filter(|_| !args.format.is_json()) {
            terminal.say(&text);
        }
        if let Some(error) = view::rebuilt_error(campaign) {
            terminal.error(&error);
        }
        // An expired code is no failure of this verb.
        if let Some(warning) = view::rebuilt_warning(campaign) {
            terminal.note(&warning);
        }
    }
    Ok(rebuilt.iter().fold(context::exit_of_files(&problems), |exit, campaign| exit.and(campaign.exit)))
}
