//! `bundle --unprinted`: what is left to print, in a zip of its own.

use serde_json::json;

use super::handing_over::ZIP;
use super::support::{Bundle, Kind, Platform, Project};

const METRO: &str = "expires: 30d
codes:
  - {scene: 1, channel: North}
  - {scene: 2, channel: East}
  - {scene: 3, channel: Desk, medium: screen}
";
const UNPRINTED: &str = "output/metro/metro.unprinted.zip";

fn done(platform: &Platform) -> Project {
    let project = Project::new(platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    project
}

fn unprinted(project: &Project) -> Bundle {
    Bundle::open(&project.path(UNPRINTED))
}

#[test]
fn what_went_to_nobody_is_written_beside_the_bundle_and_handed_over_until_nothing_is_left() {
    let platform = Platform::start();
    let project = done(&platform);
    let whole = project.bundle("metro");
    let told = project.expect(&["bundle", "--unprinted"], 0);
    let zip = unprinted(&project);
    let sha256 = &zip.sha256;
    let line = format!("metro: {UNPRINTED}, 2 codes of revision 1, SHA-256 {sha256}\n");
    assert_eq!((told.stdout, told.stderr), (String::new(), line));
    assert_eq!(zip.column("scene"), ["1", "2"], "what is for screens is not printed");
    assert_eq!(zip.column("image"), whole.column("image")[..2], "it keeps seq and names");
    let manifest: serde_json::Value = serde_json::from_str(zip.text("manifest.json")).expect("a document");
    assert_eq!(manifest["selection"], json!({"unprinted": true, "to": null}));
    assert_eq!((&manifest["revision"], &manifest["codes"][1]["seq"]), (&json!(1), &json!(2)));
    let readme = zip.text("README.txt");
    for line in [
        "*** 未印部分 UNPRINTED：本包只含第 1 版中尚未交付印刷的二维码，请全部印刷。***",
        "*** UNPRINTED: only the codes of revision 1 that went to nobody yet. Print all of them. ***",
        "Compared with what went to print: 2 new. CHANGES.csv lists them.",
    ] {
        assert!(readme.contains(&format!("\r\n{line}\r\n")), "{readme}");
    }
    zip.check_sums();
    assert_eq!(project.bundle("metro").sha256, whole.sha256, "the bundle is as it was");

    // Whoever checks or compares it is told what it is.
    let verified = project.expect(&["verify", UNPRINTED], 0).stdout;
    assert!(verified.ends_with("; UNPRINTED: only codes that went to nobody\n"), "{verified}");
    let document = project.expect(&["verify", UNPRINTED, "--format", "json"], 0).json();
    assert_eq!(document["bundles"][0]["selection"], json!({"unprinted": true, "to": null}));
    let compared = project.expect(&["diff", ZIP, UNPRINTED], 0).stdout;
    let line =
        format!("B: {UNPRINTED}: metro, revision 1, 2 codes, UNPRINTED: only codes that went to nobody\n");
    assert!(compared.contains(&line), "{compared}");

    project.expect(&["handoff", UNPRINTED, "--to", "Shop A"], 0);
    for (to, text) in
        [(None, "nothing is left to print"), (Some("Shop A"), "nothing is left to print for Shop A")]
    {
        let args: Vec<_> =
            ["bundle", "--unprinted"].into_iter().chain(to.into_iter().flat_map(|to| ["--to", to])).collect();
        assert_eq!(project.expect(&args, 0).stderr, format!("metro: {text}\n"));
        assert!(!project.path(UNPRINTED).exists(), "the one from before is removed");
        let document = project.expect(&[&args[..], &["--format", "json"]].concat(), 0).json();
        let expected = json!({"to": to, "codes": 0, "bundle": null, "bundle_sha256": null});
        assert_eq!(document["campaigns"][0]["unprinted"], expected);
    }
    let other = ["bundle", "--unprinted", "--to", "Shop B", "--format", "json"];
    let document = project.expect(&other, 0).json();
    let zip = unprinted(&project);
    let expected = json!({"to": "Shop B", "codes": 2, "bundle": UNPRINTED, "bundle_sha256": zip.sha256});
    assert_eq!(document["campaigns"][0]["unprinted"], expected);
    assert!(zip.text("README.txt").contains("that Shop B has not got yet."));
    assert_eq!(platform.count(Kind::Create), 3);
}

#[test]
fn four_nightly_revisions_leave_nothing_unprinted() {
    let platform = Platform::start();
    let project = done(&platform);
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    let mut codes = METRO.to_owned();
    let rows = |bundle: &Bundle| -> Vec<String> {
        let rows = bundle.text("CHANGES.csv").split_terminator("\r\n").skip(1);
        rows.map(|row| row.split(',').take(3).collect::<Vec<_>>().join(",")).collect()
    };
    // A new code each night, and nobody gets the bundles.
    for (night, scene) in (1..).zip([11, 12, 13]) {
        codes += &format!("  - {{scene: {scene}, channel: Gate {scene}}}\n");
        project.write("campaigns/metro.yaml", &codes);
        project.expect(&["run"], 0);
        let expected: Vec<_> = (0..night).map(|new| format!("new,{},{}", 4 + new, 11 + new)).collect();
        assert_eq!(rows(&project.bundle("metro")), expected, "also those of the nights before");
        project.expect(&["bundle", "--unprinted"], 0);
        assert_eq!(rows(&unprinted(&project)), expected);
        assert_eq!(unprinted(&project).revision(), night + 1);
    }
    // A run that makes another revision leaves no zip of the one before.
    project.write("campaigns/metro.yaml", codes.replace("Gate 13", "Gate 14"));
    project.expect(&["run"], 0);
    assert!(!project.path(UNPRINTED).exists());
    project.expect(&["bundle", "--unprinted"], 0);
    project.expect(&["handoff", UNPRINTED, "--to", "Shop A"], 0);
    project.write("campaigns/metro.yaml", codes.replace("East", "Eastern gate"));
    project.expect(&["run"], 0);
    assert_eq!(rows(&project.bundle("metro")), ["relabelled,2,2", "relabelled,6,13"]);
}

#[test]
fn an_import_passes_a_selection_over_and_no_check_takes_it_for_a_revision() {
    let platform = Platform::start();
    let project = done(&platform);
    project.expect(&["bundle", "--unprinted"], 0);
    project.expect(&["run"], 0);
    project.remove("output/ledger.sqlite");
    let told = project.expect(&["ledger", "import", ZIP, UNPRINTED], 0).stderr;
    let note = format!(
        "{UNPRINTED} is passed over: it is a selection of a bundle, and the bundle has all its codes\n"
    );
    assert!(told.contains(&note) && told.contains("3 codes adopted"), "{told}");
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), 3);
}

#[test]
fn the_options_are_refused_where_they_mean_nothing_and_an_incomplete_campaign_has_no_selection() {
    let platform = Platform::start();
    let project = done(&platform);
    project.expect(&["bundle", "--to", "Shop A"], 2);
    project.expect(&["bundle", "--unprinted", "--allow-partial"], 2);
    project.expect(&["bundle", "--unprinted"], 0);
    project.write("campaigns/metro.yaml", format!("{METRO}  - {{scene: 4, channel: West}}\n"));
    project.expect(&["bundle", "--unprinted"], 3).says("1 code without a verified picture");
    assert!(!project.path(UNPRINTED).exists(), "one from before is not what is left now");
    // What is expired is printed by nobody.
    project.write("campaigns/metro.yaml", METRO);
    project.sql("UPDATE generations SET created_at = created_at - 2592000, expires_at = expires_at - 2592000 WHERE id = 1");
    project.expect(&["bundle", "--unprinted"], 0).says("the bundle holds 1 code that no longer works");
    assert_eq!(unprinted(&project).column("scene"), ["2"]);
}
