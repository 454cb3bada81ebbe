//! Bundles that somebody hands back.

use std::fs;

use scenepress::bundle::{self, BundleError};

use super::support::Target;

fn folder_names(path: &std::path::Path, error: &BundleError) -> String {
    error.to_string().replace(&path.display().to_string(), "")
}

#[test]
fn a_bundle_without_faults_is_the_one_that_was_written() {
    let stored = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus/bundles/metro.zip"))
        .expect("a stored input");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.zip");
    let words = &[
        "PK\u{1}\u{2}",
        "PK\u{3}\u{4}",
        "PK\u{5}\u{6}",
        "PK\u{6}\u{6}",
        "\u{0}\u{0}\u{0}\u{0}",
        "../",
        "\"",
        "1",
    ];
    Target { name: "bundles", words, iterations: 1_500 }.hold(|bytes| {
        fs::write(&path, bytes).expect("written");
        let manifest = bundle::read_manifest(&path);
        if let Err(error) = &manifest {
            assert!(error.is_bad_bundle(), "{error}");
            assert!(!folder_names(&path, error).chars().any(char::is_control), "{error}");
        }
        match bundle::verify(&path, &mut |done, all| assert!(done <= all)) {
            Err(error) => {
                assert!(error.is_bad_bundle(), "{error}");
                assert!(!folder_names(&path, &error).chars().any(char::is_control), "{error}");
            }
            Ok(report) => {
                let manifest = manifest.expect("what can be checked can be read");
                assert_eq!(report.header, manifest.header);
                assert_eq!(report.summary.codes, manifest.codes.len() as u64);
                assert!(report.fault_count >= report.faults.len() as u64);
                assert_eq!(report.fault_count == 0, bytes == stored, "{:?}", report.faults);
                for fault in &report.faults {
                    let said = format!("{}{}", fault.entry, fault.message);
                    assert!(!said.chars().any(char::is_control), "{said:?}");
                }
            }
        }
    });
}
