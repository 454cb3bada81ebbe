use std::time::Duration;

use serde_json::{Value, json};

use super::file::read_faults;
use super::{Endpoint, Fault, Kind, RetryAfter};

/// Every key and word, as the documentation has them.
const ALL: &str = "\
- {at: create, nth: 3, scene: shop-7, appid: wx1, times: 2, errcode: 45011}
- {at: create, every: 10, scene: 3001, errcode: -1, errmsg: busy}
- {at: token, after: 5, errcode_as_text: 40001}
- {at: picture, probability: 0.25, status: 503, retry_after: 30, body: slow down}
- {at: quota, from: 60, status: 429, retry_after_date: 60}
- {at: create, answer: html}
- {at: create, answer: cut}
- {at: create, answer: malformed}
- {at: create, answer: plain_text}
- {at: create, answer: empty}
- {at: picture, answer: other_picture}
- {at: picture, answer: png}
- {at: picture, answer: text}
- {at: create, answer: other_url}
- {at: create, answer: no_url}
- {at: create, reset: before}
- {at: create, reset: after}
- {at: create, hang: before}
- {at: create, hang: after}
- {at: create, slow: 10, every_ms: 50}
- {at: create, delay_ms: 1500}
- {at: create, short_by: 10}
- {at: create, access_token: expired}
- {at: create, access_token: superseded}
";

fn expected() -> Vec<Fault> {
    let create = || Fault::at(Endpoint::Create);
    let picture = || Fault::at(Endpoint::Picture);
    let mut faults = vec![
        create().nth(3).scene("shop-7").appid("wx1").times(2).answering(Kind::Errcode(45011)),
        create().every(10).scene(3001).answering(Kind::ErrcodeWith(-1, "busy".into())),
        Fault::at(Endpoint::Token).after(5).answering(Kind::ErrcodeAsText(40001)),
        picture().with_probability(0.25).answering(Kind::Status {
            status: 503,
            retry_after: Some(RetryAfter::Seconds(30)),
            body: Some("slow down".into()),
        }),
        Fault::at(Endpoint::Quota).from(60).answering(Kind::Status {
            status: 429,
            retry_after: Some(RetryAfter::Date(60)),
            body: None,
        }),
    ];
    let to_create = [Kind::Html, Kind::Cut, Kind::Malformed, Kind::PlainText, Kind::Empty];
    faults.extend(to_create.map(|kind| create().answering(kind)));
    faults.extend([Kind::OtherPicture, Kind::Png, Kind::Text].map(|kind| picture().answering(kind)));
    let to_create = [
        Kind::OtherUrl,
        Kind::NoUrl,
        Kind::ResetBefore,
        Kind::ResetAfter,
        Kind::HangBefore,
        Kind::HangAfter,
        Kind::Slow { bytes: 10, every: Duration::from_millis(50) },
        Kind::Delay(Duration::from_millis(1500)),
        Kind::ShortBy(10),
        Kind::AccessTokenExpired,
        Kind::AccessTokenSuperseded,
    ];
    faults.extend(to_create.map(|kind| create().answering(kind)));
    faults
}

#[test]
fn a_file_says_all_that_can_be_built() {
    assert_eq!(read_faults(ALL), Ok(expected()));
}

#[test]
fn a_fault_is_shown_as_it_is_written() {
    let documents: Vec<Value> = expected().iter().map(|fault| Value::Object(fault.document())).collect();
    assert_eq!(read_faults(&Value::from(documents.clone()).to_string()), Ok(expected()));
    assert_eq!(
        documents[0],
        json!({"at": "create", "nth": 3, "scene": "shop-7", "appid": "wx1", "times": 2, "errcode": 45011})
    );
}

#[test]
fn one_fault_needs_no_list_and_none_needs_nothing() {
    assert_eq!(read_faults(r#"{"at": "create", "answer": "html"}"#).map(|faults| faults.len()), Ok(1));
    for none in ["", "# nothing\n", "[]"] {
        assert_eq!(read_faults(none), Ok(Vec::new()), "{none}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_is_allowed() {
    for (text, expected) in [
        (
            "- at: create\n  nht: 3\n  answer: cut\n",
            "line 2: unknown key `nht`: a fault has at; nth, every, after, probability, from; scene, appid, times; \
             errcode, errcode_as_text, status, answer, reset, hang, slow, delay_ms, short_by, access_token; errmsg, \
             retry_after, retry_after_date, body, every_ms",
        ),
        ("- answer: cut\n", "line 1: a fault needs `at`: token, create, picture or quota"),
        (
            "- at: codes\n  answer: cut\n",
            "line 1: `at` is \"codes\": it is one of token, create, picture, quota",
        ),
        (
            "- at: create\n",
            "line 1: a fault does one thing, one of: errcode, errcode_as_text, status, answer, reset, hang, slow, \
             delay_ms, short_by, access_token",
        ),
        (
            "- at: create\n  answer: cut\n- at: create\n  nth: 1\n  every: 2\n  answer: cut\n",
            "line 3: a fault meets requests in one way, at most one of: nth, every, after, probability, from",
        ),
        (
            "- at: create\n  answer: torn\n",
            "line 2: `answer` is \"torn\": it is one of html, cut, malformed, plain_text, empty, other_picture, png, \
             text, other_url, no_url",
        ),
        ("- at: create\n  reset: 1\n", "line 2: `reset` is 1: it is one of before, after"),
        ("- at: create\n  nth: 0\n  answer: cut\n", "line 2: `nth` is 0: it is a whole number from 1"),
        ("- at: create\n  status: 99\n", "line 2: `status` is 99: it is a whole number from 200 to 599"),
        (
            "- at: create\n  probability: 2\n  answer: cut\n",
            "line 2: `probability` is 2: it is a number from 0 to 1",
        ),
        (
            "- at: create\n  errcode: many\n",
            "line 2: `errcode` is \"many\": it is a whole number, such as 45009",
        ),
        (
            "- at: create\n  scene: [1]\n  answer: cut\n",
            "line 2: `scene` is [1]: it is a whole number or a text",
        ),
        (
            "- at: create\n  appid: 7\n  answer: cut\n",
            "line 2: `appid` is 7: it is a text (in quotes, where it looks like a number)",
        ),
        ("- at: create\n  answer: cut\n  body: x\n", "line 3: `body` goes with `status`, which is not there"),
        ("- at: create\n  slow: 10\n", "line 1: `slow` needs `every_ms`: milliseconds between two pieces"),
        (
            "- at: create\n  status: 503\n  retry_after: 1\n  retry_after_date: 1\n",
            "line 1: of `retry_after` and `retry_after_date` there can be one",
        ),
        (
            "- at: create\n  answer: png\n",
            "line 1: this fault has no meaning at `create`: it can be at picture",
        ),
    ] {
        assert_eq!(read_faults(text).map_err(|error| error.to_string()), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn what_is_no_list_of_faults_is_told() {
    for (text, line) in
        [("at: create\n", 1), ("- create\n", 1), ("- at: create\n  at: token\n", 2), ("- {at: [\n", 1)]
    {
        let error = read_faults(text).expect_err(text);
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.starts_with("this is no list of faults: "), "{error}");
    }
}

#[test]
fn the_faults_that_the_documentation_shows_can_be_read() {
    for chapter in
        [include_str!("../../../docs/src/rehearsal.md"), include_str!("../../../docs/src/zh/rehearsal.md")]
    {
        let shown =
            chapter.split("```text\n# faults.yaml\n").nth(1).and_then(|rest| rest.split("```").next());
        let faults = read_faults(shown.expect("a block")).expect("faults");
        assert_eq!(faults.len(), 4);
    }
}
