//! What scripts are told: documents, events, exit codes, and silence.

use std::process::Stdio;

use serde_json::{Value, json};

use super::support::{Asked, Kind, Platform, Project, SECRET, Told, Verdict};

const CITY: &str = "permanent_budget: 1\ncodes:
  - {scene: 1, channel: North, expires: 30d}
  - {scene: kiosk, channel: 报刊亭, expires: never}\n";

fn quota_spent(asked: &Asked) -> Verdict {
    if asked.kind == Kind::Create { Verdict::error(45009) } else { Verdict::Pass }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Every field that the design names, whatever happened.
#[track_caller]
pub(super) fn assert_run_document(document: &Value, exit: i32, outcome: &str) {
    let mut expected = vec![
        "format",
        "exit",
        "outcome",
        "message",
        "campaigns",
        "accounts",
        "problems",
        "hooks",
        "started_at",
        "ended_at",
    ];
    expected.sort_unstable();
    assert_eq!(keys(document), expected);
    assert_eq!(document["format"], 1);
    assert_eq!((&document["exit"], &document["outcome"]), (&json!(exit), &json!(outcome)), "{document:#}");
    for campaign in document["campaigns"].as_array().expect("a list") {
        for key in [
            "campaign",
            "account",
            "exit",
            "bundle",
            "bundle_sha256",
            "bundle_state",
            "revision",
            "counts",
            "failed",
        ] {
            assert!(campaign.get(key).is_some(), "no {key} in {campaign:#}");
        }
        assert_eq!(
            keys(&campaign["counts"]),
            ["create", "failed", "keep", "refuse", "relabel", "renew", "retire"]
        );
        for failed in campaign["failed"].as_array().expect("a list") {
            assert_eq!(keys(failed), ["errcode", "message", "rid", "scene", "scene_type", "stage"]);
        }
    }
    for account in document["accounts"].as_array().expect("a list") {
        assert_eq!(keys(account), ["account", "appid", "calls", "clock"]);
        assert_eq!(keys(&account["calls"]), ["daily_quota", "made", "used_today"]);
    }
    for instant in ["started_at", "ended_at"] {
        assert!(document[instant].as_str().is_some_and(|text| text.ends_with("+08:00")), "{document:#}");
    }
    assert_eq!(exit == 0, document["message"] == "", "{document:#}");
}

#[test]
fn the_document_of_a_run_that_is_done_is_this_one() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    let mut document = project.run_json(0);
    assert_run_document(&document, 0, "done");
    (document["started_at"], document["ended_at"]) = (json!(""), json!(""));
    let expected = json!({
        "format": 1,
        "exit": 0,
        "outcome": "done",
        "message": "",
        "campaigns": [{
            "campaign": "city",
            "account": "default",
            "exit": 0,
            "bundle": "output/city/city.zip",
            "bundle_sha256": project.bundle("city").sha256,
            "bundle_state": "current",
            "revision": 1,
            "counts": {"create": 2, "renew": 0, "keep": 0, "relabel": 0, "retire": 0, "refuse": 0, "failed": 0},
            "failed": [],
            "message": "",
            "not_tried": 0,
            "left_out": 0,
            "moved_to": null,
            "partial_bundle": null,
        }],
        "accounts": [{
            "account": "default",
            "appid": "wx0123456789abcdef",
            "calls": {"made": 2, "used_today": 2, "daily_quota": 100_000},
            "clock": null,
        }],
        "problems": [],
        "hooks": [],
        "started_at": "",
        "ended_at": "",
    });
    assert_eq!(document, expected);
    let again = project.run_json(0);
    assert_eq!(again["campaigns"][0]["counts"]["keep"], 2);
    assert_eq!(again["campaigns"][0]["bundle_state"], "current");
}

#[test]
fn every_outcome_has_the_same_document() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    platform.rule(|asked| match asked.scene().as_deref() {
        Some("id 1") => Verdict::error(40053),
        _ => Verdict::Pass,
    });
    let document = project.run_json(3);
    assert_run_document(&document, 3, "partial");
    let failed = &document["campaigns"][0]["failed"][0];
    assert_eq!((&failed["scene"], &failed["scene_type"]), (&json!("1"), &json!("id")));
    assert_eq!((&failed["stage"], &failed["errcode"]), (&json!("issue"), &json!(40053)));
    assert_eq!(failed["rid"], "6ab1c500-0badcafe-00040053");
    assert_eq!(document["campaigns"][0]["bundle_state"], "missing");
    assert_eq!(
        (&document["campaigns"][0]["bundle"], &document["campaigns"][0]["revision"]),
        (&Value::Null, &Value::Null)
    );

    platform.rule(quota_spent);
    assert_run_document(&project.run_json(5), 5, "quota");
    platform.rule(|_| Verdict::error(40164));
    assert_run_document(&project.run_json(7), 7, "account");
    platform.behave();
    project.write("campaigns/city.yaml", CITY.replace("kiosk", "kiosk-2"));
    assert_run_document(&project.run_json(4), 4, "refused");
}

#[test]
fn the_document_is_written_after_a_fatal_error_too() {
    let platform = Platform::start();
    let project =
        Project::new(&platform).campaign("city.yaml", "codes: [{scene: 1, chanel: North, expires: 30d}]");
    let document = project.run_json(2);
    assert_run_document(&document, 2, "failed");
    let problems = document["problems"].as_array().expect("a list");
    let misspelt = problems.iter().find(|problem| problem["kind"] == "unknown-key").expect("a problem");
    assert_eq!((&misspelt["severity"], &misspelt["line"]), (&json!("error"), &json!(1)));

    project.write("campaigns/city.yaml", CITY);
    let mut command = project.command(&["run", "--format", "json"]);
    command.env_remove("WECHAT_APPID");
    let told = Told::of(command);
    assert_eq!(told.exit, 2);
    assert_run_document(&told.json(), 2, "failed");
    assert_eq!(told.json()["problems"][0]["kind"], "unset-variable");

    // A disk that cannot be written: `output` is a file.
    project.write("output", "in the way");
    assert_run_document(&project.run_json(1), 1, "failed");
    project.remove("output");
    let document = serde_json::from_str::<Value>(
        &project.expect(&["run", "--require-ledger", "--format", "json"], 4).stdout,
    );
    assert_run_document(&document.expect("a document"), 4, "refused");
}

#[test]
fn the_plan_is_a_document_that_a_script_can_read() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    assert_eq!(
        keys(&plan),
        [
            "accounts",
            "actions",
            "counts",
            "dead_on_paper",
            "digest",
            "dying_on_paper",
            "fetches",
            "format",
            "ledger_at",
            "now",
            "problems",
            "undeclared"
        ]
    );
    assert_eq!(plan["ledger_at"], Value::Null);
    assert_eq!(
        plan["actions"][1],
        json!({
            "action": "create", "campaign": "city", "account": "default", "scene": "kiosk", "scene_type": "str",
            "channel": "报刊亭", "lifetime": "permanent", "expire_seconds": null, "generation": 1, "expires_at": null, "reason": "new",
        })
    );
    assert_eq!(
        plan["accounts"][0],
        json!({
            "account": "default", "appid": "wx0123456789abcdef",
            "calls": {"needed": 2, "used_today": 0, "daily_quota": 100_000},
            "nights": [],
            "permanent": {"needed": 1, "issued": 0, "elsewhere": 0, "pool": 100_000},
        })
    );
    // No instant and no day is in the digest: the plan of another day that does the same is the same plan.
    let later = project.expect(&["plan", "--format", "json", "--now", "2031-01-01"], 0).json();
    assert_eq!(plan["digest"], later["digest"]);
    assert!(
        project.files("output").is_empty() && platform.asked().is_empty(),
        "a plan leaves nothing behind"
    );
    project.expect(&["run"], 0);
    let after = project.expect(&["plan", "--format", "json"], 0).json();
    assert_ne!(after["digest"], plan["digest"]);
    assert!(after["ledger_at"].is_string());
}

#[test]
fn events_are_json_lines_that_tell_each_step_of_each_code() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    let told = project.expect(&["run", "--events"], 0);
    let lines: Vec<Value> =
        told.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.iter().all(|line| line["at"].is_string() && line["event"].is_string()));
    let of = |event: &str| lines.iter().filter(|line| line["event"] == event).count();
    for (event, count) in [("started", 1), ("issued", 2), ("fetched", 2), ("verified", 2), ("bundled", 1)] {
        assert_eq!(of(event), count, "{event} in {}", told.stdout);
    }
    assert_eq!((&lines[0]["event"], &lines[0]["issues"]), (&json!("started"), &json!(2)));
    // With a document: its lines come first.
    platform.rule(quota_spent);
    project.write("campaigns/city.yaml", format!("{CITY}  - {{scene: 2, channel: South, expires: 30d}}\n"));
    let told = project.expect(&["run", "--events", "--format", "json"], 5);
    let mut documents = serde_json::Deserializer::from_str(&told.stdout).into_iter::<Value>();
    let last = documents.by_ref().map(|document| document.expect("JSON")).last().expect("a document");
    assert_run_document(&last, 5, "quota");
}

#[test]
fn quiet_says_nothing_on_success_and_the_reason_otherwise() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    for _ in 0..2 {
        let told = project.expect(&["run", "-q"], 0);
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", ""));
    }
    for args in [&["bundle", "-q"][..], &["check", "-q"], &["verify", "-q", "output/city/city.zip"]] {
        let told = project.expect(args, 0);
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", ""), "{args:?}");
    }
    platform.rule(quota_spent);
    project.write("campaigns/city.yaml", CITY.replace("scene: 1,", "scene: 2,"));
    project.expect(&["run", "-q"], 5).says("45009");
}

#[test]
fn quiet_hides_warnings_too() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    let accounts = String::from_utf8(project.read("campaigns/accounts.yaml")).expect("UTF-8");
    project.write(
        "campaigns/accounts.yaml",
        accounts.replace("secret: ${WECHAT_SECRET}", "secret_file: ../secret"),
    );
    project.write("secret", SECRET);
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(project.path("secret"), readable).expect("a file of ours");
    let told = project.expect(&["run", "-q"], 0);
    assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", ""));
    project.expect(&["run"], 0).says("can be read by everybody on this machine: chmod 600 it");
}

#[test]
fn a_reader_of_stdout_that_goes_away_is_no_failure() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    for args in [
        &["run", "--events"][..],
        &["run", "--format", "json"],
        &["plan"],
        &["plan", "--format", "json"],
        &["status"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = project.command(args);
        command.stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().expect("the program").wait_with_output().expect("an end");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
    assert_eq!(project.bundle("city").rows().len(), 2);
}
