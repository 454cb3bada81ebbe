//! `diff`: what changed from one bundle to another.

use serde_json::json;

use super::support::{Platform, Project};

const FIRST: &str = "expires: 30d
codes:
  - {scene: 1, channel: North}
  - {scene: 2, channel: East}
  - {scene: 3, channel: South}
";
const SECOND: &str = "expires: 30d
codes:
  - {scene: 1, channel: North}
  - {scene: 2, channel: Eastern gate, tags: [gate]}
  - {scene: 4, channel: West}
";

/// A project with two revisions: 1 is renewed, 2 relabelled, 3 withdrawn, 4 new.
fn revised(platform: &Platform) -> Project {
    let project = Project::new(platform).campaign("metro.yaml", FIRST);
    project.expect(&["run"], 0);
    project.sql("UPDATE generations SET created_at = created_at - 2160000, expires_at = expires_at - 2160000 WHERE id = 1");
    project.remove("output/metro/metro.zip");
    // The first revision once more, as if its first code had been issued that long ago.
    project.sql("DELETE FROM bundles; DELETE FROM bundled");
    project.expect(&["bundle"], 0);
    project.write("campaigns/metro.yaml", SECOND);
    project.expect(&["run"], 0);
    project
}

const OLD: &str = "output/metro/metro.r1.zip";
const NEW: &str = "output/metro/metro.zip";

#[test]
fn what_changed_is_told_in_words_and_as_a_document() {
    let platform = Platform::start();
    let project = revised(&platform);
    let (old, new) = (super::support::Bundle::open(&project.path(OLD)), project.bundle("metro"));
    let dies = |row: &std::collections::BTreeMap<String, String>| row["expires_at"][..16].replace('T', " ");
    let (north, south) = (dies(&old.row("1")), dies(&old.row("3")));
    let expected = format!(
        "A: {OLD}: metro, revision 1, 3 codes
B: {NEW}: metro, revision 2, 3 codes
1 new; 1 picture replaced: reprint by {}; 1 only relabelled: do not reprint; 1 withdrawn
  replaced    1  North: print {} before {north}
  new         4  West: {}
  relabelled  2  East -> Eastern gate: channel, tags changed, the picture is the same
  withdrawn   3  South: what is printed expires at {south}
",
        super::changes::day_before(&north),
        new.row("1")["image"],
        new.row("4")["image"],
    );
    let told = project.expect(&["diff", OLD, NEW], 0);
    assert_eq!((told.stdout, told.stderr), (expected, String::new()));

    let document = project.expect(&["diff", OLD, NEW, "--format", "json"], 0).json();
    let bundle = |path: &str, revision: u64| {
        json!({"path": path, "campaign": "metro", "account": "default", "appid": super::support::APPID,
               "revision": revision, "partial": false, "not_for_print": false, "names": "dated",
               "selection": null, "codes": 3})
    };
    let side = |bundle: &super::support::Bundle, scene: &str| {
        let row = bundle.row(scene);
        json!({"seq": row["seq"].parse::<u64>().expect("a number"), "channel": row["channel"],
               "generation": row["generation"].parse::<u64>().expect("a number"), "expires_at": row["expires_at"],
               "image": row["image"], "image_sha256": row["image_sha256"]})
    };
    let change = |kind: &str, scene: &str| {
        let before = if kind == "new" { json!(null) } else { side(&old, scene) };
        let after = if kind == "withdrawn" { json!(null) } else { side(&new, scene) };
        let dies = if kind == "replaced" { json!(old.row(scene)["expires_at"]) } else { json!(null) };
        let differs = if kind == "relabelled" { json!(["channel", "tags"]) } else { json!([]) };
        json!({"change": kind, "scene": scene, "scene_type": "id", "before": before, "after": after,
               "replace_before": dies, "differs": differs})
    };
    let expected = json!({
        "format": 1, "a": bundle(OLD, 1), "b": bundle(NEW, 2),
        "different_campaigns": false, "different_accounts": false,
        "counts": {"new": 1, "replaced": 1, "relabelled": 1, "withdrawn": 1, "unchanged": 0},
        "reprint_before": old.row("1")["expires_at"],
        "changes": [change("replaced", "1"), change("relabelled", "2"), change("withdrawn", "3"), change("new", "4")],
    });
    assert_eq!(document, expected);
}

#[test]
fn a_bundle_and_itself_have_no_difference() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", FIRST);
    project.expect(&["run"], 0);
    let line = format!("{NEW}: metro, revision 1, 3 codes\n");
    let told = project.expect(&["diff", NEW, NEW], 0);
    assert_eq!((told.stdout, told.stderr), (format!("A: {line}B: {line}no difference\n"), String::new()));
    let document = project.expect(&["diff", NEW, NEW, "--format", "json"], 0).json();
    assert_eq!((&document["changes"], &document["counts"]["unchanged"]), (&json!([]), &json!(3)));
}

#[test]
fn bundles_of_two_campaigns_and_accounts_are_compared_by_scene_and_that_is_said_first() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", FIRST);
    project.expect(&["run"], 0);
    project.write("campaigns/ferry.yaml", "expires: 30d\ncodes: [{scene: 1, channel: North}]");
    project.remove("campaigns/metro.yaml");
    project.expect(&["run", "--emulator"], 0);
    let ferry = "output/emulator/ferry/ferry.NOT-FOR-PRINT.zip";
    let told = project.expect(&["diff", NEW, ferry], 0).stdout;
    let expected = format!(
        "They are of different campaigns, metro and ferry.
They are of different accounts, {} and wxemulator-default: their codes have only the scenes in common.
A: {NEW}: metro, revision 1, 3 codes
B: {ferry}: ferry, revision 1, 1 code, NOT FOR PRINT
1 picture replaced: reprint by ",
        super::support::APPID
    );
    assert!(told.starts_with(&expected), "{told}");
    let document = project.expect(&["diff", NEW, ferry, "--format", "json"], 0).json();
    assert_eq!(
        (&document["different_campaigns"], &document["different_accounts"]),
        (&json!(true), &json!(true))
    );
}

#[test]
fn a_bad_bundle_is_not_compared() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", FIRST);
    project.expect(&["run"], 0);
    let mut bytes = project.read(NEW);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    project.write("bad.zip", &bytes);
    project.write("cut.zip", &bytes[..middle]);
    let told = project.expect(&["diff", "bad.zip", NEW], 6);
    let bad =
        "error: bad.zip is BAD, 1 fault: nothing was done with it; `scenepress verify` shows what is wrong\n";
    assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", bad));
    let told = project.expect(&["diff", NEW, "cut.zip", "--format", "json"], 6);
    let cut = "error: cut.zip is not a bundle that can be checked: it does not end as a bundle does: it was cut short, \
               appended to, packed again, or is no zip\n";
    assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", cut));
    let told = project.expect(&["diff", NEW, "none.zip"], 2);
    assert_eq!(told.stderr, "error: there is no file none.zip\n");
    project.expect(&["diff", NEW], 2);
}
