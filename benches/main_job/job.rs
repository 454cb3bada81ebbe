//! The whole run, from the campaign files to the bundle, through the library: in this process, as its floor is.
//!
//! It calls what `scenepress run` calls. Only options, prompts and progress are left out.

use std::sync::Arc;

use scenepress::campaign;
use scenepress::clock;
use scenepress::engine::{self, AccountSession, Folders, Job, Silent};
use scenepress::exit::{Exit, Stop};
use scenepress::fsio;
use scenepress::ledger::{Ledger, RunLock, SqliteLedger};
use scenepress::model::{AppId, AppSecret, beijing_date};
use scenepress::pace::{DayCount, Pacer};
use scenepress::plan::{Consent, Plan, Retirement, Wanted, WantedAccount, WantedCampaign};
use scenepress::wechat::{Client, Http};

use crate::folder::Folder;
use crate::platform::{APPID, SECRET};

/// Carries out a folder's campaign and checks that all of it is done.
pub async fn run(folder: &Folder) {
    let now = clock::now();
    let reading = campaign::read(&[folder.campaigns()]);
    assert!(!reading.problems.has_errors(), "the campaign has problems");
    let appid = AppId::new(APPID).expect("an appid");
    let account = reading.folder.accounts.values().next().expect("the account").clone();
    let wanted_account = WantedAccount {
        appid: appid.clone(),
        rate: account.rate,
        daily_quota: account.daily_quota,
        permanents_used_elsewhere: 0,
        is_loopback: account.is_loopback(),
    };
    let campaign = |campaign| WantedCampaign { campaign, appid: appid.clone(), selected: true };
    let wanted = Wanted {
        campaigns: reading.folder.campaigns.into_iter().map(campaign).collect(),
        accounts: [(account.name.clone(), wanted_account)].into(),
        retirement: Retirement::Folder,
        ..Wanted::default()
    };

    let output = folder.path().join("output");
    let ledger_path = output.join("ledger.sqlite");
    let folders = Folders::new(output.join("ledger.sqlite"), output.clone(), false);
    fsio::create_folder(&folders.pictures).expect("a folder");
    let lock = RunLock::acquire(&ledger_path, now).expect("the lock");
    let ledger = SqliteLedger::open_write(&lock).expect("a ledger");
    let history = ledger.history(std::slice::from_ref(&appid), beijing_date(now)).expect("history");
    let plan = Plan::make(&wanted, &history, now).approve(Consent::Granted).expect("nothing permanent");

    let client = Client::new(Http::new(), &account, appid.clone(), AppSecret::new(SECRET));
    let pacer = || Pacer::new(account.rate);
    let day = DayCount::new(beijing_date(now), 0, account.daily_quota);
    let session = AccountSession::new(account.name.clone(), appid, client, pacer(), pacer(), day);
    let (_sender, stop) = Stop::new();
    let job = Job {
        plan,
        history,
        ledger,
        sessions: vec![session],
        folders,
        allow_partial: false,
        for_platform: false,
        monitor: Arc::new(Silent),
        stop,
    };
    let (summary, ledger) = engine::run(job).await;
    ledger.finish().expect("a checkpoint");
    assert_eq!(summary.exit(), Exit::Done);
    assert_eq!(summary.accounts[0].calls.made, u64::from(folder.codes()));
}
