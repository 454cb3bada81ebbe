//! `run`: the main job.

mod accounts;
mod consent;
mod document;
mod ending;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use tokio::runtime::Runtime;

use accounts::{sessions, start_emulator};
use consent::consent;
use document::DocumentOutput;
pub use document::of_misuse;
use ending::{Ended, HooksOnStderr};

use super::args::RunArgs;
use super::context::{self, Context, Request, Workspace};
use super::exit::{CliError, Exit};
use super::lock::{Writing, open_for_writing};
use super::output::{self, Terminal};
use super::plan_file;
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
use crate::view::{self, ProblemLine, RunContents, RunTextOptions, Show};

/// Plans, issues, fetches, verifies, bundles and deploys. Whatever ends the run, its document is written.
pub fn run(args: &RunArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let output = Arc::new(DocumentOutput::new(args));
    let ended = panic::catch_unwind(AssertUnwindSafe(|| {
        let runtime = super::runtime()?;
        let running = Running::default();
        let signals = watch(&runtime, &running, &output, terminal)?;
        let verb = RunVerb { args, terminal, runtime: &runtime, signals: &signals, output: &output };
        let exit = verb.run(&running);
        // Requests that were abandoned after a signal must not hold the program up.
        runtime.shutdown_background();
        exit
    }));
    let (exit, message, problems) = match &ended {
        Ok(Ok(exit)) => return Ok(*exit),
        Ok(Err(error)) => (error.exit(), error.to_string(), error.problem_lines()),
        Err(_) => (Exit::Unexpected, DEFECT.to_owned(), Vec::new()),
    };
    let written = output.write(RunContents::without_run(exit, &message, &problems));
    ended.unwrap_or_else(|panic| panic::resume_unwind(panic)).and_then(|exit| written.map(|()| exit))
}

/// The message of a run that ended in a panic. The panic's own words go to stderr.
const DEFECT: &str =
    "a defect in scenepress; nothing that was issued is lost, the next run goes on from the ledger";

/// Watches signals. One that nobody looks at ends the run at once: with its document, and without the hook that runs.
fn watch(
    runtime: &Runtime,
    running: &Running,
    output: &Arc<DocumentOutput>,
    terminal: Terminal,
) -> Result<Signals, CliError> {
    let (output, running) = (Arc::clone(output), running.clone());
    Signals::watch(runtime, move |signal, is_first| {
        running.kill();
        let phase = if is_first { Phase::Start } else { Phase::Report };
        let stopped = CliError::Stopped(Stopped { signal, phase });
        let (message, problems) = (stopped.to_string(), stopped.problem_lines());
        let is_last = output.write_last(RunContents::without_run(stopped.exit(), &message, &problems));
        if is_last {
            output::tell_last_error(terminal, &stopped);
        }
        is_last
    })
}

/// What every step of the verb uses.
#[derive(Clone, Copy)]
struct RunVerb<'a> {
    args: &'a RunArgs,
    terminal: Terminal,
    runtime: &'a Runtime,
    signals: &'a Signals,
    output: &'a DocumentOutput,
}

impl RunVerb<'_> {
    /// The whole verb, up to the document. An error that it returns was not shown.
    fn run(self, running: &Running) -> Result<Exit, CliError> {
        let Self { args, terminal, .. } = self;
        let request = Request {
            paths: &args.build.paths,
            keep_going: args.build.keep_going.keep_going,
            store: &args.build.store,
            need: Need::Secret,
        };
        let mut prepared = context::prepare(request, terminal).tell(terminal);
        let example = prepared.as_ref().is_ok_and(Context::has_example);
        let named = match &mut prepared {
            Ok(context) => context.workspace.hooks.take(),
            Err(fatal) => fatal.hooks.take(),
        };
        let skips_hooks = args.build.store.ledger.emulator && !args.hooks;
        // A hook that cannot be read may be one that was to keep this run from beginning.
        let are_readable = named.is_some() || skips_hooks;
        let were_skipped =
            skips_hooks && prepared.is_ok() && named.iter().any(|hooks| hooks.programs().next().is_some());
        let monitor = HooksOnStderr(terminal);
        let mut hooks = RunHooks::new(
            self.hook_shell(running, &monitor),
            named.filter(|_| !skips_hooks).unwrap_or_default(),
        );

        // Released after the last hook: whoever comes next comes after it.
        let mut lock = None;
        let (result, files, problems) = match prepared {
            Ok(context) => {
                let (files, mut problems) = {
                    let workspace = &context.workspace;
                    (workspace.exit(), view::problem_lines(&workspace.problems))
                };
                let result = if are_readable {
                    self.carry_out(context, &mut hooks, &problems, &mut lock)
                } else {
                    Err(CliError::Problems)
                };
                problems.extend(result.as_ref().err().into_iter().flat_map(CliError::problem_lines));
                (result, files, problems)
            }
            Err(fatal) => {
                let problems = fatal.lines();
                (Err(fatal.error), Exit::Done, problems)
            }
        };
        // All that is left is to tell what became of it, which only a second signal cuts short.
        self.signals.hear(true);
        let ended = Ended { result: result.as_ref(), files, problems: &problems };
        self.tell(ended, &hooks, example, were_skipped);
        self.finish(ended, &mut hooks, lock)
    }

    fn hook_shell<'a>(&'a self, running: &'a Running, monitor: &'a HooksOnStderr) -> HookShell<'a> {
        HookShell {
            runtime: self.runtime,
            stop: self.signals.stop(),
            running,
            monitor,
            path: settings::environment("PATH"),
            quiet: self.terminal.quiet,
            emulator: self.args.build.store.ledger.emulator,
        }
    }

    /// Everything under the lock, which is handed to `held`.
    fn carry_out(
        self,
        mut context: Context,
        hooks: &mut RunHooks<'_>,
        problems: &[ProblemLine],
        held: &mut Option<RunLock>,
    ) -> Result<RunSummary, CliError> {
        let Self { args, terminal, runtime, signals, output } = self;
        let expected = plan_file::expected(&args.expect)?;
        context.allow(&args.print)?;
        let Context { mut wanted, workspace } = context;
        let folders = &workspace.folders;
        // Before the ledger, which is made here if there is none.
        fsio::check_free(&[&folders.output, &folders.pictures, &folders.ledger])?;
        let Writing { ledger, lock } = open_for_writing(
            &workspace,
            &args.build.store.ledger,
            args.build.lock,
            terminal,
            runtime,
            signals,
        )?;
        *held = Some(lock);
        let now = clock::now();
        let history = workspace.history(&ledger, now)?;
        args.only.limit(&mut wanted);
        args.build.allow.allow(&mut wanted);
        let plan = Plan::make(&wanted, &history, now);
        args.only.check(!plan.campaigns.is_empty())?;
        args.build.allow.unknown(&plan).tell(terminal);
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
        let ended = Ended { result: Ok(&summary), files: workspace.exit(), problems };
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
        self.runtime.block_on(async {
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
        if let Ok(summary) = ended.result
            && !args.build.format.is_json()
            && !(terminal.quiet && is_done)
        {
            let (color, emulator) = (terminal.stderr_color, args.build.store.ledger.emulator);
            output::tell(&view::run_text(summary, RunTextOptions { color, emulator, example }));
        }
        if skipped_hooks && !terminal.quiet {
            output::tell("the hooks were not run: with --emulator that takes --hooks");
        }
        if let Err(error) = ended.result {
            if let CliError::OtherPlan(other) = error {
                output::tell(&plan_file::differences_text(other));
            }
            output::tell_error(terminal, error);
            output::tell_help(&error.help());
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
            hooks.failure(&|hooks| ended.unwritten(error, self.output, hooks));
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
