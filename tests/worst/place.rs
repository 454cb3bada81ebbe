//! A project whose platform is an emulator in the same runtime, on a simulated clock.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use scenepress::bundle;
use scenepress::clock;
use scenepress::emulator::{self, Emulator, Fault, Settings, read_faults};
use scenepress::engine::{Event, Monitor, RunSummary};
use scenepress::exit::Stop;
use scenepress::view::{self, Events, Lines, RunContents, RunTextOptions, Show, Tee};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::night::Night;
use crate::support::{APPID, SECRET};

pub struct Place {
    folder: TempDir,
    pub emulator: Emulator,
    /// What was shown until now, by everything that shows something.
    said: Arc<Mutex<Vec<u8>>>,
}

impl Place {
    /// With one campaign, and an account whose lines in `accounts.yaml` end with `more`.
    pub async fn new(settings: Settings, campaign: &str, more: &str) -> Self {
        Self::start(settings, &[("default", APPID, more, "metro", campaign)]).await
    }

    /// With several accounts: of each its name, the end of its lines in `accounts.yaml`, and its one campaign, which
    /// has its name too. So has its appid, behind `wx-`.
    pub async fn with_accounts(settings: Settings, accounts: &[(&str, &str, &str)]) -> Self {
        let appid = |name: &str| format!("wx-{name}");
        let appids: Vec<String> = accounts.iter().map(|(name, ..)| appid(name)).collect();
        let accounts: Vec<_> = accounts
            .iter()
            .zip(&appids)
            .map(|((name, more, campaign), appid)| (*name, appid.as_str(), *more, *name, *campaign))
            .collect();
        Self::start(settings, &accounts).await
    }

    async fn start(settings: Settings, accounts: &[(&str, &str, &str, &str, &str)]) -> Self {
        clock::simulate("2026-11-22T02:00:00Z".parse().expect("an instant"));
        let known = accounts.iter().map(|(_, appid, ..)| ((*appid).to_owned(), SECRET.to_owned())).collect();
        let settings = Settings {
            accounts: known,
            picture_side: 123,
            url_prefix: "http://weixin.qq.com/q/02",
            ..settings
        };
        let emulator = emulator::start(settings, 0).await.expect("a port");
        let folder = tempfile::tempdir().expect("a folder");
        let campaigns = folder.path().join("campaigns");
        std::fs::create_dir(&campaigns).expect("a folder");
        let url = emulator.url();
        let mut lines = String::new();
        for (account, appid, more, campaign, text) in accounts {
            lines += &format!(
                "{account}:\n  appid: {appid}\n  secret: ${{SECRET}}\n  api_url: {url}\n  image_url: {url}\n{more}"
            );
            let text = format!("account: {account}\n{text}");
            std::fs::write(campaigns.join(format!("{campaign}.yaml")), text).expect("a file");
        }
        std::fs::write(campaigns.join("accounts.yaml"), lines).expect("a file");
        Self { folder, emulator, said: Arc::default() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs, and keeps all that `scenepress run` would show.
    pub async fn run(&self) -> (RunSummary, Value) {
        let (_sender, stop) = Stop::new();
        self.run_until(stop).await
    }

    /// The same until it is stopped.
    pub async fn run_until(&self, stop: Stop) -> (RunSummary, Value) {
        let said = || Said(Arc::clone(&self.said));
        let monitor = Arc::new(Tee::new(vec![
            Box::new(Events::new(said())),
            Box::new(Lines::new(said(), true)),
            Box::new(Ears(said())),
        ]));
        let summary = Night { folder: self.path(""), secret: SECRET, monitor, stop }.run().await;
        let options = RunTextOptions { color: false, emulator: false, example: false };
        self.note(view::run_text(&summary, options).as_bytes());
        let mut json = Vec::new();
        let contents = RunContents {
            summary: Some(&summary),
            exit: summary.exit(),
            message: "",
            problems: &[],
            hooks: &[],
        };
        let times = (summary.started_at, summary.ended_at);
        view::run_json(&mut json, contents, times).expect("a document");
        self.note(&json);
        self.note(format!("{summary:?}").as_bytes());
        (summary, serde_json::from_slice(&json).expect("JSON"))
    }

    /// Remembers something that was shown.
    pub fn note(&self, shown: &[u8]) {
        self.said.lock().expect("a lock").extend(shown);
    }

    pub fn has_said(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.said.lock().expect("a lock")).contains(text)
    }

    /// The bundle is whole and right: so many codes, each in its first generation.
    pub fn has_bundle_of(&self, codes: u64) {
        self.has_bundle("metro", codes);
    }

    /// The same of any campaign.
    pub fn has_bundle(&self, campaign: &str, codes: u64) {
        let zip = self.path(&format!("output/{campaign}/{campaign}.zip"));
        let report = bundle::verify(&zip, &mut |_, _| {}).expect("a bundle");
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        assert_eq!(report.summary.codes, codes);
        let manifest = bundle::read_manifest(&zip).expect("a manifest");
        assert!(manifest.codes.iter().all(|code| code.generation == 1), "a retry is no generation");
    }

    /// The next night has nothing to do.
    pub async fn is_at_rest(&self) {
        let before = self.emulator.counters().requests;
        let (summary, _) = self.run().await;
        assert_eq!(summary.exit().code(), 0);
        assert_eq!(self.emulator.counters().requests, before, "nothing is left to do");
    }

    /// The access token that the account has now, as any other program would get it.
    pub async fn access_token(&self) -> String {
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
    pub fn no_secret(&self, tokens: &[String]) {
        let mut places = vec![("what was shown".to_owned(), self.said.lock().expect("a lock").clone())];
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    places.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
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

/// Hears everything that an event holds, shown or not.
struct Ears(Said);

impl Monitor for Ears {
    fn event(&self, _at: Timestamp, event: &Event) {
        self.0.0.lock().expect("a lock").extend(format!("{event:?}").into_bytes());
    }
}

impl Show for Ears {
    fn finish(&self, _at: Timestamp) {}
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

/// The one fault of a text.
pub fn fault(text: &str) -> Fault {
    read_faults(text).expect("a fault").remove(0)
}
