//! What the program writes, and the schemas it prints of it: what is written is valid, and what lacks a member or has
//! another type in its place is not.

use serde_json::{Value, json};

use super::support::schema::{assert_valid, faults, unnamed};
use super::support::{Platform, Project, Verdict};

const CITY: &str = "permanent_budget: 1\ninclude: [stores.csv]\ncodes:
  - {scene: 1, channel: North, tags: [metro], expires: 30d}
  - {scene: kiosk, channel: 报刊亭, expires: never}\n";
const STORES: &str = "scene,channel,expires,manager\n3001,北京西单店,7d,王磊\n";

fn project(platform: &Platform) -> Project {
    Project::new(platform).campaign("city.yaml", CITY).campaign("stores.csv", STORES)
}

fn document(project: &Project, args: &[&str], exit: i32) -> Value {
    project.expect(&[args, &["--format", "json"]].concat(), exit).json()
}

/// The paths of all that is in a value, as JSON pointers.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut add = |name: &str, value| {
        let path = format!("{at}/{name}");
        paths(value, &path, found);
        found.push(path);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| add(name, value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| add(&index.to_string(), value));
        }
        _ => {}
    }
}

/// Holds that a document is valid, and that no damage to it is: a member less, or anything of another type.
#[track_caller]
fn assert_held(name: &str, document: &Value, optional: &[&str]) {
    assert_valid(name, document);
    let mut found = Vec::new();
    paths(document, "", &mut found);
    assert!(found.len() > 15, "{document:#}");
    for path in found {
        let (parent, member) = path.rsplit_once('/').expect("a path");
        let mut damaged = document.clone();
        let is_member = damaged.pointer_mut(parent).and_then(Value::as_object_mut).map(|members| {
            members.remove(member);
        });
        if is_member.is_some() && !optional.contains(&member) {
            assert!(!faults(name, &damaged).is_empty(), "{name} is valid without {path}");
        }
        let mut damaged = document.clone();
        let value = damaged.pointer_mut(&path).expect("a value");
        *value = if value.is_object() { json!("another type") } else { json!({"another": "type"}) };
        assert!(!faults(name, &damaged).is_empty(), "{name} is valid with another type at {path}");
    }
    // Later versions may say more.
    let mut widened = document.clone();
    widened["one_more"] = json!(1);
    assert_eq!(faults(name, &widened), Vec::<String>::new());
    assert_eq!(unnamed(name, &widened).len(), 1, "{name} may get a member that its schema does not name");
    for key in ["format", "bundle_format"].iter().filter(|key| document.get(**key).is_some()) {
        let mut later = document.clone();
        later[key] = json!(99);
        assert!(!faults(name, &later).is_empty(), "{name} is valid in another format");
    }
}

#[test]
fn the_document_of_each_outcome_is_what_its_schema_says() {
    let platform = Platform::start();
    let project = project(&platform);
    let refuse_one = |errcode| {
        platform.rule(move |asked| match asked.scene().as_deref() {
            Some("id 1") => Verdict::error(errcode),
            _ => Verdict::Pass,
        });
    };
    let outcome = |args: &[&str], exit, outcome: &str| {
        let document = document(&project, args, exit);
        assert_eq!(document["outcome"], outcome, "{document:#}");
        assert_held("run", &document, &[]);
        document
    };
    refuse_one(40053);
    let partial = outcome(&["run"], 3, "partial");
    assert_eq!(partial["campaigns"][0]["failed"][0]["stage"], "issue");
    let partial = outcome(&["run", "--allow-partial"], 3, "partial");
    assert!(partial["campaigns"][0]["partial_bundle"].is_string(), "{partial:#}");
    refuse_one(45009);
    outcome(&["run"], 5, "quota");
    platform.rule(|_| Verdict::error(40164));
    outcome(&["run"], 7, "account");
    platform.behave();
    let done = outcome(&["run"], 0, "done");
    assert_eq!(done["campaigns"][0]["bundle_state"], "current");
    project.write("campaigns/city.yaml", CITY.replace("kiosk", "kiosk-2"));
    outcome(&["run"], 4, "refused");
    project.write("campaigns/city.yaml", CITY.replace("channel: North", "chanel: North"));
    let failed = outcome(&["run"], 2, "failed");
    assert_eq!(failed["problems"][0]["kind"], "unknown-key");
}

#[test]
fn the_words_of_a_document_are_those_of_its_schema() {
    let platform = Platform::start();
    let project = project(&platform);
    platform.rule(|_| Verdict::error(40053));
    let run = document(&project, &["run"], 7);
    let plan = document(&project, &["plan"], 0);
    for (name, document, path) in [
        ("run", &run, "/outcome"),
        ("run", &run, "/started_at"),
        ("run", &run, "/campaigns/0/bundle_state"),
        ("run", &run, "/campaigns/0/failed/0/stage"),
        ("run", &run, "/campaigns/0/failed/0/scene_type"),
        ("plan", &plan, "/digest"),
        ("plan", &plan, "/now"),
        ("plan", &plan, "/actions/0/action"),
        ("plan", &plan, "/actions/0/lifetime"),
        ("plan", &plan, "/actions/0/scene_type"),
    ] {
        let mut damaged = document.clone();
        *damaged.pointer_mut(path).expect("a value") = json!("another word");
        assert_eq!(faults(name, &damaged).len(), 1, "{name}, {path}");
    }
}

#[test]
fn the_plan_is_what_its_schema_says_before_a_run_and_after_it() {
    let platform = Platform::start();
    let project = project(&platform);
    assert_held("plan", &document(&project, &["plan"], 0), &[]);
    project.expect(&["run"], 0);
    project.age(25);
    project
        .write("campaigns/city.yaml", CITY.replace("North", "South").replace("include: [stores.csv]\n", ""));
    project.remove("campaigns/stores.csv");
    let plan = document(&project, &["plan", "--out", "approved.json"], 0);
    assert_held("plan", &plan, &[]);
    assert_eq!(serde_json::from_slice::<Value>(&project.read("approved.json")).expect("JSON"), plan);
    project.write("campaigns/city.yaml", CITY.replace("campaign", "chanel"));
    assert_valid("plan", &document(&project, &["plan"], 2));
}

#[test]
fn the_state_is_what_its_schema_says() {
    let platform = Platform::start();
    let project = project(&platform);
    assert_held("status", &document(&project, &["status"], 0), &[]);
    project.expect(&["run"], 0);
    project.age(28);
    let status = document(&project, &["status", "--min-left", "3d"], 11);
    assert_eq!(status["overdue"].as_array().map(Vec::len), Some(2), "{status:#}");
    assert_held("status", &status, &[]);
}

#[test]
fn manifests_are_what_their_schema_says() {
    let platform = Platform::start();
    let project = project(&platform);
    project.expect(&["run"], 0);
    let manifest = project.bundle("city").manifest();
    // A further column of a table.
    assert_eq!(manifest["codes"][2]["manager"], "王磊", "{manifest:#}");
    assert_held("manifest", &manifest, &["manager"]);

    project.expect(&["run", "--emulator"], 0);
    let bundle = "output/emulator/city/city.NOT-FOR-PRINT.zip";
    let manifest = super::support::Bundle::open(&project.path(bundle)).manifest();
    assert_eq!(manifest["not_for_print"], true);
    assert_held("manifest", &manifest, &["manager", "not_for_print"]);
}

#[test]
fn what_diff_inspect_and_handoff_write_is_what_their_schemas_say() {
    let platform = Platform::start();
    let project = project(&platform);
    project.expect(&["run"], 0);
    project.age(25);
    project.write("campaigns/city.yaml", CITY.replace("kiosk, channel: 报刊亭", "kiosk, channel: 门店"));
    project.write("campaigns/stores.csv", STORES.replace("3001", "3002"));
    project.expect(&["run"], 0);
    let (old, new) = ("output/city/city.r1.zip", "output/city/city.zip");
    project.expect(&["handoff", new, "--to", "Shop A"], 0);
    let diff = document(&project, &["diff", old, new], 0);
    for kind in ["new", "replaced", "relabelled", "withdrawn"] {
        assert_eq!(diff["counts"][kind], 1, "{diff:#}");
    }
    assert_held("diff", &diff, &[]);

    project.expect(&["handoff", "--removed", "--campaign", "city", "--from", "Shop A", "1"], 0);
    project.expect(&["handoff", "--undo", "2"], 0);
    assert_held("handoffs", &document(&project, &["handoff", "--list"], 0), &[]);

    let ticket = project.bundle("city").row("1")["ticket"].clone();
    let picture = project.files("output/pictures").remove(0);
    for more in [&[][..], &["--in", new]] {
        let args = [&["inspect", "1", "kiosk", "3009", &ticket, &picture, "none.jpg"], more].concat();
        let document = project.tell(&[&args[..], &["--format", "json"]].concat()).json();
        assert_held("inspect", &document, &[]);
    }
}

#[test]
fn each_event_is_what_its_schema_says() {
    let platform = Platform::start();
    let project = project(&platform);
    platform.rule(|asked| match asked.scene().as_deref() {
        Some("id 1") => Verdict::error(40053),
        _ => Verdict::Pass,
    });
    let told = project.expect(&["run", "--events", "--allow-partial"], 3);
    let mut seen = std::collections::BTreeSet::new();
    for line in told.stdout.lines() {
        let event: Value = serde_json::from_str(line).expect("JSON");
        assert_valid("events", &event);
        for required in ["at", "event"] {
            let mut damaged = event.clone();
            damaged.as_object_mut().expect("an object").remove(required);
            assert_eq!(faults("events", &damaged).len(), 1, "{event} without {required}");
            damaged[required] = json!("another word");
            assert_eq!(faults("events", &damaged).len(), 1, "{damaged}");
        }
        seen.insert(event["event"].as_str().expect("a word").to_owned());
    }
    for event in ["started", "issued", "fetched", "verified", "failed", "bundling", "bundled"] {
        assert!(seen.contains(event), "{event} is not in {seen:?}");
    }
}
