//! Whatever fails, neither the secret nor an access token shows, in `Display`, `Debug` or causes.

use std::error::Error;
use std::time::Duration;

use super::server::{Reply, SECRET, Server, TOKEN, client, json, reply, token};
use crate::model::{Lifetime, Scene, Ticket};
use crate::wechat::{CallError, Stage};

const ENCODED: &str = "98_aVery-Secret_access%2Btoken%2F0%3D";

fn assert_clean(error: &CallError) {
    let mut texts = vec![error.to_string(), format!("{error:?}"), format!("{error:#?}")];
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        texts.push(format!("{error} {error:?}"));
        cause = error.source();
    }
    for text in texts {
        for hidden in [SECRET, TOKEN, ENCODED, "Secret_access"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}

/// Every way to fail that a server has.
fn failures() -> Vec<fn() -> Reply> {
    vec![
        || Reply::Bytes(Vec::new()),
        || Reply::Hang(Vec::new()),
        || Reply::Bytes(b"not HTTP at all\r\n\r\n".to_vec()),
        || Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec()),
        || {
            json(&format!(
                r#"{{"errcode":40001,"errmsg":"bad {TOKEN} of {SECRET}, {ENCODED} rid: {SECRET}"}}"#
            ))
        },
        || json(&format!(r#"{{"errcode":12345,"errmsg":"bad {TOKEN} hint: [{TOKEN}]"}}"#)),
        || json(&format!(r#"{{"errcode":"{TOKEN}"}}"#)),
        || json(&format!(r#"{{"access_token":"{TOKEN}\n","secret":"{SECRET}"}}"#)),
        || json(&format!(r#"{{"ticket":"{TOKEN} {SECRET}","url":"{TOKEN}"}}"#)),
        || json(&format!("<html>/cgi-bin/qrcode/create?access_token={ENCODED} {SECRET}")),
        || json(&format!("{{\"{TOKEN}")),
        || reply(302, &format!("Location: https://x.example/?access_token={ENCODED}\r\n"), b""),
        || reply(404, "", TOKEN.as_bytes()),
        || reply(503, &format!("Retry-After: {TOKEN}\r\n"), TOKEN.as_bytes()),
    ]
}

#[tokio::test]
async fn no_failure_shows_the_secret_or_the_access_token() {
    for failure in failures() {
        let server =
            Server::start(move |seen, _| if seen.asks_for_token() { token() } else { failure() }).await;
        let client = server.hasty_client();
        let scene = Scene::text("x").expect("a scene");
        assert_clean(&client.issue(&scene, Lifetime::Permanent).await.expect_err("a failure"));
        assert_clean(&client.quota().await.expect_err("a failure"));
        if let Err(error) = client.fetch(&Ticket::new("t").expect("a ticket")).await {
            assert_clean(&error);
        }
        assert_eq!(format!("{client:?}"), "Client(wx0123456789abcdef)");
    }
}

#[tokio::test]
async fn no_failure_to_get_a_token_shows_the_secret_or_the_token_before_it() {
    for failure in failures() {
        let server = Server::start(move |seen, n| match n {
            0 => token(),
            _ if seen.asks_for_token() => failure(),
            _ => json(r#"{"errcode":42001,"errmsg":"access_token expired"}"#),
        })
        .await;
        let client = server.hasty_client();
        client.quota().await.expect_err("the first token is refused");
        let error = client.quota().await.expect_err("there is no second one");
        assert_eq!(error.stage, Stage::Token);
        assert_clean(&error);
    }
}

#[tokio::test]
async fn an_unreachable_host_shows_neither() {
    let error = client("http://127.0.0.1:1", Duration::from_secs(5)).quota().await.expect_err("nobody");
    assert_clean(&error);
    let error = client("https://localhost:1", Duration::from_secs(5)).quota().await.expect_err("nobody");
    assert_clean(&error);
}
