//! Signals to a run that has hooks.

use serde_json::json;

use super::documents::assert_run_document;
use super::hooks::{KEEP, METRO, project, ran, text, write_script};
use super::support::{Kind, Platform, Verdict, signal};

#[test]
fn ctrl_c_ends_a_hook_and_the_run() {
    let platform = Platform::start();
    let project =
        project(&platform, &["pre", "failure"], &KEEP.replace("echo \"said by $1\"\necho loudly >&2\n", ""));
    for (name, exit) in [("INT", 130), ("TERM", 143)] {
        write_script(&project, "pre", "echo begun; sleep 600");
        let mut running = project.start(&["run", "--format", "json"]);
        running.wait_for("pre: begun");
        signal(name, running.id());
        let told = running.end();
        let stopped =
            format!("pre: begun\nerror: stopped by SIG{name} while hook pre ran: nothing was done\n");
        assert_eq!((told.exit, told.stderr.as_str()), (exit, stopped.as_str()));
        let document = told.json();
        assert_run_document(&document, exit, "stopped");
        assert_eq!(document["hooks"][0]["message"], format!("was ended by SIG{name}"));
    }
    assert_eq!(ran(&project), "failure, failure");
    assert!(platform.asked().is_empty());
    write_script(&project, "pre", "exit 0");
    write_script(&project, "failure", "echo begun; sleep 600");
    platform.rule(|_| Verdict::error(40164));
    let mut running = project.start(&["run", "--format", "json"]);
    running.wait_for("failure: begun");
    signal("INT", running.id());
    let told = running.end();
    assert_eq!(told.exit, 130);
    assert_run_document(&told.json(), 130, "stopped");
}

#[test]
fn a_signal_to_a_deploy_hook_ends_the_run_and_says_what_was_not_deployed() {
    let platform = Platform::start();
    let project = project(&platform, &["post", "deploy", "failure"], KEEP);
    project.write("campaigns/kiosk.yaml", METRO.replace("1..3", "11..13"));
    project.write("campaigns/plaza.yaml", METRO.replace("1..3", "21..23"));
    let stops_at_metro =
        "echo begun $SCENEPRESS_CAMPAIGN\n[ $SCENEPRESS_CAMPAIGN = kiosk ] || exec sleep 600";
    for (name, exit) in [("INT", 130), ("TERM", 143)] {
        write_script(&project, "deploy", stops_at_metro);
        let mut running = project.start(&["run", "--format", "json"]);
        running.wait_for("deploy metro: begun");
        signal(name, running.id());
        let told = running.end();
        let errors: Vec<&str> = told.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        let ended = format!("error: hook deploy of metro was ended by SIG{name}; the next run tries again");
        let left = format!(
            "error: hook deploy of plaza was not run: stopped by SIG{name}; the next run tries again"
        );
        assert_eq!(errors, [ended, left]);
        let document = told.json();
        assert_run_document(&document, exit, "stopped");
        let message = format!("stopped by SIG{name}; not deployed: metro, plaza");
        assert_eq!((told.exit, &document["message"]), (exit, &json!(message)));
        assert!(text(&project, "failure.env").contains(&format!("SCENEPRESS_MESSAGE={message}\n")));
    }
    assert_eq!(ran(&project), "post, failure, post, failure");
    write_script(&project, "deploy", KEEP);
    project.expect(&["run"], 0);
    assert_eq!(ran(&project), "post, failure, post, failure, deploy metro, deploy plaza, post");
}

#[test]
fn a_signal_before_the_deploy_hooks_says_what_was_not_deployed() {
    let platform = Platform::start();
    let project = project(&platform, &["deploy"], "exit 1");
    project.expect(&["run"], 8);
    write_script(&project, "deploy", KEEP);
    project.write("campaigns/plaza.yaml", METRO.replace("1..3", "21..23"));
    let reached = platform.tell_of(Kind::Create, || Verdict::Wait);
    let mut running = project.start(&["run", "--format", "json"]);
    reached.recv().expect("the request");
    signal("TERM", running.id());
    running.wait_for("SIGTERM: nothing new is begun");
    platform.open_door();
    let told = running.end();
    told.says("error: hook deploy of metro was not run: stopped by SIGTERM; the next run tries again\n");
    let document = told.json();
    assert_run_document(&document, 143, "stopped");
    assert_eq!(document["message"], "stopped by SIGTERM; not deployed: metro");
    assert_eq!(ran(&project), "");
}
