//! What each kind of fault looks like on the wire.

use std::io::ErrorKind;

use scenepress::emulator::{Endpoint, Fault, Kind, RetryAfter, Settings};
use serde_json::json;

use super::pictures::{path, read};
use super::platform::{Answer, CREDENTIAL, Platform, temporary};

/// A platform whose create requests meet this.
fn creating(kind: Kind) -> Platform {
    Platform::with(|settings| settings.faults = vec![Fault::at(Endpoint::Create).answering(kind)])
}

fn create(platform: &Platform) -> Answer {
    platform.create(&temporary(&json!(7)))
}

/// The picture of a code under a fault, and the code's url.
fn picture(kind: Kind) -> (Answer, String) {
    let platform =
        Platform::with(|settings| settings.faults = vec![Fault::at(Endpoint::Picture).answering(kind)]);
    let code = create(&platform);
    (platform.get(&path(&code.field("ticket"))), code.field("url"))
}

/// What comes back of a create request, and the codes made.
fn exchange(platform: &Platform) -> (Vec<u8>, Option<ErrorKind>, u64) {
    let access_token = platform.stable_token(false).access_token();
    let head = format!("POST /cgi-bin/qrcode/create?access_token={access_token}");
    let (bytes, error) = platform.exchange(&head, temporary(&json!(7)).to_string().as_bytes());
    (bytes, error, platform.counters().temporary_codes)
}

#[test]
fn an_errcode_comes_with_the_platforms_text_and_no_work_is_done() {
    let platform = creating(Kind::Errcode(45011));
    create(&platform).refused(45011, "api minute-quota reach limit, must slower, retry next minute");
    let counters = platform.counters();
    assert_eq!((counters.temporary_codes, counters.errors[&45011]), (0, 1));
    create(&creating(Kind::Errcode(45_999))).refused(45_999, "an error of the platform");
}

#[test]
fn an_errcode_comes_with_any_text() {
    let text = "system error hint: [abc]";
    assert_eq!(
        create(&creating(Kind::ErrcodeWith(-1, text.to_owned()))).text(),
        r#"{"errcode":-1,"errmsg":"system error hint: [abc]"}"#
    );
}

#[test]
fn an_errcode_comes_as_a_text() {
    let answer = create(&creating(Kind::ErrcodeAsText(40001)));
    let start = format!(r#"{{"errcode":"40001","errmsg":"{CREDENTIAL} rid: 6ab1c500-"#);
    assert!(answer.text().starts_with(&start), "{}", answer.text());
}

#[test]
fn a_status_comes_with_its_body_and_the_time_to_come_again() {
    let answer = create(&creating(Kind::status(502)));
    assert_eq!((answer.status, answer.text(), answer.header("retry-after")), (502, "", None));
    for (retry_after, expected) in
        [(RetryAfter::Seconds(30), "30"), (RetryAfter::Date(60), "tue, 22 sep 2026 00:01:00 gmt")]
    {
        let answer = create(&creating(Kind::Status {
            status: 429,
            retry_after: Some(retry_after),
            body: Some("slow down".into()),
        }));
        assert_eq!(
            (answer.status, answer.text(), answer.header("retry-after")),
            (429, "slow down", Some(expected))
        );
    }
}

#[test]
fn html_comes_with_status_200() {
    let answer = create(&creating(Kind::Html));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(answer.text().starts_with("<!DOCTYPE html>"));
}

#[test]
fn the_right_answer_is_cut_or_malformed_or_called_plain_text() {
    let right = create(&Platform::start()).text().to_owned();
    let cut = create(&creating(Kind::Cut));
    assert_eq!(cut.text(), &right[..right.len() / 2]);
    let length = cut.body.len().to_string();
    assert_eq!(cut.header("content-length"), Some(length.as_str()));
    assert_eq!(create(&creating(Kind::Malformed)).text(), right.replacen(':', "=", 1));
    let plain = create(&creating(Kind::PlainText));
    assert_eq!((plain.text(), plain.header("content-type")), (right.as_str(), Some("text/plain")));
    assert_eq!(create(&creating(Kind::Empty)).body, b"");
}

#[test]
fn an_answer_has_another_url_or_none() {
    let right = create(&Platform::start());
    let other = create(&creating(Kind::OtherUrl));
    assert_eq!(other.field("ticket"), right.field("ticket"));
    assert_ne!(other.field("url"), right.field("url"));
    let none = create(&creating(Kind::NoUrl)).json();
    assert_eq!(none, json!({"ticket": right.field("ticket"), "expire_seconds": 604_800}));
}

#[test]
fn a_reset_before_the_work_leaves_nothing() {
    assert_eq!(exchange(&creating(Kind::ResetBefore)), (Vec::new(), Some(ErrorKind::ConnectionReset), 0));
}

#[test]
fn a_reset_after_the_work_leaves_a_code_that_nobody_knows() {
    assert_eq!(exchange(&creating(Kind::ResetAfter)), (Vec::new(), Some(ErrorKind::ConnectionReset), 1));
}

#[test]
fn a_length_is_longer_than_what_comes() {
    let right = create(&Platform::start()).text().to_owned();
    let (bytes, error, codes) = exchange(&creating(Kind::ShortBy(10)));
    let answer = Answer::of(&bytes);
    assert_eq!((answer.text(), error, codes), (right.as_str(), None, 1));
    let promised = (right.len() + 10).to_string();
    assert_eq!(answer.header("content-length"), Some(promised.as_str()));
}

#[test]
fn a_picture_is_empty_cut_another_or_none() {
    let (whole, url) = picture(Kind::PlainText);
    assert_eq!((read(&whole), whole.header("content-type")), (url, Some("text/plain")));
    let (empty, _) = picture(Kind::Empty);
    assert_eq!((empty.status, empty.body.len(), empty.header("content-type")), (200, 0, Some("image/jpg")));
    let (cut, _) = picture(Kind::Cut);
    assert_eq!(cut.body, whole.body[..whole.body.len() / 2]);
    let (other, url) = picture(Kind::OtherPicture);
    assert_ne!(read(&other), url);
    let (png, _) = picture(Kind::Png);
    assert!(png.body.starts_with(b"\x89PNG\r\n\x1a\n") && png.body.ends_with(b"IEND\xaeB`\x82"));
    assert_eq!(picture(Kind::Text).0.text(), "system busy, try again later\n");
    picture(Kind::Errcode(-1)).0.refused(-1, "system error");
    let (short, _) = picture(Kind::ShortBy(1));
    assert_eq!(short.body, whole.body);
}

#[test]
fn a_ticket_that_is_none_has_no_other_picture() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![Fault::at(Endpoint::Picture).answering(Kind::OtherPicture)];
    });
    assert_eq!(platform.get(&path("x")).status, 404);
}

#[test]
fn an_access_token_expires_after_so_many_uses() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![Fault::at(Endpoint::Create).nth(2).answering(Kind::AccessTokenExpired)];
    });
    let held = platform.stable_token(false).access_token();
    let create = |access_token: &str| {
        platform.post(&format!("/cgi-bin/qrcode/create?access_token={access_token}"), &temporary(&json!(1)))
    };
    create(&held).field("ticket");
    create(&held).refused(42001, "access_token expired");
    create(&held).refused(42001, "access_token expired");
    create(&platform.stable_token(false).access_token()).field("ticket");
}

#[test]
fn another_process_takes_the_access_token() {
    let platform = Platform::with(|settings| {
        let target = Fault::at(Endpoint::Create).from(60).times(1);
        settings.faults = vec![target.answering(Kind::AccessTokenSuperseded)];
    });
    create(&platform).field("ticket");
    platform.advance(60);
    assert_eq!(create(&platform).json()["errcode"], 40001);
    create(&platform).field("ticket");

    assert_eq!(platform.emulator().supersede_access_tokens(), 1);
    assert_eq!(platform.emulator().expire_access_tokens(), 0);
}

#[test]
fn every_answer_has_the_date_of_the_emulators_clock() {
    let platform = Platform::with(|settings| settings.skew = -3600);
    let date = |platform: &Platform, path: &str| platform.get(path).header("date").map(str::to_owned);
    for path in ["/", "/cgi-bin/token", "/cgi-bin/showqrcode?ticket=x"] {
        assert_eq!(date(&platform, path).as_deref(), Some("mon, 21 sep 2026 23:00:00 gmt"), "{path}");
    }
    platform.emulator().set_skew(1);
    platform.emulator().advance(59);
    platform.advance(3600);
    assert_eq!(date(&platform, "/").as_deref(), Some("tue, 22 sep 2026 01:01:00 gmt"));
}

#[test]
fn a_fault_that_cannot_be_keeps_the_emulator_from_starting() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let faults = vec![Fault::at(Endpoint::Token).answering(Kind::Png)];
    let error = runtime
        .block_on(scenepress::emulator::start(Settings { faults, ..Settings::default() }, 0))
        .err()
        .expect("an error");
    assert_eq!(error.to_string(), "this fault has no meaning at `token`: it can be at picture");
}
