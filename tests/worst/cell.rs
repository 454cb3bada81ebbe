//! One fault at one stage: a simulated night with it, and what must hold during it and after it.

use std::time::Duration;

use scenepress::emulator::Settings;
use scenepress::engine::ask_quota;
use scenepress::model::{AppId, AppSecret};
use scenepress::wechat::{Client, Http};

use crate::place::{Place, fault};
use crate::support::{APPID, SECRET};

/// Six temporary codes and two permanent ones.
const CODES: u64 = 8;
const PERMANENT: u64 = 2;
const METRO: &str = "\
expires: 30d
permanent_budget: 2
codes:
  - {scenes: 1001..1004, channel: \"Exit {n}\"}
  - {scene: shop-1, channel: 北京门店}
  - {scene: shop-2, channel: 上海门店}
  - {scene: 7, channel: AccountSession, expires: never}
  - {scene: vip, channel: VIP session, expires: never}
";

/// The most requests that one code may cost at one stage.
const ATTEMPTS: u64 = 8;
/// Three minutes without a success, and what the last request may take; or eight minutes of a spent minute quota.
const LONGEST: Duration = Duration::from_mins(9);

/// How often a fault meets the requests of its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// The third request there, or the first where there is only one.
    Once,
    /// Each.
    Always,
}

/// What a night with the fault came to, in a few words.
pub async fn outcome(stage: &str, times: Times, kind: &str) -> String {
    let place = Place::new(Settings::default(), METRO, "  rate: 100/s\n").await;
    let mut tokens = vec![place.access_token().await];
    let when = match (times, stage) {
        (Times::Always, _) => "",
        (Times::Once, "create" | "picture") => "nth: 3,",
        (Times::Once, _) => "nth: 1,",
    };
    place.emulator.add_fault(fault(&format!("{{at: {stage}, {when} {kind}}}")));
    let words = if stage == "quota" { quota(&place).await } else { night(&place, stage).await };
    place.emulator.clear_faults();
    tokens.push(place.access_token().await);

    // The next night makes all good.
    let (summary, _) = place.run().await;
    assert_eq!(summary.exit().code(), 0, "{summary:?}");
    place.has_bundle_of(CODES);
    assert_eq!(place.emulator.counters().permanent_scenes, PERMANENT, "no permanent code beyond those");
    place.is_at_rest().await;
    place.no_secret(&tokens);
    words
}

/// The night with the fault: how it ended, and the requests beyond those that a good night needs.
async fn night(place: &Place, stage: &str) -> String {
    let before = requests(place, stage);
    let (summary, document) = place.run().await;
    let requests = requests(place, stage) - before;
    let took = summary.ended_at.duration_since(summary.started_at).unsigned_abs();
    assert!(took <= LONGEST, "it took {took:?}");
    let needed = if stage == "token" { 1 } else { CODES };
    assert!(requests <= ATTEMPTS * CODES, "{requests} requests");

    let sent = place.emulator.counters().requests.create;
    assert_eq!(summary.accounts[0].calls.made, sent, "each call is counted, lost answers included");
    let metro = &summary.campaigns[0];
    let exit = summary.exit().code();
    let failed = metro.failed.len();
    assert_eq!(metro.bundle.is_new, exit == 0, "a bundle is whole or not there");
    assert_eq!(document["campaigns"][0]["failed"].as_array().map(Vec::len), Some(failed));
    assert_eq!(exit == 0, metro.message.is_empty(), "what is not done is explained: {}", metro.message);
    let again = [r#""event":"retrying""#, r#""event":"paused""#].iter().any(|event| place.has_said(event));
    match (exit, requests.saturating_sub(needed)) {
        (0, 0) => "done".to_owned(),
        (0, 1) => "done +1".to_owned(),
        // Those that were in flight with it.
        (0, 2..) => "done +n".to_owned(),
        // Whoever is told to stop must not ask on. How many are asked for until the silence is long enough depends
        // on the backoff, which is random.
        _ if requests > 2 && again => format!("exit {exit}: retried"),
        _ => {
            let asked = if requests > 2 { "none twice".to_owned() } else { format!("{requests} asked") };
            let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
            format!("exit {exit}: {asked}{failed}")
        }
    }
}

async fn quota(place: &Place) -> String {
    let reading = scenepress::campaign::read(&[place.path("campaigns")]);
    let account = reading.folder.accounts.into_values().next().expect("the account");
    let appid = AppId::new(APPID).expect("an appid");
    let client = Client::new(Http::new(), &account, appid, AppSecret::new(SECRET));
    let before = requests(place, "quota");
    let answer = ask_quota(&client).await;
    let more = requests(place, "quota") - before - 1;
    let words = match answer {
        Ok(quota) => {
            assert_eq!((quota.daily_limit, quota.used, quota.remain), (100_000, 0, 100_000));
            "shown".to_owned()
        }
        Err(error) => {
            place.note(format!("{error}{error:?}").as_bytes());
            "not shown".to_owned()
        }
    };
    if more == 0 { words } else { format!("{words} +{more}") }
}

fn requests(place: &Place, stage: &str) -> u64 {
    let requests = place.emulator.counters().requests;
    match stage {
        "token" => requests.stable_token,
        "create" => requests.create,
        "picture" => requests.showqrcode,
        _ => requests.quota_get,
    }
}
