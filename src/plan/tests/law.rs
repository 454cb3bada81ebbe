//! The law: after a run of the plan, the next plan keeps everything.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use crate::model::{
    AccountHistory, CodeKey, CodeRecord, Digest, Generation, History, Lifetime, PictureFacts, Scene,
};
use crate::plan::fixture::{
    DAY, MONTH, after, appid, campaign, code, generation, id, labels, name, now, record, text, wanted,
};
use crate::plan::{ActionKind, Plan, Retirement, Subject, Wanted};

/// What a run that succeeds leaves in the ledger, apart from what is refused.
fn apply(plan: &Plan, history: &History, at: Timestamp) -> History {
    let mut accounts: BTreeMap<_, AccountHistory> =
        history.accounts().map(|(appid, account)| (appid.clone(), account.clone())).collect();
    for campaign in &plan.campaigns {
        let account = accounts.entry(campaign.appid.clone()).or_default();
        for action in campaign.actions.iter().filter(|action| action.kind != ActionKind::Refuse) {
            let scene = action.scene().clone();
            let lifetime = match (&action.subject, action.code().map(|code| code.lifetime())) {
                (Subject::Gone(_), _) | (_, None) => {
                    account.codes.get_mut(&scene).expect("a record").retired = true;
                    continue;
                }
                (Subject::Wanted(_), Some(lifetime)) => lifetime,
            };
            if campaign.ended {
                continue;
            }
            let known = account.codes.remove(&scene);
            let asked = known.as_ref().is_some_and(|known| known.permanent_asked);
            if action.kind.issues() && lifetime.is_permanent() && !asked {
                *account.permanents.entry(campaign.name.clone()).or_default() += 1;
            }
            let issued = action.kind.issues().then(|| Generation {
                number: action.generation,
                lifetime,
                created_at: at,
                expires_at: (!lifetime.is_permanent()).then(|| {
                    Timestamp::from_second(at.as_second() + i64::from(lifetime.seconds()))
                        .expect("an instant")
                }),
                picture: None,
            });
            let mut latest = issued.or_else(|| known.and_then(|known| known.latest));
            if let Some(latest) = &mut latest
                && (action.kind.issues() || action.picture_missing)
            {
                latest.picture = Some(PictureFacts { digest: Digest::of(b"new"), side: 430 });
            }
            let permanent_asked = asked || (action.kind.issues() && lifetime.is_permanent());
            let labels = action.labels().clone();
            account.codes.insert(
                scene,
                CodeRecord {
                    taken_down: false,
                    key: CodeKey(1),
                    campaign: campaign.name.clone(),
                    seq: 1,
                    labels,
                    retired: false,
                    permanent_asked,
                    latest,
                },
            );
        }
    }
    History::new(Some(at), accounts)
}

fn lifetimes() -> impl Strategy<Value = Lifetime> {
    prop_oneof![3 => Just(MONTH), 1 => Just(Lifetime::Permanent)]
}

fn scenes() -> impl Strategy<Value = Scene> {
    prop_oneof![
        (1u64..12).prop_map(id),
        (1u64..12).prop_map(|n| text(&n.to_string())),
        "[a-c]".prop_map(|s| text(&s))
    ]
}

fn records() -> impl Strategy<Value = CodeRecord> {
    let latest = proptest::option::of((lifetimes(), -20i64..30, any::<bool>(), 1u32..4));
    ("[mns]", "[XYZ]", any::<bool>(), any::<bool>(), latest).prop_map(
        |(of, channel, retired, asked, latest)| {
            let latest = latest.map(|(lifetime, days, pictured, number)| {
                let mut latest = generation(number, lifetime, days * DAY);
                latest.picture = latest.picture.filter(|_| pictured);
                latest
            });
            let mut record = record(&of, &channel, latest);
            record.permanent_asked |= asked;
            CodeRecord { retired, ..record }
        },
    )
}

/// Campaigns `m` and `n` share no scene; budget, last day and selection vary.
fn wanteds() -> impl Strategy<Value = Wanted> {
    let codes = proptest::collection::btree_map(scenes(), (lifetimes(), "[XYZ]", any::<bool>()), 0..12);
    let retirement =
        prop_oneof![Just(Retirement::Folder), Just(Retirement::Selected), Just(Retirement::Nothing)];
    (codes, 0u64..8, proptest::option::of(-3i64..40), any::<bool>(), retirement).prop_map(
        |(codes, budget, until, selected, retirement)| {
            let (mut m, mut n) = (campaign("m", vec![]), campaign("n", vec![]));
            for (scene, (lifetime, channel, first)) in codes {
                let campaign = if first { &mut m } else { &mut n };
                campaign.codes.push(code(scene, lifetime, &channel).into());
            }
            m.permanent_budget = budget;
            n.permanent_budget = 100;
            m.until = until.map(|days| crate::model::beijing_date(after(days * DAY)));
            let mut wanted = wanted([m, n]);
            wanted.campaigns[1].selected = selected;
            wanted.retirement = retirement;
            wanted
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_a_run_the_next_plan_keeps_everything_but_what_is_refused(
        wanted in wanteds(),
        known in proptest::collection::btree_map(scenes(), records(), 0..16),
    ) {
        let mut account = AccountHistory::default();
        for (scene, record) in known {
            if record.permanent_asked {
                *account.permanents.entry(record.campaign.clone()).or_default() += 1;
            }
            account.codes.insert(scene, record);
        }
        let history = History::new(Some(now()), BTreeMap::from([(appid(), account)]));
        let plan = Plan::make(&wanted.clone(), &history, now());
        let next = Plan::make(&wanted.clone(), &apply(&plan, &history, now()), now());
        prop_assert_eq!(next.fetches(), next.campaigns.iter()
            .filter(|campaign| campaign.is_refused())
            .flat_map(|campaign| &campaign.actions)
            .filter(|action| action.picture_missing)
            .count() as u64);
        for campaign in &next.campaigns {
            for action in &campaign.actions {
                let kind = action.kind;
                prop_assert!(matches!(kind, ActionKind::Keep | ActionKind::Refuse), "{:?}", action);
            }
        }
        // A plan is a function of its inputs.
        prop_assert_eq!(Plan::make(&wanted, &history, now()), plan);
    }
}

#[test]
fn a_run_of_every_kind_of_action_leaves_nothing_to_do() {
    let codes = vec![
        code(id(1), MONTH, "Line"),
        code(id(2), MONTH, "Line"),
        code(id(3), MONTH, "New"),
        code(id(4), Lifetime::Permanent, "Line"),
    ];
    let mut metro = campaign("metro", codes);
    metro.permanent_budget = 1;
    let mut account = AccountHistory::default();
    account.codes.insert(id(2), record("metro", "Line", Some(generation(1, MONTH, DAY))));
    account.codes.insert(id(3), record("metro", "Old", Some(generation(1, MONTH, 20 * DAY))));
    account.codes.insert(id(4), record("metro", "Line", Some(generation(1, MONTH, 20 * DAY))));
    account.codes.insert(id(5), record("gone", "Line", Some(generation(1, MONTH, 20 * DAY))));
    let history = History::new(Some(now()), BTreeMap::from([(appid(), account)]));
    let plan = Plan::make(&wanted([metro.clone()]), &history, now());
    let kinds = ActionKind::ALL.map(|kind| plan.counts().of(kind));
    assert_eq!(kinds, [2, 1, 0, 1, 1, 0]);
    let done = apply(&plan, &history, now());
    let next = Plan::make(&wanted([metro]), &done, now());
    assert_eq!((next.counts().changes(), next.counts().of(ActionKind::Keep), next.fetches()), (0, 4, 0));
    let permanent =
        done.code(&appid(), &id(4)).and_then(|record| record.latest.clone()).expect("a generation");
    assert_eq!((permanent.number, permanent.expires_at), (2, None));
    assert_eq!(done.code(&appid(), &id(3)).expect("a record").labels, labels("New"));
    assert_eq!(name("metro").as_str(), plan.campaigns[1].name.as_str());
}
