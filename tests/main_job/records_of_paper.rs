//! What is recorded of paper, one record after the other: handed over, taken down, undone.

use serde_json::{Value, json};

use super::handing_over::ZIP;
use super::support::{Platform, Project};

const METRO: &str = "expires: 30d
medium: paper
until: 2099-03-15
accept_expiry: 2026-01-01
codes:
  - {scenes: 1..3, channel: \"Exit {n}\"}
  - {scene: vip, channel: Desk}
";

fn done() -> (Platform, Project) {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    let told = project.expect(&["run"], 0).stderr;
    let next = format!(
        "Next: scenepress verify {ZIP}, hand it over, and record that: scenepress handoff {ZIP} --to NAME.\n"
    );
    assert!(told.ends_with(&next), "{told}");
    (platform, project)
}

/// How many codes `status` says are on paper.
fn on_paper(project: &Project) -> Value {
    project.expect(&["status", "--format", "json"], 0).json()["campaigns"][0]["on_paper"].clone()
}

fn removed<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["handoff", "--removed", "--campaign", "metro"], args].concat()
}

fn hand<'a>(zip: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["handoff", zip, "--to", "Shop A"], more].concat()
}

/// The list with `DAY` for today, which a test may see change.
fn list(project: &Project, args: &[&str]) -> Vec<String> {
    let told = project.expect(&[&["handoff", "--list"], args].concat(), 0).stdout;
    let line = |line: &str| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        words[1] = "DAY";
        words.join(" ")
    };
    told.lines().map(line).collect()
}

#[test]
fn the_wrong_bundle_is_undone_and_can_be_handed_over_again() {
    let (_platform, project) = done();
    assert_eq!(project.expect(&["handoff", "--list"], 0).stdout, "No records.\n");
    project.expect(&["handoff", "--undo", "1"], 2).says("--undo 1: nothing was handed over yet");
    let hand = ["handoff", ZIP, "--to", "Shop A", "--copies", "200"];
    let told = project.expect(&hand, 0).stdout;
    assert!(
        told.starts_with(&format!("{ZIP}: 4 codes of metro, revision 1, 200 copies, handed to Shop A")),
        "{told}"
    );
    let told = project.expect(&hand, 0).stdout;
    assert!(told.ends_with(" already (record 1); nothing was recorded\n"), "{told}");
    assert_eq!(on_paper(&project), 4);
    let told = project.expect(&["handoff", "--undo", "1"], 0);
    assert_eq!(told.stdout, "record 1 does not count any more (record 2)\n");
    assert_eq!(on_paper(&project), 0);
    let told = project.expect(&["handoff", "--undo", "1"], 0).stdout;
    assert_eq!(told, "record 1 was undone already by record 2; nothing was recorded\n");
    for (record, why) in [
        ("2", "that record undoes record 1 and cannot be undone itself; record anew what happened"),
        ("9", "there is no such record; the last is 2 (`scenepress handoff --list` shows all)"),
    ] {
        project.expect(&["handoff", "--undo", record], 2).says(&format!("error: --undo {record}: {why}"));
    }
    assert!(project.expect(&hand, 0).stdout.ends_with(" (record 3)\n"));
    assert_eq!(on_paper(&project), 4);
    // Another delivery of the same is a record of its own. Nobody can tell whether it corrects the one before.
    let more = project.expect(&["handoff", ZIP, "--to", "Shop A", "--copies", "50", "--note", "second"], 0);
    more.says("it was handed to Shop A before, on ");
    more.says(
        "(record 3), and now once more (record 4): if that record was wrong, `scenepress handoff --undo 3`",
    );
    let first = "revision 1 to Shop A, 4 codes, 200 copies";
    let expected = [
        format!("1 DAY metro {first} [undone by record 2]"),
        "2 DAY metro undoes record 1".to_owned(),
        format!("3 DAY metro {first}"),
        "4 DAY metro revision 1 to Shop A, 4 codes, 50 copies: second".to_owned(),
    ];
    assert_eq!(list(&project, &[]), expected);
    assert_eq!(list(&project, &["--campaign", "metro"]), expected);
    let records = project.expect(&["handoff", "--list", "--format", "json"], 0).json();
    let exported = project.expect(&["ledger", "export"], 0).stdout;
    let exported: Vec<Value> =
        exported.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(records["records"].as_array().expect("records")[..], exported[exported.len() - 4..]);
}

#[test]
fn paper_that_was_taken_down_hangs_no_more_where_it_was_taken_down() {
    let (_platform, project) = done();
    for shop in ["Shop A", "Shop B"] {
        project.expect(&["handoff", ZIP, "--to", shop], 0);
    }
    project.expect(&removed(&["--from", "Shop A", "1", "vip"]), 0);
    assert_eq!(on_paper(&project), 4, "Shop B has them all");
    // A poster comes down wherever it hangs.
    project.expect(&removed(&["1..2", "--note", "rebuilt"]), 0);
    assert_eq!(on_paper(&project), 2);
    let told = project.expect(&removed(&["1", "2"]), 0).stdout;
    assert_eq!(told, "all of that paper was taken down already; nothing was recorded\n");
    // A shop is closed.
    let told =
        project.expect(&[&removed(&["--from", "Shop B"])[..], &["--format", "json"]].concat(), 0).json();
    let codes = json!([{"appid": "wx0123456789abcdef", "generation": 1, "ids": ["3"], "strs": ["vip"]}]);
    assert_eq!(
        (&told["recorded"], &told["record"]["id"], &told["record"]["codes"], &told["record"]["from"]),
        (&json!(true), &json!(5), &codes, &json!("Shop B"))
    );
    assert_eq!(on_paper(&project), 1);
    let expected = [
        "3 DAY metro paper of Shop A taken down, 2 codes (1, vip)",
        "4 DAY metro paper taken down, 2 codes (1..2): rebuilt",
        "5 DAY metro paper of Shop B taken down, 2 codes (3, vip)",
    ];
    assert_eq!(list(&project, &[])[2..], expected);
    // It was not closed.
    project.expect(&["handoff", "--undo", "5"], 0);
    assert_eq!(on_paper(&project), 2);
    project.expect(&removed(&["--from", "Shop B"]), 0);
    project.expect(&removed(&["--from", "Shop A"]), 0);
    assert_eq!(on_paper(&project), 0);
    assert!(project.expect(&hand(ZIP, &[]), 0).stdout.ends_with(" (record 9)\n"));
    assert_eq!(on_paper(&project), 4);
}

#[test]
fn a_misspelt_name_records_nothing_and_gets_a_suggestion() {
    let (_platform, project) = done();
    let lost = "there is no ledger at none.sqlite";
    for args in [&["--list"][..], &["--undo", "1"], &["--removed", "--campaign", "metro", "1"]] {
        project.expect(&[&["handoff", "--ledger", "none.sqlite"], args].concat(), 4).says(lost);
    }
    assert!(!project.path("none.sqlite").exists() && !project.path("none.sqlite.lock").exists());
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    for (args, why) in [
        (
            &["--campaign", "metor", "1"][..],
            "--campaign metor: the ledger output/ledger.sqlite has no such campaign; did you mean \"metro\"?",
        ),
        (&["--campaign", "metro", "vap"], "scene vap of metro was never handed over; did you mean \"vip\"?"),
        (&["--campaign", "metro", "1", "77"], "scene 77 of metro was never handed over\n"),
        (&["--campaign", "metro", "7..9"], "scene 7..9 of metro was never handed over\n"),
        (
            &["--campaign", "metro", "--from", "shop a", "1"],
            "--from shop a: was never handed anything of metro; did you mean \"Shop A\"?",
        ),
        (&["--campaign", "metro"], "--removed: name the scenes, or --from NAME for all that NAME has"),
    ] {
        project.expect(&[&["handoff", "--removed"], args].concat(), 2).says(why);
    }
    project.expect(&["handoff", "--list", "--campaign", "metor"], 2).says("did you mean \"metro\"?");
    assert_eq!(project.number("SELECT count(*) FROM handoffs"), 1);
    // A new name may well be another shop. One that is written otherwise is the same.
    assert_eq!(project.expect(&["handoff", ZIP, "--to", "Shop B"], 0).stderr, "");
    project.expect(&["handoff", ZIP, "--to", "shop-a"], 0).says(
        "shop-a is a new name, and Shop A was handed codes of metro before: if they are the same, \
         `scenepress handoff --undo 3` and record it for Shop A",
    );
    for args in [
        &["handoff"][..],
        &["handoff", ZIP, ZIP],
        &["handoff", "--list", ZIP],
        &["handoff", "--list", "--undo", "1"],
        &["handoff", "--removed", "1"],
        &["handoff", ZIP, "--copies", "0"],
        &["handoff", "--undo", "one"],
        &["handoff", ZIP, "--from", "Shop A"],
    ] {
        project.expect(args, 2);
    }
    assert_eq!(project.number("SELECT count(*) FROM handoffs"), 3);
}

#[test]
fn a_rehearsal_is_recorded_in_the_emulators_ledger_alone() {
    let (_platform, project) = done();
    project.expect(&["run", "--emulator"], 0);
    let rehearsed = "output/emulator/metro/metro.NOT-FOR-PRINT.zip";
    project.expect(&hand(rehearsed, &[]), 4).says("an emulator made its codes, which lead nowhere");
    let why = "its codes are real, and the emulator's ledger does not know them: leave out --emulator";
    project.expect(&hand(ZIP, &["--emulator"]), 4).says(why);
    let told = project.expect(&hand(rehearsed, &["--emulator"]), 0).stdout;
    assert!(told.ends_with(" (record 1; a rehearsal, in output/emulator/ledger.sqlite alone)\n"), "{told}");
    let status = project.expect(&["status", "--emulator", "--format", "json"], 0).json();
    assert_eq!((&status["campaigns"][0]["on_paper"], on_paper(&project)), (&json!(4), json!(0)));
    project.expect(&["handoff", "--emulator", "--removed", "--campaign", "metro", "1"], 0);
    assert_eq!(list(&project, &["--emulator"]).len(), 2);
    assert_eq!(project.expect(&["handoff", "--list"], 0).stdout, "No records.\n");
}

#[test]
fn a_retired_permanent_code_is_not_said_to_expire() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign(
        "metro.yaml",
        "expires: never\npermanent_budget: 9\nmedium: paper\ncodes:\n  - {scene: 1, channel: North}\n  - {scene: 2, channel: East}\n",
    );
    project.expect(&["run", "--yes"], 0);
    project.write("old.zip", project.read(ZIP));
    project.write(
        "campaigns/metro.yaml",
        "expires: never\npermanent_budget: 9\nmedium: paper\ncodes:\n  - {scene: 1, channel: North}\n",
    );
    project.expect(&["run", "--yes"], 0);
    assert_eq!(
        project.expect(&["handoff", "old.zip", "--to", "Shop A"], 0).stderr,
        "warning: old.zip: 1 code of it is retired: it is permanent and works on, but no campaign file lists it; \
         revision 2 of metro is what is wanted now\n"
    );
}

/// These members of the campaign in `status --format json`, which ends with 0 whatever is asked.
fn counts(project: &Project, args: &[&str], keys: &[&str]) -> Vec<Value> {
    let status = project.expect(&[&["status", "--format", "json"], args].concat(), 0).json();
    keys.iter().map(|key| status["campaigns"][0][key].clone()).collect()
}

#[test]
fn paper_that_was_taken_down_alarms_no_more() {
    let platform = Platform::start();
    let strict = METRO.replace("accept_expiry: 2026-01-01\n", "");
    let project = Project::new(&platform).campaign("metro.yaml", &strict);
    project.expect(&["run", "--accept-expiry", "metro"], 0);
    project.expect(&hand(ZIP, &[]), 0);
    project.age(25);
    project.expect(&["run"], 4);
    project.expect(&["status", "--min-left", "8d"], 11);
    project.expect(&removed(&["1..3"]), 0);
    project.expect(&["run"], 4);
    project.expect(&removed(&["vip"]), 0);
    project.expect(&["plan", "-v"], 0);
    project.expect(&["run"], 0);
    let watch = ["--min-left", "8d", "--prometheus", "metro.prom"];
    let keys =
        ["codes", "taken_down", "live", "paper_due", "dying_on_paper", "outdated_on_paper", "next_expiry_at"];
    let none = [json!(4), json!(4), json!(0), json!(0), json!(0), json!(0), json!(null)];
    assert_eq!(counts(&project, &watch, &keys), none);
    let metrics = String::from_utf8(project.read("metro.prom")).expect("a text");
    assert!(metrics.contains("state=\"taken_down\"} 4\n"), "{metrics}");
    let status = project.expect(&["status"], 0).stdout;
    assert!(status.contains("metro: all paper of 4 codes was taken down\n"), "{status}");

    // Expired, they stay in the bundle, which is whole.
    project.age(10);
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro").sha256;
    project.remove(ZIP);
    project.expect(&["run"], 0);
    assert_eq!(project.bundle("metro").sha256, bundle);
    assert_eq!(project.bundle("metro").rows().len(), 4);
    assert_eq!(counts(&project, &watch, &["expired", "dead_in_bundle"]), [json!(0), json!(4)]);
    let shown = project.expect(&["inspect", "1"], 0).stdout;
    assert!(shown.contains("revision 1 (taken down on 20") && !shown.contains("to do"), "{shown}");
    let issued =
        &project.expect(&["inspect", "1", "--format", "json"], 0).json()["things"][0]["found"][0]["issued"];
    assert_eq!((&issued["paper"], &issued["handed"][0]["replaced_at"]), (&json!(null), &json!(null)));
    assert!(issued["handed"][0]["removed_at"].is_string());

    // It was not taken down after all.
    project.expect(&["handoff", "--undo", "2"], 0);
    project.expect(&["run"], 4);
    project.expect(&["status", "--min-left", "8d"], 11);
    assert_eq!(
        project.expect(&["inspect", "1", "--format", "json"], 0).json()["things"][0]["found"][0]["issued"]["paper"],
        "expired"
    );
    project.expect(&["run", "--reprint", "metro", "--accept-expiry", "metro"], 0);
    let waiting = ["taken_down", "outdated_on_paper", "never_handed_over"];
    assert_eq!(counts(&project, &[], &waiting), [json!(0), json!(3), json!(1)]);
    project.expect(&hand(ZIP, &[]), 0);
    assert_eq!(counts(&project, &[], &waiting), vec![json!(0); 3]);
    let shown = project.expect(&["inspect", "2"], 0).stdout;
    assert!(shown.contains(" (replaced on 20") && !shown.contains("to do"), "{shown}");
}

#[test]
fn codes_for_paper_that_were_never_handed_over_are_counted() {
    let platform = Platform::start();
    let media = METRO.replace("Desk}", "Desk, medium: screen}");
    let project = Project::new(&platform).campaign("metro.yaml", &media);
    let waiting = |project: &Project| counts(project, &[], &["never_handed_over"]);
    assert_eq!(waiting(&project), [json!(0)], "they have no picture yet");
    project.expect(&["run"], 0);
    assert_eq!(waiting(&project), [json!(3)]);
    assert_eq!(counts(&project, &["--only", "scene=1"], &["never_handed_over"]), [json!(1)]);
    let status = project.expect(&["status", "--prometheus", "metro.prom"], 0).stdout;
    let note = "metro: 3 codes for paper were never handed over (`scenepress handoff`)\n";
    assert!(status.contains(note), "{status}");
    let metrics = String::from_utf8(project.read("metro.prom")).expect("a text");
    assert!(metrics.contains("campaign=\"metro\"} 3\n"), "{metrics}");
    project.expect(&hand(ZIP, &[]), 0);
    assert_eq!(waiting(&project), [json!(0)]);
    project.write("campaigns/metro.yaml", media.replace("1..3", "1..5"));
    project.expect(&["run"], 0);
    assert_eq!(waiting(&project), [json!(2)]);
    project.expect(&removed(&["1"]), 0);
    assert_eq!(waiting(&project), [json!(2)], "it was handed over once");
}
