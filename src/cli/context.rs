//! What most verbs begin with: the campaign files read, their problems shown, the accounts resolved.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsString;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;

use super::args::{PathArgs, PrintArgs, StoreArgs};
use super::doubt::{self, Doubt};
use super::exit::{CliError, Exit};
use super::output;
use super::settings::{self, Need, Places, ResolvedAccount, Terminal};
use crate::campaign::{self, Folder, Problem, Problems, Reading, RenderOptions, Resolved, Severity};
use crate::engine;
use crate::fsio;
use crate::ledger::{Ledger, LedgerRefused, SqliteLedger};
use crate::model::{
    AccountName, AppId, CampaignName, Digest, History, Hooks, beijing_date, counted, named, visible,
    visible_path,
};
use crate::paper::PrintGate;
use crate::plan::{Retirement, Wanted, WantedAccount, WantedCampaign};
use crate::view::{Events, Lines, ProblemLine, ProblemSeverity, Progress, Show, Tee};

/// What a verb asks for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Which campaign files.
    pub paths: &'a PathArgs,
    /// Whether to go on without campaigns that have problems.
    pub keep_going: bool,
    /// Where things are.
    pub store: &'a StoreArgs,
    /// Which credentials.
    pub need: Need,
}

/// What the files, the options and the environment give.
#[derive(Debug)]
pub struct Context {
    /// What a plan is made from.
    pub wanted: Wanted,
    /// The accounts whose appid is known; those of selected campaigns have all that was needed.
    pub accounts: BTreeMap<AccountName, ResolvedAccount>,
    /// Where things are.
    pub places: Places,
    /// What was wrong or doubtful in the files. It was shown.
    pub problems: Problems,
    /// Every campaign of the folder, broken ones too where their name is known: none of their folders is foreign.
    pub names: Vec<CampaignName>,
    /// What the run's hooks are; `None` where their file has problems.
    pub hooks: Option<Hooks>,
}

/// Why nothing could be done, with the problems of the files for the document.
#[derive(Debug)]
pub struct Fatal {
    /// What happened.
    pub error: CliError,
    /// What was wrong in the files. It was shown.
    pub problems: Problems,
    /// The hooks, where they are known all the same.
    pub hooks: Option<Hooks>,
}

impl Fatal {
    /// Boxed, since it is large and rare.
    pub fn new(error: CliError, problems: Problems) -> Box<Self> {
        Box::new(Self { error, problems, hooks: None })
    }

    /// With the hooks that are known.
    fn with(mut self: Box<Self>, hooks: Option<Hooks>) -> Box<Self> {
        self.hooks = hooks;
        self
    }

    /// Everything that is wrong, as documents list it: the files' problems, then what stopped it.
    pub fn lines(&self) -> Vec<ProblemLine> {
        let mut lines = problem_lines(&self.problems);
        lines.extend(self.error.problem_lines());
        lines
    }
}

/// The files' problems as documents list them.
pub fn problem_lines(problems: &Problems) -> Vec<ProblemLine> {
    let line = |problem: &Problem| ProblemLine {
        kind: problem.kind.to_owned(),
        severity: match problem.severity {
            Severity::Error => ProblemSeverity::Error,
            Severity::Warning => ProblemSeverity::Warning,
        },
        path: Some(problem.path.display().to_string()),
        line: problem.line().map(u64::from),
        column: problem.column().map(u64::from),
        message: problem.message.clone(),
        help: problem.help.clone(),
    };
    problems.iter().map(line).collect()
}

impl From<Box<Fatal>> for CliError {
    fn from(fatal: Box<Fatal>) -> Self {
        fatal.error
    }
}

/// Reads campaign files and shows their problems on stderr; with `-q` only where there is an error. Where a day is given
/// what is over on it is warned of.
pub fn read(paths: &PathArgs, today: Option<Date>, terminal: Terminal) -> Reading {
    let reading = match today {
        Some(today) => campaign::read_on(&paths.paths, today),
        None => campaign::read(&paths.paths),
    };
    show(&reading.problems, paths, terminal);
    reading
}

fn show(problems: &Problems, paths: &PathArgs, terminal: Terminal) {
    if !terminal.quiet || problems.has_errors() {
        let options = RenderOptions { color: terminal.stderr_color, all: paths.all };
        output::tell(&problems.render(options));
    }
}

/// Warnings alone, as every verb but `check` shows them: which files have some. With `--all` they are shown.
fn mention(problems: &Problems, paths: &PathArgs, terminal: Terminal) {
    let mut files: BTreeMap<&Path, u64> = BTreeMap::new();
    for problem in problems {
        *files.entry(&problem.path).or_default() += 1;
    }
    if paths.all || problems.has_errors() {
        show(problems, paths, terminal);
    } else if !terminal.quiet {
        for (path, warnings) in files {
            let them = if warnings == 1 { "it" } else { "them" };
            let warnings = counted(warnings, "warning");
            output::tell(&format!("{warnings} in {}; `scenepress check` shows {them}\n", visible_path(path)));
        }
    }
}

/// Reads campaign files, shows their problems, resolves accounts.
pub fn prepare(request: Request<'_>, terminal: Terminal) -> Result<Context, Box<Fatal>> {
    let Reading { mut folder, mut problems } = campaign::read(&request.paths.paths);
    let hooks = folder.hooks.take();
    mention(&problems, request.paths, terminal);
    let nothing_left = folder.selected.is_empty();
    if problems.has_errors() && (!request.keep_going || nothing_left) {
        return Err(Fatal::new(CliError::Problems, problems).with(hooks));
    }
    for broken in folder.broken.iter().filter(|broken| broken.selected) {
        output::tell_warning(terminal, &format!("{} has problems and is skipped", broken.path.display()));
    }
    let places = match Places::new(request.store, &settings::environment) {
        Ok(places) => places,
        Err(error) => return Err(Fatal::new(error, problems).with(hooks)),
    };
    let all_read = folder.broken.is_empty() && !problems.has_errors();
    let found = find_accounts(&folder, places.emulator, request, &mut problems, terminal);
    let Accounts { mut resolved, skipped } = match found {
        Ok(accounts) => accounts,
        Err(error) => return Err(Fatal::new(error, problems).with(hooks)),
    };
    for warning in resolved.warnings.iter().filter(|_| !terminal.quiet) {
        output::tell_warning(terminal, warning);
    }
    // Where the appid of a campaign is not known, nobody knows which codes it wants.
    let all_known = skipped.iter().all(|name| resolved.accounts.contains_key(name));
    let retirement = match (all_read && all_known, folder.whole) {
        (false, _) => Retirement::Nothing,
        (true, true) => Retirement::Folder,
        (true, false) => Retirement::Selected,
    };
    let names = names(&folder);
    let campaigns = folder.campaigns.into_iter().filter_map(|campaign| {
        // An account that is not in use and cannot be resolved: its campaigns are not selected.
        let appid = resolved.accounts.get(&campaign.account)?.appid.clone();
        let selected = folder.selected.contains(&campaign.name) && !skipped.contains(&campaign.account);
        Some(WantedCampaign { campaign, appid, selected })
    });
    let campaigns = campaigns.collect();
    resolved.accounts.retain(|name, _| !skipped.contains(name));
    let wanted = Wanted {
        campaigns,
        accounts: resolved.accounts.iter().map(|(name, account)| (name.clone(), wanted(account))).collect(),
        retirement,
        ..Wanted::default()
    };
    Ok(Context { wanted, accounts: resolved.accounts, places, problems, names, hooks })
}

/// The accounts of a folder.
struct Accounts {
    resolved: Resolved,
    /// Those that cannot be used, with `--keep-going`: their campaigns are not acted on.
    skipped: BTreeSet<AccountName>,
}

/// Resolves the accounts that selected campaigns use, and shows what is wrong with them.
fn find_accounts(
    folder: &Folder,
    emulator: bool,
    request: Request<'_>,
    problems: &mut Problems,
    terminal: Terminal,
) -> Result<Accounts, CliError> {
    let campaigns_of = |name: &AccountName| {
        let selected = folder.campaigns.iter().filter(|campaign| folder.selected.contains(&campaign.name));
        let name = name.clone();
        selected.filter(move |campaign| campaign.account == name)
    };
    let resolve = |skipped: &BTreeSet<AccountName>| {
        let in_use = |name: &AccountName| !skipped.contains(name) && campaigns_of(name).next().is_some();
        campaign::resolve_accounts(folder, &in_use, emulator, request.need, &settings::environment)
    };
    let mut faults = match resolve(&BTreeSet::new()) {
        Ok(resolved) => return Ok(Accounts { resolved, skipped: BTreeSet::new() }),
        Err(faults) => faults,
    };
    let skipped: BTreeSet<AccountName> = faults.iter().map(|fault| fault.account.clone()).collect();
    let is_left = |name: &AccountName| !skipped.contains(name) && campaigns_of(name).next().is_some();
    let without = (request.keep_going && folder.accounts.keys().any(is_left)).then(|| resolve(&skipped));
    if let Some(Err(more)) = &without {
        // Two accounts with one appid: there is no telling which of them is meant.
        let more: Vec<_> = more.iter().filter(|fault| !faults.contains(fault)).cloned().collect();
        faults.extend(more);
    }
    let options = RenderOptions { color: terminal.stderr_color, all: request.paths.all };
    output::tell(&problems.add_account_faults(faults, options));
    match without {
        None | Some(Err(_)) => Err(CliError::Credentials),
        Some(Ok(resolved)) => {
            for name in &skipped {
                let names = named(campaigns_of(name).map(|campaign| campaign.name.as_str()).collect());
                let words =
                    format!("account {} cannot be used, its campaigns are skipped: {names}", name.shown());
                output::tell_warning(terminal, &words);
            }
            Ok(Accounts { resolved, skipped })
        }
    }
}

/// Every campaign of a folder, broken ones too where their name is known.
pub fn names(folder: &Folder) -> Vec<CampaignName> {
    let names = folder.campaigns.iter().map(|campaign| campaign.name.clone());
    names.chain(folder.broken.iter().filter_map(|broken| broken.name.clone())).collect()
}

fn wanted(account: &ResolvedAccount) -> WantedAccount {
    WantedAccount {
        appid: account.appid.clone(),
        rate: account.account.rate,
        daily_quota: account.account.daily_quota,
        permanents_used_elsewhere: account.account.permanents_used_elsewhere,
        is_loopback: account.is_loopback,
    }
}

impl Context {
    /// The appids of the known accounts, and those under which the ledger has codes of these campaigns from before
    /// somebody changed an account.
    pub fn appids(&self, ledger: &SqliteLedger) -> Result<Vec<AppId>, CliError> {
        let mut appids: Vec<AppId> = self.accounts.values().map(|account| account.appid.clone()).collect();
        let names: HashSet<String> = self.names.iter().map(CampaignName::folded).collect();
        for (appid, campaign) in ledger.codes_of_others(&appids)? {
            if names.contains(&campaign.folded()) && !appids.contains(&appid) {
                appids.push(appid);
            }
        }
        Ok(appids)
    }

    /// Whether a selected campaign bears the example mark.
    pub fn has_example(&self) -> bool {
        self.wanted.campaigns.iter().any(|wanted| wanted.selected && wanted.campaign.example)
    }

    /// Where the engine's files go.
    pub fn engine_places(&self) -> engine::Places {
        engine::Places {
            bundles: self.places.output.clone(),
            pictures: self.places.pictures.clone(),
            emulator: self.places.emulator,
        }
    }

    /// The exit where everything else went well: 2 where campaigns were skipped.
    pub fn exit(&self) -> Exit {
        if self.problems.has_errors() { Exit::Usage } else { Exit::Done }
    }

    /// Takes in what the command line permits of the campaigns' codes on paper.
    pub fn allow(&mut self, print: &PrintArgs) -> Result<(), CliError> {
        let named = |option: &str, names: &[String]| -> Result<BTreeSet<CampaignName>, CliError> {
            let known = |name: &String| {
                let known = self.names.iter().find(|known| known.as_str() == name).cloned();
                known.ok_or_else(|| {
                    let meant = campaign::similar(name, self.names.iter().map(CampaignName::as_str));
                    let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
                    let name = visible(name);
                    CliError::Usage(format!("--{option} {name}: there is no such campaign{meant}"))
                })
            };
            names.iter().map(known).collect()
        };
        let accept_expiry = named("accept-expiry", &print.accept_expiry)?;
        let reprint = named("reprint", &print.reprint)?;
        self.wanted.print_gate = PrintGate::Shut { reprint, accept_expiry };
        Ok(())
    }

    /// The ledger for reading; `None` where there is none.
    pub fn open_ledger(&self, store: &StoreArgs) -> Result<Option<SqliteLedger>, CliError> {
        open_ledger(&self.places.ledger, store.ledger.require_ledger)
    }

    /// What the ledger knows of these accounts, without the pictures whose files are gone: those are to be fetched
    /// again.
    pub fn history(&self, ledger: &SqliteLedger, now: Timestamp) -> Result<History, CliError> {
        let mut history = ledger.history(&self.appids(ledger)?, beijing_date(now))?;
        let of_name = |name: OsString| name.to_str()?.strip_suffix(".jpg")?.parse::<Digest>().ok();
        let at_hand: HashSet<Digest> = fsio::file_names(&self.places.pictures).filter_map(of_name).collect();
        history.keep_pictures(|digest| at_hand.contains(digest));
        Ok(history)
    }

    /// Warns where a run would refuse the ledger.
    pub fn doubt_ledger(&self, ledger: Option<&SqliteLedger>, terminal: Terminal) -> Result<(), CliError> {
        warn_of_refusal(self.check_ledger(ledger), terminal)
    }

    /// Warns where a run would refuse the ledger for the machine that wrote it last.
    pub fn doubt_host(&self, ledger: Option<&SqliteLedger>, terminal: Terminal) -> Result<(), CliError> {
        let host = settings::this_host().filter(|_| !self.places.emulator);
        warn_of_refusal(doubt::check_host(&self.places.ledger, ledger, host.as_ref()), terminal)
    }

    /// Looks for a sign that this is not the ledger these campaigns were issued with, or an older copy of it.
    pub fn check_ledger(&self, ledger: Option<&SqliteLedger>) -> Result<(), CliError> {
        Doubt { places: &self.places, names: &self.names }.check(ledger)
    }
}

/// Tells of a refusal that a run would end with, and goes on.
fn warn_of_refusal(checked: Result<(), CliError>, terminal: Terminal) -> Result<(), CliError> {
    match checked {
        Err(error) if error.exit() == Exit::Refused => {
            output::tell_warning(terminal, &format!("`scenepress run` would refuse: {error}"));
            Ok(())
        }
        checked => checked,
    }
}

/// A ledger for reading; `None` where there is none and none is required.
pub fn open_ledger(path: &Path, required: bool) -> Result<Option<SqliteLedger>, CliError> {
    match SqliteLedger::open_read(path)? {
        None if required => Err(LedgerRefused::Missing(path.to_owned()).into()),
        Some(ledger) if required && ledger.is_blank()? => Err(LedgerRefused::Blank(path.to_owned()).into()),
        ledger => Ok(ledger),
    }
}

/// Shows a run's events: bars on a terminal, elsewhere a line a minute; with `events` JSON lines on stdout too.
pub fn monitor(terminal: Terminal, events: bool) -> Tee {
    let mut monitors: Vec<Box<dyn Show>> = Vec::new();
    if events {
        monitors.push(Box::new(Events::new(std::io::stdout())));
    }
    if !terminal.quiet {
        if terminal.is_watched {
            monitors.push(Box::new(Progress::stderr(terminal.verbose)));
        } else {
            monitors.push(Box::new(Lines::new(std::io::stderr(), terminal.verbose)));
        }
    }
    Tee::new(monitors)
}
