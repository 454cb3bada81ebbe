//! The request log.

use serde_json::json;

use super::pictures::path;
use super::platform::{Platform, fault, temporary};

#[test]
fn the_log_says_what_was_asked_and_what_came_of_it() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![fault("{at: picture, nth: 2, reset: after}")];
    });
    let ticket = platform.create(&temporary(&json!(7))).field("ticket");
    platform.create(&json!({})).refused(40052, "invalid action name");
    platform.get(&path(&ticket));
    platform.exchange(&format!("GET {}", path(&ticket)), b"");
    platform.get("/x");
    let entry = |number: u64, endpoint: &str| {
        json!({
            "number": number, "at": "2026-09-22T00:00:00Z", "endpoint": endpoint, "scene": null, "ticket": null,
            "appid": "wx1", "fault": null, "status": 200, "errcode": null,
        })
    };
    let mut expected = [
        entry(1, "token"),
        entry(2, "create"),
        entry(3, "token"),
        entry(4, "create"),
        entry(5, "picture"),
        entry(6, "picture"),
        entry(7, "unknown"),
    ];
    expected[1]["scene"] = json!("7");
    expected[3]["errcode"] = json!(40052);
    for index in [4, 5] {
        expected[index]["scene"] = json!("7");
        expected[index]["ticket"] = json!(ticket);
    }
    expected[5]["fault"] = json!(1);
    expected[5]["status"] = json!(null);
    expected[6]["appid"] = json!(null);
    expected[6]["status"] = json!(404);
    let control = platform.control();
    assert_eq!(control.done("GET /requests", ""), json!({"requests": expected}));
    assert_eq!(control.done("GET /requests?after=6", ""), json!({"requests": [expected[6]]}));
    assert_eq!(platform.emulator().requests(5).len(), 2);
}

#[test]
fn the_log_holds_no_secret_and_no_access_token() {
    let platform = Platform::with(|settings| settings.accounts = vec![("wx1".into(), "the-secret".into())]);
    let query = "grant_type=client_credential&appid=wx1&secret=the-secret";
    let plain = platform.get(&format!("/cgi-bin/token?{query}")).access_token();
    let body = json!({"grant_type": "client_credential", "appid": "wx1", "secret": "the-secret"});
    let stable = platform.post("/cgi-bin/stable_token", &body).access_token();
    for access_token in [&plain, &stable] {
        for path in ["qrcode/create", "openapi/quota/get", "clear_quota"] {
            platform.post(&format!("/cgi-bin/{path}?access_token={access_token}"), &temporary(&json!(1)));
        }
    }
    platform.post("/cgi-bin/clear_quota/v2", &json!({"appid": "wx1", "appsecret": "the-secret"}));
    let log = platform.control().done("GET /requests", "").to_string();
    assert_eq!(platform.emulator().requests(0).len(), 9);
    for hidden in ["the-secret", &plain, &stable] {
        assert!(!log.contains(hidden), "{log}");
    }
}
