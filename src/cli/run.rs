//! `run`: the main job.

mod document;
mod hooks;
mod obstacle;
mod program;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use tokio::runtime::Runtime;

pub use document::of_misuse;
use document::{Ending, Paper};
use hooks::{HookRunner, Ran, RunHooks};
pub use obstacle::{Obstacle, obstacles};
use program::Running;

use super::args::RunArgs;
use super::context::{self, Context, Request};
use super::exit::{CliError, Exit};
use super::lock::{Writing, open_for_writing};
use super::output;
use super::plan_file::differences_text;
use super::settings::{Need, ResolvedAccount, Terminal};
use super::signals::Signals;
use crate::clock;
use crate::emulator::{self, Emulator};
use crate::engine::{self, Desk, Job, RunSummary};
use crate::fsio;
use crate::ledger::RunLock;
use crate::model::{Account, AccountName, BaseUrl, LifetimeKind, Rate, counted, grouped};
use crate::pace::{DayCount, Pacer};
use crate::plan::{ApprovedPlan, CampaignPlan, Consent, Plan};
use crate::view::{self, ProblemLine, RunTextOptions, Show};
use crate::wechat::{Client, Http};

/// The most campaigns that are named in one line.
const NAMED: usize = 5;

/// Plans, issues, fetches, verifies, bundles, and says what became of it. Whatever ends it, its document is written.
pub fn run(args: &RunArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let paper = Arc::new(Paper::new(args));
    let ended = panic::catch_unwind(AssertUnwindSafe(|| {
        let runtime = super::runtime()?;
        let running = Running::default();
        let last_words = {
            let (paper, running) = (Arc::clone(&paper), running.clone());
            move |signal, is_first| {
                running.kill();
                let stopped = if is_first { CliError::StoppedBefore } else { CliError::Stopped };
                stopped_at_once(&stopped(signal), terminal, &paper)
            }
        };
        let signals = Signals::watch(&runtime, last_words)?;
        let desk = FrontDesk { args, terminal, runtime: &runtime, signals: &signals, paper: &paper };
        let exit = desk.work(&running);
        // Requests that were abandoned after a signal must not hold the program up.
        runtime.shutdown_background();
        exit
    }));
    let (ending, problems) = match &ended {
        Ok(Ok(exit)) => return Ok(*exit),
        Ok(Err(error)) => ((error.exit(), error.to_string()), error.problem_lines()),
        Err(_) => ((Exit::Unexpected, DEFECT.to_owned()), Vec::new()),
    };
    let (exit, message) = ending;
    let written =
        paper.write(Ending { exit, message: &message, summary: None, problems: &problems, hooks: &[] });
    ended.unwrap_or_else(|panic| panic::resume_unwind(panic)).and_then(|exit| written.map(|()| exit))
}

/// The message of a run that ended in a panic. What it was goes to stderr.
const DEFECT: &str =
    "a defect in scenepress; nothing that was issued is lost, the next run goes on from the ledger";

/// What every part of the verb uses.
#[derive(Clone, Copy)]
struct FrontDesk<'a> {
    args: &'a RunArgs,
    terminal: Terminal,
    runtime: &'a Runtime,
    signals: &'a Signals,
    paper: &'a Paper,
}

impl FrontDesk<'_> {
    /// The whole of it, to the document. An error that comes back was not told.
    fn work(self, running: &Running) -> Result<Exit, CliError> {
        let Self { args, terminal, runtime, signals, paper } = self;
        let request = Request {
            paths: &args.build.paths,
            keep_going: args.build.keep_going.keep_going,
            store: &args.build.store,
            need: Need::Secret,
        };
        let emulator = args.build.store.ledger.emulator;
        let runner = HookRunner { runtime, signals, running, terminal, emulator };
        let has_hooks = !emulator || args.hooks;
        let (mut example, mut passed_over) = (false, false);
        // Whoever comes next comes after the last hook.
        let mut lock = None;
        let (result, problems, exit, mut hooks) = match context::prepare(request, terminal) {
            Ok(mut context) => {
                let wanted = &context.wanted.campaigns;
                example = wanted.iter().any(|wanted| wanted.selected && wanted.campaign.example);
                let (mut problems, exit) = (context::problem_lines(&context.problems), context.exit());
                let known = context.hooks.take();
                // A hook that cannot be read may be one that was to keep this run from beginning.
                let is_known = known.is_some() || !has_hooks;
                passed_over =
                    !has_hooks && known.as_ref().is_some_and(|hooks| hooks.programs().next().is_some());
                let mut hooks = RunHooks::new(runner, known.filter(|_| has_hooks).unwrap_or_default());
                let result = if is_known {
                    carry_out(self, context, &mut hooks, &problems, &mut lock)
                } else {
                    Err(CliError::Problems)
                };
                problems.extend(result.as_ref().err().into_iter().flat_map(CliError::problem_lines));
                (result, problems, exit, hooks)
            }
            Err(mut fatal) => {
                let hooks = fatal.hooks.take().filter(|_| has_hooks).unwrap_or_default();
                let problems = fatal.lines();
                (Err(fatal.error), problems, Exit::Done, RunHooks::new(runner, hooks))
            }
        };
        // What is left is to tell it, which only a second signal cuts short.
        signals.hear(true);
        let summary = result.as_ref().ok();
        let ending = |hooks: &RunHooks<'_>| match &result {
            Ok(summary) => ending_of(summary, exit, hooks),
            Err(error) => (error.exit().and(hooks.exit()), error.to_string()),
        };
        let is_done = ending(&hooks).0 == Exit::Done;
        if let Some(summary) = summary
            && !args.build.format.is_json()
            && !(terminal.quiet && is_done)
        {
            let options = RunTextOptions { color: terminal.stderr_color, emulator, example };
            output::tell(&view::run_text(summary, options));
        }
        if passed_over && !terminal.quiet {
            output::tell("the hooks were not run: with --emulator that takes --hooks");
        }
        if let Err(error) = &result {
            if let CliError::OtherPlan(other) = error {
                output::tell(&differences_text(other));
            }
            output::tell_error(terminal, error);
            output::tell_help(&error.help());
        }
        hooks.after(paper, &ending, &Ran { summary, problems: &problems });
        let (exit, message) = ending(&hooks);
        let whole = Ending { exit, message: &message, summary, problems: &problems, hooks: hooks.lines() };
        // Who reads it may be slow, and nobody else is to wait for that.
        drop(lock);
        let written = paper.write(whole);
        if let (Exit::Done, Err(error)) = (exit, &written) {
            // Whoever waits for the document is told in the one way that is left.
            let ending = |_: &RunHooks<'_>| (error.exit(), error.to_string());
            hooks.failure(paper, &ending, &Ran { summary, problems: &problems });
        }
        written.map(|()| exit)
    }
}

/// The last words where a signal came before anything had begun, or a second one before all was told.
fn stopped_at_once(stopped: &CliError, terminal: Terminal, paper: &Paper) -> bool {
    let ending = Ending {
        exit: stopped.exit(),
        message: &stopped.to_string(),
        summary: None,
        problems: &stopped.problem_lines(),
        hooks: &[],
    };
    let is_last = paper.write_last(ending);
    if is_last {
        output::tell_last_error(terminal, stopped);
    }
    is_last
}

/// The exit of a run that began, and in one line what ended it early, or else why the first campaign is not done that
/// the exit comes from, or that campaigns were skipped, or which hook failed; empty where all are done. `files` is what
/// problems in files add.
fn ending_of(summary: &RunSummary, files: Exit, hooks: &RunHooks<'_>) -> (Exit, String) {
    let exit = files.and(summary.exit()).and(hooks.exit());
    let end = summary.exit();
    let of_campaign = || {
        let open = summary.campaigns.iter().find(|campaign| campaign.exit == end && end != Exit::Done)?;
        Some(format!("{}: {}", open.name, open.message))
    };
    // A signal is told with what it kept from being deployed.
    let is_signal = |end: &Exit| matches!(end, Exit::Interrupted | Exit::Terminated);
    let fatal = summary.fatal.as_ref().filter(|(end, _)| !is_signal(end)).map(|(_, message)| message.clone());
    let skipped = || {
        (files == Exit::Usage)
            .then(|| "campaigns whose files or accounts have problems were skipped".to_owned())
    };
    let message =
        fatal.or_else(|| hooks.stopped()).or_else(of_campaign).or_else(skipped).or_else(|| hooks.failed());
    (exit, message.unwrap_or_default())
}

/// Everything under the lock, which is held on to.
fn carry_out(
    FrontDesk { args, terminal, runtime, signals, paper }: FrontDesk<'_>,
    mut context: Context,
    hooks: &mut RunHooks<'_>,
    problems: &[ProblemLine],
    held: &mut Option<RunLock>,
) -> Result<RunSummary, CliError> {
    let expected = args.expect.read()?;
    context.allow(&args.print)?;
    // Before the ledger, which is made here if there is none.
    fsio::check_free(&[&context.places.output, &context.places.pictures, &context.places.ledger])?;
    let Writing { ledger, lock } =
        open_for_writing(&context, &args.build.store.ledger, args.build.lock, terminal, runtime, signals)?;
    *held = Some(lock);
    let now = clock::now();
    let history = context.history(&ledger, now)?;
    args.only.limit(&mut context.wanted);
    args.build.allow.allow(&mut context.wanted);
    let plan = Plan::make(std::mem::take(&mut context.wanted), &history, now);
    args.only.check(!plan.campaigns.is_empty())?;
    args.build.allow.check(&plan, terminal);
    if let Some(expected) = expected {
        plan.expect(&expected)?;
    }
    let consent = consent(args, terminal, &context, &plan)?;
    let plan = plan.approve(consent)?;
    hooks.pre(plan.plan(), problems)?;

    let summary = runtime.block_on(async {
        let emulator = start_emulator(&context).await?;
        let desks = desks(&plan, &context, emulator.as_ref())?;
        let monitor: Arc<dyn Show> = Arc::new(context::monitor(terminal, args.events));
        signals.hear(true);
        let job = Job {
            plan,
            history,
            ledger,
            desks,
            places: places(&context),
            allow_partial: args.build.allow_partial,
            monitor: Arc::<dyn Show>::clone(&monitor),
            stop: signals.stop(),
        };
        let (mut summary, ledger) = engine::run(job).await;
        monitor.finish(clock::now());
        if let Some(failure) = monitor.failure() {
            summary.fatal.get_or_insert((Exit::Unexpected, failure));
        }
        if let Some(emulator) = emulator {
            emulator.stop().await;
        }
        Ok::<_, CliError>((summary, ledger))
    });
    let (mut summary, mut ledger) = summary?;
    let files = context.exit();
    let ending = |hooks: &RunHooks<'_>| ending_of(&summary, files, hooks);
    let ran = Ran { summary: Some(&summary), problems };
    if let Err(error) = hooks.deploy(paper, &ending, &ran, &context.names, &mut ledger) {
        summary.fatal.get_or_insert((Exit::Unexpected, error.to_string()));
    }
    if let Err(error) = ledger.finish() {
        summary.fatal.get_or_insert((Exit::Unexpected, error.to_string()));
    }
    Ok(summary)
}

/// Where the engine's files go.
pub(super) fn places(context: &Context) -> engine::Places {
    engine::Places {
        bundles: context.places.output.clone(),
        pictures: context.places.pictures.clone(),
        emulator: context.places.emulator,
    }
}

/// Asks once, on a terminal, before permanent codes are created.
fn consent(args: &RunArgs, terminal: Terminal, context: &Context, plan: &Plan) -> Result<Consent, CliError> {
    let permanents = plan.permanents_needed();
    if permanents == 0 || args.yes || context.places.emulator || !terminal.can_ask {
        return Ok(Consent::Granted);
    }
    let answer = output::ask(&question(plan, permanents))?;
    Ok(if matches!(answer.trim(), "y" | "Y" | "yes" | "Yes") { Consent::Granted } else { Consent::Withheld })
}

/// `2 permanent codes will be created (shop-desk).`, and what that means; the question is the last of three lines, each
/// short enough for a terminal.
fn question(plan: &Plan, permanents: u64) -> String {
    let creates = |campaign: &&CampaignPlan| {
        !campaign.is_refused()
            && campaign
                .actions
                .iter()
                .any(|action| action.kind.issues() && campaign.lifetime(action) == LifetimeKind::Permanent)
    };
    let names = plan.campaigns.iter().filter(creates).map(|campaign| campaign.name.as_str()).collect();
    let (they, count, them) =
        if permanents == 1 { ("It", "counts", "it") } else { ("They", "count", "them") };
    format!(
        "{} will be created ({}).\n{they} can never be deleted and {count} against the account's {} for its life.\nCreate {them}? [y/N] ",
        counted(permanents, "permanent code"),
        named(names),
        grouped(Account::PERMANENT_POOL),
    )
}

/// `metro, kiosk and 3 more`
pub fn named(mut names: Vec<&str>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", names.join(", "))
}

/// With `--emulator`: one for all accounts, on a port of its own.
async fn start_emulator(context: &Context) -> Result<Option<Emulator>, CliError> {
    if !context.places.emulator {
        return Ok(None);
    }
    let credentials = |account: &ResolvedAccount| {
        let secret = account.secret.as_ref().map_or("", |secret| secret.expose());
        (account.appid.to_string(), secret.to_owned())
    };
    let accounts = context.accounts.values().map(credentials).collect();
    let settings =
        emulator::Settings { accounts, seed: clock::random_seed(), ..emulator::Settings::default() };
    let started = emulator::start(settings, 0).await;
    started.map(Some).map_err(|source| CliError::Machine { action: "start the emulator".to_owned(), source })
}

/// A desk for each account of the plan.
fn desks(plan: &ApprovedPlan, context: &Context, emulator: Option<&Emulator>) -> Result<Vec<Desk>, CliError> {
    let http = Http::new();
    let plan = plan.plan();
    let mut desks = Vec::new();
    for account in &plan.accounts {
        let Some(resolved) = context.accounts.get(&account.name) else { continue };
        // Codes of an account that no campaign uses any more only retire: no secret is needed.
        let Some(secret) = &resolved.secret else { continue };
        let mut settings = resolved.account.clone();
        if let Some(emulator) = emulator {
            let url = BaseUrl::new(&emulator.url()).map_err(|error| CliError::Defect(error.to_string()))?;
            (settings.api_url, settings.image_url) = (url.clone(), url);
        }
        let client = Client::new(http.clone(), &settings, resolved.appid.clone(), secret.clone());
        let day = DayCount::new(plan.today(), account.calls_today, account.daily_quota);
        let pacer = Pacer::new(account.rate);
        let picture_pacer = Pacer::new(picture_rate(account.rate));
        desks.push(Desk::new(
            AccountName::clone(&account.name),
            account.appid.clone(),
            client,
            pacer,
            picture_pacer,
            day,
        ));
    }
    Ok(desks)
}

/// Twice the tickets' rate: pictures that are fetched again must not hold up those of new tickets. The platform's
/// own limit for pictures is unknown.
fn picture_rate(rate: Rate) -> Rate {
    Rate { requests: rate.requests.saturating_mul(std::num::NonZeroU32::MIN.saturating_add(1)), ..rate }
}
