//! What `status` and `doctor` say of hooks.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::support::{Office, Platform};

const METRO: &str = "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]\n";

fn write_script(office: &Office, script: &str) {
    office.write("campaigns/upload.sh", format!("#!/bin/sh\n{script}\n"));
    let executable = PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(office.path("campaigns/upload.sh"), executable).expect("a file of ours");
}

fn deployed(office: &Office) -> Value {
    let document = office.expect(&["status", "--format", "json"], 0).json();
    document["campaigns"][0]["deployed"].clone()
}

#[test]
fn status_says_whether_the_bundle_waits_for_its_deployment() {
    let platform = Platform::start();
    let office = Office::new(&platform).campaign("metro.yaml", METRO);
    office.write("campaigns/hooks.yaml", "deploy: [./upload.sh]\n");
    write_script(&office, "exit 1");
    let waits = "\nmetro: its bundle waits for a run whose deploy hook takes it\n";
    let told = |office: &Office| office.expect(&["status"], 0).stdout;
    assert_eq!(deployed(&office), json!(null), "there is none");
    office.expect(&["run"], 8);
    assert_eq!(deployed(&office), json!(false));
    assert!(told(&office).contains(waits), "{}", told(&office));
    let metrics = |office: &Office| {
        office.expect(&["status", "--prometheus", "metrics"], 0);
        String::from_utf8(office.read("metrics")).expect("UTF-8")
    };
    let metric = "\nscenepress_bundle_deployed{account=\"default\",campaign=\"metro\"} ";
    assert!(metrics(&office).contains(&format!("{metric}0\n")), "{}", metrics(&office));

    write_script(&office, "exit 0");
    office.expect(&["run"], 0);
    assert_eq!(deployed(&office), json!(true));
    assert!(!told(&office).contains("deploy"), "{}", told(&office));
    assert!(metrics(&office).contains(&format!("{metric}1\n")), "{}", metrics(&office));

    write_script(&office, "exit 1");
    office.write("campaigns/metro.yaml", METRO.replace("Exit", "Gate"));
    assert_eq!(deployed(&office), json!(true), "the one at hand was");
    office.expect(&["run"], 8);
    assert_eq!(deployed(&office), json!(false), "another bundle");

    office.write("campaigns/metro.yaml", format!("until: 2026-01-01\n{METRO}"));
    assert_eq!(deployed(&office), json!(null), "it is over");
    office.write("campaigns/metro.yaml", METRO);
    office.write("campaigns/hooks.yaml", "post: [./upload.sh]\n");
    assert_eq!(deployed(&office), json!(null), "no such hook");
    assert!(!metrics(&office).contains("scenepress_bundle_deployed"), "{}", metrics(&office));
}

#[test]
fn status_says_of_a_refused_campaign_until_when_its_bundle_waits() {
    let platform = Platform::start();
    let paper = METRO.replace("screen", "paper\nuntil: 2099-03-15");
    let office = Office::new(&platform).campaign("metro.yaml", &paper);
    office.expect(&["run", "--accept-expiry", "metro"], 0);
    office.write("campaigns/hooks.yaml", "deploy: [./upload.sh]\n");
    write_script(&office, "echo x >>deployed");
    let notes = |office: &Office| -> Vec<String> {
        let told = office.expect(&["status"], 0).stdout;
        told.lines().filter(|line| line.contains("deploy")).map(str::to_owned).collect()
    };
    let next = "metro: its bundle waits for a run whose deploy hook takes it";
    assert_eq!(notes(&office), [next]);
    let refused = "metro: its bundle waits: what is refused is not deployed";
    office.age(25);
    assert_eq!((notes(&office), deployed(&office)), (vec![refused.to_owned()], json!(false)));
    office.expect(&["run"], 4);
    assert!(!office.path("deployed").exists());
    assert_eq!(notes(&office), [refused]);
    office.expect(&["run", "--reprint", "metro", "--accept-expiry", "metro"], 0);
    assert_eq!(office.read("deployed"), b"x\n");
    assert_eq!((notes(&office), deployed(&office)), (vec![], json!(true)));
}

#[test]
fn doctor_looks_for_the_programs_of_the_hooks() {
    let platform = Platform::start();
    let office = Office::new(&platform).campaign("metro.yaml", METRO);
    let lines = |told: &str| -> Vec<String> {
        told.lines().filter(|line| line.contains("  hooks  ")).map(str::to_owned).collect()
    };
    assert_eq!(lines(&office.expect(&["doctor"], 0).stdout), Vec::<String>::new());
    write_script(&office, "exit 0");
    office.write("campaigns/hooks.yaml", "deploy: [./upload.sh]\n");
    assert_eq!(
        lines(&office.expect(&["doctor"], 0).stdout),
        ["ok      hooks         1 program is there and can be started"]
    );
    office
        .write("campaigns/hooks.yaml", "pre: [no-such-program]\ndeploy: [./upload.sh]\npost: [./tell.sh]\n");
    assert_eq!(
        lines(&office.expect(&["doctor"], 8).stdout),
        [
            "bad     hooks         hook pre: there is no program no-such-program in PATH: install it, or write where \
             it is",
            "bad     hooks         hook post: there is no program campaigns/tell.sh on this machine: install it, or \
             correct hooks.yaml",
        ]
    );
    assert_eq!(lines(&office.expect(&["doctor", "--emulator"], 0).stdout), Vec::<String>::new());
}
