//! Runs the commands of the documentation, as far as they are this program's.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use scenepress::{clock, model};

/// The day on which the output in the documentation was made. A `--now` in them moves by the days passed since.
const WRITTEN_ON: Date = date(2026, 11, 22);

/// Commands that are cargo's business: the README's test command runs this test, and the others take minutes.
const CARGO: [&str; 4] = [
    "cargo test --locked",
    "cargo test --locked --test worst -- --nocapture",
    "cargo bench",
    "cargo install --locked --path .",
];

/// A folder with the example campaigns, the variables set so far, and the last exit.
pub(crate) struct Shell {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    exit: Option<i32>,
}

/// What a line printed; `None` where it was not run.
pub(crate) type Printed = Option<String>;

impl Shell {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns");
        let copy = folder.path().join("campaigns");
        std::fs::create_dir(&copy).expect("a folder");
        for entry in std::fs::read_dir(examples).expect("the examples") {
            let path = entry.expect("an entry").path();
            std::fs::copy(&path, copy.join(path.file_name().expect("a name"))).expect("copied");
        }
        Self { folder, variables: Vec::new(), exit: None }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs one line. The exit of the one before must have been 0, or have been asked for with `echo $?`.
    pub(crate) fn run(&mut self, line: &str) -> Printed {
        if line == "echo $?" {
            return self.exit.take().map(|exit| format!("{exit}\n"));
        }
        self.finish();
        if let Some(assignment) = line.strip_prefix("export ") {
            let (name, value) = assignment.split_once('=').expect("NAME=value");
            self.variables.push((name.to_owned(), value.to_owned()));
            return Some(String::new());
        }
        if CARGO.contains(&line) {
            return None;
        }
        let arguments =
            line.strip_prefix("cargo run --release -- ").or_else(|| line.strip_prefix("scenepress "));
        let arguments = arguments.unwrap_or_else(|| panic!("this test does not know the command: {line}"));
        let (text, exit) = program(self.folder.path(), &arguments_of(arguments), &self.variables);
        self.exit = exit;
        assert!(exit.is_some(), "{line} was ended by a signal");
        Some(text)
    }

    /// The last command must have succeeded.
    pub(crate) fn finish(&mut self) {
        let exit = self.exit.take();
        assert!(
            matches!(exit, None | Some(0)),
            "a command ended with {exit:?} and the documentation does not say so"
        );
    }
}

fn arguments_of(text: &str) -> Vec<String> {
    assert!(!text.contains(['"', '\'', '|', '>', '*', '$']), "this test is no shell: {text}");
    let mut arguments: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let passed = WRITTEN_ON.until(model::beijing_date(clock::now())).expect("two days").get_days();
    let now = arguments.iter().position(|argument| argument == "--now");
    if let Some(place) = now.filter(|place| !arguments[place + 1].starts_with('+')) {
        let day: Date = arguments[place + 1].parse().expect("a day");
        arguments[place + 1] = day.checked_add(passed.days()).expect("a day").to_string();
    }
    arguments
}

/// Runs the program in a folder: what it printed on either stream, in order, and its exit.
pub(crate) fn program(
    folder: &Path,
    arguments: &[String],
    variables: &[(String, String)],
) -> (String, Option<i32>) {
    let mut printed = tempfile::tempfile().expect("a file");
    let stream = |file: &File| Stdio::from(file.try_clone().expect("a second handle"));
    let status = Command::new(env!("CARGO_BIN_EXE_scenepress"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(stream(&printed))
        .stderr(stream(&printed))
        .status()
        .expect("the program");
    let mut text = String::new();
    printed.rewind().expect("the beginning");
    printed.read_to_string(&mut text).expect("text");
    (text, status.code())
}
