//! Which requests faults meet.

use serde_json::{Value, json};

use super::pictures::path;
use super::platform::{Platform, fault, permanent, temporary};

/// Which of ten create requests a fault with these conditions meets.
fn met(conditions: &str, seed: u64) -> Vec<usize> {
    let platform = Platform::with(|settings| {
        settings.seed = seed;
        settings.faults = vec![fault(&format!("{{{conditions}, errcode: -1}}"))];
    });
    let is_met = |_: &usize| platform.create(&temporary(&json!(1))).json()["errcode"] == -1;
    (1..=10).filter(is_met).collect()
}

#[test]
fn requests_are_met_by_number() {
    assert_eq!(met("at: create, nth: 3", 0), [3]);
    assert_eq!(met("at: create, every: 4", 0), [4, 8]);
    assert_eq!(met("at: create, after: 8", 0), [9, 10]);
    assert_eq!(met("at: create, times: 2", 0), [1, 2]);
    assert_eq!(met("at: create, every: 2, times: 2", 0), [2, 4]);
    assert_eq!(met("at: create, after: 5, every: 2", 0), [6, 8, 10], "both hold");
    assert_eq!(met("at: quota", 0), [0; 0]);
}

#[test]
fn the_same_seed_and_requests_meet_the_same_faults() {
    let by_luck = "at: create, probability: 0.5";
    assert_eq!(met(by_luck, 7), met(by_luck, 7));
    assert_ne!(met(by_luck, 7), met(by_luck, 8));
}

#[test]
fn both_token_endpoints_are_one_place() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![fault("{at: token, nth: 2, errcode: -1}")];
    });
    platform.token();
    platform.stable_token(false).refused(-1, "system error");
    platform.stable_token(false).access_token();
}

#[test]
fn a_fault_is_for_one_scene_and_its_picture() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![
            fault("{at: create, scene: shop-7, times: 1, errcode: -1}"),
            fault("{at: picture, scene: 8, nth: 2, answer: empty}"),
        ];
    });
    platform.create(&temporary(&json!(7))).field("ticket");
    platform.create(&permanent("shop-7")).refused(-1, "system error");
    let sizes = |body: &Value| -> Vec<bool> {
        let ticket = platform.create(body).field("ticket");
        (0..3).map(|_| platform.get(&path(&ticket)).body.is_empty()).collect()
    };
    assert_eq!(sizes(&permanent("shop-7")), [false, false, false]);
    assert_eq!(sizes(&temporary(&json!(8))), [false, true, false]);
}

#[test]
fn a_fault_is_for_one_account() {
    let platform = Platform::with(|settings| {
        settings.accounts.push(("wx2".into(), "s2".into()));
        settings.faults = ["token", "create", "picture", "quota"]
            .map(|at| fault(&format!("{{at: {at}, appid: wx2, status: 500}}")))
            .to_vec();
    });
    let code = platform.create(&temporary(&json!(7)));
    assert_eq!(platform.get(&path(&code.field("ticket"))).status, 200);
    let of_other = "/cgi-bin/token?grant_type=client_credential&appid=wx2&secret=s2";
    assert_eq!(platform.get(of_other).status, 500);
    platform.emulator().clear_faults();
    let access_token = platform.get(of_other).access_token();
    let create = format!("/cgi-bin/qrcode/create?access_token={access_token}");
    let ticket = platform.post(&create, &temporary(&json!(7))).field("ticket");
    for at in ["create", "picture"] {
        platform.emulator().add_fault(fault(&format!("{{at: {at}, appid: wx2, status: 500}}")));
    }
    assert_eq!(platform.post(&create, &temporary(&json!(7))).status, 500);
    assert_eq!(platform.get(&path(&ticket)).status, 500);
}
