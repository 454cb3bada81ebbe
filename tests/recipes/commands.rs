//! Every command line of this program in a recipe.

use scenepress::cli::{Exit, command};

use crate::both;
use crate::recipes::NAMES;

/// Verbs that read or write the ledger; each recipe must say that there is one.
const WITH_LEDGER: [&str; 5] = ["run", "plan", "status", "doctor", "ledger"];

/// The recipe that makes the ledger.
const FIRST: &str = "first run";

/// The words of each `scenepress …` in a text, up to what the shell takes for itself.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for line in text.lines().map(|line| line.split("# ").next().unwrap_or_default()) {
        let line = without_substitutions(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        for (place, word) in words.iter().enumerate() {
            let program = word.rsplit_once('=').map_or(*word, |(_, program)| program);
            let is_target = words.first() == Some(&"sudo") && words.get(1) == Some(&"install");
            if is_target || !["scenepress", "/usr/local/bin/scenepress"].contains(&program) {
                continue;
            }
            let ends =
                |word: &&&str| !word.starts_with(['|', '&', ';', '>', '<', '}']) && !word.starts_with("2>");
            let rest = words[place + 1..].iter().take_while(ends);
            found.push(rest.map(|word| (*word).to_owned()).collect());
        }
    }
    found
}

/// `a-$(date +%u).b` as one word.
fn without_substitutions(line: &str) -> String {
    let mut parts = line.split("$(");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "_" + part.split_once(')').expect("it is closed").1)
}

#[test]
fn the_words_of_a_command_end_where_the_shell_begins() {
    let text = "cd x && scenepress run --a 26h >>log 2>&1 || { echo \"scenepress run\"; }\n\
                ExecStart=/usr/local/bin/scenepress status\n  - run: scenepress check # scenepress plan\n\
                sudo install scenepress /usr/local/bin/\n7 3 * * *  scenepress ledger backup a-$(date +\\%u).b";
    let expected =
        [vec!["run", "--a", "26h"], vec!["status"], vec!["check"], vec!["ledger", "backup", "a-_.b"]];
    assert_eq!(commands(text), expected);
}

#[test]
fn both_languages_have_every_recipe() {
    for recipes in both() {
        let names: Vec<String> = recipes.all().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, NAMES, "{:?}", recipes.language);
    }
}

#[test]
fn every_command_is_one_of_the_program_and_requires_the_ledger() {
    for recipes in both() {
        let mut counted = Vec::new();
        for (name, text) in recipes.all() {
            let commands = commands(&text);
            for words in &commands {
                let line = words.join(" ");
                let parsed = command()
                    .no_binary_name(true)
                    .try_get_matches_from(words)
                    .unwrap_or_else(|error| panic!("{name}: scenepress {line}\n{error}"));
                let verb = parsed.subcommand_name().expect("a verb");
                let requires = words.iter().any(|word| word == "--require-ledger");
                let must = WITH_LEDGER.contains(&verb) && name != FIRST;
                assert_eq!(requires, must, "{name}: scenepress {line}");
            }
            counted.push(commands.len());
        }
        assert_eq!(counted, [0, 4, 4, 2, 0, 1, 0, 0, 0, 2, 2, 4, 0, 2], "{:?}", recipes.language);
    }
}

#[test]
fn the_table_of_exits_has_every_exit_that_a_run_can_end_with_once() {
    let of_others = [Exit::Changes, Exit::Overdue];
    let mut expected: Vec<u8> =
        Exit::ALL.iter().filter(|exit| !of_others.contains(exit)).map(|exit| exit.code()).collect();
    expected.sort_unstable();
    for recipes in both() {
        let mut codes: Vec<u8> = recipes.exits().into_iter().flat_map(|(codes, _)| codes).collect();
        codes.sort_unstable();
        assert_eq!(codes, expected, "{:?}", recipes.language);
    }
}

#[test]
fn the_container_is_built_with_the_rust_of_the_package() {
    let version = concat!("rust:", env!("CARGO_PKG_RUST_VERSION"), "-");
    for recipes in both() {
        assert!(recipes.get("Containerfile").contains(version), "{:?}", recipes.language);
    }
}
