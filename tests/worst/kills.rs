//! Runs that are killed again and again, at any event and at each step of the ledger, and the runs that finish them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::civil::Date;
use scenepress::ledger::{
    BundleRecord, BundledRow, Entry, Find, Found, HandedCode, Handoff, HandoffOutcome, Ledger, LedgerError,
    Removal, Settlement, SqliteLedger, StoredArtifact, UndoOutcome,
};
use scenepress::model::{AppId, BundledCode, CampaignName, Digest, HandedGeneration, History, PrintedCode};

use crate::night::Night;
use crate::support::{APPID, Kind, Platform, Project, SECRET};

/// Of each of the two tests.
const KILLS: usize = 100;
/// Temporary codes beside the [`Chain::stores`].
const SHOPS: usize = 20;
const PERMANENT: usize = 20;
/// The most requests for tickets that may be in flight when a run dies: what `pace` allows at this rate.
const IN_FLIGHT: usize = 128;
/// So many that a run which kept to no bound would have far more than that in flight.
const MANY_STORES: usize = 260;
const FEW_STORES: usize = 40;

const FOLDER: &str = "SCENEPRESS_TEST_FOLDER";
const STEP: &str = "SCENEPRESS_TEST_STEP";
const WHEN: &str = "SCENEPRESS_TEST_WHEN";

const CITY: &str = "\
expires: 30d
permanent_budget: 20
codes:
  - {scenes: 1001..LAST, channel: \"Store {n}\"}
  - {scenes: 1..10, channel: \"AccountSession {n}\", expires: never}
include: [strings.csv]
";

/// A campaign that is never at rest: whenever all of it is done, its temporary codes are as old as if 25 days had
/// passed, so that they are due.
struct Chain {
    platform: Platform,
    project: Project,
    stores: usize,
    /// How often the temporary codes became due, and how often runs of it were killed.
    rounds: usize,
    kills: usize,
    /// The most requests for tickets beyond the wanted ones that one kill cost.
    worst: usize,
}

impl Chain {
    fn new(stores: usize) -> Self {
        let platform = Platform::start();
        let city = CITY.replace("LAST", &(1000 + stores).to_string());
        let project =
            Project::new(&platform).campaign("city.yaml", &city).campaign("strings.csv", &strings());
        // The run in this process takes the appid from the file.
        let url = platform.url();
        let accounts = format!(
            "default:\n  appid: {APPID}\n  secret: ${{WECHAT_SECRET}}\n  api_url: {url}\n  image_url: {url}\n  rate: 1000/s\n"
        );
        project.write("campaigns/accounts.yaml", accounts);
        Self { platform, project, stores, rounds: 1, kills: 0, worst: 0 }
    }

    fn codes(&self) -> usize {
        self.stores + SHOPS + PERMANENT
    }

    /// Tickets that were asked for beyond one for each generation that there is.
    fn lost(&self) -> usize {
        let generations = if self.project.path("output/ledger.sqlite").exists() {
            self.project.number("SELECT count(*) FROM generations")
        } else {
            0
        };
        self.platform.count(Kind::Create) - generations
    }

    /// Kills runs, each as `kill` does it, and finishes the last one. `kill` says whether the run lived to its end.
    fn drag(&mut self, kill: impl Fn(&Project, usize) -> bool) {
        let mut lost = 0;
        for number in 0.. {
            if self.kills == KILLS {
                break;
            }
            assert!(number < 3 * KILLS, "most runs end before they are killed");
            if kill(&self.project, number) {
                self.check();
                self.project.age(25);
                self.rounds += 1;
            } else {
                self.kills += 1;
                let lost_now = self.lost();
                self.worst = self.worst.max(lost_now - lost);
                lost = lost_now;
            }
        }
        self.project.run_json(0);
        self.check();
    }

    /// What must hold whenever a run has lived to its end.
    fn check(&self) {
        let Self { platform, project, rounds, .. } = self;
        let bundle = project.bundle("city");
        assert_eq!(bundle.column("seq"), (1..=self.codes()).map(|n| n.to_string()).collect::<Vec<_>>());
        let scene = |row: &BTreeMap<String, String>| format!("{} {}", row["scene_type"], row["scene"]);
        let mut wanted = 0;
        for row in bundle.rows() {
            let generation: usize = row["generation"].parse().expect("a number");
            let times = if row["lifetime"] == "permanent" { 1 } else { *rounds };
            assert_eq!(generation, times, "generations of {}", scene(&row));
            wanted += generation;
            assert_eq!(row["url"], platform.url_of(&scene(&row)), "the url of {}", scene(&row));
        }
        assert_eq!(project.number("SELECT count(*) FROM generations"), wanted, "every ticket is on record");
        assert_eq!(platform.counters().permanent_scenes, PERMANENT as u64, "no permanent code beyond those");
        assert_eq!(project.number("SELECT count(*) FROM intents"), 0, "nothing is in doubt");
        // A request that was recorded may have died before it was sent; none was sent that was not recorded.
        let made = platform.count(Kind::Create);
        let counted = project.number("SELECT sum(made) FROM calls");
        assert!(counted >= made, "{counted} counted, {made} made");
        assert!(
            project.files("").iter().all(|name| !name.contains(".scenepress-")),
            "nothing half-done stays"
        );
        let asked = platform.asked().len();
        project.expect(&["run"], 0);
        assert_eq!(platform.asked().len(), asked, "nothing is left to do");
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn report(&self, what: &str) {
        assert!(self.worst <= IN_FLIGHT, "one kill cost {} calls", self.worst);
        // Where answers come at once, far fewer than the most are in flight.
        assert!(self.lost() <= 32 * self.kills, "{} calls lost in {} kills", self.lost(), self.kills);
        println!(
            "{what}: {} kills in {} rounds; {} of {} codes in the bundle, {} permanent codes made for {}, {:.1} calls lost per kill (at most {})",
            self.kills,
            self.rounds,
            self.project.bundle("city").rows().len(),
            self.codes(),
            self.platform.counters().permanent_scenes,
            PERMANENT,
            self.lost() as f64 / self.kills as f64,
            self.worst,
        );
    }
}

fn strings() -> String {
    let mut text = "scene,channel,expires,scene_type\n".to_owned();
    for number in 1..=20 {
        text += &format!("shop-{number},门店 {number},7d,str\n");
    }
    for number in 1..=10 {
        text += &format!("vip-{number},VIP {number},never,str\n");
    }
    text
}

/// Numbers that look drawn, the same each time.
fn drawn(number: usize, below: usize) -> usize {
    (number.wrapping_mul(0x9E37_79B9) >> 7) % below
}

#[test]
fn a_hundred_runs_killed_at_any_event_lose_nothing() {
    let mut chain = Chain::new(FEW_STORES);
    let codes = chain.codes();
    chain.drag(|project, number| {
        let mut command = project.command(&["run", "--events", "--format", "json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
        let events = BufReader::new(child.stdout.take().expect("stdout")).lines();
        // Up to where all codes are done and packed.
        let heard = events.take(1 + drawn(number, 3 * codes / 2)).last();
        let told_all = heard.is_some_and(|line| line.is_ok_and(|line| line.starts_with("{\"format\"")));
        if !told_all {
            child.kill().expect("killed");
        }
        let status = child.wait().expect("dead");
        // It may have lived to its end between its last event and the kill.
        assert!(status.success() || !told_all, "{status}");
        status.success()
    });
    chain.report("killed at an event");
}

#[test]
fn a_hundred_runs_that_die_before_or_after_a_step_of_the_ledger_lose_nothing() {
    let mut chain = Chain::new(MANY_STORES);
    chain.drag(|project, number| {
        let status = Command::new(std::env::current_exe().expect("this program"))
            .args(["kills::a_run_that_dies", "--exact", "--ignored", "--quiet"])
            .env(FOLDER, project.path(""))
            .env(STEP, (1 + drawn(number, 20)).to_string())
            .env(WHEN, if number % 2 == 0 { "before" } else { "after" })
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.expect("a run").success()
    });
    chain.report("dead at a step of the ledger");
}

/// Not a test: what the one above starts.
#[test]
#[ignore = "it dies, and is only started by the test above"]
fn a_run_that_dies() {
    let folder = std::env::var_os(FOLDER).expect("a folder");
    let dies_at = std::env::var(STEP).expect("a step").parse().expect("a number");
    let before = std::env::var(WHEN).expect("when") == "before";
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let night = Night::new(Path::new(&folder), SECRET);
    let (_, Mortal { ledger, .. }) =
        runtime.block_on(night.run_on(|ledger| Mortal { ledger, step: 0, dies_at, before }));
    ledger.finish().expect("a checkpoint");
}

/// A ledger whose process dies at a step: just before it is done, or just after.
struct Mortal {
    ledger: SqliteLedger,
    step: usize,
    dies_at: usize,
    before: bool,
}

impl Mortal {
    fn step<T>(&mut self, step: impl FnOnce(&mut SqliteLedger) -> T) -> T {
        self.step += 1;
        let last = self.step == self.dies_at;
        if last && self.before {
            std::process::abort();
        }
        let result = step(&mut self.ledger);
        if last {
            std::process::abort();
        }
        result
    }
}

impl Ledger for Mortal {
    fn history(&self, appids: &[AppId], today: Date) -> Result<History, LedgerError> {
        self.ledger.history(appids, today)
    }

    fn campaigns(&self) -> Result<Vec<CampaignName>, LedgerError> {
        self.ledger.campaigns()
    }

    fn settle(
        &mut self,
        settlements: &mut dyn Iterator<Item = Settlement<'_>>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.step(|ledger| ledger.settle(settlements, now))
    }

    fn record(&mut self, entries: &[Entry], now: Timestamp) -> Result<(), LedgerError> {
        self.step(|ledger| ledger.record(entries, now))
    }

    fn artifacts(&self, appid: &AppId, campaign: &CampaignName) -> Result<Vec<StoredArtifact>, LedgerError> {
        self.ledger.artifacts(appid, campaign)
    }

    fn bundle(&self, campaign: &CampaignName) -> Result<Option<BundleRecord>, LedgerError> {
        self.ledger.bundle(campaign)
    }

    fn bundled(&self, campaign: &CampaignName, revision: u64) -> Result<Vec<BundledCode>, LedgerError> {
        self.ledger.bundled(campaign, revision)
    }

    fn record_bundle(
        &mut self,
        campaign: &CampaignName,
        record: &BundleRecord,
        codes: &mut dyn Iterator<Item = BundledRow<'_>>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.step(|ledger| ledger.record_bundle(campaign, record, codes, now))
    }

    fn record_selection(
        &mut self,
        campaign: &CampaignName,
        revision: u64,
        zip: &Digest,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.step(|ledger| ledger.record_selection(campaign, revision, zip, now))
    }

    fn record_success(&mut self, campaigns: &[CampaignName], now: Timestamp) -> Result<(), LedgerError> {
        self.step(|ledger| ledger.record_success(campaigns, now))
    }

    fn successes(&self) -> Result<BTreeMap<CampaignName, Timestamp>, LedgerError> {
        self.ledger.successes()
    }

    fn hand_off(
        &mut self,
        appid: &AppId,
        handoff: &Handoff,
        codes: &mut dyn Iterator<Item = HandedCode<'_>>,
        now: Timestamp,
    ) -> Result<HandoffOutcome, LedgerError> {
        self.step(|ledger| ledger.hand_off(appid, handoff, codes, now))
    }

    fn last_handoff(&self) -> Result<u64, LedgerError> {
        self.ledger.last_handoff()
    }

    fn paper(&self, campaign: &CampaignName, until: u64) -> Result<Vec<PrintedCode>, LedgerError> {
        self.ledger.paper(campaign, until)
    }

    fn take_down(
        &mut self,
        removal: &Removal,
        pieces: &mut dyn Iterator<Item = &PrintedCode>,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        self.step(|ledger| ledger.take_down(removal, pieces, now))
    }

    fn undo_handoff(&mut self, record: u64, now: Timestamp) -> Result<UndoOutcome, LedgerError> {
        self.step(|ledger| ledger.undo_handoff(record, now))
    }

    fn handed(&self, campaign: &CampaignName, until: u64) -> Result<Vec<HandedGeneration>, LedgerError> {
        self.ledger.handed(campaign, until)
    }

    fn was_handed_over(&self, campaign: &CampaignName, until: u64) -> Result<bool, LedgerError> {
        self.ledger.was_handed_over(campaign, until)
    }

    fn deployed(&self, campaign: &CampaignName) -> Result<Option<Digest>, LedgerError> {
        self.ledger.deployed(campaign)
    }

    fn record_deployment(
        &mut self,
        campaign: &CampaignName,
        bundle: &Digest,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.ledger.record_deployment(campaign, bundle, now)
    }

    fn find(&self, what: &Find) -> Result<Vec<Found>, LedgerError> {
        self.ledger.find(what)
    }

    fn expired_pictures(&self, now: Timestamp) -> Result<Vec<Digest>, LedgerError> {
        self.ledger.expired_pictures(now)
    }

    fn forget_pictures(&mut self, pictures: &[Digest]) -> Result<(), LedgerError> {
        self.step(|ledger| ledger.forget_pictures(pictures))
    }

    fn calls(&self, appid: &AppId, today: Date) -> Result<u64, LedgerError> {
        self.ledger.calls(appid, today)
    }
}
