//! Reading: paths, encodings, bombs, sizes.

use std::fmt::Write;

use scenepress::campaign::RenderOptions;

use crate::support::{Folder, assert_problems, assert_text, examples};

#[test]
fn the_shipped_examples_have_no_problems() {
    let reading = scenepress::campaign::read(&[examples().to_path_buf()]);
    assert_text(&reading.problems.render(RenderOptions::default()), "");
    let names: Vec<_> = reading.folder.campaigns.iter().map(|c| (c.name.as_str(), c.codes.len())).collect();
    assert_eq!(names, [("metro-screens", 20), ("shop-desk", 3), ("stores", 12)]);
    assert!(reading.folder.campaigns.iter().all(|campaign| campaign.example));
    assert!(reading.folder.whole && reading.folder.broken.is_empty());
    assert_eq!(reading.folder.selected.len(), 3);
}

#[test]
fn the_extra_columns_of_a_table_are_kept() {
    let reading = scenepress::campaign::read(&[examples().join("stores.yaml")]);
    let stores = reading.folder.campaigns.iter().find(|c| c.name.as_str() == "stores").expect("a campaign");
    let labels = stores.codes[0].labels();
    assert_eq!(labels.channel.as_str(), "北京西单店");
    assert_eq!(labels.joined_tags(), "华北;旗舰");
    assert_eq!(labels.extras.iter().collect::<Vec<_>>(), [("manager", "王磊"), ("尺寸", "A4")]);
}

#[test]
fn a_path_selects_its_campaign_and_the_folder_is_read_all_the_same() {
    let folder = Folder::new()
        .with("a.yaml", "expires: 30d\ncodes:\n  - {scene: 1, channel: A}\n")
        .with("b.yaml", "expires: 30d\ncodes:\n  - {scene: 0, channel: B}\n")
        .with("c.csv", "scene,channel,expires\n3,C,30d\n");
    let reading = folder.read_paths(&["a.yaml"]);
    let names: Vec<_> = reading.folder.campaigns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(reading.folder.selected.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a"]);
    assert!(!reading.folder.whole);
    assert_eq!(reading.folder.root, folder.path());
    let broken: Vec<_> = reading.folder.broken.iter().map(|b| (b.path.clone(), b.selected)).collect();
    assert_eq!(broken, [(folder.path().join("b.yaml"), false)]);
}

#[test]
fn paths_that_are_no_campaign_files_are_problems() {
    let folder = Folder::new()
        .with("a.yaml", "expires: 30d\ncodes:\n  - {scene: 1, channel: A}\n")
        .with("accounts.yaml", "default: {appid: wx1, secret: '${S}'}\n")
        .with("notes.txt", "x")
        .with("../other/b.yaml", "x");
    let reading =
        folder.read_paths(&["a.yaml", "missing.yaml", "notes.txt", "accounts.yaml", "../other/b.yaml"]);
    assert_text(
        &folder.text(&reading, RenderOptions::default()),
        "
error[several-folders]: all paths must lie in one folder, and this is in another
--> campaigns/../other/b.yaml
 = help: name files of one folder; another folder needs a ledger of its own: --ledger FILE

error[not-a-campaign]: this is the accounts file, not a campaign
--> campaigns/accounts.yaml
 = help: give a campaign file or the folder

error[missing-path]: there is no such file or folder
--> campaigns/missing.yaml
 = help: a path is a campaign file or a folder of them; `scenepress init` makes a folder

error[not-a-campaign]: this is no campaign file
--> campaigns/notes.txt
 = help: campaign files end in .yaml, .yml or .csv and do not begin with a dot
",
    );
}

#[test]
fn files_that_cannot_be_read_are_problems() {
    let folder = Folder::new()
        .with("bytes.csv", b"scene,channel,expires\n1,\xff\xff,30d\n")
        .with("latin.yaml", b"campaign: caf\xe9\n")
        .with("workbook.csv", b"PK\x03\x04\xff\xff")
        .with_large("large.yaml")
        .with_link("link.yaml", "nowhere.yaml");
    assert_text(
        &folder.text(&folder.read(), RenderOptions::default()),
        r#"
error[undecodable]: this is neither UTF-8 nor GB18030
 --> campaigns/bytes.csv:2:3
  |
2 | 1,��,30d
  |   ^
  |
  = help: save the file as "CSV UTF-8"

error[file-too-large]: the file is larger than 16 MiB
--> campaigns/large.yaml
 = help: keep the codes in a table, or write them as ranges

error[undecodable]: this is no UTF-8
 --> campaigns/latin.yaml:1:14
  |
1 | campaign: caf�
  |              ^
  |
  = help: save the file as UTF-8

error[unreadable]: the file cannot be read: No such file or directory (os error 2)
--> campaigns/link.yaml
 = help: see its permissions and, if it is a link, where it leads

error[undecodable]: this is a spreadsheet's own format, not text
--> campaigns/workbook.csv
 = help: save it as "CSV UTF-8"
"#,
    );
}

#[test]
fn a_table_in_gb18030_is_read_and_said_so() {
    let folder = Folder::new().with("stores.csv", b"scene,channel,expires\r\n1,\xb1\xb1\xbe\xa9,30d\r\n");
    let reading = folder.read();
    assert_text(
        &folder.text(&reading, RenderOptions::default()),
        r#"
warning[gb18030]: this is no UTF-8 and was read as GB18030
--> campaigns/stores.csv
 = help: look at the channels in the plan; save as "CSV UTF-8" to be sure
"#,
    );
    assert_eq!(reading.folder.campaigns[0].codes[0].labels().channel.as_str(), "北京");
}

#[test]
fn byte_order_marks_and_utf16_are_read() {
    let utf16: Vec<u8> =
        "\u{feff}scene,channel,expires\n2,上海,30d\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let folder = Folder::new()
        .with("a.yaml", "\u{feff}expires: 30d\ncodes:\n  - {scene: 1, channel: A}\n")
        .with("b.csv", utf16)
        .with("c.csv", "\u{feff}scene,channel,expires\n3,C,30d\n");
    let reading = folder.read();
    assert_text(&folder.text(&reading, RenderOptions::default()), "");
    assert_eq!(reading.folder.campaigns.len(), 3);
}

#[test]
fn bombs_end_in_plain_problems() {
    let row = |name: &str, of: &str| format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 9].join(", "));
    let mut aliases = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for pair in ["a", "b", "c", "d", "e", "f", "g", "h"].windows(2) {
        aliases.push_str(&row(pair[1], pair[0]));
    }
    let folder = Folder::new()
        .with("aliases.yaml", aliases)
        .with("endless.yaml", "codes: &a [*a]\n")
        .with("lists.yaml", "- ".repeat(1_000))
        .with("braces.yaml", format!("{}1{}", "{a: ".repeat(20), "}".repeat(20)));
    assert_text(
        &folder.text(&folder.read(), RenderOptions::default()),
        "
error[yaml-too-much]: the YAML unfolds to more than a campaign file may hold
 --> campaigns/aliases.yaml:6:8
  |
6 | f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]
  |        ^^
  |
  = help: write the codes out, or use a range or a table; aliases that hold aliases multiply

error[yaml-too-deep]: the YAML is nested more than 16 levels deep
 --> campaigns/braces.yaml:1:65
  |
1 | {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}}}}}}}}}}}}
  |                                                                 ^
  |
  = help: a campaign file needs four levels

error[yaml-too-much]: the YAML unfolds to more than a campaign file may hold
 --> campaigns/endless.yaml:1:12
  |
1 | codes: &a [*a]
  |            ^^
  |
  = help: write the codes out, or use a range or a table; aliases that hold aliases multiply

error[yaml-too-deep]: the YAML is nested more than 16 levels deep
 --> campaigns/lists.yaml:1:33
  |
1 | …- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - …
  |                                  ^
  |
  = help: a campaign file needs four levels
",
    );
}

#[test]
fn a_file_has_at_most_as_many_codes_as_a_bundle() {
    let mut ranges = String::from("expires: 30d\ncodes:\n");
    for n in 0..3 {
        writeln!(ranges, "  - {{scenes: {}..{}, channel: 'S {{n}}'}}", n * 100_000 + 1, (n + 1) * 100_000)
            .expect("a string");
    }
    let folder = Folder::new().with("metro.yaml", ranges);
    assert_text(
        &folder.text(&folder.read(), RenderOptions::default()),
        "
error[too-many-codes]: the file has more than 200,000 codes
 --> campaigns/metro.yaml:5:14
  |
5 |   - {scenes: 200001..300000, channel: 'S {n}'}
  |              ^^^^^^^^^^^^^^
  |
  = help: make several campaigns of it
",
    );
}

#[test]
fn more_than_20_of_a_kind_are_counted() {
    let mut codes = String::from("expires: 30d\ncodes:\n");
    for n in 1..=20_000 {
        writeln!(codes, "  - {{scene: {n}, chanel: A, channel: B}}").expect("a string");
    }
    let folder = Folder::new().with("metro.yaml", codes);
    let reading = folder.read();
    let text = folder.text(&reading, RenderOptions::default());
    assert!(text.ends_with("error[unknown-key]: … 19,980 more; --all shows them\n\n"), "{text}");
    assert_eq!(text.matches("a code has no key `chanel`").count(), 20);
    let all = folder.text(&reading, RenderOptions { color: false, all: true });
    assert_eq!(all.matches("a code has no key `chanel`").count(), 20_000);
    assert_eq!((reading.problems.errors(), reading.problems.warnings()), (20_000, 0));
}

#[test]
fn colours_are_there_when_wanted() {
    let folder = Folder::new().with("a.yaml", "");
    let text = folder.text(&folder.read(), RenderOptions { color: true, all: false });
    assert!(text.contains("\u{1b}["), "{text:?}");
}

#[test]
fn a_table_and_a_yaml_of_100000_codes_are_read() {
    let (mut table, mut yaml) =
        (String::from("scene,channel,expires\n"), String::from("expires: 30d\ncodes:\n"));
    for n in 1..=100_000 {
        writeln!(table, "{n},门店 {n},30d").expect("a string");
        writeln!(yaml, "- {{scene: {}, channel: S}}", n + 100_000).expect("a string");
    }
    let folder = Folder::new().with("a.csv", table).with("b.yaml", yaml);
    let reading = folder.read();
    assert_text(&folder.text(&reading, RenderOptions::default()), "");
    assert_eq!(
        reading.folder.campaigns.iter().map(|c| c.codes.len()).collect::<Vec<_>>(),
        [100_000, 100_000]
    );
}

#[test]
fn of_very_long_lines_an_excerpt_is_shown() {
    assert_problems(
        &[
            ("brackets.yaml", &"[".repeat(100_000)),
            ("bomb.yaml", &format!("{}{}", "[x, ".repeat(50), "y, ".repeat(5_000))),
        ],
        "
error[yaml-too-deep]: the YAML is nested more than 16 levels deep
 --> campaigns/bomb.yaml:1:65
  |
1 | …[x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, [x, …
  |                                                              ^
  |
  = help: a campaign file needs four levels

error[yaml-too-deep]: the YAML is nested more than 16 levels deep
 --> campaigns/brackets.yaml:1:256
  |
1 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…
  |                                                              ^
  |
  = help: a campaign file needs four levels
",
    );
}

#[test]
fn a_table_has_as_many_columns_as_a_spreadsheet_and_no_more() {
    let wide = |more: &str| format!("scene,channel,expires{more}\n1,A,30d{more}\n");
    let folder = Folder::new().with("stores.csv", wide(&",".repeat(16_384 - 3)));
    assert_text(&folder.text(&folder.read(), RenderOptions::default()), "");
    let folder = Folder::new().with("stores.csv", wide(&",".repeat(16_384 - 2)));
    assert_text(
        &folder.text(&folder.read(), RenderOptions::default()),
        &format!(
            "
error[too-many-columns]: a row has more than 16,384 cells
 --> campaigns/stores.csv:1:16404
  |
1 | …{}…
  |  {}^
  |
  = help: delete the columns that mean nothing
",
            ",".repeat(60),
            " ".repeat(60)
        ),
    );
}

#[test]
fn a_hostile_file_has_its_first_problems_told_and_no_more_than_20_000_kept() {
    let folder = Folder::new().with("stores.csv", format!("scene,channel,expires\n{}", "x\n".repeat(25_000)));
    let problems = folder.read().problems;
    assert_eq!(problems.errors(), 20_000);
    assert_eq!(problems.in_words(), "more than 20,000 problems in 1 file");
}
