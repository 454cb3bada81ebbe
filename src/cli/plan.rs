//! `plan`: what `run` would do, and what it would cost.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::args::{
    AllowArgs, KeepGoingArgs, LedgerArgs, NowArgs, OnlyArgs, PathArgs, PlanFormat, PlanFormatArgs, PrintArgs,
    StoreArgs,
};
use super::context::{self, Context, Fatal, Request, Workspace};
use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use super::plan_file;
use crate::campaign::Need;
use crate::engine;
use crate::model::{History, grouped, shell_word};
use crate::plan::Plan;
use crate::view::{self, PlanTextOptions};
use crate::wechat::{Client, Http, Quota};

const EXAMPLE: &str = "Examples:
  scenepress plan
  scenepress plan campaigns/metro.yaml --now 2026-12-24
  scenepress plan --emulator
  scenepress plan --out approved.json
  scenepress plan --format markdown
  scenepress plan --only tag=metro --only 'channel=Store*'

A refusal is shown and is no failure: the exit is 0.";

/// Options of `plan`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct PlanArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    keep_going: KeepGoingArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: PlanFormatArgs,
    #[command(flatten)]
    now: NowArgs,
    #[command(flatten)]
    only: OnlyArgs,
    #[command(flatten)]
    allow: AllowArgs,
    /// Exit with 10 where the plan holds anything to do, or a refusal
    #[arg(long)]
    expect_no_changes: bool,
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
    /// The options and paths that `run` needs to make the same plan, as a shell reads them, each after a blank.
    fn of_run(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut option = |name: &str, value: &str| words.extend([format!("--{name}"), shell_word(value)]);
        let LedgerArgs { ledger, require_ledger, emulator } = &self.store.ledger;
        if self.store.output != Path::new("output") {
            option("output", &self.store.output.to_string_lossy());
        }
        if let Some(ledger) = ledger {
            option("ledger", &ledger.to_string_lossy());
        }
        for filter in self.only.words() {
            option("only", &filter);
        }
        for allowance in self.allow.words() {
            option("allow", &allowance);
        }
        for name in &self.print.accept_expiry {
            option("accept-expiry", name);
        }
        for name in &self.print.reprint {
            option("reprint", name);
        }
        let flags = [
            (*require_ledger, "--require-ledger"),
            (*emulator, "--emulator"),
            (self.keep_going.keep_going, "--keep-going"),
        ];
        words.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_owned()));
        if self.paths.paths != [Path::new("campaigns/")] {
            words.extend(self.paths.paths.iter().map(|path| shell_word(&path.to_string_lossy())));
        }
        if words.is_empty() { String::new() } else { format!(" {}", words.join(" ")) }
    }
}

/// Plans, and shows the plan.
pub fn run(args: &PlanArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let now = args.now.now();
    match make(args, terminal, now) {
        Ok((plan, workspace)) => {
            show(args, terminal, &plan, &workspace)?;
            let changes = args.expect_no_changes && (plan.counts().changes() > 0 || plan.fetches() > 0);
            Ok(workspace.exit().and(if changes { Exit::Changes } else { Exit::Done }))
        }
        Err(fatal) => {
            let problems = fatal.lines();
            match args.format.format {
                PlanFormat::Json => output::write(|out| view::plan_json(out, None, now, &problems))?,
                PlanFormat::Markdown => {
                    output::data(&view::plan_markdown_without_plan(&problems, now))?;
                }
                PlanFormat::Human => {}
            }
            Err(fatal.error)
        }
    }
}

fn make(args: &PlanArgs, terminal: Terminal, now: Timestamp) -> Result<(Plan, Workspace), Box<Fatal>> {
    let need = if args.quota { Need::Secret } else { Need::Appid };
    let request =
        Request { paths: &args.paths, keep_going: args.keep_going.keep_going, store: &args.store, need };
    let mut context = context::prepare(request, terminal).tell(terminal)?;
    let allowed = context.allow(&args.print);
    let Context { mut wanted, workspace } = context;
    let plan = allowed.and_then(|()| {
        let history = history(&workspace, args, terminal, now)?;
        args.only.limit(&mut wanted);
        args.allow.allow(&mut wanted);
        let plan = Plan::make(&wanted, &history, now);
        args.allow.unknown(&plan).tell(terminal);
        args.only.check(!plan.campaigns.is_empty()).map(|()| plan)
    });
    match plan {
        Ok(plan) => Ok((plan, workspace)),
        Err(error) => Err(Fatal::new(error, workspace.problems)),
    }
}

fn history(
    workspace: &Workspace,
    args: &PlanArgs,
    terminal: Terminal,
    now: Timestamp,
) -> Result<History, CliError> {
    let (ledger, messages) = workspace.open_ledger(args.store.ledger.require_ledger)?;
    messages.tell(terminal);
    workspace.check_host(ledger.as_ref())?.tell(terminal);
    ledger.map_or(Ok(History::empty()), |ledger| workspace.history(&ledger, now))
}

fn show(args: &PlanArgs, terminal: Terminal, plan: &Plan, workspace: &Workspace) -> Result<(), CliError> {
    let problems = view::problem_lines(&workspace.problems);
    if let Some(path) = &args.out {
        plan_file::write(path, plan, &problems)?;
    }
    match args.format.format {
        PlanFormat::Json => output::write(|out| view::plan_json(out, Some(plan), plan.now, &problems))?,
        PlanFormat::Markdown => output::data(&view::plan_markdown(plan, &problems, &args.of_run()))?,
        PlanFormat::Human => {
            let options = PlanTextOptions {
                ledger: &workspace.folders.ledger,
                color: terminal.stdout_color,
                all: terminal.verbose,
            };
            output::data(&view::plan_text(plan, options))?;
        }
    }
    if args.quota {
        let mut errors = Vec::new();
        for (name, asked) in super::runtime()?.block_on(quotas(plan, workspace)) {
            let quota = match asked {
                Ok(quota) => quota,
                Err(error) => {
                    errors.push(error);
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
            if args.format.format == PlanFormat::Human {
                output::data(&text)?;
            } else {
                output::tell(&text);
            }
        }
        return all_told(errors, terminal);
    }
    Ok(())
}

/// What of an account's calls fits into what the platform says is left; `None` where all do.
fn fit(plan: &Plan, name: &str, quota: &Quota) -> Option<String> {
    let account = plan.accounts.iter().find(|account| account.name.as_str() == name)?;
    let calls = account.calls;
    let left = calls.left_today().min(quota.remain);
    view::fit_today(calls.needed, left, calls.daily_quota.min(quota.daily_limit))
}

/// Tells all errors but the one that the program ends with, which is told by whoever ends it.
fn all_told(mut errors: Vec<CliError>, terminal: Terminal) -> Result<(), CliError> {
    let exit = errors.iter().fold(Exit::Done, |exit, error| exit.and(error.exit()));
    let ends_with = errors.iter().position(|error| error.exit() == exit).map(|index| errors.remove(index));
    for error in &errors {
        output::tell_error(terminal, error);
    }
    ends_with.map_or(Ok(()), Err)
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
