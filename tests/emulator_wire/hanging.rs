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
