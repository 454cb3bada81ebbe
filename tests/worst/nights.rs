//! Nights that are simulated whole: their clock goes on only when nothing is left to do.

use std::time::Duration;

use scenepress::clock;
use scenepress::emulator::{Endpoint, Settings};
use scenepress::engine::RunSummary;
use scenepress::exit::{Exit, Signal, Stop};

use crate::place::{Place, fault};

fn codes(count: usize) -> String {
    format!("expires: 30d\ncodes: [{{scenes: 1..{count}, channel: \"Exit {{n}}\"}}]\n")
}

fn took(summary: &RunSummary) -> Duration {
    summary.ended_at.duration_since(summary.started_at).unsigned_abs()
}

#[tokio::test(start_paused = true)]
async fn a_night_takes_exactly_the_time_that_its_rate_asks_for() {
    let place = Place::new(Settings::default(), &codes(21), "  rate: 10/s\n").await;
    let (summary, _) = place.run().await;
    assert_eq!((summary.exit(), took(&summary)), (Exit::Done, Duration::from_secs(2)));
}

/// A platform that needs 300 ms for each answer is asked a hundred times a second all the same.
#[tokio::test(start_paused = true)]
async fn the_rate_is_kept_where_the_platform_takes_its_time() {
    let place = Place::new(Settings::default(), &codes(600), "  rate: 100/s\n").await;
    for endpoint in ["create", "picture"] {
        let late = fault(&format!("{{at: {endpoint}, delay_ms: 300}}"));
        place.emulator.add_fault(late);
    }
    let (summary, _) = place.run().await;
    assert_eq!(summary.exit(), Exit::Done);
    // The first one goes alone, since a wrong secret is to cost one call; a burst follows it.
    let create = place.emulator.requests(0).into_iter().filter(|asked| asked.endpoint == Endpoint::Create);
    let sent: Vec<_> = create.map(|asked| asked.at).skip(20).collect();
    let took = sent[sent.len() - 1].duration_since(sent[0]).as_secs_f64();
    let kept = f64::from(u32::try_from(sent.len() - 1).expect("few")) / took;
    println!("rate: {kept:.1} % of 100/s kept where each answer takes 300 ms");
    assert!(kept >= 99.0, "{kept} %");
}

/// The platform lets through 60 codes a minute and refuses the others with 45011: the night lasts as long as it must,
/// and not one of many minutes is spent on refusals alone.
#[tokio::test(start_paused = true)]
async fn a_minute_limit_that_nobody_knows_is_found_and_lived_with() {
    let settings = Settings { minute_limit: Some(60), ..Settings::default() };
    let place = Place::new(settings, &codes(300), "  rate: 10/s\n").await;
    let (summary, _) = place.run().await;
    assert_eq!(summary.exit(), Exit::Done);
    place.has_bundle_of(300);
    let refused = place.emulator.counters().errors.get(&45011).copied().unwrap_or_default();
    println!(
        "minute limit: 300 codes at 60 a minute in {} s, {refused} calls refused",
        took(&summary).as_secs()
    );
    assert!(took(&summary) <= Duration::from_mins(15), "{:?}", took(&summary));
    assert!(refused <= 300, "{refused} calls were refused");
}

#[tokio::test(start_paused = true)]
async fn a_signal_ends_a_night_within_five_seconds_though_nothing_is_answered() {
    let place = Place::new(Settings::default(), &codes(40), "  rate: 10/s\n").await;
    let hang = fault("{at: create, after: 10, hang: after}");
    place.emulator.add_fault(hang);
    let (sender, stop) = Stop::new();
    let signal = async {
        clock::sleep(Duration::from_secs(8)).await;
        sender.send_replace(Some(Signal::Terminate));
    };
    let ((summary, document), ()) = tokio::join!(place.run_until(stop), signal);
    assert_eq!((summary.exit(), took(&summary)), (Exit::Terminated, Duration::from_secs(13)));
    assert_eq!((&document["exit"], &document["outcome"]), (&143.into(), &"stopped".into()));
    assert_eq!(summary.accounts[0].calls.made, place.emulator.counters().requests.create);
    place.emulator.clear_faults();
    let in_flight = summary.accounts[0].calls.made - 10;
    let (summary, _) = place.run().await;
    assert_eq!(summary.exit(), Exit::Done);
    place.has_bundle_of(40);
    let asked_again = place.emulator.counters().requests.create - 40;
    assert_eq!(asked_again, in_flight, "what was in flight is asked for again, and nothing else");
    place.is_at_rest().await;
}

/// Without a network at all: three minutes, whatever the number of codes.
#[tokio::test(start_paused = true)]
async fn a_platform_that_cannot_be_reached_costs_minutes_however_many_codes_there_are() {
    for endpoint in ["token", "create", "picture"] {
        let place = Place::new(Settings::default(), &codes(5000), "  rate: 1000/s\n").await;
        place.emulator.add_fault(fault(&format!("{{at: {endpoint}, reset: before}}")));
        let (summary, _) = place.run().await;
        assert_eq!(summary.exit(), Exit::Failed);
        assert!(took(&summary) <= Duration::from_mins(5), "{endpoint:?}: {:?}", took(&summary));
        let metro = &summary.campaigns[0];
        assert!(
            metro.message.contains("no success for 3 min, so nothing more was tried"),
            "{}",
            metro.message
        );
        assert_eq!(metro.failed.len() as u64 + metro.not_tried, 5000);
        let create = place.emulator.counters().requests.create;
        assert!(create <= 2500, "{create} calls for tickets, without one picture");
    }
}

/// An outage that begins when all goes well is met as carefully as one at the beginning: the day's quota is still there
/// when it is over.
#[tokio::test(start_paused = true)]
async fn an_outage_in_mid_run_costs_the_calls_of_a_few_codes_and_no_quota() {
    for kind in ["errcode: -1", "status: 503", "reset: after"] {
        let text = codes(2000);
        let place = Place::new(Settings::default(), &text, "  rate: 50/s\n  daily_quota: 2000\n").await;
        let fault = fault(&format!("{{at: create, after: 300, {kind}}}"));
        place.emulator.add_fault(fault);
        let (summary, _) = place.run().await;
        assert_eq!(summary.exit(), Exit::Failed, "{kind:?}");
        let lost = place.emulator.counters().requests.create - 300;
        println!("an outage in mid-run ({kind:?}): {lost} calls lost until the run gave up");
        assert!(lost <= 100, "{kind:?}: {lost} calls");
    }
}

/// What is used up for good is not asked for again by every code that wants one.
#[tokio::test(start_paused = true)]
async fn a_spent_pool_of_permanent_codes_is_asked_once_and_temporary_codes_go_on() {
    let settings = Settings { permanent_pool: 5, ..Settings::default() };
    let text = "expires: 30d\npermanent_budget: 30\ncodes:
  - {scenes: 1..30, channel: \"AccountSession {n}\", expires: never}
  - {scenes: 1001..1010, channel: \"Exit {n}\"}\n";
    let place = Place::new(settings, text, "  rate: 10/s\n").await;
    let (summary, _) = place.run().await;
    let metro = &summary.campaigns[0];
    assert_eq!((summary.exit(), metro.failed.len()), (Exit::Failed, 25));
    assert!(metro.failed.iter().all(|failed| failed.failure.errcode == Some(45029)));
    let counters = place.emulator.counters();
    assert_eq!((counters.permanent_scenes, counters.temporary_codes), (5, 10));
    assert_eq!(counters.errors.get(&45029), Some(&1));
}

/// Everything at once, each request with a share of bad luck: no night loses anything, and a few nights do it all.
#[tokio::test(start_paused = true)]
async fn a_platform_that_does_a_bit_of_everything_wrongly_is_survived() {
    let settings = Settings { seed: 7, ..Settings::default() };
    let text = "expires: 30d\npermanent_budget: 50\ncodes:
  - {scenes: 1..50, channel: \"AccountSession {n}\", expires: never}
  - {scenes: 1001..1250, channel: \"Exit {n}\"}\n";
    let place = Place::new(settings, text, "  rate: 100/s\n").await;
    let anywhere = [
        "errcode: -1",
        "status: 502",
        "answer: html",
        "answer: cut",
        "answer: empty",
        "short_by: 7",
        "reset: before",
        "reset: after",
        "hang: after",
        "delay_ms: 3000",
    ];
    for endpoint in ["token", "create", "picture"] {
        for kind in anywhere {
            let fault = fault(&format!("{{at: {endpoint}, probability: 0.03, {kind}}}"));
            place.emulator.add_fault(fault);
        }
    }
    for kind in ["answer: other_picture", "answer: png", "answer: text"] {
        let fault = fault(&format!("{{at: picture, probability: 0.03, {kind}}}"));
        place.emulator.add_fault(fault);
    }
    for kind in ["errcode: 45011", "access_token: expired"] {
        let fault = fault(&format!("{{at: create, probability: 0.003, {kind}}}"));
        place.emulator.add_fault(fault);
    }
    let mut nights = 0;
    while nights < 5 {
        nights += 1;
        let (summary, _) = place.run().await;
        if summary.exit() == Exit::Done {
            break;
        }
    }
    place.has_bundle_of(300);
    let counters = place.emulator.counters();
    assert_eq!(counters.permanent_scenes, 50);
    println!(
        "a third of all requests go wrong: 300 codes in {nights} nights, {} calls, 50 permanent scenes for 50 codes",
        counters.requests.create
    );
    place.emulator.clear_faults();
    place.is_at_rest().await;
}

/// Nobody waits for an hour: the run ends and says how long it was told to wait.
#[tokio::test(start_paused = true)]
async fn a_platform_that_asks_to_be_left_alone_for_long_is_left_alone_at_once() {
    for endpoint in ["create", "picture"] {
        let place = Place::new(Settings::default(), &codes(40), "  rate: 10/s\n").await;
        let busy = "status: 503, retry_after: 3600, body: ''";
        place.emulator.add_fault(fault(&format!("{{at: {endpoint}, after: 20, {busy}}}")));
        let (summary, _) = place.run().await;
        assert_eq!(summary.exit(), Exit::Failed);
        let url = place.emulator.url();
        let expected = format!("{url} answered with HTTP 503, and asks to be left alone for 1 h");
        assert_eq!(summary.campaigns[0].message, expected, "{endpoint:?}");
        assert!(took(&summary) < Duration::from_mins(1), "{endpoint:?}: {:?}", took(&summary));
        let counters = place.emulator.counters().requests;
        let asked = if endpoint == "create" { counters.create } else { counters.showqrcode };
        assert!((21..=30).contains(&asked), "{endpoint:?}: those in flight, and no more: {counters:?}");
        place.emulator.clear_faults();
        let (summary, _) = place.run().await;
        assert_eq!(summary.exit(), Exit::Done);
        place.has_bundle_of(40);
    }
}
