//! What a file can hold, or say that it holds.

use std::fs::File;
use std::io::Write;

use super::sizes::bounded;
use super::support::{Outcome, Workplace, outcome};

const GIB: u64 = 1 << 30;

/// A folder with one file, of which only the size is real.
fn sparse(name: &str, bytes: u64) -> Workplace {
    let workplace = Workplace::new();
    workplace.write(name, "");
    File::options().write(true).open(workplace.path(name)).expect("a file").set_len(bytes).expect("a size");
    workplace
}

fn tell(workplace: &Workplace, args: &[&str], mebibytes: u64) -> Outcome {
    outcome(&mut bounded(&workplace.command(args), mebibytes))
}

#[test]
fn a_campaign_file_of_10_gb_is_not_read() {
    let yaml = "keep the codes in a table, or write them as ranges";
    for (name, most, help) in [
        ("metro.yaml", 16, yaml),
        ("metro.csv", 64, "make several tables of it"),
        ("accounts.yaml", 1, "take out what nobody needs"),
        ("hooks.yaml", 1, "take out what nobody needs"),
    ] {
        let workplace = sparse(&format!("campaigns/{name}"), 10 * GIB);
        workplace.write("campaigns/other.yaml", "expires: 30d\ncodes: [{scene: 1, channel: A}]\n");
        let expected = format!(
            "error[file-too-large]: the file is larger than {most} MiB\n--> campaigns/{name}\n = help: {help}\n\n\
             1 problem in 1 file\n"
        );
        tell(&workplace, &["check"], 256).is(2, "", &expected);
    }
}

#[test]
fn a_table_of_one_endless_line_takes_little_memory() {
    let cases = [
        ("one cell", "scene,channel,expires\n1,".to_owned() + &"a".repeat(20_000_000), "text-too-long"),
        ("many cells", "scene,channel,expires\n1,".to_owned() + &"a,".repeat(10_000_000), "too-many-columns"),
        ("many headers", "scene,channel,expires".to_owned() + &",a".repeat(10_000_000), "too-many-columns"),
        ("many rows", "scene,channel,expires\n".to_owned() + &"x\n".repeat(500_000), "empty-text"),
    ];
    for (what, text, kind) in cases {
        let workplace = Workplace::new();
        workplace.write("campaigns/stores.csv", text);
        let told = tell(&workplace, &["check"], 320);
        assert_eq!((told.code, told.stdout.as_str()), (2, ""), "{what}: {}", told.stderr);
        assert!(told.stderr.starts_with(&format!("error[{kind}]")), "{what}: {}", told.stderr);
        assert!(told.stderr.len() < 100_000, "{what}");
    }
}

#[test]
fn a_zip_of_10_gb_that_is_none_is_not_read() {
    let workplace = sparse("b.zip", 10 * GIB);
    let why = "b.zip is not a bundle that can be checked: it does not end as a bundle does: it was cut short, appended \
               to, packed again, or is no zip";
    for args in [&["verify", "b.zip"][..], &["inspect", "1", "--in", "b.zip"]] {
        tell(&workplace, args, 256).is(6, "", &format!("error: {why}\n"));
    }
}

/// A bundle of which only the manifest is there: its head, and these codes.
fn bundle_of(revision: &str, codes: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("manifest.json", options).expect("started");
    let head = "{\"bundle_format\": 1, \"campaign\": \"metro\", \"account\": \"default\", \"appid\": \"wx1\"";
    let counts = "\"counts\": {\"codes\": 1, \"temporary\": 0, \"permanent\": 1}";
    write!(zip, "{head}, \"revision\": {revision}, {counts}, \"codes\": [{codes}]}}").expect("written");
    zip.finish().expect("finished").into_inner()
}

/// A permanent code with these tags and further members.
fn code(seq: usize, tags: &str, further: &str) -> String {
    format!(
        "{{\"seq\": {seq}, \"scene\": \"{seq}\", \"scene_type\": \"id\", \"channel\": \"A\", \"tags\": [{tags}], \
         \"lifetime\": \"permanent\", \"generation\": 1, \"created_at\": \"2026-11-22T10:00:00+08:00\", \
         \"expires_at\": null, \"url\": \"http://a/{seq}\", \"ticket\": \"t\", \"image\": \"images/x.jpg\", \
         \"image_sha256\": \"{}\", \"medium\": null{further}}}",
        "0".repeat(64)
    )
}

fn list(item: &str, times: usize) -> String {
    vec![item; times].join(",")
}

#[test]
fn what_a_manifest_may_hold_is_bounded_and_checked_while_it_is_read() {
    let columns = |count| (0..count).map(|n| format!(", \"c{n}\": \"\"")).collect::<Vec<_>>().concat();
    let piece = "manifest.json holds a code or a text of more than 448 KiB";
    let values =
        "manifest.json cannot be read: it has more than 4,000,000 tags and further cells at line 1 column ";
    let many = |tags: &str| (1..=100).map(|seq| code(seq, tags, "")).collect::<Vec<_>>().join(",");
    for (what, zip, why) in [
        ("tags", bundle_of("1", &code(1, &list("\"a\"", 300_000), "")), piece),
        (
            "a nested member",
            bundle_of("1", &code(1, "", &format!(", \"x\": [{}]", list("[]", 300_000)))),
            piece,
        ),
        ("one text", bundle_of(&format!("\"{}\"", "1".repeat(1_000_000)), ""), piece),
        ("tags of many codes", bundle_of("1", &many(&list("\"a\"", 40_001))), values),
        (
            "columns",
            bundle_of("1", &code(1, "", &columns(251))),
            "manifest.json: the codes have more than 250 further columns: drop columns that nobody needs, or split the \
             campaign",
        ),
        (
            "labels",
            bundle_of("1", &code(1, "", &format!(", \"x\": \"{}\"", "x".repeat(64 << 10)))),
            "manifest.json: channel, tags and further columns of scene 1 have more than 64 KiB: shorten them",
        ),
        (
            "the last revision",
            bundle_of("9223372036854775807", &code(1, "", "")),
            "manifest.json says revision 9223372036854775807: they count from 1 to 1,000,000",
        ),
        ("no revision", bundle_of("0", ""), "manifest.json says revision 0: they count from 1 to 1,000,000"),
        (
            "a text that is quoted",
            bundle_of(&format!("\"{}\"", "1".repeat(1000)), ""),
            "manifest.json cannot be read: invalid type: string \"111",
        ),
    ] {
        let workplace = Workplace::new();
        workplace.write("b.zip", zip);
        for args in [&["verify", "b.zip"][..], &["ledger", "import", "b.zip"]] {
            let told = tell(&workplace, args, 512);
            let expected = format!("error: b.zip is not a bundle that can be checked: {why}");
            assert_eq!((told.code, told.stdout.as_str()), (6, ""), "{what}: {told:?}");
            assert!(told.stderr.starts_with(&expected), "{what}: {}", told.stderr);
            assert!(told.stderr.len() < 500, "{what}: {}", told.stderr);
        }
    }
}

#[test]
fn a_directory_of_70_mb_is_not_read() {
    let workplace = sparse("b.zip", 100 << 20);
    let file = File::options().write(true).open(workplace.path("b.zip")).expect("a file");
    let (size, end) = (70u32 << 20, (100u32 << 20) - 22);
    let record =
        [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &size.to_le_bytes(), &(end - size).to_le_bytes(), &[0, 0]];
    std::os::unix::fs::FileExt::write_all_at(&file, &record.concat(), end.into()).expect("written");
    let why = "its directory has 73400320 bytes, far more than any bundle's";
    let expected = format!("error: b.zip is not a bundle that can be checked: {why}\n");
    tell(&workplace, &["verify", "b.zip"], 256).is(6, "", &expected);
}

/// A zip with one entry, whose two headers say that it is so large.
fn zip_claiming(name: &str, size: u32) -> Vec<u8> {
    let sizes = [size.to_le_bytes(), size.to_le_bytes()].concat();
    let length = u16::try_from(name.len()).expect("short").to_le_bytes();
    let version_flags_method = [10, 0, 0, 0, 0, 0];
    let entry = [&version_flags_method[..], &[0; 8], &sizes, &length, &[0, 0]].concat();
    let local = [b"PK\x03\x04", &entry[..], name.as_bytes()].concat();
    let central = [b"PK\x01\x02\x0A\x00", &entry[..], &[0; 14], name.as_bytes()].concat();
    let mut zip = [&local[..], &central].concat();
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(u32::try_from(central.len()).expect("small").to_le_bytes());
    zip.extend(u32::try_from(local.len()).expect("small").to_le_bytes());
    zip.extend([0, 0]);
    zip
}

#[test]
fn an_entry_that_claims_4_gb_is_not_believed() {
    for size in [u32::MAX - 1, 500 << 20] {
        let why = format!("its entries claim {size} bytes, more than the file has");
        let workplace = Workplace::new();
        workplace.write("b.zip", zip_claiming("manifest.json", size));
        for args in [&["verify", "b.zip"][..], &["inspect", "1", "--in", "b.zip"]] {
            let expected = format!("error: b.zip is not a bundle that can be checked: {why}\n");
            tell(&workplace, args, 256).is(6, "", &expected);
        }
    }
}
