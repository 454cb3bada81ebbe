//! Compares output with what the documentation shows of it.

/// A line that stands for any number of lines.
const ANY: &str = "…";

/// What differs from run to run: `#` is a digit, `x` a hexadecimal one.
const VARIABLE: [(&str, &str); 6] = [
    ("####-##-## ##:##:##", "<instant>"),
    ("####-##-## ##:##", "<minute>"),
    ("####-##-##", "<day>"),
    ("##-## ##:##", "<moment>"),
    ("until-########", "until-<day>"),
    ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "<sha256>"),
];

/// Asserts that output is what is shown. Dates, hashes, durations and the widths of columns may differ.
pub(crate) fn assert_shown(shown: &[String], printed: &str, what: &str) {
    let normal = |lines: &[&str]| -> Vec<String> { lines.iter().map(|line| normal(line)).collect() };
    let expected = normal(&shown.iter().map(String::as_str).collect::<Vec<_>>());
    let found = normal(&printed.lines().collect::<Vec<_>>());
    assert!(matches(&expected, &found), "{what}\nshown:\n{}\nprinted:\n{printed}", shown.join("\n"));
}

fn matches(expected: &[String], found: &[String]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((first, rest)) if first == ANY => (0..=found.len()).any(|skip| matches(rest, &found[skip..])),
        Some((first, rest)) => {
            found.split_first().is_some_and(|(line, others)| line == first && matches(rest, others))
        }
    }
}

fn normal(line: &str) -> String {
    let mut text = line.to_owned();
    for (pattern, name) in VARIABLE {
        text = replace(&text, pattern, name);
    }
    let mut words: Vec<String> = Vec::new();
    let mut rest = text.split_whitespace().peekable();
    while let Some(word) = rest.next() {
        let is_number = word.trim_start_matches('(').parse::<u64>().is_ok();
        let unit = rest.peek().map(|unit| unit.trim_end_matches([')', ':', ';', ',']));
        if is_number && matches!(unit, Some("s" | "min" | "h" | "d")) {
            rest.next();
            if words.last().is_none_or(|last| last != "<duration>") {
                words.push("<duration>".to_owned());
            }
        } else {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}

fn replace(text: &str, pattern: &str, name: &str) -> String {
    let fits = |at: usize| {
        text.get(at..at + pattern.len()).is_some_and(|part| {
            part.bytes().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
                b'#' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_hexdigit(),
                other => byte == other,
            })
        })
    };
    let mut replaced = String::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        if fits(at) {
            replaced += name;
            at += pattern.len();
        } else {
            replaced.push(character);
            at += character.len_utf8();
        }
    }
    replaced
}

#[test]
fn what_varies_is_made_alike_and_nothing_else() {
    for (one, other) in [
        ("died on 2026-11-22 16:24, ok", "died on 2027-01-02 03:04, ok"),
        ("a_g1_until-20261222.jpg", "a_g1_until-20270101.jpg"),
        ("Took 5 s: account", "Took 1 min 12 s: account"),
        ("next (6 d 23 h)  x", "next   (14 d) x"),
        (&"ab".repeat(32), &"0f".repeat(32)),
    ] {
        assert_eq!(normal(one), normal(other));
    }
    for (one, other) in [
        ("20 created", "21 created"),
        ("used today 35 of 100,000", "used today 36 of 100,000"),
        ("5 codes", "6 codes"),
        ("2026-11-22", "2026-11-22 16:24"),
    ] {
        assert_ne!(normal(one), normal(other));
    }
}

#[test]
fn lines_that_are_not_shown_are_skipped_and_no_others() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(matches(&lines("a\n…\nc"), &lines("a\nb\nb\nc")));
    assert!(matches(&lines("a\n…"), &lines("a")));
    assert!(!matches(&lines("a\nc"), &lines("a\nb\nc")));
    assert!(!matches(&lines("…\nc"), &lines("a\nb")));
    assert!(!matches(&lines("a"), &lines("a\nb")));
}
