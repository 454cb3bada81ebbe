//! What is printed, how long it hangs, and whether its scene may be an old one.

use jiff::civil::{Date, date};
use scenepress::campaign::{self, RenderOptions};

use crate::support::{Folder, assert_campaign, assert_problems, assert_text};

#[test]
fn a_medium_is_paper_or_screen() {
    assert_campaign(
        "expires: 30d
medium: Papier
until: 2099-03-15
codes:
  - {scene: 1, channel: A, medium: wall}
  - {scene: 2, channel: B, medium: 7}
  - {scene: 3, channel: C, medum: paper}
",
        "
error[bad-medium]: `Papier` is no medium
 --> campaigns/metro.yaml:2:9
  |
2 | medium: Papier
  |         ^^^^^^
  |
  = help: `paper` for what is printed, `screen` for what can show a new picture

error[bad-medium]: `wall` is no medium
 --> campaigns/metro.yaml:5:36
  |
5 |   - {scene: 1, channel: A, medium: wall}
  |                                    ^^^^
  |
  = help: `paper` for what is printed, `screen` for what can show a new picture

error[wrong-type]: `medium` must be a text, not a number
 --> campaigns/metro.yaml:6:36
  |
6 |   - {scene: 2, channel: B, medium: 7}
  |                                    ^
  |
  = help: write medium: paper

error[unknown-key]: a code has no key `medum`
 --> campaigns/metro.yaml:7:28
  |
7 |   - {scene: 3, channel: C, medum: paper}
  |                            ^^^^^
  |
  = help: did you mean `medium`?
",
    );
}

#[test]
fn a_cell_of_the_column_medium_is_one_too() {
    assert_problems(
        &[(
            "stores.csv",
            "scene,channel,expires,medium
1,A,30d,screen
2,B,30d,
3,C,30d,poster
",
        )],
        "
error[bad-medium]: `poster` is no medium
 --> campaigns/stores.csv:4:9
  |
4 | 3,C,30d,poster
  |         ^^^^^^ cell D4
  |
  = help: `paper` for what is printed, `screen` for what can show a new picture
",
    );
}

#[test]
fn temporary_codes_on_paper_need_a_last_day() {
    assert_campaign(
        "expires: 30d
medium: paper
permanent_budget: 1
codes:
  - {scene: desk, channel: Desk, expires: never}
  - {scene: 2, channel: B, medium: screen}
  - {scene: 3, channel: C}
  - {scene: 4, channel: D}
",
        "
error[paper-without-until]: a temporary code on paper, and no `until` in its campaign
 --> campaigns/metro.yaml:7:13
  |
7 |   - {scene: 3, channel: C}
  |             ^
  |
  = help: `until: 2027-03-15` is the last day it hangs; or `expires: never`, or `medium: screen`
",
    );
    assert_problems(
        &[
            (
                "metro.yaml",
                "expires: 30d\nmedium: paper\nuntil: 2099-03-15\ncodes:\n  - {scene: 3, channel: C}\n",
            ),
            ("stores.csv", "scene,channel,expires,medium\n1,A,30d,paper\n"),
        ],
        "
error[paper-without-until]: a temporary code on paper, and no `until` in its campaign
 --> campaigns/stores.csv:2:1
  |
2 | 1,A,30d,paper
  | ^ cell A2
  |
  = help: `until: 2027-03-15` is the last day it hangs; or `expires: never`, or `medium: screen`
",
    );
}

#[test]
fn what_is_not_on_paper_is_warned_of_beside_paper_that_will_be_due() {
    let metro = "expires: 30d
medium: paper
until: 2099-03-15
permanent_budget: 1
codes:
  - {scene: desk, channel: Desk, medium: screen, expires: never}
  - {scene: 2, channel: B}
  - {scene: 3, channel: C, medium: screen}
  - {scenes: 4..6, channel: \"D {n}\", medium: screen}
";
    assert_campaign(
        metro,
        "
warning[mixed-media]: 4 temporary codes that are not on paper, in one campaign with paper
 --> campaigns/metro.yaml:8:13
  |
8 |   - {scene: 3, channel: C, medium: screen}
  |             ^
  |
 ::: campaigns/metro.yaml:7:13
  |
7 |   - {scene: 2, channel: B}
  |             - this code is on paper
  |
  = help: once the paper is due its campaign is refused, and nothing of it is renewed: give what is not on paper a \
         campaign of its own, which costs no call
",
    );
    // Where its death is accepted, where it never dies, and in a campaign of its own it holds nothing up.
    for (from, to) in [
        ("codes:", "accept_expiry: 2027-02-20\ncodes:"),
        ("channel: B", "channel: B, expires: never"),
        ("channel: B", "channel: B, medium: screen"),
    ] {
        assert_campaign(&metro.replace(from, to).replace("budget: 1", "budget: 2"), "");
    }
    assert_problems(
        &[
            (
                "stores.csv",
                "scene,channel,expires,medium
1,A,30d,paper
2,B,30d,
",
            ),
            ("metro.yaml", "expires: 30d\nuntil: 2099-03-15\ninclude: [stores.csv]\n"),
        ],
        "
warning[mixed-media]: 1 temporary code that is not on paper, in one campaign with paper
 --> campaigns/stores.csv:3:1
  |
3 | 2,B,30d,
  | ^ cell A3
  |
 ::: campaigns/stores.csv:2:1
  |
2 | 1,A,30d,paper
  | - this code is on paper
  |
  = help: once the paper is due its campaign is refused, and nothing of it is renewed: give what is not on paper a \
         campaign of its own, which costs no call
",
    );
}

#[test]
fn an_accepted_expiry_is_a_day_and_a_campaigns_own() {
    assert_problems(
        &[
            (
                "metro.yaml",
                "expires: 30d\naccept_expiry: soon\nuntil: 2099-03-15\ncodes:\n  - {scene: 3, channel: C}\n",
            ),
            ("more.yaml", "expires: 30d\ncodes:\n  - {scene: 4, channel: D}\ninclude: [part.yaml]\n"),
            ("part.yaml", "medium: paper\ncodes:\n  - {scene: 5, channel: E}\n"),
        ],
        "
error[bad-date]: `soon` is no day of the calendar
 --> campaigns/metro.yaml:2:16
  |
2 | accept_expiry: soon
  |                ^^^^
  |
  = help: year, month, day: 2027-03-15

error[included-campaign]: `part.yaml` is a campaign, which cannot be included
 --> campaigns/more.yaml:4:11
  |
4 | include: [part.yaml]
  |           ^^^^^^^^^
  |
 ::: campaigns/part.yaml:1:1
  |
1 | medium: paper
  | ------ only a campaign has this key
  |
  = help: an included file holds `codes` and `include` only: take out `medium` and the like
",
    );
}

/// What is warned of at noon on a day.
fn warned_on(today: Date, metro: &str) -> String {
    let folder = Folder::new().with("metro.yaml", metro);
    let noon = today.at(4, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).expect("an instant");
    folder.text(&campaign::read_at(&[folder.path()], noon.timestamp()), RenderOptions::default())
}

#[test]
fn paper_that_a_run_would_refuse_without_a_look_at_the_ledger_is_warned_of() {
    let metro = "expires: 30d
medium: paper
until: 2027-03-15
permanent_budget: 1
codes:
  - {scene: 1, channel: A}
  - {scene: 2, channel: B}
  - {scene: 3, channel: C, expires: 7d}
  - {scene: 4, channel: D, medium: screen}
  - {scene: desk, channel: Desk, expires: never}
";
    let warned = |today, metro: &str| {
        let text = warned_on(today, metro);
        let titles = text.lines().filter(|line| line.starts_with("warning[paper-expires-early]"));
        titles.map(str::to_owned).collect::<Vec<_>>()
    };
    let told = warned_on(date(2026, 12, 1), metro);
    let told = told.split_once("warning[paper-expires-early]: 'A'").expect("the warning").1;
    let told = told.split("warning[").next().unwrap_or_default();
    assert_text(
        &format!("warning[paper-expires-early]: 'A'{told}"),
        "
warning[paper-expires-early]: 'A' and 1 other code hang until 2027-03-15, a temporary code lives at most 30 days: they \
         die on 2026-12-31 if issued today
 --> campaigns/metro.yaml:6:13
  |
6 |   - {scene: 1, channel: A}
  |             ^
  |
 ::: campaigns/metro.yaml:3:8
  |
3 | until: 2027-03-15
  |        ---------- the last day is here
  |
  = help: a run refuses to issue that. Use `expires: never` with `permanent_budget: 4` (they cannot be deleted), or \
         accept it in the file: `accept_expiry: 2026-12-31`
",
    );
    let seven = "warning[paper-expires-early]: 'C' hangs until 2027-03-15, a code of this `expires` lives 7 d: it dies on \
                 2027-03-01 if issued today";
    // With 20 days to go only the code of seven days is too short, and after the last day none is.
    assert_eq!(warned(date(2026, 12, 1), metro).len(), 2);
    assert_eq!(warned(date(2027, 2, 22), metro), [seven.replace("                 ", "")]);
    assert_eq!(warned(date(2027, 3, 16), metro), [""; 0]);
    for accepted in ["accept_expiry: 2026-12-08\n", "medium: screen\n"] {
        let metro = metro.replacen("medium: paper\n", accepted, 1);
        let metro = if accepted.starts_with("accept") { format!("medium: paper\n{metro}") } else { metro };
        assert_eq!(warned(date(2026, 12, 1), &metro), [""; 0], "{accepted}");
    }
    assert_eq!(
        warned(date(2026, 12, 1), &metro.replacen("until", "accept_expiry: 2027-03-01\nuntil", 1)).len(),
        2
    );
}

#[test]
fn an_accepted_expiry_that_is_over_is_told_to_whoever_asks_about_a_day() {
    let metro = "expires: 30d
medium: paper
accept_expiry: 2026-12-01
until: 2027-03-15
codes:
  - {scene: 1, channel: A}
";
    let told = "
warning[past-accept-expiry]: 2026-12-01 is over: from then on every death of this campaign's paper is accepted, also \
of what is printed anew
 --> campaigns/metro.yaml:3:16
  |
3 | accept_expiry: 2026-12-01
  |                ^^^^^^^^^^
  |
  = help: right while that paper hangs; once it is printed anew, write the day on which the new codes die
";
    let on = |today, metro: &str| {
        // A code that is issued on the days before would expire before its paper comes down, which is another warning.
        let all = warned_on(today, metro);
        all.split("warning[paper-expires-early]").next().unwrap_or_default().to_owned()
    };
    assert_text(&on(date(2026, 12, 2), metro), told);
    assert_text(&on(date(2027, 3, 15), metro), told);
    assert_text(&on(date(2026, 12, 1), metro), "");
    assert_text(&on(date(2027, 3, 16), metro), "");
    assert_text(&on(date(2026, 12, 2), &metro.replace("paper", "screen")), "");
    assert_campaign(metro, "");
}

#[test]
fn reuse_is_true_or_false() {
    assert_problems(
        &[
            (
                "metro.yaml",
                "expires: 30d\nreuse: yes\ncodes:\n  - {scene: 3, channel: C}\n  - {scene: 4, channel: D, reuse: 1}\n",
            ),
            ("stores.csv", "scene,channel,expires,reuse\n1,A,30d,TRUE\n2,B,30d,\n5,C,30d,ja\n"),
        ],
        "
error[wrong-type]: `reuse` must be true or false, not a text
 --> campaigns/metro.yaml:2:8
  |
2 | reuse: yes
  |        ^^^
  |
  = help: write reuse: true

error[wrong-type]: `reuse` must be true or false, not a number
 --> campaigns/metro.yaml:5:35
  |
5 |   - {scene: 4, channel: D, reuse: 1}
  |                                   ^
  |
  = help: write reuse: true

error[bad-reuse]: `ja` is neither `true` nor `false`
 --> campaigns/stores.csv:4:9
  |
4 | 5,C,30d,ja
  |         ^^ cell D4
  |
  = help: `true` where a retired scene is meant for this channel, or nothing
",
    );
}
