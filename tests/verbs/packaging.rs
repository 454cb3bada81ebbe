use crate::support::Workplace;

#[test]
fn every_shell_gets_completions() {
    let workplace = Workplace::new();
    for (shell, sign) in [
        ("bash", "complete -F _scenepress"),
        ("elvish", "edit:completion"),
        ("fish", "complete -c scenepress"),
        ("powershell", "Register-ArgumentCompleter"),
        ("zsh", "#compdef scenepress"),
    ] {
        let outcome = workplace.run(&["completions", shell]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert!(outcome.stdout.contains(sign), "{shell}");
        assert!(outcome.stdout.contains("keep-going"), "{shell}");
    }
}

#[test]
fn the_manual_is_one_page_or_one_for_each_verb() {
    let workplace = Workplace::new();
    let outcome = workplace.run(&["man"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout.contains(".TH scenepress 1"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("stopped by SIGTERM"), "{}", outcome.stdout);

    let outcome = workplace.run(&["man", "--dir", "share/man1"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let main = String::from_utf8(workplace.read("share/man1/scenepress.1")).expect("UTF-8");
    assert!(main.contains("scenepress\\-run(1)"), "{main}");
    assert!(main.contains(".TH scenepress 1  \"scenepress 0.1.0\" \"scenepress manual\""), "{main}");
    assert!(main.contains(".SH EXIT STATUS\n.TP\n\\fB0\\fR\ndone; also: nothing to do\n.TP\n"), "{main}");
    let run = String::from_utf8(workplace.read("share/man1/scenepress-run.1")).expect("UTF-8");
    assert!(run.contains("\n.SH EXAMPLES\n  scenepress run \\-\\-emulator\n"), "{run}");
    for page in [&main, &run] {
        let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        assert!(headings.iter().all(|heading| heading.to_uppercase() == **heading), "{headings:?}");
        assert!(!page.contains("see a summary") && !page.contains("EXTRA"), "{page}");
    }
    let plan = String::from_utf8(workplace.read("share/man1/scenepress-plan.1")).expect("UTF-8");
    assert!(plan.contains(".TH scenepress-plan 1"), "{plan}");
    assert!(plan.contains("scenepress plan"), "{plan}");
    for line in outcome.stdout.lines() {
        assert!(workplace.path(line.trim_start_matches("wrote ")).exists(), "{line}");
    }
}
