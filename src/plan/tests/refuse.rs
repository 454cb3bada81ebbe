use super::{kinds, make, reasons};
use crate::model::{Account, AccountHistory, AccountName, CodeRecord, History, Lifetime, Scene};
use crate::plan::fixture::{
    DAY, MONTH, campaign, code, generation, history, history_of, id, name, record, text, wanted,
};
use crate::plan::{ActionKind, Consent, NotApproved, Plan, Reason, WantedAccount};

const LIVE: i64 = 20 * DAY;
use ActionKind::{Create, Keep, Refuse, Relabel};

fn permanent(number: u64) -> crate::model::Code {
    code(id(number), Lifetime::Permanent, "Desk")
}

/// A ledger in which `campaign` used so many permanent codes.
fn used(campaign: &str, permanents: u64) -> History {
    let mut account = AccountHistory::default();
    account.permanents.insert(name(campaign), permanents);
    history_of(account)
}

fn desk(budget: u64, codes: impl IntoIterator<Item = u64>) -> crate::model::Campaign {
    let mut desk = campaign("desk", codes.into_iter().map(permanent).collect());
    desk.permanent_budget = budget;
    desk
}

#[test]
fn permanent_codes_beyond_the_budget_are_refused_with_the_whole_campaign() {
    let rows = [(0, 2, true), (1, 2, true), (2, 2, false)];
    for (budget, codes, refused) in rows {
        let plan = make(wanted([desk(budget, 1..=codes)]), &history([]));
        assert_eq!(plan.campaigns[0].is_refused(), refused, "budget {budget}");
        assert_eq!(plan.permanents_needed(), if refused { 0 } else { codes });
    }
    let plan = make(wanted([desk(3, 1..=2)]), &used("desk", 2));
    let budget = Reason::Budget { created: 2, needed: 2, budget: 3 };
    assert_eq!(reasons(&plan.campaigns[0]), [budget.clone(), budget]);
    let plan = make(wanted([desk(2, 1..=2)]), &used("other", 50));
    assert_eq!(kinds(&plan.campaigns[0]), [Create, Create]);
}

#[test]
fn a_permanent_code_whose_answer_was_lost_is_counted_once() {
    let lost = CodeRecord { permanent_asked: true, ..record("desk", "Desk", None) };
    let plan = make(wanted([desk(1, [1])]), &history([(id(1), lost.clone())]));
    assert_eq!((kinds(&plan.campaigns[0]), plan.permanents_needed()), (vec![Create], 0));
    assert_eq!((plan.accounts[0].calls.needed, plan.accounts[0].permanent.issued), (1, 1));

    let plan = make(wanted([desk(1, [1, 2])]), &history([(id(1), lost)]));
    let budget = Reason::Budget { created: 1, needed: 1, budget: 1 };
    assert_eq!(reasons(&plan.campaigns[0]), [budget.clone(), budget]);
}

#[test]
fn the_accounts_pool_is_shared_by_its_campaigns_in_their_order() {
    let pair = |name: &str, from: u64| {
        let mut campaign = campaign(name, vec![permanent(from), permanent(from + 1)]);
        campaign.permanent_budget = 2;
        campaign
    };
    let issued = Account::PERMANENT_POOL - 3;
    let plan = make(wanted([pair("a", 1), pair("b", 3)]), &used("old", issued));
    assert_eq!(kinds(&plan.campaigns[0]), [Create, Create]);
    let pool = Reason::Pool { issued: issued + 2, needed: 2 };
    assert_eq!(reasons(&plan.campaigns[1]), [pool.clone(), pool]);
    assert_eq!(plan.permanents_needed(), 2);

    // What `a` is refused for another cause is left to `b`.
    let mut a = pair("a", 1);
    a.codes.push(code(id(9), MONTH, "Nine").into());
    let mut account = AccountHistory::default();
    account.permanents.insert(name("old"), issued);
    account.codes.insert(id(9), record("a", "Nine", Some(generation(1, Lifetime::Permanent, -1))));
    let plan = make(wanted([a, pair("b", 3)]), &history_of(account));
    assert_eq!(kinds(&plan.campaigns[0]), [Refuse, Refuse, Refuse]);
    assert_eq!(kinds(&plan.campaigns[1]), [Create, Create]);
}

#[test]
fn permanent_codes_made_elsewhere_count_against_the_pool() {
    let plan = |elsewhere| {
        let mut wanted = wanted([desk(2, [1, 2])]);
        wanted.accounts.values_mut().for_each(|account| account.permanents_used_elsewhere = elsewhere);
        make(wanted, &used("old", 1_000))
    };
    let most = Account::PERMANENT_POOL - 1_002;
    assert_eq!(kinds(&plan(most).campaigns[0]), [Create, Create]);
    let refused = plan(most + 1);
    let pool = Reason::Pool { issued: Account::PERMANENT_POOL - 1, needed: 2 };
    assert_eq!(reasons(&refused.campaigns[0]), [pool.clone(), pool]);
    let account = &refused.accounts[0];
    assert_eq!((account.permanent.issued, account.permanent.elsewhere), (99_999, most + 1));
    let text =
        "the account has 100,000 permanent codes for its life, 99,999 are used or planned, 2 more are wanted";
    assert_eq!(refused.campaigns[0].actions[0].reason.to_string(), text);
}

#[test]
fn a_permanent_code_never_becomes_temporary() {
    let plan = make(
        wanted([campaign("desk", vec![code(id(1), MONTH, "Desk")])]),
        &history([(id(1), record("desk", "Desk", Some(generation(1, Lifetime::Permanent, -1))))]),
    );
    assert_eq!(reasons(&plan.campaigns[0]), [Reason::PermanentToTemporary]);
}

#[test]
fn a_scene_whose_events_look_like_an_issued_ones_is_refused() {
    let lost = CodeRecord { permanent_asked: true, ..record("old", "Old", None) };
    let rows: [(Scene, Scene, CodeRecord, bool); 5] = [
        (id(1001), text("1001"), record("old", "Old", Some(generation(1, MONTH, LIVE))), true),
        (text("1001"), id(1001), record("old", "Old", Some(generation(1, MONTH, -LIVE))), true),
        (id(1001), text("1001"), lost, true),
        (id(1001), text("1001"), record("old", "Old", None), false),
        (id(1001), text("01001"), record("old", "Old", Some(generation(1, MONTH, LIVE))), false),
    ];
    for (scene, other, known, refused) in rows {
        let metro = campaign("metro", vec![code(scene, MONTH, "Line")]);
        let plan = make(wanted([metro]), &history([(other.clone(), known)]));
        let metro = plan.campaigns.iter().find(|c| c.name.as_str() == "metro").expect("the campaign");
        let expected = if refused { Reason::Lookalike(other) } else { Reason::New };
        assert_eq!(reasons(metro), [expected]);
    }
}

#[test]
fn an_example_runs_against_loopback_only() {
    let example = || {
        let mut example = campaign("metro", vec![code(id(1), MONTH, "Line")]);
        example.example = true;
        example
    };
    let plan = make(wanted([example()]), &History::empty());
    assert_eq!(reasons(&plan.campaigns[0]), [Reason::Example]);
    let mut on_loopback = wanted([example()]);
    on_loopback.accounts.values_mut().for_each(|account| account.is_loopback = true);
    assert_eq!(kinds(&make(on_loopback, &History::empty()).campaigns[0]), [Create]);
}

#[test]
fn one_refused_code_refuses_its_whole_campaign_and_no_other() {
    let mut unpictured = generation(1, MONTH, LIVE);
    unpictured.picture = None;
    let metro = campaign(
        "metro",
        vec![
            code(id(1), MONTH, "Line"),
            code(id(2), MONTH, "Line"),
            code(id(3), MONTH, "Line"),
            code(id(4), MONTH, "New name"),
        ],
    );
    let shops = campaign("shops", vec![code(id(9), MONTH, "Shop")]);
    let history = history([
        (id(1), record("metro", "Line", Some(generation(1, Lifetime::Permanent, -1)))),
        (id(2), record("metro", "Line", Some(unpictured))),
        (id(4), record("metro", "Line", Some(generation(1, MONTH, LIVE)))),
        (id(5), record("metro", "Line", Some(generation(1, MONTH, LIVE)))),
    ]);
    let plan = make(wanted([metro, shops]), &history);
    let metro = &plan.campaigns[0];
    assert_eq!(kinds(metro), [Refuse, Keep, Refuse, Refuse, Refuse]);
    let rest = Reason::CampaignRefused;
    assert_eq!(
        reasons(metro),
        [Reason::PermanentToTemporary, Reason::PictureMissing, rest.clone(), rest.clone(), rest]
    );
    assert_eq!(metro.refusals().count(), 1);
    assert_eq!(kinds(&plan.campaigns[1]), [Create]);
    assert_eq!((plan.fetches(), plan.accounts[0].calls.needed), (1, 1));
}

#[test]
fn a_campaign_that_has_nothing_to_change_is_not_refused() {
    let mut desk = desk(0, [1]);
    desk.example = true;
    let plan = make(
        wanted([desk]),
        &history([(id(1), record("desk", "Desk", Some(generation(1, Lifetime::Permanent, -1))))]),
    );
    assert_eq!(kinds(&plan.campaigns[0]), [Keep]);
}

#[test]
fn relabels_are_free_of_the_budget() {
    let plan = make(
        wanted([desk(0, [1])]),
        &history([(id(1), record("old", "Desk", Some(generation(1, Lifetime::Permanent, -1))))]),
    );
    let desk = plan.campaigns.iter().find(|c| c.name.as_str() == "desk").expect("the campaign");
    assert_eq!(kinds(desk), [Relabel]);
}

#[test]
fn calls_of_two_accounts_with_one_appid_are_counted_once() {
    let second = AccountName::new("second").expect("a name");
    let mut wanted = wanted([desk(1, [1]), campaign("metro", vec![code(id(2), MONTH, "Line")])]);
    wanted.campaigns[1].campaign.account = second.clone();
    let account: WantedAccount = wanted.accounts[&AccountName::default()].clone();
    wanted.accounts.insert(second, account);
    let plan = make(wanted, &history([]));
    let calls: Vec<_> = plan.accounts.iter().map(|a| (a.name.as_str(), a.calls.needed)).collect();
    assert_eq!(calls, [("default", 1), ("second", 1)]);
    assert_eq!(plan.permanents_needed(), 1);
}

#[test]
fn permanent_codes_need_consent_and_nothing_else_does() {
    let plan = |campaign| -> Plan { make(wanted([campaign]), &history([])) };
    let metro = || campaign("metro", vec![code(id(1), MONTH, "Line")]);
    assert!(plan(metro()).approve(Consent::Withheld).is_ok());
    assert!(plan(desk(1, [1])).approve(Consent::Granted).is_ok());
    let declined = plan(desk(1, [1])).approve(Consent::Withheld).expect_err("declined");
    assert_eq!(declined, NotApproved(1));
    assert_eq!(
        declined.to_string(),
        "1 permanent code would have been created, which was declined; nothing was done"
    );
}
