//! How much of a campaign one run may change unasked.

use super::{kinds, make};
use crate::model::{AccountHistory, AppId, Campaign, CodeRecord, History, Lifetime, Limit, Limits, Scene};
use crate::plan::fixture::{
    DAY, MONTH, appid, campaign, code, generation, history, id, name, now, record, wanted,
};
use crate::plan::{ActionKind, Allowance, CampaignPlan, Plan, Reason, Wanted};

/// So many living codes of a campaign, numbered from 1, as the ledger has them.
fn living(of: &str, codes: u64) -> Vec<(Scene, CodeRecord)> {
    (1..=codes).map(|n| (id(n), known(of, n, 20 * DAY))).collect()
}

fn known(of: &str, number: u64, dies_in: i64) -> CodeRecord {
    record(of, &format!("Store {number}"), Some(generation(1, MONTH, dies_in)))
}

/// The campaign that wants those of these numbers, each with the channel of the number that `channel` gives.
fn stores(numbers: impl IntoIterator<Item = u64>, channel: impl Fn(u64) -> u64) -> Campaign {
    let codes = numbers.into_iter().map(|n| code(id(n), MONTH, &format!("Store {}", channel(n))));
    campaign("metro", codes.collect())
}

fn same(number: u64) -> u64 {
    number
}

fn allowed(wanted: Wanted, allowance: &str) -> Wanted {
    Wanted { allowed: vec![allowance.parse::<Allowance>().expect("an allowance")], ..wanted }
}

/// What the one campaign of a plan is refused for; empty where it is not.
fn refusal(plan: &Plan) -> String {
    let campaign: &CampaignPlan = &plan.campaigns[0];
    let refused = campaign.refusals().next();
    assert_eq!(refused.is_some(), kinds(campaign).contains(&ActionKind::Refuse));
    refused.map_or_else(String::new, |action| campaign.refusal(action))
}

fn retiring(all: u64, gone: u64) -> String {
    refusal(&make(wanted([stores(gone + 1..=all, same)]), &history(living("metro", all))))
}

#[test]
fn more_than_the_smaller_of_5_percent_and_50_are_not_retired_unasked() {
    assert_eq!(
        retiring(400, 21),
        "21 of 400 living codes would be retired, the limit is 5 %, at most 50; if that is meant: --allow \
         retire=metro for one run, or `limits: {retire: 21}` in its file"
    );
    assert_eq!(retiring(400, 20), "");
    assert_eq!(retiring(2_000, 50), "");
    assert!(retiring(2_000, 51).starts_with("51 of 2,000 living codes would be retired, "));
    assert_eq!(retiring(9, 9), "", "fewer than ten never");
    assert!(retiring(10, 10).starts_with("10 of 10 living codes"));
}

#[test]
fn a_refusal_holds_for_the_whole_campaign_and_no_other() {
    let other = campaign("other", vec![code(id(9_000), MONTH, "New")]);
    let mut metro = stores(101..=200, same);
    metro.codes.push(code(id(500), MONTH, "New").into());
    let plan = make(wanted([metro, other]), &history(living("metro", 200)));
    let counts = plan.campaigns[0].counts();
    assert_eq!((counts.of(ActionKind::Refuse), counts.of(ActionKind::Keep)), (101, 100));
    assert_eq!(plan.campaigns[0].refusals().count(), 100, "the new code only waits");
    assert_eq!(kinds(&plan.campaigns[1]), [ActionKind::Create]);
    assert_eq!(plan.accounts[0].calls.needed, 1);
}

#[test]
fn a_campaign_that_vanished_is_retired_only_where_its_name_is_allowed() {
    let plan = |allow: Option<&str>| {
        let wanted = wanted([]);
        let wanted = allow.map_or(wanted.clone(), |allow| allowed(wanted, allow));
        make(wanted, &history(living("metro", 12)))
    };
    assert_eq!(
        refusal(&plan(None)),
        "12 of 12 living codes would be retired, the limit is 5 %, at most 50; put its file back, or if that is meant: \
         --allow retire=metro for one run"
    );
    assert!(plan(None).campaigns[0].is_refused());
    assert_eq!(refusal(&plan(Some("retire=metro"))), "");
    assert_eq!(kinds(&plan(Some("retire=metro")).campaigns[0]), [ActionKind::Retire; 12]);
    assert_ne!(refusal(&plan(Some("retire=metr"))), "");
    assert_ne!(refusal(&plan(Some("relabel=metro"))), "");
}

#[test]
fn only_living_codes_count() {
    let mut ledger = living("metro", 20);
    ledger.extend((21..=400).map(|n| (id(n), known("metro", n, -DAY))));
    let plan = |numbers| make(wanted([stores(numbers, same)]), &history(ledger.clone()));
    assert_eq!(refusal(&plan(1..=20)), "", "380 dead codes may leave");
    assert!(refusal(&plan(11..=400)).starts_with("10 of 20 living codes would be retired"));
    // A code that was never issued has nothing in the field either.
    let never = (1..=30).map(|n| (id(n), record("metro", "A", None)));
    let plan = make(wanted([]), &history(never));
    assert_eq!(refusal(&plan), "");
}

#[test]
fn a_sorted_column_is_recognised() {
    // 1..=298 are turned round, 299..=312 have new names, the rest stays.
    let sorted = |n| match n {
        1..=298 => 299 - n,
        299..=312 => n + 5_000,
        _ => n,
    };
    let text = "312 channels changed, 298 only swapped: was one column sorted alone? 312 of 1,000 living codes would be \
                relabelled, the limit is 5 %; if that is meant: --allow relabel=metro for one run, or `limits: \
                {relabel: 312}` in its file";
    let ledger = || history(living("metro", 1_000));
    let plan = make(wanted([stores(1..=1_000, sorted)]), &ledger());
    assert_eq!(refusal(&plan), text);
    // Also on the night when all of them are renewed.
    let due = (1..=1_000).map(|n| (id(n), known("metro", n, DAY)));
    assert_eq!(refusal(&make(wanted([stores(1..=1_000, sorted)]), &history(due))), text);
    let table = Campaign { path: "campaigns/metro.csv".into(), ..stores(1..=1_000, |n| n + 5_000) };
    assert_eq!(
        refusal(&make(wanted([table]), &ledger())),
        "1,000 of 1,000 living codes would be relabelled, the limit is 5 %; if that is meant: --allow relabel=metro \
         for one run"
    );
    assert_eq!(refusal(&make(allowed(wanted([stores(1..=1_000, sorted)]), "relabel=metro"), &ledger())), "");
    assert_eq!(
        refusal(&make(wanted([stores(1..=1_000, |n| if n <= 50 { 51 - n } else { n })]), &ledger())),
        ""
    );
}

#[test]
fn what_leaves_the_channel_as_it_is_has_no_limit() {
    // Another campaign takes all of them, and tags change.
    let renamed = Campaign { name: crate::plan::fixture::name("metro-2027"), ..stores(1..=100, same) };
    let plan = make(wanted([renamed]), &history(living("metro", 100)));
    assert_eq!((refusal(&plan), plan.counts().of(ActionKind::Relabel)), (String::new(), 100));
    // Renamed and sorted at once is seen.
    let renamed = Campaign { name: crate::plan::fixture::name("metro-2027"), ..stores(1..=100, |n| 101 - n) };
    let text = refusal(&make(wanted([renamed]), &history(living("metro", 100))));
    assert!(text.contains("100 of 100 living codes would be relabelled"), "{text}");
}

/// What each campaign of a plan is refused for.
fn refusals(plan: &Plan) -> Vec<String> {
    let refusal = |campaign: &CampaignPlan| {
        campaign.refusals().next().map_or_else(String::new, |action| campaign.refusal(action))
    };
    plan.campaigns.iter().map(refusal).collect()
}

/// Campaigns of these names, which have the codes of these numbers.
fn parts<'a>(
    parts: impl IntoIterator<Item = (&'a str, std::ops::RangeInclusive<u64>)>,
    channel: fn(u64) -> u64,
) -> Vec<Campaign> {
    let part = |(of, numbers)| Campaign { name: name(of), ..stores(numbers, channel) };
    parts.into_iter().map(part).collect()
}

#[test]
fn channels_that_change_on_the_way_to_other_campaigns_count_where_they_come_from() {
    let names: Vec<String> = (0..12).map(|part| format!("part-{part:02}")).collect();
    let split = |channel| {
        let numbers = (0..12).map(|part| part * 9 + 1..=(part * 9 + 9).min(100));
        parts(names.iter().map(String::as_str).zip(numbers), channel)
    };
    let ledger = || history(living("stores", 100));
    assert_eq!(refusals(&make(wanted(split(same)), &ledger())), [""; 12], "only split");
    let text = "100 channels changed, 100 only swapped: was one column sorted alone? 100 of 100 living codes would be \
                relabelled on the way from campaign stores, the limit is 5 %; if that is meant: --allow relabel=stores for one run";
    let plan = make(wanted(split(|n| 101 - n)), &ledger());
    assert_eq!(refusals(&plan), [text; 12]);
    assert_eq!(plan.counts().of(ActionKind::Refuse), 100);
    let plan = make(allowed(wanted(split(|n| 101 - n)), "relabel=stores"), &ledger());
    assert_eq!(plan.counts().of(ActionKind::Relabel), 100);
    // Whoever is allowed as many as it likes is not counted.
    let plan = make(allowed(wanted(split(|n| 101 - n)), "relabel=part-00"), &ledger());
    assert_eq!(refusals(&plan)[0], "");
    assert!(refusals(&plan)[1].starts_with("91 channels changed, 82 only swapped: "), "{plan:?}");
    // Five of a hundred are within the limit, whichever way they went; fewer than ten never are too many.
    assert_eq!(refusals(&make(wanted(split(|n| if n <= 5 { n + 500 } else { n })), &ledger())), [""; 12]);
    let few = history(living("stores", 9));
    assert_eq!(refusals(&make(wanted(parts([("a", 1..=9)], |n| 10 - n)), &few)), [""]);
}

#[test]
fn what_stays_and_what_goes_is_counted_together_and_judged_by_the_campaigns_own_limit() {
    let split = |limits: Limits| {
        let mut campaigns =
            parts([("metro", 1..=95), ("other", 96..=100)], |n| if n > 90 { n + 500 } else { n });
        campaigns[0].limits = limits;
        refusals(&make(wanted(campaigns), &history(living("metro", 100))))
    };
    let text = "10 of 100 living codes would be relabelled on the way from campaign metro, the limit is 5 %; if that is meant: --allow \
                relabel=metro for one run, or `limits: {relabel: 10}` in its file";
    assert_eq!(split(Limits::default()), ["", text], "what stays is within the limit by itself");
    assert_eq!(split(Limits { relabel: Limit::Codes(10), ..Limits::default() }), ["", ""]);
}

#[test]
fn appids_that_were_swapped_give_each_code_the_others_channel_and_are_refused() {
    let account = |of: &str| {
        let live = |n| record(of, &format!("{of} {n}"), Some(generation(1, MONTH, 20 * DAY)));
        AccountHistory { codes: (1..=20).map(|n| (id(n), live(n))).collect(), ..AccountHistory::default() }
    };
    let second = AppId::new("wxfedcba9876543210").expect("an appid");
    let history = History::new(Some(now()), [(appid(), account("a")), (second.clone(), account("b"))].into());
    let file = |of: &str| {
        let codes = (1..=20).map(|n| code(id(n), MONTH, &format!("{of} {n}"))).collect();
        campaign(of, codes)
    };
    let planned = |appids: [AppId; 2]| {
        let mut wanted = wanted([file("a"), file("b")]);
        for (campaign, appid) in wanted.campaigns.iter_mut().zip(appids) {
            campaign.appid = appid;
        }
        refusals(&make(wanted, &history))
    };
    assert_eq!(planned([appid(), second.clone()]), ["", ""]);
    let over =
        "20 of 20 living codes would be relabelled, the limit is 5 %; if that is meant: --allow relabel";
    let [a, b] = planned([second, appid()]).try_into().expect("two");
    assert!(a.starts_with(&format!("{over}=a ")) && b.starts_with(&format!("{over}=b ")), "{a}\n{b}");
}

#[test]
fn codes_that_are_issued_before_they_are_due_have_a_limit_and_due_ones_none() {
    let permanent = |numbers: std::ops::RangeInclusive<u64>| {
        let codes = numbers.map(|n| code(id(n), Lifetime::Permanent, &format!("Store {n}"))).collect();
        Campaign { permanent_budget: 1_000, ..campaign("metro", codes) }
    };
    let ledger = || history(living("metro", 100));
    let text = refusal(&make(wanted([permanent(1..=100)]), &ledger()));
    assert_eq!(
        text,
        "100 of 100 living codes would be re-issued before they are due, the limit is 5 %, at most 50; if that is \
         meant: --allow reissue=metro for one run, or `limits: {reissue: 100}` in its file"
    );
    let plan = make(allowed(wanted([permanent(1..=100)]), "reissue=metro"), &ledger());
    assert_eq!((refusal(&plan), plan.permanents_needed()), (String::new(), 100));
    assert_eq!(
        make(wanted([permanent(1..=100)]), &ledger()).permanents_needed(),
        0,
        "refused ones take nothing"
    );
    // New ones, and those that are due or dead.
    assert_eq!(refusal(&make(wanted([permanent(1..=100)]), &History::empty())), "");
    for dies_in in [DAY, -DAY] {
        let due = || history((1..=100).map(|n| (id(n), known("metro", n, dies_in))));
        assert_eq!(refusal(&make(wanted([permanent(1..=100)]), &due())), "");
        assert_eq!(refusal(&make(wanted([stores(1..=100, same)]), &due())), "");
    }
}

#[test]
fn the_files_own_limits_hold() {
    let retiring = |retire: Limit, gone: u64| {
        let limits = Limits { retire, ..Limits::default() };
        let metro = Campaign { limits, ..stores(gone + 1..=1_000, same) };
        refusal(&make(wanted([metro]), &history(living("metro", 1_000))))
    };
    assert_eq!(
        retiring(Limit::Codes(3), 4),
        "4 of 1,000 living codes would be retired, the limit is 3; if that is meant: --allow retire=metro for one run, \
         or `limits: {retire: 4}` in its file"
    );
    assert_eq!(retiring(Limit::Codes(3), 3), "");
    assert_eq!(retiring(Limit::Percent(20), 200), "");
    assert!(retiring(Limit::Percent(20), 201).contains("the limit is 20 %;"));
}

#[test]
fn each_limit_is_judged_by_itself_and_named() {
    // 1..=60 leave, 61..=960 are turned round.
    let plan = make(
        wanted([stores(61..=1_000, |n| if n <= 960 { 1_021 - n } else { n })]),
        &history(living("metro", 1_000)),
    );
    let mut reasons: Vec<String> = Vec::new();
    for action in plan.campaigns[0].refusals() {
        let Reason::Limit(over) = &action.reason else { panic!("{:?}", action.reason) };
        let reason = format!("{} {}", over.kind, over.changed);
        if reasons.last() != Some(&reason) {
            reasons.push(reason);
        }
    }
    assert_eq!(reasons, ["relabel 900", "retire 60"]);
}

#[test]
fn an_allowance_names_a_limit_and_a_campaign() {
    let shown =
        |text: &str| text.parse::<Allowance>().map_or_else(|error| error, |allowance| allowance.to_string());
    assert_eq!(shown("retire=metro"), "retire=metro");
    let help = "is no limit: write reissue=CAMPAIGN, retire=CAMPAIGN or relabel=CAMPAIGN";
    assert_eq!(shown("metro"), format!("\"metro\" {help}"));
    assert_eq!(shown("issue=metro"), format!("\"issue\" {help}"));
    assert_eq!(shown("retire"), "\"\" is no campaign's name");
    assert_eq!(shown("retire=a/b"), "\"a/b\" is no campaign's name");
}
