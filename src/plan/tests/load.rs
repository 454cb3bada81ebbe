//! The load of the coming nights, and who goes first.

use jiff::civil::date;

use super::make;
use crate::model::{Campaign, CodeRecord, ExpireSeconds, History, Lifetime};
use crate::plan::fixture::{
    DAY, MONTH, after, campaign, code, generation, history, history_of, id, now, record, wanted,
};
use crate::plan::{ActionKind, NIGHTS, Night, Plan, Turn};

fn temporary(seconds: i64) -> Lifetime {
    Lifetime::Temporary(ExpireSeconds::new(seconds.unsigned_abs()).expect("a lifetime"))
}

/// Codes 7 and 8, which have no spread, and 11, whose spread is five days.
fn metro(lifetime: Lifetime) -> Campaign {
    campaign("metro", [7, 8, 11].map(|n| code(id(n), lifetime, "Line")).to_vec())
}

fn known(dies_in: [i64; 3]) -> History {
    let records = dies_in.map(|dies_in| record("metro", "Line", Some(generation(1, MONTH, dies_in))));
    history([7, 8, 11].map(id).into_iter().zip(records))
}

/// Day of the month, renewals, over the quota.
fn nights(plan: &Plan) -> Vec<(i8, u64, u64)> {
    let shown = |night: &Night| (night.day.day(), night.renewals, night.over_quota);
    plan.accounts[0].nights.iter().map(shown).collect()
}

#[test]
fn each_code_counts_on_the_day_it_comes_due() {
    // Now is 15:00 in Beijing on November 22nd.
    let plan = make(wanted([metro(MONTH)]), &known([12 * DAY, 12 * DAY + 9 * 3600, 14 * DAY]));
    assert_eq!(nights(&plan), [(24, 1, 0), (25, 1, 0), (1, 1, 0)]);
    let plan = make(wanted([metro(MONTH)]), &known([12 * DAY, 12 * DAY, 14 * DAY - 9 * 3600]));
    assert_eq!(nights(&plan), [(24, 2, 0), (1, 1, 0)]);
}

#[test]
fn what_the_plan_issues_comes_due_again_and_a_day_renews_a_code_once_at_most() {
    // 10 days: a third is 3 d 8 h, whose half is one whole day and a bit; 7 and 8 have no spread, 11 has a day.
    let plan = make(wanted([metro(temporary(10 * DAY))]), &History::empty());
    assert_eq!(nights(&plan), [(29, 2, 0), (30, 1, 0), (5, 2, 0)]);

    let plan = make(wanted([metro(temporary(60))]), &History::empty());
    // Today's is the plan's own.
    let days: Vec<_> = (23..=30).chain(1..=5).map(|day| (day, 3, 0)).collect();
    assert_eq!(nights(&plan), days, "a run every night is assumed");
    assert_eq!(days.len() + 1, usize::from(NIGHTS));
}

#[test]
fn nothing_counts_after_until_nor_what_outlives_it_nor_what_is_refused_or_permanent() {
    let counted = |change: fn(&mut Campaign)| {
        let mut metro = metro(MONTH);
        change(&mut metro);
        nights(&make(wanted([metro]), &known([12 * DAY, 12 * DAY, 3 * DAY])))
    };
    assert_eq!(counted(|_| {}), [(24, 2, 0)], "the third is renewed by this plan");
    assert_eq!(counted(|metro| metro.until = Some(date(2026, 12, 3))), []);
    assert_eq!(counted(|metro| metro.until = Some(date(2026, 12, 4))), [(24, 2, 0)]);
    assert_eq!(counted(|metro| metro.until = Some(date(2026, 11, 21))), []);
    assert_eq!(counted(|metro| metro.codes = metro.codes.split_off(2)), []);
    let permanent = |metro: &mut Campaign| {
        metro.permanent_budget = 3;
        metro.codes = [7, 8, 11].map(|n| code(id(n), Lifetime::Permanent, "Line").into()).to_vec();
    };
    assert_eq!(counted(permanent), []);
    assert_eq!(counted(|metro| metro.example = true), [], "the campaign is refused");
}

#[test]
fn a_day_with_more_renewals_than_calls_is_marked_and_todays_calls_count_today() {
    let plan = |used: u64, quota: u64, dies_in: [i64; 3]| {
        let mut wanted = wanted([metro(MONTH)]);
        wanted.accounts.values_mut().for_each(|account| account.daily_quota = quota);
        let mut history = known(dies_in);
        let mut account = history.account(&wanted.campaigns[0].appid).expect("one").clone();
        account.calls_today = used;
        history = history_of(account);
        nights(&Plan::make(&wanted, &history, now()))
    };
    let later = [12 * DAY, 12 * DAY, 3 * DAY];
    assert_eq!(plan(0, 100, later), [(24, 2, 0)]);
    assert_eq!(plan(100, 1, later), [(24, 2, 1)], "another day has its own quota");
    // Two come due this evening, one is renewed now.
    let today = [10 * DAY + 3600, 10 * DAY + 3600, 3 * DAY];
    assert_eq!(plan(0, 3, today), [(22, 2, 0)]);
    assert_eq!(plan(0, 2, today), [(22, 2, 1)]);
    assert_eq!(plan(1, 2, today), [(22, 2, 2)]);
}

#[test]
fn renewals_go_before_creations_and_what_dies_first_before_the_others() {
    let of = |kind, latest| {
        let record: Option<CodeRecord> = Some(record("metro", "Line", latest));
        Turn::new(kind, record.as_ref())
    };
    let (renew, create) = (ActionKind::Renew, ActionKind::Create);
    let turns = [
        of(renew, Some(generation(1, MONTH, -DAY))),
        of(renew, Some(generation(1, MONTH, DAY))),
        of(renew, Some(generation(1, MONTH, 5 * DAY))),
        // A temporary code that becomes permanent.
        of(create, Some(generation(1, MONTH, -DAY))),
        of(create, Some(generation(1, MONTH, 3 * DAY))),
        of(create, None),
    ];
    assert!(turns.is_sorted_by(|one, other| one < other), "{turns:?}");
    assert_eq!(of(create, None), Turn::new(create, None));
    assert_eq!(after(0), now());
}
