//! Kinds of accounts, and the allow-list.

use scenepress::emulator::Profile;
use serde_json::json;

use super::platform::{Platform, temporary};

#[test]
fn a_test_account_has_200_plain_access_tokens_and_10000_codes_a_day() {
    let platform = Platform::with(|settings| {
        let accounts = std::mem::take(&mut settings.accounts);
        *settings = Profile::Sandbox.settings();
        settings.accounts = accounts;
    });
    for _ in 0..199 {
        platform.token();
    }
    let path = format!("/cgi-bin/openapi/quota/get?access_token={}", platform.token());
    platform
        .get("/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s1")
        .refused(45009, "reach max api daily quota limit");
    for (endpoint, daily_limit) in [("token", 200), ("qrcode/create", 10_000), ("stable_token", 500_000)] {
        let quota = platform.post(&path, &json!({"cgi_path": format!("/cgi-bin/{endpoint}")})).json();
        assert_eq!(quota["quota"]["daily_limit"], daily_limit, "{endpoint}");
    }
}

#[test]
fn a_subscription_account_makes_no_codes() {
    assert_eq!(Profile::Service.settings().daily_limit, 100_000);
    let platform = Platform::with(|settings| {
        settings.service_account = Profile::Subscription.settings().service_account;
    });
    platform.create(&temporary(&json!(1))).refused(48001, "api unauthorized");
}

#[test]
fn only_allowed_addresses_get_access_tokens() {
    let platform = Platform::with(|settings| {
        settings.allowed_ips = Some(vec!["203.0.113.7".parse().expect("an address")]);
    });
    let refused = "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist";
    platform.stable_token(false).refused(40164, refused);
    let path = "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=";
    platform.get(&format!("{path}s1")).refused(40164, refused);
    platform.get(&format!("{path}s2")).refused(40125, "invalid appsecret");
    platform.control().done("POST /allowed_ips", r#"{"add": ["127.0.0.1"]}"#);
    platform.stable_token(false).access_token();
}
