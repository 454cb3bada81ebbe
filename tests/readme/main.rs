//! The READMEs and the chapters of `docs/`, held to what they say: commands are run, output is compared, campaign files
//! are checked, and what is listed is what there is.

mod compare;
mod formats;
mod languages;
mod markdown;
mod picture;
mod plain_words;
mod reference;
mod shell;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use scenepress::bundle::COLUMNS;
use scenepress::campaign::KINDS;
use scenepress::cli::{Exit, command};

use compare::assert_shown;
use markdown::{Block, Document, Language, read, spans};
use shell::{Shell, program};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The chapters of each language.
fn both() -> [Document; 2] {
    Language::ALL.map(Language::book)
}

fn readmes() -> [Document; 2] {
    Language::ALL.map(|language| Document::parse(&read(&language.readme())))
}

/// Each command of the console blocks with the output that is shown of it.
fn commands(document: &Document) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for block in document.blocks.iter().filter(|block| block.language == "console") {
        for (number, line) in block.lines.iter().enumerate() {
            if let Some(command) = line.strip_prefix("$ ") {
                commands.push((command.to_owned(), Vec::new()));
            } else {
                assert!(number > 0, "a console block begins with a command: {line}");
                commands.last_mut().expect("a command").1.push(line.clone());
            }
        }
    }
    commands
}

#[test]
fn the_first_two_commands_are_a_run_and_the_tests() {
    for document in readmes() {
        let commands = commands(&document);
        let first: Vec<&str> = commands.iter().take(2).map(|(command, _)| command.as_str()).collect();
        assert_eq!(first, ["cargo run --release -- run --emulator", "cargo test --locked"]);
    }
}

#[test]
fn every_command_does_what_is_shown() {
    let (readme, document) = (readmes().into_iter().next().expect("English"), Language::English.book());
    let mut shell = Shell::new();
    let hold = |shell: &mut Shell, document| {
        for (command, shown) in commands(document) {
            match shell.run(&command) {
                Some(printed) => assert_shown(&shown, &printed, &command),
                None => assert!(shown.is_empty(), "{command} is not run, so its output cannot be held"),
            }
        }
        shell.finish();
    };
    hold(&mut shell, &readme);
    // The tour of the README ends on a later day.
    let mut shell = Shell::new();
    shell.run("scenepress run --emulator -q");
    hold(&mut shell, &document);

    let listings: Vec<&Block> =
        document.blocks.iter().filter(|block| listed_bundle(block).is_some()).collect();
    assert!(!listings.is_empty(), "no bundle is shown");
    for listing in listings {
        let bundle = listed_bundle(listing).expect("filtered");
        assert_shown(&listed_names(listing), &entries(&shell.path(bundle)), bundle);
    }
}

/// `# output/…/….zip`
fn listed_bundle(block: &Block) -> Option<&str> {
    let first = block.lines.first()?.strip_prefix("# ")?;
    let is_bundle = Path::new(first).extension().is_some_and(|extension| extension == "zip");
    (block.language == "text" && is_bundle).then_some(first)
}

/// The names of a listing, behind size, day and time.
fn listed_names(block: &Block) -> Vec<String> {
    let name = |line: &String| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["…"] => "…".to_owned(),
        [_size, _day, _time, name] => (*name).to_owned(),
        _ => panic!("not a line of a listing: {line}"),
    };
    block.lines.iter().skip(1).map(name).collect()
}

fn entries(bundle: &Path) -> String {
    let file = File::open(bundle).unwrap_or_else(|error| panic!("{}: {error}", bundle.display()));
    let zip = zip::ZipArchive::new(file).expect("a zip");
    let name = |index| zip.name_for_index(index).expect("an entry").expect("a name");
    (0..zip.len()).map(name).collect::<Vec<_>>().join("\n")
}

/// The campaign files of a README in a folder of their own; how many there are. Other YAML is that of the recipes.
fn write_campaigns(document: &Document, folder: &Path) -> usize {
    fs::create_dir(folder.join("campaigns")).expect("a folder");
    let blocks = document.blocks.iter().filter(|block| ["yaml", "csv"].contains(&block.language.as_str()));
    let named = blocks.map(|block| {
        (block.file().unwrap_or_else(|| panic!("which file is this?\n{}", block.text())), block)
    });
    named
        .filter(|(file, _)| file.starts_with("campaigns/"))
        .map(|(file, block)| {
            let path = folder.join(file);
            assert!(!path.exists(), "{file} is shown twice");
            write(&path, &block.text());
        })
        .count()
}

#[expect(clippy::disallowed_methods, reason = "a test writes into its own folder")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn check(folder: &Path) -> (String, Option<i32>) {
    program(folder, &["check".to_owned()], &[])
}

#[test]
fn the_campaign_files_have_no_problems() {
    let of = |files, codes| move |document| (document, files, codes);
    for (document, files, codes) in readmes().map(of(2, 52)).into_iter().chain(both().map(of(3, 55))) {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(write_campaigns(&document, folder.path()), files);
        let expected = format!("campaigns/: 1 campaign, {codes} codes, no problems\n");
        assert_eq!(check(folder.path()), (expected, Some(0)));
    }
}

#[test]
fn every_line_for_a_shell_is_one_of_the_program() {
    for document in readmes().into_iter().chain(both()) {
        let blocks = document.blocks.iter().filter(|block| block.language == "sh");
        for line in blocks.flat_map(|block| &block.lines) {
            let line = line.split("  # ").next().unwrap_or_default().trim_end();
            let line = line.split(" > ").next().unwrap_or_default();
            let Some(words) = line.strip_prefix("scenepress ") else { continue };
            let parsed = command().no_binary_name(true).try_get_matches_from(shell_words(words));
            assert!(parsed.is_ok(), "scenepress {words}: {}", parsed.expect_err("it is wrong"));
        }
    }
}

/// The words of a line; what stands in single quotes is one.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('\'').enumerate() {
        if number % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn every_problem_of_campaign_files_has_its_paragraph() {
    let chapter = Document::parse(&read(Path::new("docs/src/problems.md")));
    let headings = chapter.prose.iter().filter_map(|line| line.strip_prefix("### `"));
    let explained: Vec<&str> = headings.filter_map(|heading| heading.strip_suffix('`')).collect();
    assert_eq!(explained, *KINDS);
    assert!(explained.is_sorted_by(|a, b| a < b), "each kind has one paragraph, and they are sorted");
}

#[test]
fn a_readme_is_one_page() {
    for language in Language::ALL {
        let bytes = read(&language.readme()).len();
        assert!(bytes <= 10_000, "{language:?}: {bytes} bytes");
    }
}

#[test]
fn the_problem_that_is_shown_is_what_a_misspelt_tags_gives() {
    for document in both() {
        let folder = tempfile::tempdir().expect("a folder");
        write_campaigns(&document, folder.path());
        let path = folder.path().join("campaigns/metro.yaml");
        write(&path, &read(&path).replacen("tags:", "tag:", 1));
        let shown = document.blocks.iter().find(|block| block.lines[0].starts_with("error["));
        assert_eq!(check(folder.path()), (shown.expect("a problem").text(), Some(2)));
    }
}

#[test]
fn every_verb_is_in_the_table_and_no_other() {
    let verbs: BTreeSet<String> =
        command().get_subcommands().map(|verb| format!("`{}`", verb.get_name())).collect();
    for document in both() {
        let listed = document.column(["Verb", "命令"]);
        assert_eq!(listed.len(), verbs.len());
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), verbs);
    }
}

#[test]
fn every_option_that_is_named_exists() {
    let clap = command();
    let verbs = clap.get_subcommands();
    let levels = std::iter::once(&clap).chain(verbs.flat_map(|verb| {
        std::iter::once(verb).chain(verb.get_subcommands()) // `ledger` has verbs of its own
    }));
    let mut known: BTreeSet<String> = levels
        .flat_map(clap::Command::get_arguments)
        .filter_map(|argument| argument.get_long())
        .map(|long| format!("--{long}"))
        .collect();
    known.extend(
        ["--help", "--version", "--release", "--locked", "--path", "--test", "--nocapture", "--ignored"]
            .map(str::to_owned),
    ); // clap's and cargo's
    known.extend(["--create-home", "--user-group", "--ff-only"].map(str::to_owned)); // useradd's and git's, in recipes
    let of_containers =
        ["--root", "--no-install-recommends", "--from=build", "--file", "--tag", "--rm", "--volume"];
    known.extend(of_containers.map(str::to_owned));
    known.extend(["--env", "--env-file", "--all-targets"].map(str::to_owned));
    for document in readmes().into_iter().chain(both()) {
        let code = document.spans().into_iter().chain(document.blocks.iter().map(Block::text));
        let named: BTreeSet<String> = code
            .flat_map(|code| code.split([' ', '\n', '`', '：', '。']).map(str::to_owned).collect::<Vec<_>>())
            .filter(|word| word.strip_prefix("--").is_some_and(|name| name.starts_with(char::is_alphabetic)))
            .map(|word| word.trim_end_matches([';', ',', ':']).to_owned())
            .collect();
        assert!(named.len() > 3, "{named:?}");
        assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
    }
}

#[test]
fn the_table_of_exits_is_the_programs() {
    let all: Vec<String> = Exit::ALL.iter().map(|exit| exit.code().to_string()).collect();
    for document in both() {
        assert_eq!(document.column(["Exit", "退出码"]), all);
    }
}

#[test]
fn the_manifests_columns_are_the_programs() {
    let columns = COLUMNS.map(|column| format!("`{column}`"));
    for document in both() {
        assert_eq!(document.column(["Column", "列"]), columns);
    }
}

#[test]
fn the_libraries_are_those_of_the_package() {
    let manifest = read(&repository("Cargo.toml"));
    let (_, rest) = manifest.split_once("[dependencies]\n").expect("dependencies");
    let (section, _) = rest.split_once("\n[").expect("a next section");
    let names =
        section.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let depended: BTreeSet<String> = names.map(|(name, _)| name.to_owned()).collect();
    for document in both() {
        let rows = document.column(["Library", "库"]);
        let listed: BTreeSet<String> =
            rows.iter().flat_map(|row| row.split(", ")).map(str::to_owned).collect();
        assert_eq!(listed, depended);
    }
}

#[test]
fn every_message_that_is_explained_is_one_of_the_program() {
    let mut source = String::new();
    collect(&repository("src"), &mut source);
    for document in both() {
        for cell in document.column(["Message", "信息"]) {
            let messages = spans(&cell);
            assert!(!messages.is_empty(), "{cell}");
            for part in messages.iter().flat_map(|message| message.split('…')).map(str::trim) {
                assert!(source.contains(part), "the program never says: {part}");
            }
        }
    }
}

/// The text of all source files; string literals over several lines are joined.
fn collect(folder: &Path, source: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, source);
        } else {
            let text = read(&path);
            let mut lines = text.lines().peekable();
            while let Some(line) = lines.next() {
                source.push_str(line.trim_start().trim_end_matches('\\'));
                if !line.ends_with('\\') || lines.peek().is_none() {
                    source.push('\n');
                }
            }
        }
    }
}

#[test]
fn every_file_that_is_named_exists() {
    for language in Language::ALL {
        let mut counted = 0;
        for path in language.files() {
            let document = Document::parse(&read(&path));
            let spans = document.spans().into_iter().filter(|span| !span.contains(' '));
            let of_ours =
                |span: &String| ["src/", "tests/", "benches/"].iter().any(|folder| span.starts_with(folder));
            let named = spans.filter(of_ours).map(|file| repository(&file));
            let folder = repository("").join(path.parent().expect("a folder"));
            let linked = document.links().into_iter().filter(|link| !link.starts_with("https:"));
            let linked = linked.map(|file| folder.join(file));
            for file in named.chain(linked) {
                assert!(file.exists(), "{}: {} does not exist", path.display(), file.display());
                counted += 1;
            }
        }
        assert!(counted > 20, "{counted}");
    }
}

#[test]
fn every_chapter_is_in_the_summary() {
    let mut found = BTreeSet::new();
    for folder in ["docs/src", "docs/src/zh"] {
        for entry in fs::read_dir(repository(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
            if name.strip_suffix(".md").is_some_and(|name| name != "SUMMARY") {
                found.insert(Path::new(folder).join(name));
            }
        }
    }
    let listed = Language::ALL.into_iter().flat_map(Language::chapters);
    assert_eq!(listed.collect::<BTreeSet<_>>(), found);
}
