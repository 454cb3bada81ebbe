//! Bundles that somebody hands back.

use std::fs;
use std::io::{Cursor, Read, Write};

use scenepress::bundle::{self, BundleError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::support::Target;

/// A zip of these files, stored as they are.
fn zipped(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options).expect("an entry");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("a zip").into_inner()
}

/// Bundles made from a stored one: packed anew, without pictures, and with numbers and years at their limits.
fn made_from(stored: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(stored)).expect("a zip");
    let mut files = Vec::new();
    for position in 0..zip.len() {
        let mut entry = zip.by_index(position).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        let name = entry.name().expect("a name").into_owned();
        files.push((name, bytes));
    }
    let of_manifest = files.iter().find(|(name, _)| name == "manifest.json").expect("a manifest");
    let text = String::from_utf8(of_manifest.1.clone()).expect("a text");
    let mut inputs = vec![("packed anew".to_owned(), zipped(&files))];
    let largest = &u64::MAX.to_string();
    let changes = [
        ("nothing", "", ""),
        ("revision", "\"revision\": 1", &format!("\"revision\": {largest}")),
        ("seq", "\"seq\": 1", &format!("\"seq\": {largest}")),
        ("codes", "\"codes\": 2", &format!("\"codes\": {largest}")),
        ("year 1", "_at\": \"20", "_at\": \"00"),
        ("year 9999", "_at\": \"20", "_at\": \"99"),
    ];
    for (what, from, to) in changes {
        assert!(text.contains(from), "the stored manifest has no {from}");
        let changed = if from.is_empty() { text.clone() } else { text.replace(from, to) };
        let files = [("manifest.json".to_owned(), changed.into_bytes())];
        inputs.push((format!("a manifest alone, changed: {what}"), zipped(&files)));
    }
    inputs
}

fn folder_names(path: &std::path::Path, error: &BundleError) -> String {
    error.to_string().replace(&path.display().to_string(), "")
}

#[test]
fn a_bundle_without_faults_is_the_one_that_was_written() {
    let stored_at = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus/bundles/metro.zip");
    let stored = fs::read(stored_at).expect("a stored input");
    // A bundle of an older form is refused before anything else of it is read: damage would reach nothing.
    let manifest = bundle::read_manifest(stored_at.as_ref());
    assert_eq!(manifest.expect("a bundle of today's form: `scenepress run` makes one").codes.len(), 2);
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
    let target = Target { name: "bundles", words, iterations: 1_500 };
    let corpus: Vec<_> = target.corpus().into_iter().chain(made_from(&stored)).collect();
    target.hold_in(&corpus, |bytes| {
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
