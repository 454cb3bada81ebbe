//! Whatever ends a run that is asked for a document, one whole document is on stdout.

use scenepress::clock;
use scenepress::ledger::RunLock;
use serde_json::Value;

use super::documents::assert_run_document;
use super::support::{Kind, Platform, Project, Told, Verdict, signal};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]";

fn metro(platform: &Platform) -> Project {
    Project::new(platform).campaign("metro.yaml", METRO)
}

/// The one document, which says why on stderr too, and what it lists as the reason.
#[track_caller]
fn ended(told: &Told, exit: i32, outcome: &str, kind: &str) -> Value {
    assert_eq!(told.exit, exit, "{}", told.stderr);
    let document = told.json();
    assert_run_document(&document, exit, outcome);
    let problems = document["problems"].as_array().expect("a list");
    assert!(problems.iter().any(|problem| problem["kind"] == kind), "{document:#}");
    let message = document["message"].as_str().expect("a text");
    assert!(told.stderr.contains(&format!("error: {message}\n")), "{}\n{}", told.stderr, message);
    document
}

#[test]
fn a_ledger_that_cannot_be_read_is_lacking_or_is_locked_ends_with_a_document() {
    let platform = Platform::start();
    let project = metro(&platform);
    let run = ["run", "--format", "json"];
    ended(&project.tell(&["run", "--format", "json", "--require-ledger"]), 4, "refused", "ledger-missing");
    project.write("output/ledger.sqlite", "no ledger, but long enough for a header ".repeat(20));
    ended(&project.tell(&run), 1, "failed", "ledger");
    project.remove("output");
    let lock = RunLock::acquire(&project.path("output/ledger.sqlite"), clock::now()).expect("the lock");
    ended(&project.tell(&run), 9, "failed", "lock");
    drop(lock);
    assert!(platform.asked().is_empty());
}

#[test]
fn files_that_are_wrong_and_plans_that_are_refused_end_with_a_document() {
    let platform = Platform::start();
    let project = metro(&platform);
    let run = ["run", "--format", "json"];
    let vip = |scene: &str| {
        format!("permanent_budget: 1\ncodes: [{{scene: {scene}, channel: VIP, expires: never}}]")
    };
    project.write("campaigns/metro.yaml", vip("vip"));
    project.run_json(0);
    project.write("campaigns/metro.yaml", vip("vip-2"));
    let document = project.run_json(4);
    assert_run_document(&document, 4, "refused");
    assert_eq!(document["campaigns"][0]["exit"], 4);
    project.write("campaigns/metro.yaml", "codes: [{scene: 1}]");
    ended(&project.tell(&run), 2, "failed", "missing-field");

    // The others are done, and still it says why it is not 0.
    project.write("campaigns/kiosk.yaml", METRO.replace("1..3", "11..13"));
    let told = project.expect(&["run", "--format", "json", "--keep-going"], 2);
    let document = told.json();
    assert_run_document(&document, 2, "failed");
    assert_eq!(document["message"], "campaigns whose files or accounts have problems were skipped");
    assert_eq!(document["campaigns"][0]["exit"], 0);
}

#[test]
fn a_platform_that_refuses_the_account_ends_a_run_with_a_document() {
    let platform = Platform::start();
    let project = metro(&platform).with_secret("another");
    let document = project.run_json(7);
    assert_run_document(&document, 7, "account");
    assert_eq!(document["campaigns"][0]["exit"], 7);
}

#[test]
fn a_command_line_that_cannot_be_read_ends_with_a_document_where_it_asks_for_one() {
    let platform = Platform::start();
    let project = metro(&platform);
    for args in [&["run", "--format", "json", "--frob"][..], &["run", "--frob", "--format=json", "--events"]]
    {
        let told = project.expect(args, 2);
        assert!(told.stderr.starts_with("error: unexpected argument '--frob' found\n"), "{}", told.stderr);
        let document = told.json();
        assert_run_document(&document, 2, "failed");
        assert_eq!(document["message"], "unexpected argument '--frob' found");
        assert_eq!(document["problems"][0]["kind"], "usage");
    }
    assert_eq!(project.expect(&["run", "--frob"], 2).stdout, "");
    assert_eq!(project.expect(&["plan", "--format", "json", "--frob"], 2).stdout, "");
}

/// More warnings than anybody reads hold the program up before it has done anything.
#[test]
fn a_signal_before_anything_has_begun_ends_with_a_document() {
    let platform = Platform::start();
    let project = metro(&platform);
    let code = |scene: u32| format!("  - {{scene: {scene}, channel: Exit, expires: 1h}}\n");
    project.write("campaigns/metro.yaml", format!("codes:\n{}", (1..2000).map(code).collect::<String>()));
    for (name, exit) in [("INT", 130), ("TERM", 143)] {
        let mut running = project.start(&["run", "--all", "--format", "json"]);
        running.wait_for("warning[short-lifetime]");
        signal(name, running.id());
        let told = running.end();
        assert_eq!(told.exit, exit, "{}", told.stderr);
        let document = told.json();
        assert_run_document(&document, exit, "stopped");
        assert_eq!(document["message"], format!("stopped by SIG{name}: nothing was done"));
    }
    assert!(platform.asked().is_empty());
}

#[test]
fn a_signal_while_the_lock_is_waited_for_ends_with_a_document() {
    let platform = Platform::start();
    let project = metro(&platform);
    let _lock = RunLock::acquire(&project.path("output/ledger.sqlite"), clock::now()).expect("the lock");
    let mut running = project.start(&["run", "--lock-timeout", "10m", "--format", "json"]);
    running.wait_for("waiting up to 10 min for the run that holds the lock");
    signal("TERM", running.id());
    ended(&running.end(), 143, "stopped", "lock");
}

#[test]
fn a_second_signal_ends_a_run_with_a_document_too() {
    let platform = Platform::start();
    let project = metro(&platform);
    let reached = platform.tell_of(Kind::Create, || Verdict::Hang);
    for args in [&["run", "--format", "json"][..], &["run", "--format", "json", "--events"]] {
        let mut running = project.start(args);
        reached.recv().expect("the request");
        signal("TERM", running.id());
        running.wait_for("SIGTERM: nothing new is begun");
        signal("INT", running.id());
        let told = running.end();
        assert_eq!(told.exit, 130, "{}", told.stderr);
        let document = serde_json::from_str(match args.len() {
            3 => &told.stdout,
            _ => told.stdout.lines().last().expect("a line"),
        });
        let document: Value = document.expect("a document");
        assert_run_document(&document, 130, "stopped");
        assert_eq!(document["message"], "stopped at once by SIGINT: what was issued is kept");
    }
    platform.behave();
    assert_run_document(&project.run_json(0), 0, "done");
}
