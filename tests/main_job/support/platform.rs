//! An emulator behind a door that writes down what passes, and can be told to answer otherwise.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, DATE};
use axum::response::{IntoResponse, Response};
use scenepress::emulator::{self, Counters, Emulator, Settings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::{APPID, SECRET};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Token,
    Create,
    Picture,
    Other,
}

/// A request as it came, and the answer it got, if it got one.
#[derive(Debug, Clone)]
pub struct Asked {
    pub kind: Kind,
    /// Which of its kind it is, from 1, since the rule was set.
    pub number: usize,
    pub path: String,
    /// As it came, still escaped.
    pub query: String,
    pub body: Vec<u8>,
    pub answer: Option<Vec<u8>>,
}

/// What becomes of a request.
pub enum Verdict {
    /// The emulator answers.
    Pass,
    /// The emulator answers, and its answer is changed.
    Change(Box<dyn FnOnce(Vec<u8>) -> Vec<u8> + Send>),
    /// This is the answer.
    Answer(u16, &'static str, Vec<u8>),
    /// No answer comes, and the emulator never hears of it.
    Hang,
    /// The emulator makes the code, but its answer never arrives.
    PassAndHang,
    /// As `Pass`, but only once the door is opened.
    Wait,
}

type Rule = Arc<dyn Fn(&Asked) -> Verdict + Send + Sync>;

struct Door {
    emulator: String,
    rule: Mutex<Rule>,
    asked: Mutex<Vec<Asked>>,
    /// How many requests of each kind came since the rule was set.
    numbers: Mutex<[usize; 4]>,
    open: watch::Sender<bool>,
    /// Requests that came and have no answer yet.
    waiting: AtomicUsize,
    /// Steps of a clock that a test moves.
    steps: AtomicUsize,
}

/// What passed the door, for a rule to look into.
pub struct Log(Arc<Door>);

impl Log {
    /// Which scene a ticket was given for, `id 1001` or `str 1001`.
    pub fn scene_of(&self, ticket: &str) -> Option<String> {
        let asked = lock(&self.0.asked);
        let given = asked.iter().find(|asked| {
            let answer =
                asked.answer.as_deref().and_then(|answer| serde_json::from_slice::<Value>(answer).ok());
            answer.is_some_and(|answer| answer["ticket"] == ticket)
        });
        given.and_then(Asked::scene)
    }

    /// The clock was moved.
    pub fn step(&self) {
        self.0.steps.fetch_add(1, Ordering::SeqCst);
    }

    /// How often the clock was moved.
    pub fn steps(&self) -> usize {
        self.0.steps.load(Ordering::SeqCst)
    }

    /// Whether no request waits for its answer.
    pub fn is_idle(&self) -> bool {
        self.0.waiting.load(Ordering::SeqCst) == 0
    }
}

/// The platform. It ends when it is dropped.
pub struct Platform {
    emulator: Emulator,
    door: Arc<Door>,
    url: String,
    /// Last, so that it outlives what runs on it.
    _runtime: Runtime,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Platform {
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        // Small pictures: this is not about pixels. Codes that may be printed.
        let mut settings = Settings {
            accounts: vec![(APPID.into(), SECRET.into())],
            picture_side: 164,
            url_prefix: "http://weixin.qq.com/q/02",
            ..Settings::default()
        };
        change(&mut settings);
        let runtime = Runtime::new().expect("a runtime");
        let (emulator, door, url) = runtime.block_on(async {
            let emulator = emulator::start(settings, 0).await.expect("a port");
            let address = emulator.url().strip_prefix("http://").expect("http").to_owned();
            let pass: Rule = Arc::new(|_| Verdict::Pass);
            let door = Arc::new(Door {
                emulator: address,
                rule: Mutex::new(pass),
                asked: Mutex::default(),
                numbers: Mutex::default(),
                open: watch::channel(false).0,
                waiting: AtomicUsize::new(0),
                steps: AtomicUsize::new(0),
            });
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            let router = Router::new().fallback(serve).with_state(Arc::clone(&door));
            tokio::spawn(async { axum::serve(listener, router).await });
            (emulator, door, url)
        });
        Self { emulator, door, url, _runtime: runtime }
    }

    /// From now on requests are treated like this, and counted from 1 again.
    pub fn rule(&self, rule: impl Fn(&Asked) -> Verdict + Send + Sync + 'static) {
        *lock(&self.door.rule) = Arc::new(rule);
        *lock(&self.door.numbers) = [0; 4];
    }

    /// From now on requests of a kind get this verdict and the others pass; each is told of when it is here.
    pub fn tell_of(&self, kind: Kind, verdict: fn() -> Verdict) -> mpsc::Receiver<()> {
        let (sender, reached) = mpsc::channel();
        let sender = Mutex::new(sender);
        self.rule(move |asked| {
            if asked.kind != kind {
                return Verdict::Pass;
            }
            let _ = lock(&sender).send(()); // nobody need listen
            verdict()
        });
        reached
    }

    /// From now on everything passes.
    pub fn behave(&self) {
        self.rule(|_| Verdict::Pass);
    }

    /// Lets everything pass that waits or will wait.
    pub fn open_door(&self) {
        self.door.open.send_replace(true);
    }

    /// From now on they wait again.
    pub fn close_door(&self) {
        self.door.open.send_replace(false);
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// What passed the door. A rule may keep it.
    pub fn log(&self) -> Log {
        Log(Arc::clone(&self.door))
    }

    /// What the emulator was asked and what it gave.
    pub fn counters(&self) -> Counters {
        self.emulator.counters()
    }

    /// Every request that came to the door, in order.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.door.asked).clone()
    }

    /// How many requests came to the door.
    pub fn count(&self, kind: Kind) -> usize {
        lock(&self.door.asked).iter().filter(|asked| asked.kind == kind).count()
    }

    /// The scenes that were asked for, in order, repeats included.
    pub fn scenes_asked(&self) -> Vec<String> {
        lock(&self.door.asked).iter().filter_map(Asked::scene).collect()
    }

    /// The url the emulator gave last for a scene, `id 1001` or `str 1001`.
    pub fn url_of(&self, scene: &str) -> String {
        let asked = lock(&self.door.asked);
        let of_scene = asked.iter().rev().filter(|asked| asked.scene().as_deref() == Some(scene));
        let answers = of_scene.filter_map(|asked| asked.answer.as_deref());
        let urls = answers.filter_map(|answer| serde_json::from_slice::<Value>(answer).ok());
        let mut urls = urls.filter_map(|answer| Some(answer.get("url")?.as_str()?.to_owned()));
        urls.next().unwrap_or_else(|| panic!("{scene} was given no url"))
    }

    /// Every access token the emulator gave.
    pub fn access_tokens(&self) -> Vec<String> {
        let asked = lock(&self.door.asked);
        let answers = asked.iter().filter(|asked| asked.kind == Kind::Token);
        let answers =
            answers.filter_map(|asked| serde_json::from_slice::<Value>(asked.answer.as_ref()?).ok());
        answers.filter_map(|answer| Some(answer.get("access_token")?.as_str()?.to_owned())).collect()
    }
}

impl Asked {
    /// The scene of a create request: `id 1001`, `str 1001`.
    pub fn scene(&self) -> Option<String> {
        if self.kind != Kind::Create {
            return None;
        }
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let scene = &body["action_info"]["scene"];
        match (scene["scene_id"].as_u64(), scene["scene_str"].as_str()) {
            (Some(id), _) => Some(format!("id {id}")),
            (_, Some(text)) => Some(format!("str {text}")),
            _ => None,
        }
    }

    /// The ticket of a picture request, unescaped once.
    pub fn ticket(&self) -> String {
        let escaped = self.query.strip_prefix("ticket=").unwrap_or_default();
        let mut bytes = Vec::new();
        let mut rest = escaped.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                // What a form means by it, and the platform takes it for.
                b'+' => bytes.push(b' '),
                b'%' => {
                    let hex: Vec<u8> = rest.by_ref().take(2).collect();
                    let hex = std::str::from_utf8(&hex).expect("hex");
                    bytes.push(u8::from_str_radix(hex, 16).expect("hex"));
                }
                byte => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).expect("UTF-8")
    }
}

impl Verdict {
    /// An error of the platform's, as it comes: HTTP 200 and a request id.
    pub fn error(errcode: i64) -> Self {
        let errmsg = format!("no rid: 6ab1c500-0badcafe-{errcode:08}");
        let body = json!({ "errcode": errcode, "errmsg": errmsg }).to_string();
        Self::Answer(200, "application/json; charset=utf-8", body.into_bytes())
    }

    /// Another answer with HTTP 200.
    pub fn body(content_type: &'static str, body: &[u8]) -> Self {
        Self::Answer(200, content_type, body.to_vec())
    }
}

async fn serve(State(door): State<Arc<Door>>, request: Request) -> Response {
    door.waiting.fetch_add(1, Ordering::SeqCst);
    let response = respond(&door, request).await;
    door.waiting.fetch_sub(1, Ordering::SeqCst);
    response
}

async fn respond(door: &Door, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default().to_vec();
    let path = parts.uri.path().to_owned();
    let kind = match path.as_str() {
        "/cgi-bin/stable_token" | "/cgi-bin/token" => Kind::Token,
        "/cgi-bin/qrcode/create" => Kind::Create,
        "/cgi-bin/showqrcode" => Kind::Picture,
        _ => Kind::Other,
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let (index, asked, rule) = {
        let mut numbers = lock(&door.numbers);
        numbers[kind as usize] += 1;
        let asked = Asked { kind, number: numbers[kind as usize], path, query, body, answer: None };
        let mut all = lock(&door.asked);
        all.push(asked.clone());
        (all.len() - 1, asked, Arc::clone(&*lock(&door.rule)))
    };
    let verdict = rule(&asked);
    let change: Box<dyn FnOnce(Vec<u8>) -> Vec<u8> + Send> = match verdict {
        Verdict::Answer(status, content_type, body) => return answer(status, content_type, body),
        Verdict::Hang => return std::future::pending().await,
        Verdict::PassAndHang => {
            forward(&door.emulator, parts.method.as_str(), &asked).await;
            return std::future::pending().await;
        }
        Verdict::Wait => {
            let _ = door.open.subscribe().wait_for(|open| *open).await;
            Box::new(|body| body)
        }
        Verdict::Pass => Box::new(|body| body),
        Verdict::Change(change) => change,
    };
    let (status, [content_type, date], body) = forward(&door.emulator, parts.method.as_str(), &asked).await;
    let body = change(body);
    lock(&door.asked)[index].answer = Some(body.clone());
    let mut response = answer(status, &content_type, body);
    response.headers_mut().insert(DATE, date.parse().expect("a header"));
    response
}

fn answer(status: u16, content_type: &str, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [(CONTENT_TYPE, content_type.to_owned())], body).into_response()
}

/// Asks the emulator: status, media type and `Date`, body.
async fn forward(emulator: &str, method: &str, asked: &Asked) -> (u16, [String; 2], Vec<u8>) {
    let mut head = format!("{method} {}", asked.path);
    if !asked.query.is_empty() {
        let _ = write!(head, "?{}", asked.query);
    }
    let length = asked.body.len();
    let _ = write!(
        head,
        " HTTP/1.1\r\nHost: {emulator}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(emulator).await.expect("the emulator");
    stream.write_all(&[head.as_bytes(), &asked.body].concat()).await.expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an answer");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("headers");
    let head = String::from_utf8_lossy(&bytes[..end]);
    let header = |name: &str| {
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.find_map(|(found, value)| found.eq_ignore_ascii_case(name).then(|| value.to_owned()))
    };
    let content_type = header("content-type").unwrap_or_else(|| "text/plain".to_owned());
    let headers = [content_type, header("date").expect("a date")];
    (head[9..12].parse().expect("a status"), headers, bytes[end + 4..].to_vec())
}
