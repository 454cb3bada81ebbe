//! Which requests faults meet.

use scenepress::emulator::{Endpoint, Fault, Kind, Target};
use serde_json::{Value, json};

use super::pictures::path;
use super::platform::{Platform, permanent, temporary};

/// Which of ten create requests a fault meets.
fn met(target: Target, seed: u64) -> Vec<usize> {
    let platform = Platform::with(|settings| {
        settings.seed = seed;
        settings.faults = vec![target.answering(Kind::Errcode(-1))];
    });
    let is_met = |_: &usize| platform.create(&temporary(&json!(1))).json()["errcode"] == -1;
    (1..=10).filter(is_met).collect()
}

#[test]
fn requests_are_met_by_number() {
    let create = || Fault::at(Endpoint::Create);
    assert_eq!(met(create().nth(3), 0), [3]);
    assert_eq!(met(create().every(4), 0), [4, 8]);
    assert_eq!(met(create().after(8), 0), [9, 10]);
    assert_eq!(met(create().times(2), 0), [1, 2]);
    assert_eq!(met(create().every(2).times(2), 0), [2, 4]);
    assert_eq!(met(Fault::at(Endpoint::Quota), 0), [0; 0]);
}

#[test]
fn the_same_seed_and_requests_meet_the_same_faults() {
    let by_luck = || Fault::at(Endpoint::Create).with_probability(0.5);
    assert_eq!(met(by_luck(), 7), met(by_luck(), 7));
    assert_ne!(met(by_luck(), 7), met(by_luck(), 8));
}

#[test]
fn both_token_endpoints_are_one_place() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![Fault::at(Endpoint::Token).nth(2).answering(Kind::Errcode(-1))];
    });
    platform.token();
    platform.stable_token(false).refused(-1, "system error");
    platform.stable_token(false).access_token();
}

#[test]
fn a_fault_is_for_one_scene_and_its_picture() {
    let platform = Platform::with(|settings| {
        settings.faults = vec![
            Fault::at(Endpoint::Create).scene("shop-7").times(1).answering(Kind::Errcode(-1)),
            Fault::at(Endpoint::Picture).scene(8).nth(2).answering(Kind::Empty),
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
        settings.faults = Endpoint::ALL
            .map(|endpoint| Fault::at(endpoint).appid("wx2").answering(Kind::status(500)))
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
    for endpoint in [Endpoint::Create, Endpoint::Picture] {
        let fault = Fault::at(endpoint).appid("wx2").answering(Kind::status(500));
        platform.emulator().add_fault(fault).expect("a fault");
    }
    assert_eq!(platform.post(&create, &temporary(&json!(7))).status, 500);
    assert_eq!(platform.get(&path(&ticket)).status, 500);
}
