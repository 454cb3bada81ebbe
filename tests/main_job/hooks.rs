//! Hooks: programs of the user's, which a run starts, tells what it knows, and ends in time.

use std::os::unix::fs::PermissionsExt;

use scenepress::clock;
use scenepress::ledger::RunLock;
use serde_json::{Value, json};

use super::documents::assert_run_document;
use super::support::{Kind, Platform, Project, SECRET, Verdict, signal};

pub(super) const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]";

/// Keeps what a hook is told: a line in `ran`, its input and its facts in files named after it.
pub(super) const KEEP: &str = "\
echo \"$SCENEPRESS_HOOK $SCENEPRESS_CAMPAIGN\" >> ran
cat > \"$SCENEPRESS_HOOK.json\"
env | sort > \"$SCENEPRESS_HOOK.env\"
echo \"said by $1\"
echo loudly >&2
";

/// A project with a script as each of the hooks, by an absolute path.
pub(super) fn project(platform: &Platform, hooks: &[&str], script: &str) -> Project {
    let project = Project::new(platform).campaign("metro.yaml", METRO);
    let line = |hook: &&str| {
        write_script(&project, hook, script);
        format!("{hook}: [{}, \"{hook} itself\"]", project.path(&format!("{hook}.sh")).display())
    };
    let lines = hooks.iter().map(line).collect::<Vec<_>>().join("\n") + "\n";
    project.write("campaigns/hooks.yaml", lines);
    project
}

pub(super) fn write_script(project: &Project, hook: &str, script: &str) {
    let name = format!("{hook}.sh");
    project.write(&name, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}"));
    std::fs::set_permissions(project.path(&name), PermissionsExt::from_mode(0o755)).expect("a file of ours");
}

pub(super) fn text(project: &Project, name: &str) -> String {
    String::from_utf8(project.read(name)).expect("UTF-8")
}

pub(super) fn ran(project: &Project) -> String {
    let ran = if project.path("ran").exists() { text(project, "ran") } else { String::new() };
    ran.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}

#[test]
fn hooks_are_told_what_is_known_and_see_no_secret() {
    let platform = Platform::start();
    let project = project(&platform, &["pre", "post", "deploy", "failure"], KEEP);
    let mut command = project.command(&["run", "--format", "json"]);
    command.env("SCENEPRESS_CAMPAIGN", "of another run").env("CITY", "Shanghai");
    let told = super::support::Told::of(command);
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert_eq!(ran(&project), "pre, deploy metro, post");
    for line in
        ["pre: said by pre itself", "pre: loudly", "deploy metro: said by deploy itself", "post: loudly"]
    {
        assert!(told.stderr.lines().any(|said| said == line), "no {line:?} in {}", told.stderr);
    }
    let document = told.json();
    assert_run_document(&document, 0, "done");
    assert_eq!(
        document["hooks"],
        json!([
            {"hook": "pre", "campaign": null, "outcome": "done", "exit": 0, "message": ""},
            {"hook": "deploy", "campaign": "metro", "outcome": "done", "exit": 0, "message": ""},
            {"hook": "post", "campaign": null, "outcome": "done", "exit": 0, "message": ""},
        ])
    );

    let plan: Value = serde_json::from_slice(&project.read("pre.json")).expect("a document");
    assert_eq!((&plan["counts"]["create"], &plan["fetches"]), (&json!(3), &json!(3)));
    let post: Value = serde_json::from_slice(&project.read("post.json")).expect("a document");
    assert_run_document(&post, 0, "done");
    assert_eq!(post["campaigns"], document["campaigns"]);
    assert_eq!(post["hooks"].as_array().expect("a list").len(), 2, "those before it");

    let facts = |hook: &str| -> Vec<String> {
        let all = text(&project, &format!("{hook}.env"));
        assert!(!all.contains(SECRET) && !all.contains("WECHAT_SECRET"), "{all}");
        assert!(all.contains("WECHAT_APPID=") && all.contains("CITY=Shanghai\n"), "{all}");
        all.lines().filter(|line| line.starts_with("SCENEPRESS_")).map(str::to_owned).collect()
    };
    assert_eq!(facts("pre"), ["SCENEPRESS_HOOK=pre"]);
    let ended =
        ["SCENEPRESS_EXIT=0", "SCENEPRESS_HOOK=post", "SCENEPRESS_MESSAGE=", "SCENEPRESS_OUTCOME=done"];
    assert_eq!(facts("post"), ended);
    let zip = project.path("output/metro/metro.zip").canonicalize().expect("a file");
    let bundle = format!("SCENEPRESS_BUNDLE={}", zip.display());
    let sha256 = format!("SCENEPRESS_SHA256={}", project.bundle("metro").sha256);
    assert_eq!(
        facts("deploy"),
        [
            "SCENEPRESS_ACCOUNT=default",
            &bundle,
            "SCENEPRESS_CAMPAIGN=metro",
            "SCENEPRESS_EXIT=0",
            "SCENEPRESS_HOOK=deploy",
            "SCENEPRESS_MESSAGE=",
            "SCENEPRESS_OUTCOME=done",
            "SCENEPRESS_REVISION=1",
            &sha256,
        ]
    );
}

#[test]
fn no_hook_sees_a_variable_that_a_faulty_accounts_file_names() {
    let platform = Platform::start();
    let project = project(&platform, &["pre", "post", "deploy", "failure"], KEEP);
    let accounts = text(&project, "campaigns/accounts.yaml");
    let shop = "{appid: wx0000000000000000, secret: \"${SHOP_SECRET}\"}";
    for (key, ran_with_keep_going) in [
        ("default", "pre, deploy metro, post, failure"),
        ("''", "pre, post, failure"),
        ("[shop]", "pre, post, failure"),
    ] {
        project.write("campaigns/accounts.yaml", format!("{accounts}{key}: {shop}\n"));
        for (args, expected) in [(&["run"][..], "failure"), (&["run", "--keep-going"], ran_with_keep_going)] {
            let mut command = project.command(args);
            command.env("SHOP_SECRET", "of the shop").env("CITY", "Shanghai");
            let told = super::support::Told::of(command);
            assert_eq!((told.exit, ran(&project).as_str()), (2, expected), "{}", told.stderr);
            for hook in expected.split(", ").filter_map(|ran| ran.split(' ').next()) {
                let facts = text(&project, &format!("{hook}.env"));
                assert!(facts.contains("CITY=Shanghai\n"), "{facts}");
                assert!(!facts.contains("SHOP_SECRET") && !facts.contains("WECHAT_SECRET"), "{facts}");
            }
            project.remove("ran");
        }
    }
}

#[test]
fn failure_does_not_see_the_secret_however_its_variable_is_misspelt() {
    let platform = Platform::start();
    let project = project(&platform, &["failure"], KEEP);
    let accounts = text(&project, "campaigns/accounts.yaml");
    let secret = "${WECHAT_SECRET}";
    assert!(accounts.contains(secret), "{accounts}");
    let spelt = [
        "${ SHOP_SECRET }",
        "${{ secrets.SHOP_SECRET }}",
        "\"${{SHOP_SECRET}}\"",
        "$(SHOP_SECRET)",
        "'%SHOP_SECRET%'",
        "env:SHOP_SECRET",
        "{env: SHOP_SECRET}",
        "SHOP_SECRET",
        "${SHOP_SECRET-none}",
        "${SHOP_SECRET:-none}",
        ">\n    ${SHOP_SECRET\n    }",
        "[${SHOP_SECRET}",
    ];
    let files = spelt.map(|spelt| accounts.replace(secret, spelt)).into_iter();
    let file = accounts.replace("secret: ${WECHAT_SECRET}", "secret_file: ${SHOP_SECRET}");
    for file in files.chain([file, String::new(), "# nothing yet\n".to_owned()]) {
        project.write("campaigns/accounts.yaml", &file);
        let mut command = project.command(&["run"]);
        command.env("SHOP_SECRET", "of the shop").env("CITY", "Shanghai");
        let told = super::support::Told::of(command);
        assert_eq!((told.exit, ran(&project).as_str()), (2, "failure"), "{file}\n{}", told.stderr);
        let facts = text(&project, "failure.env");
        assert!(facts.contains("CITY=Shanghai\n"), "{facts}");
        assert!(!facts.contains("WECHAT_SECRET"), "{file}\n{facts}");
        if file.contains("SHOP_SECRET") {
            assert!(!facts.contains("SHOP_SECRET"), "{file}\n{facts}");
        }
        project.remove("ran");
    }
}

#[test]
fn no_hook_runs_where_the_accounts_file_has_another_name() {
    let platform = Platform::start();
    let project = project(&platform, &["pre", "failure"], KEEP);
    let accounts = text(&project, "campaigns/accounts.yaml");
    project.remove("campaigns/accounts.yaml");
    project.write("campaigns/accounts.yml", accounts.replace("WECHAT_SECRET", "SHOP_SECRET"));
    for args in [&["run"][..], &["run", "--keep-going"]] {
        project.expect(args, 2).says("error[accounts-name]: ");
    }
    assert_eq!(ran(&project), "", "nobody knows which variables hold secrets");
}

#[test]
fn nothing_is_done_where_pre_fails() {
    let platform = Platform::start();
    let project = project(&platform, &["pre", "post", "deploy", "failure"], KEEP);
    write_script(&project, "pre", "echo no network\nexit 3");
    let told = project.expect(&["run", "-q", "--format", "json"], 8);
    assert_eq!(told.stderr, "pre: no network\nerror: hook pre ended with exit 3: nothing was done\n");
    assert_eq!(ran(&project), "post, failure");
    let document = told.json();
    assert_run_document(&document, 8, "failed");
    assert_eq!(document["message"], "hook pre ended with exit 3: nothing was done");
    assert_eq!(document["problems"][0]["kind"], "hook");
    assert!(platform.asked().is_empty() && !project.path("output/metro").exists());
    write_script(&project, "pre", KEEP);
    project.expect(&["run"], 0);
}

#[test]
fn a_bundle_is_deployed_until_that_succeeds_and_then_not_again() {
    let platform = Platform::start();
    let project = project(&platform, &["deploy"], KEEP);
    write_script(&project, "deploy", "echo no such host; exit 1");
    let failed = "\
deploy metro: no such host
error: hook deploy of metro ended with exit 1; the next run tries again
";
    for _ in 0..2 {
        let told = project.expect(&["run", "-q", "--format", "json"], 8);
        assert_eq!(told.stderr, failed);
    }
    let document = project.run_json(8);
    assert_run_document(&document, 8, "failed");
    assert_eq!(document["message"], "hook deploy of metro ended with exit 1");
    assert_eq!(document["campaigns"][0]["exit"], 0, "the bundle itself is done");
    write_script(&project, "deploy", KEEP);
    let told = project.expect(&["run", "-q"], 0);
    assert_eq!((told.stderr.as_str(), ran(&project).as_str()), ("", "deploy metro"));
    project.expect(&["run"], 0);
    assert_eq!(ran(&project), "deploy metro", "it is out there already");
    project.write("campaigns/metro.yaml", METRO.replace("Exit", "Gate"));
    project.expect(&["run"], 0);
    assert_eq!(ran(&project), "deploy metro, deploy metro", "another bundle");
}

#[test]
fn a_deploy_hook_is_told_the_ending_that_the_later_hooks_are_told() {
    let platform = Platform::start();
    let project = project(&platform, &["deploy", "post"], KEEP);
    project.write("campaigns/kiosk.yaml", "codes: [{scene: 1}]");
    platform.rule(|asked| match asked.scene().as_deref() {
        Some("id 22") => Verdict::error(40053),
        _ => Verdict::Pass,
    });
    let told = |project: &Project, args: &[&str], exit: i32, outcome: &str| -> String {
        assert_eq!(project.tell(args).exit, exit);
        let deploy: Value = serde_json::from_slice(&project.read("deploy.json")).expect("a document");
        let post: Value = serde_json::from_slice(&project.read("post.json")).expect("a document");
        for document in [&deploy, &post] {
            assert_run_document(document, exit, outcome);
        }
        assert_eq!(deploy["message"], post["message"]);
        let ending = |hook: &str| -> Vec<String> {
            let of_ending = ["SCENEPRESS_EXIT=", "SCENEPRESS_OUTCOME=", "SCENEPRESS_MESSAGE="];
            let facts = text(project, &format!("{hook}.env"));
            let is_one = |line: &&str| of_ending.iter().any(|name| line.starts_with(name));
            facts.lines().filter(is_one).map(str::to_owned).collect()
        };
        assert_eq!(ending("deploy"), ending("post"));
        assert!(ending("deploy").contains(&format!("SCENEPRESS_EXIT={exit}")));
        deploy["message"].as_str().expect("a text").to_owned()
    };
    let message = told(&project, &["run", "--keep-going"], 2, "failed");
    assert_eq!(message, "campaigns whose files or accounts have problems were skipped");
    project.write("campaigns/metro.yaml", METRO.replace("Exit", "Gate"));
    project.write("campaigns/kiosk.yaml", METRO.replace("1..3", "21..23"));
    let message = told(&project, &["run"], 3, "partial");
    assert!(message.starts_with("kiosk: "), "{message}");
}

#[test]
fn what_a_killed_run_did_not_deploy_the_next_one_does() {
    let platform = Platform::start();
    let project = project(&platform, &["deploy"], "echo $$ > hook\necho begun\nexec sleep 600");
    let mut running = project.start(&["run"]);
    running.wait_for("deploy metro: begun");
    running.kill();
    signal("KILL", text(&project, "hook").trim().parse().expect("a process"));
    write_script(&project, "deploy", KEEP);
    let document = project.run_json(0);
    assert_eq!(document["campaigns"][0]["counts"]["keep"], 3);
    assert_eq!(ran(&project), "deploy metro");
}

#[test]
fn a_bundle_that_somebody_changed_is_not_deployed() {
    let platform = Platform::start();
    let project = project(&platform, &["deploy"], "exit 1");
    project.expect(&["run"], 8);
    write_script(&project, "deploy", KEEP);
    platform.rule(|asked| if asked.kind == Kind::Create { Verdict::error(45009) } else { Verdict::Pass });
    // So that the run does not make it anew.
    project.write("campaigns/metro.yaml", METRO.replace("1..3", "1..4"));
    project.write("output/metro/metro.zip", "another");
    let told = project.expect(&["run", "-q", "--format", "json"], 5);
    assert_eq!(
        told.stderr,
        "error: hook deploy of metro was not run: the bundle was changed after it was made; the next run tries again\n"
    );
    assert_eq!(ran(&project), "");
}

#[test]
fn failure_is_run_whatever_the_exit_is() {
    let platform = Platform::start();
    let project = project(&platform, &["pre", "post", "failure"], KEEP);
    project.write("campaigns/metro.yaml", "codes: [{scene: 1}]");
    project.expect(&["run"], 2);
    assert_eq!(ran(&project), "failure", "nothing had begun");
    project.write("campaigns/metro.yaml", METRO);
    let lock = RunLock::acquire(&project.path("output/ledger.sqlite"), clock::now()).expect("the lock");
    project.expect(&["run"], 9);
    assert_eq!(ran(&project), "failure, failure", "what post ends belongs to the run with the lock");
    drop(lock);
    platform.rule(|_| Verdict::error(40164));
    project.expect(&["run"], 7);
    assert_eq!(ran(&project), "failure, failure, pre, post, failure");
    let facts = text(&project, "failure.env");
    assert!(
        facts.contains("SCENEPRESS_EXIT=7\n") && facts.contains("SCENEPRESS_OUTCOME=account\n"),
        "{facts}"
    );
    let document: Value = serde_json::from_slice(&project.read("failure.json")).expect("a document");
    assert_run_document(&document, 7, "account");

    // All was well but the disk that the document goes to.
    platform.behave();
    let mut command = project.command(&["run", "--format", "json"]);
    command.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device"));
    assert_eq!(command.status().expect("the program").code(), Some(1));
    assert!(ran(&project).ends_with("failure, pre, post, failure"), "{}", ran(&project));
    assert!(text(&project, "failure.env").contains("SCENEPRESS_EXIT=1\n"));
}

#[test]
fn a_hook_that_takes_too_long_is_ended_with_all_that_it_started() {
    let platform = Platform::start();
    let script = "sh -c 'trap \"\" TERM; echo $$ > child; while :; do sleep 1; done' & wait\n";
    let project = project(&platform, &["post"], script);
    let hooks = text(&project, "campaigns/hooks.yaml");
    project.write("campaigns/hooks.yaml", format!("{hooks}timeout: 1s\n"));
    let told = project.expect(&["run", "-q"], 8);
    assert_eq!(told.stderr, "error: hook post was ended because it took longer than 1 s\n");
    let child = text(&project, "child");
    let alive = std::process::Command::new("ps").args(["-o", "stat=", "-p", child.trim()]).output();
    let state = String::from_utf8(alive.expect("ps").stdout).expect("UTF-8");
    assert!(state.is_empty() || state.starts_with('Z'), "{state}");
}

#[test]
fn hooks_that_cannot_be_read_keep_a_run_from_beginning() {
    let platform = Platform::start();
    let project = project(&platform, &["failure"], KEEP);
    let hooks = text(&project, "campaigns/hooks.yaml");
    project.write("campaigns/hooks.yaml", format!("{hooks}prae: [sleep]\n"));
    let told = project.expect(&["run", "--keep-going", "--format", "json"], 2);
    assert_run_document(&told.json(), 2, "failed");
    assert!(told.stderr.starts_with("error[unknown-key]: hooks.yaml has no key `prae`\n"), "{}", told.stderr);
    project.remove("campaigns/hooks.yaml");
    project.write("campaigns/hooks.yml", hooks);
    project.expect(&["run", "--keep-going"], 2).says("error[hooks-name]: ");
    assert!(platform.asked().is_empty() && ran(&project).is_empty());
    project.remove("campaigns/hooks.yml");
    project.write("campaigns/hooks.yaml", "# none yet\n");
    project.expect(&["run"], 0);
    project.expect(&["check", "campaigns/hooks.yaml"], 2).says("this is the hooks file, not a campaign");
}

#[test]
fn a_hook_need_not_read_what_it_is_told() {
    let platform = Platform::start();
    // So much that it does not fit into a pipe.
    let stores = "expires: 30d\ncodes: [{scenes: 1..1500, channel: \"Store {n}\"}]";
    platform.rule(|_| Verdict::error(40164));
    for script in ["exit 0", "exec <&-\nsleep 1", "sleep 1", "read line\nexec <&-", "sleep 3 &"] {
        let project = project(&platform, &["pre"], script);
        project.write("campaigns/metro.yaml", stores);
        let document = project.run_json(7);
        assert_eq!(document["hooks"][0]["outcome"], "done", "{script}: {document}");
    }
}

#[test]
fn a_hook_that_a_signal_ends_has_failed() {
    let platform = Platform::start();
    let project = project(&platform, &["post"], "kill -9 $$");
    let told = project.expect(&["run", "-q", "--format", "json"], 8);
    assert_eq!(told.stderr, "error: hook post was ended: signal: 9 (SIGKILL)\n");
    let document = told.json();
    assert_run_document(&document, 8, "failed");
    assert_eq!(document["message"], "hook post was ended: signal: 9 (SIGKILL)");
    let line = json!({"hook": "post", "campaign": null, "outcome": "failed", "exit": null, "message": "was ended: signal: 9 (SIGKILL)"});
    assert_eq!(document["hooks"], json!([line]));
}

#[test]
fn a_hook_may_look_at_the_ledger_beside_its_run_and_not_write_it() {
    let platform = Platform::start();
    let program = env!("CARGO_BIN_EXE_scenepress");
    let script = format!("{program} status || exit 1\n{program} handoff \"$SCENEPRESS_BUNDLE\"\n[ $? = 9 ]");
    let project = project(&platform, &["deploy"], &script);
    project.expect(&["run"], 0);
}

#[test]
fn a_partial_bundle_is_not_deployed() {
    let platform = Platform::start();
    let project = project(&platform, &["deploy"], KEEP);
    platform.rule(|asked| match asked.scene().as_deref() {
        Some("id 2") => Verdict::error(40053),
        _ => Verdict::Pass,
    });
    project.expect(&["run", "--allow-partial"], 3);
    assert!(project.path("output/metro/metro.PARTIAL.zip").exists());
    assert_eq!(ran(&project), "");
    platform.behave();
    project.expect(&["run"], 0);
    assert_eq!(ran(&project), "deploy metro");
}

#[test]
fn the_bundle_of_a_campaign_that_is_refused_is_not_deployed() {
    let platform = Platform::start();
    let project = project(&platform, &["deploy"], "exit 1");
    project.expect(&["run"], 8);
    write_script(&project, "deploy", KEEP);
    project.write(
        "campaigns/metro.yaml",
        "expires: 30d\ncodes: [{scene: '1', channel: Desk}, {scenes: 2..3, channel: \"Exit {n}\"}]",
    );
    project.expect(&["run"], 4);
    assert_eq!(ran(&project), "");
}

#[test]
fn events_and_what_hooks_say_do_not_meet() {
    let platform = Platform::start();
    let project = project(&platform, &["pre", "post", "deploy"], KEEP);
    let told = project.expect(&["run", "--events", "--format", "json"], 0);
    for line in told.stdout.lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error} in {line}"));
    }
    assert!(told.stdout.lines().count() > 3);
}

#[test]
fn every_fact_stands_in_the_documentation() {
    let platform = Platform::start();
    let project = project(&platform, &["deploy"], KEEP);
    project.expect(&["run", "--emulator", "--hooks"], 0);
    let facts = text(&project, "deploy.env");
    let names: Vec<_> =
        facts.lines().filter_map(|line| line.strip_prefix("SCENEPRESS_")?.split('=').next()).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    for chapter in [include_str!("../../docs/src/hooks.md"), include_str!("../../docs/src/zh/hooks.md")] {
        for name in &names {
            assert!(chapter.contains(&format!("`SCENEPRESS_{name}`")), "{name}");
        }
    }
}

#[test]
fn only_real_runs_have_hooks_unless_the_emulators_is_asked_to() {
    let platform = Platform::start();
    let project = project(&platform, &["pre", "post", "deploy", "failure"], KEEP);
    for args in [&["run", "--emulator"][..], &["plan"], &["check"], &["status"], &["bundle", "--emulator"]] {
        project.expect(args, 0);
    }
    assert_eq!(ran(&project), "");
    let passed_over = "the hooks were not run: with --emulator that takes --hooks\n";
    let told = project.expect(&["run", "--emulator", "--format", "json"], 0);
    assert!(told.stderr.ends_with(&format!(": nothing to issue or fetch\n{passed_over}")), "{}", told.stderr);
    assert_eq!(told.json()["hooks"], json!([]));
    assert_eq!(project.expect(&["run", "--emulator", "-q"], 0).stderr, "");
    let told = project.expect(&["run", "--emulator", "--hooks"], 0);
    assert!(!told.stderr.contains(passed_over), "{}", told.stderr);
    assert_eq!(ran(&project), "pre, deploy metro, post");
    let facts = text(&project, "deploy.env");
    assert!(facts.contains("SCENEPRESS_EMULATOR=1\n") && facts.contains("NOT-FOR-PRINT.zip\n"), "{facts}");
    project.expect(&["run"], 0);
    assert_eq!(ran(&project), "pre, deploy metro, post, pre, deploy metro, post", "another ledger");
}

#[test]
fn what_a_hook_says_is_shown_in_bounds_and_steers_no_terminal() {
    let platform = Platform::start();
    let script = "printf 'red \\033[31m\\n'; yes 0123456789 | head -c 10000000\necho end >&2\n";
    let project = project(&platform, &["post"], script);
    let told = project.expect(&["run"], 0);
    told.says("post: red \\u{1b}[31m\n");
    told.says("post: … what follows is not shown\n");
    told.says("post: end\n");
    assert!(told.stderr.len() < 200_000, "{}", told.stderr.len());
}
