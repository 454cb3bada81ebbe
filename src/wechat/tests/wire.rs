//! Bodies to the letter, and answers of every kind.

use proptest::prelude::*;

use super::*;
use crate::model::ExpireSeconds;

fn week() -> Lifetime {
    Lifetime::Temporary(ExpireSeconds::new(604_800).expect("a week"))
}

#[test]
fn requests_hold_the_documented_fields_in_the_documented_order() {
    let id = Scene::id(123).expect("a scene");
    let text = Scene::text("店\"7/").expect("a scene");
    for (scene, lifetime, expected) in [
        (
            &id,
            week(),
            r#"{"expire_seconds":604800,"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":123}}}"#,
        ),
        (
            &text,
            week(),
            r#"{"expire_seconds":604800,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"店\"7/"}}}"#,
        ),
        (
            &id,
            Lifetime::Permanent,
            r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":123}}}"#,
        ),
        (
            &text,
            Lifetime::Permanent,
            r#"{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"店\"7/"}}}"#,
        ),
    ] {
        let body = String::from_utf8(create_request(scene, lifetime)).expect("UTF-8");
        assert_eq!(body, expected.replace("店\"7", "店\\\"7"));
    }
    let body = token_request(&AppId::new("wx12").expect("an appid"), &AppSecret::new("s3cret"));
    assert_eq!(body, br#"{"grant_type":"client_credential","appid":"wx12","secret":"s3cret"}"#);
    assert_eq!(quota_request(), br#"{"cgi_path":"/cgi-bin/qrcode/create"}"#);
}

#[test]
fn an_errcode_may_be_a_string_and_zero_is_none() {
    let refused = |errcode, errmsg: &str| NoGood::Refused { errcode, errmsg: errmsg.to_owned() };
    for (body, expected) in [
        (r#"{"errcode":40013,"errmsg":"invalid appid"}"#, refused(40013, "invalid appid")),
        (r#"{"errcode":"40013","errmsg":"invalid appid"}"#, refused(40013, "invalid appid")),
        (r#"{"errcode":-1}"#, refused(-1, "")),
        (r#"{"errcode":" -1 ","errmsg":7}"#, refused(-1, "")),
        (r#"{"errcode":"many"}"#, foreign("an `errcode` that is no number")),
        (r#"{"errcode":{}}"#, foreign("an `errcode` that is no number")),
        ("", foreign("an empty body")),
        (" \r\n", foreign("an empty body")),
        ("<html>502</html>", foreign("an HTML page")),
        (r#"{"errcode":400"#, foreign("cut or malformed JSON")),
        ("[1]", foreign("JSON that is no object")),
        ("busy", foreign("something that is no JSON")),
        ("\u{feff}", foreign("an empty body")),
        ("\u{feff}{\"errcode\":", foreign("cut or malformed JSON")),
        ("\u{feff}{\"errcode\":40013.0}", refused(40013, "")),
        (r#"{"errcode":"40013.0"}"#, refused(40013, "")),
        (r#"{"errcode":4.0013e4}"#, refused(40013, "")),
        (r#"{"errcode":40013.5}"#, foreign("an `errcode` that is no number")),
        (r#"{"errcode":1e300}"#, foreign("an `errcode` that is no number")),
        (r#"{"errcode":"NaN"}"#, foreign("an `errcode` that is no number")),
        ("\u{1f}\u{8}", foreign("something that is no JSON")),
        ("<br />\n<b>Warning</b>:  Undefined variable in <b>/r.php</b>{}", foreign("a warning of PHP")),
        ("<b>Fatal error</b>:  Uncaught", foreign("a warning of PHP")),
        ("\u{feff}\nNotice: Undefined index\n{\"errcode\":0}", foreign("a warning of PHP")),
        ("PHP Deprecated:  foo() is", foreign("a warning of PHP")),
        ("<b>Warning</b> of a firewall", foreign("an HTML page")),
        ("\u{feff}<!doctype html>", foreign("an HTML page")),
    ] {
        assert_eq!(answer(body.as_bytes()), Err(expected), "{body}");
    }
    assert!(answer(br#"{"errcode":0,"errmsg":"ok"}"#).is_ok());
    assert!(answer(br#"{"errcode":"0"}"#).is_ok());
    assert!(answer(br#"{"errcode":null}"#).is_ok());
    assert!(answer(br#"{"errcode":0.0}"#).is_ok());
    assert_eq!(answer(b"\x1f\x8b\x08\x00\x00"), Err(foreign("gzip")));
    assert!(answer("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn a_token_answer_needs_a_token_and_its_seconds() {
    let read = |body: &str| {
        token_answer(body.as_bytes()).map(|(token, seconds)| (token.expose().to_owned(), seconds))
    };
    assert_eq!(read(r#"{"access_token":"T_1-x","expires_in":7200}"#), Ok(("T_1-x".to_owned(), 7200)));
    assert_eq!(read(r#"{"access_token":"T","expires_in":"300"}"#), Ok(("T".to_owned(), 300)));
    for whole in ["7200.0", "7.2e3", "\"7200.0\"", "\" 7200 \""] {
        let body = format!("\u{feff}{{\"access_token\":\"T\",\"expires_in\":{whole}}}");
        assert_eq!(read(&body), Ok(("T".to_owned(), 7200)), "{whole}");
    }
    for bad in [
        r#"{"access_token":"T","expires_in":7200.5}"#.to_owned(),
        r#"{"access_token":"T","expires_in":"inf"}"#.to_owned(),
        r#"{"expires_in":7200}"#.to_owned(),
        r#"{"access_token":"","expires_in":7200}"#.to_owned(),
        r#"{"access_token":"a b","expires_in":7200}"#.to_owned(),
        format!(r#"{{"access_token":"{}","expires_in":7200}}"#, "x".repeat(2049)),
        r#"{"access_token":"T"}"#.to_owned(),
        r#"{"access_token":"T","expires_in":0}"#.to_owned(),
        r#"{"access_token":"T","expires_in":-5}"#.to_owned(),
    ] {
        assert!(matches!(read(&bad), Err(NoGood::Foreign(_))), "{bad}");
    }
}

#[test]
fn a_create_answer_needs_a_ticket_and_a_url_that_can_be_one() {
    let read = |body: &str| create_answer(body.as_bytes());
    let good =
        read(r#"{"ticket":"gQ==","expire_seconds":60,"url":"http://weixin.qq.com/q/x"}"#).expect("good");
    assert_eq!((good.ticket.as_str(), good.url.as_str()), ("gQ==", "http://weixin.qq.com/q/x"));
    assert_eq!(good.expire_seconds, Some(60));
    let permanent = read(r#"{"ticket":"gQ==","url":"https://weixin.qq.com/q/x"}"#).expect("good");
    assert_eq!(permanent.expire_seconds, None);
    for bad in [
        r#"{"url":"http://x/"}"#.to_owned(),
        r#"{"ticket":"","url":"http://x/"}"#.to_owned(),
        r#"{"ticket":"g Q","url":"http://x/"}"#.to_owned(),
        r#"{"ticket":7,"url":"http://x/"}"#.to_owned(),
        r#"{"ticket":"gQ"}"#.to_owned(),
        r#"{"ticket":"gQ","url":""}"#.to_owned(),
        r#"{"ticket":"gQ","url":"http://"}"#.to_owned(),
        r#"{"ticket":"gQ","url":"ftp://x/"}"#.to_owned(),
        r#"{"ticket":"gQ","url":"http://x/\n"}"#.to_owned(),
        r#"{"ticket":"gQ","url":"http://店/"}"#.to_owned(),
        format!(r#"{{"ticket":"gQ","url":"http://{}"}}"#, "x".repeat(506)),
        r#"{"ticket":"gQ","url":"http://x/","expire_seconds":"soon"}"#.to_owned(),
        r#"{"ticket":"gQ","url":"http://x/","expire_seconds":1.5}"#.to_owned(),
    ] {
        assert!(matches!(read(&bad), Err(NoGood::Foreign(_))), "{bad}");
    }
}

#[test]
fn the_quota_is_three_numbers() {
    let body = br#"{"errcode":0,"errmsg":"ok","quota":{"daily_limit":100000,"used":7,"remain":99993},"rate_limit":{"call_count":5,"refresh_second":60}}"#;
    assert_eq!(quota_answer(body), Ok(Quota { daily_limit: 100_000, used: 7, remain: 99_993 }));
    assert!(quota_answer(br#"{"errcode":0,"quota":{"daily_limit":1}}"#).is_err());
    assert!(quota_answer(br#"{"errcode":0}"#).is_err());
}

#[test]
fn both_forms_of_an_error_in_the_place_of_a_picture_are_read() {
    let error = |errcode, errmsg: &str| Some((errcode, errmsg.to_owned()));
    for (body, expected) in [
        (r#"{"errcode":40001,"errmsg":"bad"}"#, error(40001, "bad")),
        (r#"{"base_resp":{"ret":200005,"err_msg":"not supported"}}"#, error(200_005, "not supported")),
        ("\u{feff}{\"errcode\":40001.0}", error(40001, "")),
        (r#"{"base_resp":{"ret":0}}"#, None),
        (r#"{"hello":1}"#, None),
        ("{", None),
        ("<html>", None),
        ("", None),
    ] {
        assert_eq!(picture_error(body.as_bytes()), expected, "{body}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_makes_it_panic(
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "\\{(\"(errcode|errmsg|ticket|url|expire_seconds|access_token|expires_in|quota)\":(\"[^\"]{0,9}\"|-?[0-9]{1,25}|null|\\[\\]),?){0,4}\\}"
                .prop_map(String::into_bytes),
        ]
    ) {
        let _ = token_answer(&body);
        let _ = create_answer(&body);
        let _ = quota_answer(&body);
        let _ = picture_error(&body);
    }
}
