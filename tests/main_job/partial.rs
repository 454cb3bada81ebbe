//! Campaigns side by side: what one lacks does not keep the others.

use serde_json::json;

use super::support::{Bundle, Kind, Platform, Project, Verdict};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..4, channel: \"Exit {n}\"}]";

fn refuse(platform: &Platform, scene: &'static str) {
    platform.rule(move |asked| match asked.scene() {
        Some(found) if found == scene => Verdict::error(40053),
        _ => Verdict::Pass,
    });
}

#[test]
fn allow_partial_makes_a_partial_bundle_beside_the_earlier_one_and_a_full_run_removes_it() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    let before = project.output();
    project.write("campaigns/metro.yaml", METRO.replace("1..4", "1..6"));
    refuse(&platform, "id 5");
    project.expect(&["run", "--allow-partial"], 3);
    let after = project.output();
    for name in ["metro.zip", "manifest.csv", "manifest.json"] {
        let name = format!("output/metro/{name}");
        assert_eq!(after[&name], before[&name], "{name}");
    }
    let partial = Bundle::open(&project.path("output/metro/metro.PARTIAL.zip"));
    assert_eq!(partial.column("scene"), ["1", "2", "3", "4", "6"]);
    assert_eq!(partial.manifest()["partial"], true);
    let told = project.expect(&["verify", "output/metro/metro.PARTIAL.zip"], 0);
    assert!(told.stdout.contains("PARTIAL: codes of the campaign are missing"), "{}", told.stdout);

    platform.behave();
    project.expect(&["run"], 0);
    assert!(!project.path("output/metro/metro.PARTIAL.zip").exists());
    assert_eq!(project.bundle("metro").column("scene").len(), 6);
}

#[test]
fn a_partial_bundle_goes_too_when_the_earlier_bundle_is_whole_again() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    let before = project.bundle("metro");
    project.write("campaigns/metro.yaml", METRO.replace("1..4", "1..5"));
    refuse(&platform, "id 5");
    let document = project.expect(&["run", "--allow-partial", "--format", "json"], 3).json();
    assert_eq!(document["campaigns"][0]["bundle_state"], "stale", "it lacks the code that failed");
    assert!(project.path("output/metro/metro.PARTIAL.zip").exists());
    project.write("campaigns/metro.yaml", METRO);
    project.expect(&["run"], 0);
    assert!(!project.path("output/metro/metro.PARTIAL.zip").exists(), "the campaign is complete without it");
    assert_eq!(project.bundle("metro").sha256, before.sha256);
}

#[test]
fn without_allow_partial_there_is_none() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    refuse(&platform, "id 2");
    project.expect(&["run"], 3).says("there is no bundle yet: scene 2 failed\n");
    assert!(!project.path("output/metro").exists());
    project.expect(&["bundle"], 3).says("1 code without a verified picture (the first is scene 2)");
    project.expect(&["bundle", "--allow-partial"], 3);
    assert!(project.path("output/metro/metro.PARTIAL.zip").exists());
}

#[test]
fn a_campaign_with_problems_keeps_all_from_running() {
    let platform = Platform::start();
    let project = Project::new(&platform)
        .campaign("metro.yaml", METRO)
        .campaign("stores.yaml", "codes: [{scene: 0, channel: A, expires: 30d}]");
    let told = project.expect(&["run", "--format", "json"], 2);
    assert_eq!(told.json()["outcome"], "failed");
    assert!(project.files("output").is_empty() && platform.asked().is_empty());
}

#[test]
fn keep_going_runs_the_others_and_the_broken_one_neither_runs_nor_retires() {
    let platform = Platform::start();
    let stores = "expires: 30d\ncodes: [{scenes: 101..103, channel: \"Store {n}\"}]";
    let project = Project::new(&platform).campaign("metro.yaml", METRO).campaign("stores.yaml", stores);
    project.expect(&["run"], 0);
    let before = project.output();
    project.write("campaigns/metro.yaml", METRO.replace("1..4", "2..5"));
    project.write("campaigns/stores.yaml", stores.replace("expires", "expieres"));
    let told = project.expect(&["run", "--keep-going", "--format", "json"], 2);
    told.says("stores.yaml has problems and is skipped");
    let document = told.json();
    let campaigns = document["campaigns"].as_array().expect("a list");
    assert_eq!(campaigns.iter().map(|campaign| &campaign["campaign"]).collect::<Vec<_>>(), [&json!("metro")]);
    assert_eq!(
        (&campaigns[0]["counts"]["create"], &campaigns[0]["counts"]["retire"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(project.output()["output/stores/stores.zip"], before["output/stores/stores.zip"]);
    // Once it is mended nothing of it has changed, and what left the other retires.
    project.write("campaigns/stores.yaml", stores);
    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    assert_eq!((&plan["counts"]["create"], &plan["counts"]["retire"]), (&json!(0), &json!(1)));
}

#[test]
fn a_damaged_file_stops_its_own_campaign_and_no_others_renewals() {
    let platform = Platform::start();
    let table = "scene,channel,expires\n101,Store 1,30d\n102,Store 2,30d\n";
    let stores = "medium: screen\nrenew_before: 10d\ninclude: [stores.csv]\n";
    let project = Project::new(&platform).campaign("metro.yaml", METRO).campaign("stores.yaml", stores);
    project.write("campaigns/stores.csv", table);
    project.expect(&["run"], 0);
    project.age(25);
    let before = project.output();
    let made = platform.count(Kind::Create);
    for (file, damaged) in [
        ("campaigns/stores.csv", table.replace("101", "x,\"")),
        ("campaigns/stores.csv", String::new()),
        // What it includes is no campaign of its own.
        ("campaigns/stores.yaml", stores.replace("10d", "\"10d")),
        ("campaigns/stores.yaml", stores.replace("[stores.csv]", "stores.csv")),
    ] {
        let whole = project.read(file);
        project.write(file, &damaged);
        let document = project.expect(&["run", "--keep-going", "--format", "json"], 2).json();
        let campaigns = document["campaigns"].as_array().expect("a list");
        let names: Vec<_> = campaigns.iter().map(|campaign| &campaign["campaign"]).collect();
        assert_eq!((names, &campaigns[0]["exit"]), (vec![&json!("metro")], &json!(0)), "{damaged}");
        assert_eq!(project.output()["output/stores/stores.zip"], before["output/stores/stores.zip"]);
        project.write(file, whole);
    }
    assert_eq!(platform.count(Kind::Create), made + 4, "those of metro, once");
    assert_eq!(project.run_json(0)["campaigns"][1]["counts"]["renew"], 2);
}

fn two_accounts(first: &Platform, second: &Platform) -> Project {
    let project = Project::new(first)
        .campaign("metro.yaml", METRO)
        .campaign("ferry.yaml", &format!("account: second\n{METRO}"));
    let url = second.url();
    project.write("secret.txt", "second-secret-77\n");
    let accounts = String::from_utf8(project.read("campaigns/accounts.yaml")).expect("UTF-8");
    project.write(
        "campaigns/accounts.yaml",
        format!("{accounts}second:\n  appid: wxsecond\n  secret_file: ../secret.txt\n  api_url: {url}\n  image_url: {url}\n  rate: 1000/s\n"),
    );
    project
}

#[test]
fn two_accounts_run_side_by_side_with_a_code_of_the_same_scene_each() {
    let first = Platform::start();
    let second = Platform::with(|settings| {
        settings.accounts = vec![("wxsecond".into(), "second-secret-77".into())];
        settings.seed = 2;
    });
    let project = two_accounts(&first, &second);
    let document = project.run_json(0);
    assert_eq!((first.count(Kind::Create), second.count(Kind::Create)), (4, 4));
    assert_eq!(document["accounts"].as_array().map(Vec::len), Some(2));
    assert_eq!(project.bundle("metro").row("1")["url"], first.url_of("id 1"));
    assert_eq!(project.bundle("ferry").row("1")["url"], second.url_of("id 1"));
    assert_eq!(project.bundle("ferry").manifest()["appid"], "wxsecond");
    let requests = first.asked().len() + second.asked().len();
    project.expect(&["run"], 0);
    assert_eq!(first.asked().len() + second.asked().len(), requests);
}

#[test]
fn an_account_that_is_refused_does_not_keep_the_other_from_its_bundle() {
    let first = Platform::start();
    let second = Platform::start(); // which has never heard of `wxsecond`
    let project = two_accounts(&first, &second);
    let document = project.run_json(7);
    let exits: Vec<_> =
        document["campaigns"].as_array().expect("a list").iter().map(|c| &c["exit"]).collect();
    assert_eq!(exits, [&json!(7), &json!(0)], "ferry, metro");
    assert_eq!(project.bundle("metro").rows().len(), 4);
    assert!(!project.path("output/ferry").exists());
}
