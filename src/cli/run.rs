//! `run`: the main job.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::args::RunArgs;
use super::context::{self, Context, Request};
use super::exit::{CliError, Exit};
use super::lock::{Writing, open_for_writing};
use super::output;
use super::plan_file::differences_text;
use super::settings::{Need, Places, ResolvedAccount, Terminal};
use super::signals::Signals;
use crate::clock;
use crate::emulator::{self, Emulator};
use crate::engine::{self, Desk, End, Job, RunSummary, Stop};
use crate::fsio;
use crate::ledger::SqliteLedger;
use crate::model::{Account, AccountName, BaseUrl, History, LifetimeKind, Rate, counted, grouped};
use crate::pace::{DayCount, Pacer};
use crate::plan::{ApprovedPlan, CampaignPlan, Consent, Plan, RoomPlace, RoomPlaces};
use crate::report::{self, ProblemLine, RunDocument, RunTextOptions, Show};
use crate::wechat::{Client, Http};

/// The most campaigns that are named in the question for consent.
const NAMED: usize = 5;

/// Plans, issues, fetches, verifies, bundles, and says what became of it.
pub fn run(args: &RunArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let started_at = clock::now();
    let request = Request {
        paths: &args.paths,
        keep_going: args.keep_going.keep_going,
        store: &args.store,
        need: Need::Secret,
    };
    let mut example = false;
    let (result, problems, exit) = match context::prepare(request, terminal) {
        Ok(context) => {
            let wanted = &context.wanted.campaigns;
            example = wanted.iter().any(|wanted| wanted.selected && wanted.campaign.example);
            let (mut problems, exit) = (context::problem_lines(&context.problems), context.exit());
            let result = carry_out(args, terminal, context);
            problems.extend(result.as_ref().err().into_iter().flat_map(CliError::problem_lines));
            (result, problems, exit)
        }
        Err(fatal) => {
            let problems = fatal.lines();
            (Err(fatal.error), problems, Exit::Done)
        }
    };
    let (exit, message, summary) = match &result {
        Ok(summary) => (exit.and(summary.end().into()), String::new(), Some(summary)),
        Err(error) => (error.exit(), error.to_string(), None),
    };
    let mut written = Ok(());
    if args.format.is_json() {
        let message = summary.map_or(message, in_one_line);
        written = document(args, exit, &message, summary, &problems, started_at);
    } else if let Some(summary) = summary
        && !(terminal.quiet && exit == Exit::Done)
    {
        let emulator = args.store.ledger.emulator;
        let options = RunTextOptions { color: terminal.stderr_color, emulator, example };
        output::tell(&report::run_text(summary, options));
    }
    if let Err(error) = &result {
        if let CliError::OtherPlan(other) = error {
            output::tell(&differences_text(other));
        }
        output::tell_error(terminal, error);
    }
    written.map(|()| exit)
}

fn document(
    args: &RunArgs,
    exit: Exit,
    message: &str,
    summary: Option<&RunSummary>,
    problems: &[ProblemLine],
    started_at: Timestamp,
) -> Result<(), CliError> {
    let run =
        RunDocument { summary, exit: exit.code(), message, problems, started_at, ended_at: clock::now() };
    if !args.events {
        return output::write(|out| report::run_json(out, &run));
    }
    // Among JSON lines the document is one line too: the last. Its texts hold no line breaks, JSON escapes them.
    let mut document = Vec::new();
    report::run_json(&mut document, &run)
        .map_err(|source| CliError::Machine { action: "write the document".to_owned(), source })?;
    let text = String::from_utf8_lossy(&document);
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    output::data(&format!("{}\n", lines.concat()))
}

/// What ended the run early, or else why the first campaign is not done that the exit comes from; empty where all
/// are done.
fn in_one_line(summary: &RunSummary) -> String {
    let end = summary.end();
    let of_campaign = || {
        let open = summary.campaigns.iter().find(|campaign| campaign.end == end && end != End::Done)?;
        Some(format!("{}: {}", open.name, open.message))
    };
    let fatal = summary.fatal.as_ref().map(|(_, message)| message.clone());
    fatal.or_else(of_campaign).unwrap_or_default()
}

/// Everything under the lock.
fn carry_out(args: &RunArgs, terminal: Terminal, mut context: Context) -> Result<RunSummary, CliError> {
    let expected = args.expect.read()?;
    context.allow(&args.print)?;
    let runtime = super::runtime()?;
    let Writing { ledger, lock, at_signal } =
        open_for_writing(&context, &args.store.ledger, args.lock, terminal, &runtime)?;
    let now = clock::now();
    let history = context.history(&ledger, now)?;
    args.only.limit(&mut context.wanted);
    args.allow.allow(&mut context.wanted);
    let plan = Plan::make(std::mem::take(&mut context.wanted), &history, now);
    args.only.check(!plan.campaigns.is_empty())?;
    args.allow.check(&plan, terminal);
    if let Some(expected) = expected {
        plan.expect(&expected)?;
    }
    check_room(&context, &plan, &history, &ledger)?;
    let consent = consent(args, terminal, &context, &plan)?;
    let plan = plan.approve(consent)?;

    let summary = runtime.block_on(async {
        let emulator = start_emulator(&context).await?;
        let desks = desks(&plan, &context, emulator.as_ref())?;
        let monitor: Arc<dyn Show> = Arc::new(context::monitor(terminal, args.events));
        let (sender, stop) = Stop::new();
        // From now on, not from when its task is first run.
        let watching = Signals::new()?.stop_a_run(sender);
        if let Some(at_signal) = at_signal {
            at_signal.abort();
        }
        let job = Job {
            plan,
            history,
            ledger,
            desks,
            places: places(&context),
            allow_partial: args.allow_partial,
            monitor: Arc::<dyn Show>::clone(&monitor),
            stop,
        };
        let (mut summary, ledger) = engine::run(job).await;
        watching.abort();
        monitor.finish(clock::now());
        if let Some(failure) = monitor.failure() {
            summary.fatal.get_or_insert((End::Unexpected, failure));
        }
        if let Some(emulator) = emulator {
            emulator.stop().await;
        }
        Ok::<_, CliError>((summary, ledger))
    });
    // Requests that were abandoned after a signal must not hold the program up.
    runtime.shutdown_background();
    let (mut summary, ledger) = summary?;
    if let Err(error) = ledger.finish() {
        summary.fatal.get_or_insert((End::Unexpected, error.to_string()));
    }
    drop(lock);
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

/// Sees to it, before anything is asked or recorded, that the disks have room for what the plan will write.
fn check_room(
    context: &Context,
    plan: &Plan,
    history: &History,
    ledger: &SqliteLedger,
) -> Result<(), CliError> {
    fn place(path: &Path) -> RoomPlace<'_> {
        RoomPlace { path, disk: fsio::disk_of(path).map(|disk| (disk.device, disk.free)) }
    }
    let Places { ledger: ledger_path, output, pictures, .. } = &context.places;
    let needed = engine::room_needed(plan, history, ledger, &places(context))?;
    let places = RoomPlaces { bundles: place(output), pictures: place(pictures), ledger: place(ledger_path) };
    Ok(needed.check(places)?)
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

/// `2 permanent codes will be created (shop-desk). …`
fn question(plan: &Plan, permanents: u64) -> String {
    let creates = |campaign: &&CampaignPlan| {
        !campaign.is_refused()
            && campaign
                .actions
                .iter()
                .any(|action| action.kind.issues() && campaign.lifetime(action) == LifetimeKind::Permanent)
    };
    let mut names: Vec<&str> =
        plan.campaigns.iter().filter(creates).map(|campaign| campaign.name.as_str()).collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let them = if permanents == 1 { "it" } else { "them" };
    format!(
        "{} will be created ({}{more}). A permanent code can never be deleted and counts against the account's {} for its life. Create {them}? [y/N] ",
        counted(permanents, "permanent code"),
        names.join(", "),
        grouped(Account::PERMANENT_POOL),
    )
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
