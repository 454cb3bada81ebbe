use std::path::Path;

use jiff::civil::date;

use super::{problem, written};
use crate::model::{AccountHistory, Campaign, History, Lifetime, Rate};
use crate::plan::Plan;
use crate::plan::fixture::{
    DAY, MONTH, campaign, code, generation, history, history_of, id, name, now, record, text, wanted,
};
use crate::view::{PlanTextOptions, plan_json, plan_text};

fn shown(plan: &Plan, all: bool) -> String {
    plan_text(plan, PlanTextOptions { ledger: Path::new("output/ledger.sqlite"), color: false, all })
}

fn stores(range: std::ops::RangeInclusive<u64>) -> Campaign {
    campaign("stores", range.map(|n| code(id(n), MONTH, &format!("Store {n}"))).collect())
}

/// One of everything.
pub(super) fn rich() -> Plan {
    let live = |of: &str, dies_in| record("metro", of, Some(generation(1, MONTH, dies_in)));
    let mut account = AccountHistory { calls_today: 1200, ..AccountHistory::default() };
    account.permanents.insert(name("older"), 1204);
    let known = [
        (id(1), live("Line 1", 20 * DAY)),
        (id(2), live("Line 2", 3 * DAY)),
        (id(3), live("Line 3", 3 * DAY + 120)),
        (id(4), live("Line 4", -DAY)),
        (id(5), live("Five", 20 * DAY)),
        (id(6), record("older", "Line 6", Some(generation(1, MONTH, 20 * DAY)))),
        (id(7), live("Line 7", 20 * DAY)),
        (id(8), live("Line 8", 20 * DAY + 3600)),
        (id(70), record("spring", "Spring", Some(generation(1, MONTH, -DAY)))),
        (id(90), record("gone", "Fair", Some(generation(1, MONTH, 2 * DAY)))),
        (text("1001"), record("gone", "Fair", Some(generation(1, MONTH, -2 * DAY)))),
    ];
    account.codes.extend(known);
    let codes = [(1, "Line 1"), (2, "Line 2"), (3, "Line 3"), (4, "Line 4"), (5, "Line 5"), (6, "Line 6")];
    let mut metro = campaign("metro", codes.map(|(n, of)| code(id(n), MONTH, of)).to_vec());
    metro.codes.push(code(text("vip desk"), Lifetime::Permanent, "VIP 前台").into());
    metro.codes.push(code(text("door"), Lifetime::Permanent, "门店").into());
    metro.permanent_budget = 2;
    let mut desk = campaign("desk", (11..=13).map(|n| code(id(n), Lifetime::Permanent, "Desk")).collect());
    desk.codes.push(code(id(1001), MONTH, "Poster").into());
    desk.codes.push(code(id(1002), MONTH, "Poster").into());
    desk.permanent_budget = 2;
    let mut spring = campaign("spring", vec![code(id(70), MONTH, "Spring")]);
    spring.until = Some(date(2026, 10, 31));
    Plan::make(&wanted([desk, metro, spring, stores(2001..=2050)]), &history_of(account), now())
}

#[test]
fn a_plan_is_shown_with_its_changes_refusals_and_costs() {
    let plan = rich();
    assert_eq!(
        shown(&plan, false),
        format!(
            r#"Plan of 2026-11-22 15:00 (Beijing time), against the ledger of 2026-11-21 03:10 (output/ledger.sqlite)

desk (account default): REFUSED: 5 codes
  ! refuse   11..13 (3 codes): permanent_budget is 2, 0 permanent codes created and 3 more wanted: raise it only if these codes are meant to last for ever
  ! refuse   1001: the ledger has the string 1001, whose scan events look the same: use another scene
  1 other change of this campaign waits until that is settled

gone (account default): 2 retire
  it is in no campaign file any more
  - retire   90      Fair  expiry 2026-11-24 15:00
  - retire   "1001"  Fair  expiry 2026-11-20 15:00

metro (account default): 2 create, 3 renew, 1 keep, 2 relabel, 2 retire
  ~ renew    2..3 (2 codes)  Line 2 … Line 3  die on 2026-11-25 15:00 to 2026-11-25 15:02
  ~ renew    4               Line 4           died on 2026-11-21 15:00
  = relabel  5               Line 5           channel was "Five"
  = relabel  6               Line 6           was in campaign older
  + create   "vip desk"      VIP 前台         permanent
  + create   door            门店             permanent
  - retire   7..8 (2 codes)  Line 7 … Line 8  in no campaign file any more (expiry 2026-12-12 15:00 to 2026-12-12 16:00)

spring (account default): 1 keep
  its last day was 2026-10-31: nothing is issued or bundled

stores (account default): 50 create
  + create   2001..2050 (50 codes)  Store 2001 … Store 2050

Total: 52 create, 3 renew, 2 keep, 2 relabel, 4 retire, 5 refuse
Account default (wx0123456789abcdef): 55 calls (used today 1,200 of 100,000), 55 pictures; about 6 s at 10/s
  2 permanent codes of the account's 100,000 (1,204 issued): they cannot be deleted
Renewals of the next 14 nights, account default (100,000 calls a day):
  2026-12-03  3
1 campaign refused: nothing is done for it
Digest {}
"#,
            plan.digest
        )
    );
}

#[test]
fn nothing_to_do_is_said_in_a_line() {
    let known = (2001..=2003)
        .map(|n| (id(n), record("stores", &format!("Store {n}"), Some(generation(1, MONTH, 20 * DAY)))));
    let plan = Plan::make(&wanted([stores(2001..=2003)]), &history(known), now());
    let expected = "Plan of 2026-11-22 15:00 (Beijing time), against the ledger of 2026-11-21 03:10 (output/ledger.sqlite)\n\n\
        Nothing to do: 3 codes stay as they are.\n\
        Renewals of the next 14 nights, account default (100,000 calls a day):\n  2026-12-03  1\n  2026-12-05  1\n\
        Digest e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
    assert_eq!(shown(&plan, false), expected);
}

#[test]
fn a_plan_without_a_ledger_says_so_and_is_short_for_100_000_codes() {
    let plan = Plan::make(&wanted([stores(1..=100_000)]), &History::empty(), now());
    let expected = format!(
        "Plan of 2026-11-22 15:00 (Beijing time), NO LEDGER: everything counts as new (there is no output/ledger.sqlite)\n\n\
         stores (account default): 100,000 create\n  \
           + create   1..100000 (100,000 codes)  Store 1 … Store 100000\n\n\
         Total: 100,000 create\n\
         Account default (wx0123456789abcdef): 100,000 calls (used today 0 of 100,000), 100,000 pictures; \
         about 2 h 46 min at 10/s\nDigest {}\n",
        plan.digest
    );
    assert_eq!(shown(&plan, false), expected);
    assert_eq!(shown(&plan, true).lines().count(), 100_000 + 7);
}

#[test]
fn codes_that_cannot_be_collapsed_are_cut_off() {
    let codes = (0..100).map(|n| code(text(&format!("s{n:02}")), MONTH, "Shop")).collect();
    let plan = Plan::make(&wanted([campaign("shops", codes)]), &History::empty(), now());
    let text = shown(&plan, false);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[22], "  + create   s19  Shop");
    assert_eq!(lines[23], "  … 80 more changes; -v shows them");
    assert_eq!(shown(&plan, true).lines().filter(|line| line.contains("+ create")).count(), 100);
}

#[test]
fn ids_with_unlike_channels_are_not_one_line() {
    let codes = [(1, "北京门店"), (2, "上海门店"), (3, "上海门店"), (5, "上海门店")];
    let codes = codes.map(|(n, of)| code(id(n), MONTH, of)).to_vec();
    let plan = Plan::make(&wanted([campaign("shops", codes)]), &History::empty(), now());
    let text = shown(&plan, false);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("create  ")).collect();
    assert_eq!(
        lines,
        [
            "  + create   1               北京门店",
            "  + create   2..3 (2 codes)  上海门店",
            "  + create   5               上海门店"
        ]
    );
}

#[test]
fn calls_over_the_daily_quota_are_said_plainly() {
    let mut wanted = wanted([stores(1..=250)]);
    for account in wanted.accounts.values_mut() {
        account.daily_quota = 100;
        account.rate =
            Rate { requests: 300.try_into().expect("not zero"), period: std::time::Duration::from_mins(1) };
    }
    let account = AccountHistory { calls_today: 70, ..AccountHistory::default() };
    let plan = Plan::make(&wanted, &history_of(account), now());
    let text = shown(&plan, false);
    let cost: Vec<&str> = text.lines().skip(6).take(2).collect();
    assert_eq!(
        cost,
        [
            "Account default (wx0123456789abcdef): 250 calls (used today 70 of 100), 250 pictures; about 50 s at 300/min",
            "  30 of 250 calls fit today; 220 on the next 3 days: each run but the last ends with exit 5, run it after each reset",
        ]
    );
}

#[test]
fn a_night_with_more_renewals_than_calls_is_marked() {
    let mut wanted = wanted([stores(1..=250)]);
    wanted.accounts.values_mut().for_each(|account| account.daily_quota = 44);
    let known = (1..=250)
        .map(|n| (id(n), record("stores", &format!("Store {n}"), Some(generation(1, MONTH, 15 * DAY)))));
    let plan = Plan::make(&wanted, &history(known), now());
    let text = shown(&plan, false);
    let nights: Vec<&str> = text.lines().skip(3).take(7).collect();
    assert_eq!(
        nights,
        [
            "Renewals of the next 14 nights, account default (44 calls a day):",
            "  2026-11-27  40",
            "  2026-11-28  46  2 over the daily quota",
            "  2026-11-29  39",
            "  2026-11-30  46  2 over the daily quota",
            "  2026-12-01  44",
            "  2026-12-02  35",
        ]
    );
}

#[test]
fn permanent_codes_made_elsewhere_are_told() {
    let mut desk = campaign("desk", vec![code(text("desk"), Lifetime::Permanent, "Desk")]);
    desk.permanent_budget = 1;
    let mut wanted = wanted([desk]);
    wanted.accounts.values_mut().for_each(|account| account.permanents_used_elsewhere = 12_000);
    let plan = Plan::make(&wanted, &History::empty(), now());
    let shown = shown(&plan, false);
    let told = "  1 permanent code of the account's 100,000 (12,000 issued, 12,000 of them elsewhere): they cannot be deleted";
    assert_eq!(shown.lines().nth(7), Some(told));
    let document = written(|out| plan_json(out, Some(&plan), plan.now, &[]));
    let numbers = r#""permanent": {"needed": 1, "issued": 12000, "elsewhere": 12000, "pool": 100000}"#;
    assert!(document.contains(numbers), "{document}");
}

#[test]
fn refusals_name_few_codes_and_all_of_them_when_asked() {
    let mut shops =
        campaign("shops", (0..30).map(|n| code(id(2 * n + 1), Lifetime::Permanent, "Shop")).collect());
    shops.codes.push(code(id(1000), MONTH, "Shop").into());
    let plan = Plan::make(&wanted([shops]), &History::empty(), now());
    let text = shown(&plan, false);
    let lines: Vec<&str> = text.lines().skip(3).take(2).collect();
    assert_eq!(
        lines,
        [
            "  ! refuse   1, 3, 5, 7, 9 and 25 more: permanent_budget is 0, 0 permanent codes created and 30 more wanted: \
             raise it only if these codes are meant to last for ever",
            "  1 other change of this campaign waits until that is settled",
        ]
    );
    let all = shown(&plan, true);
    assert!(all.contains("55, 57, 59: permanent_budget"), "{all}");
    assert!(all.contains("\n    1000  Shop\n"), "{all}");
}

#[test]
fn missing_pictures_cost_no_call() {
    let unpictured = |n: u64| {
        let mut latest = generation(1, MONTH, 20 * DAY);
        latest.picture = None;
        (id(n), record("stores", &format!("Store {n}"), Some(latest)))
    };
    let plan = Plan::make(&wanted([stores(1..=2)]), &history((1..=2).map(unpictured)), now());
    let text = shown(&plan, false);
    let lines: Vec<&str> = text.lines().skip(2).take(5).collect();
    assert_eq!(
        lines,
        [
            "stores (account default): 2 keep",
            "  2 pictures are still to be fetched",
            "",
            "Total: 2 keep",
            "Account default (wx0123456789abcdef): 0 calls (used today 0 of 100,000), 2 pictures",
        ]
    );
}

#[test]
fn colours_change_nothing_but_the_colours() {
    let plan = rich();
    let ledger = Path::new("output/ledger.sqlite");
    let coloured = plan_text(&plan, PlanTextOptions { ledger, color: true, all: false });
    let mut stripped = coloured.clone();
    for code in ["1", "31", "32", "33", "36", "2", "0"] {
        stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_ne!(coloured, stripped);
    assert_eq!(stripped, shown(&plan, false));
}

#[test]
fn the_plans_document_is_the_designs() {
    let retired = record("metro", "Old \"fair\"", Some(generation(2, MONTH, 20 * DAY)));
    let mut metro = campaign("metro", vec![code(id(1), MONTH, "Line 1"), code(id(2), MONTH, "Line 2")]);
    metro.codes.push(code(text("vip"), Lifetime::Permanent, "前台").into());
    metro.permanent_budget = 1;
    let known = [
        (id(1), record("metro", "Line 1", Some(generation(3, MONTH, DAY)))),
        (id(2), record("metro", "Line 2", Some(generation(1, MONTH, 20 * DAY)))),
        (id(9), retired),
    ];
    let plan = Plan::make(&wanted([metro]), &history(known), now());
    let expected = r#"{
  "format": 1,
  "digest": "DIGEST",
  "now": "2026-11-22T15:00:00+08:00",
  "ledger_at": "2026-11-21T03:10:00+08:00",
  "actions": [
    {"action": "renew", "campaign": "metro", "account": "default", "scene": "1", "scene_type": "id", "channel": "Line 1", "lifetime": "temporary", "expire_seconds": 2592000, "generation": 4, "expires_at": null, "reason": "dies on 2026-11-23 15:00"},
    {"action": "keep", "campaign": "metro", "account": "default", "scene": "2", "scene_type": "id", "channel": "Line 2", "lifetime": "temporary", "expire_seconds": null, "generation": 1, "expires_at": "2026-12-12T15:00:00+08:00", "reason": "current"},
    {"action": "create", "campaign": "metro", "account": "default", "scene": "vip", "scene_type": "str", "channel": "前台", "lifetime": "permanent", "expire_seconds": null, "generation": 1, "expires_at": null, "reason": "new"},
    {"action": "retire", "campaign": "metro", "account": "default", "scene": "9", "scene_type": "id", "channel": "Old \"fair\"", "lifetime": "temporary", "expire_seconds": null, "generation": 2, "expires_at": "2026-12-12T15:00:00+08:00", "reason": "in no campaign file any more (expiry 2026-12-12 15:00)"}
  ],
  "counts": {"create": 1, "renew": 1, "keep": 1, "relabel": 0, "retire": 1, "refuse": 0},
  "fetches": 2,
  "accounts": [
    {"account": "default", "appid": "wx0123456789abcdef", "calls": {"needed": 2, "used_today": 0, "daily_quota": 100000}, "permanent": {"needed": 1, "issued": 0, "elsewhere": 0, "pool": 100000}, "nights": [{"day": "2026-12-04", "renewals": 1, "over_quota": 0}]}
  ],
  "undeclared": [],
  "dead_on_paper": [],
  "dying_on_paper": [],
  "problems": [
    {"kind": "unknown-key", "severity": "error", "path": "campaigns/metro.yaml", "line": 3, "column": 5, "message": "unknown key `chanel`", "help": "did you mean `channel`?"}
  ]
}
"#;
    let text = written(|out| plan_json(out, Some(&plan), plan.now, &[problem()]));
    assert_eq!(text, expected.replace("DIGEST", &plan.digest.to_string()));
}

#[test]
fn the_document_is_written_where_there_is_no_plan() {
    let expected = r#"{
  "format": 1,
  "digest": null,
  "now": "2026-11-22T15:00:00+08:00",
  "ledger_at": null,
  "actions": [],
  "counts": {"create": 0, "renew": 0, "keep": 0, "relabel": 0, "retire": 0, "refuse": 0},
  "fetches": 0,
  "accounts": [],
  "undeclared": [],
  "dead_on_paper": [],
  "dying_on_paper": [],
  "problems": [
    {"kind": "unknown-key", "severity": "error", "path": "campaigns/metro.yaml", "line": 3, "column": 5, "message": "unknown key `chanel`", "help": "did you mean `channel`?"}
  ]
}
"#;
    assert_eq!(written(|out| plan_json(out, None, now(), &[problem()])), expected);
}
