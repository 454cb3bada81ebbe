use std::process::Stdio;

use crate::support::{Workplace, outcome};

#[test]
fn a_misspelt_verb_or_option_gets_a_suggestion() {
    let workplace = Workplace::new();
    let outcome = workplace.run(&["plna"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("tip: a similar subcommand exists: 'plan'"), "{}", outcome.stderr);
    let outcome = workplace.run(&["plan", "--keep-goin"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("tip: a similar argument exists: '--keep-going'"), "{}", outcome.stderr);
}

#[test]
fn wrong_usage_exits_with_2() {
    let workplace = Workplace::with_metro();
    for args in [
        &[][..],
        &["run", "--now", "2026-01-01"],
        &["plan", "--now", "tomorrow"],
        &["plan", "--format", "yaml"],
        &["plan", "-q", "-v"],
        &["plan", "--quota", "--emulator"],
        &["plan", "--emulator", "--ledger", "output/ledger.sqlite"],
        &["verify"],
        &["inspect"],
        &["inspect", "1", "--in", "a.zip", "--ledger", "b"],
        &["completions", "tcsh"],
        &["check", "nowhere"],
        &["emulator", "--minute-quota", "0"],
        &["emulator", "--appid", ""],
        &["emulator", "--secret", ""],
    ] {
        let outcome = workplace.run(args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{args:?}: {}", outcome.stderr);
        assert!(!outcome.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn the_emulator_never_writes_into_the_real_ledger() {
    let workplace = Workplace::with_metro();
    let variables = [("SCENEPRESS_LEDGER", "/var/lib/real.sqlite")];
    assert_eq!(workplace.run_with(&["plan", "--emulator"], &variables).code, 0);
    workplace.run_with(&["plan", "--emulator", "--ledger", "/var/lib/real.sqlite"], &variables).is(
        2,
        "",
        "error: /var/lib/real.sqlite is the real ledger: with --emulator it would fill with codes that nobody can \
         scan; leave --ledger out, or name another file\n",
    );
}

#[test]
fn every_verb_is_in_the_help() {
    let help = Workplace::new().run(&["--help"]).stdout;
    for verb in [
        "run", "check", "plan", "status", "bundle", "verify", "inspect", "ledger", "init", "emulator",
        "schema", "man",
    ] {
        assert!(help.contains(&format!("\n  {verb} ")), "{verb}: {help}");
    }
}

#[test]
fn help_is_a_verb_too_and_holds_no_backticks() {
    let workplace = Workplace::new();
    assert_eq!(workplace.run(&["help"]), workplace.run(&["--help"]));
    let run = workplace.run(&["help", "run"]);
    assert_eq!(run, workplace.run(&["run", "--help"]));
    let emulator = "Use the embedded emulator, with its own ledger and bundles";
    assert!(run.stdout.contains(emulator), "{}", run.stdout);
    assert!(!run.stdout.contains('`'), "{}", run.stdout);
}

#[test]
fn each_verb_says_what_it_does_without_a_ledger() {
    let workplace = Workplace::with_metro();
    let (anyway, as_new) = ("; this verb does so in any case", ", instead of taking everything as new");
    for (verb, said, exit) in [
        ("run", as_new, None),
        ("plan", as_new, Some(0)),
        ("status", as_new, Some(0)),
        ("bundle", anyway, Some(4)),
        ("handoff", anyway, None),
        ("inspect 1001", ", instead of telling only what can be told without one", Some(3)),
        ("ledger backup copy.sqlite", anyway, Some(4)),
        ("ledger export", anyway, Some(4)),
        ("ledger import", ", instead of making one", None),
    ] {
        let args: Vec<&str> = verb.split(' ').collect();
        let help = workplace.run(&[&args[..], &["--help"]].concat()).stdout;
        let lines: Vec<&str> = help.split("--require-ledger\n").nth(1).expect("the option").lines().collect();
        let end = lines.iter().position(|line| line.is_empty()).expect("an end");
        let words = lines[..end].iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        assert_eq!(words, format!("Exit with 4 if there is no ledger{said}"), "{verb}");
        if let Some(exit) = exit {
            assert_eq!(workplace.run(&args).code, exit, "{verb}");
            assert_eq!(workplace.run(&[&args[..], &["--require-ledger"]].concat()).code, 4, "{verb}");
        }
    }
}

#[test]
fn the_help_lists_every_exit_code() {
    let help = Workplace::new().run(&["--help"]).stdout;
    for exit in scenepress::cli::Exit::ALL {
        assert!(help.contains(&format!("\n  {:>3}  ", exit.code())), "{exit:?}: {help}");
    }
}

#[test]
fn every_verb_has_an_example() {
    let workplace = Workplace::new();
    for verb in [
        "run",
        "check",
        "plan",
        "status",
        "bundle",
        "verify",
        "inspect",
        "init",
        "emulator",
        "completions",
        "man",
    ] {
        let help = workplace.run(&[verb, "--help"]).stdout;
        assert!(help.contains("\nExample") && help.contains(&format!("\n  scenepress {verb}")), "{help}");
    }
}

#[test]
fn colours_of_the_help_follow_the_option() {
    let workplace = Workplace::new();
    assert!(workplace.run(&["--color=always", "--help"]).stdout.contains('\u{1b}'));
    assert!(workplace.run(&["--color", "always", "plna"]).stderr.contains('\u{1b}'));
    assert!(!workplace.run(&["--help"]).stdout.contains('\u{1b}'));
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let workplace = Workplace::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let outcome = outcome(workplace.command(&["man"]).stdout(Stdio::from(writer)));
    outcome.is(0, "", "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let outcome = outcome(Workplace::new().command(&["man"]).stdout(full));
    outcome.is(1, "", "error: cannot write to standard output: No space left on device (os error 28)\n");
}
