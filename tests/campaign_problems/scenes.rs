//! Scenes.

use crate::support::assert_campaign;

#[test]
fn scene_0_is_refused() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: 0, channel: A}
",
        "
error[scene-zero]: scene 0 is not allowed
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: 0, channel: A}
  |             ^
  |
  = help: ids begin at 1; the platform reports 0 for codes that were malformed
",
    );
}

#[test]
fn ids_end_at_32_bits() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: 4294967296, channel: A}
  - {scene: 99999999999999999999, channel: B}
  - {scenes: 4294967290..4294967296, channel: 'C {n}'}
",
        "
error[scene-too-large]: the scene_id 4294967296 is over 4294967295
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: 4294967296, channel: A}
  |             ^^^^^^^^^^
  |
  = help: the platform would not refuse it but issue a code for another number; as a scene_str it is fine

error[scene-too-large]: the scene_id 99999999999999999999 is over 4294967295
 --> campaigns/metro.yaml:4:13
  |
4 |   - {scene: 99999999999999999999, channel: B}
  |             ^^^^^^^^^^^^^^^^^^^^
  |
  = help: the platform would not refuse it but issue a code for another number; as a scene_str it is fine

error[scene-too-large]: the scene_id 4294967296 is over 4294967295
 --> campaigns/metro.yaml:5:14
  |
5 |   - {scenes: 4294967290..4294967296, channel: 'C {n}'}
  |              ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: the platform would not refuse it but issue a code for another number; as a scene_str it is fine
",
    );
}

#[test]
fn ids_over_31_bits_are_warned_of() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: 2147483648, channel: A}
  - {scene: 2147483647, channel: B}
",
        "
warning[large-id]: the scene_id 2147483648 is over 2147483647
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: 2147483648, channel: A}
  |             ^^^^^^^^^^
  |
  = help: it is allowed, but receivers that hold it in a signed 32-bit number see a negative one
",
    );
}

#[test]
fn empty_and_long_scenes_are_refused() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: '', channel: A}
  - {scene: , channel: B}
  - {scene: 店店店店店店店店店店店店店店店店店店店店店店, channel: C}
",
        "
error[scene-empty]: the scene is empty
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: '', channel: A}
  |             ^^
  |
  = help: a number from 1 to 4294967295, or a text of up to 64 bytes

error[scene-empty]: the scene is empty
 --> campaigns/metro.yaml:4:11
  |
4 |   - {scene: , channel: B}
  |           ^
  |
  = help: a number from 1 to 4294967295, or a text of up to 64 bytes

error[scene-too-long]: the scene has 66 bytes; at most 64 bytes of UTF-8 are allowed
 --> campaigns/metro.yaml:5:13
  |
5 |   - {scene: 店店店店店店店店店店店店店店店店店店店店店店, channel: C}
  |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: a Chinese character takes three bytes
",
    );
}

#[test]
fn a_scene_does_not_begin_with_the_platforms_prefix() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: qrscene_vip, channel: A}
",
        "
error[scene-prefix]: a scene must not begin with `qrscene_`
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: qrscene_vip, channel: A}
  |             ^^^^^^^^^^^
  |
  = help: the platform puts that before the scene of a first follow, and receivers strip it
",
    );
}

#[test]
fn control_characters_are_refused() {
    assert_campaign(
        r#"expires: 30d
codes:
  - {scene: "a\tb", channel: A}
  - {scene: b, channel: "B\nB", tags: ["c\u0007"]}
"#,
        r#"
error[control-character]: the scene holds a control character or a line break
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: "a\tb", channel: A}
  |             ^^^^^^
  |
  = help: write it on one line, without tabs

error[control-character]: the channel holds a control character or a line break
 --> campaigns/metro.yaml:4:25
  |
4 |   - {scene: b, channel: "B\nB", tags: ["c\u0007"]}
  |                         ^^^^^^
  |
  = help: write it on one line, without tabs

error[control-character]: the tag holds a control character or a line break
 --> campaigns/metro.yaml:4:40
  |
4 |   - {scene: b, channel: "B\nB", tags: ["c\u0007"]}
  |                                        ^^^^^^^^^
  |
  = help: write it on one line, without tabs
"#,
    );
}

#[test]
fn what_some_reader_of_yaml_takes_for_something_else_must_be_quoted() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: 007, channel: A}
  - {scene: 0x10, channel: A}
  - {scene: 1_000, channel: A}
  - {scene: 1e3, channel: A}
  - {scene: 1.0, channel: A}
  - {scene: true, channel: A}
  - {scene: -5, channel: A}
  - {scene: 2026-11-22, channel: A}
  - {scene: 12:30, channel: A}
  - {scene: .inf, channel: A}
",
        r#"
error[ambiguous-scene]: `007` is neither a plain whole number nor plainly a text
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: 007, channel: A}
  |             ^^^
  |
  = help: 7 makes a scene_id; "007" in quotes makes a scene_str

error[ambiguous-scene]: `0x10` is neither a plain whole number nor plainly a text
 --> campaigns/metro.yaml:4:13
  |
4 |   - {scene: 0x10, channel: A}
  |             ^^^^
  |
  = help: "0x10" in quotes makes a scene_str

error[ambiguous-scene]: `1_000` is neither a plain whole number nor plainly a text
 --> campaigns/metro.yaml:5:13
  |
5 |   - {scene: 1_000, channel: A}
  |             ^^^^^
  |
  = help: "1_000" in quotes makes a scene_str

error[ambiguous-scene]: `1e3` is neither a plain whole number nor plainly a text
 --> campaigns/metro.yaml:6:13
  |
6 |   - {scene: 1e3, channel: A}
  |             ^^^
  |
  = help: "1e3" in quotes makes a scene_str

error[ambiguous-scene]: `1.0` is neither a plain whole number nor plainly a text
 --> campaigns/metro.yaml:7:13
  |
7 |   - {scene: 1.0, channel: A}
  |             ^^^
  |
  = help: "1.0" in quotes makes a scene_str

error[ambiguous-scene]: `true` is neither a plain whole number nor plainly a text
 --> campaigns/metro.yaml:8:13
  |
8 |   - {scene: true, channel: A}
  |             ^^^^
  |
  = help: "true" in quotes makes a scene_str

error[ambiguous-scene]: `-5` is neither a plain whole number nor plainly a text
 --> campaigns/metro.yaml:9:13
  |
9 |   - {scene: -5, channel: A}
  |             ^^
  |
  = help: "-5" in quotes makes a scene_str

error[ambiguous-scene]: `2026-11-22` is neither a plain whole number nor plainly a text
  --> campaigns/metro.yaml:10:13
   |
10 |   - {scene: 2026-11-22, channel: A}
   |             ^^^^^^^^^^
   |
   = help: "2026-11-22" in quotes makes a scene_str

error[ambiguous-scene]: `12:30` is neither a plain whole number nor plainly a text
  --> campaigns/metro.yaml:11:13
   |
11 |   - {scene: 12:30, channel: A}
   |             ^^^^^
   |
   = help: "12:30" in quotes makes a scene_str

error[ambiguous-scene]: `.inf` is neither a plain whole number nor plainly a text
  --> campaigns/metro.yaml:12:13
   |
12 |   - {scene: .inf, channel: A}
   |             ^^^^
   |
   = help: ".inf" in quotes makes a scene_str
"#,
    );
}

#[test]
fn a_scene_is_what_people_read() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: ' ', channel: A}
  - {scene: ' 5', channel: B}
  - {scene: \"vip\u{3000}\", channel: C}
  - {scene: !!binary NQ==, channel: D}
  - {scene: !!str 5, channel: !!int \"3\", tags: [!!binary YQ==, &a !!str b]}
",
        r#"
error[scene-empty]: the scene is empty
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: ' ', channel: A}
  |             ^^^
  |
  = help: a number from 1 to 4294967295, or a text of up to 64 bytes

error[scene-blank]: the scene ` 5` begins or ends with a blank
 --> campaigns/metro.yaml:4:13
  |
4 |   - {scene: ' 5', channel: B}
  |             ^^^^
  |
  = help: delete the blank: tables and receivers lose it

error[scene-blank]: the scene `vip　` begins or ends with a blank
 --> campaigns/metro.yaml:5:13
  |
5 |   - {scene: "vip　", channel: C}
  |             ^^^^^^^
  |
  = help: delete the blank: tables and receivers lose it

error[yaml-tag]: the YAML tag `!!binary` makes another value of what stands behind it
 --> campaigns/metro.yaml:6:22
  |
6 |   - {scene: !!binary NQ==, channel: D}
  |                      ^^^^
  |
  = help: take the tag out, and write a text in quotes

error[yaml-tag]: the YAML tag `!!str` makes another value of what stands behind it
 --> campaigns/metro.yaml:7:19
  |
7 |   - {scene: !!str 5, channel: !!int "3", tags: [!!binary YQ==, &a !!str b]}
  |                   ^
  |
  = help: take the tag out, and write a text in quotes

error[yaml-tag]: the YAML tag `!!int` makes another value of what stands behind it
 --> campaigns/metro.yaml:7:37
  |
7 |   - {scene: !!str 5, channel: !!int "3", tags: [!!binary YQ==, &a !!str b]}
  |                                     ^^^
  |
  = help: take the tag out, and write a text in quotes

error[yaml-tag]: the YAML tag `!!binary` makes another value of what stands behind it
 --> campaigns/metro.yaml:7:58
  |
7 |   - {scene: !!str 5, channel: !!int "3", tags: [!!binary YQ==, &a !!str b]}
  |                                                          ^^^^
  |
  = help: take the tag out, and write a text in quotes

error[yaml-tag]: the YAML tag `!!str` makes another value of what stands behind it
 --> campaigns/metro.yaml:7:73
  |
7 |   - {scene: !!str 5, channel: !!int "3", tags: [!!binary YQ==, &a !!str b]}
  |                                                                         ^
  |
  = help: take the tag out, and write a text in quotes
"#,
    );
}

#[test]
fn a_comment_that_cuts_a_text_off_is_told() {
    assert_campaign(
        "campaign: metro # a comment
expires: 30d             #a comment
codes:
  - scene: 1001 #2
    channel: Shop #3
    tags:
      - one #two
      - three # a comment
  - scene: 1002  #a comment
    channel: \"Shop\" #a comment
  - {scene: 1003, channel: Shop#5, tags: [a]} #a comment
  - {scene: 1004, channel: 'Shop #5'}
  - scene: 1005
    channel: >-
      Shop #6
  - scene: 1006
    channel: Shop ### a comment
",
        r#"
warning[comment-in-text]: `#2` is a comment in YAML, and no part of the text before it
 --> campaigns/metro.yaml:4:17
  |
4 |   - scene: 1001 #2
  |                 ^^
  |
  = help: in quotes it is part of the text: "1001 #2"

warning[comment-in-text]: `#3` is a comment in YAML, and no part of the text before it
 --> campaigns/metro.yaml:5:19
  |
5 |     channel: Shop #3
  |                   ^^
  |
  = help: in quotes it is part of the text: "Shop #3"

warning[comment-in-text]: `#two` is a comment in YAML, and no part of the text before it
 --> campaigns/metro.yaml:7:13
  |
7 |       - one #two
  |             ^^^^
  |
  = help: in quotes it is part of the text: "one #two"
"#,
    );
}
