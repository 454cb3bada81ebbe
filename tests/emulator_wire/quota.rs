//! `/cgi-bin/openapi/quota/get` and `/cgi-bin/clear_quota`.

use serde_json::json;

use super::platform::{Platform, temporary};

#[test]
fn the_quota_is_shown() {
    let platform = Platform::with(|settings| settings.minute_limit = Some(600));
    platform.create(&temporary(&json!(1))).field("ticket");
    let path =
        format!("/cgi-bin/openapi/quota/get?access_token={}", platform.stable_token(false).access_token());
    assert_eq!(
        platform.post(&path, &json!({"cgi_path": "/cgi-bin/qrcode/create"})).json(),
        json!({
            "errcode": 0, "errmsg": "ok", "quota": {"daily_limit": 100_000, "used": 1, "remain": 99_999},
            "rate_limit": {"call_count": 600, "refresh_second": 60}
        })
    );
    assert_eq!(
        platform.post(&path, &json!({"cgi_path": "/cgi-bin/token"})).json()["quota"]["daily_limit"],
        2000
    );
    platform.post(&path, &json!({"cgi_path": "cgi-bin/qrcode/create"})).refused(76003, "invalid cgi_path");
    platform.post(&path, &json!({})).refused(76003, "invalid cgi_path");
    platform.post(&path, &json!({"cgi_path": "/x"})).refused(76021, "cgi_path not found, please check");
    platform.post("/cgi-bin/openapi/quota/get", &json!({})).refused(41001, "access_token missing");
}

#[test]
fn the_quota_is_cleared_10_times_a_month() {
    let platform = Platform::with(|settings| settings.daily_limit = 1);
    let path = format!("/cgi-bin/clear_quota?access_token={}", platform.stable_token(false).access_token());
    platform.post(&path, &json!({"appid": "wx2"})).refused(40013, "invalid appid");
    for _ in 0..9 {
        platform.create(&temporary(&json!(1))).field("ticket");
        assert_eq!(platform.post(&path, &json!({"appid": "wx1"})).text(), r#"{"errcode":0,"errmsg":"ok"}"#);
    }
    let by_secret = json!({"appid": "wx1", "appsecret": "s1"});
    platform.create(&temporary(&json!(1))).field("ticket");
    assert_eq!(platform.post("/cgi-bin/clear_quota/v2", &by_secret).text(), r#"{"errcode":0,"errmsg":"ok"}"#);
    let spent = "forbid to clear quota because of reaching the limit";
    platform.post(&path, &json!({"appid": "wx1"})).refused(48006, spent);
    platform.post("/cgi-bin/clear_quota/v2", &by_secret).refused(48006, spent);
    platform.post("/cgi-bin/clear_quota/v2", &json!({"appid": "wx1"})).refused(41004, "appsecret missing");
}
