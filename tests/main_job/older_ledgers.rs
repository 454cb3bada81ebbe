//! A ledger that is older than the bundles beside it: somebody restored an old backup.

use std::process::Command;

use super::support::{Kind, Platform, Project, Told};

const METRO: &str = "\
expires: 30d
permanent_budget: 2
codes:
  - {scenes: 1..3, channel: \"Exit {n}\"}
  - {scene: vip, channel: VIP, expires: never}
";

fn metro(platform: &Platform) -> Project {
    Project::new(platform).campaign("metro.yaml", METRO)
}

fn restore(project: &Project) {
    project.write("output/ledger.sqlite", project.read("backup.sqlite"));
}

/// A project with three revisions, whose ledger is of the first.
fn restored(platform: &Platform) -> Project {
    let project = metro(platform);
    project.expect(&["run"], 0);
    project.expect(&["ledger", "backup", "backup.sqlite"], 0);
    let more = format!("{METRO}  - {{scene: desk, channel: Desk, expires: never}}\n");
    project.write("campaigns/metro.yaml", more);
    project.expect(&["run"], 0);
    project.age(25);
    project.expect(&["run"], 0);
    assert_eq!(project.bundle("metro").revision(), 3);
    restore(&project);
    project
}

const WHY: &str = "output/metro/metro.zip is revision 3, but the ledger output/ledger.sqlite knows no later one than 1: it \
                   is older than its bundles, and with it codes would be issued again\n  \
                   = help: restore the ledger's newest backup\n  \
                   = help: or let it learn what the bundles know: scenepress ledger import output/*/*.zip\n  \
                   = help: or, if that bundle is left over from something else, move output/metro away\n";

/// The same where help has no line of its own.
fn one_line() -> String {
    WHY.trim_end().replacen("\n  = help: ", ": ", 1).replace("\n  = help: ", "; ")
}

/// Has a shell do what a message says to import.
fn follow(project: &Project, message: &str) -> Told {
    let command = message.split(" know: ").nth(1).expect("a command");
    let command = command.lines().next().and_then(|line| line.split(';').next()).expect("a line");
    let command = command.replace("scenepress", env!("CARGO_BIN_EXE_scenepress"));
    let like = project.command(&[]);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &command]).env_clear();
    shell.current_dir(like.get_current_dir().expect("a folder"));
    Told::of(shell)
}

#[test]
fn it_refuses_to_issue_again_before_anything_is_asked_of_the_platform() {
    let platform = Platform::start();
    let project = restored(&platform);
    let (asked, before) = (platform.asked().len(), project.output());
    for args in [&["run"][..], &["run", "--require-ledger"], &["bundle"]] {
        let told = project.expect(args, 4);
        assert_eq!((told.stdout.as_str(), told.stderr), ("", format!("error: {WHY}")), "{args:?}");
    }
    for verb in ["plan", "status"] {
        let told = project.expect(&[verb], 0);
        assert_eq!(
            told.stderr,
            format!("warning: `scenepress run` would refuse: {}\n", one_line()),
            "{verb}"
        );
    }
    let told = project.expect(&["doctor", "-q"], 4);
    let lines: Vec<&str> = told.stdout.lines().filter(|line| !line.contains("  disk  ")).collect();
    assert_eq!(lines, [format!("bad     ledger        {}", one_line())]);
    let asked = asked + 2; // an access token and the quota, by doctor
    let document = project.run_json(4);
    assert_eq!(
        (&document["outcome"], &document["problems"][0]["kind"]),
        (&"refused".into(), &"ledger-old".into())
    );
    assert_eq!(platform.asked().len(), asked);
    assert!(project.output() == before, "nothing was written");
}

#[test]
fn the_way_out_brings_it_up_to_date_and_nothing_is_issued_or_numbered_twice() {
    let platform = Platform::start();
    let project = restored(&platform);
    let urls = |project: &Project| project.bundle("metro").column("url");
    let (before, made) = (urls(&project), platform.count(Kind::Create));
    let permanents = platform.counters().permanent_codes;
    let told = follow(&project, &project.expect(&["run"], 4).stderr);
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(told.stderr.starts_with("4 codes adopted; 1 known already\n"), "{}", told.stderr);

    let plan = project.expect(&["plan", "--format", "json"], 0);
    assert_eq!((plan.stderr.as_str(), &plan.json()["counts"]["keep"]), ("", &5.into()));
    project.expect(&["run", "--require-ledger"], 0);
    assert_eq!((urls(&project), platform.count(Kind::Create)), (before, made));
    assert_eq!(platform.counters().permanent_codes, permanents);
    assert_eq!(project.bundle("metro").revision(), 4, "3 was given out");
    assert_eq!(project.bundle("metro").column("generation"), ["2", "2", "2", "1", "1"]);
    let results = project.results();
    project.expect(&["run"], 0);
    assert!(project.results() == results, "it is content");
    for revision in 1..=3 {
        project.expect(&["verify", &format!("output/metro/metro.r{revision}.zip")], 0);
    }
}

#[test]
fn one_night_is_enough_where_that_night_issued_something() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    project.expect(&["ledger", "backup", "backup.sqlite"], 0);
    project.age(25);
    project.expect(&["run"], 0);
    let made = platform.count(Kind::Create);
    restore(&project);
    let told = project.expect(&["run"], 4);
    assert_eq!(told.stderr, format!("error: {}", WHY.replace("revision 3", "revision 2")));
    // The zip is with the printer; what lies beside it still tells.
    let zip = project.read("output/metro/metro.zip");
    project.remove("output/metro/metro.zip");
    let why = WHY.replace("metro.zip is revision 3", "manifest.json is revision 2");
    assert_eq!(project.expect(&["run"], 4).stderr, format!("error: {why}"));
    project.write("output/metro/metro.zip", zip);
    assert_eq!(follow(&project, &told.stderr).exit, 0);
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), made);
}

#[test]
fn a_run_that_was_killed_before_it_recorded_its_bundle_is_no_older_ledger() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    project.age(25);
    project.expect(&["run"], 0);
    let (bundle, made) = (project.bundle("metro").sha256, platform.count(Kind::Create));
    // The bundle is in its place, and the codes were recorded as they came.
    project.sql("DELETE FROM bundles WHERE revision = 2; DELETE FROM bundled WHERE revision = 2");
    for verb in ["plan", "status"] {
        assert_eq!(project.expect(&[verb], 0).stderr, "", "{verb}");
    }
    project.expect(&["run"], 0);
    assert_eq!((project.bundle("metro").sha256, platform.count(Kind::Create)), (bundle, made));

    // Killed in its first night.
    project.sql("DELETE FROM bundles; DELETE FROM bundled");
    project.write("output/metro/manifest.json", {
        let manifest = String::from_utf8(project.read("output/metro/manifest.json")).expect("UTF-8");
        manifest.replace("\"revision\": 2", "\"revision\": 1")
    });
    project.remove("output/metro/metro.zip");
    project.expect(&["run"], 0);
    assert_eq!((project.bundle("metro").revision(), platform.count(Kind::Create)), (1, made));
}

#[test]
fn a_manifest_that_cannot_be_believed_stops_no_run() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let zip = project.bundle("metro").sha256;
    let manifest = String::from_utf8(project.read("output/metro/manifest.json")).expect("UTF-8");
    let revision = |number: &str| manifest.replace("\"revision\": 1,", &format!("\"revision\": {number},"));
    for text in [
        String::new(),
        "no JSON".to_owned(),
        "{\"revision\": 99}".to_owned(),
        manifest[..60].to_owned(),
        revision("99"), // the zip says otherwise
        revision("99").replace("\"bundle_format\": 1", "\"bundle_format\": 99"),
        revision("99").replace("\"metro\"", "\"other\""),
        revision("-1"),
    ] {
        project.write("output/metro/manifest.json", &text);
        let told = project.expect(&["plan"], 0);
        assert_eq!(told.stderr, "", "{text}");
        project.expect(&["run"], 0);
        assert_eq!(project.read("output/metro/manifest.json"), manifest.as_bytes(), "it is made good");
    }
    // Neither the zip nor the rest of the manifest can be read.
    project.write("output/metro/metro.zip", "cut");
    project.write("output/metro/manifest.json", &revision("99")[..400]);
    project.expect(&["run"], 0);
    assert_eq!(project.bundle("metro").sha256, zip);
    assert_eq!(platform.count(Kind::Create), 4);
}

#[test]
fn the_command_that_is_told_names_the_places_as_a_shell_reads_them() {
    let platform = Platform::start();
    let project = metro(&platform);
    let places = ["--output", "my output", "--ledger", "my ledger.sqlite"];
    let run = [&["run"], &places[..]].concat();
    project.expect(&run, 0);
    let first = project.read("my ledger.sqlite");
    project.write("campaigns/metro.yaml", METRO.replace("1..3", "1..4"));
    project.expect(&run, 0);
    let made = platform.count(Kind::Create);
    project.write("my ledger.sqlite", first);
    let told = project.expect(&run, 4);
    told.says(
        "what the bundles know: scenepress ledger import --ledger 'my ledger.sqlite' 'my output'/*/*.zip\n",
    );
    assert_eq!(follow(&project, &told.stderr).exit, 0);
    project.expect(&run, 0);
    assert_eq!(platform.count(Kind::Create), made);

    project.expect(&["run", "--emulator"], 0);
    let first = project.read("output/emulator/ledger.sqlite");
    project.write("campaigns/metro.yaml", METRO.replace("1..3", "1..5"));
    project.expect(&["run", "--emulator"], 0);
    project.write("output/emulator/ledger.sqlite", first);
    let told = project.expect(&["run", "--emulator"], 4);
    told.says("error: output/emulator/metro/metro.NOT-FOR-PRINT.zip is revision 2, but the ledger");
    told.says("what the bundles know: scenepress ledger import --emulator output/emulator/*/*.zip\n");
    assert_eq!(follow(&project, &told.stderr).exit, 0);
    project.expect(&["run", "--emulator"], 0);
}
