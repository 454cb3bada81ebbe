use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

use super::*;

/// The entries of a bundle, to be changed and packed again just as `write` packs them.
struct Entries(BTreeMap<String, Vec<u8>>);

impl Entries {
    fn of(output: &Output) -> Self {
        let mut archive = zip::ZipArchive::new(Cursor::new(output.bytes())).expect("a zip");
        let mut entries = BTreeMap::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).expect("an entry");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("bytes");
            entries.insert(entry.name().expect("a name").into_owned(), bytes);
        }
        Self(entries)
    }

    fn edit(&mut self, name: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.0[name].clone()).expect("text");
        assert!(text.contains(from), "{from} in {text}");
        self.0.insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
    }

    /// Makes `SHA256SUMS` right again, as somebody who hides a change would.
    fn sum_again(&mut self) {
        self.0.remove("SHA256SUMS");
        let mut sums = String::new();
        for (name, bytes) in &self.0 {
            sums.push_str(&super::super::sums::line(Digest::of(bytes), name));
        }
        self.0.insert("SHA256SUMS".to_owned(), sums.into_bytes());
    }

    fn pack(&self) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .unix_permissions(0o644)
            .last_modified_time(super::super::layout::time(Some(
                start() + jiff::SignedDuration::from_secs(3),
            )));
        for (name, bytes) in &self.0 {
            zip.start_file(name, options).expect("started");
            zip.write_all(bytes).expect("written");
        }
        zip.finish().expect("finished").into_inner()
    }
}

/// The faults of the small campaign's bundle after a change.
fn faults_after(change: impl FnOnce(&mut Entries)) -> Vec<(String, String)> {
    let output = Campaign::small().written();
    let mut entries = Entries::of(&output);
    change(&mut entries);
    output.replace(&entries.pack());
    output.faults()
}

fn fault(entry: &str, message: &str) -> (String, String) {
    (entry.to_owned(), message.to_owned())
}

const FIRST: &str = "images/000001_1001_Metro-line-2_g1_until-20261221.jpg";
const SECOND: &str = "images/000002_北京-7_北京-门店（一）_g1_until-20261128.jpg";

#[test]
fn a_last_day_that_is_none_is_refused() {
    let mut campaign = Campaign::small();
    campaign.header.until = Some(jiff::civil::date(2027, 3, 15));
    for day in ["soon", "2027-02-30"] {
        let output = campaign.written();
        let mut entries = Entries::of(&output);
        entries.edit("manifest.json", "\"until\": \"2027-03-15\"", &format!("\"until\": \"{day}\""));
        entries.sum_again();
        output.replace(&entries.pack());
        let error = verify(&output.path, &mut |_, _| ()).expect_err("bad").to_string();
        assert!(error.ends_with("its until is no day like 2027-03-15"), "{error}");
    }
}

#[test]
fn packing_the_same_entries_again_in_the_same_way_changes_nothing() {
    assert_eq!(faults_after(|_| ()), []);
}

#[test]
fn a_report_tells_what_the_bundle_is() {
    let output = Campaign::small().written();
    let mut seen = Vec::new();
    let report = verify(&output.path, &mut |done, total| seen.push((done, total))).expect("a bundle");
    assert_eq!(report.header, header());
    assert_eq!((report.summary.codes, report.summary.temporary, report.summary.permanent), (3, 2, 1));
    assert_eq!(report.summary.first_expiry.map(minute_text).as_deref(), Some("2026-11-29 15:04"));
    assert_eq!(report.summary.last_expiry.map(minute_text).as_deref(), Some("2026-12-22 15:04"));
    assert_eq!(seen, [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn a_changed_file_is_named_with_both_sums() {
    let faults = faults_after(|entries| entries.edit("README.txt", "17 mm", "71 mm"));
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].0, "README.txt");
    assert!(faults[0].1.starts_with("its SHA-256 is ") && faults[0].1.contains(", but SHA256SUMS says "));
}

#[test]
fn a_line_that_differs_is_named_even_if_the_sums_were_made_right() {
    let edited = |file: &str, from: &str, to: &str| {
        faults_after(|entries| {
            entries.edit(file, from, to);
            entries.sum_again();
        })
    };
    assert_eq!(
        edited("manifest.csv", "VIP desk", "VIP-desk"),
        [fault("manifest.csv", "line 4 is not as manifest.json has it")]
    );
    assert_eq!(
        edited("manifest-excel.csv", "2026-12-22 15:04", "2027-12-22 15:04"),
        [fault("manifest-excel.csv", "line 2 is not as manifest.json has it")]
    );
    assert_eq!(
        edited("manifest.csv", "\r\n", "\n"),
        [fault("manifest.csv", "line 1 is not as manifest.json has it")]
    );
    assert_eq!(
        edited("manifest-excel.csv", "\u{FEFF}", ""),
        [fault("manifest-excel.csv", "line 1 is not as manifest.json has it")]
    );
    assert_eq!(
        edited("manifest.json", "\"codes\": 3, ", "\"codes\": 4, ").first(),
        Some(&fault(
            "manifest.json",
            "its counts (codes, temporary, permanent) are [4, 2, 1], but it has [3, 2, 1]"
        ))
    );
    assert_eq!(
        edited("manifest.json", "{\"seq\": 3", "{ \"seq\": 3"),
        [fault("manifest.json", "line 11 is not as it was written")]
    );
}

#[test]
fn rows_that_are_missing_or_too_many_are_found() {
    let row = |text: &str| {
        let start = text.find("\r\n3,").expect("the last row") + 2;
        text[start..].to_owned()
    };
    let shortened = faults_after(|entries| {
        let text = String::from_utf8(entries.0["manifest.csv"].clone()).expect("text");
        entries.edit("manifest.csv", &row(&text), "");
        entries.sum_again();
    });
    assert_eq!(shortened, [fault("manifest.csv", "line 4 is not as manifest.json has it")]);
    let doubled = faults_after(|entries| {
        let text = String::from_utf8(entries.0["manifest.csv"].clone()).expect("text");
        entries.edit("manifest.csv", &row(&text), &row(&text).repeat(2));
        entries.sum_again();
    });
    assert_eq!(doubled, [fault("manifest.csv", "line 5 is not as manifest.json has it")]);
}

#[test]
fn pictures_that_changed_places_are_found_although_each_is_a_good_one() {
    let faults = faults_after(|entries| {
        let (first, second) = (entries.0[FIRST].clone(), entries.0[SECOND].clone());
        let (a, b) = (Digest::of(&first).to_string(), Digest::of(&second).to_string());
        for file in ["manifest.csv", "manifest-excel.csv", "manifest.json"] {
            entries.edit(file, &a, "first");
            entries.edit(file, &b, &a);
            entries.edit(file, "first", &b);
        }
        entries.0.insert(FIRST.to_owned(), second);
        entries.0.insert(SECOND.to_owned(), first);
        entries.sum_again();
    });
    let expected = [(FIRST, 2, 1, "1001"), (SECOND, 1, 2, "北京-7")].map(|(name, found, own, scene)| {
        let url = |seq| format!("http://weixin.qq.com/q/02test{seq:016}");
        fault(name, &format!("it carries `{}`, but the url of scene {scene} is `{}`", url(found), url(own)))
    });
    assert_eq!(faults, expected);
}

#[test]
fn a_row_that_its_own_ticket_contradicts_is_found() {
    // Everything that says so is changed alike: manifests, sums, the picture's name.
    let renamed = FIRST.replace("20261221", "20271221");
    let faults = faults_after(|entries| {
        for file in ["manifest.csv", "manifest.json"] {
            entries.edit(file, "2026-12-22T", "2027-12-22T");
        }
        entries.edit("manifest-excel.csv", "2026-12-22 ", "2027-12-22 ");
        for file in ["manifest.csv", "manifest-excel.csv", "manifest.json"] {
            entries.edit(file, FIRST, &renamed);
        }
        let picture = entries.0.remove(FIRST).expect("a picture");
        entries.0.insert(renamed.clone(), picture);
        entries.sum_again();
    });
    let message = "its ticket lives 2592000 s, but its row says 34128000 s (0 is permanent)";
    assert_eq!(faults, [fault(&renamed, message)]);
}

#[test]
fn entries_that_are_missing_or_too_many_are_found() {
    let missing = faults_after(|entries| {
        entries.0.remove(FIRST);
        entries.sum_again();
    });
    assert_eq!(missing, [fault(FIRST, "is missing")]);
    let surplus = faults_after(|entries| {
        entries.0.insert("images/../../evil.jpg".to_owned(), b"x".to_vec());
        entries.sum_again();
    });
    assert_eq!(surplus, [fault("images/../../evil.jpg", "is not in the manifest")]);
    let unlisted = faults_after(|entries| entries.edit("SHA256SUMS", "manifest.csv", "Manifest.csv"));
    assert_eq!(unlisted, [fault("SHA256SUMS", "does not have manifest.csv where it should")]);
}

#[test]
fn every_flipped_byte_is_found() {
    // One code, so that a check takes little time; its picture is the bulk, of which a sample is taken.
    let mut campaign = Campaign::new();
    campaign.add(1, Scene::text("店").expect("a scene"), "VIP desk", None);
    let output = campaign.written();
    let good = output.bytes();
    let directory = good.windows(4).position(|bytes| bytes == b"PK\x01\x02").expect("a directory");
    let headers: Vec<_> = (0..directory).filter(|at| good[*at..].starts_with(b"PK\x03\x04")).collect();
    let between =
        |at: usize| at >= directory || headers.iter().any(|header| (*header..header + 70).contains(&at));
    let flips: Vec<_> = (0..good.len()).filter(|at| at % 29 == 0 || between(*at)).collect();
    assert!(flips.len() > 1000, "{}", flips.len());
    // As many files as threads, for time again.
    let unnoticed = |flips: &[usize]| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("damaged.zip");
        let found = |at: usize| {
            let mut damaged = good.clone();
            damaged[at] ^= 1 << (at % 8);
            overwrite(&path, &damaged);
            match verify(&path, &mut |_, _| ()) {
                Ok(report) => report.fault_count > 0,
                Err(error) => error.is_bad_bundle(),
            }
        };
        flips.iter().copied().filter(|at| !found(*at)).collect::<Vec<_>>()
    };
    let (first, second) = flips.split_at(flips.len() / 2);
    let missed = std::thread::scope(|scope| {
        let second = scope.spawn(|| unnoticed(second));
        [unnoticed(first), second.join().expect("no panic")].concat()
    });
    assert_eq!(missed, [0; 0], "the flips of these bytes were not found");
}

#[test]
fn changes_csv_and_the_readme_are_there_and_have_their_sums() {
    for name in ["CHANGES.csv", "README.txt"] {
        let faults = faults_after(|entries| {
            entries.0.insert(name.to_owned(), b"changed".to_vec());
        });
        let [(entry, message)] = &faults[..] else { panic!("{faults:?}") };
        assert_eq!(entry, name);
        assert!(message.starts_with(&format!("its SHA-256 is {}, but", Digest::of(b"changed"))), "{message}");
        assert_eq!(faults_after(|entries| drop(entries.0.remove(name)))[0], fault(name, "is missing"));
    }
}
