//! `run`: the main job.

mod accounts;
mod consent;
mod ending;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use accounts::{sessions, start_emulator};
use consent::consent;
pub use ending::of_misuse;
use ending::{DocumentOutput, Ended};

use super::args::{BuildArgs, RunArgs};
use super::context::{self, Prepared, Workspace};
use super::exit::{CliError, Exit};
use super::lock::Writing;
use super::output::{self, Terminal};
use super::plan_file;
use super::rehearsal;
use super::settings;
use super::signals::Signals;
use crate::campaign::Need;
use crate::clock;
use crate::engine::{self, Fatal, Job, RunSummary, to_deploy};
use crate::exit::{Phase, Stopped};
use crate::fsio;
use crate::hooks::{HookShell, RunHooks, Running};
use crate::ledger::{Ledger, LedgerError, RunLock, SqliteLedger};
use crate::model::History;
use crate::plan::{ApprovedPlan, Plan};
use crate::view::{self, ProblemLine, RunTextOptions, Show};

/// Plans, issues, fetches, verifies, bundles and deploys. Whatever ends the run, its document is written.
pub fn run(args: &RunArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let store = &args.build.source.store;
    // Before the document's first instant is read.
    let begun = rehearsal::begin(&store.ledger, args.now, terminal);
    let output = Arc::new(DocumentOutput::new(args.build.format.is_json(), args.events));
    let ended = panic::catch_unwind(AssertUnwindSafe(|| {
        begun?;
        let running = Running::default();
        let signals = watch(&running, &output, terminal)?;
        let exit = RunVerb { args, terminal, signals: &signals, output: &output }.run(&running);
        // Requests that were abandoned after a signal must not hold the program up.
        signals.runtime.shutdown_background();
        exit
    }));
    // The document of a run that did not begin; else it was written.
    let _ = match &ended {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => output.write_error(error),
        Err(_) => output.write_error(&super::last_panic()),
    };
    ended.unwrap_or_else(|panic| panic::resume_unwind(panic))
}

/// Watches signals. One that nobody looks at ends the run at once: with its document, and without the hook that runs.
fn watch(running: &Running, output: &Arc<DocumentOutput>, terminal: Terminal) -> Result<Signals, CliError> {
    let (output, running) = (Arc::clone(output), running.clone());
    Signals::watch(move |signal, is_first| {
        running.kill();
        let phase = if is_first { Phase::Start } else { Phase::Report };
        let stopped = CliError::Stopped(Stopped { signal, phase });
        let is_last = output.write_last(&stopped);
        if is_last {
            terminal.last_error(&stopped);
        }
        is_last
    })
}

/// What every step of the verb uses.
#[derive(Clone, Copy)]
struct RunVerb<'a> {
    args: &'a RunArgs,
    terminal: Terminal,
    signals: &'a Signals,
    output: &'a DocumentOutput,
}

impl RunVerb<'_> {
    /// The whole verb, up to the document. An error that it returns was not shown.
    fn run(self, running: &Running) -> Result<Exit, CliError> {
        let Self { args, terminal, .. } = self;
        let Prepared { workspace, problems, hooks: named } =
            context::prepare(&args.build.source, Need::Secret, terminal);
        let campaigns = workspace.iter().flat_map(|workspace| &workspace.wanted.campaigns);
        let is_example = campaigns.clone().any(|wanted| wanted.selected && wanted.campaign.example);
        let skips_hooks = self.emulator() && !args.hooks;
        // A hook that cannot be read may be one that was to keep this run from beginning.
        let are_readable = named.is_some() || skips_hooks;
        let were_skipped =
            skips_hooks && workspace.is_ok() && named.iter().any(|hooks| hooks.programs().next().is_some());
        let mut hooks =
            RunHooks::new(self.hook_shell(running), named.filter(|_| !skips_hooks).unwrap_or_default());

        // Released after the last hook: whoever comes next comes after it.
        let mut lock = None;
        let files = context::exit_of_files(&problems);
        let mut problems = view::problem_lines(&problems);
        let workspace = workspace.and_then(|of| if are_readable { Ok(of) } else { Err(CliError::Problems) });
        let result = workspace
            .and_then(|workspace| self.carry_out(workspace, &mut hooks, (files, &problems), &mut lock));
        problems.extend(result.as_ref().err().into_iter().flat_map(CliError::problem_lines));
        // All that is left is to tell what became of it, which only a second signal cuts short.
        self.signals.hear(true);
        let ended = Ended { result: result.as_ref(), files, problems: &problems };
        self.tell(ended, &hooks, is_example, were_skipped);
        self.finish(ended, &mut hooks, lock)
    }

    fn emulator(self) -> bool {
        self.args.build.source.store.ledger.emulator
    }

    fn hook_shell<'a>(&'a self, running: &'a Running) -> HookShell<'a> {
        HookShell {
            runtime: &self.signals.runtime,
            stop: self.signals.stop(),
            running,
            monitor: &self.terminal,
            path: settings::environment("PATH"),
            quiet: self.terminal.quiet,
            emulator: self.emulator(),
        }
    }

    /// Everything under the lock, which is handed to `held`.
    fn carry_out(
        self,
        mut workspace: Workspace,
        hooks: &mut RunHooks<'_>,
        (files, problems): (Exit, &[ProblemLine]),
        held: &mut Option<RunLock>,
    ) -> Result<RunSummary, CliError> {
        let Self { args, terminal, signals, output } = self;
        let expected = plan_file::expected(&args.expect)?;
        workspace.allow(&args.print)?;
        workspace.limit(&args.only, &args.build.allow);
        let folders = &workspace.folders;
        // Before the ledger, which is made here if there is none.
        fsio::check_free(&[&folders.output, &folders.pictures, &folders.ledger])?;
        let BuildArgs { source, lock, allow, .. } = &args.build;
        let Writing { ledger, lock } =
            Writing::begin(&workspace, &source.store.ledger, *lock, terminal, signals)?;
        *held = Some(lock);
        let now = clock::now();
        let history = workspace.history(Some(&ledger), now)?;
        workspace.warn_of_clock(&history, terminal);
        let plan = Plan::make(&workspace.wanted, &history, now);
        args.only.check(!plan.campaigns.is_empty())?;
        allow.tell_unknown(&plan, terminal);
        if let Some(expected) = expected {
            plan.expect(&expected)?;
        }
        let consent = consent(args, terminal, folders.emulator, &plan)?;
        let plan = plan.approve(consent)?;
        // From here on hooks and engine look at the signals.
        signals.hear(true);
        hooks.pre(|| {
            let mut document = Vec::new();
            // Writing into memory does not fail.
            let _ = view::plan_json(&mut document, Some(plan.plan()), plan.plan().now, problems);
            document
        })?;
        let (mut summary, mut ledger) = self.work(plan, history, ledger, &workspace)?;
        let ended = Ended { result: Ok(&summary), files, problems };
        let deployed = deploy(ended, hooks, output, &workspace, &mut ledger);
        let finished = ledger.finish();
        if let Err(error) = deployed.and(finished) {
            summary.fatal.get_or_insert(Fatal::Failed(error.to_string()));
        }
        Ok(summary)
    }

    /// Has the engine carry out the plan.
    fn work(
        self,
        plan: ApprovedPlan,
        history: History,
        ledger: SqliteLedger,
        workspace: &Workspace,
    ) -> Result<(RunSummary, SqliteLedger), CliError> {
        let Self { args, terminal, .. } = self;
        let for_platform = workspace.meets_platform() || ledger.origins()?.platform;
        self.signals.runtime.block_on(async {
            let emulator = start_emulator(workspace).await?;
            let sessions = sessions(plan.plan(), workspace, emulator.as_ref())?;
            let monitor: Arc<dyn Show> = Arc::new(output::monitor(terminal, args.events));
            let job = Job {
                plan,
                history,
                ledger,
                sessions,
                folders: workspace.folders.clone(),
                allow_partial: args.build.allow_partial,
                for_platform,
                monitor: Arc::<dyn Show>::clone(&monitor),
                stop: self.signals.stop(),
            };
            let (mut summary, ledger) = engine::run(job).await;
            monitor.finish(clock::now());
            if let Some(failure) = monitor.failure() {
                summary.fatal.get_or_insert(Fatal::Failed(failure));
            }
            if let Some(emulator) = emulator {
                emulator.stop().await;
            }
            Ok((summary, ledger))
        })
    }

    /// Tells people on stderr what became of the run, or why it did not begin.
    fn tell(self, ended: Ended<'_>, hooks: &RunHooks<'_>, example: bool, skipped_hooks: bool) {
        let Self { args, terminal, .. } = self;
        let is_done = ended.exit_and_message(hooks).0 == Exit::Done;
        // Whoever presses Ctrl-C sees how far it came, whatever is on stdout.
        let is_stopped = |summary: &RunSummary| matches!(summary.fatal, Some(Fatal::Stopped(_)));
        if let Ok(summary) = ended.result
            && (!args.build.format.is_json() || is_stopped(summary))
            && !(terminal.quiet && is_done)
        {
            let (color, emulator) = (terminal.stderr_color, self.emulator());
            output::tell(&view::run_text(summary, RunTextOptions { color, emulator, example }));
        }
        for account in ended.result.iter().flat_map(|summary| &summary.accounts) {
            if let Some(clock) = &account.clock {
                terminal.warning(&format!("account {}: {clock}", account.name));
            }
        }
        if skipped_hooks {
            terminal.say("the hooks were not run: with --emulator that takes --hooks");
        }
        if let Err(error) = ended.result {
            if let CliError::OtherPlan(other) = error {
                output::tell(&plan_file::differences_text(other));
            }
            terminal.error_with_help(error);
        }
    }

    /// Runs the last hooks, releases the lock and writes the document.
    fn finish(
        self,
        ended: Ended<'_>,
        hooks: &mut RunHooks<'_>,
        lock: Option<RunLock>,
    ) -> Result<Exit, CliError> {
        hooks.after(&|hooks| ended.ending(self.output, hooks));
        let (exit, message) = ended.exit_and_message(hooks);
        // Who reads the document may be slow, and no other run is to wait for that.
        drop(lock);
        let written = self.output.write(ended.contents(exit, &message, hooks));
        if let (Exit::Done, Err(error)) = (exit, &written) {
            // Whoever waits for the document learns of it in the one way that is left.
            hooks.failure(&|hooks| ended.ending_with((error.exit(), error.to_string()), self.output, hooks));
        }
        written.map(|()| exit)
    }
}

/// Runs the hook `deploy` for each bundle that is to be deployed, and records which were.
fn deploy(
    ended: Ended<'_>,
    hooks: &mut RunHooks<'_>,
    output: &DocumentOutput,
    workspace: &Workspace,
    ledger: &mut SqliteLedger,
) -> Result<(), LedgerError> {
    let Some(summary) = ended.result.ok().filter(|_| hooks.deploys()) else { return Ok(()) };
    for bundle in to_deploy(summary, &workspace.names, ledger)? {
        if hooks.deploy(bundle, &|hooks| ended.ending(output, hooks)) {
            ledger.record_deployment(bundle.campaign, bundle.digest, clock::now())?;
        }
    }
    Ok(())
}
