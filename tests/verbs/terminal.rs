//! What a terminal would act on is never printed, whoever wrote it.

use crate::stored;
use crate::support::Workplace;

/// Clears the screen, turns the direction, and forges a line.
const EVIL: &str = "a\u{1b}[2J\u{9b}31m\u{202e}gpj\nmetro.zip: 3 codes.zip";
const SHOWN: &str = "a\\u{1b}[2J\\u{9b}31m\\u{202e}gpj\\nmetro.zip: 3 codes.zip";

#[test]
fn a_bundles_path_is_shown_escaped() {
    let workplace = stored::workplace();
    workplace.write(EVIL, workplace.read("output/metro/metro.zip"));
    let outcome = workplace.run(&["verify", EVIL]);
    outcome.is(
        0,
        &format!(
            "{SHOWN}: 3 codes, revision 1, all pictures decode to their url; the first expires on 2026-12-22 10:00\n"
        ),
        "",
    );
    let outcome = workplace.run(&["inspect", "4711", "--in", EVIL]);
    outcome.is(3, &format!("4711: a scene\n  bundle     {SHOWN} does not have it\n"), "");
}

#[test]
fn a_path_in_an_error_is_shown_escaped() {
    let workplace = Workplace::with_metro();
    let evil = EVIL.replace('\n', "");
    let shown = SHOWN.replace("\\n", "");
    workplace.run(&["verify", &evil]).is(2, "", &format!("error: there is no file {shown}\n"));
    let ledger = workplace.run(&["status", "--ledger", &evil]);
    assert!(ledger.stdout.contains(&format!("(there is no {shown})")), "{}", ledger.stdout);
    workplace.write(&format!("campaigns/{}.yaml", evil.replace(".zip", "")), "codes: []\n");
    let check = workplace.run(&["check", "--color", "always"]);
    for dangerous in ["\u{1b}[2J", "\u{9b}", "\u{202e}"] {
        assert!(!check.stderr.contains(dangerous), "{:?}", check.stderr);
    }
}
