//! `--lock-timeout`: waiting for the run that holds the lock.

use scenepress::clock;
use scenepress::ledger::RunLock;

use super::support::{Kind, Platform, Project, Verdict, signal};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]";

/// What a waiting run says of the one that holds the lock.
const WAITS: &str = "waiting up to 10 min for the run that holds the lock: pid ";

fn metro(platform: &Platform) -> Project {
    Project::new(platform).campaign("metro.yaml", METRO)
}

fn lock(project: &Project) -> RunLock {
    RunLock::acquire(&project.path("output/ledger.sqlite"), clock::now()).expect("the lock")
}

#[test]
fn a_run_that_waited_plans_with_what_the_other_has_done() {
    let platform = Platform::start();
    let project = metro(&platform);
    platform.rule(|asked| if asked.kind == Kind::Picture { Verdict::Wait } else { Verdict::Pass });
    let mut first = project.start(&["run", "-v"]);
    for number in 1..=3 {
        first.wait_for(&format!("issued metro {number} (generation 1)"));
    }
    let waits = format!("{WAITS}{} on host ", first.id());
    let mut second = project.start(&["run", "--lock-timeout", "10m", "--format", "json"]);
    second.wait_for(&waits);
    let mut third = project.start(&["bundle", "--lock-timeout", "10 min"]);
    third.wait_for(&waits);
    platform.open_door();
    assert_eq!(first.end().exit, 0);
    let told = second.end();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert_eq!(told.json()["campaigns"][0]["counts"]["keep"], 3);
    assert_eq!(told.stderr.matches("waiting").count(), 1, "{}", told.stderr);
    assert_eq!(third.end().exit, 0);
    assert_eq!((platform.count(Kind::Create), platform.count(Kind::Picture)), (3, 3));
}

#[test]
fn a_run_that_waited_long_enough_ends_with_9() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let lock = lock(&project);
    let before = project.output();
    for verb in ["run", "bundle"] {
        let told = project.expect(&[verb, "--lock-timeout", "1s"], 9);
        let lines: Vec<&str> = told.stderr.lines().collect();
        let owner = format!("pid {} on host ", std::process::id());
        let [waits, error, ..] = lines[..] else { panic!("{}", told.stderr) };
        assert!(waits.starts_with(&format!("waiting up to 1 s for the run that holds the lock: {owner}")));
        assert!(error.starts_with(&format!("error: another run holds the lock: {owner}")), "{error}");
        let told = project.expect(&[verb, "--lock-timeout", "1s", "-q"], 9);
        assert!(told.stderr.starts_with(&format!("{error}\n")), "with -q it does not say that it waits");
        assert!(!project.expect(&[verb, "--lock-timeout", "0s"], 9).stderr.contains("waiting"));
    }
    assert_eq!(project.output(), before);
    drop(lock);
    project.expect(&["run", "--lock-timeout", "1s", "-q"], 0);
}

#[test]
fn a_signal_ends_the_waiting_at_once_and_nothing_is_done() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let _lock = lock(&project);
    let (requests, before) = (platform.asked().len(), project.output());
    for (name, exit) in [("INT", 130), ("TERM", 143)] {
        let message = format!("stopped by SIG{name} while another run held the lock: nothing was done");
        let mut run = project.start(&["run", "--lock-timeout", "10m", "--format", "json"]);
        let mut bundle = project.start(&["bundle", "--lock-timeout", "10m"]);
        for running in [&mut run, &mut bundle] {
            running.wait_for(WAITS);
            signal(name, running.id());
        }
        let told = run.end();
        assert_eq!(told.exit, exit, "{}", told.stderr);
        let document = told.json();
        assert_eq!((&document["exit"], &document["outcome"]), (&exit.into(), &"stopped".into()));
        assert_eq!(document["message"], message.as_str());
        let told = bundle.end();
        assert_eq!((told.exit, told.stderr.lines().last()), (exit, Some(&*format!("error: {message}"))));
    }
    assert_eq!(project.output(), before);
    assert_eq!(platform.asked().len(), requests);
}

#[test]
fn a_run_that_waited_is_stopped_in_good_order_like_any_other() {
    let platform = Platform::start();
    let project = metro(&platform);
    let lock = lock(&project);
    let reached = platform.tell_of(Kind::Create, || Verdict::Wait);
    let mut running = project.start(&["run", "--lock-timeout", "10m"]);
    running.wait_for(WAITS);
    drop(lock);
    reached.recv().expect("the request");
    signal("INT", running.id());
    running.wait_for("SIGINT: nothing new is begun, what is under way is finished");
    platform.open_door();
    assert_eq!(running.end().exit, 130);
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), 3, "what was under way was recorded");
}

#[test]
fn a_timeout_without_a_unit_is_wrong_usage() {
    let platform = Platform::start();
    let told = metro(&platform).expect(&["run", "--lock-timeout", "10"], 2);
    told.says("invalid value '10' for '--lock-timeout <TIME>': 10 of what? 10d, 10h or 10m?");
}
