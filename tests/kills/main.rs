//! Runs that are killed again and again, at any event and at each step of the ledger, and the runs that finish them.
//! They go by the machine's clock, so no test that simulates one stands beside them.
#![allow(clippy::disallowed_methods, reason = "tests read and write files as users do")]

#[path = "../support/night.rs"]
#[allow(dead_code, reason = "each test binary uses its part of it")]
mod night;
#[path = "../main_job/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "each test binary uses its part of it")]
mod support;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::Date;
use scenepress::ledger::{
    BundleRecord, BundledRow, Entry, Find, Found, HandedCode, Handoff, HandoffOutcome, Ledger, LedgerError,
    Removal, Settlement, SqliteLedger, StoredArtifact, UndoOutcome,
};
use scenepress::model::{AppId, BundledCode, CampaignName, Digest, HandedGeneration, History, PrintedCode};
use scenepress::{bundle, clock, ledger};

use night::Night;
use support::{APPID, Kind, Platform, Project, SECRET};

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
            .args(["a_run_that_dies", "--exact", "--ignored", "--quiet"])
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

/// The verbs that write, each with what it is told.
const VERBS: [&[&str]; 5] = [
    &["run"],
    &["bundle"],
    &["handoff", "output/city/city.zip"],
    &["ledger", "backup", "backup/b.sqlite"],
    &["ledger", "import", "output/city/city.zip", "--ledger", "rebuilt/ledger.sqlite"],
];
const KILLED: &str = "SCENEPRESS_TEST_KILLS";
const SEED: &str = "SCENEPRESS_TEST_SEED";
const SMALL: &str = "\
expires: 30d
permanent_budget: 3
codes:
  - {scenes: 1001..1012, channel: \"Store {n}\"}
  - {scenes: 1..3, channel: \"Desk {n}\", expires: never}
";
const SMALL_CODES: usize = 15;

/// A campaign that is worked on by every verb that writes, each killed at a drawn moment.
struct KilledVerbs {
    platform: Platform,
    project: Project,
    seed: usize,
    drawn: usize,
    /// Of each verb: how long it takes if nobody kills it, how often it was killed, and how often it lived.
    times: [Duration; VERBS.len()],
    killed: [usize; VERBS.len()],
    lived: [usize; VERBS.len()],
    /// Whether the last run lived to its end, so that the campaign is at rest.
    is_at_rest: bool,
    rounds: usize,
    /// What was counted in the ledger before: none of it may get fewer.
    counted: [usize; 3],
    /// What kills left behind, and how often.
    left: BTreeMap<&'static str, usize>,
    /// The zips that were verified, as they were then.
    verified: HashMap<String, (SystemTime, u64)>,
}

impl KilledVerbs {
    fn new(seed: usize) -> Self {
        let Chain { platform, project, .. } = Chain::new(0);
        std::fs::remove_file(project.path("campaigns/strings.csv")).expect("removed");
        project.write("campaigns/city.yaml", SMALL);
        project.write("backup/.keep", "");
        project.run_json(0);
        Self {
            platform,
            project,
            seed,
            drawn: 0,
            times: [Duration::from_secs(2); VERBS.len()],
            killed: [0; VERBS.len()],
            lived: [0; VERBS.len()],
            is_at_rest: true,
            rounds: 1,
            counted: [0; 3],
            left: BTreeMap::new(),
            verified: HashMap::new(),
        }
    }

    fn draw(&mut self, below: usize) -> usize {
        self.drawn += 1;
        drawn(self.seed.wrapping_mul(1_000_003) + self.drawn, below)
    }

    /// Brings the campaign to where the verb has something to do.
    fn prepare(&mut self, verb: usize) {
        // A run goes on from where another verb was killed, or else has codes to renew.
        if !self.is_at_rest && (verb != 0 || self.draw(3) > 0) {
            self.finish();
        }
        match VERBS[verb] {
            ["run"] if self.is_at_rest => {
                self.project.age(25);
                self.rounds += 1;
            }
            ["bundle"] => std::fs::remove_file(self.project.path("output/city/city.zip")).expect("removed"),
            ["ledger", "import", ..] => {
                let _ = std::fs::remove_dir_all(self.project.path("rebuilt"));
            }
            _ => {}
        }
        self.is_at_rest = false;
    }

    /// Starts a verb and kills it at a drawn moment. The first of each lives: it says how long one takes.
    fn kill(&mut self) {
        let verb = self.draw(VERBS.len());
        self.prepare(verb);
        let number = self.drawn;
        let to = [format!("--to=Shop {number}")];
        let more = if VERBS[verb][0] == "handoff" { &to[..] } else { &[] };
        let args: Vec<&str> = VERBS[verb].iter().copied().chain(more.iter().map(String::as_str)).collect();
        let per_mille = u32::try_from(self.draw(1100)).expect("small");
        let moment = self.times[verb] * per_mille / 1000;
        let began = clock::monotonic();
        let mut child = self
            .project
            .command(&args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        if self.lived[verb] > 0 {
            // Nobody sends: it only takes its time.
            let (_sender, receiver) = mpsc::channel::<()>();
            let _ = receiver.recv_timeout(moment);
            child.kill().expect("killed");
        }
        let status = child.wait().expect("dead");
        if status.code().is_none() {
            self.killed[verb] += 1;
            self.note_what_is_left();
        } else {
            assert!(status.success(), "{args:?}: {status}");
            if self.lived[verb] == 0 {
                self.times[verb] = clock::monotonic().duration_since(began);
            }
            self.lived[verb] += 1;
            self.is_at_rest = verb != 0 || status.success();
        }
        self.check_whole();
    }

    fn note_what_is_left(&mut self) {
        let names = self.project.files("");
        let is_filled = |name: &str| self.project.path(name).metadata().is_ok_and(|file| file.len() > 0);
        let found = [
            ("a bundle that was being built", names.iter().any(|name| name.contains(".scenepress-"))),
            ("a backup that was being made", names.iter().any(|name| name.contains(".private-"))),
            ("a log of the ledger", names.iter().any(|name| name.ends_with("-wal") && is_filled(name))),
            ("a lock with a name", names.iter().any(|name| is_of(name, "lock") && is_filled(name))),
        ];
        let found: Vec<_> =
            found.into_iter().filter(|(_, is_there)| *is_there).map(|(what, _)| what).collect();
        for what in if found.is_empty() { vec!["nothing"] } else { found } {
            *self.left.entry(what).or_default() += 1;
        }
    }

    /// What must hold after each kill: the ledgers and the bundles are whole, and nothing that was recorded is gone.
    fn check_whole(&mut self) {
        for ledger in ["output/ledger.sqlite", "backup/b.sqlite", "rebuilt/ledger.sqlite"] {
            let examined = ledger::examine(&self.project.path(ledger)).expect("readable");
            assert_eq!(examined.and_then(|examined| examined.damage), None, "{ledger}");
        }
        let counts = ["generations", "handoffs", "bundles"];
        for (table, counted) in counts.into_iter().zip(&mut self.counted) {
            let now = count(&self.project.path("output/ledger.sqlite"), table);
            assert!(now >= *counted, "{now} {table}, before {counted}");
            *counted = now;
        }
        let rebuilt = self.project.path("rebuilt/ledger.sqlite");
        if rebuilt.exists() {
            let codes = count(&rebuilt, "generations");
            assert!(codes == 0 || codes == SMALL_CODES, "{codes} codes were imported");
        }
        for name in self.project.files("output") {
            let is_in_place = is_of(&name, "zip") && !name.contains(".scenepress-");
            let path = self.project.path(&name);
            let Some(facts) = path.metadata().ok().filter(|_| is_in_place) else { continue };
            let facts = (facts.modified().expect("a time"), facts.len());
            if self.verified.insert(name.clone(), facts) != Some(facts) {
                let report = bundle::verify(&path, &mut |_, _| ()).expect("a bundle");
                assert_eq!(report.faults, [], "{name}");
            }
        }
    }

    /// The run that finishes what the others began.
    fn finish(&mut self) {
        self.project.run_json(0);
        self.is_at_rest = true;
        let names = self.project.files("output");
        assert!(!names.iter().any(|name| name.contains(".scenepress-")), "{names:?}");
        assert_eq!(self.project.bundle("city").rows().len(), SMALL_CODES);
        self.check_whole();
    }

    fn check_end(&mut self) {
        self.finish();
        self.project.expect(&["ledger", "backup", "backup/b.sqlite"], 0);
        assert_eq!(self.project.files("backup"), ["backup/.keep", "backup/b.sqlite"]);
        let Self { project, platform, .. } = self;
        for row in project.bundle("city").rows() {
            let times = if row["lifetime"] == "permanent" { 1 } else { self.rounds };
            assert_eq!(row["generation"], times.to_string(), "generations of {}", row["scene"]);
        }
        assert_eq!(project.number("SELECT count(*) FROM intents"), 0, "nothing is in doubt");
        assert_eq!(platform.counters().permanent_scenes, 3);
    }

    fn report(&self) -> String {
        let of = |verb: usize| {
            let name = VERBS[verb].iter().take_while(|word| !word.contains('/')).copied().collect::<Vec<_>>();
            format!("{} {} (lived {})", name.join(" "), self.killed[verb], self.lived[verb])
        };
        let verbs: Vec<_> = (0..VERBS.len()).map(of).collect();
        let left: Vec<_> = self.left.iter().map(|(what, times)| format!("{what} {times}")).collect();
        let generations = count(&self.project.path("output/ledger.sqlite"), "generations");
        format!(
            "seed {}: {} kills: {}\nleft behind: {}\n{generations} codes issued in {} rounds, none lost; {} calls more \
             than that; {} bundles verified, all whole; nothing temporary stays",
            self.seed,
            self.killed.iter().sum::<usize>(),
            verbs.join(", "),
            left.join(", "),
            self.rounds,
            self.platform.count(Kind::Create) - generations,
            self.verified.len(),
        )
    }
}

/// How many rows a table has; the ledger is left as a kill left it.
fn is_of(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

fn count(ledger: &Path, table: &str) -> usize {
    let ledger = rusqlite::Connection::open_with_flags(ledger, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
    let ledger = ledger.expect("a ledger");
    let is_there = format!("SELECT count(*) FROM sqlite_schema WHERE name = '{table}'");
    let number = |sql: &str| ledger.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number");
    let number = if number(&is_there) == 0 { 0 } else { number(&format!("SELECT count(*) FROM {table}")) };
    usize::try_from(number).expect("not negative")
}

fn kill_verbs(kills: usize, seed: usize) {
    let mut verbs = KilledVerbs::new(seed);
    while verbs.killed.iter().sum::<usize>() < kills {
        assert!(verbs.lived.iter().sum::<usize>() < 4 * kills + 40, "most verbs end before they are killed");
        verbs.kill();
    }
    verbs.check_end();
    println!("{}", verbs.report());
}

#[test]
fn verbs_that_are_killed_at_any_moment_leave_ledger_and_bundles_whole() {
    kill_verbs(24, 1);
}

/// A command of its own: see CONTRIBUTING.md.
#[test]
#[ignore = "it takes long"]
fn kills_1000() {
    let of = |name, usual| std::env::var(name).ok().map_or(usual, |text| text.parse().expect("a number"));
    kill_verbs(of(KILLED, 1000), of(SEED, 1));
}

/// Not a test: what a test above starts.
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
