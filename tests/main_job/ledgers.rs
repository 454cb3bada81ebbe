//! The ledger: locked while a run writes it, missed when it is lost.

use scenepress::clock;
use scenepress::ledger::RunLock;

use super::support::{Kind, Platform, Project};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]";

fn metro(platform: &Platform) -> Project {
    Project::new(platform).campaign("metro.yaml", METRO)
}

#[test]
fn while_another_run_holds_the_lock_a_run_ends_with_9_and_says_who_since_when() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let (requests, before) = (platform.asked().len(), project.output());
    let since = clock::now();
    let lock = RunLock::acquire(&project.path("output/ledger.sqlite"), since).expect("the lock");
    for verb in ["run", "bundle"] {
        let told = project.expect(&[verb], 9);
        told.says("error: another run holds the lock: pid ");
        told.says(&format!("pid {} on host ", std::process::id()));
        told.says(&format!(" since {}", scenepress::model::rfc3339(since)));
    }
    let document = project.run_json(9);
    assert_eq!((&document["exit"], &document["outcome"]), (&9.into(), &"failed".into()));
    assert_eq!(document["problems"][0]["kind"], "lock");
    for args in
        [&["plan"][..], &["status"], &["check"], &["verify", "output/metro/metro.zip"], &["inspect", "2"]]
    {
        project.expect(args, 0);
    }
    assert_eq!(project.output(), before);
    assert_eq!(platform.asked().len(), requests);
    drop(lock);
    project.expect(&["run"], 0);
}

#[test]
fn plan_and_status_work_beside_a_run_that_is_under_way() {
    let platform = Platform::start();
    let project = metro(&platform);
    platform.rule(|asked| match asked.kind {
        Kind::Picture => super::support::Verdict::Wait,
        _ => super::support::Verdict::Pass,
    });
    let mut running = project.start(&["run", "-v"]);
    for number in 1..=3 {
        running.wait_for(&format!("issued metro {number} (generation 1)"));
    }
    project.expect(&["run"], 9);
    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    assert_eq!((&plan["counts"]["keep"], &plan["fetches"]), (&3.into(), &3.into()));
    project.expect(&["status"], 0);
    platform.open_door();
    assert_eq!(running.end().exit, 0);
}

#[test]
fn a_lost_ledger_is_missed_where_there_is_a_bundle_and_nothing_is_issued_anew() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let requests = platform.asked().len();
    project.remove("output/ledger.sqlite");
    project.remove("output/metro/metro.zip");
    for verb in ["run", "bundle"] {
        let told = project.expect(&[verb], 4);
        told.says("error: output/metro/manifest.json exists, but there is no ledger at output/ledger.sqlite: without it");
        told.says("  = help: restore the ledger from its backup\n");
    }
    assert!(!project.path("output/ledger.sqlite").exists());
    assert_eq!(platform.asked().len(), requests);
    let document = project.run_json(4);
    assert_eq!(
        (&document["outcome"], &document["problems"][0]["kind"]),
        (&"refused".into(), &"ledger-missing".into())
    );
    project.expect(&["plan"], 0).says(
        "warning: `scenepress run` would refuse: output/metro/manifest.json exists, but there is no ledger",
    );
}

#[test]
fn a_ledger_that_is_lost_cannot_be_backed_up_and_it_is_said_that_it_is_lost() {
    let platform = Platform::start();
    let project = metro(&platform);
    let backup = ["ledger", "backup", "backup.sqlite"];
    let none = "error: there is no ledger at output/ledger.sqlite: nothing was issued yet\n  = help: issue codes: scenepress run\n";
    project.write("output/web/manifest.json", "{\"name\": \"web\"}");
    assert_eq!(project.expect(&backup, 4).stderr, none, "what lies there is something else");
    project.expect(&["run"], 0);
    project.expect(&["run", "--emulator"], 0);
    project.remove("output/ledger.sqlite");
    project.remove("output/emulator/ledger.sqlite");
    let lost = |bundle: &str, ledger: &str, import: &str| {
        format!(
            "error: {bundle} exists, but there is no ledger at {ledger}: without it every code would be issued again\n  \
             = help: restore the ledger from its backup\n  \
             = help: or rebuild it from the bundles: scenepress ledger import {import}\n  \
             = help: or name the right one: --ledger FILE\n  \
             = help: or, if it is left over from something else, move {bundle} away\n"
        )
    };
    let (zip, all) = ("output/metro/metro.zip", "output/*/*.zip");
    let usual = lost(zip, "output/ledger.sqlite", all);
    let elsewhere = lost(zip, "kept/ledger.sqlite", &format!("--ledger kept/ledger.sqlite {all}"));
    let emulators = lost(
        "output/emulator/metro/metro.NOT-FOR-PRINT.zip",
        "output/emulator/ledger.sqlite",
        "--emulator output/emulator/*/*.zip",
    );
    for (more, expected) in [
        (&[][..], &usual),
        (&["--require-ledger"], &usual),
        (&["--ledger", "kept/ledger.sqlite"], &elsewhere),
        (&["--emulator"], &emulators),
    ] {
        assert_eq!(project.expect(&[&backup, more].concat(), 4).stderr, *expected, "{more:?}");
    }
    assert_eq!(project.expect(&["ledger", "export"], 4).stderr, usual);
    assert!(!project.path("backup.sqlite").exists());
    // Beside the ledger, wherever that was.
    project.write("kept/metro/metro.zip", project.read(zip));
    project.remove("output");
    let kept = lost("kept/metro/metro.zip", "kept/ledger.sqlite", "--ledger kept/ledger.sqlite kept/*/*.zip");
    assert_eq!(project.expect(&[&backup[..], &["--ledger", "kept/ledger.sqlite"]].concat(), 4).stderr, kept);
    // Nothing is left.
    assert_eq!(project.expect(&backup, 4).stderr, none);
    let missing = project.expect(&[&backup[..], &["--require-ledger"]].concat(), 4);
    missing.says("error: there is no ledger at output/ledger.sqlite\n  = help: restore it from its backup\n");
}

#[test]
fn a_required_ledger_that_is_missing_ends_with_4() {
    let platform = Platform::start();
    let project = metro(&platform);
    for verb in ["run", "plan", "status", "bundle"] {
        let told = project.expect(&[verb, "--require-ledger"], 4);
        told.says("error: there is no ledger at output/ledger.sqlite");
    }
    assert!(project.files("output").is_empty() && platform.asked().is_empty());
    project.expect(&["run"], 0);
    project.expect(&["run", "--require-ledger"], 0);
}

#[test]
fn the_ledger_stays_where_it_is_whatever_output_says() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run", "--output", "elsewhere"], 0);
    assert!(project.path("output/ledger.sqlite").exists());
    assert!(project.path("elsewhere/metro/metro.zip").exists());
    let requests = platform.asked().len();
    let mut command = project.command(&["run", "--output", "elsewhere"]);
    command.env("SCENEPRESS_LEDGER", "other.sqlite");
    let told = super::support::Told::of(command);
    assert_eq!(told.exit, 4, "the bundle is there and this ledger is not: {}", told.stderr);
    assert_eq!(platform.asked().len(), requests);
}

#[test]
fn a_run_leaves_the_whole_ledger_in_one_file() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let names: Vec<String> =
        project.files("output").into_iter().filter(|name| name.contains("ledger")).collect();
    assert_eq!(names, ["output/ledger.sqlite", "output/ledger.sqlite.lock"]);
}

#[test]
fn a_file_that_is_no_ledger_is_left_alone() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.write("output/ledger.sqlite", "these are my notes, and they are long enough to be looked at");
    let before = project.read("output/ledger.sqlite");
    let told = project.expect(&["run"], 1);
    told.says("error: output/ledger.sqlite is no scenepress ledger\n");
    assert_eq!(project.read("output/ledger.sqlite"), before);
    assert!(platform.asked().is_empty());
}

#[test]
fn an_emptied_ledger_is_a_missing_one() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let creates = platform.count(Kind::Create);
    project.write("output/ledger.sqlite", "");
    for args in [&["run"][..], &["run", "--require-ledger"], &["bundle"], &["plan", "--require-ledger"]] {
        project.expect(args, 4);
    }
    assert_eq!(project.read("output/ledger.sqlite"), b"");
    assert_eq!(platform.count(Kind::Create), creates);
}

#[test]
fn a_lost_ledger_is_missed_wherever_the_bundles_are_to_go() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let creates = platform.count(Kind::Create);
    project.remove("output/ledger.sqlite");
    project.expect(&["run", "--output", "elsewhere"], 4).says("output/metro/");
    assert_eq!(platform.count(Kind::Create), creates);
}

#[test]
fn a_ledger_that_never_heard_of_a_campaign_does_not_replace_its_bundle() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let before = project.bundle("metro").sha256;
    let creates = platform.count(Kind::Create);
    let other = ["--ledger", "other/ledger.sqlite"];
    project.write("single/accounts.yaml", project.read("campaigns/accounts.yaml"));
    project.write("single/stores.yaml", "expires: 30d\ncodes: [{scene: 9, channel: Store}]");
    project.expect(&[&["run", "single", "--output", "other"], &other[..]].concat(), 0);
    let told = project.expect(&[&["run"], &other[..]].concat(), 4);
    told.says("output/metro/metro.zip exists, but the ledger other/ledger.sqlite does not know its campaign");
    assert_eq!(platform.count(Kind::Create), creates + 1, "the other ledger's own");
    assert_eq!(project.bundle("metro").sha256, before);
}

#[test]
fn a_ledger_made_before_the_first_release_or_of_another_schema_is_refused_by_every_verb() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro").sha256;
    let asked = platform.asked().len();
    for (sql, message) in [
        ("UPDATE meta SET schema = zeroblob(32)", "made by another development version of scenepress"),
        ("PRAGMA application_id = 1396920402", "made before the first release of scenepress"), // SCPR
    ] {
        project.sql(sql);
        let expected = format!(
            "error: output/ledger.sqlite was {message}\n  = help: use the version that made it\n  = help: or move it \
             away: a run then begins a new ledger, which issues every code again\n"
        );
        for args in [
            &["run"][..],
            &["bundle"],
            &["plan"],
            &["status"],
            &["ledger", "import", "output/metro/metro.zip"],
            &["ledger", "export"],
            &["ledger", "backup", "copy.sqlite"],
            &["handoff", "output/metro/metro.zip"],
        ] {
            let told = project.expect(args, 1);
            assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", expected.as_str()), "{args:?}");
        }
        let told = project.expect(&["doctor", "-q"], 1);
        let line = format!(
            "bad     ledger        output/ledger.sqlite was {message}: use the version that made it; or"
        );
        assert!(told.stdout.contains(&line), "{}", told.stdout);
    }
    assert_eq!(project.bundle("metro").sha256, bundle);
    assert_eq!(platform.count(Kind::Create), 3);
    assert!(platform.asked().len() <= asked + 2 * 2, "doctor's access tokens and quotas");
}
