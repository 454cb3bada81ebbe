//! Includes.

use scenepress::campaign::RenderOptions;

use crate::support::{Folder, assert_problems, assert_text};

#[test]
fn a_missing_include_is_a_problem() {
    assert_problems(
        &[
            (
                "metro.yaml",
                "expires: 30d
include: [stors.csv]
",
            ),
            (
                "stores.csv",
                "scene,channel,expires
9,I,30d
",
            ),
        ],
        "
error[missing-include]: there is no file `stors.csv`
 --> campaigns/metro.yaml:2:11
  |
2 | include: [stors.csv]
  |           ^^^^^^^^^
  |
  = help: did you mean `stores.csv`?
",
    );
}

#[test]
fn includes_do_not_leave_the_folder() {
    assert_problems(
        &[
            (
                "metro.yaml",
                "expires: 30d
include: [../x.csv, /etc/x.csv, lists/../../x.csv]
",
            ),
            (
                "../x.csv",
                "scene,channel
9,I
",
            ),
        ],
        "
error[include-outside]: `../x.csv` leads out of the campaigns folder
 --> campaigns/metro.yaml:2:11
  |
2 | include: [../x.csv, /etc/x.csv, lists/../../x.csv]
  |           ^^^^^^^^
  |
  = help: included files lie beside the campaign or in a folder below it

error[include-outside]: `/etc/x.csv` leads out of the campaigns folder
 --> campaigns/metro.yaml:2:21
  |
2 | include: [../x.csv, /etc/x.csv, lists/../../x.csv]
  |                     ^^^^^^^^^^
  |
  = help: included files lie beside the campaign or in a folder below it

error[include-outside]: `lists/../../x.csv` leads out of the campaigns folder
 --> campaigns/metro.yaml:2:33
  |
2 | include: [../x.csv, /etc/x.csv, lists/../../x.csv]
  |                                 ^^^^^^^^^^^^^^^^^
  |
  = help: included files lie beside the campaign or in a folder below it
",
    );
}

#[test]
fn a_file_does_not_include_itself() {
    assert_problems(
        &[
            (
                "a.yaml",
                "expires: 30d
include: [a.yaml]
",
            ),
            (
                "b.yaml",
                "expires: 30d
include: [c.yaml]
",
            ),
            ("c.yaml", "include: [d.yaml]\n"),
            ("d.yaml", "include: [c.yaml]\n"),
        ],
        "
error[include-loop]: `a.yaml` includes itself
 --> campaigns/a.yaml:2:11
  |
2 | include: [a.yaml]
  |           ^^^^^^
  |
  = help: take this entry out: each file is included once, by one campaign

error[include-loop]: `c.yaml` includes itself by way of `d.yaml`
 --> campaigns/d.yaml:1:11
  |
1 | include: [c.yaml]
  |           ^^^^^^
  |
  = help: take this entry out: each file is included once, by one campaign
",
    );
}

#[test]
fn a_campaign_is_not_included() {
    assert_problems(
        &[
            (
                "a.yaml",
                "expires: 30d
include: [b.yaml]
",
            ),
            (
                "b.yaml",
                "example: true
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[included-campaign]: `b.yaml` is a campaign, which cannot be included
 --> campaigns/a.yaml:2:11
  |
2 | include: [b.yaml]
  |           ^^^^^^
  |
 ::: campaigns/b.yaml:1:1
  |
1 | example: true
  | ------- only a campaign has this key
  |
  = help: an included file holds `codes` and `include` only: take out `example` and the like
",
    );
}

#[test]
fn only_tables_and_codes_are_included() {
    assert_problems(
        &[
            (
                "a.yaml",
                "expires: 30d
include: [notes.txt, lists, accounts.yaml]
",
            ),
            ("notes.txt", "x"),
            ("lists/x.csv", "x"),
            ("accounts.yaml", "default: {appid: wx1, secret: '${S}'}\n"),
        ],
        "
error[bad-include]: `notes.txt` cannot be included
 --> campaigns/a.yaml:2:11
  |
2 | include: [notes.txt, lists, accounts.yaml]
  |           ^^^^^^^^^
  |
  = help: an included file is a table (.csv) or a YAML file with `codes`

error[bad-include]: `lists` cannot be included
 --> campaigns/a.yaml:2:22
  |
2 | include: [notes.txt, lists, accounts.yaml]
  |                      ^^^^^
  |
  = help: an included file is a table (.csv) or a YAML file with `codes`

error[bad-include]: `accounts.yaml` cannot be included
 --> campaigns/a.yaml:2:29
  |
2 | include: [notes.txt, lists, accounts.yaml]
  |                             ^^^^^^^^^^^^^
  |
  = help: an included file is a table (.csv) or a YAML file with `codes`
",
    );
}

#[test]
fn a_file_is_included_once() {
    assert_problems(
        &[
            (
                "a.yaml",
                "expires: 30d
include: [s.csv, s.csv]
",
            ),
            (
                "s.csv",
                "scene,channel
9,I
",
            ),
        ],
        "
error[included-twice]: `s.csv` is included twice
 --> campaigns/a.yaml:2:18
  |
2 | include: [s.csv, s.csv]
  |                  ^^^^^
  |
 ::: campaigns/a.yaml:2:11
  |
2 | include: [s.csv, s.csv]
  |           ----- the first is here
  |
  = help: take one of the two out: a scene belongs to one code
",
    );
}

#[test]
fn a_file_is_included_by_one_campaign_of_an_account() {
    assert_problems(
        &[
            (
                "a.yaml",
                "expires: 30d
include: [s.csv]
",
            ),
            (
                "b.yaml",
                "expires: 30d
include: [s.csv]
",
            ),
            (
                "s.csv",
                "scene,channel
9,I
",
            ),
        ],
        "
error[included-twice]: `s.csv` is included by two campaigns of one account
 --> campaigns/b.yaml:2:11
  |
2 | include: [s.csv]
  |           ^^^^^
  |
 ::: campaigns/a.yaml:2:11
  |
2 | include: [s.csv]
  |           ----- the other is here
  |
  = help: a scene belongs to one campaign of an account
",
    );
}

#[test]
fn problems_of_included_files_are_shown_in_them() {
    assert_problems(
        &[("a.yaml", "expires: 30d
include: [lists/s.csv, more.yaml]
"), ("lists/s.csv", "scene,channel,expires
0,I,
"), ("more.yaml", "codes:
  - {scene: 1, channel: A, expires: never}
")],
        "
error[scene-zero]: scene 0 is not allowed
 --> campaigns/lists/s.csv:2:1
  |
2 | 0,I,
  | ^ cell A2
  |
  = help: ids begin at 1; the platform reports 0 for codes that were malformed

error[permanent-budget]: the campaign wants 1 permanent code, but its `permanent_budget` is 0
 --> campaigns/more.yaml:2:13
  |
2 |   - {scene: 1, channel: A, expires: never}
  |             ^
  |
  = help: permanent codes can never be deleted and an account has 100,000 for its life; if this is meant, write permanent_budget: 1
",
    );
}

#[test]
fn an_included_file_given_as_a_path_is_a_problem() {
    let folder = Folder::new()
        .with("metro.yaml", "expires: 30d\ninclude: [stores.csv]\n")
        .with("stores.csv", "scene,channel\n1,A\n");
    let reading = folder.read_paths(&["stores.csv"]);
    assert_text(
        &folder.text(&reading, RenderOptions::default()),
        "
error[included-path]: this file is included by campaigns/metro.yaml, so it is no campaign of its own
--> campaigns/stores.csv
 = help: give campaigns/metro.yaml instead
",
    );
    assert!(reading.folder.selected.is_empty());
}

#[test]
fn a_link_that_leads_out_of_the_folder_is_not_included() {
    let folder = Folder::new()
        .with("../secret.csv", "scene,channel\n1,A\n")
        .with_link("inside.csv", "../secret.csv")
        .with("metro.yaml", "expires: 30d\ninclude: [inside.csv]\n");
    let text = folder.text(&folder.read_paths(&["metro.yaml"]), RenderOptions::default());
    assert!(
        text.contains("error[include-outside]: `inside.csv` leads out of the campaigns folder"),
        "{text}"
    );
}

#[test]
fn an_included_file_serves_campaigns_of_two_accounts() {
    let folder = Folder::new()
        .with("accounts.yaml", "a: {appid: wx1, secret: '${S}'}\nb: {appid: wx2, secret: '${T}'}\n")
        .with("one.yaml", "account: a\nexpires: 30d\ninclude: [s.csv]\n")
        .with("two.yaml", "account: b\nexpires: 20d\ninclude: [./s.csv]\n")
        .with("s.csv", "scene,channel\n1,A\n");
    let reading = folder.read();
    assert_text(&folder.text(&reading, RenderOptions::default()), "");
    let seconds: Vec<_> = reading.folder.campaigns.iter().map(|c| c.codes[0].lifetime().seconds()).collect();
    assert_eq!(seconds, [2_592_000, 1_728_000]);
}
