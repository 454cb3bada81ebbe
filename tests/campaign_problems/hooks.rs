//! Hooks.

use crate::support::assert_problems;

const METRO: (&str, &str) = ("metro.yaml", "expires: 30d\ncodes:\n  - {scene: 1, channel: A}\n");

#[test]
fn a_hook_is_a_list_of_texts() {
    assert_problems(
        &[("hooks.yaml", "pre: ./tell.sh\npost: [sleep, 5]\ndeploy: []\nfailure: [[sh]]\n"), METRO],
        "
error[wrong-type]: `pre` must be a list, not a text
 --> campaigns/hooks.yaml:1:6
  |
1 | pre: ./tell.sh
  |      ^^^^^^^^^
  |
  = help: in brackets it is a list, also where it is only one

error[wrong-type]: `post` must be a text, not a number
 --> campaigns/hooks.yaml:2:15
  |
2 | post: [sleep, 5]
  |               ^
  |
  = help: in quotes it is a text: \"5\"

error[empty-text]: `deploy` names no program
 --> campaigns/hooks.yaml:3:9
  |
3 | deploy: []
  |         ^
  |
  = help: a program and its arguments: deploy: [./tell.sh, --loud]

error[wrong-type]: `failure` must be a text, not a list
 --> campaigns/hooks.yaml:4:11
  |
4 | failure: [[sh]]
  |           ^
  |
  = help: write failure: [./tell.sh, --loud]
",
    );
}

#[test]
fn a_key_that_is_no_hook_is_told() {
    assert_problems(
        &[("hooks.yaml", "hooks:\n  pre: [./tell.sh]\nprae: [./tell.sh]\ndeplyo: [./upload.sh]\n"), METRO],
        "
error[unknown-key]: hooks.yaml has no key `hooks`
 --> campaigns/hooks.yaml:1:1
  |
1 | hooks:
  | ^^^^^
  |
  = help: hooks stand in hooks.yaml beside the campaigns, for all of them, without this key

error[unknown-key]: hooks.yaml has no key `prae`
 --> campaigns/hooks.yaml:3:1
  |
3 | prae: [./tell.sh]
  | ^^^^
  |
  = help: did you mean `pre`?

error[unknown-key]: hooks.yaml has no key `deplyo`
 --> campaigns/hooks.yaml:4:1
  |
4 | deplyo: [./upload.sh]
  | ^^^^^^
  |
  = help: did you mean `deploy`?
",
    );
}

#[test]
fn a_timeout_is_a_duration_above_nothing() {
    assert_problems(
        &[("hooks.yaml", "timeout: 0s\n"), METRO],
        "
error[bad-duration]: with a `timeout` of 0 every hook fails
 --> campaigns/hooks.yaml:1:10
  |
1 | timeout: 0s
  |          ^^
  |
  = help: leave it out: 60s is the default
",
    );
}

#[test]
fn a_timeout_without_a_unit_is_no_duration() {
    assert_problems(
        &[("hooks.yaml", "timeout: 60\n"), METRO],
        "
error[missing-unit]: 60 of what?
 --> campaigns/hooks.yaml:1:10
  |
1 | timeout: 60
  |          ^^
  |
  = help: write timeout: 60s
",
    );
}

#[test]
fn the_hooks_file_has_one_name() {
    assert_problems(
        &[("Hooks.yml", "pre: [./tell.sh]\n"), METRO],
        "
error[hooks-name]: this looks like the hooks file, which is named `hooks.yaml`
--> campaigns/Hooks.yml
 = help: rename it to hooks.yaml
",
    );
}

#[test]
fn hooks_are_no_campaigns() {
    assert_problems(
        &[(
            "metro.yaml",
            "expires: 30d\nhooks: {deploy: [./upload.sh]}\ncodes:\n  - {scene: 1, channel: A}\n",
        )],
        "
error[unknown-key]: a campaign file has no key `hooks`
 --> campaigns/metro.yaml:2:1
  |
2 | hooks: {deploy: [./upload.sh]}
  | ^^^^^
  |
  = help: hooks stand in hooks.yaml beside the campaigns, for all of them, without this key
",
    );
}

#[test]
fn the_hooks_file_cannot_be_included() {
    assert_problems(
        &[
            ("hooks.yaml", "pre: [./tell.sh]\n"),
            ("metro.yaml", "expires: 30d\ninclude: [hooks.yaml]\ncodes:\n  - {scene: 1, channel: A}\n"),
        ],
        "
error[bad-include]: `hooks.yaml` cannot be included
 --> campaigns/metro.yaml:2:11
  |
2 | include: [hooks.yaml]
  |           ^^^^^^^^^^
  |
  = help: an included file is a table (.csv) or a YAML file with `codes`
",
    );
}
