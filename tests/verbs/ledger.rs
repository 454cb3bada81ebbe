//! `ledger backup` and `ledger export`.

use std::os::unix::fs::PermissionsExt;

use scenepress::ledger::{Ledger, RunLock, Settlement, SqliteLedger};
use scenepress::model::{AppId, CampaignName, Channel, Extras, Labels, Scene, beijing_date};

use crate::stored::{self, ISSUED_AT};
use crate::support::Workplace;

const LEDGER: &str = "output/ledger.sqlite";

fn codes_of(workplace: &Workplace, ledger: &str) -> usize {
    let ledger = SqliteLedger::open_read(&workplace.path(ledger)).expect("readable").expect("there");
    let appid = AppId::new("wx1").expect("an appid");
    let today = beijing_date(ISSUED_AT.parse().expect("an instant"));
    let history = ledger.history(std::slice::from_ref(&appid), today).expect("a history");
    history.account(&appid).map_or(0, |account| account.codes.len())
}

fn names(workplace: &Workplace, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(workplace.path(folder)).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn a_backup_is_a_private_ledger_that_works_in_its_place() {
    let workplace = stored::workplace();
    workplace.write("backup/note.txt", "mine");
    workplace.run(&["ledger", "backup", "backup/b.sqlite"]).is(
        0,
        "",
        "backup/b.sqlite: the ledger output/ledger.sqlite of 2026-11-22 10:00, 3 codes; the copy was checked\n",
    );
    assert_eq!(names(&workplace, "backup"), ["b.sqlite", "note.txt"]);
    let mode = workplace.path("backup/b.sqlite").metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let status = workplace.run(&["status", "--now", ISSUED_AT]);
    std::fs::copy(workplace.path("backup/b.sqlite"), workplace.path(LEDGER)).expect("restored");
    assert_eq!(workplace.run(&["status", "--now", ISSUED_AT]), status);

    workplace.run(&["ledger", "backup", "backup/b.sqlite", "-q"]).is(0, "", "");
}

#[test]
fn a_backup_is_made_beside_a_run_and_holds_what_was_recorded() {
    let workplace = stored::workplace();
    let now = ISSUED_AT.parse().expect("an instant");
    let path = workplace.path(LEDGER);
    let lock = RunLock::acquire(&path, now).expect("the lock");
    let mut ledger = SqliteLedger::open_write(&lock).expect("a ledger");
    let labels = Labels {
        channel: Channel::new("Exit").expect("a channel"),
        tags: std::sync::Arc::default(),
        extras: Extras::none(),
    };
    let place = Settlement::Place {
        appid: &AppId::new("wx1").expect("an appid"),
        scene: &Scene::id(7).expect("a scene"),
        campaign: &CampaignName::new("metro").expect("a name"),
        labels: &labels,
    };
    ledger.settle(&mut std::iter::once(place), now).expect("settled");
    let outcome = workplace.run(&["ledger", "backup", "b.sqlite"]);
    assert_eq!((outcome.code, codes_of(&workplace, "b.sqlite")), (0, 4), "{outcome:?}");
    drop(ledger);
    // Killed now, its log is still beside it.
    let outcome = workplace.run(&["ledger", "backup", "b.sqlite"]);
    assert_eq!((outcome.code, codes_of(&workplace, "b.sqlite")), (0, 4), "{outcome:?}");
}

#[test]
fn only_an_earlier_backup_is_replaced() {
    let workplace = stored::workplace();
    workplace.write("notes.txt", "these are my notes");
    workplace.write("empty", "");
    workplace.write("folder/x", "");
    std::fs::copy(workplace.path(LEDGER), workplace.path("plain-copy.sqlite")).expect("a copy");
    std::os::unix::fs::symlink("output/ledger.sqlite", workplace.path("link.sqlite")).expect("a link");
    std::fs::hard_link(workplace.path("notes.txt"), workplace.path("linked.txt")).expect("a hard link");
    let itself = "belongs to the ledger output/ledger.sqlite\n  = help: name another file";
    let other = "exists and is no backup of a ledger\n  = help: name another file\n  = help: or move it away";
    let used = "is a ledger that runs write, or a plain copy of one, not a backup\n  = help: name another file\n  \
                = help: or move it away";
    for (file, words) in [
        ("output/ledger.sqlite", itself),
        ("./output/../output/ledger.sqlite", itself),
        ("output/ledger.sqlite-wal", itself),
        ("output/ledger.sqlite.lock", itself),
        ("output/ledger.sqlite-shm", itself),
        ("output/ledger.sqlite-journal", itself),
        ("link.sqlite", itself),
        ("linked.txt", other),
        ("notes.txt", other),
        ("empty", other),
        ("folder", other),
        ("plain-copy.sqlite", used),
    ] {
        let before = workplace.path(file).metadata().ok().map(|file| file.len());
        workplace.run(&["ledger", "backup", file]).is(2, "", &format!("error: {file} {words}\n"));
        assert_eq!(workplace.path(file).metadata().ok().map(|file| file.len()), before, "{file}");
    }
    let nowhere = workplace.run(&["ledger", "backup", "no/b.sqlite"]);
    assert!(nowhere.stderr.starts_with("error: cannot write no/b.sqlite: No such file"), "{nowhere:?}");
    assert_eq!(nowhere.code, 1);
}

/// Everything that a killed backup or a user may have left, and whether the next backup removes it.
#[test]
fn the_next_backup_removes_what_a_killed_one_left_and_nothing_else() {
    let workplace = stored::workplace();
    let head = b"SQLite format 3\0 and more";
    for (name, content, stays) in [
        (".private-aB3dE6", &head[..], false),
        (".private-000000", b"", false),
        (".private-aB3dE6-journal", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7rest", false),
        (".private-000000-journal", &[0; 512], false),
        (".private-abcdef", b"a user's own", true),
        (".private-notes.txt", b"", true),
        (".private-of-mine", head, true),
        ("private-aB3dE6", head, true),
    ] {
        workplace.write(&format!("backup/{name}"), content);
        workplace.run(&["ledger", "backup", "backup/b.sqlite", "-q"]).is(0, "", "");
        assert_eq!(workplace.path(format!("backup/{name}")).exists(), stays, "{name}");
    }
    // One that another process is about to fill.
    workplace.write("backup/.private-live00", "");
    let living = std::fs::File::open(workplace.path("backup/.private-live00")).expect("a file");
    living.lock().expect("locked");
    workplace.run(&["ledger", "backup", "backup/b.sqlite", "-q"]).is(0, "", "");
    assert!(workplace.path("backup/.private-live00").exists());
    drop(living);
    workplace.run(&["ledger", "backup", "backup/b.sqlite", "-q"]).is(0, "", "");
    assert!(!workplace.path("backup/.private-live00").exists());
}

#[test]
fn no_verb_writes_to_a_file_of_the_ledger() {
    let workplace = stored::workplace();
    std::os::unix::fs::symlink("output", workplace.path("out")).expect("a link");
    std::os::unix::fs::symlink("output/ledger.sqlite-wal", workplace.path("later")).expect("a link");
    workplace.write("output/ledger.sqlite-wal", "");
    workplace.write("output/ledger.sqlite-shm", "");
    let before = names(&workplace, "output");
    for verb in [&["ledger", "export"][..], &["plan", "--out"], &["status", "--prometheus"]] {
        for file in [
            "output/ledger.sqlite",
            "output/ledger.sqlite-wal",
            "output/ledger.sqlite-shm",
            "output/ledger.sqlite-journal",
            "output/ledger.sqlite.lock",
            "./out/../output/ledger.sqlite-wal",
            "out/ledger.sqlite-journal",
            "later",
        ] {
            let expected = format!(
                "error: {file} belongs to the ledger output/ledger.sqlite\n  = help: name another file\n"
            );
            workplace.run(&[verb, &[file]].concat()).is(2, "", &expected);
            // With another ledger the real one is no target either.
            let outcome = workplace.run(&[verb, &[file, "--ledger", "other.sqlite"]].concat());
            assert_eq!((outcome.code, outcome.stderr), (2, expected), "{verb:?}");
        }
        let temporary = workplace.run(&[verb, &["output/.scenepress-abc"]].concat());
        let expected = "error: output/.scenepress-abc has the name of a temporary file, which would be removed\n  \
                        = help: name another file\n";
        temporary.is(2, "", expected);
    }
    assert_eq!(names(&workplace, "output"), before);
}

const LINKED: &str = "has 2 names (hard links): a run under another name would not see this one's lock, and codes would \
                      be lost\n  = help: find the others: find FOLDER -samefile ";

#[test]
fn a_ledger_with_two_names_is_neither_written_nor_read() {
    let workplace = Workplace::with_metro();
    assert_eq!(workplace.run(&["run", "--emulator", "-q"]).code, 0);
    let ledger = "output/emulator/ledger.sqlite";
    std::fs::hard_link(workplace.path(ledger), workplace.path("second.sqlite")).expect("a hard link");
    let before = (workplace.read(ledger), names(&workplace, "output/emulator"), names(&workplace, "."));
    for name in [ledger, "second.sqlite"] {
        for verb in [
            &["run"][..],
            &["plan"],
            &["status"],
            &["bundle"],
            &["ledger", "export"],
            &["ledger", "backup", "b"],
        ] {
            let outcome = workplace.run(&[verb, &["--emulator", "--ledger", name]].concat());
            assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{verb:?}: {outcome:?}");
            assert!(outcome.stderr.starts_with(&format!("error: {name} {LINKED}")), "{outcome:?}");
        }
    }
    let after = (workplace.read(ledger), names(&workplace, "output/emulator"), names(&workplace, "."));
    assert_eq!(after, before);
    std::fs::remove_file(workplace.path("second.sqlite")).expect("removed");
    assert_eq!(workplace.run(&["run", "--emulator", "-q"]).code, 0);
}

#[test]
fn what_lies_in_the_place_of_the_lock_is_neither_followed_nor_emptied() {
    let workplace = Workplace::with_metro();
    let lock = workplace.path("output/emulator/ledger.sqlite.lock");
    std::fs::create_dir_all(lock.parent().expect("a folder")).expect("folders");
    let of_kind = |kind: &str| {
        workplace.write("notes.txt", "these are my notes");
        let notes = workplace.path("notes.txt");
        match kind {
            "is a symbolic link" => std::os::unix::fs::symlink(&notes, &lock).expect("a link"),
            "has several names (hard links)" => std::fs::hard_link(&notes, &lock).expect("a link"),
            "is no plain file" => {
                let made = std::process::Command::new("mkfifo").arg(&lock).status().expect("mkfifo");
                assert!(made.success());
            }
            _ => drop(std::fs::copy(&notes, &lock).expect("a copy")),
        }
    };
    for kind in
        ["is a symbolic link", "has several names (hard links)", "is no plain file", "holds something else"]
    {
        of_kind(kind);
        workplace.run(&["run", "--emulator"]).is(
            2,
            "",
            &format!(
                "error: output/emulator/ledger.sqlite.lock {kind}, and is no lock of scenepress\n  = help: move it away\n  \
                 = help: or name another ledger: --ledger FILE\n"
            ),
        );
        assert_eq!(workplace.read("notes.txt"), b"these are my notes", "{kind}");
        std::fs::remove_file(&lock).expect("removed");
    }
    // A power cut may leave zeros where a run had written its name.
    workplace.write("output/emulator/ledger.sqlite.lock", [0; 40]);
    assert_eq!(workplace.run(&["run", "--emulator", "-q"]).code, 0);
}

#[test]
fn a_ledger_does_not_lie_where_bundles_are_replaced() {
    let workplace = Workplace::with_metro();
    let refused = "error: the ledger out/emulator/metro/l.sqlite lies in out/emulator/metro, which each bundle replaces: \
                   name another place with --ledger\n";
    workplace.write("out/emulator/metro/note.txt", "");
    let args = ["run", "--emulator", "--output", "out", "--ledger", "out/emulator/metro/l.sqlite"];
    workplace.run(&args).is(2, "", refused);
    assert_eq!(names(&workplace, "out/emulator/metro"), ["note.txt"]);
}

#[test]
fn a_damaged_ledger_replaces_no_backup() {
    let workplace = stored::workplace();
    workplace.run(&["ledger", "backup", "b.sqlite", "-q"]).is(0, "", "");
    let before = workplace.read("b.sqlite");
    let sql = "PRAGMA foreign_keys = OFF; UPDATE generations SET campaign = 99";
    rusqlite::Connection::open(workplace.path(LEDGER)).and_then(|db| db.execute_batch(sql)).expect("damaged");
    workplace.run(&["ledger", "backup", "b.sqlite"]).is(
        1,
        "",
        "error: the copy of output/ledger.sqlite is damaged: a row of generations refers to one of campaigns that is not \
         there\n  = help: keep the backups there are: b.sqlite is as it was\n",
    );
    assert_eq!(workplace.read("b.sqlite"), before);
    workplace.write(LEDGER, "no ledger at all, but long enough to be looked at by the database");
    workplace.run(&["ledger", "backup", "b.sqlite"]).is(
        1,
        "",
        "error: output/ledger.sqlite is no scenepress ledger\n  = help: name the right file with --ledger\n  \
         = help: or restore a backup\n",
    );
    assert_eq!(workplace.read("b.sqlite"), before);
    assert!(!names(&workplace, ".").iter().any(|name| name.starts_with(".private-")));
}

#[test]
fn without_a_ledger_there_is_nothing_to_copy_or_show() {
    let workplace = Workplace::with_metro();
    for verb in ["backup", "export"] {
        workplace.run(&["ledger", verb, "b"]).is(
            4,
            "",
            "error: there is no ledger at output/ledger.sqlite: nothing was issued yet\n  = help: issue codes: scenepress run\n",
        );
        workplace.run(&["ledger", verb, "b", "--require-ledger"]).is(
            4,
            "",
            "error: there is no ledger at output/ledger.sqlite\n  = help: restore it from its backup\n  \
             = help: or, if this is the first run, leave out --require-ledger\n",
        );
        assert!(!workplace.path("b").exists());
    }
    assert_eq!(workplace.run(&["ledger"]).code, 2);
}

#[test]
fn an_export_is_sorted_text_without_tickets_and_urls_and_the_same_each_time() {
    let workplace = stored::workplace();
    let sql = "INSERT INTO intents (code, generation, permanent, campaign, last_at) VALUES (1, 2, 0, 1, 1795310000)";
    let deployed =
        "INSERT INTO deployments (campaign, zip, deployed_at) SELECT campaign, zip, 1795310000 FROM bundles";
    let handed = "INSERT INTO handoffs (kind, campaign, recipient, note, recorded_at, revision, zip, piece, copies)
            SELECT 'handed', campaign, 'Shop \"A\"', '200 posters', 1795310000, revision, zip, 'code', 200 FROM bundles;
        INSERT INTO handoffs (kind, campaign, recipient, note, recorded_at, revision, zip, piece)
            SELECT 'handed', campaign, '', '', 1795310060, revision, zip, 'code' FROM bundles;
        INSERT INTO handoffs (kind, campaign, recipient, note, recorded_at, piece)
            SELECT 'removed', campaign, NULL, 'rebuilt', 1795310120, 'code' FROM bundles;
        INSERT INTO handoffs (kind, campaign, recipient, note, recorded_at, undoes)
            SELECT 'undone', campaign, '', '', 1795310180, 2 FROM bundles;
        INSERT INTO handed SELECT code, number, 1, 'x', zeroblob(32) FROM generations;
        INSERT INTO handed SELECT code, number, 2, 'x', zeroblob(32) FROM generations WHERE code = 1;
        INSERT INTO handed (code, generation, handoff) SELECT code, number, 3 FROM generations WHERE code = 3";
    let ledger = rusqlite::Connection::open(workplace.path(LEDGER)).expect("a ledger");
    for sql in [sql, deployed, handed] {
        ledger.execute_batch(sql).expect("written");
    }
    drop(ledger);
    let export = workplace.run(&["ledger", "export"]);
    assert_eq!((export.code, export.stderr.as_str()), (0, ""));
    let digests = |text: &str| -> String {
        let quoted = text.split('"').map(|word| {
            let is_digest = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_digest { "…" } else { word }
        });
        quoted.collect::<Vec<_>>().join("\"")
    };
    let bytes = workplace.path("output/metro/metro.zip").metadata().expect("a bundle").len();
    let expected = format!(
        r#"{{"record":"ledger","format":1}}
{{"record":"code","appid":"wx1","scene":"1001","scene_type":"id","campaign":"metro","seq":1,"channel":"Metro line 2","tags":["metro"],"columns":{{}},"retired":false}}
{{"record":"generation","appid":"wx1","scene":"1001","scene_type":"id","generation":1,"campaign":"metro","lifetime":"temporary","expire_seconds":2592000,"created_at":"2026-11-22T10:00:00+08:00","expires_at":"2026-12-22T10:00:00+08:00","picture_sha256":"…"}}
{{"record":"unanswered","appid":"wx1","scene":"1001","scene_type":"id","generation":2,"lifetime":"temporary","attempts":1,"last_at":"2026-11-22T09:13:20+08:00"}}
{{"record":"code","appid":"wx1","scene":"1002","scene_type":"str","campaign":"metro","seq":2,"channel":"北京门店","tags":[],"columns":{{}},"retired":false}}
{{"record":"generation","appid":"wx1","scene":"1002","scene_type":"str","generation":1,"campaign":"metro","lifetime":"temporary","expire_seconds":2592000,"created_at":"2026-11-22T10:00:00+08:00","expires_at":"2026-12-22T10:00:00+08:00","picture_sha256":"…"}}
{{"record":"code","appid":"wx1","scene":"vip-desk","scene_type":"str","campaign":"metro","seq":3,"channel":"VIP desk","tags":[],"columns":{{}},"retired":false}}
{{"record":"generation","appid":"wx1","scene":"vip-desk","scene_type":"str","generation":1,"campaign":"metro","lifetime":"permanent","expire_seconds":null,"created_at":"2026-11-22T10:00:00+08:00","expires_at":null,"picture_sha256":"…"}}
{{"record":"calls","appid":"wx1","day":"2026-11-22","made":3}}
{{"record":"bundle","campaign":"metro","revision":1,"file_name":"metro.zip","bytes":{bytes},"sha256":"…","recorded_at":"2026-11-22T10:00:00+08:00"}}
{{"record":"deployment","campaign":"metro","sha256":"…","deployed_at":"2026-11-22T09:13:20+08:00"}}
{{"record":"handoff","id":1,"campaign":"metro","revision":1,"sha256":"…","piece":"code","to":"Shop \"A\"","copies":200,"note":"200 posters","handed_at":"2026-11-22T09:13:20+08:00","codes":[{{"appid":"wx1","generation":1,"ids":["1001"],"strs":["1002","vip-desk"]}}],"undone_by":null}}
{{"record":"handoff","id":2,"campaign":"metro","revision":1,"sha256":"…","piece":"code","to":null,"copies":null,"note":"","handed_at":"2026-11-22T09:14:20+08:00","codes":[{{"appid":"wx1","generation":1,"ids":["1001"],"strs":[]}}],"undone_by":4}}
{{"record":"removal","id":3,"campaign":"metro","piece":"code","from":null,"note":"rebuilt","removed_at":"2026-11-22T09:15:20+08:00","codes":[{{"appid":"wx1","generation":1,"ids":[],"strs":["vip-desk"]}}],"undone_by":null}}
{{"record":"undo","id":4,"campaign":"metro","undoes":2,"undone_at":"2026-11-22T09:16:20+08:00"}}
"#
    );
    assert_eq!(digests(&export.stdout), expected);

    workplace.run(&["ledger", "export", "ledger.jsonl"]).is(
        0,
        "",
        "ledger.jsonl: 3 codes of the ledger output/ledger.sqlite\n",
    );
    assert_eq!(workplace.read("ledger.jsonl"), export.stdout.as_bytes());
    workplace.run(&["ledger", "export", "ledger.jsonl", "-q"]).is(0, "", "");
    for file in ["campaigns/metro.yaml", "output"] {
        workplace.run(&["ledger", "export", file]).is(
            2,
            "",
            &format!(
                "error: {file} exists and is no export of a ledger: name another file, or move it away\n"
            ),
        );
    }
}
