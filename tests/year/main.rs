//! A year of nights on a simulated clock: forty campaigns, three accounts, lifetimes from 4 to 30 days, files that
//! change, nights that fail. Its figures are printed.
#![allow(clippy::disallowed_methods, reason = "tests read and write files as users do")]

mod ledger;
mod world;

#[path = "../support/night.rs"]
#[allow(dead_code, reason = "each test binary uses its part of it")]
mod night;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use scenepress::clock;
use scenepress::emulator::{self, Emulator, Settings, read_faults};
use scenepress::engine::{CampaignSummary, RunSummary, Silent};
use scenepress::exit::{Exit, Signal, Stop};
use scenepress::model::beijing_date;

use ledger::Ledger;
use night::Night;
use world::{ACCOUNTS, World};

const NIGHTS: u32 = 365;
/// Calls that one account may make a day.
const DAILY_QUOTA: u64 = 50;
/// A code that is new waits at most so many nights for its first ticket: there are nights that fail, and days when
/// more comes than a night may make.
const PATIENCE: i32 = 6;
const SECRET: &str = "5ec4e7-0123456789abcdef0123456789";

#[derive(Debug, Default)]
struct Figures {
    nights: u32,
    ended: BTreeMap<&'static str, u32>,
    /// Codes that were looked at, at noon.
    seen_at_noon: u64,
    /// The same, in the bundles that lay there.
    seen_in_bundles: u64,
    /// Those of them that were dead, in bundles of campaigns that could not be made whole last night.
    dead_in_kept_bundles: u64,
    created: u64,
    renewed: u64,
    relabelled: u64,
    retired: u64,
    /// The most calls that an account made in one day.
    busiest: u64,
}

/// How the last nights went, told where the year fails.
#[derive(Default)]
struct Diary(Vec<String>);

impl Diary {
    fn note(&mut self, summary: &RunSummary) {
        let calls: Vec<u64> = summary.accounts.iter().map(|account| account.calls.made).collect();
        let mut text = format!("{}: {:?}, calls {calls:?}", today(), summary.exit());
        for campaign in summary.campaigns.iter().filter(|campaign| campaign.exit != Exit::Done) {
            let CampaignSummary { name, exit, message, not_tried, .. } = campaign;
            let _ = write!(text, "\n  {name}: {exit:?}, {not_tried} not tried, {message}");
        }
        self.0.push(text);
    }
}

impl Drop for Diary {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.iter().rev().take(10).rev().for_each(|night| println!("{night}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_year_of_nights_leaves_no_code_dead_at_noon() {
    // Two in the morning, Beijing time.
    clock::simulate("2026-11-21T18:00:00Z".parse().expect("an instant"));
    let began = clock::now();
    let emulator = emulator::start(settings(), 0).await.expect("a port");
    // The disk is not what is tested here.
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let folder = folder.expect("a folder");
    let mut world = World::new(today());
    let (mut figures, mut diary) = (Figures::default(), Diary::default());
    for number in 0..NIGHTS {
        world.write(&folder.path().join("campaigns"), &accounts(&emulator.url()));
        let summary = night(folder.path(), &emulator, &mut world, number).await;
        figures.note(&summary);
        diary.note(&summary);
        emulator.clear_faults();

        wait_until(began + Duration::from_hours(u64::from(number) * 24 + 10)).await;
        let output = folder.path().join("output");
        look(&world, &Ledger::open(&output.join("ledger.sqlite")), &mut figures);
        look_at_bundles(&summary, &world, &output, &mut figures);
        wait_until(began + Duration::from_hours(u64::from(number) * 24 + 20)).await;
        world.change(today());
        wait_until(began + Duration::from_hours(u64::from(number) * 24 + 24)).await;
    }
    let ledger = Ledger::open(&folder.path().join("output/ledger.sqlite"));
    let counters = emulator.counters();
    assert_eq!(counters.errors.get(&45009), None, "the platform's limit was never met");
    assert_eq!(counters.permanent_scenes, ledger.permanent_codes(), "no permanent code made twice or lost");
    let given = counters.temporary_codes + counters.permanent_codes;
    let (generations, calls) = (ledger.generations(), ledger.calls());
    assert!(generations <= given && given <= calls, "{generations} on record, {given} given, {calls} calls");
    assert_eq!(generations, ledger.newest_numbers(), "generations add up: 1, 2, 3 … for each code");
    // Past the test harness, which would keep it to itself where all is well.
    let mut stderr = std::io::stderr().lock();
    let told =
        writeln!(stderr, "{figures:#?}\n{generations} generations, {given} codes given, {calls} calls");
    told.expect("stderr");
}

fn settings() -> Settings {
    let account = |name: &str| (format!("wx-{name}"), SECRET.to_owned());
    Settings {
        accounts: ACCOUNTS.map(account).to_vec(),
        daily_limit: DAILY_QUOTA,
        picture_side: 123,
        url_prefix: "http://weixin.qq.com/q/02",
        ..Settings::default()
    }
}

fn accounts(url: &str) -> String {
    let account = |name: &str| {
        format!(
            "{name}:\n  appid: wx-{name}\n  secret: ${{SECRET}}\n  api_url: {url}\n  image_url: {url}\n  rate: 10/s\n  daily_quota: {DAILY_QUOTA}\n"
        )
    };
    ACCOUNTS.map(account).concat()
}

/// One night: most are good, some are what nights can be. No two in a row fail.
async fn night(folder: &Path, emulator: &Emulator, world: &mut World, number: u32) -> RunSummary {
    let add = |fault: &str| emulator.add_fault(read_faults(fault).expect("a fault").remove(0));
    let trouble = if number.is_multiple_of(2) { world.dice.below(10) } else { 10 };
    let mut signal_after = None;
    match trouble {
        0 => drop(add("{at: token, reset: before}")),
        1 => drop(add("{at: create, after: 3, hang: after}")),
        2 => drop(add("{at: picture, status: 503}")),
        3 => drop(add("{at: create, probability: 0.2, errcode: -1}")),
        4 => drop(add("{at: token, appid: wx-north, errcode: 40164}")),
        5 => drop(add("{at: create, nth: 4, access_token: superseded}")),
        6 => signal_after = Some(Duration::from_millis(300 + world.dice.below(1500))),
        _ => {}
    }
    let (sender, stop) = Stop::new();
    let night =
        Night { folder: folder.to_owned(), secret: SECRET, monitor: std::sync::Arc::new(Silent), stop };
    let signal = async {
        if let Some(after) = signal_after {
            clock::sleep(after).await;
            sender.send_replace(Some(Signal::Terminate));
        }
    };
    tokio::join!(night.run(), signal).0
}

async fn wait_until(instant: Timestamp) {
    let left = instant.duration_since(clock::now());
    clock::sleep(Duration::try_from(left).expect("a night takes less than a day")).await;
}

fn today() -> Date {
    beijing_date(clock::now())
}

/// At noon: whatever was issued and should live lives, and nothing new waits for long.
fn look(world: &World, ledger: &Ledger, figures: &mut Figures) {
    let now = clock::now();
    let today = today();
    let codes = ledger.codes();
    for (name, campaign) in &world.campaigns {
        if campaign.until.is_some_and(|until| until < today) {
            continue;
        }
        for (scene, code) in &campaign.codes {
            figures.seen_at_noon += 1;
            let key = (format!("wx-{}", ACCOUNTS[campaign.account]), *scene);
            if let Some(newest) = codes.get(&key) {
                let lives = newest.expires_at.is_none_or(|dies_at| now.as_second() < dies_at);
                assert!(lives, "scene {scene} of {name} is dead on {today}: {newest:?}, {code:?}");
            } else {
                let waits = (today - code.added).get_days();
                assert!(waits < PATIENCE, "scene {scene} of {name} waits since {}", code.added);
            }
        }
    }
    figures.busiest = figures.busiest.max(ledger.busiest_day());
    assert!(figures.busiest <= DAILY_QUOTA, "{} calls in a day", figures.busiest);
}

/// At noon: whatever a bundle has of the codes of today lives, where last night left its campaign done. One that was
/// not keeps the bundle of a night before, which may hold a code that has another picture since.
fn look_at_bundles(summary: &RunSummary, world: &World, output: &Path, figures: &mut Figures) {
    let (now, today) = (clock::now(), today());
    let is_done = |campaign: &&CampaignSummary| campaign.exit == Exit::Done;
    let done: BTreeSet<&str> =
        summary.campaigns.iter().filter(is_done).map(|campaign| campaign.name.as_str()).collect();
    for (name, campaign) in &world.campaigns {
        let Ok(mut table) = csv::Reader::from_path(output.join(name).join("manifest.csv")) else { continue };
        if campaign.until.is_some_and(|until| until < today) {
            continue;
        }
        let columns = table.headers().expect("a header").clone();
        let place =
            |column: &str| columns.iter().position(|name| name == column).expect("one of the columns");
        let (scene, dies) = (place("scene"), place("expires_at"));
        for row in table.records() {
            let row = row.expect("a row");
            if !row[dies].is_empty() && campaign.codes.contains_key(&row[scene].parse().expect("an id")) {
                let dies_at: Timestamp = row[dies].parse().expect("an instant");
                let lives = now < dies_at;
                assert!(
                    lives || !done.contains(name.as_str()),
                    "scene {} in the bundle of {name} died at {dies_at}",
                    &row[scene]
                );
                figures.seen_in_bundles += 1;
                figures.dead_in_kept_bundles += u64::from(!lives);
            }
        }
    }
}

impl Figures {
    fn note(&mut self, summary: &RunSummary) {
        use scenepress::plan::ActionKind::{Create, Relabel, Renew, Retire};

        self.nights += 1;
        *self.ended.entry(outcome(summary.exit())).or_default() += 1;
        for campaign in &summary.campaigns {
            self.created += campaign.counts.actions.of(Create);
            self.renewed += campaign.counts.actions.of(Renew);
            self.relabelled += campaign.counts.actions.of(Relabel);
            self.retired += campaign.counts.actions.of(Retire);
        }
    }
}

fn outcome(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "done",
        Exit::Failed => "some failed, or unreachable",
        Exit::QuotaSpent => "quota spent",
        Exit::AccountRefused => "account refused",
        Exit::Refused => "a campaign refused",
        Exit::Terminated => "stopped by a signal",
        _ => "other",
    }
}
