//! Every fault at every stage, as a table: one row a fault, one column a stage.

use std::fmt::Write;
use std::panic::AssertUnwindSafe;

use scenepress::emulator::read_faults;

use crate::cell::{Times, outcome};

/// The table as it should be. A cell holds what a fault comes to that meets one request, and after the stroke one
/// that meets each.
///
/// - `done +1`: all codes are bundled, one request was made again; `+n`: also those that were in flight with it
/// - `exit 3: 2 asked, 1 failed`: requests at that stage until the run gave up, and codes that failed;
///   `none twice`: no code was asked for twice; `retried`: within each request's budget and three minutes
/// - `shown`, `not shown`: the quota in `plan --quota`
///
/// After each of them a good night finished the rest, with every code bundled, no permanent code made twice, every
/// call counted, and no secret shown.
const TABLE: &str = include_str!("faults.md");

/// The platform's error codes that the reference of the platform lists.
const ERRCODES: &[i64] = &[
    -1, 40001, 40014, 42001, 40013, 40125, 41002, 41004, 40164, 40243, 89501, 89503, 89506, 89507, 41001,
    43001, 43002, 43003, 47001, 40033, 40052, 40053, 45009, 45011, 45029, 48001, 48004, 50002, 61003, 61004,
    61007, 99999,
];

const STAGES: [&str; 4] = ["token", "create", "picture", "quota"];

/// The name of each fault, and its keys.
fn faults() -> Vec<(String, String)> {
    let mut faults: Vec<(String, String)> = ERRCODES
        .iter()
        .map(|errcode| (format!("errcode {errcode}"), format!("errcode: {errcode}")))
        .collect();
    let further = [
        ("errcode \"40001\" as text", "errcode_as_text: 40001"),
        ("errcode \"-1\" as text", "errcode_as_text: -1"),
        ("HTTP 400", "status: 400, body: ''"),
        ("HTTP 403 of a firewall", "status: 403, body: <html>blocked</html>"),
        ("HTTP 404", "status: 404, body: ''"),
        ("HTTP 429", "status: 429, body: ''"),
        ("HTTP 429, Retry-After 30", "status: 429, retry_after: 30, body: ''"),
        ("HTTP 429, Retry-After a day", "status: 429, retry_after: 86400, body: ''"),
        ("HTTP 500", "status: 500, body: ''"),
        ("HTTP 502, HTML", "status: 502, body: <html><body>502 Bad Gateway</body></html>"),
        ("HTTP 503, Retry-After a date", "status: 503, retry_after_date: 10, body: ''"),
        ("HTTP 504", "status: 504, body: ''"),
        ("HTML with HTTP 200", "answer: html"),
        ("nothing with HTTP 200", "answer: empty"),
        ("cut to half", "answer: cut"),
        ("malformed JSON", "answer: malformed"),
        ("text/plain", "answer: plain_text"),
        ("wrong Content-Length", "short_by: 10"),
        ("reset before the work", "reset: before"),
        ("reset after the work", "reset: after"),
        ("no answer for ever, no work", "hang: before"),
        ("no answer for ever, after the work", "hang: after"),
        ("5 s late", "delay_ms: 5000"),
        ("30 s late", "delay_ms: 30000"),
        ("slow, 10 s", "slow: 100, every_ms: 100"),
        ("slow, for ever", "slow: 1, every_ms: 30000"),
        ("another code's picture", "answer: other_picture"),
        ("a PNG", "answer: png"),
        ("text as a picture", "answer: text"),
        ("another code's url", "answer: other_url"),
        ("no url", "answer: no_url"),
        ("the access token expires", "access_token: expired"),
        ("the access token is superseded", "access_token: superseded"),
    ];
    faults.extend(further.into_iter().map(|(name, keys)| (name.to_owned(), keys.to_owned())));
    faults
}

async fn cell(stage: &str, kind: &str) -> String {
    if let Err(error) = read_faults(&format!("{{at: {stage}, {kind}}}")) {
        assert!(error.message.contains("has no meaning at"), "{error}");
        return "–".to_owned();
    }
    let once = outcome(stage, Times::Once, kind).await;
    let always = outcome(stage, Times::Always, kind).await;
    if once == always { once } else { format!("{once} / {always}") }
}

/// A column, each of its cells on a simulated clock of its own. A cell that breaks a promise says which.
fn column(stage: &str) -> Vec<String> {
    let simulated = |kind: &str| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        let cell = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(cell(stage, kind))));
        cell.unwrap_or_else(|broken| match broken.downcast::<String>() {
            Ok(words) => format!("BROKEN {words}").replace('\n', " "),
            Err(_) => "BROKEN".to_owned(),
        })
    };
    faults().iter().map(|(_, kind)| simulated(kind)).collect()
}

#[test]
fn every_fault_at_every_stage_ends_as_the_table_says_and_the_next_night_makes_it_good() {
    let columns: Vec<Vec<String>> = std::thread::scope(|scope| {
        let running = STAGES.map(|stage| scope.spawn(move || column(stage)));
        running.into_iter().map(|column| column.join().expect("a column")).collect()
    });
    let mut table = "| Fault |".to_owned();
    for stage in STAGES {
        write!(table, " {stage} |").expect("text");
    }
    table += "\n|---|---|---|---|---|\n";
    for (row, (name, _)) in faults().iter().enumerate() {
        write!(table, "| {name} |").expect("text");
        for column in &columns {
            write!(table, " {} |", column[row]).expect("text");
        }
        table += "\n";
    }
    let cells = columns.iter().flatten().filter(|cell| *cell != "–").count();
    println!("{table}\n{} faults at {} stages survived in {cells} cells", faults().len(), STAGES.len());
    if let Some(path) = std::env::var_os("SCENEPRESS_TEST_TABLE") {
        std::fs::write(path, &table).expect("a file");
    }
    assert_eq!(table, TABLE);
}
