use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::date;

use crate::model::{CodeRecord, Lifetime};
use crate::plan::fixture::{
    DAY, MONTH, after, campaign, code, generation, history, id, name, now, record, wanted,
};
use crate::plan::{Expected, Status};

const HOUR: i64 = 3600;

const fn hours(hours: u64) -> Duration {
    Duration::from_hours(hours)
}

/// What is overdue of a campaign of one code that dies so many seconds from now, left done so many seconds ago.
fn words(
    expected: Expected,
    dies_in: Option<i64>,
    done_ago: Option<i64>,
    until: Option<jiff::civil::Date>,
) -> Vec<String> {
    let mut metro = campaign("metro", vec![code(id(1), MONTH, "Line")]);
    metro.until = until;
    let record = dies_in.map(|dies_in| (id(1), record("metro", "Line", Some(generation(1, MONTH, dies_in)))));
    let successes = done_ago.map(|ago| (name("metro"), after(-ago)));
    let history = history(record);
    let status =
        Status::make(&wanted([metro]), &history, &BTreeMap::new(), &successes.into_iter().collect(), now());
    status
        .overdue(expected)
        .into_iter()
        .map(|overdue| format!("{}: {}", overdue.campaign, overdue.message))
        .collect()
}

#[test]
fn a_campaign_that_no_run_left_done_for_too_long_is_overdue() {
    let expected = Expected { max_age: Some(hours(26)), min_left: None };
    let after = |ago| words(expected, Some(20 * DAY), ago, None);
    assert_eq!(after(Some(26 * HOUR)), Vec::<String>::new());
    assert_eq!(
        after(Some(26 * HOUR + 1)),
        ["metro: no run has left it done since 2026-11-21 12:59, 1 d 2 h ago; one is expected every 1 d 2 h"]
    );
    assert_eq!(after(None), ["metro: no run has ever left it done; one is expected every 1 d 2 h"]);
    // A clock that was put back is no silence.
    assert_eq!(after(Some(-HOUR)), Vec::<String>::new());
    assert_eq!(words(Expected::default(), None, None, None), Vec::<String>::new());
}

#[test]
fn a_code_that_is_dead_or_dies_soon_or_was_never_issued_is_overdue() {
    let expected = Expected { max_age: None, min_left: Some(hours(72)) };
    let dying = |dies_in| words(expected, dies_in, None, None);
    assert_eq!(dying(Some(3 * DAY)), Vec::<String>::new());
    assert_eq!(
        dying(Some(3 * DAY - 60)),
        ["metro: the next code dies at 2026-11-25 14:59, in 2 d 23 h; at least 3 d are to be left"]
    );
    assert_eq!(dying(Some(-1)), ["metro: 1 code is dead"]);
    assert_eq!(dying(None), ["metro: 1 code is without a ticket"]);
}

#[test]
fn what_ends_before_its_codes_die_is_not_overdue() {
    let expected = Expected { max_age: None, min_left: Some(hours(72)) };
    let until = |day| words(expected, Some(DAY), None, Some(day));
    assert_eq!(until(date(2026, 11, 22)), Vec::<String>::new(), "it hangs until tonight");
    assert_eq!(until(date(2026, 11, 24)).len(), 1, "it dies while it hangs");
    let over = Expected { max_age: Some(hours(1)), min_left: Some(hours(72)) };
    assert_eq!(words(over, Some(-DAY), None, Some(date(2026, 11, 20))), Vec::<String>::new(), "it has ended");
}

#[test]
fn a_code_that_no_file_wants_is_overdue_until_a_run_retires_it() {
    let expected = Expected { max_age: Some(hours(26)), min_left: Some(hours(72)) };
    let overdue = |retired: bool, dies_in: i64, with_others: bool| {
        let gone = record("metro", "Line", Some(generation(1, MONTH, dies_in)));
        let kept = record("metro", "Line", Some(generation(1, MONTH, 20 * DAY)));
        let history = history([(id(1), CodeRecord { retired, ..gone }), (id(2), kept)]);
        let metro = campaign("metro", vec![code(id(2), MONTH, "Line")]);
        let shops = campaign("shops", vec![code(id(2), MONTH, "Line")]);
        let wanted = wanted([if with_others { metro } else { shops }]);
        let successes =
            ["metro", "shops"].map(|of| (name(of), after(if of == "metro" { -2 * DAY } else { 0 })));
        let status = Status::make(&wanted, &history, &BTreeMap::new(), &successes.into(), now());
        let overdue = status.overdue(expected);
        overdue
            .into_iter()
            .map(|overdue| format!("{}: {}", overdue.campaign, overdue.message))
            .collect::<Vec<_>>()
    };
    let silent =
        "metro: no run has left it done since 2026-11-20 15:00, 2 d ago; one is expected every 1 d 2 h";
    let dies = "metro: the next code dies at 2026-11-24 15:00, in 2 d; at least 3 d are to be left";
    assert_eq!(overdue(false, 2 * DAY, false), [silent, dies]);
    assert_eq!(overdue(false, 2 * DAY, true), [silent, dies], "the campaign lost one of its codes");
    assert_eq!(overdue(false, 4 * DAY, false), [silent]);
    assert_eq!(overdue(true, 2 * DAY, false), [""; 0]);
    assert_eq!(overdue(true, 2 * DAY, true), [silent]);
    assert_eq!(overdue(false, -1, false), [""; 0], "nothing of it lives");
}

#[test]
fn permanent_codes_are_never_overdue() {
    let desk = campaign("desk", vec![code(id(1), Lifetime::Permanent, "Desk")]);
    let history = history([(id(1), record("desk", "Desk", Some(generation(1, Lifetime::Permanent, 0))))]);
    let status = Status::make(&wanted([desk]), &history, &BTreeMap::new(), &BTreeMap::new(), now());
    assert!(status.overdue(Expected { max_age: None, min_left: Some(Duration::MAX) }).is_empty());
}
