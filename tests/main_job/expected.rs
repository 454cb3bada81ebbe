//! `plan --out`, `run --plan` and `run --expect`: exactly the plan that was approved, or nothing; and a plan against
//! a copy of the ledger, which it leaves alone.

use std::collections::BTreeMap;

use scenepress::model::Digest;

use super::support::{Kind, Office, Platform};

const METRO: &str = "expires: 30d\ncodes:\n  - {scene: 1, channel: East}\n  - {scene: gate, channel: West}\n";

/// The digest in the document that `plan --out` wrote.
fn digest(office: &Office, name: &str) -> String {
    let document: serde_json::Value = serde_json::from_slice(&office.read(name)).expect("a document");
    document["digest"].as_str().expect("a digest").to_owned()
}

#[test]
fn the_plan_that_was_written_is_carried_out_and_what_moved_since_keeps_it_from_it() {
    let platform = Platform::start();
    let office = Office::new(&platform).campaign("metro.yaml", METRO);
    let shown = office.expect(&["plan", "--now", "2026-11-22", "--out", "approved.json"], 0);
    let plain = office.expect(&["plan", "--now", "2026-11-22"], 0);
    assert_eq!((shown.stdout, shown.stderr), (plain.stdout, String::new()), "the file comes besides");
    let document = office.expect(&["plan", "--now", "2026-11-22", "--format", "json"], 0);
    assert_eq!(String::from_utf8_lossy(&office.read("approved.json")), document.stdout);
    let approved = digest(&office, "approved.json");

    office.write("campaigns/metro.yaml", METRO.replace("West", "North").replace("scene: 1,", "scene: 2,"));
    let found = digest_now(&office);
    let told = office.expect(&["run", "--plan", "approved.json"], 4);
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
    let told = office.expect(&["run", "--expect", &approved], 4);
    assert_eq!((told.stdout.as_str(), told.stderr), ("", error));
    assert_eq!(platform.asked().len(), 0, "nobody is asked");
    assert_eq!(office.number("SELECT count(*) FROM codes"), 0, "nothing is recorded");

    let document = office.expect(&["run", "--plan", "approved.json", "--format", "json"], 4).json();
    assert_eq!((&document["exit"], &document["outcome"]), (&4.into(), &"refused".into()));
    let problems: Vec<_> = document["problems"].as_array().expect("a list").iter().collect();
    assert!(problems.iter().all(|problem| problem["kind"] == "plan-changed"), "{problems:?}");
    assert_eq!(problems[1]["message"], "gone     metro  create 1, channel \"East\"");
    assert_eq!(problems.len(), 4);

    office.write("campaigns/metro.yaml", METRO);
    office.expect(&["run", "--plan", "approved.json"], 0);
    assert_eq!(platform.count(Kind::Create), 2);
    office.expect(&["run", "--plan", "approved.json"], 4); // its actions are done
    assert_eq!(platform.count(Kind::Create), 2);
}

#[test]
fn a_plan_that_was_approved_for_a_month_is_not_one_for_a_week() {
    let platform = Platform::start();
    let office = Office::new(&platform).campaign("metro.yaml", METRO);
    office.expect(&["plan", "--out", "approved.json"], 0);
    office.write("campaigns/metro.yaml", METRO.replace("30d", "7d"));
    let told = office.expect(&["run", "--plan", "approved.json"], 4);
    let differences = "\
What differs from the plan that was expected:
  changed  metro  1: lifetime temporary (30 d) became temporary (7 d)
  changed  metro  \"gate\": lifetime temporary (30 d) became temporary (7 d)
error: the plan is not the one that was expected: nothing was done. ";
    assert!(told.stderr.starts_with(differences), "{}", told.stderr);
    office.expect(&["run", "--expect", &digest(&office, "approved.json")], 4);
    assert_eq!(platform.asked().len(), 0, "nobody is asked");

    let document = String::from_utf8(office.read("approved.json")).expect("UTF-8");
    office.write("forged.json", document.replace("2592000", "60"));
    office.expect(&["run", "--plan", "forged.json"], 2);
}

fn digest_now(office: &Office) -> String {
    office.expect(&["plan", "--out", "now.json"], 0);
    digest(office, "now.json")
}

#[test]
fn a_plan_with_nothing_to_do_may_be_expected_too() {
    let platform = Platform::start();
    let office = Office::new(&platform).campaign("metro.yaml", METRO);
    let digest = digest_now(&office);
    office.expect(&["run", "--expect", &digest], 0);
    let idle = digest_now(&office);
    office.expect(&["run", "--expect", &idle], 0);
    office.expect(&["run", "--plan", "now.json"], 0);
    assert_eq!(platform.count(Kind::Create), 2);
}

#[test]
fn a_file_that_is_no_plan_is_wrong_usage() {
    let platform = Platform::start();
    let office = Office::new(&platform).campaign("metro.yaml", METRO);
    office.expect(&["plan", "--out", "good.json"], 0);
    let good = String::from_utf8(office.read("good.json")).expect("UTF-8");
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
        office.write("plan.json", text);
        let told = office.expect(&["run", "--plan", "plan.json"], 2);
        assert!(told.stderr.starts_with(&format!("error: plan.json {what}")), "{}", told.stderr);
        let advice = ": nothing was done; `scenepress plan --out FILE` writes a plan\n";
        assert!(told.stderr.ends_with(advice), "{}", told.stderr);
    }
    let told = office.expect(&["run", "--plan", "missing.json"], 2);
    assert_eq!(told.stderr, "error: cannot read missing.json: No such file or directory (os error 2)\n");
    office.expect(&["run", "--plan", "good.json", "--expect", &"0".repeat(64)], 2);
    office.expect(&["run", "--expect", "cafe"], 2);
    assert_eq!(platform.asked().len(), 0);
    assert!(!office.path("output").exists(), "not even the lock was taken");
}

#[test]
fn nothing_is_written_over_but_earlier_work_of_the_same_kind() {
    let platform = Platform::start();
    let office = Office::new(&platform).campaign("metro.yaml", METRO);
    office.expect(&["run"], 0);
    let before = office.output();
    let files = [
        "output/ledger.sqlite",
        "campaigns/../output/ledger.sqlite",
        "output/metro/metro.zip",
        "campaigns/metro.yaml",
        "/dev/null",
        "campaigns",
    ];
    let campaign = office.read("campaigns/metro.yaml");
    for name in files {
        for (args, what) in [
            (["plan", "--out", name], "plan of scenepress"),
            (["status", "--prometheus", name], "file of scenepress's metrics"),
            (["ledger", "export", name], "export of a ledger"),
        ] {
            let told = office.expect(&args, 2);
            let expected =
                format!("error: {name} exists and is no {what}: name another file, or move it away\n");
            assert_eq!(told.stderr, expected);
        }
    }
    assert!(office.output() == before && office.read("campaigns/metro.yaml") == campaign);
    office.write("empty", "");
    for args in [["plan", "--out", "empty"], ["plan", "--out", "empty"]] {
        office.expect(&args, 0);
    }
    for args in [["status", "--prometheus", "metrics"], ["status", "--prometheus", "metrics"]] {
        office.expect(&args, 0);
    }
    office.write("campaigns/broken.yaml", "codes: 7\n");
    office.expect(&["plan", "--out", "broken.json"], 2);
    assert!(!office.path("broken.json").exists());
}

/// Every file below a folder with its bytes' hash. Not `-shm`: it holds nothing of the ledger, readers of an unfinished
/// log mark their place in it where they may, and root always may.
fn hashes(office: &Office, below: &str) -> BTreeMap<String, Digest> {
    let files = office.files(below).into_iter().filter(|name| !name.ends_with("-shm"));
    files.map(|name| (name.clone(), Digest::of(&office.read(&name)))).collect()
}

#[test]
fn a_plan_against_a_copy_of_the_ledger_neither_writes_nor_locks() {
    let platform = Platform::start();
    let office = Office::new(&platform).campaign("metro.yaml", METRO);
    office.expect(&["run"], 0);
    office.write("whole/ledger.sqlite", office.read("output/ledger.sqlite"));
    // As a run that is at work leaves it to whoever copies.
    let open = rusqlite::Connection::open(office.path("output/ledger.sqlite")).expect("a ledger");
    open.execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE calls SET made = made + 7").expect("SQL");
    for ending in ["", "-wal", "-shm"] {
        let name = format!("output/ledger.sqlite{ending}");
        office.write(&format!("busy/ledger.sqlite{ending}"), office.read(&name));
    }
    for folder in ["whole", "busy"] {
        let (before, names) = (hashes(&office, folder), office.files(folder));
        let ledger = format!("{folder}/ledger.sqlite");
        for writable in [true, false] {
            let mode = if writable { "u+w" } else { "a-w" };
            chmod(&office, mode, folder);
            for verb in ["plan", "status"] {
                let told = office.expect(&[verb, "--ledger", &ledger, "--require-ledger"], 0);
                assert_eq!(told.stderr, "", "{verb} {folder}");
                assert_eq!(hashes(&office, folder), before, "{verb} {folder}, {mode}");
                assert_eq!(office.files(folder), names, "{verb} {folder}, {mode}");
            }
        }
        chmod(&office, "u+w", folder);
    }
    drop(open);
}

fn chmod(office: &Office, mode: &str, folder: &str) {
    let status = std::process::Command::new("chmod").args(["-R", mode]).arg(office.path(folder)).status();
    assert!(status.expect("chmod").success());
}
