//! Codes made in one run do not all come due in one night.

use std::time::Duration;

use proptest::prelude::*;

use super::make;
use crate::model::{AppId, Campaign, ExpireSeconds, Lifetime, Scene, renew_before};
use crate::plan::fixture::{
    DAY, MONTH, appid, campaign, code, days, generation, history, id, record, text, wanted,
};
use crate::plan::{ActionKind, spread_days};

#[test]
fn a_codes_spread_is_the_same_for_ever() {
    let spread = |scene: &Scene, before| spread_days(&appid(), scene, days(before));
    assert_eq!([1, 2, 3, 7, 10, 11].map(|n| spread(&id(n), 10)), [1, 2, 3, 0, 4, 5]);
    assert_eq!([text("1"), text("vip")].map(|scene| spread(&scene, 10)), [2, 2]);
    let other = AppId::new("wxfedcba9876543210").expect("an appid");
    let of = |appid: &AppId| (1..=20).map(|n| spread_days(appid, &id(n), days(10))).collect::<Vec<_>>();
    assert_ne!(of(&other), of(&appid()), "each account has its own");
}

#[test]
fn a_spread_is_whole_days_in_half_of_renew_before_that_leave_two() {
    let most = |seconds| {
        let before = Duration::from_secs(seconds);
        (1..=500).map(|n| spread_days(&appid(), &id(n), before)).max().expect("some")
    };
    let day = DAY.unsigned_abs();
    for (seconds, expected) in [
        (0, 0),
        (20, 0),
        (3 * day - 1, 0),
        (3 * day, 1),
        (4 * day - 1, 1),
        (4 * day, 2),
        (10 * day, 5),
        (15 * day, 7),
    ] {
        assert_eq!(most(seconds), expected, "{seconds} s");
    }
}

#[test]
fn codes_made_in_one_run_come_due_in_several_nights_about_as_many_in_each() {
    let mut nights = [0_u32; 6];
    for n in 1..=60_000 {
        nights[usize::try_from(spread_days(&appid(), &id(n), days(10))).expect("small")] += 1;
    }
    // Five standard deviations of a fair die are 456.
    assert!(nights.iter().all(|codes| codes.abs_diff(10_000) < 500), "{nights:?}");
}

#[test]
fn a_code_is_due_when_its_own_day_has_come() {
    // Scene 11 has the longest spread of 10 days: 5.
    let kind = |dies_in| {
        let known = history([(id(11), record("metro", "Line", Some(generation(1, MONTH, dies_in))))]);
        let plan = make(wanted([campaign("metro", vec![code(id(11), MONTH, "Line")])]), &known);
        plan.campaigns[0].actions[0].kind
    };
    assert_eq!(kind(10 * DAY - 1), ActionKind::Keep);
    assert_eq!(kind(5 * DAY), ActionKind::Keep);
    assert_eq!(kind(5 * DAY - 1), ActionKind::Renew);
}

#[test]
fn codes_of_a_campaign_without_spread_are_renewed_in_one_night() {
    // Scene 11 has the longest spread of 10 days, scene 7 none. The run that made them took two minutes.
    let made = |number, dies_in| (id(number), record("metro", "Line", Some(generation(1, MONTH, dies_in))));
    let kinds = |spread, dies_in: i64| {
        let codes = [7, 11].map(|number| code(id(number), MONTH, "Line")).to_vec();
        let metro = Campaign { spread, ..campaign("metro", codes) };
        let plan = make(wanted([metro]), &history([made(7, dies_in), made(11, dies_in + 120)]));
        super::kinds(&plan.campaigns[0])
    };
    let (keep, renew) = (ActionKind::Keep, ActionKind::Renew);
    // It is 15:00 in Beijing.
    let midnight = 10 * DAY - 15 * 3600;
    for (spread, dies_in, expected) in [
        (true, 10 * DAY - 60, [renew, keep]),
        (true, 5 * DAY - 60, [renew, keep]),
        (true, 5 * DAY - 180, [renew, renew]),
        (false, 10 * DAY - 60, [renew, renew]),
        (false, midnight + DAY, [keep, keep]),
        (false, midnight + DAY - 121, [renew, renew]),
    ] {
        assert_eq!(kinds(spread, dies_in), expected, "{spread} {dies_in}");
    }
    // With less than a day to renew in, the time of day counts.
    let hours = Lifetime::Temporary(ExpireSeconds::new(3 * 3600).expect("a lifetime"));
    let record = record("metro", "Line", Some(generation(1, hours, 2 * 3600)));
    let metro = Campaign { spread: false, ..campaign("metro", vec![code(id(7), hours, "Line")]) };
    assert_eq!(super::kinds(&make(wanted([metro]), &history([(id(7), record)])).campaigns[0]), [keep]);
}

fn scenes() -> impl Strategy<Value = Scene> {
    prop_oneof![(1_u64..=4_294_967_295).prop_map(id), "[a-z0-9-]{1,20}".prop_map(|word| text(&word))]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_code_is_due_before_renew_before_nor_with_less_than_half_of_it_left(
        scene in scenes(),
        lifetime in 60_u64..=2_592_000,
        setting in proptest::option::of(1_u64..3_000_000),
    ) {
        let setting = setting.map(Duration::from_secs);
        let before = renew_before(setting, Duration::from_secs(lifetime));
        let temporary = Lifetime::Temporary(ExpireSeconds::new(lifetime).expect("a lifetime"));
        let due = |left: Duration| {
            let dies_in = i64::try_from(left.as_secs()).expect("small");
            let known = history([(scene.clone(), record("m", "L", Some(generation(1, temporary, dies_in))))]);
            let mut campaign = campaign("m", vec![code(scene.clone(), temporary, "L")]);
            campaign.renew_before = setting;
            make(wanted([campaign]), &known).campaigns[0].actions[0].kind == ActionKind::Renew
        };
        let second = Duration::from_secs(1);
        let before = Duration::from_secs(before.as_secs());
        prop_assert!(!due(before + second), "not before its time");
        prop_assert!(due((before / 2).saturating_sub(second)), "half of renew_before is left at least");
        let two_days = days(2).min(before);
        prop_assert!(due(two_days.saturating_sub(second)), "two days are left, where there are as many");
        let spread = Duration::from_secs(86_400 * spread_days(&appid(), &scene, before));
        prop_assert!(!due((before + second).saturating_sub(spread)));
        prop_assert!(due(before.saturating_sub(spread + second)));
    }
}
