//! A run in this process, from the campaign files to the bundle: it calls what `scenepress run` calls, and leaves out
//! options, prompts and progress. On a runtime whose clock is paused, waiting takes no time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use scenepress::campaign;
use scenepress::clock;
use scenepress::engine::{self, AccountSession, Folders, Job, Monitor, RunSummary, Silent};
use scenepress::exit::Stop;
use scenepress::fsio;
use scenepress::ledger::{Ledger, RunLock, SqliteLedger};
use scenepress::model::{Account, AccountName, AppId, AppIdSource, AppSecret, Campaign, beijing_date};
use scenepress::pace::{DayCount, Pacer};
use scenepress::plan::{ApprovedPlan, Consent, Plan, Retirement, Wanted, WantedAccount, WantedCampaign};
use scenepress::wechat::{Client, Http};

/// What a night works with.
pub struct Night {
    /// Holds `campaigns/`; `output/` is made in it.
    pub folder: PathBuf,
    /// The secret of every account. Their appids stand in `accounts.yaml`.
    pub secret: &'static str,
    pub monitor: Arc<dyn Monitor>,
    pub stop: Stop,
}

impl Night {
    /// Nobody watches, nobody stops it.
    pub fn new(folder: &Path, secret: &'static str) -> Self {
        let (_sender, stop) = Stop::new();
        Self { folder: folder.to_owned(), secret, monitor: Arc::new(Silent), stop }
    }

    /// One run, to its summary.
    pub async fn run(self) -> RunSummary {
        let (summary, ledger) = self.run_on(|ledger| ledger).await;
        ledger.finish().expect("a checkpoint");
        summary
    }

    /// One run whose ledger is in a wrapping of the test's.
    pub async fn run_on<L>(self, wrap: impl FnOnce(SqliteLedger) -> L) -> (RunSummary, L)
    where
        L: Ledger + Send + 'static,
    {
        let now = clock::now();
        let (wanted, accounts) = self.wanted();
        let output = self.folder.join("output");
        let ledger_path = output.join("ledger.sqlite");
        let folders = Folders::new(ledger_path.clone(), output, false);
        fsio::create_folder(&folders.pictures).expect("a folder");
        let lock = lock(&ledger_path, now);
        let ledger = SqliteLedger::open_write(&lock).expect("a ledger");
        fsio::remove_leftovers(&folders.output);
        fsio::remove_leftovers(&folders.pictures);
        let appids: Vec<AppId> = wanted.accounts.values().map(|account| account.appid.clone()).collect();
        let history = ledger.history(&appids, beijing_date(now)).expect("history");
        let plan = Plan::make(&wanted, &history, now).approve(Consent::Granted).expect("consent was given");
        let sessions = sessions(&plan, &accounts, self.secret);
        engine::run(Job {
            plan,
            history,
            ledger: wrap(ledger),
            sessions,
            folders,
            allow_partial: false,
            for_platform: false,
            monitor: self.monitor,
            stop: self.stop,
        })
        .await
    }

    fn wanted(&self) -> (Wanted, BTreeMap<AccountName, Account>) {
        let reading = campaign::read(&[self.folder.join("campaigns")]);
        assert!(!reading.problems.has_errors(), "the campaigns have problems: {:?}", reading.problems);
        let folder = reading.folder;
        let accounts = folder.accounts.values().map(|account| {
            let wanted = WantedAccount {
                appid: appid(account),
                rate: account.rate,
                daily_quota: account.daily_quota,
                permanents_used_elsewhere: 0,
                is_loopback: account.is_loopback(),
            };
            (account.name.clone(), wanted)
        });
        let accounts = accounts.collect();
        let campaign = |campaign: Campaign| {
            let appid = appid(&folder.accounts[&campaign.account]);
            WantedCampaign { campaign, appid, selected: true }
        };
        let campaigns = folder.campaigns.into_iter().map(campaign).collect();
        let retirement = Retirement::Folder;
        (Wanted { campaigns, accounts, retirement, ..Wanted::default() }, folder.accounts)
    }
}

/// The lock. Another test's child may still have it for the moment between its fork and its start.
fn lock(ledger: &Path, now: Timestamp) -> RunLock {
    loop {
        match RunLock::acquire(ledger, now) {
            Err(held) if held.message == "another run holds the lock" => std::thread::yield_now(),
            lock => return lock.expect("the lock"),
        }
    }
}

fn appid(account: &Account) -> AppId {
    match &account.appid {
        AppIdSource::Literal(appid) => appid.clone(),
        AppIdSource::Variable(name) => panic!("the appid stands in {name}"),
    }
}

fn sessions(
    plan: &ApprovedPlan,
    accounts: &BTreeMap<AccountName, Account>,
    secret: &str,
) -> Vec<AccountSession> {
    let session = |planned: &scenepress::plan::AccountPlan| {
        let account = &accounts[&planned.name];
        let client = Client::new(Http::new(), account, planned.appid.clone(), AppSecret::new(secret));
        let day = DayCount::new(plan.plan().today(), planned.calls.used_today, planned.calls.daily_quota);
        let pacer = || Pacer::new(planned.rate);
        AccountSession::new(planned.name.clone(), planned.appid.clone(), client, pacer(), pacer(), day)
    };
    plan.plan().accounts.iter().map(session).collect()
}
