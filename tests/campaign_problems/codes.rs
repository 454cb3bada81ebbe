//! Ranges, labels, and codes beside each other.

use crate::support::{assert_campaign, assert_problems};

#[test]
fn permanent_ids_end_at_100000() {
    assert_campaign(
        "permanent_budget: 5
expires: never
codes:
  - {scene: 100000, channel: A}
  - {scene: 100001, channel: B}
  - {scenes: 99999..100002, channel: 'C {n}'}
",
        "
error[permanent-id]: a permanent code's id is at most 100000; this is 100001
 --> campaigns/metro.yaml:5:13
  |
5 |   - {scene: 100001, channel: B}
  |             ^^^^^^
  |
  = help: a permanent code with a text for its scene has no such limit

error[duplicate-scene]: the scene 100000 is wanted twice
 --> campaigns/metro.yaml:6:14
  |
6 |   - {scenes: 99999..100002, channel: 'C {n}'}
  |              ^^^^^^^^^^^^^
  |
 ::: campaigns/metro.yaml:4:13
  |
4 |   - {scene: 100000, channel: A}
  |             ------ the first is here
  |
  = help: a scene belongs to one code of an account: the two would share their scans

error[permanent-id]: a permanent code's id is at most 100000; this is 100001
 --> campaigns/metro.yaml:6:14
  |
6 |   - {scenes: 99999..100002, channel: 'C {n}'}
  |              ^^^^^^^^^^^^^
  |
  = help: a permanent code with a text for its scene has no such limit
",
    );
}

#[test]
fn labels_have_limits() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: 1, channel: ' ', tags: ['a;b', '']}
  - {scene: 2, channel: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}
",
        "
error[empty-text]: the channel is empty
 --> campaigns/metro.yaml:3:25
  |
3 |   - {scene: 1, channel: ' ', tags: ['a;b', '']}
  |                         ^^^
  |
  = help: write a text that people can read

error[semicolon-in-tag]: the tag holds a `;`, which joins tags in the manifest
 --> campaigns/metro.yaml:3:37
  |
3 |   - {scene: 1, channel: ' ', tags: ['a;b', '']}
  |                                     ^^^^^
  |
  = help: write two tags

error[empty-text]: the tag is empty
 --> campaigns/metro.yaml:3:44
  |
3 |   - {scene: 1, channel: ' ', tags: ['a;b', '']}
  |                                            ^^
  |
  = help: write a text that people can read

error[text-too-long]: the channel has 201 characters; at most 200 are allowed
 --> campaigns/metro.yaml:4:25
  |
4 | ...l: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
}

#[test]
fn the_same_scene_twice_points_at_both_places() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: 1, channel: A}
  - {scene: 2, channel: B}
  - {scene: 1, channel: C}
  - {scene: vip, channel: D}
  - {scene: vip, channel: E}
",
        r#"
error[duplicate-scene]: the scene 1 is wanted twice
 --> campaigns/metro.yaml:5:13
  |
5 |   - {scene: 1, channel: C}
  |             ^
  |
 ::: campaigns/metro.yaml:3:13
  |
3 |   - {scene: 1, channel: A}
  |             - the first is here
  |
  = help: a scene belongs to one code of an account: the two would share their scans

error[duplicate-scene]: the scene "vip" is wanted twice
 --> campaigns/metro.yaml:7:13
  |
7 |   - {scene: vip, channel: E}
  |             ^^^
  |
 ::: campaigns/metro.yaml:6:13
  |
6 |   - {scene: vip, channel: D}
  |             --- the first is here
  |
  = help: a scene belongs to one code of an account: the two would share their scans
"#,
    );
}

#[test]
fn an_id_and_the_text_of_its_digits_do_not_stand_beside_each_other() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: '123', channel: A}
  - {scene: 123, channel: B}
",
        r#"
error[lookalike-scene]: the text "123" and the id 123 cannot stand beside each other
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: '123', channel: A}
  |             ^^^^^
  |
 ::: campaigns/metro.yaml:4:13
  |
4 |   - {scene: 123, channel: B}
  |             --- the id is here
  |
  = help: events of the two look the same
"#,
    );
}

#[test]
fn a_range_has_two_ends_in_order() {
    assert_campaign(
        "expires: 30d
codes:
  - {scenes: 2050..2001, channel: 'A {n}'}
  - {scenes: 2001-2050, channel: 'A {n}'}
  - {scenes: 2001, channel: 'A {n}'}
  - {scenes: 0..5, channel: 'A {n}'}
  - {scenes: 1..02, channel: 'A {n}'}
",
        "
error[empty-range]: the range 2050..2001 is empty
 --> campaigns/metro.yaml:3:14
  |
3 |   - {scenes: 2050..2001, channel: 'A {n}'}
  |              ^^^^^^^^^^
  |
  = help: the smaller id comes first: 2001..2050

error[bad-range]: `2001-2050` is no range of ids
 --> campaigns/metro.yaml:4:14
  |
4 |   - {scenes: 2001-2050, channel: 'A {n}'}
  |              ^^^^^^^^^
  |
  = help: write the first and the last id: 2001..2050

error[bad-range]: a single number is no range of ids
 --> campaigns/metro.yaml:5:14
  |
5 |   - {scenes: 2001, channel: 'A {n}'}
  |              ^^^^
  |
  = help: `scene` takes one number; a range is written 2001..2050

error[scene-zero]: scene 0 is not allowed
 --> campaigns/metro.yaml:6:14
  |
6 |   - {scenes: 0..5, channel: 'A {n}'}
  |              ^^^^
  |
  = help: ids begin at 1; the platform reports 0 for codes that were malformed

error[bad-range]: `02` begins with a zero
 --> campaigns/metro.yaml:7:14
  |
7 |   - {scenes: 1..02, channel: 'A {n}'}
  |              ^^^^^
  |
  = help: write plain numbers: 2001..2050
",
    );
}

#[test]
fn a_range_holds_at_most_100000_codes() {
    assert_campaign(
        "expires: 30d
codes:
  - {scenes: 1..100001, channel: 'A {n}'}
",
        "
error[range-too-large]: the range 1..100001 holds 100,001 codes
 --> campaigns/metro.yaml:3:14
  |
3 |   - {scenes: 1..100001, channel: 'A {n}'}
  |              ^^^^^^^^^
  |
  = help: a range holds at most 100,000
",
    );
}

#[test]
fn a_code_is_one_or_a_range() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: 1, scenes: 2..3, channel: A}
",
        "
error[scene-and-scenes]: a code has `scene` or `scenes`, not both
 --> campaigns/metro.yaml:3:16
  |
3 |   - {scene: 1, scenes: 2..3, channel: A}
  |                ^^^^^^
  |
 ::: campaigns/metro.yaml:3:6
  |
3 |   - {scene: 1, scenes: 2..3, channel: A}
  |      ----- the first is here
  |
  = help: keep one of the two: `scene` is one code, `scenes` a range of them
",
    );
}

#[test]
fn a_range_with_one_channel_is_warned_of() {
    assert_campaign(
        "expires: 30d
codes:
  - {scenes: 1..3, channel: Shelf}
",
        r#"
warning[same-channel]: every code of this range has the same channel
 --> campaigns/metro.yaml:3:29
  |
3 |   - {scenes: 1..3, channel: Shelf}
  |                             ^^^^^
  |
  = help: {n} stands for the number, as in "Store {n}"
"#,
    );
}

#[test]
fn the_same_scene_in_two_campaigns_of_an_account_is_a_problem() {
    assert_problems(
        &[
            (
                "a.yaml",
                "expires: 30d
codes:
  - {scene: 7, channel: A}
",
            ),
            (
                "b.yaml",
                "account: default
expires: 30d
codes:
  - {scenes: 6..8, channel: 'B {n}'}
",
            ),
        ],
        "
error[duplicate-scene]: the scene 7 is wanted twice
 --> campaigns/b.yaml:4:14
  |
4 |   - {scenes: 6..8, channel: 'B {n}'}
  |              ^^^^
  |
 ::: campaigns/a.yaml:3:13
  |
3 |   - {scene: 7, channel: A}
  |             - the first is here
  |
  = help: a scene belongs to one code of an account: the two would share their scans
",
    );
}

#[test]
fn invisible_characters_are_refused_and_spelt_out() {
    assert_problems(
        &[
            ("a\u{202e}b.csv", "scene,channel,expires\n9,C,30d\n"),
            (
                "metro.yaml",
                "campaign: \"me\u{200d}tro\"
expires: 30d
codes:
  - {scene: \"a\u{202e}b\", channel: A}
  - {scene: \"c\u{feff}\", channel: \"B\u{2066}\"}
  - {scene: 3, channel: \"\u{200b}\"}
  - {scene: 4, channel: D, tags: [\"x\u{ad}\"]}
  - {scene: 5, channel: \"👩\u{200d}💻 ❤\u{fe0f}\"}
  - {scene: \"d\\u0085e\", channel: E}
  - {scene: \"f\\u009bg\", channel: F, tags: [\"\u{85}\", \"\u{2028}\"]}
",
            ),
        ],
        r#"
error[campaign-name]: the campaign's name `a\u{202e}b` holds an invisible character, U+202E
--> campaigns/a\u{202e}b.csv
 = help: it names a folder and a bundle; `campaign:` states it, otherwise it is the file's

error[campaign-name]: the campaign's name `metro` holds an invisible character, U+200D
 --> campaigns/metro.yaml:1:11
  |
1 | campaign: "metro"
  |           ^^^^^^^
  |
  = help: it names a folder and a bundle; `campaign:` states it, otherwise it is the file's

error[invisible-character]: the scene holds an invisible character, U+202E
 --> campaigns/metro.yaml:4:13
  |
4 |   - {scene: "a\u{202e}b", channel: A}
  |             ^^^^^^^^^^^^
  |
  = help: it came along when the text was pasted: delete the text and type it

error[invisible-character]: the scene holds an invisible character, U+FEFF
 --> campaigns/metro.yaml:5:13
  |
5 |   - {scene: "c\u{feff}", channel: "B\u{2066}"}
  |             ^^^^^^^^^^^
  |
  = help: it came along when the text was pasted: delete the text and type it

error[invisible-character]: the channel holds an invisible character, U+2066
 --> campaigns/metro.yaml:5:28
  |
5 |   - {scene: "c\u{feff}", channel: "B\u{2066}"}
  |                                   ^^^^^^^^^^^
  |
  = help: it came along when the text was pasted: delete the text and type it

error[empty-text]: the channel is empty
 --> campaigns/metro.yaml:6:25
  |
6 |   - {scene: 3, channel: "\u{200b}"}
  |                         ^^^^^^^^^^
  |
  = help: write a text that people can read

error[invisible-character]: the tag holds an invisible character, U+00AD
 --> campaigns/metro.yaml:7:35
  |
7 |   - {scene: 4, channel: D, tags: ["x\u{ad}"]}
  |                                   ^^^^^^^^^
  |
  = help: it came along when the text was pasted: delete the text and type it

error[control-character]: the scene holds a control character or a line break
 --> campaigns/metro.yaml:9:13
  |
9 |   - {scene: "d\u0085e", channel: E}
  |             ^^^^^^^^^^
  |
  = help: write it on one line, without tabs

error[control-character]: the scene holds a control character or a line break
  --> campaigns/metro.yaml:10:13
   |
10 |   - {scene: "f\u009bg", channel: F, tags: ["\u{85}", "\u{2028}"]}
   |             ^^^^^^^^^^
   |
   = help: write it on one line, without tabs

error[empty-text]: the tag is empty
  --> campaigns/metro.yaml:10:44
   |
10 |   - {scene: "f\u009bg", channel: F, tags: ["\u{85}", "\u{2028}"]}
   |                                            ^^^^^^^^
   |
   = help: write a text that people can read

error[empty-text]: the tag is empty
  --> campaigns/metro.yaml:10:49
   |
10 |   - {scene: "f\u009bg", channel: F, tags: ["\u{85}", "\u{2028}"]}
   |                                                      ^^^^^^^^^^
   |
   = help: write a text that people can read
"#,
    );
}

#[test]
fn ranges_that_overlap_are_one_problem() {
    assert_campaign(
        "expires: 30d
codes:
  - {scenes: 1..90000, channel: 'A {n}'}
  - {scenes: 1..90000, channel: 'B {n}'}
  - {scene: 200001, channel: C}
  - {scene: 200002, channel: C}
  - {scene: 200003, channel: C}
  - {scenes: 200002..200009, channel: 'D {n}'}
  - {scenes: 300001..300009, channel: 'E {n}'}
  - {scene: 300004, channel: F}
  - {scene: 300005, channel: F}
  - {scenes: 400001..400009, channel: 'G {n}'}
  - {scenes: 400001..400009, channel: 'G {n}'}
  - {scenes: 400001..400009, channel: 'G {n}'}
",
        "
error[duplicate-scene]: the scenes 1 to 90000 are wanted twice
 --> campaigns/metro.yaml:4:14
  |
4 |   - {scenes: 1..90000, channel: 'B {n}'}
  |              ^^^^^^^^
  |
 ::: campaigns/metro.yaml:3:14
  |
3 |   - {scenes: 1..90000, channel: 'A {n}'}
  |              -------- the first is here
  |
  = help: a scene belongs to one code of an account: the two would share their scans

error[duplicate-scene]: the scenes 200002 to 200003 are wanted twice
 --> campaigns/metro.yaml:8:14
  |
8 |   - {scenes: 200002..200009, channel: 'D {n}'}
  |              ^^^^^^^^^^^^^^
  |
 ::: campaigns/metro.yaml:6:13
  |
6 |   - {scene: 200002, channel: C}
  |             ------ the first is here
  |
  = help: a scene belongs to one code of an account: the two would share their scans

error[duplicate-scene]: the scenes 300004 to 300005 are wanted twice
  --> campaigns/metro.yaml:10:13
   |
10 |   - {scene: 300004, channel: F}
   |             ^^^^^^
   |
  ::: campaigns/metro.yaml:9:14
   |
 9 |   - {scenes: 300001..300009, channel: 'E {n}'}
   |              -------------- the first is here
   |
   = help: a scene belongs to one code of an account: the two would share their scans

error[duplicate-scene]: the scenes 400001 to 400009 are wanted twice
  --> campaigns/metro.yaml:13:14
   |
13 |   - {scenes: 400001..400009, channel: 'G {n}'}
   |              ^^^^^^^^^^^^^^
   |
  ::: campaigns/metro.yaml:12:14
   |
12 |   - {scenes: 400001..400009, channel: 'G {n}'}
   |              -------------- the first is here
   |
   = help: a scene belongs to one code of an account: the two would share their scans

error[duplicate-scene]: the scenes 400001 to 400009 are wanted twice
  --> campaigns/metro.yaml:14:14
   |
14 |   - {scenes: 400001..400009, channel: 'G {n}'}
   |              ^^^^^^^^^^^^^^
   |
  ::: campaigns/metro.yaml:12:14
   |
12 |   - {scenes: 400001..400009, channel: 'G {n}'}
   |              -------------- the first is here
   |
   = help: a scene belongs to one code of an account: the two would share their scans
",
    );
}
