//! No secret and no access token is ever shown, or kept.

use std::process::Command;
use std::sync::{Mutex, mpsc};

use serde_json::json;

use super::support::{Kind, Platform, Project, SECRET, Told, Verdict};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..5, channel: \"Exit {n}\"}]";

/// Looks for the secret and every access token in what was said and in every file but the test's own.
#[track_caller]
fn assert_no_secret(platform: &Platform, project: &Project, told: &[Told]) {
    let mut secrets = platform.access_tokens();
    secrets.push(SECRET.to_owned());
    let texts =
        told.iter().flat_map(|told| [&told.stdout, &told.stderr]).map(|text| text.as_bytes().to_vec());
    let files = project.files("").into_iter().map(|name| project.read(&name));
    for bytes in texts.chain(files) {
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn a_run_that_goes_well_shows_and_keeps_no_secret() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    let told = [
        project.expect(&["run", "-v", "--events"], 0),
        project.expect(&["run", "-v", "--format", "json"], 0),
        project.expect(&["plan", "-v", "--quota"], 0),
    ];
    assert_eq!(platform.access_tokens().len(), 2);
    assert_no_secret(&platform, &project, &told);
}

#[test]
fn errors_that_quote_the_request_show_and_keep_no_secret() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    platform.rule(|asked| {
        let errmsg = match asked.kind {
            Kind::Create => format!("invalid action info: {}", asked.query),
            _ => return Verdict::Pass,
        };
        let errcode = if asked.number > 3 { 48001 } else { 40053 };
        let body = json!({"errcode": errcode, "errmsg": errmsg}).to_string();
        Verdict::body("application/json", body.as_bytes())
    });
    let told =
        [project.expect(&["run", "-v", "--format", "json"], 7), project.tell(&["run", "-v", "--events"])];
    assert_no_secret(&platform, &project, &told);

    platform.rule(|asked| {
        let errmsg = String::from_utf8_lossy(&asked.body).into_owned();
        Verdict::body("application/json", json!({"errcode": 40125, "errmsg": errmsg}).to_string().as_bytes())
    });
    let told = [project.expect(&["run", "-v", "--format", "json"], 7), project.expect(&["run", "-v"], 7)];
    assert_no_secret(&platform, &project, &told);
}

#[test]
fn a_run_that_is_killed_leaves_no_access_token_behind() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    let (sender, reached) = mpsc::channel();
    let sender = Mutex::new(sender);
    platform.rule(move |asked| match asked.kind {
        Kind::Create => {
            // Nobody listens any more after the first.
            let _ = sender.lock().expect("a lock").send(());
            Verdict::Hang
        }
        _ => Verdict::Pass,
    });
    project.write("campaigns/metro.yaml", METRO.replace("1..5", "1..9"));
    let running = project.start(&["run", "-v"]);
    reached.recv().expect("the request, which bears an access token");
    running.kill();
    assert_no_secret(&platform, &project, &[]);
}

#[test]
fn a_secret_that_stands_in_accounts_yaml_is_refused_and_not_shown() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    let accounts = String::from_utf8(project.read("campaigns/accounts.yaml")).expect("UTF-8");
    project.write("campaigns/accounts.yaml", accounts.replace("${WECHAT_SECRET}", SECRET));
    let told = [
        project.expect(&["run"], 2),
        project.expect(&["check"], 2),
        project.expect(&["run", "--format", "json"], 2),
    ];
    project.write("campaigns/accounts.yaml", accounts);
    assert_no_secret(&platform, &project, &told);
}

#[test]
fn a_secret_that_is_not_set_is_named_by_its_variable() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    let mut command: Command = project.command(&["run"]);
    command.env_remove("WECHAT_SECRET");
    let told = Told::of(command);
    assert_eq!(told.exit, 2);
    told.says("WECHAT_SECRET, the secret of account `default`, is not set");
    assert!(platform.asked().is_empty());
}
