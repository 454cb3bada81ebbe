//! One fault at one stage: a simulated night with it, and what must hold during it and after it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use scenepress::bundle;
use scenepress::clock;
use scenepress::emulator::{self, Emulator, Endpoint, Fault, Kind, Settings};
use scenepress::engine::{Event, Monitor, RunSummary, Stop, ask_quota};
use scenepress::model::{AppId, AppSecret};
use scenepress::report::{self, Events, RunDocument, RunTextOptions};
use scenepress::wechat::{Client, Http};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::night::Night;

const APPID: &str = "wx0123456789abcdef";
const SECRET: &str = "5ec4e7-0123456789abcdef0123456789";

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
  - {scene: 7, channel: Desk, expires: never}
  - {scene: vip, channel: VIP desk, expires: never}
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
pub async fn outcome(stage: Endpoint, times: Times, kind: Kind) -> String {
    clock::simulate("2026-11-22T02:00:00Z".parse().expect("an instant"));
    let place = Place::new().await;
    let mut tokens = vec![place.access_token().await];
    let target = Fault::at(stage);
    let target = match (times, stage) {
        (Times::Always, _) => target,
        (Times::Once, Endpoint::Create | Endpoint::Picture) => target.nth(3).times(1),
        (Times::Once, _) => target.nth(1).times(1),
    };
    place.emulator.add_fault(target.answering(kind)).expect("a fault that can be");
    let words = if stage == Endpoint::Quota { place.quota().await } else { place.faulty_night(stage).await };
    place.emulator.clear_faults();
    tokens.push(place.access_token().await);
    place.good_nights().await;
    place.no_secret(&tokens);
    words
}

/// An office whose platform is an emulator in the same runtime.
struct Place {
    folder: TempDir,
    emulator: Emulator,
    /// What was shown until now, by everything that shows something.
    said: Arc<Mutex<Vec<u8>>>,
}

impl Place {
    async fn new() -> Self {
        let settings = Settings {
            accounts: vec![(APPID.to_owned(), SECRET.to_owned())],
            picture_side: 120,
            ..Settings::default()
        };
        let emulator = emulator::start(settings, 0).await.expect("a port");
        let folder = tempfile::tempdir().expect("a folder");
        let url = emulator.url();
        let accounts = format!(
            "default:\n  appid: {APPID}\n  secret: ${{SECRET}}\n  api_url: {url}\n  image_url: {url}\n  rate: 100/s\n"
        );
        std::fs::create_dir(folder.path().join("campaigns")).expect("a folder");
        std::fs::write(folder.path().join("campaigns/accounts.yaml"), accounts).expect("a file");
        std::fs::write(folder.path().join("campaigns/metro.yaml"), METRO).expect("a file");
        Self { folder, emulator, said: Arc::default() }
    }

    fn night(&self) -> Night {
        let monitor = Arc::new(Ears(Mutex::new(Events::new(Said(Arc::clone(&self.said))))));
        let (_sender, stop) = Stop::new();
        Night { folder: self.folder.path().to_owned(), secret: SECRET, monitor, stop }
    }

    /// Runs, and keeps all that `scenepress run` would show.
    async fn run(&self) -> (RunSummary, Value) {
        let summary = self.night().run().await;
        let options = RunTextOptions { color: false, emulator: false, example: false };
        let text = report::run_text(&summary, options);
        let mut json = Vec::new();
        let document = RunDocument {
            summary: Some(&summary),
            exit: summary.end().exit_code(),
            message: "",
            problems: &[],
            started_at: summary.started_at,
            ended_at: summary.ended_at,
        };
        report::run_json(&mut json, &document).expect("a document");
        let value = serde_json::from_slice(&json).expect("JSON");
        let mut said = self.said.lock().expect("a lock");
        said.extend(text.into_bytes());
        said.extend(json);
        said.extend(format!("{summary:?}").into_bytes());
        (summary, value)
    }

    /// The night with the fault: how it ended, and the requests beyond those that a good night needs.
    async fn faulty_night(&self, stage: Endpoint) -> String {
        let before = self.requests(stage);
        let (summary, document) = self.run().await;
        let requests = self.requests(stage) - before;
        let took = summary.ended_at.duration_since(summary.started_at).unsigned_abs();
        assert!(took <= LONGEST, "it took {took:?}");
        let needed = if stage == Endpoint::Token { 1 } else { CODES };
        assert!(requests <= ATTEMPTS * CODES, "{requests} requests");

        let counters = self.emulator.counters();
        let sent = counters.requests.create;
        assert_eq!(summary.accounts[0].calls_made, sent, "each call is counted, lost answers included");
        let metro = &summary.campaigns[0];
        let exit = summary.end().exit_code();
        let failed = metro.failed.len();
        let bundled = metro.bundled_now;
        assert_eq!(bundled, exit == 0, "a bundle is whole or not there");
        assert_eq!(document["campaigns"][0]["failed"].as_array().map(Vec::len), Some(failed));
        assert_eq!(exit == 0, metro.message.is_empty(), "what is not done is explained: {}", metro.message);
        match (exit, requests.saturating_sub(needed)) {
            (0, 0) => "done".to_owned(),
            (0, 1) => "done +1".to_owned(),
            // Those that were in flight with it.
            (0, 2..) => "done +n".to_owned(),
            // Whoever is told to stop must not ask on. How many are asked for until the silence is long enough depends
            // on the backoff, which is random.
            _ if requests > 2 && self.again() => format!("exit {exit}: retried"),
            _ => {
                let asked = if requests > 2 { "none twice".to_owned() } else { format!("{requests} asked") };
                let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
                format!("exit {exit}: {asked}{failed}")
            }
        }
    }

    /// Whether anything was asked for again.
    fn again(&self) -> bool {
        let said = String::from_utf8_lossy(&self.said.lock().expect("a lock")).into_owned();
        [r#""event":"retrying""#, r#""event":"paused""#].iter().any(|event| said.contains(event))
    }

    async fn quota(&self) -> String {
        let account = self.account();
        let appid = AppId::new(APPID).expect("an appid");
        let client = Client::new(Http::new(), &account, appid, AppSecret::new(SECRET));
        let before = self.emulator.counters().requests.quota_get;
        let answer = ask_quota(&client).await;
        let more = self.emulator.counters().requests.quota_get - before - 1;
        let words = match answer {
            Ok(quota) => {
                assert_eq!((quota.daily_limit, quota.used, quota.remain), (100_000, 0, 100_000));
                "shown".to_owned()
            }
            Err(error) => {
                self.said.lock().expect("a lock").extend(format!("{error}{error:?}").into_bytes());
                "not shown".to_owned()
            }
        };
        if more == 0 { words } else { format!("{words} +{more}") }
    }

    fn account(&self) -> scenepress::model::Account {
        let reading = scenepress::campaign::read(&[self.folder.path().join("campaigns")]);
        reading.folder.accounts.into_values().next().expect("the account")
    }

    /// The next night makes all good, and the one after it has nothing to do.
    async fn good_nights(&self) {
        let (summary, _) = self.run().await;
        assert_eq!(summary.end().exit_code(), 0, "{summary:?}");
        let zip = self.folder.path().join("output/metro/metro.zip");
        let report = bundle::verify(&zip, &mut |_, _| {}).expect("a bundle");
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        assert_eq!(report.summary.codes, CODES);
        let manifest = bundle::read_manifest(&zip).expect("a manifest");
        assert!(manifest.codes.iter().all(|code| code.generation == 1), "a retry is no generation");
        assert_eq!(self.emulator.counters().permanent_scenes, PERMANENT, "no permanent code beyond those");
        let before = self.emulator.counters().requests;
        let (summary, _) = self.run().await;
        assert_eq!(summary.end().exit_code(), 0);
        assert_eq!(self.emulator.counters().requests, before, "nothing is left to do");
    }

    fn requests(&self, stage: Endpoint) -> u64 {
        let requests = self.emulator.counters().requests;
        match stage {
            Endpoint::Token => requests.stable_token,
            Endpoint::Create => requests.create,
            Endpoint::Picture => requests.showqrcode,
            Endpoint::Quota => requests.quota_get,
        }
    }

    /// The access token that the account has now, as any other program would get it.
    async fn access_token(&self) -> String {
        let body = format!(r#"{{"grant_type":"client_credential","appid":"{APPID}","secret":"{SECRET}"}}"#);
        let request = format!(
            "POST /cgi-bin/stable_token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let address = self.emulator.url();
        let address = address.strip_prefix("http://").expect("http");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let answer: Value = serde_json::from_str(body).expect("JSON");
        answer["access_token"].as_str().expect("an access token").to_owned()
    }

    /// Neither what was shown nor any file holds the secret or an access token.
    fn no_secret(&self, tokens: &[String]) {
        let said = self.said.lock().expect("a lock").clone();
        let mut places = vec![("what was shown".to_owned(), said)];
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    places.push((name(&path), std::fs::read(&path).expect("a file")));
                }
            }
        }
        for (place, bytes) in places {
            for secret in tokens.iter().map(String::as_str).chain([SECRET]) {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "a secret in {place}");
            }
        }
    }
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Hears every event, as `--events` would write it.
struct Ears(Mutex<Events<Said>>);

impl Monitor for Ears {
    fn event(&self, at: Timestamp, event: &Event) {
        self.0.lock().expect("a lock").event(at, event);
    }
}

struct Said(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a lock").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
