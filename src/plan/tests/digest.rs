use std::collections::HashSet;

use super::make;
use crate::model::{AccountName, AppId, Digest, Lifetime};
use crate::plan::digest::{digest_of, planned_actions};
use crate::plan::fixture::{
    DAY, MONTH, after, campaign, code, generation, history, id, name, now, record, text, wanted,
};
use crate::plan::{ActionKind, CampaignPlan, Plan, Subject};

/// A plan of one `Create`, as a value that tests may change.
fn planned() -> Vec<CampaignPlan> {
    make(wanted([campaign("metro", vec![code(id(12), MONTH, "Line")])]), &history([])).campaigns
}

fn with(change: impl FnOnce(&mut CampaignPlan)) -> Digest {
    let mut campaigns = planned();
    change(&mut campaigns[0]);
    digest_of(planned_actions(&campaigns))
}

#[test]
fn the_digest_changes_with_each_field_of_an_action() {
    let digests = [
        digest_of(planned_actions(&planned())),
        with(|plan| plan.actions[0].kind = ActionKind::Renew),
        with(|plan| plan.appid = AppId::new("wxother").expect("an appid")),
        with(|plan| plan.actions[0].subject = Subject::Wanted(code(text("12"), MONTH, "Line").into())),
        with(|plan| plan.actions[0].subject = Subject::Wanted(code(id(13), MONTH, "Line").into())),
        with(|plan| plan.name = name("metro2")),
        with(|plan| plan.actions[0].subject = Subject::Wanted(code(id(12), MONTH, "Line2").into())),
        with(|plan| {
            plan.actions[0].subject = Subject::Wanted(code(id(12), Lifetime::Permanent, "Line").into());
        }),
        with(|plan| plan.actions[0].generation = 2),
        with(|plan| plan.actions.push(plan.actions[0].clone())),
        with(|plan| plan.actions.clear()),
    ];
    assert_eq!(digests.iter().collect::<HashSet<_>>().len(), digests.len());
}

#[test]
fn the_digest_ignores_instants_reasons_pictures_and_the_accounts_name() {
    let digest = digest_of(planned_actions(&planned()));
    assert_eq!(with(|plan| plan.actions[0].expires_at = Some(now())), digest);
    assert_eq!(with(|plan| plan.actions[0].reason = crate::plan::Reason::Due(now())), digest);
    assert_eq!(with(|plan| plan.actions[0].picture_missing = true), digest);
    assert_eq!(with(|plan| plan.account = AccountName::new("other").expect("a name")), digest);
}

#[test]
fn a_plan_made_in_the_afternoon_holds_at_night_while_nothing_moves() {
    let metro = || {
        let codes = vec![code(id(1), MONTH, "One"), code(id(2), MONTH, "Two"), code(id(3), MONTH, "Three")];
        wanted([campaign("metro", codes)])
    };
    let history = |shift: i64| {
        history([
            (id(2), record("metro", "Two", Some(generation(1, MONTH, DAY + shift)))),
            (id(3), record("metro", "Three", Some(generation(1, MONTH, 20 * DAY + shift)))),
        ])
    };
    let afternoon = Plan::make(&metro(), &history(0), now());
    assert_eq!(Plan::make(&metro(), &history(0), after(10 * 3600)).digest, afternoon.digest);
    assert_eq!(Plan::make(&metro(), &history(77), now()).digest, afternoon.digest);
    // Fourteen days later the third code is due as well: its spread is three days.
    assert_ne!(Plan::make(&metro(), &history(0), after(14 * DAY)).digest, afternoon.digest);
}

#[test]
fn kept_codes_are_not_in_the_digest_and_their_order_is() {
    let kept = || history([(id(9), record("metro", "Nine", Some(generation(1, MONTH, 20 * DAY))))]);
    let digest = |numbers: &[u64], history: &crate::model::History| {
        let codes = numbers.iter().map(|n| code(id(*n), MONTH, if *n == 9 { "Nine" } else { "Line" }));
        make(wanted([campaign("metro", codes.collect())]), history).digest
    };
    assert_eq!(digest(&[1, 9, 2], &kept()), digest(&[1, 2], &history([])));
    assert_ne!(digest(&[2, 1], &history([])), digest(&[1, 2], &history([])));
    assert_eq!(digest(&[], &history([])), Digest::of(b""));
}

#[test]
fn fields_cannot_be_confused_with_their_neighbours() {
    let digest = |campaign_name: &str, channel_name: &str| {
        with(|plan| {
            plan.name = name(campaign_name);
            plan.actions[0].subject = Subject::Wanted(code(id(12), MONTH, channel_name).into());
        })
    };
    assert_ne!(digest("ab", "c"), digest("a", "bc"));
    let ended = |generation, scene: u64| {
        with(|plan| {
            plan.actions[0].generation = generation;
            plan.actions[0].subject = Subject::Wanted(code(id(scene), MONTH, "Line").into());
        })
    };
    assert_ne!(ended(11, 1), ended(1, 11));
}

#[test]
fn the_digest_is_what_the_documents_say_it_is() {
    // Eight fields, each behind its length in 64 bits, little endian; the lifetime of what is issued to the second.
    let mut bytes = Vec::new();
    for field in ["create", "wx0123456789abcdef", "id", "12", "metro", "Line", "temporary 2592000", "1"] {
        bytes.extend((field.len() as u64).to_le_bytes());
        bytes.extend(field.as_bytes());
    }
    assert_eq!(digest_of(planned_actions(&planned())), Digest::of(&bytes));
}
