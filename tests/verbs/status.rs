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
fn the_bundle_of_a_campaign_that_is_in_no_file_is_not_current() {
    let workplace = stored::workplace();
    std::fs::remove_file(workplace.path("campaigns/metro.yaml")).expect("removed");
    workplace.write("campaigns/a.yaml", "codes: [{scene: 1, channel: A, expires: 30d}]\n");
    for now in ["2026-12-01", "2027-06-01"] {
        let outcome = workplace.run(&["status", "--now", now]);
        assert!(
            outcome.stdout.contains("\n  bundle no longer wanted, revision 1, of "),
            "{}",
            outcome.stdout
        );
        assert!(outcome.stdout.contains("\nmetro: is in no campaign file\n"), "{}", outcome.stdout);
    }
}

#[test]
fn bundles_without_a_ledger_are_what_a_run_would_refuse() {
    let workplace = stored::workplace();
    std::fs::remove_file(workplace.path("output/ledger.sqlite")).expect("removed");
    let outcome = workplace.run(&["status"]);
    assert_eq!(outcome.code, 0);
    let words = "warning: `scenepress run` would refuse: output/metro/metro.zip exists but the ledger \
                 output/ledger.sqlite does not: restore it";
    assert!(outcome.stderr.starts_with(words), "{}", outcome.stderr);
}
