//! Values in tables.

use crate::support::assert_problems;

#[test]
fn leading_zeros_are_not_dropped_silently() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,expires
007,A,30d
000,B,30d
",
        )],
        "
error[leading-zero]: the scene `007` begins with a zero
 --> campaigns/stores.csv:2:1
  |
2 | 007,A,30d
  | ^^^ cell A2
  |
  = help: write 7, or add a column `scene_type` with `str` to keep the zeros: spreadsheets drop them

error[scene-zero]: scene 0 is not allowed
 --> campaigns/stores.csv:3:1
  |
3 | 000,B,30d
  | ^^^ cell A3
  |
  = help: ids begin at 1; the platform reports 0 for codes that were malformed
",
    );
}

#[test]
fn mangled_numbers_are_refused_by_their_cells() {
    assert_problems(
        &[(
            "stores.csv",
            r#"scene,channel,expires
1.23E+16,A,30d
3001.0,B,30d
'3002,C,30d
３００３,D,30d
"3,004",E,30d
"#,
        )],
        r#"
error[mangled-number]: the scene `1.23E+16` is a number that a spreadsheet has shortened; its last digits are lost
 --> campaigns/stores.csv:2:1
  |
2 | 1.23E+16,A,30d
  | ^^^^^^^^ cell A2
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`

error[mangled-number]: the scene `3001.0` is a number, but no whole one
 --> campaigns/stores.csv:3:1
  |
3 | 3001.0,B,30d
  | ^^^^^^ cell A3
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`

error[mangled-number]: the scene `'3002` begins with the mark that makes spreadsheets keep a text
 --> campaigns/stores.csv:4:1
  |
4 | '3002,C,30d
  | ^^^^^ cell A4
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`

error[mangled-number]: the scene `３００３` is written in full-width digits
 --> campaigns/stores.csv:5:1
  |
5 | ３００３,D,30d
  | ^^^^^^^^ cell A5
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`

error[mangled-number]: the scene `3,004` holds commas between its digits
 --> campaigns/stores.csv:6:1
  |
6 | "3,004",E,30d
  | ^^^^^^^ cell A6
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`
"#,
    );
}

#[test]
fn the_type_of_a_scene_is_id_or_str() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,scene_type,channel,expires
1,number,A,30d
vip,id,B,30d
007,str,C,30d
4294967296,id,D,30d
",
        )],
        "
error[bad-scene-type]: `number` is no type of scene
 --> campaigns/stores.csv:2:3
  |
2 | 1,number,A,30d
  |   ^^^^^^ cell B2
  |
  = help: `id`, `str`, or nothing

error[scene-not-a-number]: `vip` is no scene_id: it must be a whole number
 --> campaigns/stores.csv:3:1
  |
3 | vip,id,B,30d
  | ^^^ cell A3
  |
  = help: `scene_type` `str` makes it a text

error[scene-too-large]: the scene_id 4294967296 is over 4294967295
 --> campaigns/stores.csv:5:1
  |
5 | 4294967296,id,D,30d
  | ^^^^^^^^^^ cell A5
  |
  = help: the platform would not refuse it but issue a code for another number; as a scene_str it is fine
",
    );
}

#[test]
fn values_of_cells_are_checked_as_everywhere() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,tags,expires\n1,,a;b,30d\n2,B,\"a\tb\",30\n3,C,,60d\n4,D,,3d\n,E,,30d\nqrscene_x,F,,30d\n",
        )],
        r#"
error[empty-text]: the channel is empty
 --> campaigns/stores.csv:2:3
  |
2 | 1,,a;b,30d
  |   ^ cell B2
  |
  = help: write a text that people can read

error[control-character]: the tag holds a control character or a line break
 --> campaigns/stores.csv:3:5
  |
3 | 2,B,"a    b",30
  |     ^^^^^^^^ cell C3
  |
  = help: write it on one line, without tabs

error[missing-unit]: 30 of what?
 --> campaigns/stores.csv:3:11
  |
3 | 2,B,"a    b",30
  |              ^^ cell D3
  |
  = help: 30d or 30s?

error[lifetime-out-of-range]: a temporary code lives between 60 s and 30 d; this is 60 d
 --> campaigns/stores.csv:4:6
  |
4 | 3,C,,60d
  |      ^^^ cell D4
  |
  = help: 60s to 30d, or `never` for a permanent code

warning[short-lifetime]: a code that lives 3 d may die between two nightly runs
 --> campaigns/stores.csv:5:6
  |
5 | 4,D,,3d
  |      ^^ cell D5
  |
  = help: with 4d or more one missed run does no harm; or run more often than nightly

error[scene-empty]: the scene is empty
 --> campaigns/stores.csv:6:1
  |
6 | ,E,,30d
  | ^ cell A6
  |
  = help: a number from 1 to 4294967295, or a text of up to 64 bytes

error[scene-prefix]: a scene must not begin with `qrscene_`
 --> campaigns/stores.csv:7:1
  |
7 | qrscene_x,F,,30d
  | ^^^^^^^^^ cell A7
  |
  = help: the platform puts that before the scene of a first follow, and receivers strip it
"#,
    );
}

#[test]
fn a_table_alone_needs_a_lifetime_in_each_row() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,expires
1,A,30d
2,B,
",
        )],
        "
error[missing-lifetime]: neither this code nor its campaign has `expires`
 --> campaigns/stores.csv:3:1
  |
3 | 2,B,
  | ^ cell A3
  |
  = help: expires: 30d, or `never` for a permanent code
",
    );
}

#[test]
fn permanent_codes_of_a_table_alone_have_no_budget() {
    assert_problems(
        &[("stores.csv", "scene,channel,expires
1,A,never
")],
        "
error[permanent-budget]: the campaign wants 1 permanent code, but its `permanent_budget` is 0
 --> campaigns/stores.csv:2:1
  |
2 | 1,A,never
  | ^ cell A2
  |
  = help: permanent codes can never be deleted and an account has 100,000 for its life; if this is meant, write permanent_budget: 1
",
    );
}

#[test]
fn what_spreadsheets_and_input_methods_make_of_scenes_is_a_problem() {
    assert_problems(
        &[
            (
                "a.csv",
                "scene,channel,expires,scene_type
“3”,A,30d,
\"=\"\"004\"\"\",B,30d,str
#REF!,C,30d,
1 001,D,30d,
1 002,E,30d,str
",
            ),
            (
                "b.yaml",
                "expires: 30d
codes:
  - {scene: １２, channel: A}
  - {scene: “5”, channel: B}
  - {scene: 1 001, channel: C}
  - {scene: \"1 003\", channel: D, tags: [x、y]}
",
            ),
            (
                "c.csv",
                "scene,channel,expires,tags
21,A,30d,北京；西单
22,A,30d,北京；西单
",
            ),
        ],
        r#"
error[mangled-number]: the scene `“3”` stands in typographic quotes, which would belong to it
 --> campaigns/a.csv:2:1
  |
2 | “3”,A,30d,
  | ^^^ cell A2
  |
  = help: write the number or the text itself

error[mangled-number]: the scene `="004"` is a spreadsheet's formula, not a value
 --> campaigns/a.csv:3:1
  |
3 | "=""004""",B,30d,str
  | ^^^^^^^^^^ cell A3
  |
  = help: write the text itself

error[mangled-number]: the scene `#REF!` is a spreadsheet's error, not a value
 --> campaigns/a.csv:4:1
  |
4 | #REF!,C,30d,
  | ^^^^^ cell A4
  |
  = help: write the number or the text itself

error[mangled-number]: the scene `1 001` holds spaces between its digits
 --> campaigns/a.csv:5:1
  |
5 | 1 001,D,30d,
  | ^^^^^ cell A5
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`

error[mangled-number]: the scene `１２` is written in full-width digits
 --> campaigns/b.yaml:3:13
  |
3 |   - {scene: １２, channel: A}
  |             ^^^^
  |
  = help: write plain digits, or the text in " quotes

error[mangled-number]: the scene `“5”` stands in typographic quotes, which would belong to it
 --> campaigns/b.yaml:4:13
  |
4 |   - {scene: “5”, channel: B}
  |             ^^^
  |
  = help: write plain digits, or the text in " quotes

error[mangled-number]: the scene `1 001` holds spaces between its digits
 --> campaigns/b.yaml:5:13
  |
5 |   - {scene: 1 001, channel: C}
  |             ^^^^^
  |
  = help: write plain digits, or the text in " quotes

warning[suspicious-tag]: the tag `x、y` holds a `、`
 --> campaigns/b.yaml:6:41
  |
6 |   - {scene: "1 003", channel: D, tags: [x、y]}
  |                                         ^^^^
  |
  = help: did you mean two tags? [one, two]

warning[suspicious-tag]: the tag `北京；西单` holds a `；`
 --> campaigns/c.csv:2:10
  |
2 | 21,A,30d,北京；西单
  |          ^^^^^^^^^^ cell D2
  |
  = help: did you mean `;`?
"#,
    );
}

#[test]
fn dates_percentages_and_truth_values_are_no_scenes_unless_they_are_stated_to_be_texts() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,expires,scene_type
12-Mar,A,30d,
3月12日,B,30d,
50%,C,30d,
TRUE,D,30d,
2026-12-01,E,30d,str
3-12,F,30d,
",
        )],
        "
error[mangled-number]: the scene `12-Mar` is a date as spreadsheets write it
 --> campaigns/stores.csv:2:1
  |
2 | 12-Mar,A,30d,
  | ^^^^^^ cell A2
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`

error[mangled-number]: the scene `3月12日` is a date as spreadsheets write it
 --> campaigns/stores.csv:3:1
  |
3 | 3月12日,B,30d,
  | ^^^^^^^ cell A3
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`

error[mangled-number]: the scene `50%` is a percentage as spreadsheets write it
 --> campaigns/stores.csv:4:1
  |
4 | 50%,C,30d,
  | ^^^ cell A4
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`

error[mangled-number]: the scene `TRUE` is a truth value as spreadsheets write it
 --> campaigns/stores.csv:5:1
  |
5 | TRUE,D,30d,
  | ^^^^ cell A5
  |
  = help: write plain digits; if it is meant as a text, add a column `scene_type` with `str`
",
    );
}
