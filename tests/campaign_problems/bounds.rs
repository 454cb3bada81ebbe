//! How much files may hold.

use std::fmt::Write;

use scenepress::campaign::RenderOptions;

use crate::support::{Folder, assert_text};

/// Asserts that the first thing said of a folder begins like this.
#[track_caller]
fn assert_first(folder: &Folder, expected: &str) {
    let text = folder.text(&folder.read(), RenderOptions::default());
    assert!(text.starts_with(expected), "{}", text.chars().take(2_000).collect::<String>());
    assert!(text.len() < 100_000, "{} bytes", text.len());
}

#[test]
fn a_code_has_at_most_50_tags() {
    let tags = |count: usize, mark: &str| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>().join(mark);
    let table = |count: usize| format!("scene,channel,expires,tags\n1,A,30d,{}\n", tags(count, ";"));
    let yaml = |count: usize| {
        format!("expires: 30d\ncodes:\n  - scene: 1\n    channel: A\n    tags: [{}]\n", tags(count, ","))
    };
    assert_text(&Folder::new().with("a.csv", table(50)).read().problems.render(RenderOptions::default()), "");
    let help = "keep those that you choose codes by; a further column of a table takes other notes";
    for (name, text) in [("a.csv", table(100_000)), ("a.yaml", yaml(100_000))] {
        let folder = Folder::new().with(name, text);
        assert_first(
            &folder,
            &format!("error[too-many-tags]: a code has more than 50 tags\n --> campaigns/{name}:"),
        );
        let problems = folder.read().problems;
        assert_eq!(problems.iter().map(|p| p.help.as_deref()).collect::<Vec<_>>(), [Some(help)]);
    }
}

#[test]
fn a_table_has_at_most_so_many_rows_cells_and_further_columns() {
    let rows = |row: &str, count: usize| format!("scene,channel,expires\n1,A,30d\n{}", row.repeat(count));
    // What a spreadsheet writes where cells were only coloured.
    let blank = Folder::new().with("a.csv", rows(",,\n", 1_048_574));
    assert_text(&blank.read().problems.render(RenderOptions::default()), "");
    assert_first(
        &Folder::new().with("a.csv", rows("\n", 1_048_575)),
        "error[table-too-large]: the table has more than 1,048,576 rows\n       --> campaigns/a.csv:1048577:1\n",
    );
    assert_first(
        &Folder::new().with("a.csv", rows(&format!("1,A,30d{}\n", ",".repeat(16_000)), 250)),
        "error[table-too-large]: the table has more than 4,000,000 cells\n   --> campaigns/a.csv:252:",
    );
    let columns: String = (0..251).fold(String::new(), |text, n| text + &format!(",note {n}"));
    assert_first(
        &Folder::new().with("a.csv", format!("scene,channel,expires{columns}\n1,A,30d\n")),
        "error[too-many-columns]: the table has more than 250 further columns\n --> campaigns/a.csv:1:",
    );
    assert_first(
        &Folder::new().with("a.csv", format!("scene,channel,expires,note\n1,A,30d,{}\n", "x".repeat(32_768))),
        "error[text-too-long]: this cell has more than 32,767 characters\n --> campaigns/a.csv:2:9\n",
    );
}

#[test]
fn a_folder_holds_at_most_so_many_codes_bytes_files_and_includes() {
    let codes = |first: u32| {
        let (middle, last) = (first + 99_999, first + 199_999);
        let range = |first, last| format!("  - {{scenes: {first}..{last}, channel: 'S {{n}}'}}\n");
        format!("expires: 30d\ncodes:\n{}{}", range(first, middle), range(middle + 1, last))
    };
    let folder = Folder::new()
        .with("a.yaml", codes(1))
        .with("b.yaml", codes(200_001))
        .with("c.yaml", "expires: 30d\ncodes: [{scene: 900001, channel: C}]\n");
    assert_text(
        &folder.text(&folder.read(), RenderOptions::default()),
        "
error[folder-too-large]: with this file the folder has more than 400,000 codes
--> campaigns/c.yaml
 = help: keep other campaigns in a folder of their own, with a ledger of its own
",
    );
    let comments = format!("# {}\n", "x".repeat(9 << 20));
    assert_first(
        &Folder::new().with("a.yaml", &comments).with("b.yaml", &comments),
        "error[empty-file]: the file has no keys, only comments\n--> campaigns/a.yaml\n = help: a campaign file has `codes` \
         or `include`; if this one is not needed, delete it\n\nerror[folder-too-large]: with this file the YAML files have \
         more than 16 MiB\n--> campaigns/b.yaml\n",
    );
    let lines = "\n".repeat(4_000_001);
    assert_first(
        &Folder::new().with("a.yaml", lines),
        "error[file-too-large]: the file has more than 4,000,000 lines\n--> campaigns/a.yaml\n",
    );
    let includes = format!("expires: 30d\ninclude: [{}]\n", vec!["x.csv"; 5_001].join(", "));
    let folder = Folder::new().with("a.yaml", includes).with("x.csv", "scene,channel\n1,A\n");
    let text = folder.text(&folder.read(), RenderOptions::default());
    let expected = "error[folder-too-large]: the files of this folder include more than 5,000 files\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn files_that_many_campaigns_share_count_for_each() {
    let mut folder = Folder::new().with("accounts.yaml", {
        let mut accounts = String::new();
        for n in 0..3 {
            writeln!(accounts, "a{n}: {{appid: wx{n}, secret: '${{S}}'}}").expect("a string");
        }
        accounts
    });
    folder = folder.with(
        "parts/all.yaml",
        "codes:\n  - {scenes: 1..90000, channel: 'S {n}'}\n  - {scenes: 90001..180000, channel: 'S {n}'}\n",
    );
    for n in 0..3 {
        let campaign = format!("account: a{n}\nexpires: 30d\ninclude: [parts/all.yaml]\n");
        folder = folder.with(&format!("c{n}.yaml"), campaign);
    }
    assert_text(
        &folder.text(&folder.read(), RenderOptions::default()),
        "
error[folder-too-large]: with this campaign the folder has more than 400,000 codes
--> campaigns/c2.yaml
 = help: make several campaigns of it
",
    );
}

#[test]
fn warnings_take_no_room_from_errors() {
    let rows: String = (1..=25_000).fold(String::new(), |text, n| text + &format!("{n},A,3d\n"));
    let folder = Folder::new().with("a.csv", format!("scene,channel,expires\n{rows}30001,,3d\n"));
    let problems = folder.read().problems;
    assert!(problems.has_errors());
    assert_eq!(problems.in_words(), "1 problem, more than 20,000 warnings in 1 file");
}

#[test]
fn what_a_file_holds_is_never_printed_whole() {
    let digits = "9".repeat(1_000_000);
    let yaml = format!(
        "expires: {digits}\ncodes:\n  - {{scene: {digits}, channel: {digits}}}\n  - {{scene: 0{digits}, channel: A}}\n  - \
         {{scenes: 1..{digits}, channel: B, tags: [{digits}]}}\n  - {{scene: 2, channel: C, expires: {digits}}}\n"
    );
    let csv = format!("scene,channel,expires\n{digits},A,30d\n0{digits},B,{digits}\n{digits}%,C,30d\n");
    let chain = (0..300).fold(Folder::new(), |folder, n| {
        folder.with(&format!("c{n}.yaml"), format!("include: [c{}.yaml]\n", (n + 1) % 300))
    });
    for folder in [Folder::new().with("a.yaml", yaml), Folder::new().with("a.csv", csv), chain] {
        let text = folder.text(&folder.read(), RenderOptions { color: false, all: true });
        assert!(text.lines().all(|line| line.len() < 600), "{text}");
        assert!(text.contains("error["), "{text}");
    }
}
