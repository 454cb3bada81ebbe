//! What is done is not done again, and comes out the same.

use std::collections::BTreeMap;

use serde_json::json;

use super::support::{Kind, Platform, Project, Verdict, sha256};

const CITY: &str = "permanent_budget: 2
expires: 30d
codes:
  - {scenes: 11..18, channel: \"Exit {n}\"}
  - {scene: kiosk, channel: 报刊亭, expires: never}
  - {scene: 501, channel: Desk, expires: never}
";

fn done(platform: &Platform) -> Project {
    let project = Project::new(platform).campaign("city.yaml", CITY);
    project.expect(&["run"], 0);
    project
}

#[test]
fn a_second_run_asks_the_platform_nothing_and_touches_nothing_that_came_out() {
    let platform = Platform::start();
    let project = done(&platform);
    let (requests, before) = (platform.asked().len(), project.results());
    let told = project.expect(&["run"], 0);
    assert_eq!(told.stdout, "");
    told.says("Nothing to do: 10 codes are as they should be.");
    assert_eq!(platform.asked().len(), requests, "no request, not even for an access token");
    assert_eq!(project.results(), before, "bytes and times");
}

#[test]
fn the_plan_after_a_run_is_all_keep() {
    let platform = Platform::start();
    let project = done(&platform);
    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    let counts =
        serde_json::json!({"create": 0, "renew": 0, "keep": 10, "relabel": 0, "retire": 0, "refuse": 0});
    assert_eq!((&plan["counts"], &plan["fetches"]), (&counts, &serde_json::json!(0)));
    assert_eq!(plan["accounts"][0]["calls"]["needed"], 0);
    assert_eq!(plan["accounts"][0]["calls"]["used_today"], 10);
    assert_eq!(plan["accounts"][0]["permanent"]["issued"], 2);
}

#[test]
fn a_bundle_that_was_deleted_is_built_again_to_the_same_bytes_without_the_platform() {
    let platform = Platform::start();
    let project = done(&platform);
    let (requests, before) = (platform.asked().len(), project.bundle("city"));
    for (gone, verb) in [
        ("output/city/city.zip", "bundle"),
        ("output/city", "bundle"),
        ("output/city/city.zip", "run"),
        ("output/city", "run"),
        ("output/city/manifest.csv", "run"),
    ] {
        project.remove(gone);
        project.expect(&[verb], 0);
        let after = project.bundle("city");
        assert_eq!(after.sha256, before.sha256, "{verb} after {gone} was deleted");
        assert_eq!(project.read("output/city/manifest.csv"), after.files["manifest.csv"]);
    }
    assert_eq!(platform.asked().len(), requests);
}

#[test]
fn the_same_ledger_and_campaign_give_the_same_bytes_elsewhere() {
    let platform = Platform::start();
    let project = done(&platform);
    let (one, other) = (project.twin(), project.twin());
    one.expect(&["bundle"], 0);
    other.expect(&["run"], 0);
    assert_eq!(one.bundle("city").sha256, project.bundle("city").sha256);
    assert_eq!(other.bundle("city").sha256, project.bundle("city").sha256);
}

#[test]
fn the_order_of_a_bundle_follows_the_files_and_not_the_answers() {
    // Two platforms that make up the same things, and two runs that share nothing else.
    let orders = [(); 2].map(|()| {
        let platform = Platform::start();
        // The answers come in another order than the questions.
        platform.rule(|asked| match asked.scene().as_deref() {
            Some("id 12" | "id 14" | "id 17" | "str kiosk") => Verdict::Wait,
            _ => Verdict::Pass,
        });
        let project = Project::new(&platform).campaign("city.yaml", CITY);
        let mut running = project.start(&["run", "-v"]);
        running.wait_for("verified city 501");
        platform.open_door();
        assert_eq!(running.end().exit, 0);
        let bundle = project.bundle("city");
        (bundle.column("seq"), bundle.column("scene"))
    });
    assert_eq!(orders[0], orders[1]);
    let scenes = ["11", "12", "13", "14", "15", "16", "17", "18", "kiosk", "501"];
    assert_eq!(orders[0].1, scenes);
}

#[test]
fn a_lost_picture_is_planned_and_fetched_and_a_changed_one_when_the_bundle_is_built() {
    let platform = Platform::start();
    let project = done(&platform);
    let before = project.bundle("city");
    let path = |scene: &str| format!("output/pictures/{}.jpg", before.row(scene)["image_sha256"]);
    let (creates, pictures) = (platform.count(Kind::Create), platform.count(Kind::Picture));

    project.remove(&path("11"));
    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    assert_eq!((&plan["fetches"], &plan["accounts"][0]["calls"]["needed"]), (&json!(1), &json!(0)));
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Picture), pictures + 1);

    // Nothing is to be built: nobody reads what there is.
    project.write(&path("12"), project.read(&path("13")));
    project.write(&path("14"), &project.read(&path("14"))[..1000]);
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Picture), pictures + 1);
    let told = project.expect(&["bundle"], 3);
    told.says("`scenepress run` fetches them again");
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), creates, "no ticket is asked for");
    assert_eq!(platform.count(Kind::Picture), pictures + 3);
    assert_eq!(project.bundle("city").sha256, before.sha256);
    for scene in ["11", "12", "14"] {
        assert_eq!(sha256(&project.read(&path(scene))), before.row(scene)["image_sha256"]);
    }
}

#[test]
fn a_run_can_be_finished_against_another_platform_that_knows_none_of_its_tickets() {
    let platform = Platform::start();
    let project = done(&platform);
    let before: BTreeMap<_, _> = project.bundle("city").files;
    project.remove("output/pictures");
    project.remove("output/city");
    drop(platform);
    let fresh = Platform::start();
    project.write_accounts(&fresh, "");
    project.expect(&["run"], 0);
    assert_eq!(fresh.count(Kind::Create), 0);
    assert_eq!(project.bundle("city").files, before);
}

#[test]
fn a_manifest_beside_the_bundle_that_was_changed_is_put_right() {
    let platform = Platform::start();
    let project = done(&platform);
    let before = project.bundle("city").sha256;
    for name in ["output/city/manifest.json", "output/city/manifest.csv"] {
        let content = project.read(name);
        project.write(name, "");
        assert_eq!(
            project.expect(&["status", "--format", "json"], 0).json()["campaigns"][0]["bundle_state"],
            "stale"
        );
        project.expect(&["run"], 0);
        assert_eq!(project.read(name), content);
        assert_eq!(project.bundle("city").sha256, before);
    }
}
