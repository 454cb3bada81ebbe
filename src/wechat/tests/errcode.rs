//! Each row of the platform's table, and what is read out of its messages.

use proptest::prelude::*;

use super::*;
use crate::model::{AccountName, AppIdSource, SecretSource};

fn owner() -> Owner {
    let appid = AppId::new("wx12").expect("an appid");
    let secret = SecretSource::Variable("WECHAT_SECRET".to_owned());
    let account = Account::new(AccountName::default(), AppIdSource::Literal(appid.clone()), secret);
    Owner::new(&account, &appid)
}

fn issue(errcode: i64, said: &str) -> (Class, String) {
    judge(errcode, said, Asked::of(Stage::Issue), &owner())
}

/// (code, class, what its words must tell)
const ROWS: [(i64, Class, &str); 33] = [
    (-1, BUSY, "busy"),
    (40001, Class::AccessToken, "access token"),
    (40014, Class::AccessToken, "access token"),
    (42001, Class::AccessToken, "expired"),
    (40013, Class::AccountRefused, "the appid wx12 of account default: check its `appid` in accounts.yaml"),
    (40125, Class::AccountRefused, "check the variable WECHAT_SECRET"),
    (41002, Class::AccountRefused, "`appid` in accounts.yaml"),
    (41004, Class::AccountRefused, "WECHAT_SECRET"),
    (40164, Class::AccountRefused, "IP allow-list"),
    (40243, Class::AccountRefused, "frozen"),
    (89501, Class::AccountRefused, "administrator"),
    (89503, Class::AccountRefused, "administrator"),
    (89506, Class::AccountRefused, "24 hours"),
    (89507, Class::AccountRefused, "an hour"),
    (41001, Class::Defect, "report"),
    (43001, Class::Defect, "report"),
    (43002, Class::Defect, "report"),
    (43003, Class::Defect, "report"),
    (47001, Class::Defect, "report"),
    (40033, Class::Defect, "report"),
    (76003, Class::Defect, "report"),
    (40052, Class::CodeRejected, "action name"),
    (40053, Class::CodeRejected, "action info"),
    (45009, Class::DailyQuota, "tomorrow"),
    (45011, Class::MinuteQuota, "this minute"),
    (45029, Class::PermanentPool, "100,000 permanent codes"),
    (48001, Class::AccountRefused, "verified service accounts"),
    (48004, Class::AccountRefused, "banned"),
    (50002, Class::AccountRefused, "frozen"),
    (61003, Class::AccountRefused, "third-party"),
    (61004, Class::AccountRefused, "third-party"),
    (61007, Class::AccountRefused, "third-party"),
    (99999, Class::Unknown, "not known"),
];

#[test]
fn each_code_has_its_class_and_says_what_to_do() {
    for (errcode, class, needed) in ROWS {
        let (found, message) = issue(errcode, "");
        assert_eq!(found, class, "{errcode}");
        assert!(message.contains(needed), "{errcode}: {message}");
        assert!(!message.contains(['{', '}']), "{errcode}: {message}");
    }
    for (errcode, _, _) in TABLE {
        assert!(ROWS.iter().any(|(code, _, _)| code == errcode), "{errcode} has no row in this test");
    }
}

#[test]
fn a_used_up_pool_is_no_reason_to_make_a_temporary_code_temporary() {
    let (class, message) = judge(45029, "", Asked { stage: Stage::Issue, is_temporary: true }, &owner());
    assert_eq!(class, Class::CodeRejected, "no other code is affected");
    assert!(message.ends_with(
        "but this code is temporary: run again later, and if it goes on ask the platform's support"
    ));
    assert!(issue(45029, "").1.ends_with("make this code temporary"));
}

#[test]
fn the_platforms_own_words_follow() {
    assert_eq!(
        issue(40053, "invalid action info").1,
        "the platform refuses the scene or its form (action info); the platform says: invalid action info"
    );
    assert!(issue(12345, "new trouble").1.ends_with("not known; the platform says: new trouble"));
}

#[test]
fn the_refused_ip_is_read_out_of_the_message() {
    for (said, ip) in [
        ("invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist", "203.0.113.7"),
        ("invalid ip 203.0.113.7, not in whitelist", "203.0.113.7"),
        ("not in whitelist: 203.0.113.7.", "203.0.113.7"),
        ("invalid ip 2001:db8::7, not in whitelist", "2001:db8::7"),
        ("not in whitelist", "of this machine"),
    ] {
        let (_, message) = issue(40164, said);
        assert!(message.starts_with(&format!("the IP {ip} may not call")), "{message}");
    }
}

#[test]
fn without_an_access_token_no_error_is_one_codes_own() {
    let token = |errcode| judge(errcode, "", Asked::of(Stage::Token), &owner());
    for errcode in [40052, 40053, 45029, 99999] {
        assert_eq!(token(errcode).0, Class::AccountRefused, "{errcode}");
    }
    assert_eq!(token(45009).0, Class::MinuteQuota, "also used for the minute's limit");
    assert_eq!(token(40001).0, Class::AccessToken);
    assert!(token(40001).1.contains("check the variable WECHAT_SECRET"));
    assert_eq!(token(-1).0, BUSY);
}

#[test]
fn a_pictures_error_never_stops_the_account() {
    for (errcode, _, _) in ROWS {
        let expected = match errcode {
            -1 => BUSY,
            45011 => Class::MinuteQuota,
            _ => Class::PictureRejected,
        };
        assert_eq!(judge(errcode, "", Asked::of(Stage::Fetch), &owner()).0, expected, "{errcode}");
    }
}

#[test]
fn rid_and_hint_are_shown_apart_from_the_message() {
    for (errmsg, expected, rest) in [
        (
            "invalid credential rid: 6aac005a-01bfdbee-79769285",
            Some("6aac005a-01bfdbee-79769285"),
            "invalid credential",
        ),
        (
            "invalid ip 1.2.3.4, not in whitelist, rid: 6aac-1.",
            Some("6aac-1"),
            "invalid ip 1.2.3.4, not in whitelist .",
        ),
        ("rid:6aac-1 came first", Some("6aac-1"), "came first"),
        ("bad hint: [Qv0xYa0123sz43]", Some("Qv0xYa0123sz43"), "bad"),
        ("bad hint: [req_id: AbC d ]", Some("req_id: AbC d"), "bad"),
        ("bad hint: [open", Some("open"), "bad"),
        ("bad hint: []", None, "bad"),
        ("a grid: 7", None, "a grid: 7"),
        ("rid: ", None, ""),
        ("all well", None, "all well"),
        ("", None, ""),
    ] {
        let (said, rid) = split_rid(errmsg);
        assert_eq!((said.as_str(), rid.as_deref()), (rest, expected), "{errmsg}");
    }
    assert_eq!(split_rid(&format!("rid: {}", "a".repeat(1000))).1.map(|rid| rid.len()), Some(64));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_message_makes_it_panic(
        errcode in prop_oneof![any::<i64>(), proptest::sample::select(ROWS.map(|row| row.0).to_vec())],
        errmsg in prop_oneof![".*", "(店|rid:|hint: \\[|[0-9a-f.:-]{0,12}|\\]| ){0,8}"],
    ) {
        let (said, rid) = split_rid(&errmsg);
        prop_assert!(rid.is_none_or(|rid| !rid.is_empty() && rid.chars().count() <= 64));
        for stage in [Stage::Token, Stage::Issue, Stage::Fetch] {
            judge(errcode, &said, Asked::of(stage), &owner());
        }
    }
}
