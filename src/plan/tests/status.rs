use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::date;

use crate::model::{AccountName, AppId, CodeRecord, History, Lifetime};
use crate::plan::fixture::{
    DAY, MONTH, after, campaign, code, generation, history, id, name, now, record, wanted,
};
use crate::plan::{
    BundleFacts, BundleState, CampaignStatus, CodeCounts, Retirement, Status, Wanted, WantedAccount,
};

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
        paper: std::sync::Arc::default(),
        handed: std::sync::Arc::default(),
    };
    let bundles = BTreeMap::from([(name("metro"), bundle.clone())]);
    let status = Status::make(&wanted, &history, &bundles, &BTreeMap::new(), now());
    let expected = CampaignStatus {
        in_files: true,
        codes: CodeCounts {
            all: 7,
            live: 5,
            due_soon: 1,
            expired: 1,
            never_issued: 1,
            pictures_missing: 1,
            permanent: 1,
            not_retired: 1,
            not_retired_die_at: Some(after(DAY)),
            retired_alive: 1,
            next_expiry_at: Some(after(DAY)),
            next_renewal_at: Some(after(-11 * DAY)),
            ..CodeCounts::default()
        },
        ..CampaignStatus::new(
            name("metro"),
            wanted.account_of(&wanted.campaigns[0].appid),
            wanted.campaigns[0].appid.clone(),
            bundle,
            None,
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
    assert_eq!((status.codes.due_soon, status.codes.next_renewal_at, status.codes.live), (0, None, 5));
    assert_eq!(status.codes.next_expiry_at, Some(after(DAY)));

    // Only what dies up to the last day is renewed.
    wanted.campaigns[0].campaign.until = Some(date(2026, 12, 8));
    let status = &stood(&wanted, &history)[0];
    assert_eq!((status.codes.due_soon, status.codes.next_renewal_at), (1, Some(after(-11 * DAY))));
    wanted.campaigns[0].campaign.until = Some(date(2026, 11, 30));
    let status = &stood(&wanted, &history)[0];
    assert_eq!(
        (status.codes.due_soon, status.codes.next_renewal_at),
        (0, Some(after(-11 * DAY))),
        "a dead one is"
    );
}

#[test]
fn a_campaign_in_no_file_is_shown_while_its_codes_work_and_the_folder_is_whole() {
    let (mut wanted, history) = mixed();
    let metro = wanted.campaigns.remove(0);
    let gone = &stood(&wanted, &history)[0];
    assert_eq!((gone.in_files, gone.codes.all, gone.codes.live, gone.codes.permanent), (false, 5, 5, 1));
    assert_eq!((gone.codes.not_retired, gone.codes.retired_alive, gone.is_over()), (5, 1, false));
    assert_eq!(
        (gone.codes.not_retired_die_at, gone.codes.next_expiry_at),
        (Some(after(DAY)), Some(after(DAY)))
    );
    wanted.retirement = Retirement::Selected;
    assert!(stood(&wanted, &history).is_empty());
    wanted.retirement = Retirement::Folder;
    wanted.campaigns.push(crate::plan::WantedCampaign { selected: false, ..metro });
    assert!(stood(&wanted, &history).is_empty());
}

#[test]
fn codes_that_a_campaign_left_behind_on_another_account_are_that_accounts_until_a_run_retires_them() {
    let (mut wanted, history) = mixed();
    let other = AppId::new("wxother").expect("an appid");
    let second = AccountName::new("second").expect("a name");
    let account = WantedAccount { appid: other.clone(), ..wanted.accounts[&AccountName::default()].clone() };
    wanted.accounts.insert(second.clone(), account);
    wanted.campaigns[0].appid = other;
    wanted.campaigns[0].campaign.account = second.clone();
    let bundle = BundleFacts {
        state: BundleState::Current,
        path: Some(PathBuf::from("output/metro/metro.zip")),
        ..BundleFacts::default()
    };
    let bundles = BTreeMap::from([(name("metro"), bundle.clone())]);
    let status = Status::make(&wanted, &history, &bundles, &BTreeMap::new(), now());
    let [old, new] = &status.campaigns[..] else { panic!("{:?}", status.campaigns) };
    assert_eq!((old.in_files, old.moved_to.as_ref(), old.is_over()), (false, Some(&second), false));
    assert_eq!((old.codes.all, old.codes.live, old.codes.not_retired, old.codes.retired_alive), (5, 5, 5, 1));
    assert_eq!((&old.bundle, &new.bundle), (&BundleFacts::default(), &bundle));
    assert_eq!(
        (new.in_files, new.moved_to.as_ref(), new.codes.all, new.codes.never_issued),
        (true, None, 6, 6)
    );
    assert!(status.old_bundles.is_empty());
}

#[test]
fn a_bundle_of_a_campaign_that_is_no_more_is_an_old_one() {
    let (mut wanted, history) = mixed();
    let path = PathBuf::from("output/tram/tram.zip");
    let bundle = BundleFacts { path: Some(path.clone()), ..BundleFacts::default() };
    let bundles = BTreeMap::from([(name("tram"), bundle), (name("bus"), BundleFacts::default())]);
    let old = |wanted: &Wanted| Status::make(wanted, &history, &bundles, &BTreeMap::new(), now()).old_bundles;
    assert_eq!(old(&wanted), [path]);
    wanted.retirement = Retirement::Selected;
    assert!(old(&wanted).is_empty(), "another file may want it");
}

#[test]
fn without_a_ledger_nothing_was_ever_issued() {
    let (wanted, _) = mixed();
    let status = &stood(&wanted, &History::empty())[0];
    assert_eq!((status.codes.all, status.codes.never_issued, status.codes.live), (6, 6, 0));
    assert_eq!((status.codes.next_expiry_at, status.bundle.state), (None, BundleState::Missing));
}
