//! Lifetimes and budgets.

use crate::support::assert_campaign;

#[test]
fn a_code_needs_a_lifetime_from_somewhere() {
    assert_campaign(
        "codes:
  - {scene: 1, channel: A}
  - {scene: 2, channel: B, expires: 30d}
  - {scenes: 3..9, channel: 'C {n}'}
",
        "
error[missing-lifetime]: neither this code nor its campaign has `expires`
 --> campaigns/metro.yaml:2:13
  |
2 |   - {scene: 1, channel: A}
  |             ^
  |
  = help: expires: 30d, or `never` for a permanent code

error[missing-lifetime]: neither this code nor its campaign has `expires`
 --> campaigns/metro.yaml:4:14
  |
4 |   - {scenes: 3..9, channel: 'C {n}'}
  |              ^^^^
  |
  = help: expires: 30d, or `never` for a permanent code
",
    );
}

#[test]
fn a_lifetime_needs_a_unit_and_has_bounds() {
    assert_campaign(
        "expires: 30
renew_before: 10
codes:
  - {scene: 1, channel: A, expires: 59s}
  - {scene: 2, channel: B, expires: 31d}
  - {scene: 3, channel: C, expires: soon}
  - {scene: 4, channel: D, expire_seconds: 2592001}
  - {scene: 5, channel: E, expire_seconds: 30d}
  - {scene: 6, channel: F, expires: 30d, expire_seconds: 2592000}
",
        "
error[missing-unit]: 30 of what?
 --> campaigns/metro.yaml:1:10
  |
1 | expires: 30
  |          ^^
  |
  = help: 30d or 30s?

error[missing-unit]: 10 of what?
 --> campaigns/metro.yaml:2:15
  |
2 | renew_before: 10
  |               ^^
  |
  = help: 10d or 10s?

error[lifetime-out-of-range]: a temporary code lives between 60 s and 30 d; this is 59 s
 --> campaigns/metro.yaml:4:37
  |
4 |   - {scene: 1, channel: A, expires: 59s}
  |                                     ^^^
  |
  = help: 60s to 30d, or `never` for a permanent code

error[lifetime-out-of-range]: a temporary code lives between 60 s and 30 d; this is 31 d
 --> campaigns/metro.yaml:5:37
  |
5 |   - {scene: 2, channel: B, expires: 31d}
  |                                     ^^^
  |
  = help: 60s to 30d, or `never` for a permanent code

error[bad-duration]: `soon` is no duration
 --> campaigns/metro.yaml:6:37
  |
6 |   - {scene: 3, channel: C, expires: soon}
  |                                     ^^^^
  |
  = help: a whole number with s, min, h, d or w, such as 30d or `never`

error[lifetime-out-of-range]: a temporary code lives between 60 s and 30 d; this is 2,592,001 s
 --> campaigns/metro.yaml:7:44
  |
7 |   - {scene: 4, channel: D, expire_seconds: 2592001}
  |                                            ^^^^^^^
  |
  = help: 60s to 30d, or `never` for a permanent code

error[wrong-type]: `expire_seconds` must be a whole number in plain digits, not a text
 --> campaigns/metro.yaml:8:44
  |
8 |   - {scene: 5, channel: E, expire_seconds: 30d}
  |                                            ^^^
  |
  = help: write expire_seconds: 2592000

error[two-lifetimes]: `expires` and `expire_seconds` say the same thing twice
 --> campaigns/metro.yaml:9:42
  |
9 |   - {scene: 6, channel: F, expires: 30d, expire_seconds: 2592000}
  |                                          ^^^^^^^^^^^^^^
  |
 ::: campaigns/metro.yaml:9:28
  |
9 |   - {scene: 6, channel: F, expires: 30d, expire_seconds: 2592000}
  |                            ------- the first is here
  |
  = help: keep one of the two
",
    );
}

#[test]
fn renewal_before_nothing_is_left_would_be_too_late() {
    assert_campaign(
        "renew_before: 0d
expires: 30d
codes:
  - {scene: 1, channel: A}
",
        "
error[bad-duration]: with `renew_before` of 0 only dead codes are renewed
 --> campaigns/metro.yaml:1:15
  |
1 | renew_before: 0d
  |               ^^
  |
  = help: leave it out: a third of the lifetime is the default
",
    );
}

#[test]
fn until_is_a_day_of_the_calendar() {
    assert_campaign(
        "until: 2027-02-30
expires: 30d
codes:
  - {scene: 1, channel: A}
",
        "
error[bad-date]: `2027-02-30` is no day of the calendar
 --> campaigns/metro.yaml:1:8
  |
1 | until: 2027-02-30
  |        ^^^^^^^^^^
  |
  = help: year, month, day: 2027-03-15
",
    );
}

#[test]
fn a_short_lifetime_is_warned_of() {
    assert_campaign(
        "expires: 3d
codes:
  - {scene: 1, channel: A}
  - {scene: 2, channel: B, expires: 90min}
  - {scene: 3, channel: C, expires: 4d}
",
        "
warning[short-lifetime]: a code that lives 3 d may die between two nightly runs
 --> campaigns/metro.yaml:1:10
  |
1 | expires: 3d
  |          ^^
  |
  = help: with 4d or more one missed run does no harm; or run more often than nightly

warning[short-lifetime]: a code that lives 1 h 30 min may die between two nightly runs
 --> campaigns/metro.yaml:4:37
  |
4 |   - {scene: 2, channel: B, expires: 90min}
  |                                     ^^^^^
  |
  = help: with 4d or more one missed run does no harm; or run more often than nightly
",
    );
}

#[test]
fn permanent_codes_need_a_budget() {
    assert_campaign(
        "expires: never
codes:
  - {scene: 1, channel: A}
  - {scene: 2, channel: B}
",
        "
error[permanent-budget]: the campaign wants 2 permanent codes, but its `permanent_budget` is 0
 --> campaigns/metro.yaml:3:13
  |
3 |   - {scene: 1, channel: A}
  |             ^
  |
  = help: permanent codes can never be deleted and an account has 100,000 for its life; if this is meant, write permanent_budget: 2
",
    );
}

#[test]
fn permanent_codes_stay_within_their_budget() {
    assert_campaign(
        "expires: never
permanent_budget: 1
codes:
  - {scene: 1, channel: A}
  - {scenes: 2..4, channel: 'B {n}'}
",
        "
error[permanent-budget]: the campaign wants 4 permanent codes, but its `permanent_budget` is 1
 --> campaigns/metro.yaml:5:14
  |
5 |   - {scenes: 2..4, channel: 'B {n}'}
  |              ^^^^
  |
 ::: campaigns/metro.yaml:2:19
  |
2 | permanent_budget: 1
  |                   - the budget is here
  |
  = help: permanent codes can never be deleted and an account has 100,000 for its life; if this is meant, write permanent_budget: 4
",
    );
}

#[test]
fn a_renew_before_that_is_not_used_is_warned_of_with_what_is() {
    let some = |expires: &str| {
        format!(
            "expires: {expires}
renew_before: 5d
codes:
  - {{scenes: 1..3, channel: \"Store {{n}}\"}}
  - {{scene: 4, channel: B, expires: 7d}}
  - {{scene: 5, channel: C, expires: 10d}}
"
        )
    };
    assert_campaign(
        &some("7d"),
        "
warning[long-renew-before]: `renew_before` is more than half of the lifetime of 4 codes: a third of the lifetime is used instead
 --> campaigns/metro.yaml:2:15
  |
2 | renew_before: 5d
  |               ^^
  |
  = help: write at most half of the shortest lifetime
",
    );
    // What has a lifetime of its own beside those that go by the campaign's.
    assert_campaign(&some("30d"), "");
    assert_campaign(
        "expires: 30d
permanent_budget: 1
renew_before: 16d
codes:
  - {scene: 1, channel: A}
  - {scene: 2, channel: B, expires: 6d}
  - {scene: 3, channel: C, expires: 9d}
  - {scene: 4, channel: D, expires: 12d}
  - {scene: 5, channel: E, expires: never}
",
        "
warning[long-renew-before]: `renew_before` is more than half of the lifetime of 4 codes: a third of the lifetime is used instead
 --> campaigns/metro.yaml:3:15
  |
3 | renew_before: 16d
  |               ^^^
  |
  = help: write at most half of the shortest lifetime
",
    );
}
