use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::date;

use super::written;
use crate::model::{AccountName, CodeRecord, History, Lifetime};
use crate::plan::fixture::{
    DAY, MONTH, after, campaign, code, generation, history, id, name, now, record, wanted,
};
use crate::plan::{BundleFacts, BundleState, Overdue, Status};
use crate::view::{StatusTextOptions, prometheus, status_json, status_text};

fn status() -> Status {
    let codes = |from: u64, to| (from..=to).map(|n| code(id(n), MONTH, "Line")).collect::<Vec<_>>();
    let mut spring = campaign("spring", codes(21, 21));
    spring.until = Some(date(2026, 10, 31));
    let mut desk = campaign("desk", vec![code(id(31), Lifetime::Permanent, "Desk")]);
    desk.permanent_budget = 1;
    let live = |of: &str, dies_in| record(of, "Line", Some(generation(1, MONTH, dies_in)));
    let mut unpictured = generation(1, MONTH, 25 * DAY);
    unpictured.picture = None;
    let history = history([
        (id(1), live("地铁屏幕", 20 * DAY)),
        (id(2), live("地铁屏幕", 2 * DAY + 4 * 3600)),
        (id(11), live("shops", 25 * DAY)),
        (id(12), record("shops", "Line", Some(unpictured))),
        (id(13), live("shops", -DAY)),
        (id(14), live("shops", 5 * DAY)),
        (id(21), live("spring", -20 * DAY)),
        (id(31), record("desk", "Desk", Some(generation(1, Lifetime::Permanent, -DAY)))),
        (id(41), CodeRecord { retired: true, ..live("fair", DAY) }),
    ]);
    let bundle = |file: &str, state, revision| BundleFacts {
        state,
        path: Some(PathBuf::from(file)),
        revision: Some(revision),
        written_at: Some(after(-2 * DAY)),
        deployed: (state == BundleState::Stale).then_some(revision == 2),
        paper: std::sync::Arc::default(),
        handed: std::sync::Arc::default(),
    };
    let bundles = BTreeMap::from([
        (name("地铁屏幕"), bundle("output/地铁屏幕/地铁屏幕.zip", BundleState::Stale, 3)),
        (name("fair"), bundle("output/fair/fair.zip", BundleState::Stale, 2)),
        (name("desk"), bundle("output/desk/desk.zip", BundleState::Current, 1)),
        (name("tram"), bundle("output/tram/tram.zip", BundleState::Stale, 1)),
    ]);
    let wanted = wanted([campaign("地铁屏幕", codes(1, 3)), campaign("shops", codes(11, 13)), spring, desk]);
    Status::make(&wanted, &history, &bundles, &BTreeMap::new(), now())
}

fn options(ledger: &Path) -> StatusTextOptions<'_> {
    StatusTextOptions { overdue: &[], ledger, color: false }
}

#[test]
fn the_most_urgent_campaign_comes_first() {
    let expected = "\
Status of 2026-11-22 15:00 (Beijing time)
Ledger of 2026-11-21 03:10 (output/ledger.sqlite)

campaign  codes  live  due  dead  new  next death   next renewal
shops         4     3    0     1    0  11-27 15:00  now
  no bundle
地铁屏幕      3     2    1     0    1  11-24 19:00  now
  bundle stale, revision 3, of 2026-11-20 15:00
desk          1     1    0     0    0  -            -
  bundle current, revision 1, of 2026-11-20 15:00
spring        1     0    0     1    0  -            -
  no bundle
fair          0     0    0     0    0  -            -
  bundle of a campaign that is in no file, revision 2, of 2026-11-20 15:00
total         9     6    1     2    1

shops: 1 code is in no campaign file; it dies at 2026-11-27 15:00
shops: a run retires it, or refuses to (`scenepress plan`)
shops: 1 picture is missing: runs fetch what they do not refuse
地铁屏幕: its bundle is not what ledger and files say now
地铁屏幕: its bundle waits for a run whose deploy hook takes it
desk: 1 of the live codes is permanent
spring: its last day was 2026-10-31: nothing is issued or bundled
fair: is in no campaign file
fair: 1 retired code still works
output/tram/tram.zip is of a campaign that is no more

Account default (wx0123456789abcdef)
  0 calls of 100,000 used today, 1 permanent code of 100,000 issued
  next 30 days  renewals  new  deaths
  11-22                2    1       0
  11-23                0    0       1
  11-27                0    0       1
  12-03                1    0       0
  12-09                1    0       0
  12-12                1    0       0
  12-13                1    0       0
  12-14                1    0       0
  12-15                1    0       0
";
    let text = status_text(&status(), options(Path::new("output/ledger.sqlite")));
    assert_eq!(text, expected);
}

#[test]
fn a_bundle_says_how_much_of_it_is_dead_and_a_column_of_zeros_is_left_out() {
    let codes = (1..=20).map(|n| code(id(n), MONTH, "Line")).collect();
    let dead = |n| (id(n), record("metro", "Line", Some(generation(1, MONTH, -DAY))));
    let bundle = BundleFacts {
        state: BundleState::Current,
        path: Some(PathBuf::from("output/metro/metro.zip")),
        revision: Some(3),
        written_at: Some(after(-31 * DAY)),
        deployed: None,
        paper: std::sync::Arc::default(),
        handed: std::sync::Arc::default(),
    };
    let bundles = BTreeMap::from([(name("metro"), bundle)]);
    let status = Status::make(
        &wanted([campaign("metro", codes)]),
        &history((1..=20).map(dead)),
        &bundles,
        &BTreeMap::new(),
        now(),
    );
    let text = status_text(&status, options(Path::new("output/ledger.sqlite")));
    let expected = "
campaign  codes  live  dead  next death  next renewal
metro        20     0    20  -           now
  bundle current, revision 3, 20 dead, of 2026-10-22 15:00
";
    assert!(text.contains(expected), "{text}");
    let document = written(|out| status_json(out, &status, &[]));
    assert!(document.contains("\"dead_in_bundle\": 20"), "{document}");
}

#[test]
fn a_status_fits_eighty_columns() {
    let long = "a-name-of-20-letters";
    let mut widest = status();
    for campaign in &mut widest.campaigns {
        campaign.name = name(long);
    }
    let text = status_text(&widest, options(Path::new("output/ledger.sqlite")));
    for line in text.lines() {
        assert!(crate::view::paint::width(line) <= 80, "{line}");
    }
}

#[test]
fn a_status_without_campaigns_or_ledger_says_so() {
    let status = Status::make(&wanted([]), &History::empty(), &BTreeMap::new(), &BTreeMap::new(), now());
    assert_eq!(
        status_text(&status, options(Path::new("output/ledger.sqlite"))),
        "Status of 2026-11-22 15:00 (Beijing time)\nNO LEDGER (there is no output/ledger.sqlite)\n\nNo campaigns.\n"
    );
}

#[test]
fn the_statuss_document_lists_campaigns_by_name() {
    let expected = r#"{
  "format": 1,
  "now": "2026-11-22T15:00:00+08:00",
  "ledger_at": "2026-11-21T03:10:00+08:00",
  "campaigns": [
    {"campaign": "desk", "account": "default", "in_files": true, "until": null, "ended": false, "moved_to": null, "codes": 1, "live": 1, "due_soon": 0, "paper_due": 0, "dead_on_paper": 0, "first_died_on_paper_at": null, "dying_on_paper": 0, "first_dies_on_paper_at": null, "expired": 0, "never_issued": 0, "taken_down": 0, "pictures_missing": 0, "permanent": 1, "not_retired": 0, "not_retired_die_at": null, "retired_alive": 0, "next_expiry_at": null, "next_renewal_at": null, "succeeded_at": null, "bundle": "output/desk/desk.zip", "bundle_state": "current", "revision": 1, "bundled_at": "2026-11-20T15:00:00+08:00", "deployed": null, "dead_in_bundle": 0, "on_paper": 0, "outdated_on_paper": 0, "paper_dies_at": null, "screens_on_paper": 0, "screens_paper_dies_at": null, "never_handed_over": 0},
    {"campaign": "fair", "account": "default", "in_files": false, "until": null, "ended": false, "moved_to": null, "codes": 0, "live": 0, "due_soon": 0, "paper_due": 0, "dead_on_paper": 0, "first_died_on_paper_at": null, "dying_on_paper": 0, "first_dies_on_paper_at": null, "expired": 0, "never_issued": 0, "taken_down": 0, "pictures_missing": 0, "permanent": 0, "not_retired": 0, "not_retired_die_at": null, "retired_alive": 1, "next_expiry_at": null, "next_renewal_at": null, "succeeded_at": null, "bundle": "output/fair/fair.zip", "bundle_state": "stale", "revision": 2, "bundled_at": "2026-11-20T15:00:00+08:00", "deployed": true, "dead_in_bundle": null, "on_paper": 0, "outdated_on_paper": 0, "paper_dies_at": null, "screens_on_paper": 0, "screens_paper_dies_at": null, "never_handed_over": 0},
    {"campaign": "shops", "account": "default", "in_files": true, "until": null, "ended": false, "moved_to": null, "codes": 4, "live": 3, "due_soon": 0, "paper_due": 0, "dead_on_paper": 0, "first_died_on_paper_at": null, "dying_on_paper": 0, "first_dies_on_paper_at": null, "expired": 1, "never_issued": 0, "taken_down": 0, "pictures_missing": 1, "permanent": 0, "not_retired": 1, "not_retired_die_at": "2026-11-27T15:00:00+08:00", "retired_alive": 0, "next_expiry_at": "2026-11-27T15:00:00+08:00", "next_renewal_at": "2026-11-12T15:00:00+08:00", "succeeded_at": null, "bundle": null, "bundle_state": "missing", "revision": null, "bundled_at": null, "deployed": null, "dead_in_bundle": null, "on_paper": 0, "outdated_on_paper": 0, "paper_dies_at": null, "screens_on_paper": 0, "screens_paper_dies_at": null, "never_handed_over": 0},
    {"campaign": "spring", "account": "default", "in_files": true, "until": "2026-10-31", "ended": true, "moved_to": null, "codes": 1, "live": 0, "due_soon": 0, "paper_due": 0, "dead_on_paper": 0, "first_died_on_paper_at": null, "dying_on_paper": 0, "first_dies_on_paper_at": null, "expired": 1, "never_issued": 0, "taken_down": 0, "pictures_missing": 0, "permanent": 0, "not_retired": 0, "not_retired_die_at": null, "retired_alive": 0, "next_expiry_at": null, "next_renewal_at": null, "succeeded_at": null, "bundle": null, "bundle_state": "missing", "revision": null, "bundled_at": null, "deployed": null, "dead_in_bundle": null, "on_paper": 0, "outdated_on_paper": 0, "paper_dies_at": null, "screens_on_paper": 0, "screens_paper_dies_at": null, "never_handed_over": 0},
    {"campaign": "地铁屏幕", "account": "default", "in_files": true, "until": null, "ended": false, "moved_to": null, "codes": 3, "live": 2, "due_soon": 1, "paper_due": 0, "dead_on_paper": 0, "first_died_on_paper_at": null, "dying_on_paper": 0, "first_dies_on_paper_at": null, "expired": 0, "never_issued": 1, "taken_down": 0, "pictures_missing": 0, "permanent": 0, "not_retired": 0, "not_retired_die_at": null, "retired_alive": 0, "next_expiry_at": "2026-11-24T19:00:00+08:00", "next_renewal_at": "2026-11-16T19:00:00+08:00", "succeeded_at": null, "bundle": "output/地铁屏幕/地铁屏幕.zip", "bundle_state": "stale", "revision": 3, "bundled_at": "2026-11-20T15:00:00+08:00", "deployed": false, "dead_in_bundle": null, "on_paper": 0, "outdated_on_paper": 0, "paper_dies_at": null, "screens_on_paper": 0, "screens_paper_dies_at": null, "never_handed_over": 0}
  ],
  "accounts": [
    {"account": "default", "appid": "wx0123456789abcdef", "calls_today": 0, "daily_quota": 100000, "permanents_issued": 1, "permanents_elsewhere": 0, "permanent_pool": 100000}
  ],
  "old_bundles": [
    "output/tram/tram.zip"
  ],
  "outlook": [
    {"account": "default", "date": "2026-11-22", "creations": 1, "renewals": 2, "deaths": 0, "over": 0},
    {"account": "default", "date": "2026-11-23", "creations": 0, "renewals": 0, "deaths": 1, "over": 0},
    {"account": "default", "date": "2026-11-27", "creations": 0, "renewals": 0, "deaths": 1, "over": 0},
    {"account": "default", "date": "2026-12-03", "creations": 0, "renewals": 1, "deaths": 0, "over": 0},
    {"account": "default", "date": "2026-12-09", "creations": 0, "renewals": 1, "deaths": 0, "over": 0},
    {"account": "default", "date": "2026-12-12", "creations": 0, "renewals": 1, "deaths": 0, "over": 0},
    {"account": "default", "date": "2026-12-13", "creations": 0, "renewals": 1, "deaths": 0, "over": 0},
    {"account": "default", "date": "2026-12-14", "creations": 0, "renewals": 1, "deaths": 0, "over": 0},
    {"account": "default", "date": "2026-12-15", "creations": 0, "renewals": 1, "deaths": 0, "over": 0}
  ],
  "overdue": [
    {"campaign": "desk", "account": "default", "message": "no run has ever left it done; one is expected every 26 h"}
  ]
}
"#;
    let status = status();
    let campaign = &status.campaigns[0];
    let overdue = [Overdue {
        campaign: &campaign.name,
        account: &campaign.account,
        message: "no run has ever left it done; one is expected every 26 h".to_owned(),
        status: campaign,
    }];
    assert_eq!(written(|out| status_json(out, &status, &overdue)), expected);
    let ledger = Path::new("output/ledger.sqlite");
    let text = status_text(&status, StatusTextOptions { overdue: &overdue, ledger, color: false });
    assert!(
        text.ends_with("\n\noverdue: desk: no run has ever left it done; one is expected every 26 h\n"),
        "{text}"
    );
}

#[test]
fn the_metrics_are_what_prometheus_reads() {
    let text = prometheus(&status());
    let expected = "\
# HELP scenepress_codes Codes by state: live (also one that left the files and that no run has retired), due (live, and the next run renews it), dead, new (without a ticket), taken_down (all its paper was).
# TYPE scenepress_codes gauge
scenepress_codes{account=\"default\",campaign=\"desk\",state=\"live\"} 1
";
    assert!(text.starts_with(expected), "{text}");
    let mut families: Vec<&str> = Vec::new();
    let mut samples = BTreeSet::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let name = rest.split(' ').next().expect("a name");
            assert!(!families.contains(&name), "{name} stands in two places");
            families.push(name);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest, format!("{} gauge", families.last().expect("after its help")));
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            value.parse::<f64>().expect("a number");
            assert!(samples.insert(series.to_owned()), "{series} stands twice");
            let name = series.split('{').next().expect("a name");
            assert_eq!(Some(&name), families.last(), "below its own help");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        }
    }
    assert!(text.ends_with('\n') && families.len() >= 10, "{text}");
    assert!(!text.contains("campaign=\"fair\""), "fair is in no file, and retired");
    for line in [
        r#"scenepress_codes{account="default",campaign="shops",state="live"} 3"#,
        r#"scenepress_codes_not_retired{account="default",campaign="shops"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{text}");
    }
    let mut odd = status();
    odd.campaigns.truncate(1);
    odd.campaigns[0].account = AccountName::new("a\\b \"c\"").expect("a name");
    odd.campaigns[0].codes.paper_due = 7;
    for line in [
        r#"scenepress_bundle_current{account="a\\b \"c\"",campaign="desk"} 1"#,
        r#"scenepress_paper_codes_due{account="a\\b \"c\"",campaign="desk"} 7"#,
    ] {
        assert!(prometheus(&odd).lines().any(|found| found == line), "{}", prometheus(&odd));
    }
}

#[test]
fn permanent_codes_made_elsewhere_count() {
    let mut wanted = wanted([campaign("desk", vec![code(id(1), Lifetime::Permanent, "Desk")])]);
    wanted.accounts.values_mut().for_each(|account| account.permanents_used_elsewhere = 12_000);
    let known = history([(id(1), record("desk", "Desk", Some(generation(1, Lifetime::Permanent, 0))))]);
    let status = Status::make(&wanted, &known, &BTreeMap::new(), &BTreeMap::new(), now());
    let ledger = Path::new("ledger.sqlite");
    let text = status_text(&status, StatusTextOptions { overdue: &[], ledger, color: false });
    let account =
        "  0 calls of 100,000 used today, 12,001 permanent codes of 100,000 issued, 12,000 of them elsewhere";
    assert_eq!(text.lines().last(), Some(account));
}
