use std::io::{Cursor, Write as _};

use super::*;

/// What opening some bytes as a bundle says.
fn refusal(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.zip");
    overwrite(&path, bytes);
    let error = verify(&path, &mut |_, _| ()).expect_err("refused");
    assert!(error.is_bad_bundle(), "{error}");
    error.to_string().replace(&format!("{} is not a bundle that can be checked: ", path.display()), "")
}

const NO_END: &str =
    "it does not end as a bundle does: it was cut short, appended to, packed again, or is no zip";

#[test]
fn what_is_no_zip_is_a_plain_error() {
    assert_eq!(refusal(b""), NO_END);
    assert_eq!(refusal(b"<!DOCTYPE html>, and some more of it"), NO_END);
    let good = Campaign::small().written().bytes();
    assert_eq!(refusal(&good[..good.len() - 1]), NO_END);
    assert_eq!(refusal(&good[..good.len() / 2]), NO_END);
    assert_eq!(refusal(&[&good[..], b"x"].concat()), NO_END);
    assert_eq!(refusal(&[b"x", &good[..]].concat()), NO_END);
    let empty = zip::ZipWriter::new(Cursor::new(Vec::new())).finish().expect("finished").into_inner();
    assert_eq!(refusal(&empty), "manifest.json is missing");
}

#[test]
fn a_folder_and_a_missing_file_are_plain_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(verify(folder.path(), &mut |_, _| ()).is_err());
    let missing = verify(&folder.path().join("none.zip"), &mut |_, _| ()).expect_err("missing");
    assert!(!missing.is_bad_bundle());
}

#[test]
fn an_end_record_that_promises_a_million_entries_is_not_believed() {
    let mut end = b"PK\x06\x06".to_vec();
    end.extend(44u64.to_le_bytes());
    end.extend([10, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for value in [1_000_000u64, 1_000_000, 0, 0] {
        end.extend(value.to_le_bytes());
    }
    end.extend(b"PK\x06\x07\0\0\0\0");
    end.extend(0u64.to_le_bytes());
    end.extend(1u32.to_le_bytes());
    end.extend(b"PK\x05\x06\0\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0");
    assert_eq!(refusal(&end), "it has 1000000 entries, far more than any bundle");
    end[32] = 1;
    assert_eq!(refusal(&end), NO_END);
}

#[test]
fn a_bundle_that_another_program_packed_is_named_as_such() {
    let output = Campaign::small().written();
    let mut archive = zip::ZipArchive::new(Cursor::new(output.bytes())).expect("a zip");
    // The same entries with another time and mode.
    let mut other = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let time = zip::DateTime::default();
        other
            .raw_copy_file_touch(archive.by_index(index).expect("an entry"), time, Some(0o600))
            .expect("copied");
    }
    output.replace(&other.finish().expect("finished").into_inner());
    let message = "byte 10 of the zip (before CHANGES.csv) is not as it was written: damaged, or packed again by \
                   another program";
    assert_eq!(output.faults(), [("zip".to_owned(), message.to_owned())]);
}

#[test]
fn compressed_and_encrypted_entries_are_refused_unread() {
    // Method and flags of the first entry, in both its headers.
    let changed = |local: usize, central: usize, value: u8| {
        let mut bytes = Campaign::small().written().bytes();
        let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").expect("a directory");
        bytes[local] = value;
        bytes[directory + central] = value;
        refusal(&bytes)
    };
    let how = |how| {
        format!(
            "it was packed again by another program: CHANGES.csv is {how}. Use the bundle as it was handed out"
        )
    };
    assert_eq!(changed(8, 10, 8), how("compressed"));
    assert_eq!(changed(6, 8, 1), how("encrypted"));
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for name in ["a", "b"] {
        zip.start_file(name, options).expect("started");
        zip.write_all(b"x").expect("written");
    }
    let mut bytes = zip.finish().expect("finished").into_inner();
    let second = bytes.iter().rposition(|byte| *byte == b'b').expect("a name");
    bytes[second] = b'a';
    assert_eq!(refusal(&bytes), "two of its entries are called a");
}

#[test]
fn many_faults_are_counted_and_the_first_are_kept() {
    let mut campaign = Campaign::new();
    for seq in 1..=1500 {
        campaign.add_plain(seq, Scene::id(seq).expect("a scene"), "店", None);
    }
    let output = campaign.written();
    // None of these pictures is a JPEG.
    let report = verify(&output.path, &mut |_, _| ()).expect("a bundle");
    assert_eq!((report.fault_count, report.faults.len()), (1500, MAX_FAULTS));
    assert_eq!(report.faults[0].entry, "images/000001_1_店_g1.jpg");
    assert_eq!(report.faults[0].message, "not a JPEG: begins with `picture 1`");
    assert_eq!(report.faults[999].entry, "images/001000_1000_店_g1.jpg");
}

#[test]
fn more_entries_than_the_old_format_counts_have_the_layout_that_is_expected() {
    use super::super::layout::{Entry, difference};
    let time = zip::DateTime::default();
    for count in [65_535, 65_536] {
        let entry = |position: usize| Entry { name: format!("images/{position:06}"), size: 0, crc32: 0 };
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .unix_permissions(0o644)
            .last_modified_time(time);
        for position in 0..count {
            zip.start_file(entry(position).name, options).expect("started");
        }
        let mut file = zip.finish().expect("finished");
        assert_eq!(difference(&mut file, count, entry, time).expect("read"), None, "{count}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        failure_persistence: None,
        ..proptest::prelude::ProptestConfig::with_cases(150)
    })]

    #[test]
    fn no_damage_to_the_directory_makes_a_check_panic_or_find_nothing(
        damage in proptest::collection::vec((0..700usize, proptest::prelude::any::<u8>()), 1..12),
    ) {
        let mut campaign = Campaign::new();
        campaign.add_plain(1, Scene::id(1).expect("a scene"), "店", None);
        let output = campaign.written();
        let mut bytes = output.bytes();
        let end = bytes.len() - 1;
        for (back, byte) in damage {
            bytes[end - back] ^= byte | 1;
        }
        output.replace(&bytes);
        // The picture is no JPEG, so a check that comes through has one fault at least; damage adds to it.
        if let Ok(report) = verify(&output.path, &mut |_, _| ()) {
            proptest::prop_assert!(report.fault_count > 1 || bytes == campaign.written().bytes());
        }
    }
}
