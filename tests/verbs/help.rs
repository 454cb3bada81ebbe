use crate::support::Workplace;

/// The topics that the help lists.
fn topics(workplace: &Workplace) -> Vec<String> {
    let help = workplace.run(&["help"]).stdout;
    let list = help.split("Topics, which scenepress help NAME prints:\n").nth(1).expect("a list");
    let lines = list.lines().take_while(|line| !line.is_empty());
    lines.map(|line| line.split_whitespace().next().expect("a name").to_owned()).collect()
}

#[test]
fn each_topic_that_is_listed_is_printed() {
    let workplace = Workplace::new();
    let topics = topics(&workplace);
    assert!(topics.len() > 12, "{topics:?}");
    for topic in topics {
        let outcome = workplace.run(&["help", &topic]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{topic}");
        // A verb of the same name would hide the chapter.
        assert!(outcome.stdout.starts_with("# "), "{topic}: {}", outcome.stdout);
        assert!(!outcome.stdout.contains("<!--"), "{topic}");
    }
}

#[test]
fn every_english_chapter_is_a_topic() {
    let summary = include_str!("../../docs/src/SUMMARY.md");
    let chapters = summary.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(".md)"));
    let chapters = chapters.filter(|chapter| !chapter.starts_with("zh/"));
    // The command reference is what `help VERB` prints.
    let expected: Vec<&str> = chapters.filter(|chapter| *chapter != "commands").collect();
    assert_eq!(topics(&Workplace::new()), expected);
}

#[test]
fn every_verb_has_its_help_under_its_name() {
    let workplace = Workplace::new();
    for verb in ["status", "emulator", "help", "ledger"] {
        assert_eq!(workplace.run(&["help", verb]), workplace.run(&[verb, "--help"]), "{verb}");
    }
    let backup = workplace.run(&["help", "ledger", "backup"]);
    assert_eq!(backup, workplace.run(&["ledger", "backup", "--help"]));
    assert!(backup.stdout.contains("Usage: scenepress ledger backup"), "{}", backup.stdout);
}

#[test]
fn a_misspelt_topic_or_verb_gets_a_suggestion() {
    let workplace = Workplace::new();
    for (misspelt, meant) in
        [("campain-files", "campaign-files"), ("recipies", "recipes"), ("statsu", "status")]
    {
        let outcome = workplace.run(&["help", misspelt]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{misspelt}");
        let tip = format!("tip: a similar value exists: '{meant}'");
        assert!(outcome.stderr.contains(&tip), "{}", outcome.stderr);
    }
}
