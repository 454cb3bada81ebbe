use crate::stored;
use crate::support::Workplace;

const BUNDLE: &str = "output/metro/metro.zip";

#[test]
fn a_good_bundle_is_told_in_one_line() {
    let workplace = stored::workplace();
    workplace.run(&["verify", BUNDLE]).is(
        0,
        "output/metro/metro.zip: 3 codes, revision 1, all pictures decode to their url; the first expires on 2026-12-22 10:00\n",
        "",
    );
    workplace.run(&["verify", "-q", BUNDLE]).is(0, "", "");
    let document = workplace.run(&["verify", "--format", "json", BUNDLE]).json();
    assert_eq!(document["bundles"][0]["good"], true);
    assert_eq!(document["bundles"][0]["permanent"], 1);
    assert_eq!(document["bundles"][0]["first_expires_at"], "2026-12-22T10:00:00+08:00");
}

#[test]
fn one_byte_that_is_off_is_a_bad_bundle() {
    let workplace = stored::workplace();
    let mut bytes = workplace.read(BUNDLE);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    workplace.write("bad.zip", bytes);
    let outcome = workplace.run(&["verify", "-q", "bad.zip", BUNDLE]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (6, ""));
    assert!(outcome.stdout.starts_with("bad.zip: BAD, "), "{}", outcome.stdout);
    let words = ": is damaged: its data does not match its checksum\n";
    assert!(outcome.stdout.contains(words), "{}", outcome.stdout);
    let document = workplace.run(&["verify", "bad.zip", "--format", "json"]).json();
    assert_eq!(document["bundles"][0]["good"], false);
    assert!(document["bundles"][0]["faults"][0]["entry"].is_string());
}

/// A bundle whose README.txt says something else, and whose SHA256SUMS was made anew.
fn with_another_readme(workplace: &Workplace, zip: &str) {
    use std::io::{Read, Write};
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workplace.read(BUNDLE))).expect("a zip");
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        let name = entry.name().expect("a name").into_owned();
        if name == "README.txt" {
            bytes.extend(b"Print the pictures of the other shop.\n");
        }
        entries.push((name, bytes, entry.last_modified().expect("a time")));
    }
    let digests: Vec<String> = entries
        .iter()
        .filter(|(name, ..)| name != "SHA256SUMS")
        .map(|(name, bytes, _)| format!("{}  {name}\n", scenepress::model::Digest::of(bytes)))
        .collect();
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes, time) in entries {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .unix_permissions(0o644)
            .last_modified_time(time);
        out.start_file(&name, options).expect("started");
        let bytes = if name == "SHA256SUMS" { digests.concat().into_bytes() } else { bytes };
        out.write_all(&bytes).expect("written");
    }
    workplace.write(zip, out.finish().expect("finished").into_inner());
}

#[test]
fn a_bundle_that_the_ledger_did_not_record_is_told_and_not_handed_over() {
    let workplace = stored::workplace();
    with_another_readme(&workplace, "changed.zip");
    let changed =
        "changed.zip is not the file that the ledger output/ledger.sqlite recorded as revision 1 of metro";
    let good = "changed.zip: 3 codes, revision 1, all pictures decode to their url; the first expires on 2026-12-22 10:00\n";
    workplace.run(&["verify", "changed.zip"]).is(
        0,
        good,
        &format!("warning: {changed}: somebody changed it since\n"),
    );
    let recorded = |args: &[&str]| {
        let document = workplace.run(&[&["verify", "--format", "json"], args].concat()).json();
        document["bundles"][0]["recorded"].clone()
    };
    assert_eq!(recorded(&["changed.zip"]), "other");
    assert_eq!(recorded(&[BUNDLE]), "same");

    // What cannot be compared is said, and the bundle is good all the same.
    let path = workplace.path("output/ledger.sqlite");
    let sql = |sql: &str| {
        rusqlite::Connection::open(&path).and_then(|ledger| ledger.execute_batch(sql)).expect("written");
    };
    sql("UPDATE accounts SET appid = 'wx2'");
    workplace.run(&["verify", "changed.zip"]).is(
        0,
        good,
        "changed.zip: the ledger output/ledger.sqlite does not know revision 1 of metro: the bundle was compared with \
         itself only\n",
    );
    assert_eq!(recorded(&["changed.zip"]), "unknown");
    sql("UPDATE accounts SET appid = 'wx1'");
    let alone = "there is no ledger at none.sqlite: bundles were compared with themselves only\n";
    workplace.run(&["verify", "changed.zip", "changed.zip", "--ledger", "none.sqlite"]).is(
        0,
        &good.repeat(2),
        alone,
    );
    assert_eq!(recorded(&["changed.zip", "--ledger", "none.sqlite"]), serde_json::Value::Null);
    workplace.run(&["verify", "changed.zip", "--ledger", "none.sqlite", "-q"]).is(0, "", "");
    let required = workplace.run(&["verify", "changed.zip", "--ledger", "none.sqlite", "--require-ledger"]);
    assert_eq!(required.code, 4, "{required:?}");
    workplace.write("no.sqlite", "no ledger at all, but long enough to be looked at by the database");
    let damaged = workplace.run(&["verify", "changed.zip", "--ledger", "no.sqlite"]);
    assert_eq!((damaged.code, damaged.stdout.as_str()), (0, good));
    assert!(damaged.stderr.starts_with("no.sqlite is no scenepress ledger"), "{damaged:?}");
}

#[test]
fn what_is_no_bundle_is_told_apart_from_what_is_not_there() {
    let workplace = Workplace::new();
    workplace.run(&["verify", "none.zip"]).is(2, "", "error: there is no file none.zip\n");
    workplace.write("text.zip", "no zip at all");
    workplace.run(&["verify", "text.zip"]).is(
        6,
        "",
        "error: text.zip is not a bundle that can be checked: it does not end as a bundle does: it was cut short, \
         appended to, packed again, or is no zip\n",
    );
    workplace.run(&["verify", "."]).is(2, "", "error: . is a folder: name the bundle in it, CAMPAIGN.zip\n");
    let document = workplace.run(&["verify", "text.zip", "--format", "json"]).json();
    assert_eq!(document["bundles"][0]["good"], false);
    assert!(document["bundles"][0]["error"].is_string());
}
