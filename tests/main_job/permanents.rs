//! Permanent codes: the ones that can never be deleted.

use serde_json::json;

use super::support::{Kind, Platform, Project, Verdict};

fn desk(budget: u32, codes: &str) -> String {
    format!("permanent_budget: {budget}\nexpires: never\ncodes: [{codes}]")
}

const TWO: &str = "{scene: 501, channel: Desk}, {scene: vip, channel: VIP}";

#[test]
fn a_campaign_beyond_its_budget_is_refused_and_the_others_run() {
    let platform = Platform::start();
    let project = Project::new(&platform)
        .campaign("desk.yaml", &desk(2, TWO))
        .campaign("metro.yaml", "codes: [{scene: 1, channel: North, expires: 30d}]");
    project.expect(&["run"], 0);
    // The budget is what the campaign may ever create: the codes that left still count.
    project.write("campaigns/desk.yaml", desk(2, "{scene: 502, channel: Desk}"));
    project.write("campaigns/metro.yaml", "codes: [{scenes: 1..2, channel: \"N {n}\", expires: 30d}]");
    let told = project.expect(&["run", "--format", "json"], 4);
    told.says("bundled");
    let document = told.json();
    assert_eq!(document["outcome"], "refused");
    let desk = &document["campaigns"][0];
    assert_eq!(
        (&desk["exit"], &desk["counts"]["refuse"]),
        (&json!(4), &json!(3)),
        "a new code and two retirements"
    );
    let message = desk["message"].as_str().expect("a text");
    assert!(
        message.starts_with("permanent_budget is 2, 2 permanent codes created and 1 more wanted"),
        "{message}"
    );
    assert_eq!(document["campaigns"][1]["counts"]["create"], 1);
    assert_eq!(platform.counters().permanent_scenes, 2);
    assert_eq!(project.bundle("desk").column("scene"), ["501", "vip"], "as it was");
    assert!(project.expect(&["run"], 4).stderr.contains("`scenepress plan` shows why a campaign is refused"));
    project.expect(&["plan"], 0);
}

#[test]
fn a_permanent_code_is_never_asked_for_twice() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("desk.yaml", &desk(2, TWO));
    project.expect(&["run"], 0);
    let runs: [&dyn Fn(); 6] = [
        &|| {},
        &|| project.age(4000),
        &|| project.remove("output/desk"),
        &|| project.remove("output/pictures"),
        &|| project.write("campaigns/desk.yaml", desk(2, "{scene: 501, channel: Desk}")),
        &|| project.write("campaigns/desk.yaml", desk(2, TWO)),
    ];
    for change in runs {
        change();
        project.expect(&["run"], 0);
    }
    assert_eq!(platform.count(Kind::Create), 2);
    assert_eq!(project.bundle("desk").column("lifetime"), ["permanent", "permanent"]);
}

#[test]
fn a_lost_answer_counts_against_the_budget_until_it_is_asked_for_again() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("desk.yaml", &desk(1, "{scene: 501, channel: Desk}"));
    let (sender, reached) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    platform.rule(move |asked| {
        if asked.kind == Kind::Create {
            sender.lock().expect("a lock").send(()).expect("somebody listens");
            return Verdict::PassAndHang;
        }
        Verdict::Pass
    });
    let running = project.start(&["run"]);
    reached.recv().expect("the request");
    running.kill();
    platform.behave();
    // The platform may have made 501: another code in its place would be the campaign's second.
    project.write("campaigns/desk.yaml", desk(1, "{scene: 502, channel: Desk}"));
    project.expect(&["run"], 4);
    project.write("campaigns/desk.yaml", desk(1, "{scene: 501, channel: Desk}"));
    project.expect(&["run"], 0);
    assert_eq!((platform.count(Kind::Create), platform.counters().permanent_scenes), (2, 1));
    assert_eq!(project.bundle("desk").row("501")["url"], platform.url_of("id 501"));
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("desk.yaml", &desk(2, TWO));
    let told = project.expect(&["run"], 0);
    assert!(!told.stderr.contains("[y/N]"), "{}", told.stderr);
    assert_eq!(platform.counters().permanent_scenes, 2);
}

#[test]
fn a_temporary_code_may_become_permanent_but_not_the_other_way_round() {
    let platform = Platform::start();
    let temporary = "codes: [{scene: 501, channel: Desk, expires: 30d}]";
    let project = Project::new(&platform).campaign("desk.yaml", temporary);
    project.expect(&["run"], 0);
    project.write("campaigns/desk.yaml", desk(1, "{scene: 501, channel: Desk}"));
    let document = project.run_json(0);
    assert_eq!(document["campaigns"][0]["counts"]["create"], 1);
    let row = project.bundle("desk").row("501");
    assert_eq!((row["generation"].as_str(), row["lifetime"].as_str()), ("2", "permanent"));
    assert!(row["image"].ends_with("_g2.jpg"), "{}", row["image"]);
    project.write("campaigns/desk.yaml", temporary);
    project.expect(&["run"], 4).says("cannot become temporary");
    assert_eq!(platform.count(Kind::Create), 2);
}

#[test]
fn a_string_that_looks_like_an_issued_number_is_refused() {
    let platform = Platform::start();
    let project =
        Project::new(&platform).campaign("desk.yaml", "codes: [{scene: 501, channel: A, expires: 30d}]");
    project.expect(&["run"], 0);
    project.write("campaigns/desk.yaml", "codes: [{scene: \"501\", channel: A, expires: 30d}]");
    project.expect(&["run"], 4).says("the ledger has the number 501, whose scan events look the same");
    assert_eq!(platform.count(Kind::Create), 1);
}

#[test]
fn a_budget_begins_anew_neither_under_another_name_nor_with_another_account() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("desk.yaml", &desk(2, TWO));
    project.expect(&["run"], 0);
    // Two permanent codes move here, and a third is one more than the budget.
    project.remove("campaigns/desk.yaml");
    project.write(
        "campaigns/counter.yaml",
        desk(3, &format!("{TWO}, {{scenes: 601..602, channel: \"C {{n}}\"}}")),
    );
    let told = project.expect(&["check"], 2);
    assert!(told.stdout.is_empty() && told.stderr.contains("permanent"), "{}", told.stderr);
    project
        .write("campaigns/counter.yaml", desk(3, "{scene: vip, channel: VIP}, {scene: 501, channel: Desk}"));
    project.expect(&["run"], 0);
    project.write(
        "campaigns/counter.yaml",
        desk(3, "{scene: vip, channel: VIP}, {scenes: 601..602, channel: \"C {n}\"}"),
    );
    project.expect(&["run"], 0);
    assert_eq!(platform.counters().permanent_scenes, 4);
}
