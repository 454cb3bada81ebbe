//! `limits`.

use scenepress::model::{Limit, Limits};

use crate::support::{Folder, assert_campaign};

#[test]
fn a_limit_is_a_number_of_codes_or_a_percentage() {
    assert_campaign(
        "expires: 30d
limits: {retire: 5.5%, relabel: 101%, reissue: -3}
codes:
  - {scene: 1, channel: A}
",
        "
error[bad-limit]: `5.5%` is no limit
 --> campaigns/metro.yaml:2:18
  |
2 | limits: {retire: 5.5%, relabel: 101%, reissue: -3}
  |                  ^^^^
  |
  = help: a number of codes or a percentage: retire: 50, or retire: 5%

error[bad-limit]: `101%` is no limit
 --> campaigns/metro.yaml:2:33
  |
2 | limits: {retire: 5.5%, relabel: 101%, reissue: -3}
  |                                 ^^^^
  |
  = help: a number of codes or a percentage: relabel: 50, or relabel: 5%

error[bad-limit]: `-3` is no limit
 --> campaigns/metro.yaml:2:48
  |
2 | limits: {retire: 5.5%, relabel: 101%, reissue: -3}
  |                                                ^^
  |
  = help: a number of codes or a percentage: reissue: 50, or reissue: 5%
",
    );
}

#[test]
fn limits_are_a_mapping_of_known_names() {
    assert_campaign(
        "expires: 30d
limits: {retired: 50, relabel: all, reissue: \"10\"}
codes:
  - {scene: 1, channel: A}
",
        "
error[unknown-key]: `limits` has no key `retired`
 --> campaigns/metro.yaml:2:10
  |
2 | limits: {retired: 50, relabel: all, reissue: \"10\"}
  |          ^^^^^^^
  |
  = help: did you mean `retire`?

error[bad-limit]: `all` is no limit
 --> campaigns/metro.yaml:2:32
  |
2 | limits: {retired: 50, relabel: all, reissue: \"10\"}
  |                                ^^^
  |
  = help: a number of codes or a percentage: relabel: 50, or relabel: 5%

error[bad-limit]: `10` is no limit
 --> campaigns/metro.yaml:2:46
  |
2 | limits: {retired: 50, relabel: all, reissue: \"10\"}
  |                                              ^^^^
  |
  = help: a number of codes or a percentage: reissue: 50, or reissue: 5%
",
    );
    assert_campaign(
        "expires: 30d
limits: 50
codes: [{scene: 1, channel: A}]
",
        "
error[wrong-type]: `limits` must be a mapping of keys to values, not a number
 --> campaigns/metro.yaml:2:9
  |
2 | limits: 50
  |         ^^
  |
  = help: write keys and values, each as `key: value`
",
    );
}

#[test]
fn what_the_file_leaves_out_has_its_default() {
    let limits = |text: &str| {
        let text = format!("expires: 30d\n{text}codes: [{{scene: 1, channel: A}}]\n");
        let reading = Folder::new().with("metro.yaml", text).read();
        assert!(!reading.problems.has_errors(), "{:?}", reading.problems);
        reading.folder.campaigns[0].limits
    };
    assert_eq!(limits(""), Limits::default());
    assert_eq!(limits("limits: {}\n"), Limits::default());
    assert_eq!(
        limits("limits: {reissue: 0, relabel: 100%}\n"),
        Limits { reissue: Limit::Codes(0), relabel: Limit::Percent(100), ..Limits::default() }
    );
}
