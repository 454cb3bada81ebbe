//! Programs of hooks that cannot be started: `check` warns, `doctor` finds it bad, and the run says it, each with what
//! it is and what to do.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::documents::assert_run_document;
use super::hooks::METRO;
use super::support::{Kind, Platform, Project, Told};

fn script(project: &Project, name: &str, text: &str, mode: u32) {
    project.write(name, text);
    std::fs::set_permissions(project.path(name), PermissionsExt::from_mode(mode)).expect("a file of ours");
}

/// With programs of every bad kind.
fn project(platform: &Platform) -> Project {
    let project = Project::new(platform).campaign("metro.yaml", METRO);
    script(&project, "campaigns/not-executable.sh", "#!/bin/sh\n", 0o644);
    script(&project, "campaigns/folder.sh/x", "", 0o644);
    script(&project, "bin/in-path", "#!/bin/sh\n", 0o600);
    project
}

/// What `hooks.yaml` names, what is the matter with it, and what to do.
const BAD: [(&str, &str, &str); 5] = [
    (
        "./nowhere.sh",
        "there is no program campaigns/nowhere.sh on this machine",
        "install it, or correct hooks.yaml",
    ),
    ("no-such-program", "there is no program no-such-program in PATH", "install it, or write where it is"),
    (
        "./not-executable.sh",
        "campaigns/not-executable.sh is not executable",
        "chmod +x campaigns/not-executable.sh",
    ),
    ("in-path", "bin/in-path is not executable", "chmod +x bin/in-path"),
    ("./folder.sh", "campaigns/folder.sh is a folder, not a program", "correct hooks.yaml"),
];

#[test]
fn a_hook_that_cannot_be_started_is_told_with_what_to_do_by_check_by_doctor_and_by_the_run() {
    let platform = Platform::start();
    let project = project(&platform);
    let told = |args: &[&str]| {
        let mut command = project.command(args);
        command.env("PATH", "bin:nowhere");
        Told::of(command)
    };
    for (program, what, remedy) in BAD {
        project.write("campaigns/hooks.yaml", format!("pre: [{program}, x]\n"));
        let check = told(&["check"]);
        assert_eq!((check.exit, check.stderr), (0, format!("warning: hook pre: {what}: {remedy}\n")));
        let check = told(&["check", "--format", "json"]).json();
        assert_eq!(
            check["problems"],
            json!([{
                "kind": "hook-program", "severity": "warning", "path": "campaigns/hooks.yaml", "line": null,
                "column": null, "message": format!("hook pre: {what}"), "help": remedy,
            }])
        );
        let doctor = told(&["doctor"]);
        let line = format!("bad     hooks         hook pre: {what}: {remedy}");
        assert_eq!(doctor.exit, 8);
        assert_eq!(doctor.stdout.lines().filter(|said| *said == line).count(), 1, "{}", doctor.stdout);
        let run = told(&["run", "--format", "json"]);
        let failed = format!("hook pre cannot be started: {what} ({remedy}): nothing was done");
        assert_eq!((run.exit, &run.stderr), (8, &format!("error: {failed}\n")));
        assert_run_document(&run.json(), 8, "failed");
        assert_eq!(run.json()["message"], failed);
    }
    assert_eq!(platform.count(Kind::Create), 0);
}

#[test]
fn hooks_that_cannot_be_started_after_a_run_fail_each_for_itself() {
    let platform = Platform::start();
    let project = project(&platform);
    project.write("campaigns/hooks.yaml", "deploy: [./not-executable.sh]\npost: [./nowhere.sh]\n");
    let told = project.expect(&["run", "-q"], 8);
    let errors: Vec<&str> = told.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(
        errors,
        [
            "error: hook deploy of metro cannot be started: campaigns/not-executable.sh is not executable (chmod +x \
             campaigns/not-executable.sh); the next run tries again",
            "error: hook post cannot be started: there is no program campaigns/nowhere.sh on this machine (install \
             it, or correct hooks.yaml)",
        ]
    );
}

#[test]
fn a_program_that_may_not_be_run_is_passed_over_where_path_has_another() {
    let platform = Platform::start();
    let project = project(&platform);
    script(&project, "more/in-path", "#!/bin/sh\nexit 0\n", 0o755);
    project.write("campaigns/hooks.yaml", "pre: [in-path]\n");
    for verb in ["check", "run"] {
        let mut command = project.command(&[verb, "-q"]);
        command.env("PATH", "bin:more");
        let told = Told::of(command);
        assert_eq!((told.exit, told.stderr.as_str()), (0, ""), "{verb}");
    }
}
