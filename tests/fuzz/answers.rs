//! Answers of the platform, or of whoever stands in its place.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::thread;

use scenepress::model::{
    Account, AccountName, AppId, AppIdSource, AppSecret, BaseUrl, ExpireSeconds, Lifetime, Scene,
    SecretSource, Ticket,
};
use scenepress::wechat::{CallError, Client, Http};
use tokio::runtime::{Builder, Runtime};

use super::support::Target;

const SECRET: &str = "5ec4e7-0123456789abcdef0123456789";
const ACCESS_TOKEN: &str = "70ken-0123456789abcdef";

/// Answers every request with the same body, or the whole answer with the same bytes.
struct Server {
    url: String,
    answer: Arc<Mutex<Answer>>,
}

#[derive(Default, Clone)]
struct Answer {
    bytes: Vec<u8>,
    /// The bytes are the whole answer, head included.
    is_raw: bool,
    /// Access tokens are given rightly.
    gives_tokens: bool,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let answer = Arc::new(Mutex::new(Answer::default()));
        let shared = Arc::clone(&answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let answer = shared.lock().expect("not poisoned").clone();
                // An error means that the client has had enough.
                let _ = stream.and_then(|stream| serve(stream, &answer));
            }
        });
        Self { url, answer }
    }
}

fn serve(mut stream: std::net::TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
    let token = format!("{{\"access_token\":\"{ACCESS_TOKEN}\",\"expires_in\":7200}}");
    let is_token = request.starts_with(b"POST /cgi-bin/stable_token");
    let (body, is_raw) = match (is_token, answer.gives_tokens) {
        (true, true) => (token.as_bytes(), false),
        _ => (answer.bytes.as_slice(), answer.is_raw),
    };
    if !is_raw {
        let length = body.len();
        write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")?;
    }
    stream.write_all(body)
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    request.len() >= end + 4 + length.map_or(0, |length| length.parse().expect("a length"))
}

fn without(bytes: &[u8], word: &[u8]) -> Vec<u8> {
    let mut rest = bytes.to_vec();
    while let Some(at) = rest.windows(word.len()).position(|window| window == word) {
        rest[at] = b'-';
    }
    rest
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn client(server: &Server, http: &Http) -> Client {
    let url = BaseUrl::new(&server.url).expect("a url");
    let appid = AppId::new("wx0123456789abcdef").expect("an appid");
    let secret = SecretSource::Variable("WECHAT_SECRET".to_owned());
    let account = Account {
        api_url: url.clone(),
        image_url: url,
        ..Account::new(AccountName::default(), AppIdSource::Literal(appid.clone()), secret)
    };
    Client::new(http.clone(), &account, appid, AppSecret::new(SECRET))
}

/// An error is one line for people, and holds nothing that is secret.
fn assert_plain(error: &CallError) {
    let said = error.to_string();
    assert!(!said.is_empty() && !said.chars().any(char::is_control), "{said:?}");
    assert!(!said.contains(SECRET) && !said.contains(ACCESS_TOKEN), "{said}");
    assert!(error.rid.as_deref().is_none_or(|rid| !rid.chars().any(char::is_control)), "{error:?}");
}

/// Makes every call and holds what it gives.
async fn ask(client: &Client) {
    if let Err(error) = client.authorize().await {
        assert_plain(&error);
    }
    let scene = Scene::id(7).expect("a scene");
    let minute = Lifetime::Temporary(ExpireSeconds::new(60).expect("a minute"));
    for lifetime in [minute, Lifetime::Permanent] {
        match client.issue(&scene, lifetime).await {
            Err(error) => assert_plain(&error),
            Ok(issued) => {
                let url = &issued.url;
                assert!(url.len() <= 512 && url.bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
                assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
                assert_eq!(issued.expire_seconds.is_none(), lifetime.is_permanent());
                assert!(issued.expire_seconds.is_none_or(|seconds| (1..=60).contains(&seconds)));
            }
        }
    }
    match client.fetch(&Ticket::new("gQ==").expect("a ticket")).await {
        Err(error) => assert_plain(&error),
        Ok(picture) => assert!(!picture.is_empty() && !picture.starts_with(b"HTTP/")),
    }
    if let Err(error) = client.quota().await {
        assert_plain(&error);
    }
}

const WORDS: &[&str] = &[
    "\"errcode\":",
    "\"errmsg\":",
    "\"ticket\":",
    "\"url\":",
    "\"expire_seconds\":",
    "\"access_token\":",
    "\"expires_in\":",
    "\"quota\":{",
    "\"base_resp\":{\"ret\":",
    "null",
    "0",
    "-1",
    "40001",
    "45011",
    "9223372036854775808",
    "1e400",
    "\"",
    "\\u0000",
    "\\n",
    "\\ud800",
    "{",
    "}",
    "[",
    ",",
    "rid: ",
    "http://weixin.qq.com/q/",
    "5ec4e7-0123456789abcdef0123456789",
    "70ken-0123456789abcdef",
    "\u{feff}",
    "\u{7}",
    "店",
];

#[test]
fn no_body_is_taken_for_more_than_it_is() {
    let (server, runtime, http) = (Server::start(), runtime(), Http::new());
    let world = AssertUnwindSafe((server, runtime, http));
    Target { name: "answers", words: WORDS, iterations: 300 }.hold(|body| {
        let (server, runtime, http) = &*world;
        for gives_tokens in [true, false] {
            // An access token that was never given is no secret, and is not known to be one.
            let known = if gives_tokens { body.to_vec() } else { without(body, ACCESS_TOKEN.as_bytes()) };
            let answer = Answer { bytes: known, is_raw: false, gives_tokens };
            *server.answer.lock().expect("not poisoned") = answer;
            runtime.block_on(ask(&client(server, http)));
        }
    });
}

#[test]
fn no_answer_as_a_whole_is_taken_for_more_than_it_is() {
    let (server, runtime, http) = (Server::start(), runtime(), Http::new());
    let world = AssertUnwindSafe((server, runtime, http));
    let words = &[
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 302 Found\r\nLocation: https://5ec4e7-0123456789abcdef0123456789.example/\r\n",
        "\r\n\r\n",
        "\r\n",
        "Content-Length: 0\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\n\r\n",
        "FFFFFFFFFFFFFFFF\r\n",
        "Retry-After: 99999999999999999999\r\n",
        "Content-Encoding: gzip\r\n",
        "Connection: keep-alive\r\n",
        ":",
        "\u{0}",
        "店",
    ];
    Target { name: "http", words, iterations: 400 }.hold(|bytes| {
        let (server, runtime, http) = &*world;
        let answer = Answer { bytes: bytes.to_vec(), is_raw: true, gives_tokens: true };
        *server.answer.lock().expect("not poisoned") = answer;
        runtime.block_on(async {
            let client = client(server, http);
            let scene = Scene::id(7).expect("a scene");
            if let Err(error) = client.issue(&scene, Lifetime::Permanent).await {
                assert_plain(&error);
            }
            if let Err(error) = client.fetch(&Ticket::new("gQ==").expect("a ticket")).await {
                assert_plain(&error);
            }
        });
    });
}
