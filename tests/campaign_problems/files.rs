//! Files as a whole.

use scenepress::campaign::RenderOptions;

use crate::support::{Folder, assert_problems, assert_text};

#[test]
fn empty_files_are_problems() {
    assert_problems(
        &[("a.yaml", ""), ("b.yaml", "# nothing yet\n"), ("c.csv", "\n\n")],
        "
error[empty-file]: the file is empty
--> campaigns/a.yaml
 = help: a campaign file has `codes` or `include`; if this one is not needed, delete it

error[empty-file]: the file has no keys, only comments
--> campaigns/b.yaml
 = help: a campaign file has `codes` or `include`; if this one is not needed, delete it

error[empty-file]: the file is empty
--> campaigns/c.csv
 = help: the first row names the columns, each further row is a code; or delete the file
",
    );
}

#[test]
fn a_campaign_needs_codes() {
    assert_problems(
        &[
            ("a.yaml", "expires: 30d\n"),
            (
                "b.yaml",
                "expires: 30d
codes:
",
            ),
            (
                "c.yaml",
                "expires: 30d
codes: []
",
            ),
        ],
        "
error[no-codes]: the campaign has no codes
--> campaigns/a.yaml
 = help: `codes:` lists them, `include:` names files that hold them

error[no-codes]: the campaign has no codes
--> campaigns/b.yaml
 = help: `codes:` lists them, `include:` names files that hold them

error[no-codes]: the campaign has no codes
--> campaigns/c.yaml
 = help: `codes:` lists them, `include:` names files that hold them
",
    );
}

#[test]
fn yaml_that_is_none_is_shown_where_it_breaks() {
    assert_problems(
        &[
            (
                "a.yaml",
                "codes: [1, 2
expires: 30d
",
            ),
            ("b.yaml", "codes:\n\t- {scene: 1}\n"),
            ("c.yaml", "campaign: \"metro\n"),
            (
                "d.yaml",
                "a: 1
---
b: 2
",
            ),
            ("e.yaml", "codes: *none\n"),
            ("f.yaml", "campaign: !name metro\n"),
            ("g.yaml", "campaign: a: b\n"),
        ],
        "
error[yaml-syntax]: this is no YAML: illegal placement of ':' indicator
 --> campaigns/a.yaml:2:8
  |
2 | expires: 30d
  |        ^
  |
  = help: look here and on the line before for a tab, a quote or bracket that is not closed, a text with `: ` or ` #` that needs quotes, or a full-width `：`

error[yaml-syntax]: this is no YAML: tabs disallowed within this context (block indentation)
 --> campaigns/b.yaml:2:2
  |
2 |     - {scene: 1}
  |     ^
  |
  = help: YAML is indented with spaces

error[yaml-syntax]: this is no YAML: invalid indentation in multiline quoted scalar
 --> campaigns/c.yaml:2:1
  |
2 |
  | ^
  |
  = help: look here and on the line before for a tab, a quote or bracket that is not closed, a text with `: ` or ` #` that needs quotes, or a full-width `：`

error[yaml-syntax]: a second YAML document begins here
 --> campaigns/d.yaml:3:1
  |
3 | b: 2
  | ^
  |
  = help: one file holds one document: make a file of each

error[yaml-syntax]: this is no YAML: alias references unknown anchor
 --> campaigns/e.yaml:1:8
  |
1 | codes: *none
  |        ^
  |
  = help: look here and on the line before for a tab, a quote or bracket that is not closed, a text with `: ` or ` #` that needs quotes, or a full-width `：`

error[yaml-syntax]: this is no YAML: unsupported tag `!name`
 --> campaigns/f.yaml:1:17
  |
1 | campaign: !name metro
  |                 ^^^^^
  |
  = help: look here and on the line before for a tab, a quote or bracket that is not closed, a text with `: ` or ` #` that needs quotes, or a full-width `：`

error[yaml-syntax]: this is no YAML: mapping values are not allowed in this context
 --> campaigns/g.yaml:1:12
  |
1 | campaign: a: b
  |            ^
  |
  = help: look here and on the line before for a tab, a quote or bracket that is not closed, a text with `: ` or ` #` that needs quotes, or a full-width `：`
",
    );
}

#[test]
fn names_of_campaigns_are_folders_names() {
    assert_problems(
        &[
            (
                "a.yaml",
                "campaign: a/b
expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
            (
                "b.yaml",
                "campaign: Emulator
expires: 30d
codes:
  - {scene: 2, channel: B}
",
            ),
            (
                "com1.csv",
                "scene,channel,expires
3,C,30d
",
            ),
        ],
        "
error[campaign-name]: the campaign's name `a/b` holds '/', which a folder's name must not hold
 --> campaigns/a.yaml:1:11
  |
1 | campaign: a/b
  |           ^^^
  |
  = help: it names a folder and a bundle; `campaign:` states it, otherwise it is the file's

error[campaign-name]: the campaign's name `Emulator` is a name the output folder uses itself
 --> campaigns/b.yaml:1:11
  |
1 | campaign: Emulator
  |           ^^^^^^^^
  |
  = help: it names a folder and a bundle; `campaign:` states it, otherwise it is the file's

error[campaign-name]: the campaign's name `com1` is a device's name on Windows
--> campaigns/com1.csv
 = help: it names a folder and a bundle; `campaign:` states it, otherwise it is the file's
",
    );
}

#[test]
fn two_campaigns_are_not_named_alike() {
    assert_problems(
        &[
            (
                "a.yaml",
                "campaign: Metro
expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 2, channel: B}
",
            ),
        ],
        "
error[campaign-name-taken]: another campaign is named `metro` too
 --> campaigns/metro.yaml
  |
 ::: campaigns/a.yaml:1:11
  |
1 | campaign: Metro
  |           ----- the other is here
  |
  = help: names must differ in more than upper and lower case: each is a folder's name
",
    );
}

#[test]
fn no_campaigns_name_looks_like_another_one() {
    // With a Cyrillic о, and wholly in Cyrillic.
    let mixed = "campaign: metr\u{43e}\nexpires: 30d\ncodes:\n  - {scene: 1, channel: A}\n";
    let cyrillic =
        "campaign: \u{441}\u{43e}\u{441}\u{43e}\nexpires: 30d\ncodes:\n  - {scene: 2, channel: B}\n";
    assert_problems(
        &[
            ("a.yaml", mixed),
            ("b.yaml", cyrillic),
            ("coco.yaml", "expires: 30d\ncodes:\n  - {scene: 3, channel: C}\n"),
            ("地铁A座.yaml", "expires: 30d\ncodes:\n  - {scene: 4, channel: D}\n"),
        ],
        "
error[campaign-name]: the campaign's name `metr\u{43e}` holds '\u{43e}' (U+043E), which looks like 'o'
 --> campaigns/a.yaml:1:11
  |
1 | campaign: metr\u{43e}
  |           ^^^^^
  |
  = help: write the name anew, with the letters of one alphabet

error[campaign-name-taken]: another campaign's name looks like `coco`
 --> campaigns/coco.yaml
  |
 ::: campaigns/b.yaml:1:11
  |
1 | campaign: \u{441}\u{43e}\u{441}\u{43e}
  |           ---- the other is here
  |
  = help: people cannot tell them apart: give one of them another name
",
    );
}

#[test]
fn what_a_damaged_file_includes_is_no_campaign_of_its_own() {
    let table = "scene,channel,expires\n1,A,30d\n";
    for damaged in [
        "include: [stores.csv]\nexpires: \"30d\n",
        "expires: 30d\ninclude: stores.csv\n",
        "include:\n\t- ./stores.csv\n",
    ] {
        let folder =
            Folder::new().with("all.yaml", damaged).with("stores.csv", table).with("shop.csv", table);
        let reading = folder.read();
        let names = reading.folder.campaigns.iter().map(|campaign| campaign.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["shop"], "{damaged}");
    }
}

#[test]
fn copies_are_not_read() {
    assert_problems(
        &[
            (
                "metro copy.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
            (
                "metro.yaml~",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
            ("stores (1).csv", "x"),
            ("stores - Copy.csv", "x"),
            ("stores - 副本.csv", "x"),
            (
                "stores.csv",
                "scene,channel,expires
5,E,30d
",
            ),
            (".hidden.yaml", "x"),
        ],
        "
error[copy-of-file]: this looks like a copy of `metro.yaml`
--> campaigns/metro copy.yaml
 = help: delete it, or rename it if it is a campaign of its own

error[copy-of-file]: this looks like a copy of `stores.csv`
--> campaigns/stores (1).csv
 = help: delete it, or rename it if it is a campaign of its own

error[copy-of-file]: this looks like a copy of `stores.csv`
--> campaigns/stores - Copy.csv
 = help: delete it, or rename it if it is a campaign of its own

error[copy-of-file]: this looks like a copy of `stores.csv`
--> campaigns/stores - 副本.csv
 = help: delete it, or rename it if it is a campaign of its own
",
    );
}

#[test]
fn a_folder_without_campaigns_is_a_problem() {
    assert_problems(
        &[("readme.txt", "x")],
        "
error[no-campaigns]: there are no campaign files in this folder
--> campaigns
 = help: campaign files end in .yaml, .yml or .csv; the folders in it are not searched
",
    );
}

#[test]
fn the_accounts_file_has_one_name() {
    assert_problems(
        &[
            ("Accounts.yml", "default: {}\n"),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[accounts-name]: this looks like the accounts file, which is named `accounts.yaml`
--> campaigns/Accounts.yml
 = help: rename it to accounts.yaml
",
    );
}

#[test]
fn a_file_that_is_named_almost_like_the_accounts_file_is_not_read() {
    const SECRET: &str = "deadbeef0123456789abcdef01234567";
    let bodies =
        ["secret：S", "secret S", "S", "rate: 10/s extra: S", "secret: !S x", "\"S\\q\": 1", "[S", "S: S"];
    for name in
        ["account.yaml", "Account.yml", "accounts (1).yaml", "accounts copy.yaml", "accounts 副本.yaml"]
    {
        for body in bodies.map(|body| format!("default:\n  {}\n", body.replace('S', SECRET))) {
            let folder = Folder::new().with(name, &body);
            let found = folder.text(&folder.read(), RenderOptions::default());
            assert!(
                found.contains("error[accounts-name]") && !found.contains(SECRET),
                "{name}: {body}{found}"
            );
        }
    }
    let campaign = "expires: 30d\ncodes:\n  - {scene: 1, channel: A}\n";
    assert_problems(&[("accounts-payable.yaml", campaign)], "");
}

#[test]
fn full_width_colons_are_told() {
    assert_problems(
        &[
            ("a.yaml", "# 门店\nexpires：30d\ncodes：\n"),
            ("b.yaml", "expires: 30d\ncodes：\n  - {scene: 1, channel: A}\n"),
        ],
        "
error[wrong-type]: a campaign file must be a mapping of keys to values, and this colon makes it a text
 --> campaigns/a.yaml:2:8
  |
2 | expires：30d
  |        ^^
  |
  = help: `：` is the full-width colon: write `:` and a space

error[yaml-syntax]: this is no YAML: simple key expected ':'
 --> campaigns/b.yaml:2:1
  |
2 | codes：
  | ^
  |
  = help: look here and on the line before for a tab, a quote or bracket that is not closed, a text with `: ` or ` #` that needs quotes, or a full-width `：`
",
    );
}

#[test]
fn a_folder_in_the_place_of_a_file_is_a_problem() {
    let campaign = "scene,channel,expires\n1,A,30d\n";
    let folder = Folder::new()
        .with("accounts.yaml/x", "")
        .with("hooks.yaml/x", "")
        .with("stores.csv/x", "")
        .with("parts/metro.csv", campaign)
        .with("metro.csv", campaign);
    let reading = folder.read();
    let of = |name: &str| {
        format!(
            "error[unreadable]: the file cannot be read: it is a folder\n--> campaigns/{name}\n = help: rename the folder: \
             its name is that of a file which is read\n\n"
        )
    };
    let all = ["accounts.yaml", "hooks.yaml", "stores.csv"].map(of).concat();
    assert_text(&folder.text(&reading, RenderOptions::default()), &all);
    assert_eq!(reading.folder.hooks, None);
    assert_eq!(reading.folder.campaigns.len(), 0, "nobody knows the account of metro");
}

#[test]
fn a_files_name_is_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new().with("metro.csv", "scene,channel,expires\n1,A,30d\n");
    let name = std::ffi::OsStr::from_bytes(b"st\xffres.csv");
    std::fs::copy(folder.path().join("metro.csv"), folder.path().join(name)).expect("a file");
    assert_text(
        &folder.text(&folder.read(), RenderOptions::default()),
        "
error[file-name]: the file's name is no UTF-8
--> campaigns/st\u{fffd}res.csv
 = help: rename it, in UTF-8: each campaign is a folder and a bundle of this name
",
    );
}
