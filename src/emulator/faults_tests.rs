use serde_json::{Value, json};

use super::*;

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
- {at: create, date_off: -28800}
- {at: create, access_token: expired}
- {at: create, access_token: superseded}
";

fn fault(text: &str) -> Fault {
    read_faults(text).expect("a fault").remove(0)
}

fn request(endpoint: Endpoint, scene: Option<&str>, appid: &str) -> LoggedRequest {
    LoggedRequest {
        number: 0,
        at: Timestamp::UNIX_EPOCH,
        endpoint,
        scene: scene.map(str::to_owned),
        ticket: None,
        appid: Some(appid.to_owned()),
        fault: None,
        status: None,
        errcode: None,
    }
}

/// The numbers from 1 to 10 that a fault with these conditions meets.
fn met(conditions: &str) -> Vec<u64> {
    met_of(10, 7, conditions)
}

fn met_of(requests: u64, seed: u64, conditions: &str) -> Vec<u64> {
    let mut faults = Faults::new(seed);
    faults.add(fault(&format!("{{at: create, answer: html, {conditions}}}")));
    let asked = request(Endpoint::Create, None, "wx1");
    (1..=requests).filter(|_| faults.meet(&asked, 0).is_some()).collect()
}

#[test]
fn a_fault_is_shown_as_it_is_written() {
    let faults = read_faults(ALL).expect("faults");
    assert_eq!(faults.len(), ALL.lines().count());
    let documents: Vec<Value> = faults.iter().map(|fault| Value::Object(fault.document())).collect();
    assert_eq!(read_faults(&Value::from(documents.clone()).to_string()), Ok(faults));
    for (document, line) in documents.iter().zip(ALL.lines()) {
        let keys = document.as_object().expect("an object");
        assert_eq!(keys.len(), line.matches(": ").count(), "{line}");
    }
    assert_eq!(
        documents[0],
        json!({"at": "create", "nth": 3, "scene": "shop-7", "appid": "wx1", "times": 2, "errcode": 45011})
    );
    assert_eq!(documents[1]["scene"], "3001", "as scan events have it");
    assert_eq!(
        read_faults(r#"{"at": "create", "scene": 3001, "errcode": -1}"#).map(|faults| faults.len()),
        Ok(1)
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
    for (text, line, words) in [
        (
            "- at: create\n  nht: 3\n  answer: cut\n",
            2,
            "unknown field `nht`|at, nth, every, after|delay_ms, short_by, date_off, access_token",
        ),
        ("- answer: cut\n", 1, "missing field|at"),
        ("- at: codes\n  answer: cut\n", 1, "unknown variant `codes`|token, create, picture, quota"),
        ("- at: unknown\n  answer: cut\n", 1, "unknown variant `unknown`"),
        (
            "- at: create\n",
            1,
            "a fault does one thing, one of: errcode, errcode_as_text, status, answer, reset, hang, slow, delay_ms, \
             short_by, date_off, access_token",
        ),
        (
            "- at: create\n  answer: cut\n- at: create\n  answer: cut\n  reset: after\n",
            3,
            "a fault does one thing",
        ),
        (
            "- at: create\n  answer: torn\n",
            2,
            "unknown variant `torn`|html, cut, malformed, plain_text, empty, other_picture, png, text, other_url, no_url",
        ),
        ("- at: create\n  reset: 1\n", 2, "unknown variant `1`|before, after"),
        ("- at: create\n  nth: 0\n  answer: cut\n", 2, ""),
        ("- at: create\n  every: 0\n  answer: cut\n", 2, ""),
        ("- at: create\n  slow: 0\n  every_ms: 1\n", 2, ""),
        ("- at: create\n  short_by: 0\n", 2, ""),
        ("- at: create\n  status: 99\n", 1, "`status` is a whole number from 200 to 599"),
        ("- at: create\n  probability: 2\n  answer: cut\n", 1, "`probability` is a number from 0 to 1"),
        ("- at: create\n  probability: .nan\n  answer: cut\n", 1, "`probability` is a number from 0 to 1"),
        ("- at: create\n  errcode: many\n", 2, ""),
        ("- at: create\n  scene: [1]\n  answer: cut\n", 2, ""),
        ("- at: create\n  answer: cut\n  body: x\n", 1, "`body` goes with `status`, which is not there"),
        ("- at: create\n  slow: 10\n", 1, "`slow` needs `every_ms`: milliseconds between two pieces"),
        (
            "- at: create\n  answer: png\n",
            1,
            r#"this fault has no meaning at "create": it can be at ["picture"]"#,
        ),
        ("at: create\n", 1, ""),
        ("- create\n", 1, ""),
        ("- at: create\n  at: token\n", 2, ""),
        ("- {at: [\n", 1, ""),
    ] {
        let error = read_faults(text).expect_err(text);
        assert_eq!(error.line, line, "{text}: {error}");
        let is_told =
            words.split('|').all(|words| error.message.replace('`', "").contains(&words.replace('`', "")));
        assert!(is_told, "{text}: {error}");
    }
}

#[test]
fn the_faults_that_the_documentation_shows_can_be_read() {
    for chapter in
        [include_str!("../../docs/src/rehearsal.md"), include_str!("../../docs/src/zh/rehearsal.md")]
    {
        let shown =
            chapter.split("```text\n# faults.yaml\n").nth(1).and_then(|rest| rest.split("```").next());
        let faults = read_faults(shown.expect("a block")).expect("faults");
        assert_eq!(faults.len(), 4);
    }
}

#[test]
fn requests_are_met_by_their_number() {
    assert_eq!(met(""), (1..=10).collect::<Vec<u64>>());
    assert_eq!(met("nth: 3"), [3]);
    assert_eq!(met("every: 4"), [4, 8]);
    assert_eq!(met("after: 8"), [9, 10]);
    assert_eq!(met("after: 5, every: 2"), [6, 8, 10]);
    assert_eq!(met("probability: 0"), [0; 0]);
    assert_eq!(met("probability: 1"), (1..=10).collect::<Vec<u64>>());
}

#[test]
fn requests_are_met_from_a_moment_on() {
    let asked = request(Endpoint::Create, None, "wx1");
    let is_met = |age| {
        let mut faults = Faults::new(0);
        faults.add(fault("{at: create, from: 60, answer: html}"));
        faults.meet(&asked, age).is_some()
    };
    assert_eq!([-1, 0, 59, 60, 61].map(is_met), [false, false, false, true, true]);
}

#[test]
fn a_probability_is_kept_and_follows_from_the_seed() {
    let met = |seed| met_of(10_000, seed, "probability: 0.2");
    assert!((1900..2100).contains(&met(1).len()));
    assert_eq!(met(1), met(1));
    assert_ne!(met(1), met(2));
}

#[test]
fn the_first_fault_that_meets_a_request_wins_and_all_count_it() {
    let mut faults = Faults::new(0);
    faults.add(fault("{at: create, nth: 2, answer: html}"));
    faults.add(fault("{at: create, every: 2, times: 2, answer: empty}"));
    let asked = request(Endpoint::Create, Some("1"), "wx1");
    let met: Vec<_> = (0..8).map(|_| faults.meet(&asked, 0).map(|(number, _)| number)).collect();
    assert_eq!(met, [None, Some(1), None, Some(2), None, Some(2), None, None]);
    assert!(faults.list.iter().all(|watch| watch.seen == 8));
}

#[test]
fn a_fault_is_for_its_endpoint_scene_and_account_only() {
    let mut faults = Faults::new(0);
    faults.add(fault("{at: picture, scene: 7, appid: wx1, nth: 1, answer: cut}"));
    for other in [
        request(Endpoint::Create, Some("7"), "wx1"),
        request(Endpoint::Picture, Some("8"), "wx1"),
        request(Endpoint::Picture, Some("7"), "wx2"),
        request(Endpoint::Picture, None, "wx1"),
    ] {
        assert_eq!(faults.meet(&other, 0), None);
    }
    let met = faults.meet(&request(Endpoint::Picture, Some("7"), "wx1"), 0);
    assert_eq!(met.map(|(number, _)| number), Some(1));
}
