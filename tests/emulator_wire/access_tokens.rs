//! `/cgi-bin/token` and `/cgi-bin/stable_token`.

use serde_json::{Value, json};

use super::platform::{CREDENTIAL, Platform, temporary};

#[test]
fn token_gives_a_new_access_token_each_time_and_nothing_else() {
    let platform = Platform::start();
    let path = "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s1";
    let (first, second) = (platform.get(path), platform.get(path));
    let (one, other) = (first.access_token(), second.access_token());
    assert_eq!(first.text(), format!(r#"{{"access_token":"{one}","expires_in":7200}}"#));
    assert_ne!(one, other);
    assert!((100..=512).contains(&one.len()));
}

#[test]
fn stable_token_gives_the_same_access_token_and_what_is_left() {
    let platform = Platform::start();
    let first = platform.stable_token(false).access_token();
    platform.advance(6000);
    assert_eq!(
        platform.stable_token(false).text(),
        format!(r#"{{"access_token":"{first}","expires_in":1200}}"#)
    );
    platform.advance(900);
    assert_ne!(platform.stable_token(false).access_token(), first);
}

#[test]
fn a_forced_refresh_gives_a_new_access_token() {
    let platform = Platform::start();
    let first = platform.stable_token(false).access_token();
    assert_ne!(platform.stable_token(true).access_token(), first);
    let path = format!("/cgi-bin/qrcode/create?access_token={first}");
    platform.post(&path, &temporary(&json!(1))).refused(40001, CREDENTIAL);
}

#[test]
fn wrong_credentials_are_refused() {
    let platform = Platform::start();
    for (query, errcode, errmsg) in [
        ("grant_type=client_credential&appid=wx2&secret=s1", 40013, "invalid appid"),
        ("grant_type=client_credential&appid=wx1&secret=s2", 40125, "invalid appsecret"),
        ("grant_type=client_credential&secret=s1", 41002, "appid missing"),
        ("grant_type=client_credential&appid=&secret=s1", 41002, "appid missing"),
        ("grant_type=client_credential&appid=wx1", 41004, "appsecret missing"),
        ("grant_type=authorization_code&appid=wx1&secret=s1", 40002, "invalid grant_type"),
        ("appid=wx1&secret=s1", 40002, "invalid grant_type"),
        ("", 41002, "appid missing"),
    ] {
        platform.get(&format!("/cgi-bin/token?{query}")).refused(errcode, errmsg);
        let body: serde_json::Map<_, _> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        platform.post("/cgi-bin/stable_token", &Value::Object(body)).refused(errcode, errmsg);
    }
    platform.post("/cgi-bin/stable_token", &json!([])).refused(47001, "data format error");
}
