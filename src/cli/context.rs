//! What most verbs begin with: the campaign files read, the accounts resolved, the ledger checked.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsString;
use std::path::Path;

use jiff::Timestamp;

use super::args::{PathArgs, PrintArgs, StoreArgs};
use super::exit::{CliError, Exit};
use super::output::{Messages, Terminal};
use super::settings;
use crate::campaign::{self, AccountFault, Folder, Need, Problems, Reading, RenderOptions, ResolvedAccount};
use crate::engine::{self, Folders, LedgerCheck, UnfitLedger};
use crate::fsio;
use crate::ledger::{Host, Ledger, SqliteLedger};
use crate::model::{
    AccountName, AppId, CampaignName, Digest, History, Hooks, beijing_date, counted, named, visible,
    visible_path,
};
use crate::paper::PrintGate;
use crate::plan::{Retirement, Wanted, WantedAccount, WantedCampaign};
use crate::view::{ProblemLine, problem_lines};

/// What a verb asks for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Which campaign files.
    pub paths: &'a PathArgs,
    /// Whether to go on without campaigns that have problems.
    pub keep_going: bool,
    /// The ledger and the bundles.
    pub store: &'a StoreArgs,
    /// Which credentials.
    pub need: Need,
}

/// What the files, the options and the environment give.
#[derive(Debug)]
pub struct Context {
    /// What a plan is made from.
    pub wanted: Wanted,
    /// Everything else.
    pub workspace: Workspace,
}

/// What a verb works with, besides what the campaign files want.
#[derive(Debug)]
pub struct Workspace {
    /// The accounts whose appid is known. Those of selected campaigns have all that is needed.
    pub accounts: BTreeMap<AccountName, ResolvedAccount>,
    /// Where files are.
    pub folders: Folders,
    /// The problems of the files.
    pub problems: Problems,
    /// Every campaign of the folder, also broken ones whose name is known.
    pub names: Vec<CampaignName>,
    /// The hooks; `None` if their file has problems.
    pub hooks: Option<Hooks>,
}

/// Why nothing could be done, with the problems of the files for the document.
#[derive(Debug)]
pub struct Fatal {
    /// What happened.
    pub error: CliError,
    /// What was wrong in the files.
    pub problems: Problems,
    /// The hooks, if they are known all the same.
    pub hooks: Option<Hooks>,
}

impl Fatal {
    /// Boxed, since it is large and rare.
    pub fn new(error: CliError, problems: Problems) -> Box<Self> {
        Box::new(Self { error, problems, hooks: None })
    }

    /// Everything that is wrong, as documents list it: the files' problems, then what stopped the verb.
    pub fn lines(&self) -> Vec<ProblemLine> {
        let mut lines = problem_lines(&self.problems);
        lines.extend(self.error.problem_lines());
        lines
    }
}

impl From<Box<Fatal>> for CliError {
    fn from(fatal: Box<Fatal>) -> Self {
        fatal.error
    }
}

/// What came of reading, with what there is to tell about it.
#[derive(Debug)]
pub struct Prepared {
    result: Result<Context, Box<Fatal>>,
    messages: Messages,
}

impl Prepared {
    /// Tells the messages.
    pub fn tell(self, terminal: Terminal) -> Result<Context, Box<Fatal>> {
        self.messages.tell(terminal);
        self.result
    }
}

/// Reads campaign files and resolves their accounts.
pub fn prepare(request: Request<'_>, terminal: Terminal) -> Prepared {
    let Reading { mut folder, mut problems } = campaign::read(&request.paths.paths);
    let options = RenderOptions { color: terminal.stderr_color, all: request.paths.all };
    let mut messages = Messages::default();
    let hooks = folder.hooks.take();
    let result = resolve(folder, &mut problems, request, options, &mut messages);
    let result = match result {
        Ok((wanted, accounts, folders, names)) => {
            Ok(Context { wanted, workspace: Workspace { accounts, folders, problems, names, hooks } })
        }
        Err(error) => Err(Box::new(Fatal { error, problems, hooks })),
    };
    Prepared { result, messages }
}

type Resolved = (Wanted, BTreeMap<AccountName, ResolvedAccount>, Folders, Vec<CampaignName>);

fn resolve(
    folder: Folder,
    problems: &mut Problems,
    request: Request<'_>,
    options: RenderOptions,
    messages: &mut Messages,
) -> Result<Resolved, CliError> {
    mention(problems, options, messages);
    if problems.has_errors() && (!request.keep_going || folder.selected.is_empty()) {
        return Err(CliError::Problems);
    }
    for broken in folder.broken.iter().filter(|broken| broken.selected) {
        messages.warning(format!("{} has problems and is skipped", broken.path.display()));
    }
    let folders = settings::folders(&request.store.ledger, &request.store.output, &settings::environment)?;
    let all_read = folder.broken.is_empty() && !problems.has_errors();
    let (mut accounts, skipped) = accounts(&folder, folders.emulator, request, options, problems, messages)?;
    // If the appid of a campaign is not known, nobody knows which codes it wants.
    let all_known = skipped.iter().all(|name| accounts.contains_key(name));
    let retirement = match (all_read && all_known, folder.whole) {
        (false, _) => Retirement::Nothing,
        (true, true) => Retirement::Folder,
        (true, false) => Retirement::Selected,
    };
    let names = folder.names();
    let campaigns = folder.campaigns.into_iter().filter_map(|campaign| {
        // An account that is not in use and cannot be resolved: its campaigns are not selected.
        let appid = accounts.get(&campaign.account)?.appid.clone();
        let selected = folder.selected.contains(&campaign.name) && !skipped.contains(&campaign.account);
        Some(WantedCampaign { campaign, appid, selected })
    });
    let campaigns = campaigns.collect();
    accounts.retain(|name, _| !skipped.contains(name));
    let by_name = accounts.iter().map(|(name, account)| (name.clone(), wanted(account)));
    let wanted = Wanted { campaigns, accounts: by_name.collect(), retirement, ..Wanted::default() };
    Ok((wanted, accounts, folders, names))
}

/// Errors in full. Of warnings alone, as every verb but `check` tells them: which files have some.
fn mention(problems: &Problems, options: RenderOptions, messages: &mut Messages) {
    if options.all || problems.has_errors() {
        messages.problems(problems, options);
        return;
    }
    let mut files: BTreeMap<&Path, u64> = BTreeMap::new();
    for problem in problems {
        *files.entry(&problem.path).or_default() += 1;
    }
    for (path, warnings) in files {
        let them = if warnings == 1 { "it" } else { "them" };
        let warnings = counted(warnings, "warning");
        messages.text(format!("{warnings} in {}; `scenepress check` shows {them}\n", visible_path(path)));
    }
}

/// Resolves the accounts that selected campaigns use. Returns also those that cannot be used, with `--keep-going`: their
/// campaigns are skipped.
fn accounts(
    folder: &Folder,
    emulator: bool,
    request: Request<'_>,
    options: RenderOptions,
    problems: &mut Problems,
    messages: &mut Messages,
) -> Result<(BTreeMap<AccountName, ResolvedAccount>, BTreeSet<AccountName>), CliError> {
    let is_used = |name: &AccountName| folder.selected_campaigns().any(|campaign| campaign.account == *name);
    let resolve = |skipped: &BTreeSet<AccountName>| {
        let in_use = |name: &AccountName| !skipped.contains(name) && is_used(name);
        campaign::resolve_accounts(folder, &in_use, emulator, request.need, &settings::environment)
    };
    let mut skipped = BTreeSet::new();
    let mut resolved = resolve(&skipped);
    if let Err(mut faults) = resolved {
        skipped.extend(faults.iter().map(|fault| fault.account.clone()));
        let is_left = |name: &AccountName| !skipped.contains(name) && is_used(name);
        let may_go_on = request.keep_going && folder.accounts.keys().any(is_left);
        resolved = if may_go_on { resolve(&skipped) } else { Err(Vec::new()) };
        if let Err(more) = &resolved {
            // Two accounts with one appid: there is no telling which of them is meant.
            let is_new = |fault: &&AccountFault| !faults.contains(fault);
            let more: Vec<_> = more.iter().filter(is_new).cloned().collect();
            faults.extend(more);
        }
        messages.urgent_text(problems.add_account_faults(faults, options));
    }
    let resolved = resolved.map_err(|_| CliError::Credentials)?;
    for name in &skipped {
        let campaigns = folder.selected_campaigns().filter(|campaign| campaign.account == *name);
        let campaigns = named(campaigns.map(|campaign| campaign.name.as_str()).collect());
        let name = name.shown();
        messages.warning(format!("account {name} cannot be used, its campaigns are skipped: {campaigns}"));
    }
    resolved.warnings.into_iter().for_each(|warning| messages.note(warning));
    Ok((resolved.accounts, skipped))
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
    /// Whether a selected campaign bears the example mark.
    pub fn has_example(&self) -> bool {
        self.wanted.campaigns.iter().any(|wanted| wanted.selected && wanted.campaign.example)
    }

    /// Takes in what the command line permits of the campaigns' codes on paper.
    pub fn allow(&mut self, print: &PrintArgs) -> Result<(), CliError> {
        let known_names = &self.workspace.names;
        let named = |option: &str, names: &[String]| -> Result<BTreeSet<CampaignName>, CliError> {
            let known = |name: &String| {
                let known = known_names.iter().find(|known| known.as_str() == name).cloned();
                known.ok_or_else(|| {
                    let meant = campaign::similar(name, known_names.iter().map(CampaignName::as_str));
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
}

impl Workspace {
    /// The exit if everything else went well: 2 if campaigns were skipped.
    pub fn exit(&self) -> Exit {
        if self.problems.has_errors() { Exit::Usage } else { Exit::Done }
    }

    /// This machine, if the ledger is to remember it.
    pub fn host(&self) -> Option<Host> {
        settings::this_host().filter(|_| !self.folders.emulator)
    }

    /// The appids of the known accounts, and those under which the ledger has codes of these campaigns from before
    /// somebody changed an account.
    fn appids(&self, ledger: &SqliteLedger) -> Result<Vec<AppId>, CliError> {
        let mut appids: Vec<AppId> = self.accounts.values().map(|account| account.appid.clone()).collect();
        let names: HashSet<String> = self.names.iter().map(CampaignName::folded).collect();
        for (appid, campaign) in ledger.codes_of_others(&appids)? {
            if names.contains(&campaign.folded()) && !appids.contains(&appid) {
                appids.push(appid);
            }
        }
        Ok(appids)
    }

    /// What the ledger knows of these accounts.
    pub fn whole_history(&self, ledger: &SqliteLedger, now: Timestamp) -> Result<History, CliError> {
        Ok(ledger.history(&self.appids(ledger)?, beijing_date(now))?)
    }

    /// The same without the pictures whose files are gone: those have to be fetched again.
    pub fn history(&self, ledger: &SqliteLedger, now: Timestamp) -> Result<History, CliError> {
        let mut history = self.whole_history(ledger, now)?;
        let of_name = |name: OsString| name.to_str()?.strip_suffix(".jpg")?.parse::<Digest>().ok();
        let at_hand: HashSet<Digest> = fsio::file_names(&self.folders.pictures).filter_map(of_name).collect();
        history.keep_pictures(|digest| at_hand.contains(digest));
        Ok(history)
    }

    /// Refuses a ledger that these campaigns were not issued with, or an older copy of it.
    pub fn check_ledger(&self, ledger: Option<&SqliteLedger>) -> Result<(), UnfitLedger> {
        LedgerCheck { folders: &self.folders, names: &self.names }.check(ledger)
    }

    /// Opens the ledger for reading; `None` if there is none. Warns if a run would refuse it.
    pub fn open_ledger(&self, required: bool) -> Result<(Option<SqliteLedger>, Messages), CliError> {
        let ledger = engine::open_ledger(&self.folders.ledger, required)?;
        let mut messages = Messages::default();
        messages.refusal(self.check_ledger(ledger.as_ref()))?;
        Ok((ledger, messages))
    }

    /// Warns if a run would refuse the ledger because another machine wrote it last.
    pub fn check_host(&self, ledger: Option<&SqliteLedger>) -> Result<Messages, CliError> {
        let mut messages = Messages::default();
        messages.refusal(engine::check_host(&self.folders.ledger, ledger, self.host().as_ref()))?;
        Ok(messages)
    }
}

impl Messages {
    /// Warns of a refusal that a run would end with.
    fn refusal(&mut self, checked: Result<(), UnfitLedger>) -> Result<(), CliError> {
        match checked {
            Err(UnfitLedger::Unreadable(error)) => Err(error.into()),
            Err(unfit) => {
                self.warning(format!("`scenepress run` would refuse: {unfit}"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}
