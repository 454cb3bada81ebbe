//! Keys and types.

use crate::support::{assert_campaign, assert_problems};

#[test]
fn an_unknown_key_is_a_problem_with_a_suggestion() {
    assert_campaign(
        "expires: 30d
renew_befor: 10d
codes:
  - {scene: 1001, chanel: 北京站, channel: A}
  - {scene: 1002, channel: B, colour: red}
",
        "
error[unknown-key]: a campaign file has no key `renew_befor`
 --> campaigns/metro.yaml:2:1
  |
2 | renew_befor: 10d
  | ^^^^^^^^^^^
  |
  = help: did you mean `renew_before`?

error[unknown-key]: a code has no key `chanel`
 --> campaigns/metro.yaml:4:19
  |
4 |   - {scene: 1001, chanel: 北京站, channel: A}
  |                   ^^^^^^
  |
  = help: did you mean `channel`?

error[unknown-key]: a code has no key `colour`
 --> campaigns/metro.yaml:5:31
  |
5 |   - {scene: 1002, channel: B, colour: red}
  |                               ^^^^^^
  |
  = help: the keys are scene, scenes, channel, tags, expires, expire_seconds, medium, reuse
",
    );
}

#[test]
fn a_key_that_is_there_twice_is_a_problem() {
    assert_campaign(
        "expires: 30d
expires: 20d
codes:
  - {scene: 1, channel: A, channel: B}
",
        "
error[duplicate-key]: the key `expires` is here twice
 --> campaigns/metro.yaml:2:1
  |
2 | expires: 20d
  | ^^^^^^^
  |
 ::: campaigns/metro.yaml:1:1
  |
1 | expires: 30d
  | ------- the first is here
  |
  = help: keep one of the two

error[duplicate-key]: the key `channel` is here twice
 --> campaigns/metro.yaml:4:28
  |
4 |   - {scene: 1, channel: A, channel: B}
  |                            ^^^^^^^
  |
 ::: campaigns/metro.yaml:4:16
  |
4 |   - {scene: 1, channel: A, channel: B}
  |                ------- the first is here
  |
  = help: keep one of the two
",
    );
}

#[test]
fn a_setting_of_the_wrong_type_is_a_problem() {
    assert_campaign(
        "campaign: 2026
account: [default]
expires: true
renew_before: {days: 3}
until: 5
permanent_budget: 1.5
example: 'yes'
include: stores.csv
",
        r#"
error[wrong-type]: `campaign` must be a text, not a number
 --> campaigns/metro.yaml:1:11
  |
1 | campaign: 2026
  |           ^^^^
  |
  = help: in quotes it is a text: "2026"

error[wrong-type]: `account` must be a text, not a list
 --> campaigns/metro.yaml:2:10
  |
2 | account: [default]
  |          ^
  |
  = help: write account: default

error[wrong-type]: `expires` must be a text, not true or false
 --> campaigns/metro.yaml:3:10
  |
3 | expires: true
  |          ^^^^
  |
  = help: write expires: 30d

error[wrong-type]: `renew_before` must be a text, not a mapping
 --> campaigns/metro.yaml:4:15
  |
4 | renew_before: {days: 3}
  |               ^
  |
  = help: write renew_before: 10d

error[wrong-type]: `until` must be a text, not a number
 --> campaigns/metro.yaml:5:8
  |
5 | until: 5
  |        ^
  |
  = help: write until: 2027-03-15

error[wrong-type]: `permanent_budget` must be a whole number in plain digits, not this number
 --> campaigns/metro.yaml:6:19
  |
6 | permanent_budget: 1.5
  |                   ^^^
  |
  = help: write permanent_budget: 2

error[wrong-type]: `example` must be true or false, not a text
 --> campaigns/metro.yaml:7:10
  |
7 | example: 'yes'
  |          ^^^^^
  |
  = help: write example: true

error[wrong-type]: `include` must be a list, not a text
 --> campaigns/metro.yaml:8:10
  |
8 | include: stores.csv
  |          ^^^^^^^^^^
  |
  = help: in brackets it is a list, also where it is only one
"#,
    );
}

#[test]
fn a_code_with_a_value_of_the_wrong_type_is_a_problem() {
    assert_campaign(
        "expires: 30d
codes:
  - {scene: [1], channel: 5}
  - {scene: 1, channel: A, tags: metro}
  - {scene: 2, channel:, tags: [7, {}]}
  - just a text
  - {1: one, scene: 3, channel: C}
",
        r#"
error[wrong-type]: a scene must be a number or a text, not a list
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: [1], channel: 5}
  |             ^
  |
  = help: write scene: 1001, or scene: vip-desk; for several `scenes: 2001..2050`

error[wrong-type]: `channel` must be a text, not a number
 --> campaigns/metro.yaml:3:27
  |
3 |   - {scene: [1], channel: 5}
  |                           ^
  |
  = help: in quotes it is a text: "5"

error[wrong-type]: `tags` must be a list, not a text
 --> campaigns/metro.yaml:4:34
  |
4 |   - {scene: 1, channel: A, tags: metro}
  |                                  ^^^^^
  |
  = help: in brackets it is a list, also where it is only one

error[wrong-type]: `channel` is empty
 --> campaigns/metro.yaml:5:23
  |
5 |   - {scene: 2, channel:, tags: [7, {}]}
  |                       ^
  |
  = help: write channel: Metro line 2

error[wrong-type]: `tags` must be a text, not a number
 --> campaigns/metro.yaml:5:33
  |
5 |   - {scene: 2, channel:, tags: [7, {}]}
  |                                 ^
  |
  = help: in quotes it is a text: "7"

error[wrong-type]: `tags` must be a text, not a mapping
 --> campaigns/metro.yaml:5:36
  |
5 |   - {scene: 2, channel:, tags: [7, {}]}
  |                                    ^
  |
  = help: write tags: [metro, shanghai]

error[wrong-type]: a code must be a mapping of keys to values, not a text
 --> campaigns/metro.yaml:6:5
  |
6 |   - just a text
  |     ^^^^^^^^^^^
  |
  = help: write keys and values, each as `key: value`

error[wrong-type]: a key must be a text, not a number
 --> campaigns/metro.yaml:7:6
  |
7 |   - {1: one, scene: 3, channel: C}
  |      ^
  |
  = help: every key is a word; a text that looks otherwise needs quotes
"#,
    );
}

#[test]
fn a_list_in_place_of_codes_or_a_campaign_is_a_problem() {
    assert_campaign(
        "- {scene: 1, channel: A}\n",
        "
error[wrong-type]: a campaign file must be a mapping of keys to values, not a list
 --> campaigns/metro.yaml:1:1
  |
1 | - {scene: 1, channel: A}
  | ^
  |
  = help: write keys and values, each as `key: value`
",
    );
}

#[test]
fn a_text_is_no_campaign_file() {
    assert_campaign(
        "scene,channel
1,A
",
        "
error[wrong-type]: a campaign file must be a mapping of keys to values, not a text
--> campaigns/metro.yaml
 = help: a table of codes needs the ending .csv
",
    );
}

#[test]
fn missing_fields_are_named() {
    assert_campaign(
        "expires: 30d
codes:
  - {channel: A}
  - scene: 2
    tags: [b]
",
        "
error[missing-field]: this code has no `scene`
 --> campaigns/metro.yaml:3:5
  |
3 |   - {channel: A}
  |     ^
  |
  = help: `scene` for one code, `scenes` for a range such as 2001..2050

error[missing-field]: this code has no `channel`
 --> campaigns/metro.yaml:4:5
  |
4 |   - scene: 2
  |     ^
  |
  = help: `channel` says where the code is placed: channel: Metro line 2
",
    );
}

#[test]
fn carriage_returns_and_wide_characters_do_not_move_the_caret() {
    assert_campaign(
        "expires: 30d\r\ncodes:\r\n  - {scene: 1, channel: 北京南站二层, chan: 上海}\r\n",
        "
error[unknown-key]: a code has no key `chan`
 --> campaigns/metro.yaml:3:33
  |
3 |   - {scene: 1, channel: 北京南站二层, chan: 上海}
  |                                       ^^^^
  |
  = help: the keys are scene, scenes, channel, tags, expires, expire_seconds, medium, reuse
",
    );
}

#[test]
fn one_misspelt_key_is_one_problem() {
    assert_problems(
        &[
            ("accounts.yaml", "default: {apid: wx1, secert: '${S}'}\n"),
            ("metro.yaml", "expire: 30d\ncodes:\n  - {scene: 1, chanel: A}\n  - {scen: 2, channel: B}\n"),
            ("stores.csv", "scene,channel,expirse\n3,C,30d\n4,D,30d\n"),
        ],
        "
error[unknown-key]: an account has no key `apid`
 --> campaigns/accounts.yaml:1:11
  |
1 | default: {apid: ***, secert: '${S}'}
  |           ^^^^
  |
  = help: did you mean `appid`?

error[unknown-key]: an account has no key `secert`
 --> campaigns/accounts.yaml:1:22
  |
1 | default: {apid: ***, secert: '${S}'}
  |                      ^^^^^^
  |
  = help: did you mean `secret`?

error[unknown-key]: a campaign file has no key `expire`
 --> campaigns/metro.yaml:1:1
  |
1 | expire: 30d
  | ^^^^^^
  |
  = help: did you mean `expires`?

error[unknown-key]: a code has no key `chanel`
 --> campaigns/metro.yaml:3:16
  |
3 |   - {scene: 1, chanel: A}
  |                ^^^^^^
  |
  = help: did you mean `channel`?

error[unknown-key]: a code has no key `scen`
 --> campaigns/metro.yaml:4:6
  |
4 |   - {scen: 2, channel: B}
  |      ^^^^
  |
  = help: did you mean `scene`?

error[misspelt-column]: the column `expirse` looks like a misspelt `expires`
 --> campaigns/stores.csv:1:15
  |
1 | scene,channel,expirse
  |               ^^^^^^^ cell C1
  |
  = help: did you mean `expires`? If not, give it a name that is less like it
",
    );
}

#[test]
fn a_spread_is_on_or_off() {
    assert_campaign("expires: 30d\nspread: off\ncodes: [{scene: 1, channel: A}]\n", "");
    assert_campaign("expires: 30d\nspread: on\ncodes: [{scene: 1, channel: A}]\n", "");
    assert_campaign("expires: 30d\nspread: false\ncodes: [{scene: 1, channel: A}]\n", "");
    assert_campaign(
        "expires: 30d
spread: none
codes: [{scene: 1, channel: A, spread: off}]
",
        "
error[bad-spread]: `none` is neither `on` nor `off`
 --> campaigns/metro.yaml:2:9
  |
2 | spread: none
  |         ^^^^
  |
  = help: `off` renews what is due in one night, for screens that are changed by hand

error[unknown-key]: a code has no key `spread`
 --> campaigns/metro.yaml:3:32
  |
3 | codes: [{scene: 1, channel: A, spread: off}]
  |                                ^^^^^^
  |
  = help: the keys are scene, scenes, channel, tags, expires, expire_seconds, medium, reuse
",
    );
    assert_campaign(
        "expires: 30d\nspread: 7\ncodes: [{scene: 1, channel: A}]\n",
        "
error[wrong-type]: `spread` must be a text, not a number
 --> campaigns/metro.yaml:2:9
  |
2 | spread: 7
  |         ^
  |
  = help: write spread: off
",
    );
}

#[test]
fn no_campaign_has_a_budget_that_no_account_has() {
    let metro = "expires: never\npermanent_budget: 100000\ncodes: [{scene: 1, channel: A}]\n";
    assert_campaign(metro, "");
    assert_campaign(
        &metro.replace("100000", "100001"),
        "
error[over-the-pool]: `permanent_budget` is more than an account can have
 --> campaigns/metro.yaml:2:19
  |
2 | permanent_budget: 100001
  |                   ^^^^^^
  |
  = help: an account has 100,000 permanent codes for its life; write how many this campaign needs
",
    );
}

#[test]
fn how_bundles_are_made_is_checked() {
    assert_campaign(
        "expires: 30d
bundle: {keep: many, names: dates, size: 1}
codes: [{scene: 1, channel: A}]
",
        "
error[wrong-type]: `keep` must be a whole number in plain digits, not a text
 --> campaigns/metro.yaml:2:16
  |
2 | bundle: {keep: many, names: dates, size: 1}
  |                ^^^^
  |
  = help: write keep: 20

error[bad-names]: `dates` is no way to name pictures
 --> campaigns/metro.yaml:2:29
  |
2 | bundle: {keep: many, names: dates, size: 1}
  |                             ^^^^^
  |
  = help: `dated` with generation and last day, `stable` without

error[unknown-key]: `bundle` has no key `size`
 --> campaigns/metro.yaml:2:36
  |
2 | bundle: {keep: many, names: dates, size: 1}
  |                                    ^^^^
  |
  = help: the keys are keep, names
",
    );
    assert_campaign("expires: 30d\nbundle: {keep: 0, names: stable}\ncodes: [{scene: 1, channel: A}]\n", "");
}
