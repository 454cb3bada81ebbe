//! `plan --out`, `run --plan` and `run --expect`: exactly the plan that was approved, or nothing; and a plan against
//! a copy of the ledger, which it leaves alone.

use std::collections::BTreeMap;

use scenepress::model::Digest;

use super::support::{Kind, Platform, Project};

const METRO: &str = "expires: 30d\ncodes:\n  - {scene: 1, channel: East}\n  - {scene: gate, channel: West}\n";

/// The digest in the document that `plan --out` wrote.
fn digest(project: &Project, name: &str) -> String {
    let document: serde_json::Value = serde_json::from_slice(&project.read(name)).expect("a document");
    document["digest"].as_str().expect("a digest").to_owned()
}

#[test]
fn the_plan_that_was_written_is_carried_out_and_what_moved_since_keeps_it_from_it() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    let shown = project.expect(&["plan", "--now", "2026-11-22", "--out", "approved.json"], 0);
    let plain = project.expect(&["plan", "--now", "2026-11-22"], 0);
    assert_eq!((shown.stdout, shown.stderr), (plain.stdout, String::new()), "the file comes besides");
    let document = project.expect(&["plan", "--now", "2026-11-22", "--format", "json"], 0);
    assert_eq!(String::from_utf8_lossy(&project.read("approved.json")), document.stdout);
    let approved = digest(&project, "approved.json");

    project.write("campaigns/metro.yaml", METRO.replace("West", "North").replace("scene: 1,", "scene: 2,"));
    let found = digest_now(&project);
    let told = project.expect(&["run", "--plan", "approved.json"], 4);
    let error = format!(
        "error: the plan is not the one that was expected: nothing was done. Expected was digest {approved}, now it \
         is {found}; `scenepress plan` shows what would be done now. A plan made with --allow, --accept-expiry, --reprint or \
         --only needs the same options\n"
    );
    let differences = "\
What differs from the plan that was expected:
  gone     metro  create 1, channel \"East\"
  new      metro  create 2, channel \"East\"
  changed  metro  \"gate\": channel \"West\" became \"North\"
";
    assert_eq!((told.stdout.as_str(), told.stderr), ("", format!("{differences}{error}")));
    let told = project.expect(&["run", "--expect", &approved], 4);
    assert_eq!((told.stdout.as_str(), told.stderr), ("", error));
    assert_eq!(platform.asked().len(), 0, "nobody is asked");
    assert_eq!(project.number("SELECT count(*) FROM codes"), 0, "nothing is recorded");

    let document = project.expect(&["run", "--plan", "approved.json", "--format", "json"], 4).json();
    assert_eq!((&document["exit"], &document["outcome"]), (&4.into(), &"refused".into()));
    let problems: Vec<_> = document["problems"].as_array().expect("a list").iter().collect();
    assert!(problems.iter().all(|problem| problem["kind"] == "plan-changed"), "{problems:?}");
    assert_eq!(problems[1]["message"], "gone     metro  create 1, channel \"East\"");
    assert_eq!(problems.len(), 4);

    project.write("campaigns/metro.yaml", METRO);
    project.expect(&["run", "--plan", "approved.json"], 0);
    assert_eq!(platform.count(Kind::Create), 2);
    project.expect(&["run", "--plan", "approved.json"], 4); // its actions are done
    assert_eq!(platform.count(Kind::Create), 2);
}

#[test]
fn a_plan_that_was_approved_for_a_month_is_not_one_for_a_week() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["plan", "--out", "approved.json"], 0);
    project.write("campaigns/metro.yaml", METRO.replace("30d", "7d"));
    let told = project.expect(&["run", "--plan", "approved.json"], 4);
    let differences = "\
What differs from the plan that was expected:
  changed  metro  1: lifetime temporary (30 d) became temporary (7 d)
  changed  metro  \"gate\": lifetime temporary (30 d) became temporary (7 d)
error: the plan is not the one that was expected: nothing was done. ";
    assert!(told.stderr.starts_with(differences), "{}", told.stderr);
    project.expect(&["run", "--expect", &digest(&project, "approved.json")], 4);
    assert_eq!(platform.asked().len(), 0, "nobody is asked");

    let document = String::from_utf8(project.read("approved.json")).expect("UTF-8");
    project.write("forged.json", document.replace("2592000", "60"));
    project.expect(&["run", "--plan", "forged.json"], 2);
}

fn digest_now(project: &Project) -> String {
    project.expect(&["plan", "--out", "now.json"], 0);
    digest(project, "now.json")
}

#[test]
fn a_plan_with_nothing_to_do_may_be_expected_too() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    let digest = digest_now(&project);
    project.expect(&["run", "--expect", &digest], 0);
    let idle = digest_now(&project);
    project.expect(&["run", "--expect", &idle], 0);
    project.expect(&["run", "--plan", "now.json"], 0);
    assert_eq!(platform.count(Kind::Create), 2);
}

#[test]
fn a_file_that_is_no_plan_is_wrong_usage() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["plan", "--out", "good.json"], 0);
    let good = String::from_utf8(project.read("good.json")).expect("UTF-8");
    let broken = [
        ("hello", "is no plan (line 1, column 1)"),
        ("", "is no plan (line 1, column 0)"),
        ("{\"format\": 1}", "is no plan (line 1, column 13)"),
        (&good[..good.len() / 2], "is no plan (line"),
        (
            &good.replace("\"format\": 1", "\"format\": 2"),
            "is a plan of format 2, this version reads format 1",
        ),
        (
            &good.replace("East", "West"),
            "was changed after it was written: its actions do not give its digest",
        ),
        (
            &good.replace("\"account\": \"default\", \"appid\"", "\"account\": \"other\", \"appid\""),
            "was changed after it was written: its actions do not give its digest",
        ),
    ];
    for (text, what) in broken {
        assert_ne!(text, good);
        project.write("plan.json", text);
        let told = project.expect(&["run", "--plan", "plan.json"], 2);
        assert!(told.stderr.starts_with(&format!("error: plan.json {what}")), "{}", told.stderr);
        let advice = ": nothing was done; `scenepress plan --out FILE` writes a plan\n";
        assert!(told.stderr.ends_with(advice), "{}", told.stderr);
    }
    let told = project.expect(&["run", "--plan", "missing.json"], 2);
    assert_eq!(told.stderr, "error: cannot read missing.json: No such file or directory (os error 2)\n");
    project.expect(&["run", "--plan", "good.json", "--expect", &"0".repeat(64)], 2);
    project.expect(&["run", "--expect", "cafe"], 2);
    assert_eq!(platform.asked().len(), 0);
    assert!(!project.path("output").exists(), "not even the lock was taken");
}

#[test]
fn nothing_is_written_over_but_earlier_work_of_the_same_kind() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    let before = project.output();
    let ledger = ["output/ledger.sqlite", "campaigns/../output/ledger.sqlite"];
    let files = ["output/metro/metro.zip", "campaigns/metro.yaml", "/dev/null", "campaigns"];
    let campaign = project.read("campaigns/metro.yaml");
    for name in files {
        for (args, what) in [
            (["plan", "--out", name], "plan of scenepress"),
            (["status", "--prometheus", name], "file of scenepress's metrics"),
            (["ledger", "export", name], "export of a ledger"),
        ] {
            let told = project.expect(&args, 2);
            let expected =
                format!("error: {name} exists and is no {what}: name another file, or move it away\n");
            assert_eq!(told.stderr, expected);
            for name in ledger {
                let told = project.expect(&[args[0], args[1], name], 2);
                told.says(&format!("error: {name} belongs to the ledger output/ledger.sqlite\n"));
            }
        }
    }
    assert!(project.output() == before && project.read("campaigns/metro.yaml") == campaign);
    project.write("empty", "");
    for args in [["plan", "--out", "empty"], ["plan", "--out", "empty"]] {
        project.expect(&args, 0);
    }
    for args in [["status", "--prometheus", "metrics"], ["status", "--prometheus", "metrics"]] {
        project.expect(&args, 0);
    }
    project.write("campaigns/broken.yaml", "codes: 7\n");
    project.expect(&["plan", "--out", "broken.json"], 2);
    assert!(!project.path("broken.json").exists());
}

/// Every file below a folder with its bytes' hash. Not `-shm`: it holds nothing of the ledger, readers of an unfinished
/// log mark their place in it where they may, and root always may.
fn hashes(project: &Project, below: &str) -> BTreeMap<String, Digest> {
    let files = project.files(below).into_iter().filter(|name| !name.ends_with("-shm"));
    files.map(|name| (name.clone(), Digest::of(&project.read(&name)))).collect()
}

#[test]
fn a_plan_against_a_copy_of_the_ledger_neither_writes_nor_locks() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    project.write("whole/ledger.sqlite", project.read("output/ledger.sqlite"));
    // As a run that is at work leaves it to whoever copies.
    let open = rusqlite::Connection::open(project.path("output/ledger.sqlite")).expect("a ledger");
    open.execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE calls SET made = made + 7").expect("SQL");
    for ending in ["", "-wal", "-shm"] {
        let name = format!("output/ledger.sqlite{ending}");
        project.write(&format!("busy/ledger.sqlite{ending}"), project.read(&name));
    }
    for folder in ["whole", "busy"] {
        let (before, names) = (hashes(&project, folder), project.files(folder));
        let ledger = format!("{folder}/ledger.sqlite");
        for writable in [true, false] {
            let mode = if writable { "u+w" } else { "a-w" };
            chmod(&project, mode, folder);
            for verb in ["plan", "status"] {
                let told = project.expect(&[verb, "--ledger", &ledger, "--require-ledger"], 0);
                assert_eq!(told.stderr, "", "{verb} {folder}");
                assert_eq!(hashes(&project, folder), before, "{verb} {folder}, {mode}");
                assert_eq!(project.files(folder), names, "{verb} {folder}, {mode}");
            }
        }
        chmod(&project, "u+w", folder);
    }
    drop(open);
}

fn chmod(project: &Project, mode: &str, folder: &str) {
    let status = std::process::Command::new("chmod").args(["-R", mode]).arg(project.path(folder)).status();
    assert!(status.expect("chmod").success());
}
