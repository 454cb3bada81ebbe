use jiff::civil::date;

use super::make;
use crate::model::{Campaign, Code, CodeRecord, ExpireSeconds, Lifetime, renew_before};
use crate::plan::fixture::{
    DAY, MONTH, after, campaign, channel, code, days, generation, history, id, instant, labels, name, now,
    record, tagged, wanted,
};
use crate::plan::{Action, ActionKind, Before, Plan, Reason};

const SECOND: i64 = 1;
const THIRD: i64 = 10 * DAY;

/// What happens to code 7 of campaign `metro`, channel `Line 1`, temporary for 30 days. It has no spread, see `spread`.
fn decided(change: impl FnOnce(&mut Campaign), record: Option<CodeRecord>) -> Action {
    let mut campaign = campaign("metro", vec![code(id(7), MONTH, "Line 1")]);
    change(&mut campaign);
    let history = history(record.map(|record| (id(7), record)));
    let mut plan = make(wanted([campaign]), &history);
    assert_eq!(plan.campaigns.len(), 1);
    plan.campaigns.remove(0).actions.remove(0)
}

fn was(of: Option<&str>, campaign: Option<&str>, retired: bool) -> Reason {
    Reason::Was(Box::new(Before { channel: of.map(channel), campaign: campaign.map(name), retired }))
}

fn issued(dies_in: i64) -> CodeRecord {
    record("metro", "Line 1", Some(generation(3, MONTH, dies_in)))
}

#[test]
fn a_code_is_created_once_and_renewed_when_less_than_renew_before_is_left() {
    let rows = [
        (None, ActionKind::Create, Reason::New, 1),
        (Some(record("metro", "Line 1", None)), ActionKind::Create, Reason::New, 1),
        (Some(issued(29 * DAY)), ActionKind::Keep, Reason::Current, 3),
        (Some(issued(THIRD + SECOND)), ActionKind::Keep, Reason::Current, 3),
        (Some(issued(THIRD)), ActionKind::Keep, Reason::Current, 3),
        (Some(issued(THIRD - SECOND)), ActionKind::Renew, Reason::Due(after(THIRD - SECOND)), 4),
        (Some(issued(SECOND)), ActionKind::Renew, Reason::Due(after(SECOND)), 4),
        (Some(issued(0)), ActionKind::Renew, Reason::Expired(now()), 4),
        (Some(issued(-SECOND)), ActionKind::Renew, Reason::Expired(after(-SECOND)), 4),
    ];
    for (record, kind, reason, number) in rows {
        let action = decided(|_| {}, record.clone());
        assert_eq!((action.kind, &action.reason, action.generation), (kind, &reason, number), "{record:?}");
        let dies_at = record.and_then(|record| record.latest).and_then(|latest| latest.expires_at);
        assert_eq!(action.expires_at, dies_at.filter(|_| !kind.issues()));
    }
}

#[test]
fn renew_before_is_a_third_of_the_lifetime_unless_the_file_says_less_than_half() {
    let rows = [
        (None, 30, 10),
        (Some(2), 30, 2),
        (Some(15), 30, 15),
        (Some(16), 30, 10),
        (Some(10), 3, 1),
        (Some(0), 30, 0),
    ];
    for (setting, lifetime, expected) in rows {
        let before = renew_before(setting.map(days), days(lifetime));
        assert_eq!(before, days(expected), "{setting:?} of {lifetime} days");
    }
    let due_at =
        |dies_in| decided(|campaign| campaign.renew_before = Some(days(2)), Some(issued(dies_in))).kind;
    assert_eq!(due_at(2 * DAY), ActionKind::Keep);
    assert_eq!(due_at(2 * DAY - 1), ActionKind::Renew);
}

#[test]
fn what_is_due_depends_on_the_lifetime_that_was_issued_and_not_on_the_one_in_the_file() {
    let week = Lifetime::Temporary(ExpireSeconds::new(7 * 86_400).expect("a lifetime"));
    let record = record("metro", "Line 1", Some(generation(1, week, 3 * DAY)));
    assert_eq!(decided(|_| {}, Some(record)).kind, ActionKind::Keep);
}

#[test]
fn nothing_is_renewed_that_outlives_the_campaigns_last_day() {
    // In Beijing `now` is 15:00 on November 22nd; nine days later it is December 1st.
    let nine_days = 9 * DAY;
    let rows = [
        (date(2026, 12, 1), nine_days, ActionKind::Renew, Reason::Due(after(nine_days))),
        (date(2026, 11, 30), nine_days, ActionKind::Keep, Reason::OutlivesCampaign),
        (date(2026, 11, 22), nine_days, ActionKind::Keep, Reason::OutlivesCampaign),
        (date(2026, 11, 22), -SECOND, ActionKind::Renew, Reason::Expired(after(-SECOND))),
        (date(2026, 11, 21), nine_days, ActionKind::Keep, Reason::CampaignEnded),
        (date(2026, 11, 21), -SECOND, ActionKind::Keep, Reason::CampaignEnded),
    ];
    for (until, dies_in, kind, reason) in rows {
        let action = decided(|campaign| campaign.until = Some(until), Some(issued(dies_in)));
        assert_eq!((action.kind, action.reason), (kind, reason), "until {until}");
    }
}

#[test]
fn a_new_code_of_a_campaign_that_has_ended_is_not_issued_and_a_campaign_of_new_codes_is_refused() {
    let last = date(2026, 11, 21);
    let of = |name: &str, until, codes: &[u64]| {
        let codes = codes.iter().map(|number| code(id(*number), MONTH, "Line")).collect();
        Campaign { until: Some(until), ..campaign(name, codes) }
    };
    let known = |name: &str| record(name, "Line", Some(generation(1, MONTH, DAY)));
    let retired = |name: &str| CodeRecord { retired: true, ..known(name) };
    let asked = CodeRecord { permanent_asked: true, ..record("metro", "Line", None) };
    let wrong_year = || vec![Reason::EndedBeforeFirst(last); 2];
    let new = || vec![Reason::EndedUnissued; 2];
    let rows = [
        // The scene that the ledger knows, and what it knows; then what becomes of new codes 7 and 8.
        (None, wrong_year()),
        (Some((9, known("stores"))), wrong_year()),
        (Some((7, record("metro", "Line", None))), wrong_year()),
        (Some((7, known("metro"))), vec![Reason::CampaignEnded, Reason::EndedUnissued]),
        (Some((7, known("stores"))), vec![Reason::CampaignEnded, Reason::EndedUnissued]),
        (Some((9, retired("metro"))), new()),
        (Some((9, asked)), new()),
    ];
    for (known, expected) in rows {
        let ledger = history(known.clone().map(|(number, record)| (id(number), record)));
        let plan = make(wanted([of("metro", last, &[7, 8])]), &ledger);
        let metro = plan.campaigns.iter().find(|of| of.name.as_str() == "metro").expect("the campaign");
        let wanted = metro.actions.iter().filter(|action| action.code().is_some());
        let (kinds, reasons): (Vec<_>, Vec<_>) =
            wanted.map(|action| (action.kind, action.reason.clone())).unzip();
        assert_eq!(reasons, expected, "{known:?}");
        let kind = if expected == wrong_year() { ActionKind::Refuse } else { ActionKind::Keep };
        assert!(kinds.iter().all(|of| *of == kind), "{kinds:?}");
        let unissued = expected.iter().filter(|reason| **reason == Reason::EndedUnissued).count() as u64;
        assert_eq!((plan.unissued(), plan.fetches()), (unissued, 0));
    }
    let tomorrow = make(wanted([of("metro", date(2026, 11, 22), &[7])]), &history([]));
    assert_eq!(tomorrow.campaigns[0].actions[0].kind, ActionKind::Create);
}

#[test]
fn a_campaigns_last_day_ends_at_midnight_in_beijing() {
    let plan = |at: &str| {
        let mut campaign = campaign("metro", vec![code(id(1), MONTH, "Line 1")]);
        campaign.until = Some(date(2026, 11, 22));
        Plan::make(&wanted([campaign]), &history([]), instant(at)).campaigns.remove(0)
    };
    assert!(!plan("2026-11-22T15:59:59Z").ended);
    assert!(plan("2026-11-22T16:00:00Z").ended);
}

#[test]
fn labels_change_without_a_call() {
    let live = || generation(1, MONTH, 20 * DAY);
    let retired = CodeRecord { retired: true, ..record("metro", "Line 1", Some(live())) };
    let was_tagged =
        CodeRecord { labels: tagged("Line 1", &["old"]), ..record("metro", "Line 1", Some(live())) };
    let moved_and_retired = CodeRecord { retired: true, ..record("shops", "Line 1", Some(live())) };
    let rows = [
        (record("metro", "Old", Some(live())), was(Some("Old"), None, false)),
        (record("shops", "Line 1", Some(live())), was(None, Some("shops"), false)),
        (moved_and_retired, was(None, Some("shops"), true)),
        (record("shops", "Old", Some(live())), was(Some("Old"), Some("shops"), false)),
        (retired, was(None, None, true)),
        (was_tagged, Reason::LabelsChanged),
    ];
    for (record, reason) in rows {
        let action = decided(|_| {}, Some(record));
        assert_eq!((action.kind, action.reason, action.generation), (ActionKind::Relabel, reason, 1));
        assert_eq!(action.expires_at, Some(after(20 * DAY)));
        assert!(!action.picture_missing);
    }
}

#[test]
fn all_that_was_otherwise_is_told_the_channel_first() {
    let rows = [
        (was(Some("One"), None, false), "channel was \"One\""),
        (was(Some("One"), Some("a"), false), "channel was \"One\"; was in campaign a"),
        (was(Some("One"), None, true), "channel was \"One\"; was retired, is wanted again"),
        (was(None, Some("a"), true), "was in campaign a; was retired, is wanted again"),
    ];
    for (reason, text) in rows {
        assert_eq!(reason.to_string(), text);
    }
}

#[test]
fn a_code_that_is_due_is_renewed_whatever_its_labels() {
    let record =
        CodeRecord { retired: true, ..record("shops", "Line 1", Some(generation(1, MONTH, SECOND))) };
    assert_eq!(decided(|_| {}, Some(record)).kind, ActionKind::Renew);
}

#[test]
fn a_missing_picture_is_fetched_for_kept_and_relabelled_codes() {
    let unpictured = |of: &str, dies_in: i64| {
        let mut latest = generation(2, MONTH, dies_in);
        latest.picture = None;
        Some(record("metro", of, Some(latest)))
    };
    let keep = decided(|_| {}, unpictured("Line 1", 20 * DAY));
    assert_eq!(
        (keep.kind, keep.reason, keep.picture_missing),
        (ActionKind::Keep, Reason::PictureMissing, true)
    );
    let relabel = decided(|_| {}, unpictured("Old", 20 * DAY));
    assert_eq!((relabel.kind, relabel.picture_missing), (ActionKind::Relabel, true));
    let renew = decided(|_| {}, unpictured("Line 1", SECOND));
    assert_eq!((renew.kind, renew.picture_missing), (ActionKind::Renew, false));
    let outlives = decided(|campaign| campaign.until = Some(date(2026, 11, 22)), unpictured("Line 1", DAY));
    assert_eq!((outlives.reason, outlives.picture_missing), (Reason::OutlivesCampaign, true));
    let ended = decided(|campaign| campaign.until = Some(date(2026, 11, 1)), unpictured("Line 1", DAY));
    assert!(!ended.picture_missing);
}

#[test]
fn a_temporary_code_may_become_permanent_and_a_permanent_one_is_never_due() {
    let permanent = |campaign: &mut Campaign| {
        campaign.permanent_budget = 1;
        campaign.codes =
            vec![Code::new(id(7), Lifetime::Permanent, labels("Line 1")).expect("a code").into()];
    };
    let becomes = decided(permanent, Some(issued(20 * DAY)));
    assert_eq!(
        (becomes.kind, becomes.reason, becomes.generation),
        (ActionKind::Create, Reason::BecomesPermanent, 4)
    );
    let old = record("metro", "Line 1", Some(generation(1, Lifetime::Permanent, -4000 * DAY)));
    let kept = decided(permanent, Some(old));
    assert_eq!((kept.kind, kept.reason, kept.expires_at), (ActionKind::Keep, Reason::Current, None));
}

#[test]
fn a_plan_adds_up_what_it_asks_of_the_account() {
    let mut unpictured = generation(1, MONTH, 20 * DAY);
    unpictured.picture = None;
    let codes = vec![
        code(id(1), MONTH, "Line 1"),
        code(id(2), MONTH, "Line 2"),
        code(id(3), MONTH, "Line 3"),
        code(id(4), Lifetime::Permanent, "Line 4"),
    ];
    let mut campaign = campaign("metro", codes);
    campaign.permanent_budget = 1;
    let history = history([
        (id(2), record("metro", "Line 2", Some(generation(1, MONTH, 0)))),
        (id(3), record("metro", "Line 3", Some(unpictured))),
    ]);
    let plan = make(wanted([campaign]), &history);
    let account = &plan.accounts[0];
    assert_eq!((account.calls.needed, account.permanent.needed, plan.fetches()), (3, 1, 4));
    assert_eq!(plan.permanents_needed(), 1);
    let counts = plan.counts();
    let of = ActionKind::ALL.map(|kind| counts.of(kind));
    assert_eq!((of, counts.changes()), ([2, 1, 1, 0, 0, 0], 3));
}
