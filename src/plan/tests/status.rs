use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::date;

use crate::model::{CodeRecord, History, Lifetime};
use crate::plan::fixture::{
    DAY, MONTH, after, campaign, code, generation, history, id, name, now, record, wanted,
};
use crate::plan::{BundleFacts, BundleState, CampaignStatus, Retirement, Status, Wanted};

fn stood(wanted: &Wanted, history: &History) -> Vec<CampaignStatus> {
    Status::make(wanted, history, &BTreeMap::new(), &BTreeMap::new(), now()).campaigns
}

/// Codes 7 and 8 have no spread.
fn mixed() -> (Wanted, History) {
    let mut codes: Vec<_> = [1, 7, 8, 4, 5].map(|n| code(id(n), MONTH, "Line")).to_vec();
    codes.push(code(id(6), Lifetime::Permanent, "Line"));
    let mut unpictured = generation(1, MONTH, 15 * DAY);
    unpictured.picture = None;
    let live = |latest| record("metro", "Line", Some(latest));
    let history = history([
        (id(1), live(generation(1, MONTH, 20 * DAY))),
        (id(7), live(generation(2, MONTH, 9 * DAY))),
        (id(8), live(generation(1, MONTH, -DAY))),
        (id(4), live(unpictured)),
        (id(6), live(generation(1, Lifetime::Permanent, -DAY))),
        (id(17), CodeRecord { retired: true, ..live(generation(1, MONTH, DAY)) }),
        (id(18), CodeRecord { retired: true, ..live(generation(1, MONTH, -DAY)) }),
        (id(19), live(generation(1, MONTH, DAY))),
    ]);
    (wanted([campaign("metro", codes)]), history)
}

#[test]
fn each_code_is_counted_by_its_newest_generation() {
    let (wanted, history) = mixed();
    let bundle = BundleFacts {
        state: BundleState::Stale,
        path: Some(PathBuf::from("output/metro/metro.zip")),
        revision: Some(3),
        written_at: Some(after(-DAY)),
        deployed: None,
        paper: crate::plan::PaperFacts::default(),
    };
    let bundles = BTreeMap::from([(name("metro"), bundle.clone())]);
    let status = Status::make(&wanted, &history, &bundles, &BTreeMap::new(), now());
    let expected = CampaignStatus {
        in_files: true,
        codes: 6,
        live: 4,
        due_soon: 1,
        expired: 1,
        never_issued: 1,
        pictures_missing: 1,
        permanent: 1,
        retired_alive: 2,
        next_expiry_at: Some(after(9 * DAY)),
        next_renewal_at: Some(after(-11 * DAY)),
        ..CampaignStatus::empty(
            name("metro"),
            wanted.account_of(&wanted.campaigns[0].appid),
            wanted.campaigns[0].appid.clone(),
            bundle,
        )
    };
    assert_eq!(status.campaigns, [expected]);
    let account = &status.accounts[0];
    assert_eq!((account.permanents_issued, account.daily_quota, account.calls_today), (1, 100_000, 0));
}

#[test]
fn a_campaign_that_ended_is_not_renewed() {
    let (mut wanted, history) = mixed();
    wanted.campaigns[0].campaign.until = Some(date(2026, 11, 21));
    let status = &stood(&wanted, &history)[0];
    assert!(status.ended);
    assert_eq!((status.due_soon, status.next_renewal_at, status.live), (0, None, 4));
    assert_eq!(status.next_expiry_at, Some(after(9 * DAY)));

    // Only what dies up to the last day is renewed.
    wanted.campaigns[0].campaign.until = Some(date(2026, 12, 8));
    let status = &stood(&wanted, &history)[0];
    assert_eq!((status.due_soon, status.next_renewal_at), (1, Some(after(-11 * DAY))));
    wanted.campaigns[0].campaign.until = Some(date(2026, 11, 30));
    let status = &stood(&wanted, &history)[0];
    assert_eq!((status.due_soon, status.next_renewal_at), (0, Some(after(-11 * DAY))), "a dead one is");
}

#[test]
fn a_campaign_in_no_file_is_shown_while_its_codes_work_and_the_folder_is_whole() {
    let (mut wanted, history) = mixed();
    let metro = wanted.campaigns.remove(0);
    let gone = &stood(&wanted, &history)[0];
    assert_eq!((gone.in_files, gone.codes, gone.retired_alive), (false, 0, 6));
    wanted.retirement = Retirement::Selected;
    assert!(stood(&wanted, &history).is_empty());
    wanted.retirement = Retirement::Folder;
    wanted.campaigns.push(crate::plan::WantedCampaign { selected: false, ..metro });
    assert!(stood(&wanted, &history).is_empty());
}

#[test]
fn without_a_ledger_nothing_was_ever_issued() {
    let (wanted, _) = mixed();
    let status = &stood(&wanted, &History::empty())[0];
    assert_eq!((status.codes, status.never_issued, status.live), (6, 6, 0));
    assert_eq!((status.next_expiry_at, status.bundle.state), (None, BundleState::Missing));
}
