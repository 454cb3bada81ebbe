//! Campaign files.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use scenepress::campaign::{self, KINDS, Reading, RenderOptions};
use scenepress::model::Lifetime;

use super::support::Target;

/// Reads a folder that holds one file, and holds what is said of it.
fn read(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("written");
    let reading = campaign::read(&[folder.to_owned()]);
    assert_places(&reading, &path, bytes);
    let has_errors = reading.problems.has_errors();
    assert!(has_errors || reading.folder.broken.is_empty(), "broken without an error");
    for options in [false, true].map(|color| RenderOptions { color, all: !color }) {
        let said = reading.problems.render(options);
        let foreign = |c: char| c.is_control() && c != '\n' && !(options.color && c == '\u{1b}');
        assert!(!said.contains(foreign), "{said:?}");
        assert_eq!(said.is_empty(), reading.problems.iter().len() == 0);
    }
    for campaign in &reading.folder.campaigns {
        assert!(!campaign.codes.is_empty(), "a campaign without codes");
        let scenes: HashSet<_> = campaign.codes.iter().map(|code| code.scene()).collect();
        assert_eq!(scenes.len(), campaign.codes.len(), "a scene stands in it twice");
        for code in &campaign.codes {
            let seconds = code.lifetime().seconds();
            assert!(code.lifetime() == Lifetime::Permanent || (60..=2_592_000).contains(&seconds));
        }
    }
    // Reading is a function of the files.
    let again = campaign::read(&[folder.to_owned()]);
    assert_eq!(again.folder, reading.folder);
    assert!(again.problems.iter().eq(reading.problems.iter()));
}

/// A problem is about a file that is there, and about a place in it.
fn assert_places(reading: &Reading, path: &Path, bytes: &[u8]) {
    // In UTF-16 a line's end is another matter, but no text has more lines or characters than bytes.
    let is_utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    let parts = bytes.split(|byte| *byte == b'\n').count();
    let lines = if is_utf16 { bytes.len() } else { parts };
    for problem in reading.problems.iter() {
        assert!(KINDS.contains(&problem.kind), "{}", problem.kind);
        assert!(!problem.message.chars().any(char::is_control), "{problem:?}");
        let is_ours = path.starts_with(&*problem.path) || problem.path.starts_with(path);
        assert!(is_ours || problem.line().is_none(), "{problem:?}");
        assert_eq!(problem.line().is_some(), problem.column().is_some(), "{problem:?}");
        let Some((line, column)) = problem.line().zip(problem.column()) else { continue };
        assert!(line >= 1 && line as usize <= lines, "{lines} lines: {problem:?}");
        // Undecodable bytes are shown as one character each, so a line has at most as many as it has bytes.
        let line = bytes.split(|byte| *byte == b'\n').nth(line as usize - 1).unwrap_or_default();
        let bytes = if is_utf16 { bytes.len() } else { line.len() };
        assert!(column >= 1 && column as usize <= bytes + 1, "{bytes} bytes: {problem:?}");
    }
}

#[test]
fn what_is_said_of_a_campaign_file_has_its_place_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = &[
        "codes:",
        "scene: ",
        "scenes: ",
        "channel: ",
        "expires: ",
        "include: ",
        "tags: ",
        "until: ",
        "campaign: ",
        "account: ",
        "renew_before: ",
        "permanent_budget: ",
        "example: ",
        ": ",
        "\n",
        "\n  ",
        "  - ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "\"",
        "'",
        "1",
        "0",
        "007",
        "1..5",
        "5..1",
        "1..4294967295",
        "30d",
        "never",
        "30",
        "&a ",
        "*a",
        "<<: *a",
        "!!binary ",
        "|\n",
        ">-\n",
        "# ",
        "---\n",
        "...\n",
        "\t",
        "\r\n",
        "\r",
        "北京",
        "\u{feff}",
        "\u{0}",
        "\u{85}",
        "\u{2028}",
        "\u{202e}",
        "${A}",
        "null",
        "x.yaml",
        "? ",
        "%YAML 1.1\n",
        "\\u0000",
        "1e3",
    ];
    Target { name: "yaml", words, iterations: 500 }.hold(|bytes| read(folder.path(), "x.yaml", bytes));
}

#[test]
fn what_is_said_of_a_table_has_its_place_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = &[
        "scene",
        "channel",
        "expires",
        "tags",
        "scene_type",
        "lifetime",
        "n",
        ",",
        ",,",
        "\n",
        "\r\n",
        "\r",
        "\"",
        "\"\"",
        "1",
        "007",
        "4294967296",
        "str",
        "id",
        "30d",
        "never",
        "北京",
        " ",
        "1.5E+9",
        ";",
        "\t",
        "\u{feff}",
        "\u{0}",
        "\u{85}",
        "\u{2028}",
        "{n}",
        "=1+1",
    ];
    Target { name: "table", words, iterations: 500 }.hold(|bytes| read(folder.path(), "x.csv", bytes));
}

#[test]
fn what_is_said_of_the_accounts_file_has_its_place_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let metro = "expires: 30d\ncodes: [{scene: 1, channel: A}]\n";
    fs::write(folder.path().join("metro.yaml"), metro).expect("written");
    let words = &[
        "default:",
        "appid: ",
        "secret: ",
        "secret_file: ",
        "api_url: ",
        "image_url: ",
        "rate: ",
        "daily_quota: ",
        "${WECHAT_SECRET}",
        "http://127.0.0.1:1",
        "https://u:p@x/",
        "https://[::1",
        "10/s",
        "0/s",
        "1e9/min",
        ": ",
        "\n",
        "\n  ",
        "{",
        "}",
        "[",
        "\"",
        "'",
        "&a ",
        "*a",
        "# ",
        "\u{0}",
        "\u{feff}",
        "\r\n",
        "|\n",
        "..",
    ];
    Target { name: "accounts", words, iterations: 500 }
        .hold(|bytes| read(folder.path(), "accounts.yaml", bytes));
}
