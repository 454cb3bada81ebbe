//! The ledger as a file: created, opened beside a run, copied away in the middle, damaged, migrated.
#![expect(clippy::disallowed_methods, reason = "a test's files")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::super::reader::Reader;
use super::super::schema::{SCHEMA, Schema, form_of, migrate};
use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn open(path: &Path) -> SqliteLedger {
    let lock = RunLock::acquire(path, now()).expect("free");
    SqliteLedger::open_write(&lock).expect("a ledger")
}

fn open_read(path: &Path) -> SqliteLedger {
    SqliteLedger::open_read(path).expect("readable").expect("there")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

/// A ledger with one issued code, finished.
fn small_ledger(folder: &Path) -> PathBuf {
    let path = folder.join("ledger.sqlite");
    let mut ledger = open(&path);
    place(&mut ledger, "metro", &[scene(1)]);
    issue(&mut ledger, &scene(1), 1, month());
    ledger.finish().expect("finished");
    path
}

#[test]
fn a_new_ledger_and_its_logs_are_private_whatever_folder_they_are_in() {
    let folder = folder();
    let path = folder.path().join("deep/output/ledger.sqlite");
    let mut ledger = open(&path);
    place(&mut ledger, "metro", &[scene(1)]);
    let mode = |name: &str| {
        let file = fs::metadata(path.with_file_name(name)).expect("a file");
        file.permissions().mode() & 0o777
    };
    for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    ledger.finish().expect("finished");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened to all");
    drop(open(&path));
    assert_eq!(mode("ledger.sqlite"), 0o600);
}

/// The locks of this process on a file, as Linux tells them; none elsewhere.
fn locks_on(path: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let this = format!(" {} ", std::process::id());
    let inode = format!(":{} ", fs::metadata(path).expect("a file").ino());
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let ours = |line: &&str| line.contains("POSIX") && line.contains(&this) && line.contains(&inode);
    let range = |line: &str| line.split_once("POSIX").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    locks.lines().filter(ours).map(range).collect()
}

#[test]
fn nothing_that_is_done_beside_an_open_ledger_drops_its_locks() {
    let folder = folder();
    let path = folder.path().join("ledger.sqlite");
    let mut ledger = open(&path);
    place(&mut ledger, "metro", &[scene(1)]);
    issue(&mut ledger, &scene(1), 1, month());
    let files = [path.clone(), folder.path().join("ledger.sqlite-shm")];
    let before = files.each_ref().map(|file| locks_on(file));
    assert!(!cfg!(target_os = "linux") || before.iter().all(|locks| !locks.is_empty()), "{before:?}");
    let link = folder.path().join("link.sqlite");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    for path in [&path, &link] {
        examine(path).expect("readable").expect("there");
        open_read(path).export().expect("text");
        backup(path, &folder.path().join("copy.sqlite"), &|_| ()).expect("copied").expect("a ledger");
        backup(path, &files[1], &|_| ()).expect_err("its own");
        check_target(path, &files[1]).expect_err("its own");
        RunLock::acquire(path, now()).expect("no test holds the lock");
        assert_eq!(files.each_ref().map(|file| locks_on(file)), before, "{}", path.display());
    }
}

#[test]
fn a_finished_ledger_is_one_file_and_reading_it_leaves_no_other() {
    let folder = folder();
    let path = small_ledger(folder.path());
    let expected = ["ledger.sqlite", "ledger.sqlite.lock"];
    assert_eq!(names(folder.path()), expected);
    let ledger = open_read(&path);
    assert_eq!(record_of(&ledger, &scene(1)).seq, 1);
    assert_eq!(ledger.artifacts(&appid(), &name("metro")).expect("artifacts").len(), 1);
    assert_eq!(names(folder.path()), expected);
    drop(ledger);
    assert_eq!(names(folder.path()), expected);
}

#[test]
fn a_ledger_in_a_strangely_named_folder_is_read_in_place() {
    let folder = folder();
    let odd = folder.path().join("100% #1? 门店");
    fs::create_dir(&odd).expect("a folder");
    let path = small_ledger(&odd);
    assert_eq!(record_of(&open_read(&path), &scene(1)).seq, 1);
    assert_eq!(names(folder.path()), ["100% #1? 门店"]);
}

#[test]
fn an_absent_or_empty_ledger_is_none() {
    let folder = folder();
    let path = folder.path().join("ledger.sqlite");
    assert!(SqliteLedger::open_read(&path).expect("no error").is_none());
    assert_eq!(names(folder.path()), [""; 0], "reading created nothing");
    // A first run that was killed before it wrote anything.
    fs::write(&path, "").expect("a file");
    assert!(SqliteLedger::open_read(&path).expect("no error").is_none());
    let ledger = open(&path);
    assert_eq!(history(&ledger), History::empty());
}

#[test]
fn what_is_read_beside_a_writer_is_what_was_recorded_last() {
    let folder = folder();
    let path = folder.path().join("ledger.sqlite");
    let mut writer = open(&path);
    place(&mut writer, "metro", &[scene(1)]);
    let reader = open_read(&path);
    assert_eq!(history(&reader).account(&appid()).expect("an account").codes.len(), 1);
    place(&mut writer, "metro", &[scene(2)]);
    assert_eq!(history(&reader).account(&appid()).expect("an account").codes.len(), 2);
    writer.finish().expect("finished beside a reader");
    assert_eq!(history(&reader).account(&appid()).expect("an account").codes.len(), 2);
}

#[test]
fn a_ledger_that_changes_after_it_was_opened_is_read_again() {
    let folder = folder();
    let path = small_ledger(folder.path());
    let reader = open_read(&path);
    let count = |reader: &SqliteLedger| history(reader).account(&appid()).expect("an account").codes.len();
    assert_eq!(count(&reader), 1);
    let mut writer = open(&path);
    let many: Vec<_> = (1..=500).map(scene).collect();
    place(&mut writer, "metro", &many);
    assert_eq!(count(&reader), 500, "from the log");
    writer.finish().expect("finished");
    assert_eq!(count(&reader), 500, "from the file");
    assert_eq!(reader.artifacts(&appid(), &name("metro")).expect("artifacts").len(), 1);
}

#[test]
fn a_killed_writer_loses_nothing_that_was_recorded() {
    let folder = folder();
    let path = folder.path().join("ledger.sqlite");
    let mut ledger = open(&path);
    let scenes: Vec<_> = (1..=20).map(scene).collect();
    place(&mut ledger, "metro", &scenes);
    for (step, scene) in scenes.iter().enumerate() {
        let key = record_of(&ledger, scene).key;
        ledger.record(&[intent(key, 1, Lifetime::Permanent)], now()).expect("recorded");
        if step % 2 == 0 {
            ledger.record(&[answer(key, 1, Lifetime::Permanent)], now()).expect("recorded");
        }
        // What a kill at this very moment would leave: the file and its log, nobody to close them.
        let killed = folder.path().join(format!("killed-{step}"));
        fs::create_dir(&killed).expect("a folder");
        let copy = killed.join("ledger.sqlite");
        fs::copy(&path, &copy).expect("copied");
        fs::copy(folder.path().join("ledger.sqlite-wal"), killed.join("ledger.sqlite-wal")).expect("copied");
        let expected = history(&ledger);
        assert_eq!(history(&open_read(&copy)), expected);
        let again = open(&copy);
        assert_eq!(history(&again), expected);
        assert_eq!(expected.account(&appid()).expect("an account").permanents_issued(), step as u64 + 1);
        again.finish().expect("finished");
        assert_eq!(history(&open_read(&copy)), expected);
    }
}

#[test]
fn a_log_that_cannot_be_read_in_its_folder_is_told_with_the_way_out() {
    let folder = folder();
    let path = folder.path().join("ledger.sqlite");
    let mut ledger = open(&path);
    place(&mut ledger, "metro", &[scene(1)]);
    let copy = folder.path().join("copy.sqlite");
    fs::copy(&path, &copy).expect("copied");
    fs::copy(folder.path().join("ledger.sqlite-wal"), folder.path().join("copy.sqlite-wal")).expect("copied");
    // Stands for a read-only folder, which does not bind root: the third file cannot be made.
    std::os::unix::fs::symlink("nowhere/shm", folder.path().join("copy.sqlite-shm")).expect("a link");
    let error = SqliteLedger::open_read(&copy).expect_err("unreadable");
    assert_eq!(
        error.one_line(),
        format!(
            "{0} was left unfinished by a run that was killed, in a folder that cannot be written: copy it together with \
             {0}-wal to another folder; then name that copy with --ledger",
            copy.display()
        )
    );
}

#[test]
fn a_ledger_may_go_to_another_thread() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1)]);
    let known = std::thread::spawn(move || history(&ledger)).join().expect("no panic");
    assert!(known.code(&appid(), &scene(1)).is_some());
}

#[test]
fn a_ledger_is_written_only_when_opened_for_that() {
    let folder = folder();
    let path = small_ledger(folder.path());
    let error = open_read(&path).record(&[intent(CodeKey(1), 2, month())], now()).expect_err("for reading");
    assert_eq!(error.to_string(), format!("cannot write {}: it was opened for reading", path.display()));
}

#[test]
fn another_file_is_not_taken_for_a_ledger() {
    let folder = folder();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "no database, but longer than the header of one would be: ".repeat(9)).expect("a file");
    let foreign = folder.path().join("foreign.sqlite");
    Connection::open(&foreign).and_then(|db| db.execute_batch("CREATE TABLE t (x)")).expect("a database");
    for path in [text, foreign, folder.path().to_owned()] {
        let expected = format!(
            "{} is no scenepress ledger: name the right file with --ledger; or restore a backup",
            path.display()
        );
        let before = path.is_file().then(|| fs::read(&path).expect("a file"));
        assert_eq!(SqliteLedger::open_read(&path).expect_err("refused").one_line(), expected);
        let error = SqliteLedger::open_with(&path, &SCHEMA).expect_err("refused");
        assert_eq!(error.one_line(), expected);
        assert_eq!(path.is_file().then(|| fs::read(&path).expect("a file")), before, "it is left alone");
    }
}

#[test]
fn damage_is_told_and_never_a_panic() {
    let folder = folder();
    let path = small_ledger(folder.path());
    let good = fs::read(&path).expect("a file");
    let mut told = 0;
    for from in (100..good.len()).step_by(509) {
        let mut bad = good.clone();
        for byte in bad.iter_mut().skip(from).take(300) {
            *byte ^= 0x5a;
        }
        fs::write(&path, bad).expect("a file");
        let outcome = SqliteLedger::open_read(&path)
            .and_then(|ledger| ledger.map(|ledger| ledger.history(&[appid()], today())).transpose());
        told += usize::from(outcome.is_err());
    }
    assert!(told > 10, "{told}");
    fs::write(&path, &good[..good.len() / 2]).expect("a file");
    for outcome in
        [SqliteLedger::open_read(&path).map(drop), SqliteLedger::open_with(&path, &SCHEMA).map(drop)]
    {
        let error = outcome.expect_err("cut").one_line();
        let expected = format!("{} is damaged: ", path.display());
        assert!(
            error.starts_with(&expected)
                && error.ends_with(
                    ": move it away with the files `-wal` and `-shm` beside it; then restore a backup of it"
                ),
            "{error}"
        );
    }
}

#[test]
fn what_a_damaged_file_says_of_itself_steers_no_terminal() {
    let folder = folder();
    let path = small_ledger(folder.path());
    let mut bytes = fs::read(&path).expect("a file");
    // Where a page was split, what moved to another one still stands in the first.
    let found = |(at, text): (usize, &[u8])| (text == b"CREATE TABLE intent").then_some(at);
    let schemas: Vec<usize> = bytes.windows(19).enumerate().filter_map(found).collect();
    assert!(!schemas.is_empty());
    for schema in schemas {
        bytes[schema + 20] = 0x1b;
    }
    fs::write(&path, bytes).expect("a file");
    let error = SqliteLedger::open_read(&path)
        .and_then(|ledger| ledger.map(|ledger| ledger.history(&[appid()], today())).transpose())
        .expect_err("damaged");
    let expected = format!(
        "{} is damaged: malformed database schema (intents) - unrecognized token: \"\\u{{1b}}\"",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_value_changed_by_hand_is_told() {
    let folder = folder();
    let path = small_ledger(folder.path());
    for (change, what) in [
        ("UPDATE codes SET channel = ''", "a channel that is empty"),
        ("UPDATE codes SET tags = 'a;;b'", "a tag that is empty"),
        (
            "UPDATE codes SET extra_columns = '[1]', extra_values = '[]'",
            "a list of further columns that is none",
        ),
        ("UPDATE codes SET scene = 0", "a scene that cannot be: scene 0"),
        ("UPDATE codes SET scene = -5", "a scene of -5"),
        ("UPDATE generations SET lifetime = 59", "a lifetime that cannot be"),
        ("UPDATE generations SET number = 5000000000", "a number of 5000000000"),
        ("UPDATE generations SET expires_at = 1 << 62", "a time of 4611686018427387904 s"),
        ("UPDATE campaigns SET name = 'a/b'", "a campaign's name \"a/b\" that holds '/'"),
        ("DELETE FROM memberships", "a number that is Null"),
    ] {
        let copy = folder.path().join("copy.sqlite");
        fs::copy(&path, &copy).expect("copied");
        Connection::open(&copy).and_then(|db| db.execute_batch(change)).expect(change);
        let error = open_read(&copy).history(&[appid()], today()).expect_err(change);
        let expected = format!("{} is damaged: {what}", copy.display());
        assert!(error.to_string().starts_with(&expected), "{change}: {error}");
    }
}

/// What is said of a ledger that is opened for reading, for writing, to look it over and to back it up.
#[track_caller]
fn is_refused(path: &Path, expected: &str) {
    let before = fs::read(path).expect("a file");
    let lock = RunLock::acquire(path, now()).expect("free");
    let copy = path.with_extension("copy");
    for error in [
        SqliteLedger::open_read(path).expect_err("refused"),
        SqliteLedger::open_older(path).expect_err("refused"),
        SqliteLedger::open_write(&lock).expect_err("refused"),
        examine(path).expect_err("refused"),
    ] {
        assert_eq!(error.to_string(), format!("{} {expected}", path.display()));
    }
    if !expected.contains("newer") {
        let error = backup(path, &copy, &|_| ()).expect_err("refused");
        assert_eq!(error.to_string(), format!("{} {expected}", path.display()));
    }
    assert_eq!(fs::read(path).expect("a file"), before, "it is left alone");
}

fn change(path: &Path, sql: &str) {
    Connection::open(path).and_then(|db| db.execute_batch(sql)).expect("changed");
}

#[test]
fn a_newer_ledger_is_left_alone_and_backed_up() {
    let folder = folder();
    let path = small_ledger(folder.path());
    change(&path, "PRAGMA user_version = 2; ALTER TABLE meta RENAME COLUMN schema TO another");
    is_refused(&path, "was written by a newer scenepress (format 2, this one knows 1)");
    let copied =
        backup(&path, &folder.path().join("copy.sqlite"), &|_| ()).expect("copied").expect("a ledger");
    assert_eq!(copied.codes, 1);
}

#[test]
fn a_ledger_made_before_the_first_release_is_refused_by_name() {
    let folder = folder();
    let path = small_ledger(folder.path());
    let id = i64::from(u32::from_be_bytes(*b"SCPR"));
    change(&path, &format!("PRAGMA application_id = {id}; PRAGMA user_version = 7"));
    is_refused(&path, "was made before the first release of scenepress");
}

#[test]
fn a_ledger_of_another_schema_with_the_same_number_is_refused_by_name() {
    let folder = folder();
    for sql in [
        "UPDATE meta SET schema = zeroblob(32)",
        "UPDATE meta SET schema = NULL",
        "DELETE FROM meta",
        "ALTER TABLE meta DROP COLUMN schema",
        "DROP TABLE meta",
    ] {
        let path = small_ledger(folder.path());
        change(&path, sql);
        is_refused(&path, "was made by another development version of scenepress");
        fs::remove_file(path).expect("removed");
    }
    let path = small_ledger(folder.path());
    let other = Schema { first: &format!("{} ", SCHEMA.first), steps: &[] };
    let error = SqliteLedger::open_with(&path, &other).expect_err("another");
    assert!(error.message.ends_with("made by another development version of scenepress"), "{error}");
}

#[test]
fn an_older_ledger_is_migrated_by_a_writer_and_refused_by_a_reader() {
    let folder = folder();
    let path = small_ledger(folder.path());
    let expected = history(&open_read(&path));
    let next = Schema { steps: &["ALTER TABLE codes ADD COLUMN other TEXT"], ..SCHEMA };
    let error = Reader::open(&path, &next).err().expect("older");
    assert_eq!(
        error.one_line(),
        format!(
            "{} is of an older scenepress (format 1, this one uses 2): migrate it, without losing anything: scenepress run",
            path.display()
        )
    );
    let ledger = SqliteLedger::open_with(&path, &next).expect("migrated");
    assert_eq!(history(&ledger), expected);
    ledger.finish().expect("finished");
    assert!(Reader::open(&path, &next).expect("of the newest form").is_some());
    let error = SqliteLedger::open_read(&path).expect_err("newer");
    assert!(error.message.contains("a newer scenepress (format 2, this one knows 1)"), "{error}");
    // Another step would have made another form 2.
    let other = Schema { steps: &["ALTER TABLE codes ADD COLUMN another TEXT"], ..SCHEMA };
    let error = SqliteLedger::open_with(&path, &other).expect_err("another");
    assert!(error.message.ends_with("made by another development version of scenepress"), "{error}");
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let mut connection = Connection::open_in_memory().expect("memory");
    migrate(&mut connection, 0, &SCHEMA).expect("migrated");
    let bad = Schema { steps: &["CREATE TABLE more (x); CREATE TABLE codes (x)"], ..SCHEMA };
    migrate(&mut connection, 1, &bad).expect_err("codes exists");
    let form = form_of(&connection, Path::new("memory"), &SCHEMA).expect("read").expect("a ledger");
    assert_eq!(form, 1);
    connection.prepare("SELECT * FROM more").expect_err("the whole migration is undone");
}

#[test]
fn a_ledger_learns_its_machine() {
    let folder = folder();
    let path = small_ledger(folder.path());
    let mut ledger = open(&path);
    let [here, there] = ["here", "there"].map(|name| Host::this(Some(name)).expect("a host"));
    assert_eq!(ledger.used_elsewhere(&here).expect("read"), None, "it never knew");
    ledger.set_host(&there).expect("written");
    let last = LastUsed { host: "there".to_owned(), at: history(&ledger).ledger_at };
    assert_eq!(ledger.used_elsewhere(&here).expect("read"), Some(last));
    assert_eq!(ledger.used_elsewhere(&there).expect("read"), None);
}

#[test]
fn the_last_deployment_of_a_campaign_is_the_one_that_counts() {
    let mut ledger = SqliteLedger::in_memory();
    let metro = name("metro");
    place(&mut ledger, "metro", &[scene(1)]);
    assert_eq!(ledger.deployed(&metro).expect("read"), None);
    for bundle in [Digest::of(b"first"), Digest::of(b"second")] {
        ledger.record_deployment(&metro, &bundle, now()).expect("recorded");
        assert_eq!(ledger.deployed(&metro).expect("read"), Some(bundle));
    }
    assert_eq!(ledger.deployed(&name("other")).expect("read"), None);
}

#[test]
fn the_codes_of_a_bundle_are_remembered_with_what_they_are_for() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1), scene(2)]);
    let keys = [scene(1), scene(2)].map(|scene| issue(&mut ledger, &scene, 1, month()));
    let metro = name("metro");
    let mut record = BundleRecord {
        revision: 1,
        contents: Digest::of(b"1"),
        zip: Digest::of(b"zip"),
        bytes: 1,
        modified_at: now(),
        file_name: "metro.zip".to_owned(),
        handoffs: 0,
        names: PictureNames::Dated,
    };
    let labels = labels("somewhere");
    for media in [[None, None], [Some(Medium::Paper), Some(Medium::Screen)]] {
        let row = |(key, medium)| BundledRow {
            key,
            generation: 1,
            channel: &labels.channel,
            medium,
            digest: Digest::of(&[record.revision.to_le_bytes()[0]]),
        };
        ledger
            .record_bundle(&metro, &record, &mut keys.into_iter().zip(media).map(row), now())
            .expect("recorded");
        (record.revision, record.contents) = (2, Digest::of(b"2"));
    }
    let media = |revision| {
        let codes = ledger.bundled(&metro, revision).expect("read");
        let mut media: Vec<_> = codes.into_iter().map(|code| (code.seq, code.medium)).collect();
        media.sort_unstable();
        media
    };
    assert_eq!(media(1), [], "the first");
    assert_eq!(media(2), [(1, None), (2, None)]);
    assert_eq!(media(3), [(1, Some(Medium::Paper)), (2, Some(Medium::Screen))]);
}
