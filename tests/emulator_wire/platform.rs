//! An emulator to talk to, over plain sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use scenepress::emulator::{self, Counters, Emulator, Fault, Settings, read_faults};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// 08:00 in Beijing; its hex begins every request id.
const START: i64 = 1_790_035_200;
const RID: &str = "6ab1c500";

/// An emulator, its clock, and the runtime it lives on.
pub struct Platform {
    emulator: Option<Emulator>,
    runtime: Runtime,
    clock: Arc<AtomicI64>,
}

/// The url of an emulator's control port.
pub struct Control(pub String);

pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Platform {
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings { accounts: vec![("wx1".into(), "s1".into())], ..Settings::default() };
        change(&mut settings);
        let runtime = Runtime::new().expect("a runtime");
        let clock = Arc::new(AtomicI64::new(START));
        let reader = Arc::clone(&clock);
        let now =
            Arc::new(move || Timestamp::from_second(reader.load(Ordering::SeqCst)).expect("an instant"));
        let emulator = runtime.block_on(emulator::start_with_clock(settings, 0, now)).expect("a port");
        Self { emulator: Some(emulator), runtime, clock }
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn emulator(&self) -> &Emulator {
        self.emulator.as_ref().expect("running")
    }

    pub fn counters(&self) -> Counters {
        self.emulator().counters()
    }

    pub fn send(&self, head: &str, body: &[u8]) -> Answer {
        let (bytes, error) = self.exchange(head, body);
        assert_eq!(error, None);
        Answer::of(&bytes)
    }

    /// All that comes back before the connection ends, and how it ends where it does not end well.
    pub fn exchange(&self, head: &str, body: &[u8]) -> (Vec<u8>, Option<ErrorKind>) {
        exchange(&self.emulator().url(), head, body)
    }

    /// Opens the control port.
    pub fn control(&self) -> Control {
        let opened = self.runtime.block_on(self.emulator().open_control_port(0));
        Control(opened.expect("a port"))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), b"")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(&format!("POST {path}"), body.to_string().as_bytes())
    }

    pub fn token(&self) -> String {
        self.get("/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s1").access_token()
    }

    pub fn stable_token(&self, force_refresh: bool) -> Answer {
        self.post(
            "/cgi-bin/stable_token",
            &json!({"grant_type": "client_credential", "appid": "wx1", "secret": "s1", "force_refresh": force_refresh}),
        )
    }

    /// A create request with a good access token.
    pub fn create(&self, body: &Value) -> Answer {
        let access_token = self.stable_token(false).access_token();
        self.post(&format!("/cgi-bin/qrcode/create?access_token={access_token}"), body)
    }

    pub fn stop(&mut self) {
        self.runtime.block_on(self.emulator.take().expect("running").stop());
    }
}

/// The one fault of a text.
pub fn fault(text: &str) -> Fault {
    read_faults(text).expect("a fault").remove(0)
}

fn exchange(url: &str, head: &str, body: &[u8]) -> (Vec<u8>, Option<ErrorKind>) {
    let address = url.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let length = body.len();
    let head = format!(
        "{head} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).expect("sent");
    let mut bytes = Vec::new();
    let error = stream.read_to_end(&mut bytes).err();
    (bytes, error.map(|error| error.kind()))
}

impl Control {
    /// The status and the JSON of what comes back.
    pub fn ask(&self, head: &str, body: &str) -> (u16, Value) {
        let (bytes, error) = exchange(&self.0, head, body.as_bytes());
        assert_eq!(error, None);
        let answer = Answer::of(&bytes);
        (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
    }

    /// The same where all is well.
    #[track_caller]
    pub fn done(&self, head: &str, body: &str) -> Value {
        let (status, value) = self.ask(head, body);
        assert_eq!(status, 200, "{value}");
        value
    }
}

impl Answer {
    pub fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("headers");
        let headers = String::from_utf8(bytes[..end].to_vec()).expect("text").to_lowercase();
        let status = headers[9..12].parse().expect("a status");
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    /// The value of a header, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.headers.lines().find_map(|line| line.strip_prefix(prefix.as_str()))
    }

    /// The body of a JSON answer.
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 200);
        assert!(self.headers.contains("content-type: application/json; charset=utf-8"), "{}", self.headers);
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub fn field(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.text())).to_owned()
    }

    pub fn access_token(&self) -> String {
        self.field("access_token")
    }

    /// Checks that this is an error: HTTP 200, nothing but the code and the text with a request id.
    #[track_caller]
    pub fn refused(&self, errcode: i64, errmsg: &str) {
        let prefix = format!(r#"{{"errcode":{errcode},"errmsg":"{errmsg} rid: {RID}"#);
        let rest = self.text().strip_prefix(&prefix).unwrap_or_else(|| panic!("{}", self.text()));
        let rid = rest.strip_suffix(r#""}"#).expect("the end");
        let hex = |group: &str| group.len() == 8 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(rid.len() == 18 && rid[1..].split('-').all(hex), "{rid}");
        self.json();
    }
}

pub fn temporary(scene: &Value) -> Value {
    json!({"expire_seconds": 604_800, "action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": scene}}})
}

pub fn permanent(scene: &str) -> Value {
    json!({"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}})
}

/// The text of 40001.
pub const CREDENTIAL: &str = "invalid credential, access_token is invalid or not latest, could get access_token by \
                          getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r";
