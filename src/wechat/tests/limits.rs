//! Limits of time and size, and answers that break off.

use std::time::Duration;

use super::server::{Reply, Server, client, client_over, reply};
use crate::model::{Lifetime, Scene, Ticket};
use crate::pace::Class;
use crate::wechat::{CallError, Http, Stage};

const BUSY: Class = Class::Busy { retry_after: None };

async fn issue(server: &Server) -> CallError {
    let scene = Scene::id(7).expect("a scene");
    server.hasty_client().issue(&scene, Lifetime::Permanent).await.expect_err("no good answer")
}

async fn fetch(server: &Server) -> CallError {
    server.hasty_client().fetch(&Ticket::new("t").expect("a ticket")).await.expect_err("no good answer")
}

#[tokio::test]
async fn no_answer_at_all_ends_in_time() {
    let server = Server::with_tokens(|_, _| Reply::Hang(Vec::new())).await;
    let error = issue(&server).await;
    assert_eq!((error.stage, error.class), (Stage::Issue, Class::Unreachable));
    assert_eq!(error.message, format!("{} could not be reached: no answer within 0.5 s", server.url()));
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_in_time() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    let server = Server::with_tokens(|_, _| Reply::Hang(head.to_vec())).await;
    for error in [issue(&server).await, fetch(&server).await] {
        assert_eq!(error.class, BUSY);
        assert!(error.message.ends_with("broke off: not whole within 0.5 s"), "{error}");
    }
}

#[tokio::test]
async fn a_cut_body_is_a_busy_platform() {
    let body = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n\xff\xd8half";
    let server = Server::with_tokens(|_, _| Reply::Bytes(body.to_vec())).await;
    for error in [issue(&server).await, fetch(&server).await] {
        assert_eq!(error.class, BUSY);
        assert!(error.message.contains("broke off"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_closes_or_is_not_there_is_unreached() {
    let server = Server::with_tokens(|_, _| Reply::Bytes(Vec::new())).await;
    let error = issue(&server).await;
    assert_eq!(error.class, Class::Unreachable);

    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", gone.local_addr().expect("an address"));
    drop(gone);
    let error = client(&url, Duration::from_secs(5)).quota().await.expect_err("nobody is there");
    assert_eq!((error.stage, error.class), (Stage::Token, Class::Unreachable));
    assert!(error.message.starts_with(&format!("{url} could not be reached: ")), "{error}");
}

#[tokio::test]
async fn a_body_over_its_limit_is_refused_while_it_comes() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
    let server = Server::with_tokens(move |_, _| Reply::Endless(chunked.clone(), chunk.clone())).await;
    let client = server.client();
    let error = client.quota().await.expect_err("too large");
    assert_eq!(error.class, BUSY);
    assert!(error.message.ends_with("answered with more than 1 MiB"), "{error}");
    let error = client.fetch(&Ticket::new("t").expect("a ticket")).await.expect_err("too large");
    assert_eq!(error.class, Class::PictureRejected);
    assert!(error.message.ends_with("answered with more than 8 MiB"), "{error}");
}

#[tokio::test]
async fn an_announced_length_over_the_limit_is_not_even_read() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n";
    let server = Server::with_tokens(|_, _| Reply::Hang(head.to_vec())).await;
    assert!(issue(&server).await.message.ends_with("more than 1 MiB"));
    assert!(fetch(&server).await.message.ends_with("more than 8 MiB"));
}

#[tokio::test]
async fn a_picture_of_exactly_the_limit_comes_through() {
    let server = Server::start(|_, _| reply(200, "", &vec![0xff; 8 * 1024 * 1024])).await;
    let picture = server.client().fetch(&Ticket::new("t").expect("a ticket")).await.expect("a picture");
    assert_eq!(picture.len(), 8 * 1024 * 1024);
}

#[tokio::test]
async fn endless_headers_are_refused() {
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    let line = [b"X-Long: ".to_vec(), vec![b'x'; 0x10000]].concat();
    let server = Server::start(move |_, _| Reply::Endless(head.clone(), line.clone())).await;
    let error = server.client().quota().await.expect_err("too large");
    assert_eq!(error.class, BUSY);
}

#[tokio::test]
async fn compressed_bodies_are_not_opened_and_named() {
    let server = Server::start(|_, _| reply(200, "Content-Encoding: gzip\r\n", b"\x1f\x8bbomb")).await;
    let picture = server.client().fetch(&Ticket::new("t").expect("a ticket")).await;
    assert!(picture.expect_err("gzip").message.contains("answered with gzip"));
}

#[tokio::test]
async fn retry_after_is_heard() {
    for status in [429, 500, 503] {
        let server = Server::with_tokens(move |_, _| reply(status, "Retry-After: 7\r\n", b"{}")).await;
        let expected = Class::Busy { retry_after: Some(Duration::from_secs(7)) };
        assert_eq!(issue(&server).await.class, expected);
        assert_eq!(fetch(&server).await.class, expected);
    }
}

#[tokio::test]
async fn redirects_are_not_followed_but_told() {
    let location = "Location: https://login.example/portal?from=secret\r\n";
    let server = Server::with_tokens(move |_, _| reply(302, location, b"")).await;
    let error = issue(&server).await;
    assert_eq!(error.class, BUSY);
    let words =
        "answered with a redirect to login.example (HTTP 302), which is not followed: check `api_url`";
    assert!(error.message.contains(words), "{error}");
    assert!(!error.message.contains("secret"), "{error}");
    assert!(fetch(&server).await.message.contains("check `image_url`"));
    assert_eq!(server.seen().len(), 3, "a token, a create, a picture");
}

#[tokio::test]
async fn a_redirect_to_a_host_named_like_the_secret_does_not_show_it() {
    let location = "Location: https://0123456789abcdef0123456789abcdef.example/\r\n";
    let server = Server::with_tokens(move |_, _| reply(302, location, b"")).await;
    let error = issue(&server).await;
    let expected = format!(
        "{} answered with a redirect to [hidden].example (HTTP 302), which is not followed: check `api_url` and \
         whether the network asks for a login",
        server.url()
    );
    assert_eq!(error.message, expected);
}

#[tokio::test]
async fn a_url_that_only_looks_like_one_is_a_plain_error() {
    let client = client_over(Http::new(), "https://[zz]");
    let error = client.quota().await.expect_err("no url");
    assert_eq!(error.class, Class::AccountRefused);
    assert!(error.message.contains("is no url"), "{error}");
}
