//! What most verbs begin with: the campaign files read, the accounts resolved, the ledger checked.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsString;
use std::path::Path;

use jiff::Timestamp;

use super::args::{AllowArgs, OnlyArgs, PrintArgs, SourceArgs};
use super::exit::{CliError, Exit};
use super::output::{Terminal, tell};
use super::settings;
use crate::campaign::{self, AccountFault, Folder, Need, Problems, Reading, ResolvedAccount};
use crate::clock;
use crate::engine::{self, Folders, LedgerCheck};
use crate::fsio;
use crate::ledger::{self, Ledger, LedgerError, SqliteLedger};
use crate::model::{
    AccountName, AppId, CLOCK_WARNING, CampaignName, Digest, History, Hooks, beijing_date, counted,
    minute_text, named, off_by, visible, visible_path,
};
use crate::paper::PrintGate;
use crate::plan::{Retirement, Wanted, WantedAccount, WantedCampaign};

/// What came of reading the campaign files. What is wrong in them was told.
#[derive(Debug)]
pub struct Prepared {
    /// What a verb works with, or why it cannot.
    pub workspace: Result<Workspace, CliError>,
    /// The problems of the files.
    pub problems: Problems,
    /// The hooks; `None` if their file has problems.
    pub hooks: Option<Hooks>,
}

/// What the files, the options and the environment give.
#[derive(Debug)]
pub struct Workspace {
    /// What a plan is made from.
    pub wanted: Wanted,
    /// The accounts whose appid is known. Those of selected campaigns have all that is needed.
    pub accounts: BTreeMap<AccountName, ResolvedAccount>,
    /// Where files are.
    pub folders: Folders,
    /// Every campaign of the folder, also broken ones whose name is known.
    pub names: Vec<CampaignName>,
}

/// The exit if everything else went well: 2 if files have problems.
pub fn exit_of_files(problems: &Problems) -> Exit {
    if problems.has_errors() { Exit::Usage } else { Exit::Done }
}

/// Reads campaign files and resolves their accounts.
pub fn prepare(source: &SourceArgs, need: Need, terminal: Terminal) -> Prepared {
    let Reading { mut folder, mut problems } = campaign::read(&source.paths.paths);
    let hooks = folder.hooks.take();
    let workspace = resolve(folder, &mut problems, source, need, terminal);
    Prepared { workspace, problems, hooks }
}

fn resolve(
    folder: Folder,
    problems: &mut Problems,
    source: &SourceArgs,
    need: Need,
    terminal: Terminal,
) -> Result<Workspace, CliError> {
    mention(problems, source.paths.all, terminal);
    if problems.has_errors() && (!source.keep_going || folder.selected.is_empty()) {
        return Err(CliError::Problems);
    }
    for broken in folder.broken.iter().filter(|broken| broken.selected) {
        terminal.warning(&format!("{} has problems and is skipped", broken.path.display()));
    }
    let folders = settings::folders(&source.store.ledger, &source.store.output, &settings::environment)?;
    let all_read = folder.broken.is_empty() && !problems.has_errors();
    let (mut accounts, skipped) = accounts(&folder, source, need, problems, terminal)?;
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
    Ok(Workspace { wanted, accounts, folders, names })
}

/// Tells errors in full. Of warnings alone it tells only which files have some, as every verb but `check` does.
fn mention(problems: &Problems, all: bool, terminal: Terminal) {
    if all || problems.has_errors() {
        return terminal.problems(problems, all);
    }
    let mut files: BTreeMap<&Path, u64> = BTreeMap::new();
    for problem in problems.iter() {
        *files.entry(&problem.path).or_default() += 1;
    }
    for (path, warnings) in files {
        let them = if warnings == 1 { "it" } else { "them" };
        let warnings = counted(warnings, "warning");
        terminal.say(&format!("{warnings} in {}; `scenepress check` shows {them}", visible_path(path)));
    }
}

/// Resolves the accounts that selected campaigns use. Returns also those that cannot be used, with `--keep-going`: their
/// campaigns are skipped.
fn accounts(
    folder: &Folder,
    source: &SourceArgs,
    need: Need,
    problems: &mut Problems,
    terminal: Terminal,
) -> Result<(BTreeMap<AccountName, ResolvedAccount>, BTreeSet<AccountName>), CliError> {
    let emulator = source.store.ledger.emulator;
    let is_used = |name: &AccountName| folder.selected_campaigns().any(|campaign| campaign.account == *name);
    let resolve = |skipped: &BTreeSet<AccountName>| {
        let in_use = |name: &AccountName| !skipped.contains(name) && is_used(name);
        campaign::resolve_accounts(folder, &in_use, emulator, need, &settings::environment)
    };
    let mut skipped = BTreeSet::new();
    let mut resolved = resolve(&skipped);
    if let Err(mut faults) = resolved {
        skipped.extend(faults.iter().map(|fault| fault.account.clone()));
        let is_left = |name: &AccountName| !skipped.contains(name) && is_used(name);
        let may_go_on = source.keep_going && folder.accounts.keys().any(is_left);
        resolved = if may_go_on { resolve(&skipped) } else { Err(Vec::new()) };
        if let Err(more) = &resolved {
            // Two accounts with one appid: there is no telling which of them is meant.
            let is_new = |fault: &&AccountFault| !faults.contains(fault);
            let more: Vec<_> = more.iter().filter(is_new).cloned().collect();
            faults.extend(more);
        }
        tell(&problems.add_account_faults(faults, terminal.render_options(source.paths.all)));
    }
    let resolved = resolved.map_err(|_| CliError::Credentials)?;
    for name in &skipped {
        let campaigns = folder.selected_campaigns().filter(|campaign| campaign.account == *name);
        let campaigns = named(campaigns.map(|campaign| campaign.name.as_str()));
        let name = name.shown();
        terminal.warning(&format!("account {name} cannot be used, its campaigns are skipped: {campaigns}"));
    }
    resolved.warnings.iter().for_each(|warning| terminal.note(warning));
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

impl Workspace {
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

    /// Limits what is planned to these codes, and lifts these limits.
    pub fn limit(&mut self, only: &OnlyArgs, allow: &AllowArgs) {
        self.wanted.only = only.only();
        self.wanted.allowed.clone_from(&allow.allow);
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

    /// What the ledger knows of these accounts; nothing if there is none.
    pub fn whole_history(&self, ledger: Option<&SqliteLedger>, now: Timestamp) -> Result<History, CliError> {
        let Some(ledger) = ledger else { return Ok(History::empty()) };
        Ok(ledger.history(&self.appids(ledger)?, beijing_date(now))?)
    }

    /// The same without the pictures whose files are gone: those have to be fetched again.
    pub fn history(&self, ledger: Option<&SqliteLedger>, now: Timestamp) -> Result<History, CliError> {
        let mut history = self.whole_history(ledger, now)?;
        let of_name = |name: OsString| name.to_str()?.strip_suffix(".jpg")?.parse::<Digest>().ok();
        let at_hand: HashSet<Digest> = fsio::file_names(&self.folders.pictures).filter_map(of_name).collect();
        history.keep_pictures(|digest| at_hand.contains(digest));
        Ok(history)
    }

    /// Warns of a ledger that was written after this machine's time, whatever instant is asked about. A rehearsal may
    /// have moved its time.
    pub fn warn_of_clock(&self, history: &History, terminal: Terminal) {
        let now = clock::now();
        let after = history.ledger_at.map(|at| (at, at.duration_since(now)));
        let Some((at, after)) = after.filter(|(_, after)| *after >= CLOCK_WARNING) else { return };
        if !self.folders.emulator {
            let ledger = visible_path(&self.folders.ledger);
            let (at, now, after) = (minute_text(at), minute_text(now), off_by(after));
            terminal.warning(&format!(
                "{ledger} was last written at {at}, {after} after this machine's time ({now}): its clock was set back, or another machine's is ahead; `scenepress doctor` compares it with the platform's"
            ));
        }
    }

    /// Refuses a ledger in the folder of a campaign's bundle, which each bundle replaces, or in its place.
    pub fn check_folders(&self) -> Result<(), CliError> {
        let ledger = &self.folders.ledger;
        let beside = ledger.canonicalize().unwrap_or_else(|_| ledger.clone());
        for folder in self.names.iter().map(|name| self.folders.campaign(name)) {
            ledger::check_target(ledger, &folder)?;
            if beside.parent().is_some_and(|beside| fsio::same_file(beside, &folder)) {
                let (ledger, folder) = (visible_path(ledger), visible_path(&folder));
                return Err(CliError::Usage(format!(
                    "the ledger {ledger} lies in {folder}, which each bundle replaces: name another place with --ledger"
                )));
            }
        }
        Ok(())
    }

    /// What tells a ledger that these campaigns were not issued with, or an older copy of it.
    pub fn ledger_check(&self) -> LedgerCheck<'_> {
        LedgerCheck { folders: &self.folders, names: &self.names, meets_platform: self.meets_platform() }
    }

    /// Whether an account of a selected campaign is the platform's.
    pub fn meets_platform(&self) -> bool {
        let mut selected = self.wanted.campaigns.iter().filter(|wanted| wanted.selected);
        selected.any(|wanted| {
            let account = self.wanted.accounts.get(&wanted.campaign.account);
            account.is_some_and(|account| !account.is_loopback)
        })
    }

    /// Opens the ledger for reading; `None` if there is none. Warns if a run would refuse it.
    pub fn open_ledger(&self, required: bool, terminal: Terminal) -> Result<Option<SqliteLedger>, CliError> {
        let ledger = engine::open_ledger(&self.folders.ledger, required)?;
        warn_of_refusal(self.ledger_check().check(ledger.as_ref()), terminal)?;
        Ok(ledger)
    }

    /// Warns if a run would refuse the ledger because another machine wrote it last.
    pub fn check_host(&self, ledger: Option<&SqliteLedger>, terminal: Terminal) -> Result<(), CliError> {
        let host = settings::host(self.folders.emulator);
        warn_of_refusal(engine::check_host(&self.folders.ledger, ledger, host.as_ref()), terminal)
    }
}

/// Warns of a refusal that a run would end with.
fn warn_of_refusal(checked: Result<(), LedgerError>, terminal: Terminal) -> Result<(), CliError> {
    match checked {
        Err(error) if error.kind.is_refusal() => {
            terminal.warning(&format!("`scenepress run` would refuse: {}", error.one_line()));
            Ok(())
        }
        checked => Ok(checked?),
    }
}
