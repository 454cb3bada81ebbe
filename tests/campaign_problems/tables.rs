//! Tables.

use crate::support::{Folder, assert_problems};

#[test]
fn a_misspelt_column_is_a_problem() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,chanel,Expires,scene type,tag
1,A,30d,id,x
",
        )],
        "
error[misspelt-column]: the column `chanel` looks like a misspelt `channel`
 --> campaigns/stores.csv:1:7
  |
1 | scene,chanel,Expires,scene type,tag
  |       ^^^^^^ cell B1
  |
  = help: did you mean `channel`? If not, give it a name that is less like it

error[misspelt-column]: the column `Expires` looks like a misspelt `expires`
 --> campaigns/stores.csv:1:14
  |
1 | scene,chanel,Expires,scene type,tag
  |              ^^^^^^^ cell C1
  |
  = help: did you mean `expires`? If not, give it a name that is less like it

error[misspelt-column]: the column `scene type` looks like a misspelt `scene_type`
 --> campaigns/stores.csv:1:22
  |
1 | scene,chanel,Expires,scene type,tag
  |                      ^^^^^^^^^^ cell D1
  |
  = help: did you mean `scene_type`? If not, give it a name that is less like it

error[misspelt-column]: the column `tag` looks like a misspelt `tags`
 --> campaigns/stores.csv:1:33
  |
1 | scene,chanel,Expires,scene type,tag
  |                                 ^^^ cell E1
  |
  = help: did you mean `tags`? If not, give it a name that is less like it
",
    );
}

#[test]
fn a_column_that_the_manifest_writes_itself_is_a_problem() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,expires,image,Expires_At
1,A,30d,x,y
",
        )],
        "
error[reserved-column]: the manifest has a column `image` of its own
 --> campaigns/stores.csv:1:23
  |
1 | scene,channel,expires,image,Expires_At
  |                       ^^^^^ cell D1
  |
  = help: give this column another name

error[reserved-column]: the manifest has a column `expires_at` of its own
 --> campaigns/stores.csv:1:29
  |
1 | scene,channel,expires,image,Expires_At
  |                             ^^^^^^^^^^ cell E1
  |
  = help: give this column another name
",
    );
}

#[test]
fn the_columns_scene_and_channel_must_be_there() {
    assert_problems(
        &[(
            "stores.csv",
            "name,manager
A,王磊
",
        )],
        "
error[missing-column]: the table has no column `channel`
 --> campaigns/stores.csv:1:1
  |
1 | name,manager
  | ^^^^^^^^^^^^
  |
  = help: the first row names the columns: scene, channel, expires, tags, medium, reuse, scene_type

error[missing-column]: the table has no column `scene`
 --> campaigns/stores.csv:1:1
  |
1 | name,manager
  | ^^^^^^^^^^^^
  |
  = help: the first row names the columns: scene, channel, expires, tags, medium, reuse, scene_type
",
    );
}

#[test]
fn semicolons_are_seen() {
    assert_problems(
        &[(
            "stores.csv",
            "scene;channel;expires
1;A;30d
",
        )],
        "
error[missing-column]: the table has no column `channel`
 --> campaigns/stores.csv:1:1
  |
1 | scene;channel;expires
  | ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: cells are separated by commas, not by semicolons or tabs

error[missing-column]: the table has no column `scene`
 --> campaigns/stores.csv:1:1
  |
1 | scene;channel;expires
  | ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: cells are separated by commas, not by semicolons or tabs
",
    );
}

#[test]
fn a_column_stands_once() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,expires,size,size
1,A,30d,x,y
",
        )],
        "
error[duplicate-column]: the column `size` is here twice
 --> campaigns/stores.csv:1:28
  |
1 | scene,channel,expires,size,size
  |                            ^^^^ cell E1
  |
 ::: campaigns/stores.csv:1:23
  |
1 | scene,channel,expires,size,size
  |                       ---- the first is here
  |
  = help: give one of the two another name, or delete it
",
    );
}

#[test]
fn cells_need_a_column_with_a_name() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,expires,,size
1,A,30d,,x
2,B,30d,oops,x
3,C,30d,,x,extra
",
        )],
        "
error[unnamed-column]: this cell stands in a column without a name
 --> campaigns/stores.csv:3:9
  |
3 | 2,B,30d,oops,x
  |         ^^^^ cell D3
  |
  = help: name the column in the first row, or clear the cell

error[unnamed-column]: this cell stands in a column without a name
 --> campaigns/stores.csv:4:12
  |
4 | 3,C,30d,,x,extra
  |            ^^^^^ cell F4
  |
  = help: name the column in the first row, or clear the cell
",
    );
}

#[test]
fn lines_and_rows_stay_right_behind_quoted_line_breaks_and_blank_rows() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,note,expires\r\n1,A,\"two\r\nlines\",30d\r\n\r\n,,,\r\n0,\"门店 \"\"甲\"\"\",x,30d\r\n2,B,\"a\r\nb\",30\r\n",
        )],
        r#"
error[scene-zero]: scene 0 is not allowed
 --> campaigns/stores.csv:6:1
  |
6 | 0,"门店 ""甲""",x,30d
  | ^ cell A5
  |
  = help: ids begin at 1; the platform reports 0 for codes that were malformed

error[missing-unit]: 30 of what?
 --> campaigns/stores.csv:8:4
  |
8 | b",30
  |    ^^ cell D6
  |
  = help: 30d or 30s?
"#,
    );
}

#[test]
fn an_unclosed_quote_is_found_where_it_begins() {
    assert_problems(
        &[(
            "stores.csv",
            r#"scene,channel,expires
1,"A,30d
2,B,30d
"#,
        )],
        r#"
error[unclosed-quote]: this quote is never closed
 --> campaigns/stores.csv:2:3
  |
2 | 1,"A,30d
  |   ^
  |
  = help: a quote within a quoted cell is written twice: ""
"#,
    );
}

#[test]
fn a_table_with_a_header_only_has_no_codes() {
    assert_problems(
        &[("stores.csv", "scene,channel,expires\n\n")],
        "
error[no-codes]: the campaign has no codes
--> campaigns/stores.csv
 = help: each row below the first is a code
",
    );
}

#[test]
fn the_same_scene_in_a_table_and_a_campaign_points_at_both() {
    assert_problems(
        &[
            (
                "stores.csv",
                "scene,channel,expires
5,E,30d
",
            ),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 5, channel: A}
",
            ),
        ],
        "
error[duplicate-scene]: the scene 5 is wanted twice
 --> campaigns/stores.csv:2:1
  |
2 | 5,E,30d
  | ^ cell A2
  |
 ::: campaigns/metro.yaml:3:13
  |
3 |   - {scene: 5, channel: A}
  |             - the first is here
  |
  = help: a scene belongs to one code of an account: the two would share their scans
",
    );
}

#[test]
fn a_table_without_a_column_for_lifetimes_is_one_problem() {
    let mut table = "scene,channel\n".to_owned();
    for number in 1..=50_000 {
        table += &format!("{number},Store {number}\n");
    }
    let files = [
        ("alone.csv", table.as_str()),
        ("metro.yaml", "include: [stores.csv]\ncodes: [{scene: door, channel: D, expires: 30d}]\n"),
        ("stores.csv", "scene,channel,tags\nvip,V,a\n"),
    ];
    let text = "
error[missing-lifetime]: the table has no column `expires`: 50,000 codes have no lifetime
 --> campaigns/alone.csv:1:1
  |
1 | scene,channel
  | ^^^^^^^^^^^^^
  |
  = help: add it, or `expires` to the campaign: 30d, or `never` for a permanent code

error[missing-lifetime]: the table has no column `expires`: 1 code has no lifetime
 --> campaigns/stores.csv:1:1
  |
1 | scene,channel,tags
  | ^^^^^^^^^^^^^^^^^^
  |
  = help: add it, or `expires` to the campaign: 30d, or `never` for a permanent code
";
    assert_problems(&files, text);
    let reading = Folder::new().with("metro.yaml", "expires: 7d\ninclude: [stores.csv]\n");
    let reading = reading.with("stores.csv", "scene,channel\nvip,V\n").read();
    assert_eq!(reading.problems.iter().count(), 0, "the campaign says it");
}

#[test]
fn the_first_row_alone_is_marked_also_if_rows_end_with_a_carriage_return() {
    let text = r"
error[missing-lifetime]: the table has no column `expires`: 1 code has no lifetime
 --> campaigns/old.csv:1:1
  |
1 | scene,channel\r1,A
  | ^^^^^^^^^^^^^
  |
  = help: add it, or `expires` to the campaign: 30d, or `never` for a permanent code
";
    assert_problems(&[("old.csv", "scene,channel\r1,A\r")], text);
}

#[test]
fn a_table_whose_cells_were_cleared_is_no_empty_table() {
    let campaign = |table: &str| {
        format!("expires: 30d\ninclude: [{table}]\ncodes: [{{scene: {}, channel: A}}]\n", table.len())
    };
    assert_problems(
        &[
            ("all.yaml", &campaign("parts/all.csv")),
            ("below.yaml", &campaign("parts/be.csv")),
            ("empty.yaml", &campaign("parts/e.csv")),
            ("parts/all.csv", ",,\r\n,,\r\n"),
            ("parts/be.csv", "scene,channel,manager\n, ,\n,,\n"),
            // A table without codes is written by hand: nobody cleared anything.
            ("parts/e.csv", "scene,channel,manager\n\n"),
            ("some.csv", "scene,channel,expires\n,,\n7,A,30d\n,,\n"),
        ],
        "
error[empty-file]: every cell of the table is empty
--> campaigns/parts/all.csv
 = help: the first row names the columns, each further row is a code; or delete the file

error[cleared-table]: every cell below the first row was cleared, so the table has no codes
 --> campaigns/parts/be.csv:2:1
  |
2 | , ,
  | ^^^
  |
  = help: take the file back from git; to retire its codes, delete the rows themselves
",
    );
}

#[test]
fn further_columns_hold_nothing_that_hides_or_turns_text() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,expires,note,a\u{202e}b
1,A,30d,a\u{85}b,
2,B,30d,a\u{2028}b,
3,C,30d,\u{2066}abc,
4,D,30d,a\tb,
5,E,30d,👩\u{200d}💻❤\u{fe0f} 西单,
6,F,30d,\"two\r\nlines \"\t,
",
        )],
        "
error[invisible-character]: the column's name holds a character that nobody sees, U+202E
 --> campaigns/stores.csv:1:28
  |
1 | scene,channel,expires,note,a\\u{202e}b
  |                            ^^^^^^^^^^ cell E1
  |
  = help: delete the text and type it; line breaks are allowed

error[control-character]: this cell holds a character that nobody sees, U+0085
 --> campaigns/stores.csv:2:9
  |
2 | 1,A,30d,a\\u{85}b,
  |         ^^^^^^^^ cell D2
  |
  = help: delete the text and type it; line breaks are allowed

error[invisible-character]: this cell holds a character that nobody sees, U+2028
 --> campaigns/stores.csv:3:9
  |
3 | 2,B,30d,a\\u{2028}b,
  |         ^^^^^^^^^^ cell D3
  |
  = help: delete the text and type it; line breaks are allowed

error[invisible-character]: this cell holds a character that nobody sees, U+2066
 --> campaigns/stores.csv:4:9
  |
4 | 3,C,30d,\\u{2066}abc,
  |         ^^^^^^^^^^^ cell D4
  |
  = help: delete the text and type it; line breaks are allowed

error[control-character]: this cell holds a character that nobody sees, U+0009
 --> campaigns/stores.csv:5:9
  |
5 | 4,D,30d,a    b,
  |         ^^^^^^ cell D5
  |
  = help: delete the text and type it; line breaks are allowed
",
    );
}
