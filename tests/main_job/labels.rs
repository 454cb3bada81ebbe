//! What changes without a call, and what is renewed.

use super::support::{Kind, Platform, Project, decode};

fn codes(list: &str) -> String {
    format!("expires: 30d\ncodes:\n{list}")
}

const THREE: &str =
    "  - {scene: 1, channel: North}\n  - {scene: 2, channel: East}\n  - {scene: 3, channel: South}\n";

fn done(platform: &Platform) -> Project {
    let project = Project::new(platform).campaign("metro.yaml", &codes(THREE));
    project.expect(&["run"], 0);
    project
}

#[test]
fn a_changed_channel_costs_no_call_and_makes_another_revision() {
    let platform = Platform::start();
    let project = done(&platform);
    let (requests, before) = (platform.asked().len(), project.bundle("metro"));
    project.write("campaigns/metro.yaml", codes(&THREE.replace("East", "Eastern gate")));
    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    assert_eq!((&plan["counts"]["relabel"], &plan["counts"]["keep"]), (&1.into(), &2.into()));
    let told = project.expect(&["run"], 0);
    told.says("metro: 1 relabelled, 2 unchanged");
    assert_eq!(platform.asked().len(), requests);
    let after = project.bundle("metro");
    assert_eq!((before.revision(), after.revision()), (1, 2));
    assert_eq!(after.row("2")["channel"], "Eastern gate");
    assert!(after.row("2")["image"].contains("Eastern-gate"));
    assert_eq!(after.column("seq"), before.column("seq"));
    assert_eq!(after.row("2")["ticket"], before.row("2")["ticket"]);
    assert!(project.expect(&["plan"], 0).stdout.contains("Nothing"), "the next plan is all keep");
}

#[test]
fn tags_and_order_and_further_columns_cost_no_call() {
    let platform = Platform::start();
    let csv = "scene,channel,tags,owner,expires\n7,Store A,east,Li,30d\n8,Store B,east,Wang,30d\n";
    let project = Project::new(&platform).campaign("stores.csv", csv);
    project.expect(&["run"], 0);
    let requests = platform.asked().len();
    assert_eq!(project.bundle("stores").row("7")["owner"], "Li");
    let other = "scene,channel,tags,owner,expires\n8,Store B,east;new,Wang,30d\n7,Store A,east,Zhao,30d\n";
    project.write("campaigns/stores.csv", other);
    project.expect(&["run"], 0);
    assert_eq!(platform.asked().len(), requests);
    let bundle = project.bundle("stores");
    assert_eq!((bundle.row("7")["owner"].as_str(), bundle.row("8")["tags"].as_str()), ("Zhao", "east;new"));
    assert_eq!(bundle.column("scene"), ["7", "8"], "the order is that of the first time");
    let status = project.expect(&["status", "--format", "json"], 0).json();
    assert_eq!(status["campaigns"][0]["bundle_state"], "current", "whatever order the files have");
    // Order alone changes nothing at all.
    let before = project.results();
    project.write(
        "campaigns/stores.csv",
        "scene,channel,tags,owner,expires\n7,Store A,east,Zhao,30d\n8,Store B,east;new,Wang,30d\n",
    );
    project.expect(&["run"], 0);
    assert_eq!(project.results(), before);
}

#[test]
fn line_ends_and_blanks_that_nobody_sees_relabel_nothing() {
    let platform = Platform::start();
    let table = "scene,channel,\"note\nfor Li\",expires\n7,Store A,\"two\nlines\",30d\n8,Store B,x,30d\n";
    let project = Project::new(&platform).campaign("stores.csv", table);
    project.expect(&["run"], 0);
    let before = project.results();
    assert_eq!(project.bundle("stores").row("7")["note\nfor Li"], "two\nlines");
    // A checkout with CRLF, and an editor that adds blanks.
    let blanks = table.replace("lines", "lines \u{3000}").replace("two", "two  ").replace(",x,", ",\tx ,");
    for changed in [table.replace('\n', "\r\n"), blanks] {
        project.write("campaigns/stores.csv", changed);
        let plan = project.expect(&["plan", "--format", "json"], 0).json();
        assert_eq!((&plan["counts"]["relabel"], &plan["counts"]["keep"]), (&0.into(), &2.into()));
        project.expect(&["run"], 0);
        assert_eq!(project.results(), before);
    }
}

#[test]
fn what_a_spreadsheet_may_take_for_a_formula_is_marked_in_the_table_for_people() {
    let platform = Platform::start();
    let table = "scene,channel,note,expires\n7,﹦1+1,⁺1,30d\n8,＝1+1,a\u{200b}=b,30d\n9,−1,\u{200b}=1,30d\n";
    let project = Project::new(&platform).campaign("stores.csv", table);
    project.expect(&["run"], 0);
    let bundle = project.bundle("stores");
    let excel = bundle.text("manifest-excel.csv");
    for marked in ["'﹦1+1", "'⁺1", "'＝1+1", "'−1", "'\u{200b}=1"] {
        assert!(excel.contains(&format!(",{marked}")), "{marked} in {excel}");
        assert!(!bundle.text("manifest.csv").contains(marked), "{marked}");
    }
    assert!(excel.contains(",a\u{200b}=b"), "{excel}");
}

#[test]
fn a_code_that_leaves_retires_and_finds_its_old_place_when_it_returns() {
    let platform = Platform::start();
    let project = done(&platform);
    let requests = platform.asked().len();
    let tickets = |project: &Project| project.bundle("metro").column("ticket");
    let first = tickets(&project);
    project.write("campaigns/metro.yaml", codes(&THREE.replace("  - {scene: 2, channel: East}\n", "")));
    project.expect(&["run"], 0).says("metro: 1 retired, 2 unchanged");
    let bundle = project.bundle("metro");
    assert_eq!((bundle.revision(), bundle.column("seq")), (2, vec!["1".into(), "3".into()]));

    // A new code does not take the place that was left.
    let four = THREE.replace("{scene: 2, channel: East}", "{scene: 4, channel: West}");
    project.write("campaigns/metro.yaml", codes(&four));
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), 4);
    assert_eq!(project.bundle("metro").row("4")["seq"], "4");

    project.write("campaigns/metro.yaml", codes(THREE));
    project.expect(&["run"], 0).says("1 relabelled, 1 retired");
    assert_eq!((platform.count(Kind::Create), platform.count(Kind::Picture)), (4, 4), "{requests}");
    let bundle = project.bundle("metro");
    assert_eq!(bundle.column("seq"), ["1", "2", "3"]);
    assert_eq!(tickets(&project), first);
    assert_eq!(bundle.revision(), 4);
}

#[test]
fn a_code_that_moves_to_another_campaign_costs_no_call_and_both_bundles_change() {
    let platform = Platform::start();
    let project = done(&platform);
    let (requests, ticket) = (platform.asked().len(), project.bundle("metro").row("3")["ticket"].clone());
    project.write("campaigns/metro.yaml", codes(&THREE.replace("  - {scene: 3, channel: South}\n", "")));
    project.write("campaigns/bus.yaml", codes("  - {scene: 3, channel: South}\n"));
    project.expect(&["run"], 0);
    assert_eq!(platform.asked().len(), requests);
    assert_eq!(project.bundle("metro").column("scene"), ["1", "2"]);
    let bus = project.bundle("bus");
    assert_eq!((bus.row("3")["seq"].as_str(), &bus.row("3")["ticket"]), ("1", &ticket));
    // And back, where its place was kept.
    project.write("campaigns/metro.yaml", codes(THREE));
    project.remove("campaigns/bus.yaml");
    project.expect(&["run"], 0);
    assert_eq!(platform.asked().len(), requests);
    assert_eq!(project.bundle("metro").row("3")["seq"], "3");
}

#[test]
fn a_path_outside_which_a_code_lies_retires_nothing_there() {
    let platform = Platform::start();
    let project = done(&platform).campaign("bus.yaml", &codes("  - {scene: 50, channel: Bus}\n"));
    project.expect(&["run"], 0);
    project.remove("campaigns/metro.yaml");
    let document: serde_json::Value =
        project.expect(&["run", "campaigns/bus.yaml", "--format", "json"], 0).json();
    assert_eq!(document["campaigns"].as_array().map(Vec::len), Some(1));
    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    assert_eq!(plan["counts"]["retire"], 3, "the whole folder would retire them");
}

#[test]
fn a_code_is_renewed_before_it_dies_as_another_picture_and_its_past_stays() {
    let platform = Platform::start();
    let project = done(&platform);
    let before = project.bundle("metro");
    // Half of `renew_before` is left: whatever its spread, each is due.
    project.age(25);
    let document = project.run_json(0);
    assert_eq!(document["campaigns"][0]["counts"]["renew"], 3);
    assert_eq!((platform.count(Kind::Create), platform.count(Kind::Picture)), (6, 6));
    let after = project.bundle("metro");
    for (old, new) in before.rows().iter().zip(after.rows()) {
        assert_eq!((&old["seq"], &old["scene"]), (&new["seq"], &new["scene"]));
        assert_eq!((old["generation"].as_str(), new["generation"].as_str()), ("1", "2"));
        assert_ne!(old["url"], new["url"]);
        assert!(new["image"].contains("_g2_until-"), "{}", new["image"]);
        assert_eq!(decode(&after.files[&new["image"]]), new["url"]);
        // What hangs somewhere is still known, and its picture still at hand until it dies.
        let told = project.expect(&["inspect", &old["url"]], 0);
        assert!(told.stdout.contains("generation") && told.stdout.contains('1'), "{}", told.stdout);
        assert!(project.path(&format!("output/pictures/{}.jpg", old["image_sha256"])).exists());
    }
    assert_eq!(after.revision(), 2);
    let requests = platform.asked().len();
    project.expect(&["run"], 0);
    assert_eq!(platform.asked().len(), requests);

    // Six days later the first generation is dead: its pictures go, its tickets stay.
    project.age(6);
    project.expect(&["run"], 0);
    for old in before.rows() {
        assert!(!project.path(&format!("output/pictures/{}.jpg", old["image_sha256"])).exists());
        project.expect(&["inspect", &old["ticket"]], 0);
    }
    assert_eq!(platform.asked().len(), requests, "generation 2 has 24 of 30 days left");
}

#[test]
fn the_code_that_dies_first_is_renewed_first() {
    let platform = Platform::start();
    let project =
        Project::with_account(&platform, "  daily_quota: 4\n").campaign("metro.yaml", &codes(THREE));
    project.expect(&["run"], 0);
    project.age(25);
    project.sql("UPDATE generations SET expires_at = expires_at - 86400 WHERE code = (SELECT id FROM codes WHERE scene = 2)");
    project.write("campaigns/metro.yaml", codes(&format!("  - {{scene: 9, channel: New}}\n{THREE}")));
    project.expect(&["run"], 5);
    assert_eq!(platform.scenes_asked().last().map(String::as_str), Some("id 2"), "one call was left");
}

#[test]
fn bundle_ignores_the_clock_and_names_what_has_died() {
    let platform = Platform::start();
    let project = done(&platform);
    project.age(40);
    let told = project.expect(&["bundle"], 0);
    told.says("warning: metro: the bundle holds 3 codes that no longer work: scene 1 expired on ");
    assert_eq!(platform.count(Kind::Create), 3);
}

#[test]
fn after_its_last_day_nothing_of_a_campaign_is_issued_renewed_or_bundled() {
    let platform = Platform::start();
    let project = done(&platform);
    let (requests, before) = (platform.asked().len(), project.output());
    project.age(40);
    project.write(
        "campaigns/metro.yaml",
        format!("until: 2020-01-31\n{}", codes(&THREE.replace("North", "Nord"))),
    );
    let told = project.expect(&["run"], 0);
    told.says("metro: its last day is over; nothing was issued or bundled");
    assert_eq!(platform.asked().len(), requests);
    assert_eq!(project.output()["output/metro/metro.zip"], before["output/metro/metro.zip"]);
}

#[test]
fn a_code_that_outlives_the_campaigns_last_day_is_not_renewed() {
    let platform = Platform::start();
    let project = done(&platform);
    project.age(25);
    let today = scenepress::model::beijing_date(scenepress::clock::now());
    project.write("campaigns/metro.yaml", format!("until: {today}\n{}", codes(THREE)));
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), 3);
}

#[test]
fn a_changed_lifetime_applies_at_the_next_renewal() {
    let platform = Platform::start();
    let project = done(&platform);
    let requests = platform.asked().len();
    project.write("campaigns/metro.yaml", codes(THREE).replace("30d", "7d"));
    project.expect(&["run"], 0);
    assert_eq!(platform.asked().len(), requests);
    project.age(25);
    project.expect(&["run"], 0);
    let last = platform.asked().into_iter().rfind(|asked| asked.kind == Kind::Create).expect("a request");
    let body: serde_json::Value = serde_json::from_slice(&last.body).expect("JSON");
    assert_eq!(body["expire_seconds"], 7 * 86_400);
}

#[test]
fn a_retired_scene_is_another_channels_only_where_the_file_says_so() {
    let platform = Platform::start();
    let project = done(&platform);
    let without = THREE.replace("  - {scene: 2, channel: East}\n", "");
    project.write("campaigns/metro.yaml", codes(&without));
    project.expect(&["run"], 0);
    let requests = platform.asked().len();
    let harbour = |more: &str| codes(&format!("{without}  - {{scene: 2, channel: Harbour{more}}}\n"));
    project.write("campaigns/metro.yaml", harbour(""));
    let told = project.expect(&["run"], 4);
    told.says("scene 2: the scene was \"East\" of campaign metro, now retired; its last code dies on ");
    project.write("campaigns/metro.yaml", harbour(", reuse: true"));
    project.expect(&["run"], 0).says("metro: 1 relabelled, 2 unchanged");
    // The mark has done its work.
    project.write("campaigns/metro.yaml", harbour(""));
    project.expect(&["run"], 0);
    assert_eq!(platform.asked().len(), requests);
}

#[test]
fn a_channel_that_changes_on_the_way_to_another_campaign_is_told() {
    let platform = Platform::start();
    let project = done(&platform);
    project.remove("campaigns/metro.yaml");
    project.write("campaigns/city.yaml", codes(&THREE.replace("South", "Harbour")));
    assert_eq!(project.expect(&["plan", "--allow", "relabel=metro"], 0).stderr, "");
    let text = project.expect(&["plan"], 0).stdout;
    let rows = "
city (account default): 3 relabel
  = relabel  1  North    was in campaign metro
  = relabel  2  East     was in campaign metro
  = relabel  3  Harbour  channel was \"South\"; was in campaign metro

Total: 3 relabel
";
    assert!(text.contains(rows), "{text}");
    let text = project.expect(&["plan", "--format", "markdown"], 0).stdout;
    let row = "| <code>city</code> | <code>3</code> | <code>Harbour</code> | channel was \"South\"; was in campaign metro · \
               原属另一活动 |";
    assert!(text.contains(row), "{text}");
    let actions = project.expect(&["plan", "--format", "json"], 0).json()["actions"].clone();
    assert_eq!(actions[0]["reason"], "was in campaign metro");
    assert_eq!(actions[2]["reason"], "channel was \"South\"; was in campaign metro");
}
