//! Every fault at every stage, as a table: one row a fault, one column a stage.

use std::fmt::Write;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use scenepress::emulator::{Endpoint, Kind, RetryAfter};

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

fn faults() -> Vec<(String, Kind)> {
    let mut faults: Vec<(String, Kind)> =
        ERRCODES.iter().map(|errcode| (format!("errcode {errcode}"), Kind::Errcode(*errcode))).collect();
    let status =
        |status, retry_after, body: &str| Kind::Status { status, retry_after, body: Some(body.to_owned()) };
    let html = "<html><body>502 Bad Gateway</body></html>";
    let further = [
        ("errcode \"40001\" as text", Kind::ErrcodeAsText(40001)),
        ("errcode \"-1\" as text", Kind::ErrcodeAsText(-1)),
        ("HTTP 400", status(400, None, "")),
        ("HTTP 403 of a firewall", status(403, None, "<html>blocked</html>")),
        ("HTTP 404", status(404, None, "")),
        ("HTTP 429", status(429, None, "")),
        ("HTTP 429, Retry-After 30", status(429, Some(RetryAfter::Seconds(30)), "")),
        ("HTTP 429, Retry-After a day", status(429, Some(RetryAfter::Seconds(86_400)), "")),
        ("HTTP 500", status(500, None, "")),
        ("HTTP 502, HTML", status(502, None, html)),
        ("HTTP 503, Retry-After a date", status(503, Some(RetryAfter::Date(10)), "")),
        ("HTTP 504", status(504, None, "")),
        ("HTML with HTTP 200", Kind::Html),
        ("nothing with HTTP 200", Kind::Empty),
        ("cut to half", Kind::Cut),
        ("malformed JSON", Kind::Malformed),
        ("text/plain", Kind::PlainText),
        ("wrong Content-Length", Kind::ShortBy(10)),
        ("reset before the work", Kind::ResetBefore),
        ("reset after the work", Kind::ResetAfter),
        ("no answer for ever, no work", Kind::HangBefore),
        ("no answer for ever, after the work", Kind::HangAfter),
        ("5 s late", Kind::Delay(Duration::from_secs(5))),
        ("30 s late", Kind::Delay(Duration::from_secs(30))),
        ("slow, 10 s", Kind::Slow { bytes: 100, every: Duration::from_millis(100) }),
        ("slow, for ever", Kind::Slow { bytes: 1, every: Duration::from_secs(30) }),
        ("another code's picture", Kind::OtherPicture),
        ("a PNG", Kind::Png),
        ("text as a picture", Kind::Text),
        ("another code's url", Kind::OtherUrl),
        ("no url", Kind::NoUrl),
        ("the access token expires", Kind::AccessTokenExpired),
        ("the access token is superseded", Kind::AccessTokenSuperseded),
    ];
    faults.extend(further.into_iter().map(|(name, kind)| (name.to_owned(), kind)));
    faults
}

async fn cell(stage: Endpoint, kind: &Kind) -> String {
    if !kind.endpoints().contains(&stage) {
        return "–".to_owned();
    }
    let once = outcome(stage, Times::Once, kind.clone()).await;
    let always = outcome(stage, Times::Always, kind.clone()).await;
    if once == always { once } else { format!("{once} / {always}") }
}

/// A column, each of its cells on a simulated clock of its own. A cell that breaks a promise says which.
fn column(stage: Endpoint) -> Vec<String> {
    let simulated = |kind: &Kind| {
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
        let running = Endpoint::ALL.map(|stage| scope.spawn(move || column(stage)));
        running.into_iter().map(|column| column.join().expect("a column")).collect()
    });
    let mut table = "| Fault |".to_owned();
    for stage in Endpoint::ALL {
        write!(table, " {} |", stage.name()).expect("text");
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
    println!(
        "{table}\n{} faults at {} stages survived in {cells} cells",
        faults().len(),
        Endpoint::ALL.len()
    );
    if let Some(path) = std::env::var_os("SCENEPRESS_TEST_TABLE") {
        std::fs::write(path, &table).expect("a file");
    }
    assert_eq!(table, TABLE);
}
