use crate::stored;
use crate::support::Workplace;

#[test]
fn without_a_ledger_nothing_is_live() {
    Workplace::with_metro().run(&["status", "--now", "2026-11-22T10:00"]).is(
        0,
        "\
Status of 2026-11-22 10:00 (Beijing time)
NO LEDGER (there is no output/ledger.sqlite)

campaign  codes  live  new  next death  next renewal
metro         3     0    3  -           -
  no bundle

Account default (wx1)
  0 calls of 100,000 used today, 0 permanent codes of 100,000 issued
  next 30 days  renewals  new
  11-22                0    3
  12-12                1    0
  12-16                1    0
",
        "",
    );
}

#[test]
fn a_bundle_is_current_until_its_campaign_or_its_file_changes() {
    let workplace = stored::workplace();
    let outcome = workplace.run(&["status", "--now", "2026-12-01"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let written = outcome.stdout.split("revision 1, of ").nth(1).expect("a time")[..16].to_owned();
    assert_eq!(
        outcome.stdout.replace(&written, "(now)"),
        "\
Status of 2026-12-01 00:00 (Beijing time)
Ledger of 2026-11-22 10:00 (output/ledger.sqlite)

campaign  codes  live  next death   next renewal
metro         3     3  12-22 10:00  12-12 10:00
  bundle current, revision 1, of (now)

metro: 1 of the live codes is permanent

Account default (wx1)
  0 calls of 100,000 used today, 1 permanent code of 100,000 issued
  next 30 days  renewals
  12-12                1
  12-16                1
"
    );
    let state = || {
        let outcome = workplace.run(&["status", "--format", "json", "--now", "2026-12-01"]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        outcome.json()["campaigns"][0].clone()
    };
    let campaign = workplace.read("campaigns/metro.yaml");
    let renamed = String::from_utf8(campaign.clone()).expect("UTF-8").replace("VIP desk", "VIP counter");
    workplace.write("campaigns/metro.yaml", renamed);
    assert_eq!(state()["bundle_state"], "stale");
    workplace.write("campaigns/metro.yaml", campaign);
    assert_eq!(state()["bundle_state"], "current");
    workplace.write("output/metro/metro.zip", "cut");
    assert_eq!(state()["bundle_state"], "stale");
    std::fs::remove_file(workplace.path("output/metro/metro.zip")).expect("removed");
    assert_eq!(state()["bundle_state"], "missing");
}

#[test]
fn dead_codes_are_to_be_renewed_now_and_their_bundle_is_told_of() {
    let workplace = stored::workplace();
    let outcome = workplace.run(&["status", "--now", "2027-01-01"]);
    assert!(
        outcome.stdout.contains("\nmetro         3     1     2  -           now\n"),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stdout.contains("\n  bundle current, revision 1, 2 dead, of "), "{}", outcome.stdout);
    let document = workplace.run(&["status", "--now", "2027-01-01", "--format", "json"]).json();
    assert_eq!(document["campaigns"][0]["dead_in_bundle"], 2);
    assert_eq!(document["campaigns"][0]["next_renewal_at"], "2026-12-12T10:00:00+08:00");
}

#[test]
fn a_campaign_that_is_in_no_file_has_its_codes_until_a_run_retires_them_and_its_bundle_is_not_current() {
    let workplace = stored::workplace();
    std::fs::remove_file(workplace.path("campaigns/metro.yaml")).expect("removed");
    workplace.write("campaigns/a.yaml", "codes: [{scene: 1, channel: A, expires: 30d}]\n");
    let shown = |now: &str, exit: i32| {
        let outcome =
            workplace.run(&["status", "--now", now, "--min-left", "3d", "--only", "campaign=metro"]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (exit, ""));
        let written = outcome.stdout.split("revision 1, of ").nth(1).expect("a time")[..16].to_owned();
        let text = outcome.stdout.replace(&written, "(then)");
        text.split_once("\n\n").expect("a head").1.to_owned()
    };
    let expected = "\
campaign  codes  live  next death   next renewal
metro         3     3  12-22 10:00  -
  bundle of a campaign that is in no file, revision 1, of (then)

metro: 3 codes are in no campaign file; the first dies at 2026-12-22 10:00
metro: a run retires them, or refuses to (`scenepress plan`)
metro: 1 of the live codes is permanent

Account default (wx1)
  0 calls of 100,000 used today, 1 permanent code of 100,000 issued
  next 30 days  renewals  deaths
  12-22                0       2

overdue: metro: the next code dies at 2026-12-22 10:00, in 1 d 10 h; at least 3 d are to be left
";
    assert_eq!(shown("2026-12-21", 11), expected);
    let expected = "\
campaign  codes  live  next death  next renewal
metro         1     1  -           -
  bundle of a campaign that is in no file, revision 1, of (then)

metro: 1 code is in no campaign file
metro: a run retires it, or refuses to (`scenepress plan`)
metro: 1 of the live codes is permanent

Account default (wx1)
  0 calls of 100,000 used today, 1 permanent code of 100,000 issued
";
    assert_eq!(shown("2027-06-01", 0), expected);
}

#[test]
fn bundles_without_a_ledger_are_what_a_run_would_refuse() {
    let workplace = stored::workplace();
    std::fs::remove_file(workplace.path("output/ledger.sqlite")).expect("removed");
    let outcome = workplace.run(&["status"]);
    assert_eq!(outcome.code, 0);
    let words = "warning: `scenepress run` would refuse: output/metro/metro.zip exists, but there is no \
                 ledger at output/ledger.sqlite: ";
    assert!(outcome.stderr.starts_with(words), "{}", outcome.stderr);
}

#[test]
fn what_is_overdue_is_named_and_the_exit_is_11() {
    let workplace = stored::workplace();
    let told = workplace.run(&["status", "--now", "2026-12-01", "--max-age", "26h", "--min-left", "30d"]);
    let overdue: Vec<&str> = told.stdout.lines().filter(|line| line.starts_with("overdue: ")).collect();
    let expected = [
        "overdue: metro: no run has ever left it done; one is expected every 1 d 2 h",
        "overdue: metro: the next code dies at 2026-12-22 10:00, in 21 d 10 h; at least 30 d are to be left",
    ];
    assert_eq!((told.code, overdue.as_slice(), told.stderr.as_str()), (11, &expected[..], ""));
    let told = workplace.run(&["status", "--now", "2026-12-01", "--min-left", "20d"]);
    assert_eq!((told.code, told.stderr.as_str()), (0, ""));
    let told = workplace.run(&["status", "--format", "json", "--now", "2026-12-01", "--max-age", "26h"]);
    assert_eq!(told.code, 11);
    let message = "no run has ever left it done; one is expected every 1 d 2 h";
    let line = serde_json::json!({"campaign": "metro", "account": "default", "message": message});
    assert_eq!(told.json()["overdue"], serde_json::json!([line]));
    let told = workplace.run(&["status", "--max-age", "26"]);
    assert_eq!(told.code, 2);
    assert!(
        told.stderr
            .starts_with("error: invalid value '26' for '--max-age <TIME>': 26 of what? 26d, 26h or 26m?"),
        "{}",
        told.stderr
    );
}

#[test]
fn the_metrics_are_written_whole_beside_what_is_shown() {
    let workplace = stored::workplace();
    let told = workplace.run(&["status", "--now", "2026-12-01", "--prometheus", "scenepress.prom"]);
    assert_eq!((told.code, told.stderr.as_str()), (0, ""));
    let metrics = String::from_utf8(workplace.read("scenepress.prom")).expect("UTF-8");
    for line in [
        r#"scenepress_codes{account="default",campaign="metro",state="live"} 3"#,
        r#"scenepress_next_expiry_timestamp_seconds{account="default",campaign="metro"} 1797904800"#,
        r#"scenepress_calls_daily_quota{account="default"} 100000"#,
        "scenepress_status_timestamp_seconds 1796054400",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
    let told = workplace.run(&["status", "--prometheus", "nowhere/scenepress.prom"]);
    let expected = "error: cannot write nowhere/scenepress.prom: No such file or directory (os error 2)\n";
    assert_eq!((told.code, told.stderr.as_str()), (1, expected));
}

#[test]
fn the_next_days_tell_of_new_codes_of_renewals_over_the_quota_and_of_codes_that_nobody_renews() {
    let workplace = stored::workplace();
    let metro = String::from_utf8(workplace.read("campaigns/metro.yaml")).expect("UTF-8");
    // Out of the files, and so no longer renewed.
    let metro: String = metro
        .lines()
        .filter(|line| !line.contains("1002"))
        .fold(String::new(), |text, line| text + line + "\n");
    workplace.write("campaigns/metro.yaml", metro);
    workplace.write(
        "campaigns/stores.yaml",
        "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..9, channel: \"S {n}\"}]\n",
    );
    let accounts = "default:\n  appid: wx1\n  secret: ${WECHAT_SECRET}\n  daily_quota: 5\n";
    workplace.write("campaigns/accounts.yaml", accounts);
    let told = workplace.run(&["status", "--now", "2026-12-01"]);
    let (before, outlook) = told.stdout.split_once("used today").expect("an account");
    assert!(before.ends_with("\n  0 calls of 5 "), "{before}");
    assert_eq!(
        outlook,
        ", 1 permanent code of 100,000 issued
  next 30 days  renewals  new  deaths  over quota
  12-01                0    9       0           4
  12-12                1    0       0           0
  12-21                1    0       0           0
  12-22                0    0       1           0
  12-23                2    0       0           0
  12-24                1    0       0           0
  12-25                3    0       0           0
  12-26                2    0       0           0
"
    );
    assert_eq!((told.code, told.stderr.as_str()), (0, ""));
    let document = workplace.run(&["status", "--now", "2026-12-01", "--format", "json"]).json();
    let day = |date: &str, creations: u64, renewals: u64, deaths: u64, over: u64| {
        serde_json::json!({
            "account": "default", "date": date, "creations": creations, "renewals": renewals,
            "deaths": deaths, "over": over
        })
    };
    let outlook = document["outlook"].as_array().expect("a list");
    assert_eq!(outlook.len(), 8);
    assert_eq!(outlook[0], day("2026-12-01", 9, 0, 0, 4));
    assert_eq!(outlook[3], day("2026-12-22", 0, 0, 1, 0));
}
