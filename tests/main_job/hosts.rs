//! A ledger that turns up on another machine: the one before it may still issue codes.

use super::support::{Kind, Platform, Project, Told};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]";

fn metro(platform: &Platform) -> Project {
    Project::new(platform).campaign("metro.yaml", METRO)
}

fn on(host: &str, project: &Project, args: &[&str]) -> Told {
    let mut command = project.command(args);
    command.env("SCENEPRESS_HOST", host);
    Told::of(command)
}

#[test]
fn on_another_machine_nothing_is_written_until_somebody_says_that_it_moved() {
    let platform = Platform::start();
    let project = metro(&platform);
    assert_eq!(on("first", &project, &["run"]).exit, 0);
    project.age(25);
    let creates = platform.count(Kind::Create);
    let before = project.output();
    let at = project.number("SELECT written_at FROM meta");
    let at = jiff::Timestamp::from_second(i64::try_from(at).expect("a time")).expect("an instant");
    let message = format!(
        "the ledger output/ledger.sqlite was last used on first at {}",
        scenepress::model::minute_text(at)
    );
    let stop = "if that machine still runs it, stop it: else both issue the same codes";
    let refused = format!("error: {message}\n  = help: {stop}\n  = help: then run once with --moved\n");
    for args in [&["run"][..], &["run", "--require-ledger"], &["bundle"]] {
        let told = on("second", &project, args);
        assert_eq!((told.exit, told.stderr.as_str()), (4, refused.as_str()), "{args:?}");
    }
    assert_eq!(project.output(), before);
    let document = on("second", &project, &["run", "--format", "json"]).json();
    assert_eq!(
        (&document["outcome"], &document["problems"][0]["kind"]),
        (&"refused".into(), &"ledger-moved".into())
    );
    // Reading needs no leave: a copy of the ledger is read anywhere.
    let why = format!("{message}: {stop}; then run once with --moved");
    let warning = format!("warning: `scenepress run` would refuse: {why}\n");
    for (args, warning) in [
        (&["plan", "--expect-no-changes"][..], Some((10, warning.as_str()))),
        (&["plan"], Some((0, &warning))),
        (&["status"], Some((0, ""))),
        (&["ledger", "export"], Some((0, ""))),
        (&["ledger", "backup", "b.sqlite"], None),
    ] {
        let told = on("second", &project, args);
        let (exit, stderr) = warning.unwrap_or((0, told.stderr.as_str()));
        assert_eq!((told.exit, told.stderr.as_str()), (exit, stderr), "{args:?}");
    }
    let told = on("second", &project, &["doctor", "-q"]);
    let line = told.stdout.lines().find(|line| line.contains("  ledger  "));
    assert_eq!((told.exit, line), (4, Some(format!("bad     ledger        {why}").as_str())));
    assert_eq!(on("first", &project, &["plan"]).stderr, "");
    assert_eq!(platform.count(Kind::Create), creates);

    assert_eq!(on("second", &project, &["run", "--moved"]).exit, 0);
    assert_eq!(platform.count(Kind::Create), creates + 3);
    assert_eq!(on("second", &project, &["run"]).exit, 0, "once is enough");
    assert_eq!(on("first", &project, &["run"]).exit, 4);
}

#[test]
fn the_same_machine_is_not_asked_and_a_run_with_nothing_to_do_changes_no_result() {
    let platform = Platform::start();
    let project = metro(&platform);
    assert_eq!(on("ci", &project, &["run"]).exit, 0);
    let (before, known) = (project.results(), project.expect(&["ledger", "export"], 0).stdout);
    assert_eq!(on("ci", &project, &["run"]).exit, 0);
    assert!(project.results() == before, "a run with nothing to do writes no file but the ledger");
    assert_eq!(
        project.expect(&["ledger", "export"], 0).stdout,
        known,
        "and nothing there but that all was done"
    );
    // A ledger that never learnt where it was used belongs to whoever writes it next.
    project.sql("UPDATE meta SET host = NULL, machine = NULL");
    assert_eq!(on("other", &project, &["run"]).exit, 0);
    assert_eq!(on("ci", &project, &["run"]).exit, 4);
}

#[test]
fn the_emulators_ledger_may_be_anywhere() {
    let platform = Platform::start();
    let project = metro(&platform);
    assert_eq!(on("first", &project, &["run", "--emulator"]).exit, 0);
    assert_eq!(on("second", &project, &["run", "--emulator"]).exit, 0);
    assert_eq!(on("third", &project, &["plan", "--emulator"]).stderr, "");
    assert_eq!(on("third", &project, &["doctor", "--emulator"]).exit, 0);
}
