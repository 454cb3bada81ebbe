//! `handoff`: what went to print, and what the program says of it afterwards.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use super::changes::day_before;
use super::support::{Bundle, Platform, Project, Verdict, sha256};

pub(super) const METRO: &str = "expires: 30d
codes:
  - {scene: 1, channel: North}
  - {scene: 2, channel: East}
  - {scene: 3, channel: South}
";
pub(super) const ZIP: &str = "output/metro/metro.zip";

pub(super) fn done(platform: &Platform) -> Project {
    let project = Project::new(platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    project
}

/// The day on which something was handed over, once.
pub(super) fn today(project: &Project) -> String {
    let at = project.expect(&["handoff", ZIP, "--to", "Shop A", "--format", "json"], 0).json();
    at["handed_at"].as_str().expect("an instant")[..10].to_owned()
}

/// What `inspect` says of a scene's generations, each with whom it went to.
fn handed(project: &Project, scene: &str) -> Vec<(Value, Value)> {
    let found =
        project.expect(&["inspect", scene, "--format", "json"], 0).json()["things"][0]["found"].clone();
    let line = |line: &Value| {
        let handed = line["issued"]["handed"].as_array().expect("a list").iter();
        let to = handed.map(|handed| json!([handed["to"], handed["revision"], handed["note"]])).collect();
        (line["issued"]["generation"].clone(), to)
    };
    found.as_array().expect("a list").iter().map(line).collect()
}

#[test]
fn a_handoff_is_recorded_once_for_each_recipient_and_inspect_and_status_tell_of_it() {
    let platform = Platform::start();
    let project = done(&platform);
    assert_eq!(handed(&project, "1"), [(json!(1), json!([]))]);
    let args = ["handoff", ZIP, "--to", " Print shop A ", "--note", "200 posters"];
    let document = project.expect(&[&args[..], &["--format", "json"]].concat(), 0).json();
    let at = document["handed_at"].as_str().expect("an instant").to_owned();
    let expected = json!({
        "format": 1, "recorded": true, "id": 1, "campaign": "metro", "revision": 1,
        "bundle_sha256": project.bundle("metro").sha256, "codes": 3, "left_out": 0,
        "to": "Print shop A", "copies": null, "note": "200 posters", "handed_at": at,
    });
    assert_eq!(document, expected);
    let day = &at[..10];
    let again = project.expect(&args, 0);
    let already =
        format!("{ZIP}: was handed to Print shop A on {day} already (record 1); nothing was recorded\n");
    assert_eq!((again.stdout, again.stderr), (already, String::new()));
    let nobody = project.expect(&["handoff", ZIP], 0).stdout;
    let expected = format!(
        "{ZIP}: 3 codes of metro, revision 1, handed to somebody (no name was given) on {day} (record 2)\n"
    );
    assert_eq!(nobody, expected);
    assert_eq!(project.expect(&["handoff", ZIP, "--to", "B", "-q"], 0).stdout, "");
    assert_eq!(project.number("SELECT count(*) FROM handoffs"), 3);

    let to = json!([["Print shop A", 1, "200 posters"], [null, 1, ""], ["B", 1, ""]]);
    assert_eq!(handed(&project, "1"), [(json!(1), to)]);
    let shown = project.expect(&["inspect", "1"], 0).stdout;
    assert!(
        shown.contains(&format!("  on paper   handed to Print shop A on {day}, revision 1: 200 posters\n")),
        "{shown}"
    );
    assert!(!shown.contains("to do"), "{shown}");
    assert_eq!(on_paper(&project, "1"), ["hangs"]);
    let status = project.expect(&["status"], 0).stdout;
    assert!(status.contains("metro: 3 codes are on paper\n"), "{status}");
    let campaign = &project.expect(&["status", "--format", "json"], 0).json()["campaigns"][0];
    let paper = (&campaign["on_paper"], &campaign["outdated_on_paper"], &campaign["paper_dies_at"]);
    assert_eq!(paper, (&json!(3), &json!(0), &json!(null)));
}

/// What `inspect` says is to be done about the paper of each generation of a scene, the newest first.
fn on_paper(project: &Project, scene: &str) -> Vec<Value> {
    let document = project.expect(&["inspect", scene, "--format", "json"], 0).json();
    let found = document["things"][0]["found"].as_array().expect("codes").clone();
    found.into_iter().map(|code| code["issued"]["paper"].clone()).collect()
}

#[test]
fn the_next_bundle_says_which_pieces_of_paper_to_replace_and_who_has_them() {
    let platform = Platform::start();
    let project = done(&platform);
    let day = today(&project);
    let first = project.bundle("metro").sha256;
    // What was handed over does not change the bundle that it was.
    project.remove(ZIP);
    project.expect(&["bundle"], 0);
    assert_eq!(project.bundle("metro").sha256, first);

    project.sql("UPDATE generations SET created_at = created_at - 2160000, expires_at = expires_at - 2160000 WHERE id = 1");
    let dies = project.expect(&["inspect", "1"], 0).stdout;
    let dies = dies.split("dies on ").nth(1).expect("its end")[..16].to_owned();
    let codes = METRO.replace("East", "Eastern gate").replace("  - {scene: 3, channel: South}\n", "");
    project.write("campaigns/metro.yaml", &codes);
    project.expect(&["run"], 0);
    assert_eq!(on_paper(&project, "1"), [json!(null), json!("replace")], "the newest was not handed over");
    let shown = project.expect(&["inspect", "1"], 0).stdout;
    assert!(shown.contains("  to do      print the newest and hand it over\n"), "{shown}");
    let bundle = project.bundle("metro");
    let readme = bundle.text("README.txt").replace("\r\n", "\n");
    let last = day_before(&dies);
    let english = format!(
        "\nCompared with what went to print: 1 picture replaced: reprint by {last}; 1 only relabelled: do not reprint; 1 \
         withdrawn. CHANGES.csv lists them.\n"
    );
    assert!(readme.contains(&english), "{readme}");
    let chinese = format!(
        "\n与已交付印刷的相比：换图 1 个，请重新印刷，最迟在 {last} 换下旧图；仅改标注 1 个，不要重印；撤下 1 个。明细见 CHANGES.csv。\n"
    );
    assert!(readme.contains(&chinese), "{readme}");
    let on_paper = format!("g1 r1 {day} Shop A");
    let rows: Vec<_> =
        bundle.text("CHANGES.csv").split("\r\n").skip(1).filter(|row| !row.is_empty()).collect();
    assert_eq!(rows.len(), 3);
    for (row, kind) in rows.iter().zip(["replaced,1,", "relabelled,2,", "withdrawn,3,"]) {
        let medium = if kind.starts_with("withdrawn") { "paper" } else { "" };
        assert!(row.starts_with(kind) && row.ends_with(&format!("{on_paper},{medium},paper")), "{row}");
    }
    project.expect(&["verify", ZIP], 0);
    let status = project.expect(&["status"], 0).stdout;
    let expected = format!(
        "metro: 1 code is on paper as an earlier picture, dead from {dies}: print the newest and hand it over\n"
    );
    assert!(status.contains(&expected) && status.contains("metro: 2 codes are on paper\n"), "{status}");

    // It stays so until the new picture is handed over, and that changes no bundle that is there.
    project.write("campaigns/metro.yaml", codes.replace("Eastern gate", "East"));
    project.expect(&["run"], 0);
    assert!(project.bundle("metro").text("CHANGES.csv").contains("\nreplaced,1,"));
    let third = project.bundle("metro").sha256;
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    project.expect(&["run"], 0);
    project.remove("output/metro");
    project.expect(&["bundle"], 0);
    assert_eq!(project.bundle("metro").sha256, third);
    let twin = project.twin();
    twin.expect(&["bundle"], 0);
    assert_eq!(twin.bundle("metro").sha256, third);
    project.write("campaigns/metro.yaml", codes.replace("Eastern gate", "Gate"));
    project.expect(&["run"], 0);
    let changes = project.bundle("metro").text("CHANGES.csv").to_owned();
    assert!(!changes.contains("replaced,") && changes.contains("\nrelabelled,2,"), "{changes}");
}

/// The bundle with a manifest that says of these scenes when they died.
fn with_dead(bundle: &Bundle, scenes: &[(&str, &str)]) -> Vec<u8> {
    let line = |scene: &str, at: &str| {
        format!("\"expires_at\": \"{at}\", \"url\": \"{}\"", bundle.row(scene)["url"])
    };
    let change = |text: String, (scene, at): &(&str, &str)| {
        text.replace(&line(scene, &bundle.row(scene)["expires_at"]), &line(scene, at))
    };
    let manifest = bundle.text("manifest.json").to_owned();
    with_manifest(bundle, &manifest, &scenes.iter().fold(manifest.clone(), change))
}

/// The bundle with another manifest, which nobody verified.
fn with_manifest(bundle: &Bundle, from: &str, to: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in &bundle.files {
        zip.start_file(name.as_str(), options).expect("started");
        let content = match name.as_str() {
            "manifest.json" => bundle.text(name).replace(from, to).into_bytes(),
            _ => content.clone(),
        };
        zip.write_all(&content).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

/// A bundle whose README says another thing, and in which every sum is right.
fn with_another_readme(project: &Project, zip: &str) -> Vec<u8> {
    let (mut bytes, bundle) = (project.read(zip), Bundle::open(&project.path(zip)));
    let readme = bundle.text("README.txt").replacen("metro", "Metro", 1);
    let sums =
        bundle.text("SHA256SUMS").replace(&sha256(&bundle.files["README.txt"]), &sha256(readme.as_bytes()));
    for (name, text) in [("README.txt", readme), ("SHA256SUMS", sums)] {
        let content = &bundle.files[name];
        let at = bytes.windows(content.len()).position(|window| window == &content[..]).expect("stored");
        bytes[at..at + content.len()].copy_from_slice(text.as_bytes());
        // Its checksum, before its data and in the directory.
        let (old, new) = (crc32(content).to_le_bytes(), crc32(text.as_bytes()).to_le_bytes());
        while let Some(at) = bytes.windows(4).position(|window| window == old) {
            bytes[at..at + 4].copy_from_slice(&new);
        }
    }
    bytes
}

#[test]
fn a_file_that_is_not_what_the_ledger_recorded_is_not_handed_over() {
    let platform = Platform::start();
    let project = done(&platform);
    project.write("changed.zip", with_another_readme(&project, ZIP));
    project.expect(&["verify", "changed.zip", "-q"], 0).says("warning: changed.zip is not the file that ");
    let told = project.expect(&["handoff", "changed.zip", "--to", "Shop A"], 6);
    assert_eq!(
        told.stderr,
        "error: changed.zip is not the file that the ledger output/ledger.sqlite recorded as revision 1 of metro\n  \
         = help: somebody changed it since: take it anew from the output folder\n  \
         = help: or build it again: scenepress bundle\n"
    );
    assert_eq!(project.number("SELECT count(*) FROM handoffs"), 0);
    // A ledger that was rebuilt from the right file knows it too, and one that knows nothing of it cannot tell.
    project.expect(&["ledger", "import", ZIP, "--ledger", "rebuilt.sqlite"], 0);
    project.expect(&["handoff", "changed.zip", "--ledger", "rebuilt.sqlite"], 6);
    project.expect(&["handoff", ZIP, "--ledger", "rebuilt.sqlite"], 0);

    // A selection of the bundle's codes is recorded too.
    project.expect(&["bundle", "--unprinted"], 0);
    let unprinted = "output/metro/metro.unprinted.zip";
    project.write("changed.zip", with_another_readme(&project, unprinted));
    assert_eq!(project.expect(&["verify", unprinted], 0).stderr, "");
    project.expect(&["verify", "changed.zip", "-q"], 0).says("warning: changed.zip is not the file that ");
    project.expect(&["handoff", "changed.zip", "--to", "Shop A"], 6);
    project.expect(&["handoff", unprinted, "--to", "Shop B"], 0);
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
}

/// CRC-32, as zips have it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[test]
fn what_is_not_for_print_is_refused() {
    let platform = Platform::start();
    let project = done(&platform);
    project.expect(&["run", "--emulator"], 0);
    project.write("campaigns/metro.yaml", METRO.replace("South}", "South}\n  - {scene: 4, channel: West}"));
    platform.rule(|asked| match asked.scene().as_deref() {
        Some("id 4") => Verdict::error(40053),
        _ => Verdict::Pass,
    });
    project.expect(&["run", "--allow-partial"], 3);
    let counts = "  \"counts\"";
    let screen =
        with_manifest(&project.bundle("metro"), counts, &format!("  \"medium\": \"screen\",\n{counts}"));
    project.write("screen.zip", screen);
    for (zip, why) in [
        ("output/emulator/metro/metro.NOT-FOR-PRINT.zip", "an emulator made its codes, which lead nowhere"),
        (
            "output/metro/metro.PARTIAL.zip",
            "codes of the campaign are missing in it: hand over the whole bundle, once there is one",
        ),
        (
            "screen.zip",
            "its campaign is for screens (medium: screen): its codes are renewed and do not last on paper",
        ),
    ] {
        let told = project.expect(&["handoff", zip, "--to", "Shop A"], 4);
        let expected = format!("error: {zip} was not handed over: {why}\n");
        assert_eq!((told.stdout, told.stderr), (String::new(), expected));
    }
    assert_eq!(project.number("SELECT count(*) FROM handoffs"), 0);
}

#[test]
fn what_is_bad_or_another_ledgers_is_refused() {
    let platform = Platform::start();
    let project = done(&platform);
    let told = project.expect(&["handoff", ZIP, "--ledger", "none.sqlite"], 4);
    let lost = "there is no ledger at none.sqlite, and it is to be recorded in the one that it was made with: name that \
                (--ledger), or restore it from its backup";
    assert_eq!(told.stderr, format!("error: {ZIP} was not handed over: {lost}\n"));
    assert!(!project.path("none.sqlite").exists() && !project.path("none.sqlite.lock").exists());
    let mut bytes = project.read(ZIP);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    project.write("bad.zip", bytes);
    let told = project.expect(&["handoff", "bad.zip"], 6);
    let expected =
        "error: bad.zip is BAD, 1 fault: nothing was done with it; `scenepress verify` shows what is wrong\n";
    assert_eq!(told.stderr, expected);
    project.sql("UPDATE generations SET ticket = ticket || 'x' WHERE id > 1");
    let told = project.expect(&["handoff", ZIP], 4);
    let expected = format!(
        "error: {ZIP} was not handed over: the ledger output/ledger.sqlite did not issue 2 codes of it (the first is \
         scene 2, generation 1): name the ledger it was made with (--ledger)\n"
    );
    assert_eq!(told.stderr, expected);
    assert_eq!(
        project.number("SELECT count(*) FROM handoffs") + project.number("SELECT count(*) FROM handed"),
        0
    );
    project.expect(&["handoff", ZIP, "--to", " "], 2).says("the name is empty");
    project.expect(&["handoff", ZIP, "--note", "a\nb"], 2).says("the note holds a control character");
}

const MIXED: &str = "expires: 30d
until: 2099-03-15
accept_expiry: 2026-01-01
codes:
  - {scene: 1, channel: North, medium: paper}
  - {scene: 2, channel: East, medium: screen}
  - {scene: 3, channel: South, medium: paper}
  - {scene: 4, channel: West, medium: screen}
";

#[test]
fn of_a_bundle_for_paper_and_screens_only_what_is_for_paper_is_recorded() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", MIXED);
    project.expect(&["run"], 0);
    let media = |bundle: &Bundle| bundle.column("medium");
    assert_eq!(media(&project.bundle("metro")), ["paper", "screen", "paper", "screen"]);
    let told = project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    let day = today(&project);
    let expected = format!(
        "{ZIP}: 2 codes of metro, revision 1, handed to Shop A on {day} (record 1; 2 for screens were left out)\n"
    );
    assert_eq!((told.stdout, told.stderr), (expected, String::new()));
    assert_eq!(handed(&project, "2"), [(json!(1), json!([]))]);
    assert_eq!(handed(&project, "3"), [(json!(1), json!([["Shop A", 1, ""]]))]);

    // What is for paper by now was never printed.
    project.write("campaigns/metro.yaml", MIXED.replace("East, medium: screen", "East, medium: paper"));
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    assert_eq!(
        (bundle.revision(), media(&bundle)),
        (2, ["paper", "paper", "paper", "screen"].map(str::to_owned).to_vec())
    );
    let changes = bundle.text("CHANGES.csv");
    let rows: Vec<_> = changes.split("\r\n").skip(1).filter(|row| !row.is_empty()).collect();
    assert!(
        rows.len() == 1 && rows[0].starts_with("new,2,") && rows[0].ends_with(",,,paper,paper"),
        "{changes}"
    );
    let told = project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    assert!(told.stdout.ends_with(" (record 2; 1 for screens was left out)\n"), "{}", told.stdout);

    // What died on a screen is no concern of the print shop's (that this one is BAD is found later), on paper it is.
    for (scene, exit) in [("4", 6), ("1", 4)] {
        project.write("dead.zip", with_dead(&bundle, &[(scene, "2020-01-02T03:04:00+08:00")]));
        project.expect(&["handoff", "dead.zip"], exit);
    }
}

#[test]
fn what_is_not_declared_for_paper_is_recorded_with_a_warning() {
    let platform = Platform::start();
    let project = done(&platform);
    let told = project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    let expected = format!(
        "warning: {ZIP}: 3 codes of it are not declared for paper: without `medium: paper` in the campaign file what is \
         printed is renewed unasked, as another picture\n"
    );
    assert_eq!(told.stderr, expected);
    project.write("campaigns/metro.yaml", MIXED);
    project.expect(&["run"], 0);
    assert_eq!(project.expect(&["handoff", ZIP, "--to", "Shop A"], 0).stderr, "");
}

#[test]
fn dead_codes_are_refused_and_superseded_ones_are_warned_of() {
    let platform = Platform::start();
    let paper =
        METRO.replace("codes:", "medium: paper\nuntil: 2099-03-15\naccept_expiry: 2026-01-01\ncodes:");
    let project = Project::new(&platform).campaign("metro.yaml", &paper);
    project.expect(&["run"], 0);
    project.write("old.zip", project.read(ZIP));
    project.age(21);
    project.expect(&["run", "--reprint", "metro"], 0);
    let told = project.expect(&["handoff", "old.zip", "--to", "Shop A"], 0);
    let expected = "warning: old.zip: 3 codes of it have been issued anew since; revision 2 of metro is newer: hand over \
                    that one instead\n";
    assert_eq!(told.stderr, expected);
    assert_eq!(project.number("SELECT count(*) FROM handed WHERE generation = 1"), 3);

    let (first, second) = (("1", "2020-01-02T03:04:00+08:00"), ("3", "2020-01-01T03:04:00+08:00"));
    for (dead, why) in [
        (&[first][..], "1 of its codes is dead (scene 1, died on 2020-01-02 03:04)"),
        (&[first, second], "2 of its codes are dead (the first is scene 3, died on 2020-01-01 03:04)"),
    ] {
        project.write("dead.zip", with_dead(&project.bundle("metro"), dead));
        let told = project.expect(&["handoff", "dead.zip", "--to", "Shop A"], 4);
        let expected = format!(
            "error: dead.zip was not handed over: {why}: print nothing of it, hand over a newer bundle\n"
        );
        assert_eq!((told.stdout, told.stderr), (String::new(), expected));
    }
}

#[test]
fn an_export_of_the_ledger_says_what_was_handed_over() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign(
        "metro.yaml",
        "expires: 30d
codes:
  - {scenes: 8..12, channel: \"Line {n}\"}
  - {scene: 4294967294, channel: Last but one}
  - {scene: 4294967295, channel: Last}
  - {scene: \"13\", channel: Text}
  - {scene: 15, channel: Gap}
  - {scene: 11a, channel: Screen, medium: screen}
",
    );
    project.expect(&["run"], 0);
    let lines = |project: &Project| -> Vec<Value> {
        let text = project.expect(&["ledger", "export"], 0).stdout;
        let all = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        all.filter(|line| line["record"] == "handoff").collect()
    };
    assert_eq!(lines(&project), [] as [Value; 0]);
    let bundle = project.bundle("metro").sha256;
    let handed = project
        .expect(&["handoff", ZIP, "--to", "Shop A", "--note", "by post", "--format", "json"], 0)
        .json();
    // One code is issued anew, so that the next bundle holds two generations.
    project.sql("UPDATE generations SET created_at = created_at - 2160000, expires_at = expires_at - 2160000 WHERE id = 1");
    project.expect(&["run"], 0);
    project.expect(&["handoff", ZIP], 0);
    let exported = lines(&project);
    let codes = json!([{
        "appid": "wx0123456789abcdef", "generation": 1, "ids": ["8..12", "15", "4294967294..4294967295"], "strs": ["13"],
    }]);
    let expected = json!({
        "record": "handoff", "id": 1, "campaign": "metro", "revision": 1, "sha256": bundle, "piece": "code",
        "to": "Shop A", "copies": null, "note": "by post", "handed_at": handed["handed_at"], "codes": codes,
        "undone_by": null,
    });
    assert_eq!(exported[0], expected);
    let codes = json!([
        {"appid": "wx0123456789abcdef", "generation": 1, "ids": ["9..12", "15", "4294967294..4294967295"], "strs": ["13"]},
        {"appid": "wx0123456789abcdef", "generation": 2, "ids": ["8"], "strs": []},
    ]);
    assert_eq!((&exported[1]["codes"], &exported[1]["to"], exported.len()), (&codes, &Value::Null, 2));
    assert_eq!(lines(&project), exported, "the same ledger gives the same");
}
