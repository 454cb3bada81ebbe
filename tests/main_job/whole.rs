//! Whole texts that stand in files, one a case, so that a changed word shows in a diff. Where a wording changes,
//! `WRITE_TEXTS=1` writes the files anew; what is committed is to be read.
#![expect(
    clippy::disallowed_methods,
    reason = "the files of expected texts are read, and written where asked for"
)]

use std::collections::BTreeSet;
use std::fs;

/// Compares what each case shows with its file, and the files with the cases.
pub fn hold(folder: &str, cases: &[&str], shown: fn(&str) -> String) {
    let folder = format!("{}/tests/main_job/{folder}", env!("CARGO_MANIFEST_DIR"));
    let names: BTreeSet<String> = cases.iter().map(|name| (*name).to_owned()).collect();
    for name in &names {
        let text = shown(name);
        let path = format!("{folder}/{name}.txt");
        if std::env::var_os("WRITE_TEXTS").is_some() {
            fs::write(&path, &text).expect("written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
        assert!(text == expected, "{name} says:\n{text}\nexpected:\n{expected}");
    }
    let found = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let found: BTreeSet<String> = found.map(|name| name.to_string_lossy().replace(".txt", "")).collect();
    assert_eq!(found, names);
}

/// The text without what differs from day to day.
pub fn neutral(text: &str) -> String {
    let digest = "X".repeat(64);
    let patterns = [
        ("DDDD-DD-DD DD:DD:DD", "<second>"),
        ("DDDD-DD-DD DD:DD", "<minute>"),
        ("DDDD-DD-DD DD&#58;DD", "<minute>"),
        ("DDDD-DD-DD", "<day>"),
        (" DD:DD", " <time>"),
        (" DD&#58;DD", " <time>"),
        ("until-DDDDDDDD", "until-<day>"),
        ("  DD-DD <time>", "  <minute>"),
        ("  DD-DD  ", "  <day>  "),
        ("rid XXXXXXXX-XXXXXXXX-XXXXXXXX", "rid <rid>"),
        (digest.as_str(), "<digest>"),
    ];
    let text = patterns.iter().fold(text.to_owned(), |text, (pattern, name)| replace(&text, pattern, name));
    [("<minute>: it is ", " old."), ("距今 ", "。"), ("ended, took ", ":"), ("Took ", ":")]
        .into_iter()
        .fold(text, |text, (before, after)| without(&text, before, after))
}

/// The text without what stands between these two, wherever it does.
pub fn without(text: &str, before: &str, after: &str) -> String {
    let mut parts = text.split(before);
    let mut neutral = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, end) = part.split_once(after).expect("what stands behind it");
        neutral += &format!("{before}…{after}{end}");
    }
    neutral
}

/// Replaces what fits: `D` is a digit, `X` a hexadecimal one.
fn replace(text: &str, pattern: &str, name: &str) -> String {
    let fits = |part: &[u8]| {
        part.len() >= pattern.len()
            && part.iter().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
                b'D' => byte.is_ascii_digit(),
                b'X' => byte.is_ascii_hexdigit(),
                _ => *byte == wanted,
            })
    };
    let (mut replaced, mut at) = (String::new(), 0);
    while let Some(character) = text[at..].chars().next() {
        if fits(&text.as_bytes()[at..]) {
            replaced.push_str(name);
            at += pattern.len();
        } else {
            replaced.push(character);
            at += character.len_utf8();
        }
    }
    replaced
}

/// What stands in a case's file.
pub fn read(folder: &str, name: &str) -> String {
    let path = format!("{}/tests/main_job/{folder}/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
