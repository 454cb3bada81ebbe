//! `plan`: what `run` would do, and what it would cost.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::args::{AllowArgs, LedgerArgs, NowArgs, OnlyArgs, PlanFormat, PrintArgs, SourceArgs};
use super::context::{self, Prepared, Workspace};
use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use super::plan_file;
use super::rehearsal;
use crate::campaign::Need;
use crate::engine;
use crate::model::{grouped, shell_word};
use crate::plan::{CampaignPlan, Plan};
use crate::view::{self, PlanTextOptions, ProblemLine};
use crate::wechat::{Client, Http, Quota};

const EXAMPLE: &str = "Examples:
  scenepress plan
  scenepress plan campaigns/metro.yaml --now 2026-12-24
  scenepress plan --emulator
  scenepress plan --out approved.json
  scenepress plan --format markdown --expect-no-refusals
  scenepress plan --only tag=metro --only 'channel=Store*'

A refusal is shown and is no failure: the exit is 0. With --expect-no-refusals it is 4.";

/// Options of `plan`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct PlanArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// What to print on stdout
    #[arg(
        help = "What to print on stdout: human (text), json (one document) or markdown (for a merge request)"
    )]
    #[arg(long, value_name = "FORMAT", default_value = "human", help_heading = "Display")]
    #[arg(hide_possible_values = true)]
    format: PlanFormat,
    #[command(flatten)]
    now: NowArgs,
    #[command(flatten)]
    only: OnlyArgs,
    #[command(flatten)]
    allow: AllowArgs,
    /// Exit with 10 if the plan holds anything to do, or a refusal
    #[arg(long)]
    expect_no_changes: bool,
    /// Exit with 4 if the plan refuses a campaign: for merge requests
    #[arg(long)]
    expect_no_refusals: bool,
    /// Write the plan's JSON document to this file too, for run --plan
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    print: PrintArgs,
    /// Ask the platform what is left of today's quota; needs the secret and the network
    #[arg(long, conflicts_with = "emulator")]
    quota: bool,
}

impl PlanArgs {
    /// The exit for what the plan must not hold: a refusal goes before a change.
    fn exit_of(&self, plan: &Plan) -> Exit {
        if self.expect_no_refusals && plan.campaigns.iter().any(CampaignPlan::is_refused) {
            Exit::Refused
        } else if self.expect_no_changes && (plan.counts().changes() > 0 || plan.fetches() > 0) {
            Exit::Changes
        } else {
            Exit::Done
        }
    }

    /// The options and paths that `run` needs to make the same plan, as a shell reads them, each after a blank.
    fn of_run(&self) -> String {
        let SourceArgs { paths, keep_going, store } = &self.source;
        let LedgerArgs { ledger, require_ledger, emulator } = &store.ledger;
        let output = Some(&store.output).filter(|output| *output != Path::new("output"));
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let valued: [(&str, Vec<String>); 6] = [
            ("--output", output.into_iter().map(path).collect()),
            ("--ledger", ledger.iter().map(path).collect()),
            ("--only", self.only.only.iter().map(ToString::to_string).collect()),
            ("--allow", self.allow.allow.iter().map(ToString::to_string).collect()),
            ("--accept-expiry", self.print.accept_expiry.clone()),
            ("--reprint", self.print.reprint.clone()),
        ];
        let mut words: Vec<String> = Vec::new();
        for (option, values) in valued {
            words.extend(values.iter().flat_map(|value| [option.to_owned(), shell_word(value)]));
        }
        let flags =
            [(*require_ledger, "--require-ledger"), (*emulator, "--emulator"), (*keep_going, "--keep-going")];
        words.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_owned()));
        if paths.paths != [Path::new("campaigns/")] {
            words.extend(paths.paths.iter().map(|path| shell_word(&path.to_string_lossy())));
        }
        if words.is_empty() { String::new() } else { format!(" {}", words.join(" ")) }
    }
}

/// Plans, and shows the plan.
pub fn run(args: &PlanArgs, terminal: Terminal) -> Result<Exit, CliError> {
    rehearsal::go_on(&args.source.store.ledger);
    if let Some(path) = &args.out {
        plan_file::OUTPUT.admit(path, &args.source.store.ledger)?;
    }
    let now = args.now.now();
    let need = if args.quota { Need::Secret } else { Need::Appid };
    let Prepared { workspace, problems, .. } = context::prepare(&args.source, need, terminal);
    let files = context::exit_of_files(&problems);
    let mut problems = view::problem_lines(&problems);
    let error = match workspace.and_then(|workspace| make(args, terminal, workspace, now)) {
        Ok((plan, workspace)) => {
            let asked = show(args, terminal, &plan, &workspace, &problems)?;
            return Ok(files.and(asked).and(args.exit_of(&plan)));
        }
        Err(error) => error,
    };
    problems.extend(error.problem_lines());
    match args.format {
        PlanFormat::Json => output::write(|out| view::plan_json(out, None, now, &problems))?,
        PlanFormat::Markdown => output::data(&view::plan_markdown_without_plan(&problems, now))?,
        PlanFormat::Human => {}
    }
    Err(error)
}

fn make(
    args: &PlanArgs,
    terminal: Terminal,
    mut workspace: Workspace,
    now: Timestamp,
) -> Result<(Plan, Workspace), CliError> {
    workspace.allow(&args.print)?;
    workspace.limit(&args.only, &args.allow);
    let ledger = workspace.open_ledger(args.source.store.ledger.require_ledger, terminal)?;
    workspace.check_host(ledger.as_ref(), terminal)?;
    let history = workspace.history(ledger.as_ref(), now)?;
    workspace.warn_of_clock(&history, terminal);
    let plan = Plan::make(&workspace.wanted, &history, now);
    args.allow.tell_unknown(&plan, terminal);
    args.only.check(!plan.campaigns.is_empty())?;
    Ok((plan, workspace))
}

/// Shows the plan, and what the platform says of the quota. Returns the exit of the worst answer.
fn show(
    args: &PlanArgs,
    terminal: Terminal,
    plan: &Plan,
    workspace: &Workspace,
    problems: &[ProblemLine],
) -> Result<Exit, CliError> {
    if let Some(path) = &args.out {
        plan_file::write(path, plan, problems)?;
    }
    match args.format {
        PlanFormat::Json => output::write(|out| view::plan_json(out, Some(plan), plan.now, problems))?,
        PlanFormat::Markdown => output::data(&view::plan_markdown(plan, problems, &args.of_run()))?,
        PlanFormat::Human => {
            let (ledger, color) = (workspace.folders.ledger.as_path(), terminal.stdout_color);
            let options = PlanTextOptions { ledger, color, all: terminal.verbose };
            output::data(&view::plan_text(plan, options))?;
        }
    }
    let asked = if args.quota { super::runtime()?.block_on(quotas(plan, workspace)) } else { Vec::new() };
    let mut exit = Exit::Done;
    for (name, asked) in asked {
        let quota = match asked {
            Ok(quota) => quota,
            Err(error) => {
                terminal.error_with_help(&error);
                exit = exit.and(error.exit());
                continue;
            }
        };
        let mut text = format!(
            "The platform says of account {name}: {} of {} calls used today, {} left.\n",
            grouped(quota.used),
            grouped(quota.daily_limit),
            grouped(quota.remain)
        );
        if let Some(fit) = fit(plan, &name, &quota) {
            let _ = writeln!(text, "  {fit}");
        }
        if args.format == PlanFormat::Human {
            output::data(&text)?;
        } else {
            output::tell(&text);
        }
    }
    Ok(exit)
}

/// What of an account's calls fits into what the platform says is left; `None` if all do.
fn fit(plan: &Plan, name: &str, quota: &Quota) -> Option<String> {
    let account = plan.accounts.iter().find(|account| account.name.as_str() == name)?;
    let calls = account.calls;
    let left = calls.left_today().min(quota.remain);
    view::fit_today(calls.needed, left, calls.daily_quota.min(quota.daily_limit))
}

/// Asks for each account side by side: one that is not answered keeps no other waiting.
async fn quotas(plan: &Plan, workspace: &Workspace) -> Vec<(String, Result<Quota, CliError>)> {
    let http = Http::new();
    let mut asking = Vec::new();
    for planned in &plan.accounts {
        let Some(account) = workspace.accounts.get(&planned.name) else { continue };
        let Some(secret) = account.secret.clone() else { continue };
        let client = Client::new(http.clone(), &account.account, account.appid.clone(), secret);
        let asked = tokio::spawn(async move { engine::ask_quota(&client).await });
        asking.push((planned.name.to_string(), asked));
    }
    let mut quotas = Vec::new();
    for (name, asked) in asking {
        let lost = || CliError::Defect(format!("the question for the quota of account {name} was lost"));
        let asked = asked.await.map_err(|_| lost()).and_then(|asked| Ok(asked?));
        quotas.push((name, asked));
    }
    quotas
}
