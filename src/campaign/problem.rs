//! Problems: how they are collected while files are read, and what is known of each.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{AccountName, Mistake, words};

/// The page that explains every kind of problem, under a heading each.
const PAGE: &str = include_str!("../../docs/src/problems.md");

/// The kinds of problems, sorted: the headings of the page that explains them.
///
/// They are stable: scripts may look for them.
pub static KINDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| PAGE.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect());

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ProblemSeverity")]
pub enum Severity {
    /// Nothing is done for the campaign.
    Error,
    /// It is only pointed out.
    Warning,
}

words! { Severity { Error: "error", Warning: "warning" } }

/// One thing that is wrong or doubtful in a campaign file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A stable id in kebab-case, such as `unknown-key`.
    pub kind: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// The file, as its folder was given.
    pub path: Arc<Path>,
    /// What is wrong, on one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// `None` if the file as a whole is meant.
    pub(super) excerpt: Option<Excerpt>,
    pub(super) related: Option<Related>,
}

impl Problem {
    /// The line, from 1; `None` if the file as a whole is meant.
    pub fn line(&self) -> Option<u32> {
        self.excerpt.as_ref().map(|excerpt| excerpt.line)
    }

    /// The column in characters, from 1; `None` if the file as a whole is meant.
    pub fn column(&self) -> Option<u32> {
        self.excerpt.as_ref().map(|excerpt| excerpt.column)
    }
}

/// The line of a file that is shown under a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub file: u32,
    pub line: u32,
    pub column: u32,
    /// The cell as spreadsheets name it (`B7`), in a table.
    pub cell: Option<String>,
    /// The bytes of the line in its source, without its end.
    pub line_bytes: Range<usize>,
    /// The bytes of the line that the caret marks.
    pub marked: Range<usize>,
}

/// Another part of a file that belongs to a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Related {
    pub path: Arc<Path>,
    pub label: &'static str,
    pub excerpt: Option<Excerpt>,
}

/// What is wrong with an account when its variables and files are looked up, after the files were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFault {
    /// The account.
    pub account: AccountName,
    /// What of it.
    pub part: AccountPart,
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// What is wrong, on one line; never a secret.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// What of an account a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountPart {
    /// Its `appid`.
    Appid,
    /// Its `secret` or `secret_file`.
    Secret,
}

/// Where `accounts.yaml` has what of each account. Of an account without that key it is the account's name.
pub(super) type AccountPositions = BTreeMap<(AccountName, AccountPart), Position>;

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Campaign,
    Accounts,
    Table,
}

/// A file that was read, or could not be.
pub(super) struct Source {
    /// As it is shown to people.
    pub path: Arc<Path>,
    pub format: Format,
    /// Decoded, without byte order mark. At most `u32::MAX` bytes.
    pub text: String,
}

impl fmt::Debug for Source {
    /// Leaves the text out: it may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("path", &self.path)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// Where in which file something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// The number of the source.
    pub file: u32,
    pub spot: Spot,
}

/// Where in a file something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// The file as a whole.
    File,
    /// Bytes of its text.
    Bytes { start: u32, len: u32 },
    /// A row of a table as a whole, by its number from 1.
    Row(u32),
    /// A cell of a table: its row's number from 1, its column from 0. Its bytes are looked for when it is shown.
    Cell { row: u32, column: u32 },
}

impl Position {
    pub(super) fn file(file: u32) -> Self {
        Self { file, spot: Spot::File }
    }

    pub(super) fn bytes(file: u32, start: usize, len: u32) -> Self {
        Self { file, spot: Spot::Bytes { start: offset(start), len } }
    }

    /// Sorts the positions of one file.
    pub(super) fn order(self) -> (u32, u32) {
        match self.spot {
            Spot::File => (0, 0),
            Spot::Bytes { start, .. } => (start + 1, 0),
            Spot::Row(row) => (row, 0),
            Spot::Cell { row, column } => (row, column),
        }
    }
}

/// A byte of a text as a number of 32 bits. Texts are bounded far below 4 GiB.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A problem as it is found, before lines are counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub position: Position,
    pub severity: Severity,
    pub mistake: Mistake,
    pub related: Option<(Position, &'static str)>,
}

impl Finding {
    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.mistake.help = Some(help.into());
        self
    }

    pub(super) fn see(&mut self, position: Position, label: &'static str) -> &mut Self {
        self.related = Some((position, label));
        self
    }
}

/// Collects problems.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub list: Vec<Finding>,
    errors: usize,
    warnings: usize,
    /// The last error or warning over [`super::MAX_PROBLEMS`].
    unkept: Option<Finding>,
}

impl Findings {
    pub(super) fn error(
        &mut self,
        position: Position,
        kind: &'static str,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.add(position, Severity::Error, Mistake::new(kind, message))
    }

    pub(super) fn warning(
        &mut self,
        position: Position,
        kind: &'static str,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.add(position, Severity::Warning, Mistake::new(kind, message))
    }

    /// Reports what is wrong with a value; returns the value if nothing is.
    pub(super) fn checked<T>(&mut self, position: Position, result: Result<T, Mistake>) -> Option<T> {
        result.map_err(|mistake| self.add(position, Severity::Error, mistake)).ok()
    }

    /// Reports a file that holds nothing.
    pub(super) fn empty_file(&mut self, file: u32, source: &Source) {
        let message = match source.format {
            _ if source.text.trim().is_empty() => "the file is empty",
            Format::Table => "every cell of the table is empty",
            Format::Campaign | Format::Accounts => "the file has no keys, only comments",
        };
        let help = match source.format {
            Format::Campaign => {
                "a campaign file has `codes` or `include`; if this one is not needed, delete it"
            }
            Format::Table => {
                "the first row names the columns, each further row is a code; or delete the file"
            }
            Format::Accounts => "it needs at least the account `default`; without the file there is one",
        };
        self.error(Position::file(file), "empty-file", message).help(help);
    }

    /// How many errors were found so far. Something has errors if this grew while it was read.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// Whether there are more errors, and more warnings, than are kept.
    pub(super) fn is_cut(&self) -> [bool; 2] {
        [self.errors, self.warnings].map(|count| count > super::MAX_PROBLEMS)
    }

    /// Whether the next problem is worth a search for what was meant, which costs more than reading.
    pub(super) fn is_early(&self) -> bool {
        self.errors < 100
    }

    pub(super) fn add(&mut self, position: Position, severity: Severity, mistake: Mistake) -> &mut Finding {
        debug_assert!(KINDS.contains(&mistake.kind), "{} is not in docs/src/problems.md", mistake.kind);
        let finding = Finding { position, severity, mistake, related: None };
        let index = self.list.len();
        // Warnings take no room from errors: a campaign with an error that nobody is told would seem to be right.
        let count = if severity == Severity::Error { &mut self.errors } else { &mut self.warnings };
        *count += 1;
        if *count > super::MAX_PROBLEMS {
            return self.unkept.insert(finding);
        }
        self.list.push(finding);
        &mut self.list[index]
    }
}

/// The known word that was probably meant. `most` says how many letters of a word of some length may differ.
pub(super) fn suggestion<'w>(
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
    most: fn(usize) -> usize,
) -> Option<&'w str> {
    if word.len() > 64 {
        return None;
    }
    let bare = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = bare(word);
    let length = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let wanted_length = length(&wanted);
    known
        .into_iter()
        .filter_map(|candidate| {
            let most = most(candidate.chars().count());
            // Most candidates are told from the word by their lengths alone.
            if length(candidate).abs_diff(wanted_length) > most {
                return None;
            }
            let distance = strsim::osa_distance(&wanted, &bare(candidate));
            (distance <= most).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
