//! `run --emulator --now`: the emulator and the run move together, and never back.

use crate::support::{Outcome, Workplace};

/// A screen, and a poster whose death is accepted.
const METRO: &str = "\
expires: 30d
medium: screen
until: 2099-03-15
accept_expiry: 2026-01-01
codes:
  - {scene: 1, channel: Screen}
  - {scene: 2, channel: Poster, medium: paper, expires: 14d}
";

fn workplace() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("campaigns/metro.yaml", METRO);
    workplace
}

#[track_caller]
fn run(workplace: &Workplace, more: &[&str]) -> Outcome {
    let outcome = workplace.run(&[&["run", "--emulator"], more].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    // Nothing is told of a clock that differs from the platform's.
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    outcome
}

#[test]
fn a_newcomer_sees_a_renewal_and_a_reprint_at_once() {
    let workplace = workplace();
    run(&workplace, &["--now", "2027-01-05"]);
    let kept = run(&workplace, &["--now", "+9d"]).stderr;
    assert!(kept.contains("2027-01-14 00:00:") && kept.contains("Nothing to do: 2 codes"), "{kept}");
    let renewed = run(&workplace, &["--now", "2027-01-30T09:30"]).stderr;
    assert!(renewed.contains("metro: 1 renewed, 1 unchanged\n"), "{renewed}");
    // The others go on from there.
    let status = workplace.run(&["status", "--emulator"]).stdout;
    assert!(status.starts_with("Status of 2027-01-30 09:30 (Beijing time)\n"), "{status}");
    assert!(status.contains("bundle current, revision 2, 1 dead, of 2027-01-30 09:30\n"), "{status}");
    assert!(status.contains("1 code on paper is dead since 2027-01-19, as accepted"), "{status}");
    let plan = workplace.run(&["plan", "--emulator"]).stdout;
    assert!(
        plan.starts_with("Plan of 2027-01-30 09:30 (Beijing time), against the ledger of 2027-01-30"),
        "{plan}"
    );
    let inspected = workplace.run(&["inspect", "--emulator", "2"]).stdout;
    assert!(inspected.contains("died on 2027-01-19 00:00"), "{inspected}");
    let reprinted = run(&workplace, &["--reprint", "metro"]).stderr;
    assert!(reprinted.starts_with("the emulator's time goes on from 2027-01-30 09:30, where"), "{reprinted}");
    assert!(reprinted.contains("metro: 1 renewed, 1 unchanged\n"), "{reprinted}");
    let document = run(&workplace, &["--now", "2027-01-30T09:31", "--format", "json"]).json();
    assert!(
        document["started_at"].as_str().is_some_and(|at| at.starts_with("2027-01-30T09:31:0")),
        "{document}"
    );
    assert_eq!(workplace.run(&["verify", "output/emulator/metro/metro.NOT-FOR-PRINT.zip"]).code, 0);
}

#[test]
fn the_emulators_time_never_goes_back() {
    let workplace = workplace();
    run(&workplace, &["--now", "2027-01-30T09:30"]);
    let ledger = workplace.read("output/emulator/ledger.sqlite");
    let refused = "\
error: --now 2027-01-29 00:00 is before 2027-01-30 09:30, when the emulator's ledger output/emulator/ledger.sqlite was \
                   last written
  = help: the emulator's time never goes back: name a later instant, or leave --now out
  = help: or move that ledger and its bundles away, to begin anew
";
    workplace.run(&["run", "--emulator", "--now", "2027-01-29"]).is(2, "", refused);
    let document = workplace.run(&["run", "--emulator", "--now", "2027-01-30T09:29", "--format", "json"]);
    assert_eq!((document.code, &document.json()["exit"]), (2, &serde_json::json!(2)));
    assert_eq!(workplace.read("output/emulator/ledger.sqlite"), ledger);
    // The day itself goes on from where it ended.
    run(&workplace, &["--now", "2027-01-30"]);
}

#[test]
fn only_a_rehearsal_has_a_time_of_its_own() {
    let workplace = workplace();
    for (args, told) in [
        (&["run", "--now", "2027-01-05"][..], "--emulator"),
        (&["run", "--emulator", "--now", "soon"], "2026-12-01T09:30"),
        (&["run", "--emulator", "--now", "+20"], "20d, 20h or 20m?"),
        (&["run", "--emulator", "--now", "1999-12-31"], "the year must be between 2000 and 2099"),
        (&["run", "--emulator", "--now", "9999-12-30"], "the year must be between 2000 and 2099"),
        (&["run", "--emulator", "--now", "+9999999999999w"], "the year must be between 2000 and 2099"),
    ] {
        let outcome = workplace.run(args);
        assert_eq!(outcome.code, 2, "{args:?}");
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    }
    assert!(!workplace.path("output").exists());
}
