//! A lost ledger is rebuilt: from the last bundles, or from a list of tickets. Nothing is issued anew.

use super::support::{Kind, Platform, Project};

const METRO: &str = "\
expires: 30d
permanent_budget: 1
codes:
  - {scenes: 1..3, channel: \"Exit {n}\", tags: [a, b]}
  - {scene: \"007\", channel: 门店}
  - {scene: vip, channel: VIP, expires: never}
include: [more.csv]
";
const MORE: &str = "scene,channel,manager\nshop,Shop,王磊\n";

fn project(platform: &Platform) -> Project {
    Project::new(platform).campaign("metro.yaml", METRO).campaign("more.csv", MORE)
}

/// Scene, generation and url of every row of a bundle, and its place.
fn rows(project: &Project) -> Vec<[String; 5]> {
    let manifest: serde_json::Value =
        serde_json::from_slice(&project.read("output/metro/manifest.json")).expect("a manifest");
    let text = |row: &serde_json::Value, key: &str| row[key].to_string();
    manifest["codes"]
        .as_array()
        .expect("codes")
        .iter()
        .map(|row| ["seq", "scene", "generation", "url", "image_sha256"].map(|key| text(row, key)))
        .collect()
}

fn lose_everything_but_the_bundle(project: &Project) {
    let zip = project.read("output/metro/metro.zip");
    project.remove("output");
    project.write("metro.zip", zip);
}

#[test]
fn a_lost_ledger_is_rebuilt_from_the_last_bundle_and_nothing_is_issued_anew() {
    let platform = Platform::start();
    let project = project(&platform);
    project.expect(&["run"], 0);
    // A code that left the files leaves a hole in the places.
    project.write("campaigns/metro.yaml", METRO.replace("1..3", "2..3"));
    project.expect(&["run"], 0);
    let (before, creates) = (rows(&project), platform.count(Kind::Create));
    let permanents = platform.counters();
    lose_everything_but_the_bundle(&project);

    let told = project.expect(&["ledger", "import", "metro.zip"], 0);
    assert_eq!(
        told.stderr,
        "5 codes adopted; 0 known already\n`scenepress plan` shows what a run makes of them: pictures are fetched, no \
         code is issued anew that still lives\n"
    );
    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    let counts = &plan["counts"];
    assert_eq!((&counts["keep"], &counts["create"], &plan["fetches"]), (&5.into(), &0.into(), &5.into()));
    project.expect(&["run", "--require-ledger"], 0);
    assert_eq!(platform.count(Kind::Create), creates);
    assert_eq!(platform.counters().permanent_codes, permanents.permanent_codes);
    assert_eq!(rows(&project), before);
    let manifest: serde_json::Value =
        serde_json::from_slice(&project.read("output/metro/manifest.json")).expect("a manifest");
    assert_eq!(manifest["revision"], 3, "it goes on from the revision of the bundle");
    project.expect(&["verify", "output/metro/metro.zip"], 0);

    let told = project.expect(&["ledger", "import", "metro.zip", "output/metro/metro.zip"], 0);
    assert_eq!(told.stderr, "0 codes adopted; 5 known already\n");
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), creates);
}

#[test]
fn an_old_backup_is_brought_up_to_date_by_a_newer_bundle() {
    let platform = Platform::start();
    let project = project(&platform);
    project.expect(&["run"], 0);
    project.expect(&["ledger", "backup", "backup.sqlite"], 0);
    let first = project.read("output/metro/metro.zip");
    project.age(25);
    project.expect(&["run"], 0);
    let (before, creates) = (rows(&project), platform.count(Kind::Create));
    assert_eq!(creates, 6 + 5, "five were renewed");
    let newer = project.read("output/metro/metro.zip");
    project.remove("output");
    project.write("output/ledger.sqlite", project.read("backup.sqlite"));
    project.write("first.zip", first);
    project.write("newer.zip", newer);

    let told = project.expect(&["ledger", "import", "first.zip", "newer.zip"], 0);
    assert!(told.stderr.starts_with("5 codes adopted; 1 known already\n"), "{}", told.stderr);
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), creates);
    assert_eq!(rows(&project), before);
    assert_eq!(project.number("SELECT count(*) FROM generations"), 11, "both issues are known");
    let bundle = project.bundle("metro");
    // A code without further columns may count as relabelled, which asks nobody to print.
    let changes = bundle.text("CHANGES.csv").lines().skip(1);
    let to_print: Vec<&str> = changes.filter(|line| !line.starts_with("relabelled,")).collect();
    assert_eq!(to_print, Vec::<&str>::new(), "nobody is told to print what was printed");
    let readme = bundle.text("README.txt");
    assert!(readme.contains("(revision 3)") && !readme.contains("earlier version"), "{readme}");
}

#[test]
fn a_list_of_tickets_is_adopted_and_needs_nothing_but_tickets() {
    let platform = Platform::start();
    let project = project(&platform);
    project.expect(&["run"], 0);
    let (before, creates) = (rows(&project), platform.count(Kind::Create));
    let manifest: serde_json::Value =
        serde_json::from_slice(&project.read("output/metro/manifest.json")).expect("a manifest");
    let mut table = "scene,channel,ticket,scene_type\n".to_owned();
    for row in manifest["codes"].as_array().expect("codes") {
        let cells = ["scene", "channel", "ticket", "scene_type"].map(|key| row[key].as_str().expect("text"));
        table += &format!("{}\n", cells.join(","));
    }
    project.remove("output");
    project.write("old.csv", table);

    let told = project.expect(&["ledger", "import", "old.csv", "--campaign", "metro"], 0);
    assert!(told.stderr.starts_with("6 codes adopted; 0 known already\n"), "{}", told.stderr);
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), creates);
    let urls = |rows: &[[String; 5]]| rows.iter().map(|row| row[3].clone()).collect::<Vec<_>>();
    assert_eq!(urls(&rows(&project)), urls(&before));
    assert_eq!(project.number("SELECT count(*) FROM calls"), 0, "no call was made with this ledger");
}

#[test]
fn what_contradicts_the_ledger_is_refused_and_nothing_is_imported() {
    let platform = Platform::start();
    let project = project(&platform);
    project.expect(&["run"], 0);
    let first = project.read("output/metro/metro.zip");
    let urls = |project: &Project| rows(project)[0][3].trim_matches('"').to_owned();
    let old_url = urls(&project);
    project.remove("output");
    project.expect(&["run"], 0);
    project.write("first.zip", first);
    let before = project.output();

    let told = project.expect(&["ledger", "import", "first.zip"], 4);
    let lines: Vec<&str> = told.stderr.lines().collect();
    let expected = format!(
        "error: first.zip: seq 1 (scene 1): generation 1 of scene 1 is {old_url} here, and {} in the ledger",
        urls(&project)
    );
    assert_eq!((lines[0], lines.last()), (expected.as_str(), Some(&"error: nothing was imported")));
    assert_eq!(project.output(), before);

    project.write("bad.zip", &project.read("first.zip")[..5000]);
    let told = project.expect(&["ledger", "import", "bad.zip"], 6);
    assert_eq!(
        told.stderr,
        "error: bad.zip is not a bundle that can be checked: it does not end as a bundle does: it was cut short, \
         appended to, packed again, or is no zip\n"
    );
    let mut bytes = project.read("first.zip");
    let at = bytes.windows(2).rposition(|two| two == [0xFF, 0xD9]).expect("a picture");
    bytes[at - 100] ^= 1;
    project.write("bad.zip", bytes);
    let told = project.expect(&["ledger", "import", "bad.zip"], 6);
    assert!(
        told.stderr.starts_with("error: bad.zip is BAD, 1 fault; the first is images/"),
        "{}",
        told.stderr
    );
    assert!(
        told.stderr.ends_with("; `scenepress verify` shows all: nothing was imported\n"),
        "{}",
        told.stderr
    );
    let told = project.expect(&["ledger", "import", "--emulator", "first.zip"], 2);
    assert_eq!(
        told.stderr,
        "error: first.zip: seq 1 (scene 1): a real code, which the emulator's ledger has no use for: leave --emulator out\n"
    );
    assert_eq!(project.output(), before);
}

/// An empty ledger would pass for the one that was lost, and every code be issued anew.
#[test]
fn an_import_that_adopts_nothing_begins_no_ledger() {
    let platform = Platform::start();
    let project = project(&platform);
    let ticket =
        "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==";
    let head = "scene,channel,ticket,expires_at\n";
    project.write("clash.csv", format!("{head}1,A,{ticket},never\n2,B,{ticket},never\n"));
    project.write("empty.csv", head);
    let import = |file, exit| project.expect(&["ledger", "import", file, "--campaign", "metro"], exit);
    assert!(import("clash.csv", 4).stderr.contains("has the url of scene 1"));
    assert_eq!(import("empty.csv", 0).stderr, "0 codes adopted; 0 known already\n");
    assert!(project.files("output").is_empty(), "{:?}", project.files("output"));
    project.expect(&["run", "--require-ledger"], 4);
    assert!(platform.asked().is_empty());
}

#[test]
fn a_ledger_without_a_code_is_none_where_one_is_required() {
    let platform = Platform::start();
    let project = project(&platform);
    let path = project.path("output/ledger.sqlite");
    std::fs::create_dir(project.path("output")).expect("a folder");
    let now = scenepress::clock::now();
    let lock = scenepress::ledger::RunLock::acquire(&path, now).expect("the lock");
    drop(scenepress::ledger::SqliteLedger::open_write(&lock).expect("a ledger"));
    drop(lock);
    let message = "the ledger output/ledger.sqlite knows no code";
    let (restore, or) =
        ("restore it from its backup", "or, if nothing was issued yet, leave out --require-ledger");
    let expected = format!("error: {message}\n  = help: {restore}\n  = help: {or}\n");
    for args in [&["run"][..], &["plan"], &["status"], &["ledger", "backup", "b.sqlite"]] {
        let told = project.expect(&[args, &["--require-ledger"]].concat(), 4);
        assert_eq!(told.stderr, expected, "{args:?}");
    }
    let told = project.expect(&["doctor", "-q", "--require-ledger"], 4);
    assert_eq!(told.stdout, format!("bad     ledger        {message}: {restore}; {or}\n"));
    assert!(!project.path("b.sqlite").exists());
    assert_eq!(platform.count(Kind::Create), 0);
    project.expect(&["run"], 0);
    project.expect(&["run", "--require-ledger"], 0);
}

#[test]
fn a_backup_that_knows_more_is_not_replaced() {
    let platform = Platform::start();
    let project = project(&platform);
    project.expect(&["run"], 0);
    project.expect(&["ledger", "backup", "old.sqlite"], 0);
    project.age(25);
    project.expect(&["run"], 0);
    project.expect(&["ledger", "backup", "new.sqlite"], 0);
    project.expect(&["ledger", "backup", "old.sqlite"], 0); // a newer one takes its place
    project.expect(&["ledger", "backup", "copy.sqlite"], 0);
    let newer = project.read("new.sqlite");
    project.remove("output/ledger.sqlite");
    project.write("elsewhere.zip", project.read("output/metro/metro.zip"));
    project.remove("output/metro");
    // Begun anew: all is issued again.
    project.expect(&["run"], 0);
    let told = project.expect(&["ledger", "backup", "new.sqlite", "-q"], 4);
    assert_eq!(
        told.stderr,
        "error: new.sqlite knows 5 issued codes that output/ledger.sqlite does not, so it was not replaced\n  = help: restore that backup\n  \
         = help: or let the ledger learn what was issued: scenepress ledger import output/*/*.zip\n  \
         = help: or, if you are sure that nobody needs it, move the backup away\n"
    );
    assert_eq!(project.read("new.sqlite"), newer);
    project.expect(&["ledger", "backup", "another.sqlite"], 0);
}
