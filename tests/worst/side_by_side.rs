//! Several accounts in one night: each at its own rate, and the trouble of one is not another's.

use std::time::Duration;

use jiff::Timestamp;
use scenepress::clock;
use scenepress::emulator::{Endpoint, Settings};
use scenepress::engine::{CampaignSummary, RunSummary};
use scenepress::exit::{Exit, Signal, Stop};

use crate::place::{Place, fault};

/// How much later than without the others, in simulated time, an account may be: a timer's steps, no more.
const NOTHING: Duration = Duration::from_millis(100);

fn codes(count: usize) -> String {
    format!("expires: 30d\ncodes: [{{scenes: 1..{count}, channel: \"Exit {{n}}\"}}]\n")
}

/// When an account's requests at an endpoint came.
fn asked(place: &Place, account: &str, endpoint: Endpoint) -> Vec<Timestamp> {
    let appid = format!("wx-{account}");
    let requests = place.emulator.requests(0).into_iter();
    let asked =
        requests.filter(|asked| asked.endpoint == endpoint && asked.appid.as_deref() == Some(appid.as_str()));
    asked.map(|asked| asked.at).collect()
}

/// From the beginning of the night to the account's last picture.
fn done_after(place: &Place, summary: &RunSummary, account: &str) -> Duration {
    let pictures = asked(place, account, Endpoint::Picture);
    let last = pictures.last().expect("a picture");
    last.duration_since(summary.started_at).unsigned_abs()
}

/// How long an account's night takes where it is alone.
async fn alone(account: &str, more: &str, count: usize) -> Duration {
    let place = Place::with_accounts(Settings::default(), &[(account, more, &codes(count))]).await;
    let (summary, _) = place.run().await;
    assert_eq!(summary.exit(), Exit::Done);
    done_after(&place, &summary, account)
}

/// No window of time holds more than the rate allows in it and a burst of a tenth of a second.
fn keeps_rate(asked: &[Timestamp], per_second: u32) {
    let rate = f64::from(per_second);
    for (first, from) in asked.iter().enumerate() {
        for (number, at) in asked[first..].iter().enumerate() {
            let allowed = rate * at.duration_since(*from).as_secs_f64() + (rate / 10.0).max(1.0);
            let more = f64::from(u32::try_from(number).expect("few"));
            assert!(more <= allowed, "{} requests from {from} to {at} at {per_second}/s", number + 1);
        }
    }
}

fn campaign<'a>(summary: &'a RunSummary, name: &str) -> &'a CampaignSummary {
    summary.campaigns.iter().find(|campaign| campaign.name.as_str() == name).expect("the campaign")
}

/// What the summary says of each account's calls is what the platform counted.
fn calls_are_counted(place: &Place, summary: &RunSummary) {
    for account in &summary.accounts {
        let asked = asked(place, account.name.as_str(), Endpoint::Create).len() as u64;
        assert_eq!((account.calls.made, account.calls.used_today), (asked, asked), "{}", account.name);
    }
}

#[tokio::test(start_paused = true)]
async fn neither_a_refused_account_nor_one_without_pictures_holds_up_a_healthy_one() {
    let accounts = [
        ("north", "  rate: 10/s\n", &*codes(60)),
        ("south", "  rate: 5/s\n", &*codes(240)),
        ("west", "  rate: 20/s\n", &*codes(300)),
    ];
    let alone = alone("west", "  rate: 20/s\n", 300).await;
    let place = Place::with_accounts(Settings::default(), &accounts).await;
    let words = "invalid ip 203.0.113.7, not in whitelist rid: 6ab1c500-1-2";
    let refusal = format!("errcode: 40164, errmsg: '{words}'");
    for fault in [
        fault(&format!("{{at: token, appid: wx-north, {refusal}}}")),
        fault("{at: picture, appid: wx-south, hang: after}"),
    ] {
        place.emulator.add_fault(fault);
    }
    let (summary, document) = place.run().await;

    // The healthy one.
    let west = done_after(&place, &summary, "west");
    println!("side by side: 300 codes at 20/s in {west:?}, alone in {alone:?}");
    assert!(west <= alone + NOTHING, "{west:?} beside the others, {alone:?} alone");
    place.has_bundle("west", 300);

    // Each says what is the matter with it, and the worst is the exit.
    let url = place.emulator.url();
    let ends: Vec<_> = summary
        .campaigns
        .iter()
        .map(|campaign| (campaign.name.as_str(), campaign.exit, campaign.message.as_str()))
        .collect();
    let refused = "the IP 203.0.113.7 may not call for account north (wx-north): add it to the IP allow-list on \
                   mp.weixin.qq.com (基本配置, IP白名单), or go through a relay with a fixed IP (`api_url`); the \
                   platform says: invalid ip 203.0.113.7, not in whitelist (40164, rid 6ab1c500-1-2)";
    let silent = format!(
        "no success for 3 min, so nothing more was tried: {url} could not be reached: no answer within 20 s"
    );
    assert_eq!(
        ends,
        [
            ("north", Exit::AccountRefused, refused),
            ("south", Exit::Failed, silent.as_str()),
            ("west", Exit::Done, "")
        ]
    );
    assert_eq!((&document["exit"], &document["outcome"]), (&7.into(), &"account".into()));
    let exits: Vec<_> = (0..3).map(|index| document["campaigns"][index]["exit"].clone()).collect();
    assert_eq!(exits, [7, 3, 0]);
    let took = summary.ended_at.duration_since(summary.started_at).unsigned_abs();
    assert!(took <= Duration::from_mins(4), "{took:?}");

    // Each at its own rate; a refused account costs one request, and one without pictures issues few.
    assert_eq!(asked(&place, "north", Endpoint::Token).len(), 1);
    assert_eq!(asked(&place, "north", Endpoint::Create).len(), 0);
    let south = asked(&place, "south", Endpoint::Create);
    assert!((64..200).contains(&south.len()), "{} tickets without a picture", south.len());
    keeps_rate(&south, 5);
    keeps_rate(&asked(&place, "west", Endpoint::Create), 20);
    calls_are_counted(&place, &summary);

    // The next night makes all good, and issues nothing twice.
    place.emulator.clear_faults();
    let (summary, _) = place.run().await;
    assert_eq!(summary.exit(), Exit::Done);
    assert_eq!(place.emulator.counters().requests.create, 600);
    for (account, count) in [("north", 60), ("south", 240), ("west", 300)] {
        place.has_bundle(account, count);
    }
    place.is_at_rest().await;
}

/// What lies there without its picture is fetched by its own account too.
#[tokio::test(start_paused = true)]
async fn pictures_that_are_missing_from_before_wait_only_for_their_own_account() {
    let accounts = [("north", "  rate: 20/s\n", &*codes(200)), ("west", "  rate: 20/s\n", &*codes(200))];
    let place = Place::with_accounts(Settings::default(), &accounts).await;
    let (summary, _) = place.run().await;
    assert_eq!(summary.exit(), Exit::Done);
    // As a disk that was tidied up leaves it.
    std::fs::remove_dir_all(place.path("output/pictures")).expect("removed");
    for account in ["north", "west"] {
        std::fs::remove_dir_all(place.path(&format!("output/{account}"))).expect("removed");
    }
    let hang = fault("{at: picture, appid: wx-north, hang: after}");
    place.emulator.add_fault(hang);
    let (summary, _) = place.run().await;
    let ends: Vec<_> = summary.campaigns.iter().map(|campaign| campaign.exit).collect();
    assert_eq!(ends, [Exit::Failed, Exit::Done]);
    assert_eq!(place.emulator.counters().requests.create, 400, "nothing is issued anew");
    // A picture every 50 ms.
    let west = done_after(&place, &summary, "west");
    assert!(west <= Duration::from_secs(10), "{west:?}");
    place.has_bundle("west", 200);
    place.emulator.clear_faults();
    let (summary, _) = place.run().await;
    assert_eq!(summary.exit(), Exit::Done);
    place.has_bundle("north", 200);
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_one_account_has_spent_leaves_the_others_theirs() {
    let accounts = [
        ("north", "  rate: 20/s\n", &*codes(100)),
        ("south", "  rate: 20/s\n  daily_quota: 30\n", &*codes(100)),
        ("west", "  rate: 20/s\n", &*codes(100)),
    ];
    let alone = alone("west", "  rate: 20/s\n", 100).await;
    let place = Place::with_accounts(Settings::default(), &accounts).await;
    // The platform's own count of one account, and the ledger's share of another's.
    let spent = fault("{at: create, appid: wx-north, after: 25, errcode: 45009}");
    place.emulator.add_fault(spent);
    let (summary, document) = place.run().await;
    let ends: Vec<_> = summary
        .campaigns
        .iter()
        .map(|campaign| (campaign.exit, campaign.counts.actions.of(scenepress::plan::ActionKind::Create)))
        .collect();
    assert_eq!(ends, [(Exit::QuotaSpent, 25), (Exit::QuotaSpent, 30), (Exit::Done, 100)]);
    assert_eq!((&document["exit"], &document["outcome"]), (&5.into(), &"quota".into()));
    assert!(campaign(&summary, "north").message.contains("45009"));
    let spent =
        "the day's 30 calls (daily_quota) are spent; run again after 2026-11-23 00:00 Beijing time, in ";
    assert!(
        campaign(&summary, "south").message.starts_with(spent),
        "{}",
        campaign(&summary, "south").message
    );
    let west = done_after(&place, &summary, "west");
    assert!(west <= alone + NOTHING, "{west:?} beside the others, {alone:?} alone");
    place.has_bundle("west", 100);
    calls_are_counted(&place, &summary);
}

/// One account waits for its next minute, one for an access token; the third for neither.
#[tokio::test(start_paused = true)]
async fn what_one_account_waits_for_the_others_do_not() {
    let accounts = [
        ("north", "  rate: 20/s\n", &*codes(100)),
        ("south", "  rate: 20/s\n", &*codes(100)),
        ("west", "  rate: 20/s\n", &*codes(100)),
    ];
    let alone = alone("west", "  rate: 20/s\n", 100).await;
    let place = Place::with_accounts(Settings::default(), &accounts).await;
    for fault in [
        fault("{at: create, appid: wx-north, nth: 25, errcode: 45011}"),
        fault("{at: token, appid: wx-south, hang: before}"),
    ] {
        place.emulator.add_fault(fault);
    }
    let (summary, _) = place.run().await;
    let ends: Vec<_> = summary.campaigns.iter().map(|campaign| campaign.exit).collect();
    assert_eq!(ends, [Exit::Done, Exit::Failed, Exit::Done]);
    let (north, west) = (done_after(&place, &summary, "north"), done_after(&place, &summary, "west"));
    assert!(west <= alone + NOTHING, "{west:?} beside the others, {alone:?} alone");
    assert!(north > west, "{north:?} with a pause, {west:?} without");
    place.has_bundle("north", 100);
    place.has_bundle("west", 100);
}

#[tokio::test(start_paused = true)]
async fn a_signal_ends_all_accounts_within_five_seconds() {
    let accounts = [("north", "  rate: 10/s\n", &*codes(100)), ("west", "  rate: 10/s\n", &*codes(100))];
    let place = Place::with_accounts(Settings::default(), &accounts).await;
    let hang = fault("{at: picture, appid: wx-north, hang: after}");
    place.emulator.add_fault(hang);
    let (sender, stop) = Stop::new();
    let signal = async {
        clock::sleep(Duration::from_secs(8)).await;
        sender.send_replace(Some(Signal::Interrupt));
    };
    let ((summary, document), ()) = tokio::join!(place.run_until(stop), signal);
    let took = summary.ended_at.duration_since(summary.started_at).unsigned_abs();
    assert_eq!((summary.exit(), took), (Exit::Interrupted, Duration::from_secs(13)));
    assert_eq!((&document["exit"], &document["outcome"]), (&130.into(), &"stopped".into()));
    calls_are_counted(&place, &summary);
    place.emulator.clear_faults();
    let (summary, _) = place.run().await;
    assert_eq!(summary.exit(), Exit::Done);
    for (account, _, _) in accounts {
        place.has_bundle(account, 100);
    }
    place.is_at_rest().await;
}
