//! What the next days bring.

use std::collections::BTreeMap;

use jiff::civil::date;

use crate::model::{
    AccountName, Campaign, Code, CodeRecord, ExpireSeconds, History, Lifetime, Medium, Scene,
};
use crate::plan::fixture::{
    DAY, MONTH, appid, campaign, code, generation, history, history_of, id, now, record, wanted,
};
use crate::plan::{ForecastDay, Status, Wanted, WantedAccount};

/// Codes 7 and 8 have no spread.
fn temporary(seconds: i64) -> Lifetime {
    Lifetime::Temporary(ExpireSeconds::new(seconds.unsigned_abs()).expect("a lifetime"))
}

fn issued(of: &str, number: u64, lifetime: Lifetime, dies_in: i64) -> (Scene, CodeRecord) {
    (id(number), record(of, "Line", Some(generation(1, lifetime, dies_in))))
}

/// Code 7, and so the only one, with what the ledger has of it.
fn one(lifetime: Lifetime) -> Campaign {
    campaign("metro", vec![code(id(7), lifetime, "Line")])
}

fn on_paper(mut of: Campaign) -> Campaign {
    of.codes = of.codes.iter().map(|code| Code::clone(code).on(Some(Medium::Paper)).into()).collect();
    of
}

fn days(wanted: &Wanted, history: &History) -> Vec<ForecastDay> {
    let status = Status::make(wanted, history, &BTreeMap::new(), &BTreeMap::new(), now());
    status.outlook
}

/// Month and day; created, renewed, dying, over the quota. Now is 15:00 in Beijing on November 22nd.
type Shown = (i8, i8, [u64; 4]);

fn shown(days: &[ForecastDay]) -> Vec<Shown> {
    let of = |of: &ForecastDay| [of.creations, of.renewals, of.expiries, of.over_quota];
    days.iter().map(|day| (day.day.month(), day.day.day(), of(day))).collect()
}

fn outlook(campaign: Campaign, codes: impl IntoIterator<Item = (Scene, CodeRecord)>) -> Vec<Shown> {
    shown(&days(&wanted([campaign]), &history(codes)))
}

#[test]
fn a_code_is_renewed_when_it_comes_due_and_again_and_again() {
    let month = |dies_in| outlook(one(MONTH), [issued("metro", 7, MONTH, dies_in)]);
    assert_eq!(month(12 * DAY), [(11, 24, [0, 1, 0, 0]), (12, 14, [0, 1, 0, 0])]);
    assert_eq!(month(29 * DAY), [(12, 11, [0, 1, 0, 0])]);
    assert_eq!(month(3 * DAY), [(11, 22, [0, 1, 0, 0]), (12, 12, [0, 1, 0, 0])], "it is due");
    assert_eq!(month(-3 * DAY), [(11, 22, [0, 1, 0, 0]), (12, 12, [0, 1, 0, 0])], "it is dead");
    let short = outlook(one(temporary(12 * DAY)), [issued("metro", 7, temporary(12 * DAY), 9 * DAY)]);
    let expected = [27, 5, 13, 21].map(|day| (if day == 27 { 11 } else { 12 }, day, [0, 1, 0, 0]));
    assert_eq!(short, expected);
    let minute = outlook(one(temporary(60)), [issued("metro", 7, temporary(60), 30)]);
    assert_eq!(minute.len(), 30, "once a night: {minute:?}");
    assert!(minute.iter().all(|(_, _, counted)| *counted == [0, 1, 0, 0]));
}

#[test]
fn a_new_code_is_created_today_and_goes_on_from_there() {
    assert_eq!(outlook(one(MONTH), []), [(11, 22, [1, 0, 0, 0]), (12, 12, [0, 1, 0, 0])]);
    let permanent_one = || Campaign { permanent_budget: 1, ..one(Lifetime::Permanent) };
    let permanent = outlook(permanent_one(), []);
    assert_eq!(permanent, [(11, 22, [1, 0, 0, 0])]);
    let becomes_permanent = outlook(permanent_one(), [issued("metro", 7, MONTH, 3 * DAY)]);
    assert_eq!(becomes_permanent, [(11, 22, [1, 0, 0, 0])]);
    let stays_permanent = outlook(one(MONTH), [issued("metro", 7, Lifetime::Permanent, 0)]);
    assert_eq!(stays_permanent, []);
}

#[test]
fn paper_what_left_the_files_and_what_outlives_its_campaign_dies_on_its_day() {
    let nine_days = || [issued("metro", 7, MONTH, 9 * DAY)];
    let dies = [(12, 1, [0, 0, 1, 0])];
    assert_eq!(outlook(on_paper(one(MONTH)), nine_days()), dies);
    assert_eq!(outlook(campaign("metro", Vec::new()), nine_days()), dies);
    let retired = nine_days().map(|(scene, record)| (scene, CodeRecord { retired: true, ..record }));
    assert_eq!(outlook(campaign("metro", Vec::new()), retired), dies);
    assert_eq!(outlook(campaign("fair", Vec::new()), nine_days()), dies, "its campaign is in no file");
    for (until, expected) in [
        (date(2026, 11, 21), &dies[..]),
        (date(2026, 11, 30), &dies),
        // What is renewed today dies after these days.
        (date(2026, 12, 1), &[(11, 22, [0, 1, 0, 0])]),
    ] {
        let metro = Campaign { until: Some(until), ..one(MONTH) };
        assert_eq!(outlook(metro, nine_days()), expected, "{until}");
    }
    let metro = Campaign { until: Some(date(2026, 12, 2)), ..one(temporary(7 * DAY)) };
    let expected = [(11, 22, [1, 0, 0, 0]), (11, 27, [0, 1, 0, 0]), (12, 4, [0, 0, 1, 0])];
    assert_eq!(outlook(metro, []), expected, "its last ticket");
    let new_paper = outlook(on_paper(one(temporary(7 * DAY))), []);
    assert_eq!(new_paper, [(11, 22, [1, 0, 0, 0]), (11, 29, [0, 0, 1, 0])]);
}

#[test]
fn what_is_dead_does_not_die_again_and_what_dies_later_is_not_told() {
    assert_eq!(outlook(on_paper(one(MONTH)), [issued("metro", 7, MONTH, -DAY)]), []);
    assert_eq!(outlook(campaign("metro", Vec::new()), [issued("metro", 7, MONTH, -DAY)]), []);
    let last_minute = 29 * DAY + 9 * 3600 - 60;
    let left = |dies_in| outlook(campaign("metro", Vec::new()), [issued("metro", 7, MONTH, dies_in)]);
    assert_eq!(left(last_minute), [(12, 21, [0, 0, 1, 0])]);
    assert_eq!(left(last_minute + 60), []);
}

#[test]
fn an_example_on_a_real_account_issues_nothing() {
    let example = || wanted([Campaign { example: true, ..one(MONTH) }]);
    assert_eq!(days(&example(), &History::empty()), []);
    let mut loopback = example();
    loopback.accounts.values_mut().for_each(|account| account.is_loopback = true);
    assert_eq!(days(&loopback, &History::empty()).len(), 2);
}

#[test]
fn each_night_has_its_quota_and_today_what_is_left_of_it() {
    let codes = [7, 8].map(|number| code(id(number), MONTH, "Line")).to_vec();
    let new = [id(9), id(10)].map(|scene| code(scene, MONTH, "Line"));
    let with = |calls_today, daily_quota| {
        let metro = campaign("metro", [codes.clone(), new.to_vec()].concat());
        let mut wanted = wanted([metro]);
        wanted.accounts.values_mut().for_each(|account| account.daily_quota = daily_quota);
        let issued = [issued("metro", 7, MONTH, 3 * DAY), issued("metro", 8, MONTH, 12 * DAY)];
        let mut account = history(issued).account(&appid()).expect("one").clone();
        account.calls_today = calls_today;
        let over = |(month, day, counted): &Shown| (*month, *day, counted[3]);
        shown(&days(&wanted, &history_of(account))).iter().map(over).collect::<Vec<_>>()
    };
    let over_today = |calls_today, daily_quota| with(calls_today, daily_quota)[0].2;
    assert_eq!([over_today(0, 3), over_today(1, 3), over_today(9, 3), over_today(0, 0)], [0, 1, 3, 3]);
    assert_eq!(with(1, 1)[..2], [(11, 22, 3), (11, 24, 0)], "another day has its own");
}

#[test]
fn each_account_has_its_own_also_where_two_share_an_appid() {
    let mut wanted = wanted([one(MONTH), campaign("shops", vec![code(id(8), MONTH, "Shop")])]);
    let shops = AccountName::new("shops").expect("a name");
    let account: WantedAccount = wanted.accounts[&AccountName::default()].clone();
    wanted.accounts.insert(shops.clone(), account);
    wanted.campaigns[1].campaign.account = shops;
    let issued = [issued("metro", 7, MONTH, 12 * DAY), issued("shops", 8, MONTH, 13 * DAY)];
    let status = Status::make(&wanted, &history(issued), &BTreeMap::new(), &BTreeMap::new(), now());
    let of = [0, 1].map(|account: usize| {
        let name = &status.accounts[account].name;
        let days: Vec<_> = status.outlook.iter().filter(|day| day.account == *name).cloned().collect();
        shown(&days)
    });
    assert_eq!(of.map(|of| of[0]), [(11, 24, [0, 1, 0, 0]), (11, 25, [0, 1, 0, 0])]);
}

#[test]
fn a_campaign_whose_paper_is_refused_tonight_issues_nothing_and_its_screens_die_too() {
    let mixed = |accept_expiry| {
        let paper = code(id(8), MONTH, "Paper").on(Some(Medium::Paper));
        let codes = vec![code(id(7), MONTH, "Line"), paper, code(id(9), Lifetime::Permanent, "Desk")];
        let until = Some(date(2027, 3, 15));
        Campaign { until, accept_expiry, permanent_budget: 1, ..campaign("metro", codes) }
    };
    let known = |dies_in| [issued("metro", 7, MONTH, 12 * DAY), issued("metro", 8, MONTH, dies_in)];
    let (screen_dies, dies) = ((12, 4, [0, 0, 1, 0]), (11, 25, [0, 0, 1, 0]));
    let goes_on = |dies| [(11, 22, [1, 0, 0, 0]), (11, 24, [0, 1, 0, 0]), dies, (12, 14, [0, 1, 0, 0])];
    assert_eq!(outlook(mixed(None), known(3 * DAY)), [dies, screen_dies], "the paper is due");
    assert_eq!(outlook(mixed(None), known(-DAY)), [screen_dies], "the paper is dead");
    assert_eq!(outlook(mixed(Some(date(2026, 11, 25))), known(3 * DAY)), goes_on(dies), "it is accepted");
    assert_eq!(outlook(mixed(Some(date(2026, 11, 26))), known(3 * DAY)), [dies, screen_dies]);
    assert_eq!(outlook(mixed(None), known(20 * DAY)), goes_on((12, 12, [0, 0, 1, 0])), "it is not due yet");
    let alone = || [issued("metro", 7, MONTH, 12 * DAY)];
    assert_eq!(outlook(mixed(None), alone()), [screen_dies], "new paper would die too early");
}

#[test]
fn a_campaign_that_a_limit_or_its_budget_refuses_tonight_issues_nothing() {
    let known = || [issued("metro", 7, MONTH, 12 * DAY)];
    let mut metro = one(MONTH);
    metro.codes.push(code(id(8), Lifetime::Permanent, "Desk").into());
    assert_eq!(outlook(metro.clone(), known()), [(12, 4, [0, 0, 1, 0])], "the budget is 0");
    metro.permanent_budget = 1;
    let goes_on = [(11, 22, [1, 0, 0, 0]), (11, 24, [0, 1, 0, 0]), (12, 14, [0, 1, 0, 0])];
    assert_eq!(outlook(metro, known()), goes_on);
    let scenes = || (1..=40).map(id);
    let moved = campaign("metro", scenes().map(|scene| code(scene, MONTH, "Moved")).collect());
    let known = scenes().map(|scene| (scene, record("metro", "Line", Some(generation(1, MONTH, 12 * DAY)))));
    assert_eq!(outlook(moved, known), [(12, 4, [0, 0, 40, 0])], "40 channels are over the limit");
}
