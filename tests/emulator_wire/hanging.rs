//! Faults that take time. The runtime's clock is paused: caller and emulator share one thread, and an hour is none.

use std::time::Duration;

use scenepress::emulator::{self, Emulator, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::platform::fault;

const CREDENTIALS: &str = "grant_type=client_credential&appid=wx00000000emulator&secret=emulator-secret";

async fn start(kind: &str) -> Emulator {
    let faults = vec![fault(&format!("{{at: token, {kind}}}"))];
    emulator::start(Settings { faults, ..Settings::default() }, 0).await.expect("a port")
}

/// Asks for an access token.
async fn ask(emulator: &Emulator) -> TcpStream {
    send(&emulator.url(), &format!("GET /cgi-bin/token?{CREDENTIALS}"), "").await
}

async fn send(url: &str, head: &str, body: &str) -> TcpStream {
    let mut stream =
        TcpStream::connect(url.strip_prefix("http://").expect("http")).await.expect("a connection");
    let length = body.len();
    let request =
        format!("{head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream
}

/// The sizes of the pieces of an answer, with the milliseconds at which each came.
async fn pieces(mut stream: TcpStream) -> Vec<(u128, usize)> {
    let (start, mut pieces, mut buffer) = (Instant::now(), Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer).await.expect("an answer") {
            0 => return pieces,
            size => pieces.push((start.elapsed().as_millis(), size)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_comes_for_ever() {
    for (kind, access_tokens) in [("hang: before", 0), ("hang: after", 1)] {
        let emulator = start(kind).await;
        let mut stream = ask(&emulator).await;
        let mut buffer = [0; 100];
        assert!(timeout(Duration::from_hours(24), stream.read(&mut buffer)).await.is_err());
        let control = emulator.open_control_port(0).await.expect("a port");
        let mut ended = String::new();
        let mut answer = send(&control, "POST /access_tokens", r#"{"are": "expired"}"#).await;
        answer.read_to_string(&mut ended).await.expect("an answer");
        assert!(ended.ends_with(&format!(r#"{{"ended":{access_tokens}}}"#)), "{ended}");
        // Who waits is let go when the emulator stops.
        emulator.stop().await;
        let error = stream.read(&mut buffer).await.expect_err("a reset");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test(start_paused = true)]
async fn the_right_answer_comes_late() {
    let emulator = start("delay_ms: 1500").await;
    let pieces = pieces(ask(&emulator).await).await;
    assert!(pieces.iter().all(|(at, _)| (1500..1510).contains(at)), "{pieces:?}");
}

#[tokio::test(start_paused = true)]
async fn the_right_answer_comes_slowly() {
    let emulator = start("slow: 50, every_ms: 100").await;
    let pieces = pieces(ask(&emulator).await).await;
    // The head may come alone or with the first 50 bytes; 168 bytes of body are four pieces.
    let late: Vec<usize> = pieces.iter().filter(|(at, _)| *at >= 100).map(|(_, size)| *size).collect();
    assert_eq!(late, [50, 50, 18], "{pieces:?}");
    assert_eq!(pieces.last().map(|(at, _)| at / 100), Some(3), "{pieces:?}");
}

/// Sends a byte each five seconds until the emulator has had enough; after how many seconds that was.
async fn dribble(url: &str, request: &str) -> u64 {
    let address = url.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let start = Instant::now();
    for byte in request.bytes() {
        if stream.write_all(&[byte]).await.is_err() {
            break;
        }
        let answer = timeout(Duration::from_secs(5), stream.read(&mut [0; 100])).await;
        if answer.is_ok_and(|read| read.is_err() || read.is_ok_and(|size| size == 0)) {
            break;
        }
    }
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_come_to_its_end_is_dropped_after_half_a_minute() {
    let emulator = emulator::start(Settings::default(), 0).await.expect("a port");
    let control = emulator.open_control_port(0).await.expect("a port");
    let slow_head = format!("GET /cgi-bin/token?{CREDENTIALS} HTTP/1.1\r\nHost: x\r\n");
    let seconds = dribble(&emulator.url(), &slow_head).await;
    assert!((30..36).contains(&seconds), "{seconds} s for a head");
    let seconds = dribble(&control, &slow_head).await;
    assert!((30..36).contains(&seconds), "{seconds} s for a head at the control port");

    let mut stream =
        TcpStream::connect(emulator.url().strip_prefix("http://").expect("http")).await.expect("one");
    let head = b"POST /cgi-bin/stable_token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    stream.write_all(head).await.expect("sent");
    let start = Instant::now();
    let read = stream.read(&mut [0; 100]).await;
    assert!(read.is_err() || read.is_ok_and(|size| size == 0), "no answer to half a request");
    assert!((30..36).contains(&start.elapsed().as_secs()), "{:?} for a body", start.elapsed());
    let mut silent =
        TcpStream::connect(emulator.url().strip_prefix("http://").expect("http")).await.expect("one");
    let start = Instant::now();
    let read = silent.read(&mut [0; 100]).await;
    assert!(read.is_err() || read.is_ok_and(|size| size == 0));
    assert!((30..36).contains(&start.elapsed().as_secs()), "{:?} for nothing", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_be_idle_between_requests_and_an_answer_may_take_long() {
    let emulator = start("delay_ms: 90000").await;
    let address = emulator.url().strip_prefix("http://").expect("http").to_owned();
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET /cgi-bin/token?{CREDENTIALS} HTTP/1.1\r\nHost: x\r\n\r\n");
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut buffer = [0; 4096];
        let size = stream.read(&mut buffer).await.expect("an answer");
        assert!(buffer[..size].starts_with(b"HTTP/1.1 200 OK"));
        scenepress::clock::sleep(Duration::from_mins(5)).await;
    }
}
