//! Every exit there is, and every error that ends the program, as people see it: the whole text, in a file each in
//! `ends/`.

use scenepress::cli::{CliError, Exit};
use scenepress::clock;
use scenepress::engine::UnfitFile;
use scenepress::exit::{Phase, Stopped};
use scenepress::hooks::HookError;
use scenepress::ledger::{ImportError, LedgerError, LedgerFault, RunLock};

use super::support::{Platform, Project, Told, Verdict, signal};
use super::whole;

/// Which files show an error. One that is new does not compile before it stands here.
macro_rules! texts {
    ($($error:pat => [$($name:literal),*],)*) => {
        #[allow(dead_code, reason = "what it is for is that it knows every error")]
        fn texts_of(error: &CliError) -> &'static [&'static str] {
            match error { $($error => &[$($name),*],)* }
        }

        const OF_ERRORS: &[&str] = &[$($($name,)*)*];
    };
}

texts! {
    CliError::Usage(_) => ["usage", "real-ledger"],
    CliError::TimeGoesBack { .. } => ["time-goes-back"],
    CliError::Problems => ["problems"],
    CliError::Credentials => ["credentials"],
    CliError::Ledger(LedgerError { kind: LedgerFault::Missing, .. }) => ["ledger-missing"],
    CliError::Ledger(LedgerError { kind: LedgerFault::Lost, .. }) =>
        ["ledger-blank", "ledger-lost", "other-ledger", "nothing-issued"],
    CliError::Ledger(LedgerError { kind: LedgerFault::Old, .. }) => ["old-ledger"],
    CliError::Ledger(LedgerError { kind: LedgerFault::OtherHost, .. }) => ["other-host"],
    CliError::Ledger(LedgerError { kind: LedgerFault::Mixed, .. }) => ["emulators-ledger"],
    // That takes two ledgers: `imports`.
    CliError::Ledger(LedgerError { kind: LedgerFault::NewerBackup, .. }) => [],
    CliError::Ledger(LedgerError { kind: LedgerFault::Place, .. }) => ["backup-itself"],
    // A run migrates it, and until the first release there is none.
    CliError::Ledger(LedgerError { kind: LedgerFault::OlderForm, .. }) => [],
    CliError::Ledger(LedgerError { kind: LedgerFault::Held, .. }) => ["locked"],
    CliError::Ledger(LedgerError { kind: LedgerFault::Unusable, .. }) => ["ledger-damaged"],
    CliError::Import(UnfitFile::BadBundle(_)) => ["bad-import"],
    CliError::Import(UnfitFile::Codes(ImportError::Problems(_))) => ["import-problems"],
    CliError::Import(UnfitFile::Codes(ImportError::Conflicts(_))) => ["import-conflicts"],
    // The same as without an import.
    CliError::Import(_) => [],
    CliError::Stopped(Stopped { phase: Phase::Lock, .. }) => ["stopped-waiting"],
    CliError::Stopped(Stopped { phase: Phase::PreHook, .. }) => [],
    // That takes a terminal too, or many warnings: `endings`.
    CliError::Stopped(Stopped { phase: Phase::Start, .. }) => [],
    CliError::Stopped(Stopped { phase: Phase::Whole, .. }) => ["stopped-amid"],
    CliError::Stopped(Stopped { phase: Phase::Report, .. }) => ["stopped"],
    CliError::Hook(HookError::Stopped(_)) => ["stopped-in-pre"],
    CliError::Hook(HookError::Failed(_)) => ["hook-failed"],
    // Only a terminal is asked: `terminal`.
    CliError::NotApproved(_) => [],
    CliError::OtherPlan(_) => ["other-plan"],
    // That takes a small disk: `disks`.
    CliError::DiskFull(_) => [],
    CliError::File(_) => ["file"],
    CliError::Bundle(_) => ["no-bundle", "bad-bundle"],
    CliError::NotHandedOver { .. } => ["not-handed-over"],
    CliError::Call(_) => ["platform"],
    CliError::Machine { .. } => ["machine"],
    // That takes a small machine: `machine`.
    CliError::Limit(_) => [],
    // None is known.
    CliError::Defect(_) => [],
}

/// Which file shows an exit. One that is new does not compile before it stands here.
fn text_of(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "done",
        Exit::Unexpected => "file",
        Exit::Usage => "usage",
        Exit::Failed => "code-refused",
        Exit::Refused => "ledger-missing",
        Exit::QuotaSpent => "quota-spent",
        Exit::BadBundle => "bad-bundle",
        Exit::AccountRefused => "secret-refused",
        Exit::HookFailed => "hook-failed",
        Exit::Locked => "locked",
        Exit::Changes => "changes",
        Exit::Overdue => "overdue",
        Exit::Interrupted => "stopped-waiting",
        Exit::Terminated => "stopped",
    }
}

const METRO: &str = "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]\n";
const ZIP: &str = "output/metro/metro.zip";

fn told(args: &str, command: impl FnOnce(&[&str]) -> Told) -> (String, Told) {
    (args.to_owned(), command(&args.split(' ').collect::<Vec<_>>()))
}

fn tell(project: &Project, args: &str) -> (String, Told) {
    told(args, |args| project.tell(args))
}

fn with(project: &Project, variable: &str, value: &str, args: &str) -> (String, Told) {
    told(args, |args| {
        let mut command = project.command(args);
        command.env(variable, value);
        Told::of(command)
    })
}

fn run(project: &Project) {
    project.expect(&["run"], 0);
}

/// Writes the campaign's bundle with a byte that is off in a picture.
fn damaged(project: &Project, name: &str) {
    let mut bytes = project.read(ZIP);
    let at = bytes.windows(2).rposition(|two| two == [0xFF, 0xD9]).expect("a picture");
    bytes[at - 100] ^= 1;
    project.write(name, bytes);
}

/// What ends the program so: the command, and what was told.
fn end(name: &str, platform: &Platform, project: &Project) -> (String, Told) {
    match name {
        "done" => tell(project, "run"),
        "file" => tell(project, "status -q --prometheus nowhere/metrics"),
        "usage" => tell(project, "run --reprint metr"),
        "problems" => {
            project.write("campaigns/metro.yaml", "codes: [{scene: 1}]\n");
            tell(project, "run")
        }
        "credentials" => {
            let mut command = project.command(&["run"]);
            command.env_remove("WECHAT_SECRET");
            ("run".to_owned(), Told::of(command))
        }
        "platform" => with(project, "WECHAT_SECRET", "another", "plan --quota"),
        "secret-refused" => with(project, "WECHAT_SECRET", "another", "run"),
        "machine" => {
            let port = platform.url().rsplit(':').next().expect("a port").to_owned();
            let (_, told) = tell(project, &format!("emulator --port {port}"));
            ("emulator --port PORT".to_owned(), told)
        }
        "code-refused" => {
            platform.rule(|asked| match asked.scene().as_deref() {
                Some("id 2") => Verdict::error(40053),
                _ => Verdict::Pass,
            });
            tell(project, "run")
        }
        "quota-spent" => {
            project.write_accounts(platform, "  daily_quota: 2\n");
            tell(project, "run")
        }
        "changes" => tell(project, "plan --expect-no-changes"),
        "overdue" => tell(project, "status --max-age 26h"),
        "other-plan" => tell(project, &format!("run --expect {}", "0".repeat(64))),
        other => of_ledger(other, project),
    }
}

fn of_ledger(name: &str, project: &Project) -> (String, Told) {
    match name {
        "real-ledger" => tell(project, "run --emulator --ledger output/ledger.sqlite"),
        "time-goes-back" => {
            project.expect(&["run", "--emulator", "-q"], 0);
            tell(project, "run --emulator --now 2020-01-01")
        }
        "ledger-missing" => tell(project, "run --require-ledger"),
        "ledger-blank" => {
            run(project);
            project.sql(
                "PRAGMA foreign_keys = OFF; DELETE FROM codes; DELETE FROM generations; DELETE FROM bundled;
                 DELETE FROM memberships; DELETE FROM bundles; DELETE FROM campaigns",
            );
            project.remove("output/metro");
            tell(project, "run --require-ledger")
        }
        "ledger-lost" => {
            run(project);
            project.remove("output/ledger.sqlite");
            tell(project, "run")
        }
        "other-ledger" => {
            run(project);
            project.write("single/accounts.yaml", project.read("campaigns/accounts.yaml"));
            project.write("single/stores.yaml", METRO.replace("1..3", "11..12"));
            let other = ["run", "single", "--output", "other", "--ledger", "other/ledger.sqlite"];
            project.expect(&other, 0);
            tell(project, "run --ledger other/ledger.sqlite")
        }
        "old-ledger" => {
            run(project);
            project.expect(&["ledger", "backup", "backup.sqlite"], 0);
            project.write("campaigns/metro.yaml", METRO.replace("1..3", "1..4"));
            run(project);
            project.write("output/ledger.sqlite", project.read("backup.sqlite"));
            tell(project, "run")
        }
        "emulators-ledger" => {
            run(project);
            project.sql("UPDATE generations SET url = 'http://emulator.invalid/q/' || id");
            let account =
                "{appid: '${WECHAT_APPID}', secret: '${WECHAT_SECRET}', api_url: 'https://host.invalid'}";
            project.write("campaigns/accounts.yaml", format!("default: {account}\n"));
            tell(project, "run")
        }
        "other-host" => {
            assert_eq!(with(project, "SCENEPRESS_HOST", "first", "run").1.exit, 0);
            with(project, "SCENEPRESS_HOST", "second", "run")
        }
        "nothing-issued" => tell(project, "bundle"),
        "ledger-damaged" => {
            project.write("output/ledger.sqlite", "no ledger, but long enough for a header ".repeat(20));
            tell(project, "run")
        }
        "backup-itself" => {
            run(project);
            tell(project, "ledger backup output/ledger.sqlite")
        }
        other => of_bundle(other, project),
    }
}

fn of_bundle(name: &str, project: &Project) -> (String, Told) {
    match name {
        "bad-import" => {
            run(project);
            damaged(project, "bad.zip");
            tell(project, "ledger import bad.zip")
        }
        "import-problems" => {
            project.write("old.csv", "scene,channel,ticket\n1,A,abc\n");
            tell(project, "ledger import old.csv --campaign metro")
        }
        "import-conflicts" => {
            run(project);
            let row = "1,A,abc,http://weixin.qq.com/q/x,never";
            project.write("old.csv", format!("scene,channel,ticket,url,expires_at\n{row}\n"));
            tell(project, "ledger import old.csv --campaign metro")
        }
        "no-bundle" => {
            run(project);
            project.write("text.zip", "no zip at all");
            tell(project, &format!("diff {ZIP} text.zip"))
        }
        "bad-bundle" => {
            run(project);
            damaged(project, "bad.zip");
            tell(project, &format!("diff {ZIP} bad.zip"))
        }
        "not-handed-over" => {
            run(project);
            tell(project, &format!("handoff {ZIP}"))
        }
        other => held_up(other, project),
    }
}

/// What takes a lock or a hook.
fn held_up(name: &str, project: &Project) -> (String, Told) {
    let hook = |script: &str| {
        project.write("campaigns/hooks.yaml", format!("pre: [/bin/sh, -c, {script:?}]\n"));
    };
    let lock = || RunLock::acquire(&project.path("output/ledger.sqlite"), clock::now()).expect("the lock");
    let stopped = |args: &str, at: &str, by: &str| {
        let mut running = project.start(&args.split(' ').collect::<Vec<_>>());
        running.wait_for(at);
        signal(by, running.id());
        (args.to_owned(), running.end())
    };
    match name {
        "hook-failed" => {
            hook("echo no network; exit 3");
            ("run".to_owned(), project.tell(&["run"]))
        }
        "stopped-in-pre" => {
            hook("echo begun; exec sleep 600");
            stopped("run", "pre: begun", "TERM")
        }
        "stopped" => {
            let begun = "[/bin/sh, -c, \"echo begun; exec sleep 600\"]\n";
            project.write("campaigns/hooks.yaml", format!("pre: {begun}failure: {begun}"));
            let mut running = project.start(&["run"]);
            for hook in ["pre", "failure"] {
                running.wait_for(&format!("{hook}: begun"));
                signal("TERM", running.id());
            }
            ("run".to_owned(), running.end())
        }
        "locked" => {
            let _lock = lock();
            ("run".to_owned(), project.tell(&["run"]))
        }
        "stopped-waiting" => {
            let _lock = lock();
            stopped("run --lock-timeout 10m", "waiting up to 10 min", "INT")
        }
        "stopped-amid" => {
            run(project);
            // Somebody looks at the ledger with a tool that keeps it from being written.
            let tool = rusqlite::Connection::open(project.path("output/ledger.sqlite")).expect("a ledger");
            tool.execute_batch("BEGIN IMMEDIATE").expect("SQL");
            let args = format!("ledger import {ZIP}");
            let running = project.start(&args.split(' ').collect::<Vec<_>>());
            let owner = format!("pid {} ", running.id());
            let began = clock::monotonic();
            while !String::from_utf8_lossy(&project.read("output/ledger.sqlite.lock")).contains(&owner) {
                assert!(clock::monotonic().duration_since(began).as_secs() < 60, "it never had the lock");
                std::thread::yield_now();
            }
            signal("TERM", running.id());
            (args, running.end())
        }
        other => panic!("nothing ends with {other}"),
    }
}

fn shown(name: &str) -> String {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    let (command, told) = end(name, &platform, &project);
    let port = platform.url().rsplit(':').next().expect("a port").to_owned();
    let neutral = |text: &str| {
        let text = whole::neutral(&text.replace(&format!("127.0.0.1:{port}"), "<platform>"));
        // Which process on which host, which url, and how long until midnight.
        [("holds the lock: ", "\n"), (" Beijing time, in ", "\n"), ("/q/02", " in the ledger")]
            .into_iter()
            .fold(text, |text, (before, after)| whole::without(&text, before, after))
    };
    let (stdout, stderr) = (neutral(&told.stdout), neutral(&told.stderr));
    format!("$ scenepress {command}\n{stdout}{stderr}exit {}\n", told.exit)
}

#[test]
fn every_exit_and_every_error_has_its_whole_text_in_a_file() {
    let names: Vec<&str> = Exit::ALL.into_iter().map(text_of).chain(OF_ERRORS.iter().copied()).collect();
    whole::hold("ends", &names, shown);
    for exit in Exit::ALL {
        let name = text_of(exit);
        let text = whole::read("ends", name);
        assert!(text.ends_with(&format!("\nexit {}\n", exit.code())), "{name}:\n{text}");
    }
}
