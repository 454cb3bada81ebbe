//! A plan compared with the one that was expected.

use crate::model::{Digest, ExpireSeconds, Lifetime};
use crate::plan::digest::planned_actions;
use crate::plan::fixture::{MONTH, campaign, code, history, id, now, text, wanted};
use crate::plan::{ExpectedPlan, Plan, PlannedAction};

fn plan(codes: &[(u64, &str)]) -> Plan {
    let codes = codes.iter().map(|(number, channel)| code(id(*number), MONTH, channel)).collect();
    Plan::make(&wanted([campaign("metro", codes)]), &history([]), now())
}

fn actions(plan: &Plan) -> Vec<PlannedAction> {
    planned_actions(&plan.campaigns).collect()
}

fn of_digest(digest: Digest) -> ExpectedPlan {
    ExpectedPlan { digest, actions: None }
}

/// What is said of the differences, and how many more there are.
fn said(expected: &Plan, found: &Plan) -> (Vec<String>, u64) {
    let other = found.expect(&ExpectedPlan::of_actions(actions(expected))).expect_err("another plan");
    let differences = other.differences.expect("the actions were known");
    (differences, other.more)
}

#[test]
fn the_plan_that_was_expected_is_known_by_its_actions_and_by_its_digest() {
    let made = plan(&[(1, "A"), (2, "B")]);
    assert_eq!(made.expect(&ExpectedPlan::of_actions(actions(&made))), Ok(()));
    assert_eq!(made.expect(&of_digest(made.digest)), Ok(()));
    let idle = plan(&[]);
    assert_eq!(idle.expect(&ExpectedPlan::of_actions(Vec::new())), Ok(()));
    let other = idle.expect(&of_digest(made.digest)).expect_err("another plan");
    assert_eq!((other.differences, other.more), (None, 0));
}

#[test]
fn what_is_new_gone_or_changed_is_told_by_campaign_and_scene() {
    let expected = plan(&[(1, "A"), (2, "B"), (3, "C")]);
    let found = plan(&[(4, "D"), (3, "C \"new\""), (1, "A")]);
    let lines = [
        "gone     metro  create 2, channel \"B\"",
        "changed  metro  3: channel \"C\" became ‹C \"new\"›",
        "new      metro  create 4, channel \"D\"",
    ];
    assert_eq!(said(&expected, &found), (lines.map(str::to_owned).to_vec(), 0));
}

/// A minute is no month, and a month less a second is no month either.
#[test]
fn a_ticket_that_would_live_for_another_time_is_another_plan() {
    let of = |seconds| {
        let lifetime = Lifetime::Temporary(ExpireSeconds::new(seconds).expect("a lifetime"));
        Plan::make(&wanted([campaign("metro", vec![code(id(7), lifetime, "A")])]), &history([]), now())
    };
    let expected = of(2_592_000);
    let line = |seconds| format!("changed  metro  7: lifetime temporary (30 d) became temporary ({seconds})");
    for (seconds, words) in [(60, "60 s"), (2_591_999, "2,591,999 s")] {
        assert_eq!(said(&expected, &of(seconds)), (vec![line(words)], 0));
    }
    assert!(of(60).expect(&of_digest(expected.digest)).is_err());
}

#[test]
fn a_string_is_not_taken_for_a_number() {
    let of = |codes| Plan::make(&wanted([campaign("metro", codes)]), &history([]), now());
    let expected = of(vec![code(id(7), MONTH, "A")]);
    let found = of(vec![code(text("7"), MONTH, "A")]);
    let lines = ["gone     metro  create 7, channel \"A\"", "new      metro  create \"7\", channel \"A\""];
    assert_eq!(said(&expected, &found), (lines.map(str::to_owned).to_vec(), 0));
}

#[test]
fn the_same_actions_in_another_order_are_another_plan_without_a_difference() {
    assert_eq!(said(&plan(&[(1, "A"), (2, "B")]), &plan(&[(2, "B"), (1, "A")])), (Vec::new(), 0));
}

#[test]
fn twenty_differences_are_told_and_the_others_counted() {
    let many: Vec<(u64, &str)> = (1..=1_000).map(|number| (number, "A")).collect();
    let (lines, more) = said(&plan(&[]), &plan(&many));
    assert_eq!((lines.len(), more), (20, 980));
    assert_eq!(lines[19], "new      metro  create 20, channel \"A\"");
}
