//! What each kind of fault looks like on the wire.

use std::io::ErrorKind;

use serde_json::json;

use super::pictures::{path, read};
use super::platform::{Answer, CREDENTIAL, Platform, fault, temporary};

/// A platform whose create requests meet this.
fn creating(kind: &str) -> Platform {
    Platform::with(|settings| settings.faults = vec![fault(&format!("{{at: create, {kind}}}"))])
}

fn create(platform: &Platform) -> Answer {
    platform.create(&temporary(&json!(7)))
}

/// The picture of a code under a fault, and the code's url.
fn picture(kind: &str) -> (Answer, String) {
    let platform =
        Platform::with(|settings| settings.faults = vec![fault(&format!("{{at: picture, {kind}}}"))]);
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
    let platform = creating("errcode: 45011");
    create(&platform).refused(45011, "api minute-quota reach limit, must slower, retry next minute");
    let counters = platform.counters();
    assert_eq!((counters.temporary_codes, counters.errors[&45011]), (0, 1));
    create(&creating("errcode: 45999")).refused(45_999, "an error of the platform");
}

#[test]
fn an_errcode_comes_with_any_text() {
    let text = "system error hint: [abc]";
    assert_eq!(
        create(&creating(&format!("errcode: -1, errmsg: '{text}'"))).text(),
        r#"{"errcode":-1,"errmsg":"system error hint: [abc]"}"#
    );
}

#[test]
fn an_errcode_comes_as_a_text() {
    let answer = create(&creating("errcode_as_text: 40001"));
    let start = format!(r#"{{"errcode":"40001","errmsg":"{CREDENTIAL} rid: 6ab1c500-"#);
    assert!(answer.text().starts_with(&start), "{}", answer.text());
}

#[test]
fn a_status_comes_with_its_body_and_the_time_to_come_again() {
    let answer = create(&creating("status: 502"));
    assert_eq!((answer.status, answer.text(), answer.header("retry-after")), (502, "", None));
    for (key, expected) in
        [("retry_after: 30", "30"), ("retry_after_date: 60", "tue, 22 sep 2026 00:01:00 gmt")]
    {
        let answer = create(&creating(&format!("status: 429, {key}, body: slow down")));
        assert_eq!(
            (answer.status, answer.text(), answer.header("retry-after")),
            (429, "slow down", Some(expected))
        );
    }
}

#[test]
fn html_comes_with_status_200() {
    let answer = create(&creating("answer: html"));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(answer.text().starts_with("<!DOCTYPE html>"));
}

#[test]
fn the_right_answer_is_cut_or_malformed_or_called_plain_text() {
    let right = create(&Platform::start()).text().to_owned();
    let cut = create(&creating("answer: cut"));
    assert_eq!(cut.text(), &right[..right.len() / 2]);
    let length = cut.body.len().to_string();
    assert_eq!(cut.header("content-length"), Some(length.as_str()));
    assert_eq!(create(&creating("answer: malformed")).text(), right.replacen(':', "=", 1));
    let plain = create(&creating("answer: plain_text"));
    assert_eq!((plain.text(), plain.header("content-type")), (right.as_str(), Some("text/plain")));
    assert_eq!(create(&creating("answer: empty")).body, b"");
}

#[test]
fn an_answer_has_another_url_or_none() {
    let right = create(&Platform::start());
    let other = create(&creating("answer: other_url"));
    assert_eq!(other.field("ticket"), right.field("ticket"));
    assert_ne!(other.field("url"), right.field("url"));
    let none = create(&creating("answer: no_url")).json();
    assert_eq!(none, json!({"ticket": right.field("ticket"), "expire_seconds": 604_800}));
}

#[test]
fn a_reset_before_the_work_leaves_nothing() {
    assert_eq!(exchange(&creating("reset: before")), (Vec::new(), Some(ErrorKind::ConnectionReset), 0));
}

#[test]
fn a_reset_after_the_work_leaves_a_code_that_nobody_knows() {
    assert_eq!(exchange(&creating("reset: after")), (Vec::new(), Some(ErrorKind::ConnectionReset), 1));
}

#[test]
fn a_length_is_longer_than_what_comes() {
    let right = create(&Platform::start()).text().to_owned();
    let (bytes, error, codes) = exchange(&creating("short_by: 10"));
    let answer = Answer::of(&bytes);
    assert_eq!((answer.text(), error, codes), (right.as_str(), None, 1));
    let promised = (right.len() + 10).to_string();
    assert_eq!(answer.header("content-length"), Some(promised.as_str()));
}

#[test]
fn a_picture_is_empty_cut_another_or_none() {
    let (whole, url) = picture("answer: plain_text");
    assert_eq!((read(&whole), whole.header("content-type")), (url, Some("text/plain")));
    let (empty, _) = picture("answer: empty");
    assert_eq!((empty.status, empty.body.len(), empty.header("content-type")), (200, 0, Some("image/jpg")));
    let (cut, _) = picture("answer: cut");
    assert_eq!(cut.body, whole.body[..whole.body.len() / 2]);
    let (other, url) = picture("answer: other_picture");
    assert_ne!(read(&other), url);
    let (png, _) = picture("answer: png");
    assert!(png.body.starts_with(b"\x89PNG\r\n\x1a\n") && png.body.ends_with(b"IEND\xaeB`\x82"));
    assert_eq!(picture("answer: text").0.text(), "system busy, try again later\n");
    picture("errcode: -1").0.refused(-1, "system error");
    let (short, _) = picture("short_by: 1");
    assert_eq!(short.body, whole.body);
}

#[test]
fn a_ticket_that_is_none_has_no_other_picture() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![fault("{at: picture, answer: other_picture}")];
    });
    assert_eq!(platform.get(&path("x")).status, 404);
}

#[test]
fn an_access_token_expires_after_so_many_uses() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![fault("{at: create, nth: 2, access_token: expired}")];
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
        settings.faults = vec![fault("{at: create, from: 60, times: 1, access_token: superseded}")];
    });
    create(&platform).field("ticket");
    platform.advance(60);
    assert_eq!(create(&platform).json()["errcode"], 40001);
    create(&platform).field("ticket");
}

#[test]
fn a_relay_has_a_date_of_its_own_and_the_ticket_has_not() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![fault("{at: create, date_off: -28800}")];
    });
    let access_token = platform.stable_token(false).access_token();
    let answer =
        platform.post(&format!("/cgi-bin/qrcode/create?access_token={access_token}"), &temporary(&json!(1)));
    assert_eq!(answer.header("date"), Some("mon, 21 sep 2026 16:00:00 gmt"));
    answer.field("ticket");
    assert_eq!(platform.get("/").header("date"), Some("tue, 22 sep 2026 00:00:00 gmt"));
}

#[test]
fn every_answer_has_the_date_of_the_emulators_clock() {
    let platform = Platform::with(|settings| settings.skew = -3600);
    let date = |platform: &Platform, path: &str| platform.get(path).header("date").map(str::to_owned);
    for path in ["/", "/cgi-bin/token", "/cgi-bin/showqrcode?ticket=x"] {
        assert_eq!(date(&platform, path).as_deref(), Some("mon, 21 sep 2026 23:00:00 gmt"), "{path}");
    }
    platform.control().done("POST /clock", r#"{"advance": 59, "skew": 1}"#);
    platform.advance(3600);
    assert_eq!(date(&platform, "/").as_deref(), Some("tue, 22 sep 2026 01:01:00 gmt"));
}
