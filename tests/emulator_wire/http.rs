//! Methods, bounds, counters, and the emulator's own life.

use std::net::TcpStream;

use serde_json::json;

use super::platform::{Platform, permanent, temporary};

#[test]
fn a_wrong_method_is_refused() {
    let platform = Platform::start();
    platform.post("/cgi-bin/token", &json!({})).refused(43001, "require GET method");
    for path in ["stable_token", "qrcode/create", "openapi/quota/get", "clear_quota", "clear_quota/v2"] {
        platform.get(&format!("/cgi-bin/{path}")).refused(43002, "require POST method");
    }
    assert_eq!(platform.send("HEAD /cgi-bin/showqrcode?ticket=x", b"").status, 405);
}

#[test]
fn a_request_that_is_too_large_is_refused() {
    let platform = Platform::start();
    let path = format!("/cgi-bin/qrcode/create?access_token={}", platform.stable_token(false).access_token());
    platform
        .send(&format!("POST {path}"), &vec![b' '; 65 * 1024])
        .refused(45002, "content size out of limit");
    assert_eq!(platform.get(&format!("/cgi-bin/token?appid={}", "a".repeat(9000))).status, 414);
}

#[test]
fn an_unknown_path_is_404() {
    let platform = Platform::start();
    for path in ["/", "/cgi-bin/user/get", "/cgi-bin/token/"] {
        assert_eq!(platform.get(path).status, 404, "{path}");
    }
    assert_eq!(platform.counters().requests.unknown, 3);
}

#[test]
fn two_emulators_with_one_seed_and_one_clock_answer_alike() {
    let answers = [(); 2].map(|()| {
        let platform = Platform::with(|settings| settings.seed = 7);
        [platform.create(&temporary(&json!(1))).body, platform.create(&permanent("a")).body]
    });
    assert_eq!(answers[0], answers[1]);
    let other = Platform::with(|settings| settings.seed = 8);
    assert_ne!(other.create(&temporary(&json!(1))).body, answers[0][0]);
}

#[test]
fn a_stopped_emulator_takes_no_more_connections() {
    let mut platform = Platform::start();
    let url = platform.emulator().url();
    platform.stop();
    assert!(TcpStream::connect(url.strip_prefix("http://").expect("http")).is_err());
}
