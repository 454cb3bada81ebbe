//! What the bundles and `status` say later of what was handed over.

use serde_json::{Value, json};

use super::changes::day_before;
use super::handing_over::{METRO, ZIP, done, today};
use super::support::{Platform, Project};

#[test]
fn what_was_replaced_in_a_revision_that_nobody_was_handed_is_told_by_the_next_one_too() {
    let platform = Platform::start();
    let codes = "expires: 30d\ncodes: [{scenes: 1..4, channel: \"Line {n}\"}, {scene: 5, channel: Desk}]\n";
    let project = Project::new(&platform).campaign("metro.yaml", codes);
    project.expect(&["run"], 0);
    let day = today(&project);
    let age = |of: &str, seconds: u64| {
        let sql = format!("created_at = created_at - {seconds}, expires_at = expires_at - {seconds}");
        project.sql(&format!("UPDATE generations SET {sql} WHERE {of}"));
    };
    // Of the first three what hangs dies first; the second revision, which has other pictures, stays at home.
    age("code < 4", 2_400_000);
    let dies = project.expect(&["inspect", "1"], 0).stdout;
    let dies = dies.split("dies on ").nth(1).expect("its end")[..16].to_owned();
    project.expect(&["run"], 0);
    assert_eq!(project.bundle("metro").revision(), 2);
    age("code = 3 AND number = 2", 2_200_000);
    let relabelled = codes.replace("1..4", "2..4").replace('[', "[{scene: 1, channel: Line 1 north}, ");
    project.write("campaigns/metro.yaml", relabelled.replace("Desk", "Front desk"));
    project.expect(&["run"], 0);

    let bundle = project.bundle("metro");
    assert_eq!(bundle.revision(), 3);
    let until = |seq: usize| {
        let name = &bundle.column("image")[seq - 1];
        name.split("_until-").nth(1).expect("a day").to_owned()
    };
    let [first, second, third, desk] = [until(1), until(2), until(3), until(5)];
    let last = day_before(&dies);
    let old = format!("g1_until-{}.jpg", last.replace('-', ""));
    let shop = format!("g1 r1 {day} Shop A");
    let rows = [
        format!(
            "replaced,1,1,id,Line 1,Line 1 north,1,2,images/000001_1_Line-1_{old},images/000001_1_Line-1-north_g2_until-{first},{dies},{shop},,paper"
        ),
        format!(
            "replaced,2,2,id,Line 2,Line 2,1,2,images/000002_2_Line-2_{old},images/000002_2_Line-2_g2_until-{second},{dies},{shop},,paper"
        ),
        format!(
            "replaced,3,3,id,Line 3,Line 3,1,3,images/000003_3_Line-3_{old},images/000003_3_Line-3_g3_until-{third},{dies},{shop},,paper"
        ),
        format!(
            "relabelled,5,5,id,Desk,Front desk,1,1,images/000005_5_Desk_g1_until-{desk},images/000005_5_Front-desk_g1_until-{desk},,{shop},,paper"
        ),
    ];
    let changes = bundle.text("CHANGES.csv");
    assert_eq!(changes.split_terminator("\r\n").skip(1).collect::<Vec<_>>(), rows);

    let readme = bundle.text("README.txt").replace("\r\n", "\n");
    for line in [
        format!(
            "与已交付印刷的相比：换图 3 个，请重新印刷，最迟在 {last} 换下旧图；仅改标注 1 个，不要重印。明细见 CHANGES.csv。"
        ),
        format!(
            "Compared with what went to print: 3 pictures replaced: reprint by {last}; 1 only relabelled: do not reprint. \
             CHANGES.csv lists them."
        ),
    ] {
        assert!(readme.contains(&format!("\n{line}\n")), "{readme}");
    }
    project.expect(&["verify", ZIP], 0);
    let sha256 = bundle.sha256;
    project.remove("output/metro");
    project.expect(&["bundle"], 0);
    assert_eq!(project.bundle("metro").sha256, sha256);

    // Once it has gone to print there is nothing to replace.
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    project.write("campaigns/metro.yaml", relabelled);
    project.expect(&["run"], 0);
    let changes = project.bundle("metro").text("CHANGES.csv").to_owned();
    assert_eq!(changes.matches("\r\n").count(), 2, "{changes}");
    assert!(!changes.contains("replaced,"), "{changes}");
}

#[test]
fn a_code_that_moved_is_on_paper_in_its_new_campaign_alone() {
    let platform = Platform::start();
    let project = done(&platform);
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    let south = "  - {scene: 3, channel: South}\n";
    let on_paper = |project: &Project| -> Vec<(Value, Value, Value)> {
        let status = project.expect(&["status", "--format", "json"], 0).json();
        let of = |campaign: &Value| {
            let key = |key: &str| campaign[key].clone();
            (key("campaign"), key("on_paper"), key("outdated_on_paper"))
        };
        status["campaigns"].as_array().expect("a list").iter().map(of).collect()
    };
    project.write("campaigns/metro.yaml", METRO.replace(south, ""));
    project.expect(&["run"], 0);
    assert_eq!(
        on_paper(&project),
        [(json!("metro"), json!(3), json!(0))],
        "it hangs, though no file wants it"
    );

    project.write("campaigns/south.yaml", format!("expires: 30d\ncodes:\n{south}"));
    project.expect(&["run"], 0);
    let row = |name: &str, codes: u64| (json!(name), json!(codes), json!(0));
    assert_eq!(on_paper(&project), [row("metro", 2), row("south", 1)]);
    project.age(25);
    project.expect(&["run"], 0);
    let outdated = |name: &str, codes: u64| (json!(name), json!(0), json!(codes));
    assert_eq!(on_paper(&project), [outdated("metro", 2), outdated("south", 1)]);
}

#[test]
fn a_bundle_that_withdrew_a_code_is_the_same_after_the_code_moved() {
    let platform = Platform::start();
    let project = done(&platform);
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    let south = "  - {scene: 3, channel: South}\n";
    project.write("campaigns/metro.yaml", METRO.replace(south, ""));
    project.expect(&["run"], 0);
    let before = project.bundle("metro").sha256;
    project.write("campaigns/south.yaml", format!("expires: 30d\ncodes:\n{south}"));
    project.expect(&["run"], 0);
    project.remove("output/metro");
    project.expect(&["bundle"], 0);
    assert_eq!(project.bundle("metro").sha256, before);
}
