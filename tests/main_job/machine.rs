//! A machine that gives too little: no defect of the program's, and nobody is asked to report one.

use super::support::{Platform, Project};

const METRO: &str = "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..40, channel: \"Exit {n}\"}]";

#[test]
fn too_few_open_files_are_told_with_what_to_raise_and_the_next_run_goes_on() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    for files in [8, 10, 24] {
        let told = project.start_from(&format!("ulimit -n {files}"), &["run"]).end();
        assert_eq!(told.exit, 1, "{files} files: {}", told.stderr);
        told.says("ulimit -n 4096");
        assert!(!told.stderr.contains("defect") && !told.stderr.contains("report"), "{}", told.stderr);
        assert!(!told.stderr.contains("could not be reached"), "the platform is well: {}", told.stderr);
    }
    project.expect(&["run"], 0);
}
