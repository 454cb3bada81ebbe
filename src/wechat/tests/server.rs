//! A server on loopback whose answers are bytes, and a client of it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::model::{Account, AccountName, AppId, AppIdSource, AppSecret, BaseUrl, SecretSource};
use crate::wechat::Client;
use crate::wechat::http::{Http, Timeouts};

pub(super) const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(super) const TOKEN: &str = "98_aVery-Secret_access+token/0=";

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Method and target.
    pub(super) line: String,
    pub(super) headers: String,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn asks_for_token(&self) -> bool {
        self.line.contains("/cgi-bin/stable_token")
    }
}

/// What the server does.
pub(super) enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Sends these bytes, then these again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends these bytes, then nothing more, and stays.
    Hang(Vec<u8>),
}

/// A whole answer, with headers that say its true length.
pub(super) fn reply(status: u16, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    Reply::Bytes([head.as_bytes(), body].concat())
}

pub(super) fn json(body: &str) -> Reply {
    reply(200, "Content-Type: text/plain\r\n", body.as_bytes())
}

pub(super) fn token() -> Reply {
    json(&format!(r#"{{"access_token":"{TOKEN}","expires_in":7200}}"#))
}

pub(super) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers each request, with its number counted from 0, as the function says.
    pub(super) async fn start(answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        tokio::spawn({
            let seen = Arc::clone(&seen);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&seen), Arc::clone(&answer)));
                }
            }
        });
        Self { address, seen }
    }

    /// Gives tokens by itself; the function answers everything else, counted from 0.
    pub(super) async fn with_tokens(answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let others = Mutex::new(0);
        Self::start(move |seen, _| {
            if seen.asks_for_token() {
                return token();
            }
            let mut others = others.lock().expect("not poisoned");
            *others += 1;
            answer(seen, *others - 1)
        })
        .await
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }

    pub(super) fn tokens_asked(&self) -> usize {
        self.seen().iter().filter(|seen| seen.asks_for_token()).count()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn client(&self) -> Client {
        client(&self.url(), Duration::from_secs(20))
    }

    /// With so little patience.
    pub(super) fn hasty_client(&self) -> Client {
        client(&self.url(), Duration::from_millis(500))
    }
}

pub(super) fn client(url: &str, patience: Duration) -> Client {
    let timeouts = Timeouts { connect: patience, answer: patience, body: patience };
    client_over(Http::with_timeouts(timeouts), url)
}

pub(super) fn client_over(http: Http, url: &str) -> Client {
    let account = Account {
        api_url: BaseUrl::new(url).expect("a base url"),
        image_url: BaseUrl::new(url).expect("a base url"),
        ..Account::new(
            AccountName::default(),
            AppIdSource::Variable("WECHAT_APPID".to_owned()),
            SecretSource::Variable("WECHAT_SECRET".to_owned()),
        )
    };
    let appid = AppId::new("wx0123456789abcdef").expect("an appid");
    Client::new(http, &account, appid, AppSecret::new(SECRET))
}

async fn serve(
    mut stream: TcpStream,
    seen: Arc<Mutex<Vec<Seen>>>,
    answer: Arc<impl Fn(&Seen, usize) -> Reply>,
) {
    let Some(request) = read(&mut stream).await else { return };
    let reply = {
        let mut seen = seen.lock().expect("not poisoned");
        seen.push(request.clone());
        answer(&request, seen.len() - 1)
    };
    // Errors mean that the client has had enough, which some tests are about.
    let _ = match reply {
        Reply::Bytes(bytes) => stream.write_all(&bytes).await,
        Reply::Hang(bytes) => {
            let _ = stream.write_all(&bytes).await;
            std::future::pending().await
        }
        Reply::Endless(head, chunk) => {
            let mut result = stream.write_all(&head).await;
            while result.is_ok() {
                result = stream.write_all(&chunk).await;
            }
            result
        }
    };
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let (line, headers) = head.split_once("\r\n").unwrap_or((head, ""));
        let headers = headers.to_ascii_lowercase();
        let length = headers.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().expect("a length")) {
            let line = line.trim_end_matches(" HTTP/1.1").to_owned();
            return Some(Seen { line, headers, body: body.to_owned() });
        }
    }
}
