//! Pictures that are not what they should be, and quotas of a minute. What fails is tried again with growing pauses,
//! so these runs go by a faster clock: the engine itself, in the test's own process, and the report of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use scenepress::campaign;
use scenepress::clock;
use scenepress::engine::{self, AccountSession, Event, Folders, Job, Monitor, RunSummary, Silent};
use scenepress::exit::{Exit, Stop};
use scenepress::ledger::{Ledger, RunLock, SqliteLedger};
use scenepress::model::{AppId, AppSecret, beijing_date};
use scenepress::pace::{DayCount, Pacer};
use scenepress::plan::{BundleState, Consent, Plan, Retirement, Wanted, WantedAccount, WantedCampaign};
use scenepress::view::{self, RunTextOptions};
use scenepress::wechat::{Client, Http};

use super::support::{APPID, Kind, Log, Platform, Project, SECRET, Verdict};

/// So often the clock moves on, unless the platform has an answer to give.
const TICK: Duration = Duration::from_millis(5);
/// So far.
const STEP: Duration = Duration::from_millis(200);

/// Moves the clock for ever. While a blocking task runs it does not move by itself.
async fn hurry(platform: Log) {
    tokio::time::pause();
    loop {
        let tick = tokio::task::spawn_blocking(|| std::thread::park_timeout(TICK));
        tick.await.expect("a thread");
        if platform.is_idle() {
            platform.step();
            tokio::time::advance(STEP).await;
        }
    }
}

/// Carries out what `scenepress run` would.
fn run(project: &Project, platform: Log) -> RunSummary {
    run_shown(project, platform, Arc::new(Silent))
}

/// The same, and who is told.
fn run_shown(project: &Project, platform: Log, monitor: Arc<dyn Monitor>) -> RunSummary {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let now = clock::now();
    let appid = AppId::new(APPID).expect("an appid");
    let folder = campaign::read(&[project.path("campaigns")]).folder;
    let account = folder.accounts.values().next().expect("an account").clone();
    let campaigns = folder.campaigns.into_iter();
    let campaigns =
        campaigns.map(|campaign| WantedCampaign { campaign, appid: appid.clone(), selected: true }).collect();
    let wanted = WantedAccount {
        appid: appid.clone(),
        rate: account.rate,
        daily_quota: account.daily_quota,
        permanents_used_elsewhere: 0,
        is_loopback: true,
    };
    let accounts = BTreeMap::from([(account.name.clone(), wanted)]);
    let retirement = Retirement::Folder;
    let wanted = Wanted { campaigns, accounts, retirement, ..Wanted::default() };
    let path = project.path("output/ledger.sqlite");
    let lock = RunLock::acquire(&path, now).expect("the lock");
    let ledger = SqliteLedger::open_write(&lock).expect("a ledger");
    let folders = Folders::new(path.clone(), project.path("output"), false);
    std::fs::create_dir_all(&folders.pictures).expect("a folder");
    let history = ledger.history(std::slice::from_ref(&appid), beijing_date(now)).expect("a history");
    let plan = Plan::make(&wanted, &history, now).approve(Consent::Granted).expect("approved");
    let summary = runtime.block_on(async {
        let clock = tokio::spawn(hurry(platform));
        let session = AccountSession::new(
            account.name.clone(),
            appid.clone(),
            Client::new(Http::new(), &account, appid, AppSecret::new(SECRET)),
            Pacer::new(account.rate),
            Pacer::new(account.rate),
            DayCount::new(beijing_date(now), 0, account.daily_quota),
        );
        let (_sender, stop) = Stop::new();
        let job = Job {
            plan,
            history,
            ledger,
            sessions: vec![session],
            folders,
            allow_partial: false,
            for_platform: false,
            monitor,
            stop,
        };
        let (summary, ledger) = engine::run(job).await;
        clock.abort();
        ledger.finish().expect("a checkpoint");
        summary
    });
    drop(lock);
    summary
}

#[test]
fn pictures_that_are_none_or_another_codes_never_reach_a_bundle() {
    let platform = Platform::start();
    let text = "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]";
    let project = Project::new(&platform).campaign("metro.yaml", text);
    project.expect(&["run"], 0);
    let before = project.bundle("metro");
    let picture = |scene: &str| before.files[&before.row(scene)["image"]].clone();
    let (another, whole) = (picture("1"), picture("2"));

    project.write("campaigns/metro.yaml", text.replace("1..3", "1..9"));
    let log = platform.log();
    let cut = whole.len() / 2;
    platform.rule(move |asked| match (asked.kind, log.scene_of(&asked.ticket()).as_deref()) {
        (Kind::Picture, Some("id 4")) => Verdict::Answer(404, "text/plain", Vec::new()),
        (Kind::Picture, Some("id 5")) => Verdict::body("text/html", b"<html>sorry</html>"),
        (Kind::Picture, Some("id 6")) => Verdict::body("image/jpg", &whole[..cut]),
        (Kind::Picture, Some("id 7")) => Verdict::body("image/jpg", &another),
        (Kind::Picture, Some("id 8")) => Verdict::body("image/jpg", b""),
        _ => Verdict::Pass,
    });
    let summary = run(&project, platform.log());
    assert_eq!(summary.exit(), Exit::Failed);
    assert_eq!(summary.exit().code(), 3);
    let metro = &summary.campaigns[0];
    let stages: Vec<(String, &str)> =
        metro.failed.iter().map(|code| (code.scene.to_string(), code.failure.stage.as_str())).collect();
    let expected = [("4", "fetch"), ("5", "fetch"), ("6", "verify"), ("7", "verify"), ("8", "fetch")];
    assert_eq!(stages, expected.map(|(scene, stage)| (scene.to_owned(), stage)));
    assert_eq!((metro.bundle.state, metro.bundle.revision), (BundleState::Stale, Some(1)));
    let pictures = platform.asked().into_iter().filter(|asked| asked.kind == Kind::Picture);
    let of_seven =
        pictures.filter(|asked| platform.log().scene_of(&asked.ticket()).as_deref() == Some("id 7"));
    assert_eq!(of_seven.count(), 4, "fetched again within its budget, and no further");
    let said = view::run_text(&summary, RunTextOptions::default());
    assert!(said.contains("metro: 1 created, 5 failed, 3 unchanged"), "{said}");
    assert!(said.contains("was not replaced: scene 4 failed, and 4 others"), "{said}");
    assert_eq!(project.bundle("metro").sha256, before.sha256);
    assert_eq!(project.read("output/metro/manifest.csv"), before.files["manifest.csv"]);

    platform.behave();
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), 9, "the tickets were kept: only pictures are fetched");
    let after = project.bundle("metro");
    assert_eq!((after.rows().len(), after.revision()), (9, 2));
    assert_eq!(after.row("7")["url"], platform.url_of("id 7"));
    project.expect(&["verify", "output/metro/metro.zip"], 0);
}

/// Keeps the events.
#[derive(Default)]
struct Kept(Mutex<Vec<Event>>);

impl Monitor for Kept {
    fn event(&self, _at: Timestamp, event: &Event) {
        self.0.lock().expect("a lock").push(event.clone());
    }
}

#[test]
fn pictures_that_are_wrong_code_after_code_stop_the_account_after_thirty() {
    let platform = Platform::start();
    let text = "expires: 30d\ncodes: [{scenes: 1..400, channel: \"Exit {n}\"}]";
    let project = Project::with_account(&platform, "  rate: 10/s\n").campaign("metro.yaml", text);
    platform.rule(|asked| match asked.kind {
        Kind::Picture => Verdict::body("image/jpg", b"no picture at all"),
        _ => Verdict::Pass,
    });
    let summary = run(&project, platform.log());
    assert_eq!(summary.exit(), Exit::Failed);
    let metro = &summary.campaigns[0];
    let said = "30 codes in a row failed in the same way, so nothing more was tried (run again later, and if it goes on \
                check `image_url`); the last: not a JPEG: ";
    assert!(metro.message.starts_with(said), "{}", metro.message);
    assert!((30..=60).contains(&metro.failed.len()), "{}", metro.failed.len());
    let (calls, pictures) = (platform.count(Kind::Create), platform.count(Kind::Picture));
    assert!(calls <= 100, "{calls} calls");
    assert!(pictures <= 4 * 60, "{pictures} requests for pictures");
    let said = view::run_text(&summary, RunTextOptions::default());
    assert!(said.contains("there is no bundle yet: its account was stopped, see below"), "{said}");
    assert!(said.contains("\nAccount default: 30 codes in a row failed in the same way"), "{said}");
}

#[test]
fn an_account_without_a_platform_is_told_once_and_no_scene_is_to_blame() {
    let platform = Platform::start();
    let text = "expires: 30d\ncodes: [{scenes: 1..60, channel: \"Exit {n}\"}]";
    let project = Project::new(&platform).campaign("metro.yaml", text);
    let (log, url) = (platform.log(), platform.url().to_owned());
    drop(platform);
    let kept = Arc::new(Kept::default());
    let summary = run_shown(&project, log, Arc::<Kept>::clone(&kept));
    let refused = format!("{url} could not be reached: Connection refused (os error 111)");
    let metro = &summary.campaigns[0];
    assert_eq!(metro.message, format!("no success for 3 min, so nothing more was tried: {refused}"));
    assert_eq!((summary.exit(), metro.failed.len(), metro.not_tried), (Exit::Failed, 0, 60));
    let events = kept.0.lock().expect("a lock");
    let first = events.iter().find(|event| !matches!(event, Event::Started { .. })).expect("an event");
    let Event::AccountTrouble { message, patience, .. } = first else { panic!("{first:?}") };
    assert_eq!((message, patience.as_secs()), (&refused, 180));
    let count = |is: fn(&&Event) -> bool| events.iter().filter(is).count();
    assert_eq!(count(|event| matches!(event, Event::AccountTrouble { .. })), 1);
    assert_eq!(count(|event| matches!(event, Event::AccountStopped { .. })), 1);
    assert_eq!(count(|event| matches!(event, Event::Failed { .. })), 0);
}

#[test]
fn a_platform_that_cannot_be_reached_fails_no_code_and_what_was_done_stays() {
    let platform = Platform::start();
    let text = "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]";
    let project = Project::new(&platform).campaign("metro.yaml", text);
    project.expect(&["run"], 0);
    let before = project.output();
    project.write("campaigns/metro.yaml", text.replace("1..3", "1..5"));
    let log = platform.log();
    drop(platform);
    let summary = run(&project, log);
    assert_eq!(summary.exit().code(), 3);
    assert_eq!(summary.accounts[0].calls.made, 0, "no access token: no call was sent");
    assert_eq!(project.output()["output/metro/metro.zip"], before["output/metro/metro.zip"]);
}

#[test]
fn a_spent_minute_quota_of_access_tokens_is_waited_for() {
    for errcode in [45009, 45011] {
        let platform = Platform::start();
        let project = Project::new(&platform)
            .campaign("metro.yaml", "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]");
        let log = platform.log();
        // Refused for one second, which every pause lasts at least.
        platform.rule(move |asked| match asked.kind {
            Kind::Token if log.steps() < 5 => Verdict::error(errcode),
            _ => Verdict::Pass,
        });
        let summary = run(&project, platform.log());
        assert_eq!(summary.exit(), Exit::Done, "{summary:?}");
        assert!(platform.count(Kind::Token) <= 2, "one a minute");
    }
}

#[test]
fn a_spent_minute_quota_is_waited_for_and_no_code_is_lost() {
    let platform = Platform::with(|settings| settings.seed = 3);
    let project = Project::new(&platform)
        .campaign("metro.yaml", "expires: 30d\ncodes: [{scenes: 1..40, channel: \"Exit {n}\"}]");
    platform.rule(|asked| match (asked.kind, asked.number) {
        (Kind::Create, 11..=20) => Verdict::error(45011),
        _ => Verdict::Pass,
    });
    let summary = run(&project, platform.log());
    assert_eq!(summary.exit(), Exit::Done, "{summary:?}");
    assert_eq!(summary.accounts[0].calls.made, 50);
    assert_eq!(project.bundle("metro").rows().len(), 40);
}

#[test]
fn a_picture_too_small_to_be_printed_never_reaches_a_bundle() {
    // 41 modules with the quiet zone, two pixels each.
    let platform = Platform::with(|settings| settings.picture_side = 82);
    let text = "expires: 30d\ncodes: [{scenes: 1..2, channel: \"Exit {n}\"}]";
    let project = Project::new(&platform).campaign("metro.yaml", text);
    let summary = run(&project, platform.log());
    assert_eq!(summary.exit(), Exit::Failed);
    let failure = &summary.campaigns[0].failed[0].failure;
    assert_eq!(failure.stage.as_str(), "verify");
    let words = "its QR code has 2.0 pixels a module; at least 3 are needed";
    assert!(failure.message.contains(words), "{}", failure.message);
    assert!(!project.path("output/metro/metro.zip").exists());
}
