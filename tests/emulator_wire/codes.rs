//! `/cgi-bin/qrcode/create`.

use serde_json::json;

use super::platform::{CREDENTIAL, Platform, permanent, temporary};

#[test]
fn a_temporary_code_is_answered_as_documented() {
    let platform = Platform::start();
    assert_eq!(
        platform.create(&temporary(&json!(123))).json(),
        json!({
            "ticket": "gQH77zwAAAAAAAAAAS5odHRwOi8vZW11bGF0b3IuaW52YWxpZC9xL3pJN1lyWGVraEJ5VlBkT04zTUkAAgQAxbFqAwSAOgkA",
            "expire_seconds": 604_800,
            "url": "http://emulator.invalid/q/zI7YrXekhByVPdON3MI",
        })
    );
}

#[test]
fn a_permanent_code_is_answered_without_expire_seconds() {
    let platform = Platform::start();
    let by_id = json!({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 123}}});
    assert_eq!(
        platform.create(&by_id).text(),
        r#"{"ticket":"gQFQ7zwAAAAAAAAAAS5odHRwOi8vZW11bGF0b3IuaW52YWxpZC9xL0d1Z1NLVk5JU2RuWHd5ZnkwdFAAAgQAxbFqAwQAAAAA","url":"http://emulator.invalid/q/GugSKVNISdnXwyfy0tP"}"#
    );
    platform.create(&permanent("123")).field("ticket");
    assert_eq!(platform.counters().permanent_scenes, 2, "the id and the string are two codes");
}

#[test]
fn a_temporary_scene_asked_again_gets_a_new_ticket_and_url() {
    let platform = Platform::start();
    let answers = [(); 2].map(|()| platform.create(&temporary(&json!(123))));
    assert_ne!(answers[0].field("ticket"), answers[1].field("ticket"));
    assert_ne!(answers[0].field("url"), answers[1].field("url"));
}

#[test]
fn a_permanent_scene_asked_again_gets_the_same_url_and_a_ticket_of_its_time() {
    let platform = Platform::with(|settings| settings.permanent_pool = 1);
    let first = platform.create(&permanent("shop-7"));
    platform.advance(1);
    let second = platform.create(&permanent("shop-7"));
    assert_eq!(first.field("url"), second.field("url"));
    assert_ne!(first.field("ticket"), second.field("ticket"));
    assert_eq!(Platform::start().create(&permanent("shop-7")).field("url"), first.field("url"));
}

#[test]
fn missing_expire_seconds_is_60() {
    let platform = Platform::start();
    let body = json!({"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "shop-7"}}});
    assert_eq!(platform.create(&body).json()["expire_seconds"], 60);
}

#[test]
fn a_wrong_temporary_id_works_and_its_events_carry_another_scene() {
    let platform = Platform::start();
    let flat = json!({"action_name": "QR_SCENE", "action_info": {"scene_id": 123}});
    let bodies = [temporary(&json!(4_294_967_296_u64)), temporary(&json!(0)), temporary(&json!("x")), flat];
    let tickets = bodies.map(|body| platform.create(&body).field("ticket"));
    platform.create(&temporary(&json!(123)));
    let distorted = platform.counters().distorted;
    let found: Vec<_> = distorted.iter().map(|code| (code.ticket.as_str(), code.event_scene)).collect();
    let expected: Vec<_> = tickets.iter().map(String::as_str).zip([4_294_967_295, 0, 0, 0]).collect();
    assert_eq!(found, expected);
    assert_eq!(distorted[2].sent, r#"{"scene":{"scene_id":"x"}}"#);
}

/// A request that fails every check, mended check by check.
#[test]
fn the_checks_come_in_the_platforms_order() {
    let mut platform = Platform::with(|settings| settings.service_account = false);
    let access_token = platform.stable_token(false).access_token();
    let path = format!("/cgi-bin/qrcode/create?access_token={access_token}");
    platform.send("POST /cgi-bin/qrcode/create", b"{").refused(41001, "access_token missing");
    platform.send("POST /cgi-bin/qrcode/create?access_token=", b"{").refused(41001, "access_token missing");
    platform.send("POST /cgi-bin/qrcode/create?access_token=x", b"{").refused(40001, CREDENTIAL);
    platform.send(&format!("POST {path}"), b"{").refused(47001, "data format error");
    platform.post(&path, &json!({})).refused(40052, "invalid action name");
    platform.post(&path, &permanent("")).refused(40053, "invalid action info");
    platform.post(&path, &permanent("a")).refused(48001, "api unauthorized");
    assert_eq!(platform.counters().errors.values().sum::<u64>(), 7);

    platform = Platform::with(|settings| {
        (settings.daily_limit, settings.minute_limit, settings.permanent_pool) = (3, Some(2), 1);
    });
    platform.create(&permanent("a")).field("ticket");
    platform.create(&permanent("b")).refused(45029, "qrcode count out of limit");
    let minute = "api minute-quota reach limit, must slower, retry next minute";
    platform.create(&permanent("b")).refused(45011, minute);
    platform.advance(60);
    platform.create(&temporary(&json!(1))).field("ticket");
    let answer = platform.create(&temporary(&json!(1)));
    assert!(answer.text().contains(r#""errcode":45009,"errmsg":"reach max api daily quota limit rid: "#));
}

#[test]
fn a_known_permanent_scene_is_given_though_the_pool_is_used_up() {
    let platform = Platform::with(|settings| settings.permanent_pool = 1);
    platform.create(&permanent("a")).field("ticket");
    platform.create(&permanent("b")).refused(45029, "qrcode count out of limit");
    platform.create(&permanent("a")).field("ticket");
    platform.create(&temporary(&json!(1))).field("ticket");
}

#[test]
fn an_expired_access_token_is_42001_and_a_superseded_one_40001() {
    let platform = Platform::start();
    let former = platform.token();
    platform.token();
    let stable = platform.stable_token(false).access_token();
    let create = |access_token: &str| {
        platform.post(&format!("/cgi-bin/qrcode/create?access_token={access_token}"), &permanent("a"))
    };
    platform.advance(299);
    create(&former).field("ticket");
    platform.advance(1);
    assert!(
        create(&former).text().starts_with(&format!(r#"{{"errcode":40001,"errmsg":"{CREDENTIAL} rid: "#))
    );
    platform.advance(6899);
    create(&stable).field("ticket");
    platform.advance(1);
    assert!(create(&stable).text().starts_with(r#"{"errcode":42001,"errmsg":"access_token expired rid: "#));
}

#[test]
fn the_daily_quota_returns_at_midnight_in_beijing() {
    let platform = Platform::with(|settings| settings.daily_limit = 1);
    platform.create(&temporary(&json!(1))).field("ticket");
    platform.advance(16 * 3600 - 1);
    assert_eq!(platform.create(&temporary(&json!(1))).json()["errcode"], 45009);
    platform.advance(1);
    platform.create(&temporary(&json!(1))).field("ticket");
}
