//! What `status` and `doctor` say of hooks.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::support::{Platform, Project};

const METRO: &str = "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]\n";

fn write_script(project: &Project, script: &str) {
    project.write("campaigns/upload.sh", format!("#!/bin/sh\n{script}\n"));
    let executable = PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path("campaigns/upload.sh"), executable).expect("a file of ours");
}

fn deployed(project: &Project) -> Value {
    let document = project.expect(&["status", "--format", "json"], 0).json();
    document["campaigns"][0]["deployed"].clone()
}

#[test]
fn status_says_whether_the_bundle_waits_for_its_deployment() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.write("campaigns/hooks.yaml", "deploy: [./upload.sh]\n");
    write_script(&project, "exit 1");
    let waits = "\nmetro: its bundle waits for a run whose deploy hook takes it\n";
    let told = |project: &Project| project.expect(&["status"], 0).stdout;
    assert_eq!(deployed(&project), json!(null), "there is none");
    project.expect(&["run"], 8);
    assert_eq!(deployed(&project), json!(false));
    assert!(told(&project).contains(waits), "{}", told(&project));
    let metrics = |project: &Project| {
        project.expect(&["status", "--prometheus", "metrics"], 0);
        String::from_utf8(project.read("metrics")).expect("UTF-8")
    };
    let metric = "\nscenepress_bundle_deployed{account=\"default\",campaign=\"metro\"} ";
    assert!(metrics(&project).contains(&format!("{metric}0\n")), "{}", metrics(&project));

    write_script(&project, "exit 0");
    project.expect(&["run"], 0);
    assert_eq!(deployed(&project), json!(true));
    assert!(!told(&project).contains("deploy"), "{}", told(&project));
    assert!(metrics(&project).contains(&format!("{metric}1\n")), "{}", metrics(&project));

    write_script(&project, "exit 1");
    project.write("campaigns/metro.yaml", METRO.replace("Exit", "Gate"));
    assert_eq!(deployed(&project), json!(true), "the one at hand was");
    project.expect(&["run"], 8);
    assert_eq!(deployed(&project), json!(false), "another bundle");

    project.write("campaigns/metro.yaml", format!("until: 2026-01-01\n{METRO}"));
    assert_eq!(deployed(&project), json!(null), "it is over");
    project.write("campaigns/metro.yaml", METRO);
    project.write("campaigns/hooks.yaml", "post: [./upload.sh]\n");
    assert_eq!(deployed(&project), json!(null), "no such hook");
    assert!(!metrics(&project).contains("scenepress_bundle_deployed"), "{}", metrics(&project));
}

#[test]
fn status_says_of_a_refused_campaign_until_when_its_bundle_waits() {
    let platform = Platform::start();
    let paper = METRO.replace("screen", "paper\nuntil: 2099-03-15");
    let project = Project::new(&platform).campaign("metro.yaml", &paper);
    project.expect(&["run", "--accept-expiry", "metro"], 0);
    project.write("campaigns/hooks.yaml", "deploy: [./upload.sh]\n");
    write_script(&project, "echo x >>deployed");
    let notes = |project: &Project| -> Vec<String> {
        let told = project.expect(&["status"], 0).stdout;
        told.lines().filter(|line| line.contains("deploy")).map(str::to_owned).collect()
    };
    let next = "metro: its bundle waits for a run whose deploy hook takes it";
    assert_eq!(notes(&project), [next]);
    let refused = "metro: its bundle waits: what is refused is not deployed";
    project.age(25);
    assert_eq!((notes(&project), deployed(&project)), (vec![refused.to_owned()], json!(false)));
    project.expect(&["run"], 4);
    assert!(!project.path("deployed").exists());
    assert_eq!(notes(&project), [refused]);
    project.expect(&["run", "--reprint", "metro", "--accept-expiry", "metro"], 0);
    assert_eq!(project.read("deployed"), b"x\n");
    assert_eq!((notes(&project), deployed(&project)), (vec![], json!(true)));
}

#[test]
fn doctor_looks_for_the_programs_of_the_hooks() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    let lines = |told: &str| -> Vec<String> {
        told.lines().filter(|line| line.contains("  hooks  ")).map(str::to_owned).collect()
    };
    assert_eq!(lines(&project.expect(&["doctor"], 0).stdout), Vec::<String>::new());
    write_script(&project, "exit 0");
    project.write("campaigns/hooks.yaml", "deploy: [./upload.sh]\n");
    assert_eq!(
        lines(&project.expect(&["doctor"], 0).stdout),
        ["ok      hooks         1 program is there and can be started"]
    );
    project
        .write("campaigns/hooks.yaml", "pre: [no-such-program]\ndeploy: [./upload.sh]\npost: [./tell.sh]\n");
    assert_eq!(
        lines(&project.expect(&["doctor"], 8).stdout),
        [
            "bad     hooks         hook pre: there is no program no-such-program in PATH: install it, or write where \
             it is",
            "bad     hooks         hook post: there is no program campaigns/tell.sh on this machine: install it, or \
             correct hooks.yaml",
        ]
    );
    assert_eq!(lines(&project.expect(&["doctor", "--emulator"], 0).stdout), Vec::<String>::new());
}
