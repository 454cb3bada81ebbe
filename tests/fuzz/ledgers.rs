//! Ledgers that another program wrote into, or that a disk damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use rusqlite::types::Value;
use scenepress::campaign;
use scenepress::ledger::{
    BundleRecord, BundledRow, Entry, Find, Ledger, LedgerError, RunLock, Settlement, SqliteLedger,
    StoredArtifact,
};
use scenepress::model::*;
use scenepress::plan::{Expected, Plan, Retirement, Status, Wanted, WantedAccount, WantedCampaign};
use scenepress::view::{
    PlanTextOptions, StatusTextOptions, plan_json, plan_text, prometheus, status_json, status_text,
};
use tempfile::TempDir;

use super::support::Target;

fn now() -> Timestamp {
    "2026-11-22T07:04:05Z".parse().expect("an instant")
}

fn appid() -> AppId {
    AppId::new("wx0123456789abcdef").expect("an appid")
}

fn labels() -> Labels {
    let extras = Extras::new(["备注".into(), "b".into()].into(), ["=1+1".into(), "".into()]);
    Labels {
        channel: Channel::new("Exit").expect("a channel"),
        tags: [Tag::new("metro").expect("a tag")].into(),
        extras,
    }
}

/// A folder with a ledger that has a row in every table, and what campaign files would want of it.
struct Project {
    folder: TempDir,
    whole: PathBuf,
    wanted: Wanted,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("campaigns")).expect("a folder");
        let metro = "permanent_budget: 5\nuntil: 2026-12-24\ncodes:\n  - {scenes: 1..3, channel: A, expires: 30d}\n  \
                     - {scene: vip, channel: B, expires: never}\n";
        fs::write(folder.path().join("campaigns/metro.yaml"), metro).expect("written");
        let campaigns = campaign::read(&[folder.path().join("campaigns")]).folder.campaigns;
        assert_eq!(campaigns.len(), 1);
        let account = WantedAccount {
            appid: appid(),
            rate: Rate::DEFAULT,
            daily_quota: 100,
            permanents_used_elsewhere: 0,
            is_loopback: true,
        };
        let wanted = Wanted {
            campaigns: campaigns
                .into_iter()
                .map(|campaign| WantedCampaign { campaign, appid: appid(), selected: true })
                .collect(),
            accounts: BTreeMap::from([(AccountName::default(), account)]),
            retirement: Retirement::Folder,
            ..Wanted::default()
        };
        let whole = folder.path().join("whole.sqlite");
        let lock = RunLock::acquire(&whole, now()).expect("the lock");
        let mut ledger = SqliteLedger::open_write(&lock).expect("a ledger");
        fill(&mut ledger).expect("written");
        ledger.finish().expect("one file");
        Self { folder, whole, wanted }
    }

    /// A copy of the ledger for one input.
    fn copy(&self) -> PathBuf {
        let path = self.folder.path().join("ledger.sqlite");
        for ending in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.folder.path().join(format!("ledger.sqlite{ending}")));
        }
        fs::copy(&self.whole, &path).expect("a copy");
        path
    }
}

fn entries(key: CodeKey, number: u32, lifetime: Lifetime, at: Timestamp) -> [Entry; 2] {
    let dies = SignedDuration::from_secs(lifetime.seconds().into());
    let ticket = Ticket::new(&format!("ticket-{}-{number}", key.0)).expect("a ticket");
    let url = format!("http://weixin.qq.com/q/{}-{number}", key.0);
    let expires_at = (!lifetime.is_permanent()).then_some(at + dies);
    [
        Entry::Intent { key, generation: number, lifetime, at },
        Entry::Answer { key, generation: number, lifetime, created_at: at, expires_at, ticket, url },
    ]
}

fn fill(ledger: &mut SqliteLedger) -> Result<(), LedgerError> {
    let (appid, campaign, labels) = (appid(), CampaignName::new("metro").expect("a name"), labels());
    let scenes = [1, 2, 9].map(|id| Scene::id(id).expect("a scene"));
    let scenes: Vec<_> = scenes.into_iter().chain([Scene::text("vip").expect("a scene")]).collect();
    let place = |scene| Settlement::Place { appid: &appid, scene, campaign: &campaign, labels: &labels };
    ledger.settle(&mut scenes.iter().map(place), now())?;
    let month = Lifetime::Temporary(ExpireSeconds::MAX);
    for (key, lifetime) in [(1, month), (2, month), (4, Lifetime::Permanent)] {
        let key = CodeKey(key);
        ledger.record(&entries(key, 1, lifetime, now()), now())?;
        let picture = PictureFacts { digest: Digest::of(&key.0.to_le_bytes()), side: 430 };
        ledger.record(&[Entry::Picture { key, generation: 1, picture }], now())?;
    }
    ledger.record(&entries(CodeKey(1), 2, month, now()), now())?;
    let lost = Entry::Intent { key: CodeKey(3), generation: 1, lifetime: Lifetime::Permanent, at: now() };
    ledger.record(&[lost, Entry::Refusal { key: CodeKey(2), generation: 2, errcode: 45009 }], now())?;
    let bundle = BundleRecord {
        revision: 1,
        contents: Digest::of(b"contents"),
        zip: Digest::of(b"zip"),
        bytes: 1000,
        modified_at: now(),
        file_name: "metro.zip".to_owned(),
        handoffs: 0,
        names: PictureNames::Dated,
    };
    let digest = Digest::of(b"row");
    let row =
        |key| BundledRow { key: CodeKey(key), generation: 1, channel: &labels.channel, medium: None, digest };
    ledger.record_bundle(&campaign, &bundle, &mut [1, 2].into_iter().map(row), now())
}

/// Does with a ledger what the verbs do. Every answer is a value or a plain error.
fn use_ledger(path: &Path, wanted: &Wanted) {
    let plain = |error: LedgerError| {
        let said = error.to_string();
        assert!(!said.is_empty() && !said.chars().any(char::is_control), "{said:?}");
    };
    match SqliteLedger::open_read(path) {
        Err(error) => plain(error),
        Ok(None) => {}
        Ok(Some(ledger)) => read_ledger(&ledger, wanted).unwrap_or_else(plain),
    }
    let lock = RunLock::acquire(path, now()).expect("the lock");
    match SqliteLedger::open_write(&lock) {
        Err(error) => plain(error),
        Ok(mut ledger) => {
            write_ledger(&mut ledger).unwrap_or_else(plain);
            ledger.finish().unwrap_or_else(plain);
        }
    }
}

fn read_ledger(ledger: &SqliteLedger, wanted: &Wanted) -> Result<(), LedgerError> {
    let name = CampaignName::new("metro").expect("a name");
    let scene = Scene::text("vip").expect("a scene");
    let finds = [
        Find::Ticket("ticket-1-1".to_owned()),
        Find::Url("http://weixin.qq.com/q/4-1".to_owned()),
        Find::Picture(Digest::of(b"zip")),
        Find::Scene(scene),
    ];
    // One error does not hide the others' panics.
    let results = [
        ledger.campaigns().map(drop),
        ledger.bundle(&name).map(drop),
        ledger.bundled(&name, 2).map(drop),
        ledger.calls(&appid(), beijing_date(now())).map(drop),
        ledger.expired_pictures(now()).map(drop),
        ledger.artifacts(&appid(), &name).map(|artifacts| {
            for StoredArtifact { ticket, .. } in artifacts {
                let _ = TicketFacts::read(ticket.as_str());
            }
        }),
    ];
    for what in &finds {
        for found in ledger.find(what).into_iter().flatten() {
            let generation = found.issued.map(|issued| issued.generation);
            if let Some(generation) = &generation {
                assert_eq!(generation.expires_at.is_none(), generation.lifetime.is_permanent());
            }
            let instants = generation.map(|generation| (Some(generation.created_at), generation.expires_at));
            for instant in instants.into_iter().flat_map(|(created, expires)| [created, expires]).flatten() {
                assert!(!rfc3339(instant).is_empty() && !minute_text(instant).is_empty());
                assert!(!LastDay::new(instant, instant).compact().is_empty());
            }
        }
    }
    let history = ledger.history(&[appid()], beijing_date(now()))?;
    let path = Path::new("ledger.sqlite");
    for now in [now(), Timestamp::MIN, Timestamp::MAX] {
        let plan = Plan::make(wanted, &history, now);
        for all in [true, false] {
            plan_text(&plan, PlanTextOptions { ledger: path, color: false, all });
        }
        plan_json(&mut Vec::new(), Some(&plan), plan.now, &[]).expect("a vector takes everything");
        let status = Status::make(wanted, &history, &BTreeMap::new(), &BTreeMap::new(), now);
        let expected = Expected { max_age: Some(Duration::ZERO), min_left: Some(Duration::MAX) };
        let overdue = status.overdue(expected);
        prometheus(&status);
        status_text(&status, StatusTextOptions { overdue: &overdue, ledger: path, color: false });
        status_json(&mut Vec::new(), &status, &overdue).expect("a vector takes everything");
    }
    results.into_iter().collect()
}

fn write_ledger(ledger: &mut SqliteLedger) -> Result<(), LedgerError> {
    let (appid, campaign, labels) = (appid(), CampaignName::new("Metro").expect("a name"), labels());
    let scenes = [1, 77].map(|id| Scene::id(id).expect("a scene"));
    let place = |scene| Settlement::Place { appid: &appid, scene, campaign: &campaign, labels: &labels };
    let month = Lifetime::Temporary(ExpireSeconds::MAX);
    let results = [
        ledger.settle(&mut scenes.iter().map(place), now()),
        ledger.settle(&mut [Settlement::Retire { key: CodeKey(3) }].into_iter(), now()),
        ledger.record(&entries(CodeKey(1), 3, month, now()), now()),
        ledger.record(&entries(CodeKey(4), u32::MAX, Lifetime::Permanent, now()), now()),
        ledger.record(&[Entry::Refusal { key: CodeKey(3), generation: 1, errcode: i64::MIN }], now()),
        ledger.forget_pictures(&[Digest::of(&1i64.to_le_bytes())]),
    ];
    results.into_iter().collect()
}

/// Lets another program write. What it cannot write is as good as not written.
fn other_program(path: &Path, is_loose: bool, write: impl FnOnce(&Connection)) {
    let connection = Connection::open(path).expect("a database");
    let set = "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;";
    connection.execute_batch(set).expect("settings");
    if is_loose {
        let loosen = "PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(replace(replace(sql, 'STRICT, ', ''), 'STRICT', ''), 'NOT NULL', '');
            PRAGMA writable_schema = RESET;";
        connection.execute_batch(loosen).expect("a schema without types");
    }
    write(&connection);
}

#[test]
fn what_another_program_stored_on_purpose_is_an_error_or_a_value() {
    let project = Project::new();
    use_ledger(&project.copy(), &project.wanted);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/ledger");
    let mut statements = 0;
    for entry in fs::read_dir(folder).expect("stored inputs") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a stored input");
        for sql in text.lines().filter(|line| !line.starts_with("--") && !line.trim().is_empty()) {
            statements += 1;
            for is_loose in [false, true] {
                println!("{sql}");
                let path = project.copy();
                other_program(&path, is_loose, |connection| {
                    let error = connection.execute_batch(sql).err().map(|error| error.to_string());
                    // A rule may refuse it. A table or column of an older form would change nothing in silence.
                    assert!(
                        !error.is_some_and(|error| error.contains("no such")),
                        "not of today's form: {sql}"
                    );
                });
                use_ledger(&path, &project.wanted);
            }
        }
    }
    assert!(statements > 0);
}

/// A column, what is put there, which rows.
type Change = (u16, u8, i64, Vec<u8>, u8);

#[test]
fn what_another_program_stored_at_random_is_an_error_or_a_value() {
    let project = Project::new();
    let columns = columns(&project.whole);
    let number = |kind: u8, number: i64| match kind % 8 {
        0 => number,
        1 => number % 1000,
        2 => [i64::MIN, i64::MAX, -1, 0, 1][usize::from(number.to_le_bytes()[0]) % 5],
        3 => Timestamp::MAX.as_second() + number % 3,
        4 => Timestamp::MIN.as_second() + number % 3,
        5 => i64::from(u32::MAX) + number % 3,
        6 => i64::MAX - number.rem_euclid(100_000),
        _ => now().as_second() + number % 10_000_000,
    };
    let value = |kind: u8, integer: i64, bytes: &[u8]| match kind % 6 {
        0 => Value::Null,
        1 => Value::Blob(bytes.to_vec()),
        2 => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        3 => Value::Real(f64::from_bits(integer.cast_unsigned())),
        _ => Value::Integer(number(kind / 6, integer)),
    };
    bolero::check!()
        .with_iterations(100)
        .with_test_time(Duration::MAX)
        .with_shrink_time(Duration::from_secs(5))
        .with_type::<(bool, Vec<Change>)>()
        .for_each(|(is_loose, changes)| {
            let path = project.copy();
            other_program(&path, *is_loose, |connection| {
                for (column, kind, integer, bytes, rows) in changes.iter().take(6) {
                    let (table, column) = &columns[usize::from(*column) % columns.len()];
                    let rows = ["true", "abs(random()) % 2 = 0"][usize::from(rows % 2)];
                    let sql = format!("UPDATE OR IGNORE {table} SET {column} = ?1 WHERE {rows}");
                    let _ = connection.execute(&sql, [value(*kind, *integer, bytes)]);
                }
            });
            use_ledger(&path, &project.wanted);
        });
}

/// Every column of the ledger, with its table.
fn columns(path: &Path) -> Vec<(String, String)> {
    let connection = Connection::open(path).expect("a database");
    let sql =
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'";
    let mut statement = connection.prepare(sql).expect("SQL");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("a query");
    rows.collect::<Result<_, _>>().expect("rows")
}

#[test]
fn a_damaged_file_is_an_error_or_a_ledger() {
    let project = Project::new();
    let corpus = [("a whole ledger".to_owned(), fs::read(&project.whole).expect("a ledger"))];
    let words = &["\u{0}\u{0}\u{0}\u{0}", "SQLite format 3\u{0}", "\u{7f}", "CREATE TABLE", "\u{1}"];
    Target { name: "ledger file", words, iterations: 100 }.hold_in(&corpus, |bytes| {
        let path = project.copy();
        fs::write(&path, bytes).expect("written");
        use_ledger(&path, &project.wanted);
    });
}
