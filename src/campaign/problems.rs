//! The problems of a folder, with their lines, sorted and without secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lines::Lines;
use super::mask;
use super::problem::{
    AccountPositions, Finding, Findings, Format, Problem, Related, Severity, Source, Sources,
};
use crate::model::counted;

/// Every problem of a folder, sorted by file and position.
#[derive(Debug)]
pub struct Problems {
    pub(super) list: Vec<Problem>,
    pub(super) sources: Sources,
    /// The folder. Problems of accounts are shown for it if there is no `accounts.yaml`.
    pub(super) root: Arc<Path>,
    pub(super) accounts: AccountPositions,
}

impl Problems {
    /// Finds lines and columns, sorts, and drops what was found twice.
    pub(super) fn new(
        root: &Path,
        mut sources: Sources,
        findings: Findings,
        accounts: AccountPositions,
    ) -> Self {
        let mut list = findings.list;
        list.sort_by(|a, b| {
            let key = |finding: &Finding| (finding.position.order(), finding.mistake.kind);
            (&sources[a.position.file].path, key(a), &a.mistake.message).cmp(&(
                &sources[b.position.file].path,
                key(b),
                &b.mistake.message,
            ))
        });
        list.dedup();
        // Each remembers where it last counted: problems and what they refer to are apart.
        let (mut lines, mut others) = (Lines::new(&sources), Lines::new(&sources));
        let list: Vec<Problem> =
            list.into_iter().map(|finding| finished(finding, &sources, &mut lines, &mut others)).collect();
        drop_secrets(&list, &mut sources);
        let root = root.components().collect::<PathBuf>().into();
        Self { list, sources, root, accounts }
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.list.len() - self.errors()
    }

    /// `2 problems, 1 warning in 3 files`
    pub fn in_words(&self) -> String {
        let files: BTreeSet<_> = self.list.iter().map(|problem| &problem.path).collect();
        let warnings = match self.warnings() {
            0 => String::new(),
            warnings => format!(", {}", counted(warnings as u64, "warning")),
        };
        let errors = counted(self.errors() as u64, "problem");
        format!("{errors}{warnings} in {}", counted(files.len() as u64, "file"))
    }

    /// How many there are of each kind.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for problem in &self.list {
            *counts.entry(problem.kind).or_default() += 1;
        }
        counts
    }

    /// All of them, sorted by file and position.
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

fn finished(finding: Finding, sources: &Sources, lines: &mut Lines<'_>, others: &mut Lines<'_>) -> Problem {
    let Finding { position, severity, mistake, related } = finding;
    let source = &sources[position.file];
    let message = match source.format {
        Format::Accounts => {
            mask::hide_quoted(&mistake.message, &source.text, mistake.kind == "missing-field")
        }
        Format::Campaign | Format::Table => mistake.message,
    };
    let related = related.map(|(position, label)| Related {
        path: Arc::clone(&sources[position.file].path),
        label,
        excerpt: others.excerpt(position),
    });
    let (path, excerpt) = (Arc::clone(&source.path), lines.excerpt(position));
    Problem { kind: mistake.kind, severity, path, message, help: mistake.help, excerpt, related }
}

/// Drops the texts that no problem shows, and hides the secrets in the others.
fn drop_secrets(list: &[Problem], sources: &mut Sources) {
    let mut needed = vec![false; sources.0.len()];
    for problem in list {
        let related = problem.related.as_ref().and_then(|related| related.excerpt.as_ref());
        for excerpt in problem.excerpt.iter().chain(related) {
            needed[excerpt.file as usize] = true;
        }
    }
    for (Source { format, text, .. }, needed) in sources.0.iter_mut().zip(needed) {
        match format {
            // Problems that are added later may be about accounts too.
            Format::Accounts => mask::hide_values(text),
            Format::Campaign if needed => mask::hide_secrets(text),
            Format::Table if needed => {}
            Format::Campaign | Format::Table => *text = String::new(),
        }
    }
}
