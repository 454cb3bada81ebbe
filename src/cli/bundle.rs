//! `bundle`: the bundles once more, from what is at hand.

use clap::Args;

use super::args::{BuildArgs, OnlyArgs, recipient};
use super::context::{self, Prepared};
use super::exit::{CliError, Exit};
use super::lock::Writing;
use super::output::{self, Terminal};
use super::rehearsal;
use super::signals::{self, Signals};
use crate::bundle::Selection;
use crate::campaign::Need;
use crate::clock;
use crate::engine::{Monitor, Rebuild, Silent, open_ledger_of_any_form, rebuild};
use crate::ledger::LedgerError;
use crate::model::Recipient;
use crate::paper::PrintGate;
use crate::plan::Plan;
use crate::view::{self, BundleDocument, Progress};

const EXAMPLE: &str = "Examples:
  scenepress bundle
  scenepress bundle campaigns/metro.yaml --allow-partial
  scenepress bundle --unprinted --to 'Shop A'

The clock plays no part: expired codes are bundled too, and named on stderr; with -q, which is silent on success, \
they are not named.";

/// Options of `bundle`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct BundleArgs {
    /// What is built
    #[command(flatten)]
    build: BuildArgs,
    /// Write what is left to print as CAMPAIGN.unprinted.zip: codes for print that went to nobody
    #[arg(long, conflicts_with = "allow_partial")]
    unprinted: bool,
    /// With --unprinted: codes that did not go to this recipient
    #[arg(long, value_name = "NAME", value_parser = recipient, requires = "unprinted")]
    to: Option<Recipient>,
}

/// Builds the bundles again, offline.
pub fn run(args: &BundleArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let unprinted = args.unprinted.then(|| Selection { unprinted: true, to: args.to.clone() });
    let args = &args.build;
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
    let what = Rebuild { allow_partial: args.allow_partial, unprinted };
    let shows = terminal.is_watched && !terminal.quiet;
    let monitor: &dyn Monitor = if shows { &Progress::stderr(false) } else { &Silent };
    let rebuilt = rebuild(&plan, history, &mut ledger, &workspace.folders, &what, monitor);
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
