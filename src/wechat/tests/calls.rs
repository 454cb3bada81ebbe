//! What the calls send, and what they make of the platform's answers.

use super::server::{Server, client, json, reply, token};
use crate::model::{ExpireSeconds, Lifetime, Scene, Ticket};
use crate::pace::Class;
use crate::wechat::{CallError, IssuedTicket, Quota, Stage};

/// Published: 86,400 s; 1,800 s; permanent.
const DAY: &str =
    "gQGA8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyd1BGS0JtUEpmdTIxUVFQSXh5Y0cAAgS0IetiAwSAUQEA";
const HALF_HOUR: &str =
    "gQG38DoAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL3JFenpFcDNsRkVSdFZ5N0FBMkt3AAIEbauRUgMECAcAAA==";
const PERMANENT: &str =
    "gQF28DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyeEdaZVZCcU1jX0UxMDAwMHcwM2QAAgTjUxBjAwQAAAAA";

fn day() -> Lifetime {
    Lifetime::Temporary(ExpireSeconds::new(86400).expect("a day"))
}

fn scene() -> Scene {
    Scene::id(7).expect("a scene")
}

/// What `issue` makes of an answer.
async fn issued(lifetime: Lifetime, body: &str) -> Result<IssuedTicket, CallError> {
    let body = body.to_owned();
    let server = Server::with_tokens(move |_, _| json(&body)).await;
    server.client().issue(&scene(), lifetime).await
}

#[tokio::test]
async fn an_issue_gets_a_token_first_and_keeps_it() {
    let body = format!(
        r#"{{"ticket":"{DAY}","expire_seconds":86400,"url":"http://weixin.qq.com/q/02wPFKBmPJfu21QQPIxycG"}}"#
    );
    let server = Server::with_tokens(move |_, _| json(&body)).await;
    let client = server.client();
    let ticket = client.issue(&scene(), day()).await.expect("a ticket");
    assert_eq!(ticket.ticket.as_str(), DAY);
    assert_eq!(ticket.expire_seconds, Some(86400));
    client.clone().issue(&scene(), day()).await.expect("a ticket");
    let seen = server.seen();
    let lines: Vec<_> = seen.iter().map(|seen| seen.line.as_str()).collect();
    let create = "POST /cgi-bin/qrcode/create?access_token=98_aVery-Secret_access%2Btoken%2F0%3D";
    assert_eq!(lines, ["POST /cgi-bin/stable_token", create, create]);
    assert!(!seen[0].body.contains("force_refresh"));
    for seen in &seen {
        assert!(seen.headers.contains("content-type: application/json"), "{seen:?}");
        assert!(seen.headers.contains(concat!("user-agent: scenepress/", env!("CARGO_PKG_VERSION"))));
        assert!(!seen.headers.contains("accept-encoding"), "{seen:?}");
    }
}

#[tokio::test]
async fn an_answer_is_held_against_what_was_asked_for() {
    let answer = |ticket: &str, seconds: &str, end: &str| {
        format!(r#"{{"ticket":"{ticket}"{seconds},"url":"http://weixin.qq.com/q/{end}"}}"#)
    };
    let permanent_end = "02xGZeVBqMc_E10000w03d";
    let half_hour = Lifetime::Temporary(ExpireSeconds::new(1800).expect("half an hour"));
    for (lifetime, body, expected) in [
        (day(), answer("opaque", "", "x"), Ok(Some(86400))),
        (day(), answer("opaque", r#","expire_seconds":3600"#, "x"), Ok(Some(3600))),
        (day(), answer("opaque", r#","expire_seconds":"3600""#, "x"), Ok(Some(3600))),
        (day(), answer("opaque", r#","expire_seconds":99999999999"#, "x"), Ok(Some(86400))),
        (day(), answer("opaque", r#","expire_seconds":0"#, "x"), Err("lives 0 seconds")),
        (day(), answer("opaque", r#","expire_seconds":-1"#, "x"), Err("lives 0 seconds")),
        (half_hour, answer(HALF_HOUR, r#","expire_seconds":1800"#, "rEzzEp3lFERtVy7AA2Kw"), Ok(Some(1800))),
        (day(), answer(DAY, r#","expire_seconds":86400"#, "other"), Err("do not belong together")),
        (day(), answer(DAY, r#","expire_seconds":60"#, "02wPFKBmPJfu21QQPIxycG"), Err("another lifetime")),
        (day(), answer(PERMANENT, "", permanent_end), Err("another lifetime")),
        (Lifetime::Permanent, answer(PERMANENT, "", permanent_end), Ok(None)),
        (Lifetime::Permanent, answer(PERMANENT, r#","expire_seconds":60"#, permanent_end), Ok(None)),
        (Lifetime::Permanent, answer(DAY, "", "02wPFKBmPJfu21QQPIxycG"), Err("another lifetime")),
    ] {
        match (issued(lifetime, &body).await, expected) {
            (Ok(ticket), Ok(seconds)) => assert_eq!(ticket.expire_seconds, seconds, "{body}"),
            (Err(error), Err(words)) => {
                assert_eq!((error.stage, error.class), (Stage::Issue, Class::CodeRejected));
                assert!(error.message.contains(words), "{error}");
            }
            (result, expected) => panic!("{result:?} is not {expected:?} for {body}"),
        }
    }
}

#[tokio::test]
async fn an_error_bears_its_code_its_rid_and_its_words() {
    let said = "invalid action info rid: 6aac005a-01bfdbee-79769285";
    for code in ["40053", "\"40053\""] {
        let error =
            issued(day(), &format!(r#"{{"errcode":{code},"errmsg":"{said}"}}"#)).await.expect_err("refused");
        assert_eq!(error.class, Class::CodeRejected);
        assert_eq!(error.errcode, Some(40053));
        assert_eq!(error.rid.as_deref(), Some("6aac005a-01bfdbee-79769285"));
        assert_eq!(
            error.to_string(),
            "the platform refuses the scene or its form (action info); the platform says: invalid action info \
             (errcode 40053, rid 6aac005a-01bfdbee-79769285)"
        );
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_at_the_next_call_even_by_the_same_text() {
    let server = Server::with_tokens(|_, n| match n {
        0 => json(r#"{"errcode":42001,"errmsg":"access_token expired"}"#),
        _ => json(r#"{"ticket":"opaque","expire_seconds":86400,"url":"http://weixin.qq.com/q/x"}"#),
    })
    .await;
    let client = server.client();
    let error = client.issue(&scene(), day()).await.expect_err("refused");
    assert_eq!((error.stage, error.class), (Stage::Issue, Class::AccessToken));
    client.issue(&scene(), day()).await.expect("a ticket");
    assert_eq!(server.tokens_asked(), 2);
}

#[tokio::test]
async fn ten_issues_at_once_ask_for_one_token() {
    let server = Server::with_tokens(|_, _| {
        json(r#"{"ticket":"opaque","expire_seconds":86400,"url":"http://weixin.qq.com/q/x"}"#)
    })
    .await;
    let client = server.client();
    let issues: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.issue(&scene(), day()).await })
        })
        .collect();
    for issue in issues {
        issue.await.expect("no panic").expect("a ticket");
    }
    assert_eq!(server.tokens_asked(), 1);
    assert_eq!(server.seen().len(), 11);
}

#[tokio::test]
async fn what_goes_wrong_with_the_token_is_the_token_stages() {
    let server = Server::start(|_, _| {
        json(r#"{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist rid: 1-2"}"#)
    })
    .await;
    let error = server.client().quota().await.expect_err("refused");
    assert_eq!((error.stage, error.class), (Stage::Token, Class::AccountRefused));
    assert!(error.message.contains("the IP 203.0.113.7 may not call"), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_quota_is_asked_for_the_create_call() {
    let server = Server::with_tokens(|_, _| {
        json(r#"{"errcode":0,"errmsg":"ok","quota":{"daily_limit":100000,"used":10,"remain":99990}}"#)
    })
    .await;
    let quota = server.client().quota().await.expect("a quota");
    assert_eq!(quota, Quota { daily_limit: 100_000, used: 10, remain: 99_990 });
    let seen = server.seen();
    assert!(seen[1].line.starts_with("POST /cgi-bin/openapi/quota/get?access_token="));
    assert_eq!(seen[1].body, r#"{"cgi_path":"/cgi-bin/qrcode/create"}"#);
}

#[tokio::test]
async fn a_ticket_is_percent_encoded_exactly_once() {
    let server = Server::start(|_, _| reply(200, "Content-Type: image/jpg\r\n", b"\xff\xd8picture")).await;
    let client = client(&format!("{}/relay/wx/", server.url()), std::time::Duration::from_secs(20));
    let picture = client.fetch(&Ticket::new("gQ+/a-_b%2B==").expect("a ticket")).await.expect("a picture");
    assert_eq!(picture, b"\xff\xd8picture");
    assert_eq!(server.seen()[0].line, "GET /relay/wx/cgi-bin/showqrcode?ticket=gQ%2B%2Fa-_b%252B%3D%3D");
}

#[tokio::test]
async fn a_picture_that_cannot_be_one_is_refused_with_its_reason() {
    let error_json = br#"{"errcode":-1,"errmsg":"system error"}"#;
    let base_json = br#"{"base_resp":{"ret":200005,"err_msg":"not supported"}}"#;
    for (status, body, class, errcode, words) in [
        (404, &b"<html>"[..], Class::PictureRejected, None, "no picture for this ticket"),
        (403, b"", Class::PictureRejected, None, "HTTP 403"),
        (206, b"part", Class::PictureRejected, None, "HTTP 206"),
        (200, b"", Class::PictureRejected, None, "empty"),
        (200, error_json, Class::Busy { retry_after: None }, Some(-1), "busy"),
        (200, base_json, Class::PictureRejected, Some(200_005), "not supported"),
        (503, b"", Class::Busy { retry_after: None }, None, "HTTP 503"),
    ] {
        let server = Server::start(move |_, _| reply(status, "", body)).await;
        let error = server.client().fetch(&Ticket::new("t").expect("a ticket")).await.expect_err(words);
        assert_eq!((error.stage, error.class, error.errcode), (Stage::Fetch, class, errcode), "{error}");
        assert!(error.message.contains(words), "{error}");
    }
    for (body, what) in [
        (&b"<html>login</html>"[..], "an HTML page"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\nWarning: foo() in /srv/relay.php on line 3\n\xff\xd8", "a warning of PHP"),
    ] {
        let server = Server::start(move |_, _| reply(200, "", body)).await;
        let error = server.client().fetch(&Ticket::new("t").expect("a ticket")).await.expect_err(what);
        let words = format!(
            "{} answered with {what} instead of the platform's answer: is `image_url` a relay?",
            server.url()
        );
        assert_eq!((error.class, error.message), (Class::PictureRejected, words));
    }
    let server = Server::start(|_, _| reply(200, "", b"GIF89a")).await;
    let other = server.client().fetch(&Ticket::new("t").expect("a ticket")).await;
    assert_eq!(other.expect("left to the image stage"), b"GIF89a");
}

#[tokio::test]
async fn a_foreign_answer_is_a_busy_platform() {
    for (status, body, words) in [
        (200, "<html>", "answered with an HTML page instead of the platform's answer: is `api_url` a relay?"),
        (200, "", "an empty body"),
        (200, r#"{"ticket":"#, "cut or malformed JSON"),
        (200, r#"{"ticket":"x"}"#, "JSON without a text `url`"),
        (404, "nothing here", "answered with HTTP 404 and something that is no JSON instead of"),
        (403, "<html>blocked</html>", "answered with HTTP 403 and an HTML page instead of"),
        (201, r#"{"ticket":"x","url":"http://x/"}"#, "HTTP 201"),
    ] {
        let server = Server::with_tokens(move |_, _| reply(status, "", body.as_bytes())).await;
        let error = server.client().issue(&scene(), day()).await.expect_err(words);
        assert_eq!(error.class, Class::Busy { retry_after: None });
        assert!(error.message.contains(words), "{error}");
    }
    // An error of the platform's is one under any other status, too.
    let server = Server::with_tokens(|_, _| reply(400, "", br#"{"errcode":40053}"#)).await;
    let error = server.client().issue(&scene(), day()).await.expect_err("refused");
    assert_eq!(error.class, Class::CodeRejected);
}

#[tokio::test]
async fn a_failed_token_request_is_one_for_all_who_waited() {
    let server = Server::start(|_, n| if n == 0 { reply(503, "", b"") } else { token() }).await;
    let client = server.client();
    let error = client.quota().await.expect_err("busy");
    assert_eq!((error.stage, error.class), (Stage::Token, Class::Busy { retry_after: None }));
    let error = client.quota().await.expect_err("a token is no quota");
    assert_eq!(error.stage, Stage::Issue);
    assert_eq!(server.tokens_asked(), 2);
}
