//! Runs that die or are stopped, and the runs after them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};

use super::arrival::hundred;
use super::documents::assert_run_document;
use super::support::{Asked, Kind, Platform, Project, Verdict, signal};

/// A rate at which an account never has more than so many requests for tickets in flight, however slow the machine is.
const RATE: &str = "  rate: 10/s\n";
const IN_FLIGHT: usize = 32;

/// From the request that `first` picks on nothing is answered any more; `made` says whether the platform still does
/// what those requests ask for. The receiver hears of that request.
fn freeze(
    platform: &Platform,
    made: bool,
    first: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> Receiver<()> {
    let (sender, reached) = mpsc::channel();
    let state = Mutex::new((false, sender));
    platform.rule(move |asked| {
        let mut state = state.lock().expect("a lock");
        if first(asked) {
            state.0 = true;
            state.1.send(()).expect("somebody listens");
        }
        match (state.0, made) {
            (false, _) => Verdict::Pass,
            (true, true) => Verdict::PassAndHang,
            (true, false) => Verdict::Hang,
        }
    });
    reached
}

fn killed_at(kind: Kind, number: usize, made: bool) {
    let platform = Platform::start();
    let project = Project::with_account(&platform, RATE).campaign("city.yaml", &hundred());
    let reached = freeze(&platform, made, move |asked| asked.kind == kind && asked.number == number);
    let running = project.start(&["run"]);
    reached.recv().expect("the request");
    running.kill();
    let asked_before = platform.scenes_asked();
    let unique_before: BTreeSet<&String> = asked_before.iter().collect();
    assert_eq!(unique_before.len(), asked_before.len(), "nothing is asked twice in one run");
    assert!(!project.path("output/city/city.zip").exists());

    platform.behave();
    let document = project.run_json(0);
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for scene in platform.scenes_asked() {
        *times.entry(scene).or_default() += 1;
    }
    assert_eq!(times.len(), 100, "no code is lost");
    let twice = times.values().filter(|times| **times > 1).count();
    assert!(times.values().all(|times| *times <= 2), "{times:?}");
    assert!(twice <= IN_FLIGHT, "{twice} codes were asked for twice");
    let made = platform.count(Kind::Create) as u64;
    let counted = document["accounts"][0]["calls"]["used_today"].as_u64().expect("a number");
    // An intent that was recorded may have been killed before its request.
    assert!((made..=made + IN_FLIGHT as u64).contains(&counted), "{counted} counted, {made} made");
    let counters = platform.counters();
    assert_eq!(counters.permanent_scenes, 30, "no permanent code beyond those that are wanted");

    let bundle = project.bundle("city");
    assert_eq!(bundle.column("seq"), (1..=100).map(|seq| seq.to_string()).collect::<Vec<_>>());
    for row in bundle.rows() {
        assert_eq!(row["url"], platform.url_of(&format!("{} {}", row["scene_type"], row["scene"])));
        assert_eq!(row["generation"], "1", "a lost answer makes no generation");
    }
    let requests = platform.asked().len();
    project.expect(&["run"], 0);
    assert_eq!(platform.asked().len(), requests);
}

#[test]
fn a_run_killed_before_its_first_answer_is_finished_by_the_next() {
    killed_at(Kind::Token, 1, false);
    killed_at(Kind::Create, 1, true);
}

#[test]
fn a_run_killed_amid_its_tickets_is_finished_by_the_next_which_asks_again_only_for_what_was_in_flight() {
    killed_at(Kind::Create, 40, true);
}

#[test]
fn a_run_killed_at_its_last_ticket_is_finished_by_the_next() {
    killed_at(Kind::Create, 100, false);
}

#[test]
fn a_run_killed_amid_its_pictures_asks_again_for_no_ticket_that_it_had() {
    killed_at(Kind::Picture, 50, false);
}

#[test]
fn a_run_killed_when_all_tickets_were_recorded_only_fetches_pictures() {
    let platform = Platform::start();
    let text = "codes: [{scenes: 1..9, channel: \"Exit {n}\", expires: 30d}]";
    let project = Project::new(&platform).campaign("metro.yaml", text);
    platform.rule(|asked| if asked.kind == Kind::Picture { Verdict::Hang } else { Verdict::Pass });
    let mut running = project.start(&["run", "-v"]);
    for number in 1..=9 {
        running.wait_for(&format!("issued metro {number} (generation 1)"));
    }
    running.kill();
    platform.behave();
    let document = project.run_json(0);
    assert_eq!(platform.count(Kind::Create), 9);
    assert_eq!(document["accounts"][0]["calls"]["made"], 0);
    assert_eq!(document["accounts"][0]["calls"]["used_today"], 9, "exactly the calls that were made");
    assert_eq!(document["campaigns"][0]["counts"]["keep"], 9);
    assert_eq!(project.bundle("metro").rows().len(), 9);
}

/// What a signal leaves: after the line that says what goes on, one line with one set of figures.
pub(super) fn one_line_at_the_end(shown: &str, beginning: &str) {
    let (_, after) = shown.split_once("what is under way is finished\n").expect("what goes on");
    assert!(after.starts_with(beginning), "{beginning} in {after:?}");
    assert_eq!(after.lines().count(), 1, "{after:?}");
    assert!(after.ends_with("; all is kept, run it again for the rest\n"), "{after:?}");
}

/// Stops a run with a signal when it asks for its 20th ticket; what was under way is answered once it has heard.
fn stopped_by(name: &str, exit: i32) {
    let platform = Platform::start();
    let project = Project::with_account(&platform, RATE).campaign("city.yaml", &hundred());
    let (sender, reached) = mpsc::channel();
    let sender = Mutex::new(sender);
    platform.rule(move |asked| {
        if asked.kind == Kind::Create && asked.number == 20 {
            sender.lock().expect("a lock").send(()).expect("somebody listens");
        }
        let waits = asked.kind == Kind::Create && asked.number >= 20;
        if waits { Verdict::Wait } else { Verdict::Pass }
    });
    let mut running = project.start(&["run", "--format", "json"]);
    reached.recv().expect("the request");
    signal(name, running.id());
    running.wait_for(&format!("SIG{name}: nothing new is begun, what is under way is finished"));
    platform.open_door();
    let told = running.end();
    assert_eq!(told.exit, exit, "{}", told.stderr);
    let made = platform.count(Kind::Create);
    let verified = platform.count(Kind::Picture);
    one_line_at_the_end(
        &told.stderr,
        &format!("Stopped by SIG{name}: issued {made}, verified {verified}, left {};", 100 - verified),
    );
    let document = told.json();
    assert_eq!((&document["exit"], &document["outcome"]), (&exit.into(), &"stopped".into()));
    let message = format!("stopped by SIG{name}");
    assert_eq!(document["message"], message);
    let city = &document["campaigns"][0];
    assert_eq!((&city["exit"], &city["bundle_state"]), (&exit.into(), &"missing".into()));
    assert!(!project.path("output/city").exists());
    assert!((20..20 + IN_FLIGHT).contains(&made), "{made} tickets were asked for");
    assert_eq!(document["accounts"][0]["calls"]["made"], made);

    let again = project.run_json(0);
    assert_eq!(platform.count(Kind::Create), 100, "what was under way was recorded: nothing is asked twice");
    assert_eq!(again["accounts"][0]["calls"]["used_today"], 100);
    assert_eq!(project.bundle("city").rows().len(), 100);
}

#[test]
fn sigint_ends_a_run_with_130_and_the_next_one_finishes() {
    stopped_by("INT", 130);
}

#[test]
fn sigterm_ends_a_run_with_143_and_the_next_one_finishes() {
    stopped_by("TERM", 143);
}

/// Whether this process, and so what it starts, ignores SIGHUP; `None` where that cannot be told.
fn ignores_hangup() -> Option<bool> {
    let status = scenepress::fsio::read_limited(Path::new("/proc/self/status"), 1 << 20).ok()?;
    let status = String::from_utf8(status).ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?.trim();
    Some(u64::from_str_radix(ignored, 16).expect("a number") & 1 == 1)
}

#[test]
fn a_closed_terminal_ends_a_run_as_sigterm_does_however_often_it_says_so() {
    if ignores_hangup() != Some(false) {
        println!("skipped: this was started with SIGHUP ignored, or on a system without /proc");
        return;
    }
    stopped_by("HUP", 143);

    let platform = Platform::start();
    let project =
        Project::new(&platform).campaign("metro.yaml", "codes: [{scene: 1, channel: Exit, expires: 30d}]");
    let reached = platform.tell_of(Kind::Create, || Verdict::Wait);
    let mut running = project.start(&["run", "--format", "json"]);
    reached.recv().expect("the request");
    signal("HUP", running.id());
    running.wait_for("SIGHUP: nothing new is begun");
    signal("HUP", running.id());
    platform.open_door();
    let told = running.end();
    let document = told.json();
    assert_run_document(&document, 143, "stopped");
    assert_eq!((told.exit, &document["message"]), (143, &"stopped by SIGHUP".into()));
}

#[test]
fn a_run_under_nohup_goes_on_when_the_terminal_is_closed() {
    let platform = Platform::start();
    let project =
        Project::new(&platform).campaign("metro.yaml", "codes: [{scene: 1, channel: Exit, expires: 30d}]");
    let reached = platform.tell_of(Kind::Create, || Verdict::Wait);
    // What `nohup` does.
    let running = project.start_from("trap '' HUP", &["run", "--format", "json"]);
    reached.recv().expect("the request");
    signal("HUP", running.id());
    platform.open_door();
    assert_run_document(&running.end().json(), 0, "done");
}

#[test]
fn a_second_signal_ends_a_run_at_once_and_the_ledger_survives_it() {
    let platform = Platform::start();
    let text = "codes: [{scenes: 1..9, channel: \"Exit {n}\", expires: 30d}]";
    let project = Project::new(&platform).campaign("metro.yaml", text);
    let reached = freeze(&platform, true, |asked| asked.kind == Kind::Create && asked.number == 4);
    let mut running = project.start(&["run"]);
    reached.recv().expect("the request");
    signal("TERM", running.id());
    running.wait_for("SIGTERM: nothing new is begun");
    signal("INT", running.id());
    assert_eq!(running.end().exit, 130);
    platform.behave();
    project.expect(&["run"], 0);
    assert_eq!(project.bundle("metro").rows().len(), 9);
}

#[test]
fn the_summary_of_a_stopped_run_says_that_running_again_goes_on() {
    let platform = Platform::start();
    let project = Project::new(&platform)
        .campaign("metro.yaml", "codes: [{scenes: 1..9, channel: \"Exit {n}\", expires: 30d}]");
    project.expect(&["run"], 0);
    let before = project.bundle("metro");
    let project =
        project.campaign("metro.yaml", "codes: [{scenes: 1..20, channel: \"Exit {n}\", expires: 30d}]");
    let (sender, reached) = mpsc::channel();
    let sender = Mutex::new(sender);
    platform.rule(move |asked| {
        if asked.kind == Kind::Create && asked.number == 1 {
            sender.lock().expect("a lock").send(()).expect("somebody listens");
        }
        if asked.kind == Kind::Create { Verdict::Wait } else { Verdict::Pass }
    });
    let mut running = project.start(&["run"]);
    reached.recv().expect("the request");
    signal("INT", running.id());
    running.wait_for("SIGINT: nothing new is begun");
    platform.open_door();
    let told = running.end();
    assert_eq!(told.exit, 130);
    one_line_at_the_end(&told.stderr, "Stopped by SIGINT: issued 1");
    assert_eq!(project.bundle("metro").sha256, before.sha256);
}
