//! Problems: how they are collected while files are read, and what is known of them afterwards.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::accounts::{AccountPart, AccountPlaces};
use super::mask;
use super::place::Places;
use super::render::RenderOptions;
use crate::model::AccountName;
use crate::table::Mistake;

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The campaign cannot be used.
    Error,
    /// The campaign can be used; somebody should look.
    Warning,
}

impl Severity {
    /// The word in documents: `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong or doubtful in a campaign file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which kind it is: a stable id in kebab-case, such as `unknown-key`.
    pub kind: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// The file, as its folder was given.
    pub path: Arc<Path>,
    /// The line, from 1; `None` where the file as a whole is meant.
    pub line: Option<u32>,
    /// The column in characters, from 1.
    pub column: Option<u32>,
    /// The cell as spreadsheets name it (`B7`), in a table.
    pub cell: Option<String>,
    /// What is wrong, on one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    pub(super) shown: Option<Shown>,
    pub(super) related: Option<Related>,
}

/// The part of a source that is shown under a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub file: usize,
    pub line: u32,
    /// Bytes of the line in its source, without its end.
    pub line_bytes: std::ops::Range<usize>,
    /// Bytes the caret marks, in the line.
    pub marked: std::ops::Range<usize>,
}

/// A second place that belongs to a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Related {
    pub path: Arc<Path>,
    pub label: &'static str,
    pub shown: Option<Shown>,
}

/// What is wrong with an account where its variables and files are looked up, which is after the reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFault {
    /// The account.
    pub account: AccountName,
    /// What of it.
    pub part: AccountPart,
    /// Which kind of problem, one of [`super::KINDS`].
    pub kind: &'static str,
    /// What is wrong, on one line; never a secret.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Every problem of a reading, sorted by file and place.
#[derive(Debug)]
pub struct Problems {
    pub(super) list: Vec<Problem>,
    pub(super) sources: Vec<Source>,
    /// The folder, which is to blame where there is no `accounts.yaml`.
    pub(super) root: Arc<Path>,
    pub(super) accounts: AccountPlaces,
}

impl Problems {
    /// Finds lines and columns, sorts, and drops what was found twice.
    pub(super) fn new(mut sources: Vec<Source>, findings: Findings) -> Self {
        let mut list = findings.list;
        list.sort_by(|a, b| {
            let key = |f: &Found| (f.place.spot.order(), f.kind);
            (&sources[a.place.file].path, key(a), &a.message).cmp(&(
                &sources[b.place.file].path,
                key(b),
                &b.message,
            ))
        });
        list.dedup();
        let list = {
            let mut places = Places::new(&sources);
            let mut related_places = Places::new(&sources);
            list.into_iter()
                .map(|found| finished(found, &sources, &mut places, &mut related_places))
                .collect()
        };
        let (root, accounts) = (Path::new("").into(), AccountPlaces::default());
        let mut problems = Self { list, sources: Vec::new(), root, accounts };
        problems.keep_only_needed(&mut sources);
        problems.sources = sources;
        problems
    }

    /// Adds what was found out about accounts; returns it as text for people.
    pub fn add_account_faults(&mut self, faults: Vec<AccountFault>, options: RenderOptions) -> String {
        let before = self.list.len();
        let mut places = Places::new(&self.sources);
        for fault in faults {
            let spot = |part| self.accounts.spots.get(&(fault.account.clone(), part)).copied();
            let place = self.accounts.file.map(|file| {
                let spot = spot(fault.part).or_else(|| spot(AccountPart::Name)).unwrap_or(Spot::File);
                Place { file, spot }
            });
            let located = place.and_then(|place| places.locate(place));
            self.list.push(Problem {
                kind: fault.kind,
                severity: Severity::Error,
                path: place
                    .map_or_else(|| Arc::clone(&self.root), |place| self.sources[place.file].path.clone()),
                line: located.as_ref().map(|l| l.shown.line),
                column: located.as_ref().map(|l| l.column),
                cell: None,
                message: fault.message,
                help: Some(fault.help),
                shown: located.map(|l| l.shown),
                related: None,
            });
        }
        self.render_from(before, options)
    }

    /// Drops texts that no problem shows, and hides secrets in the others.
    fn keep_only_needed(&mut self, sources: &mut [Source]) {
        let mut needed = vec![false; sources.len()];
        for problem in &self.list {
            let places = [problem.shown.as_ref(), problem.related.as_ref().and_then(|r| r.shown.as_ref())];
            for shown in places.into_iter().flatten() {
                needed[shown.file] = true;
            }
        }
        for (source, needed) in sources.iter_mut().zip(needed) {
            match source.format {
                // Later problems may be about accounts too.
                Format::Accounts => mask::hide_values(&mut source.text),
                Format::Campaign if needed => mask::hide_secrets(&mut source.text),
                Format::Table if needed => {}
                Format::Campaign | Format::Table => source.text = String::new(),
            }
        }
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|p| p.severity == Severity::Error)
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|p| p.severity == Severity::Error).count()
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.list.len() - self.errors()
    }

    /// How many there are of each kind.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for problem in &self.list {
            *counts.entry(problem.kind).or_default() += 1;
        }
        counts
    }

    /// All of them, sorted by file and place.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn finished(found: Found, sources: &[Source], places: &mut Places<'_>, others: &mut Places<'_>) -> Problem {
    let located = places.locate(found.place);
    let source = &sources[found.place.file];
    let hide = |text: String| match source.format {
        Format::Accounts => mask::hide_quoted(&text, &source.text, found.kind == "missing-field"),
        Format::Campaign | Format::Table => text,
    };
    Problem {
        kind: found.kind,
        severity: found.severity,
        path: source.path.clone(),
        line: located.as_ref().map(|l| l.shown.line),
        column: located.as_ref().map(|l| l.column),
        cell: located.as_ref().and_then(|l| l.cell.clone()),
        message: hide(found.message),
        help: found.help,
        shown: located.map(|l| l.shown),
        related: found.related.map(|(place, label)| Related {
            path: sources[place.file].path.clone(),
            label,
            shown: others.locate(place).map(|l| l.shown),
        }),
    }
}

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

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// The file as a whole.
    File,
    /// Bytes of its text.
    Span { start: u32, len: u32 },
    /// A row of a table as a whole, by its number from 1.
    Row(u32),
    /// A cell of a table: its row's number from 1, its column from 0. Its bytes are looked for when it is shown.
    Cell { row: u32, column: u32 },
}

impl Spot {
    fn order(self) -> (u32, u32) {
        match self {
            Self::File => (0, 0),
            Self::Span { start, .. } => (start + 1, 0),
            Self::Row(row) => (row, 0),
            Self::Cell { row, column } => (row, column),
        }
    }
}

/// Where in which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of the source.
    pub file: usize,
    pub spot: Spot,
}

impl Place {
    pub(super) fn file(file: usize) -> Self {
        Self { file, spot: Spot::File }
    }
}

/// A problem as it is found, before lines are counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    place: Place,
    severity: Severity,
    kind: &'static str,
    message: String,
    help: Option<String>,
    related: Option<(Place, &'static str)>,
}

impl Found {
    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn see(&mut self, place: Place, label: &'static str) -> &mut Self {
        self.related = Some((place, label));
        self
    }
}

/// Collects problems.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Found>,
    errors: usize,
    /// The last one over [`super::MAX_PROBLEMS`].
    unkept: Option<Found>,
}

impl Findings {
    pub(super) fn error(
        &mut self,
        place: Place,
        kind: &'static str,
        message: impl Into<String>,
    ) -> &mut Found {
        self.errors += 1;
        self.add(place, Severity::Error, kind, message.into())
    }

    pub(super) fn warning(
        &mut self,
        place: Place,
        kind: &'static str,
        message: impl Into<String>,
    ) -> &mut Found {
        self.add(place, Severity::Warning, kind, message.into())
    }

    /// Reports what is wrong with a value, at the value's place.
    pub(super) fn wrong(&mut self, place: Place, wrong: Mistake) {
        self.error(place, wrong.kind, wrong.message).help = wrong.help;
    }

    /// How many errors were found so far: whether something has errors is whether this grew.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    fn add(&mut self, place: Place, severity: Severity, kind: &'static str, message: String) -> &mut Found {
        debug_assert!(super::KINDS.contains(&kind), "{kind} is not among the kinds");
        let found = Found { place, severity, kind, message, help: None, related: None };
        let index = self.list.len();
        if index >= super::MAX_PROBLEMS {
            return self.unkept.insert(found);
        }
        self.list.push(found);
        &mut self.list[index]
    }
}

/// The known word that was probably meant.
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
    known
        .into_iter()
        .filter_map(|candidate| {
            let distance = strsim::osa_distance(&wanted, &bare(candidate));
            (distance <= most(candidate.chars().count())).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
