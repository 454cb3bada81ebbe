//! What a file can hold, or say that it holds.

use std::fs::File;

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
    let over = "manifest.json has 4294967294 bytes; at most 536870912 are allowed";
    for (size, why) in
        [(u32::MAX - 1, over), (500 << 20, "manifest.json is damaged: its data does not match its checksum")]
    {
        let workplace = Workplace::new();
        workplace.write("b.zip", zip_claiming("manifest.json", size));
        for args in [&["verify", "b.zip"][..], &["inspect", "1", "--in", "b.zip"]] {
            let expected = format!("error: b.zip is not a bundle that can be checked: {why}\n");
            tell(&workplace, args, 256).is(6, "", &expected);
        }
    }
}
