//! The control port.

use serde_json::{Value, json};

use super::platform::{CREDENTIAL, Platform, temporary};

fn error(text: &str) -> (u16, Value) {
    (400, json!({ "error": text }))
}

#[test]
fn the_counters_are_served_there_and_not_where_the_platform_is() {
    let platform = Platform::start();
    platform.create(&temporary(&json!(0))).field("ticket");
    platform.create(&json!({})).refused(40052, "invalid action name");
    let counters = platform.control().done("GET /counters", "");
    assert_eq!(counters["requests"]["stable_token"], 2);
    assert_eq!(counters["requests"]["create"], 2);
    assert_eq!(counters["temporary_codes"], 1);
    assert_eq!(counters["errors"], json!({"40052": 1}));
    assert_eq!(counters["distorted"][0]["event_scene"], 0);
    assert_eq!(counters, serde_json::to_value(platform.counters()).expect("JSON"));
    for path in ["/counters", "/faults", "/_emulator/counters"] {
        assert_eq!(platform.get(path).status, 404, "{path}");
    }
}

#[test]
fn faults_are_added_seen_and_taken_away() {
    let platform = Platform::start();
    let control = platform.control();
    let two = r#"[{"at": "create", "nth": 1, "errcode": -1}, {"at": "picture", "answer": "cut"}]"#;
    assert_eq!(control.done("POST /faults", two), json!({"added": [1, 2]}));
    assert_eq!(
        control.done("POST /faults", "- at: token\n  answer: html\n  after: 9\n"),
        json!({"added": [3]})
    );
    platform.create(&temporary(&json!(1))).refused(-1, "system error");
    platform.create(&temporary(&json!(1))).field("ticket");
    assert_eq!(
        control.done("GET /faults", ""),
        json!({"faults": [
            {"number": 1, "seen": 2, "applied": 1, "fault": {"at": "create", "nth": 1, "errcode": -1}},
            {"number": 2, "seen": 0, "applied": 0, "fault": {"at": "picture", "answer": "cut"}},
            {"number": 3, "seen": 2, "applied": 0, "fault": {"at": "token", "answer": "html", "after": 9}},
        ]})
    );
    let one = r#"{"at": "token", "answer": "html"}"#;
    assert_eq!(control.done("POST /faults", one), json!({"added": [4]}));
    assert_eq!(control.done("DELETE /faults/4", ""), json!({"removed": 1}));
    assert_eq!(control.done("DELETE /faults/2", ""), json!({"removed": 1}));
    assert_eq!(control.ask("DELETE /faults/2", ""), error("there is no fault 2"));
    assert_eq!(control.ask("DELETE /faults/all", ""), error("there is no fault all"));
    assert_eq!(control.done("DELETE /faults", ""), json!({"removed": 2}));
    assert_eq!(control.done("GET /faults", ""), json!({"faults": []}));
}

#[test]
fn a_fault_that_cannot_be_is_refused_and_none_is_added() {
    let platform = Platform::start();
    let control = platform.control();
    let second_is_wrong =
        "[{\"at\": \"create\", \"answer\": \"cut\"},\n{\"at\": \"create\", \"answer\": \"png\"}]";
    assert_eq!(
        control.ask("POST /faults", second_is_wrong),
        error("line 2: this fault has no meaning at \"create\": it can be at [\"picture\"]")
    );
    assert_eq!(control.done("GET /faults", ""), json!({"faults": []}));
}

#[test]
fn the_clock_is_moved() {
    let platform = Platform::start();
    let control = platform.control();
    let clock = |now: &str, advanced: i64, skew: i64| json!({"now": now, "advanced": advanced, "skew": skew});
    assert_eq!(control.done("GET /clock", ""), clock("2026-09-22T00:00:00Z", 0, 0));
    let held = platform.stable_token(false).access_token();
    assert_eq!(control.done("POST /clock", r#"{"advance": 7200}"#), clock("2026-09-22T02:00:00Z", 7200, 0));
    let path = format!("/cgi-bin/qrcode/create?access_token={held}");
    assert_eq!(platform.post(&path, &temporary(&json!(1))).json()["errcode"], 42001);
    assert_eq!(
        control.done("POST /clock", r#"{"advance": -3600, "skew": -1}"#),
        clock("2026-09-22T00:59:59Z", 3600, -1)
    );
    platform.post(&path, &temporary(&json!(1))).field("ticket");
    assert_eq!(
        control.done("POST /clock", r#"{"advance": 9223372036854775807}"#)["now"],
        "9999-12-30T22:00:00.999999999Z"
    );
}

#[test]
fn access_tokens_are_ended() {
    let platform = Platform::start();
    let control = platform.control();
    for (are, errcode, errmsg) in
        [("expired", 42001, "access_token expired"), ("superseded", 40001, CREDENTIAL)]
    {
        let path =
            format!("/cgi-bin/qrcode/create?access_token={}", platform.stable_token(false).access_token());
        let body = json!({"are": are, "appid": "wx1"}).to_string();
        assert_eq!(control.done("POST /access_tokens", &body), json!({"ended": 1}));
        platform.post(&path, &temporary(&json!(1))).refused(errcode, errmsg);
    }
    assert_eq!(control.done("POST /access_tokens", r#"{"are": "expired"}"#), json!({"ended": 0}));
}

#[test]
fn addresses_are_allowed_and_not() {
    let platform = Platform::start();
    let control = platform.control();
    let refused = "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist";
    assert_eq!(control.done("GET /allowed_ips", ""), json!({"everyone": true}));
    let change = |body: Value| control.done("POST /allowed_ips", &body.to_string());
    assert_eq!(
        change(json!({"add": ["203.0.113.7", "::1"]})),
        json!({"everyone": false, "allowed": ["203.0.113.7", "::1"]})
    );
    platform.stable_token(false).refused(40164, refused);
    assert_eq!(
        change(json!({"add": ["127.0.0.1"], "remove": ["::1"]})),
        json!({"everyone": false, "allowed": ["127.0.0.1", "203.0.113.7"]})
    );
    platform.stable_token(false).access_token();
    assert_eq!(
        change(json!({"remove": ["127.0.0.1", "203.0.113.7"]})),
        json!({"everyone": false, "allowed": []})
    );
    platform.stable_token(false).refused(40164, refused);
    assert_eq!(change(json!({"everyone": true})), json!({"everyone": true}));
    platform.stable_token(false).access_token();
}

#[test]
fn quotas_begin_anew() {
    let platform = Platform::with(|settings| (settings.daily_limit, settings.minute_limit) = (1, Some(1)));
    let control = platform.control();
    for body in ["", "{}", r#"{"appid": "wx1"}"#] {
        platform.create(&temporary(&json!(1))).field("ticket");
        platform.create(&temporary(&json!(1))).refused(45009, "reach max api daily quota limit");
        assert_eq!(control.done("POST /quotas/reset", body), json!({}));
    }
    platform.create(&temporary(&json!(1))).field("ticket");
}

#[test]
fn what_cannot_be_done_is_told_in_words() {
    let platform = Platform::start();
    let control = platform.control();
    for (head, body, expected) in [
        (
            "POST /clock",
            r#"{"forward": 1}"#,
            "the body cannot be read: unknown field `forward`, expected `advance` or `skew` at line 1 column 10",
        ),
        ("POST /clock", "", "the body cannot be read: EOF while parsing a value at line 1 column 0"),
        (
            "POST /access_tokens",
            r#"{"are": "gone"}"#,
            "the body cannot be read: unknown variant `gone`, expected `expired` or `superseded` at line 1 column 14",
        ),
        ("POST /access_tokens", r#"{"are": "expired", "appid": "wx9"}"#, "there is no account wx9"),
        ("POST /quotas/reset", r#"{"appid": "wx9"}"#, "there is no account wx9"),
        (
            "POST /allowed_ips",
            r#"{"add": ["all"]}"#,
            "the body cannot be read: invalid IP address syntax at line 1 column 14",
        ),
        ("GET /requests?after=last", "", "the only parameter is `after`, the number of a request"),
        ("GET /requests?from=1", "", "the only parameter is `after`, the number of a request"),
    ] {
        assert_eq!(control.ask(head, body), error(expected), "{head} {body}");
    }
    assert_eq!(
        control.ask("PUT /clock", ""),
        (
            404,
            json!({"error": "there is no PUT /clock: there are GET /counters, GET /requests, GET, POST and DELETE \
                    /faults, DELETE /faults/N, GET and POST /clock, POST /access_tokens, GET and POST /allowed_ips, \
                    POST /quotas/reset"})
        )
    );
}

#[test]
fn it_ends_with_the_emulator() {
    let mut platform = Platform::start();
    let control = platform.control();
    platform.stop();
    let address = control.0.strip_prefix("http://").expect("http").to_owned();
    // The listener is closed by a task of its own, which may come after the stop.
    let mut tries = 0;
    while std::net::TcpStream::connect(&address).is_ok() {
        tries += 1;
        assert!(tries < 10_000, "it still listens");
        std::thread::yield_now();
    }
}
