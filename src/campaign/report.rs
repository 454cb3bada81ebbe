//! The problems of a folder: sorted, with their lines, without secrets, and shown as `rustc` shows its own.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, renderer::DecorStyle};

use super::lines::Lines;
use super::mask;
use super::problem::{
    AccountFault, AccountPositions, Excerpt, Finding, Findings, Format, Problem, Related, Severity, Source,
};
use crate::model::{counted, grouped, visible, visible_path};

/// How many of one kind are shown before the others are only counted.
const SHOWN_OF_A_KIND: u64 = 20;
/// Of longer lines only what stands around the mark is shown.
const LONGEST_LINE: usize = 500;
/// How many bytes of a longer line are shown on each side of where the mark begins.
const AROUND: usize = 60;

/// How problems are rendered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// With ANSI colours.
    pub color: bool,
    /// Every problem, not only the first 20 of each kind.
    pub all: bool,
}

/// Every problem of a folder, sorted by file and position.
#[derive(Debug)]
pub struct Problems {
    list: Vec<Problem>,
    /// Whether there are more errors, and more warnings, than are kept.
    is_cut: [bool; 2],
    sources: Vec<Source>,
    /// The folder. Problems of accounts are shown for it if there is no `accounts.yaml`.
    root: Arc<Path>,
    accounts: AccountPositions,
}

impl Problems {
    /// Finds lines and columns, sorts, and drops what was found twice.
    pub(super) fn new(
        root: &Path,
        mut sources: Vec<Source>,
        findings: Findings,
        accounts: AccountPositions,
    ) -> Self {
        let path = |finding: &Finding| &sources[finding.position.file as usize].path;
        let (is_cut, mut list) = (findings.is_cut(), findings.list);
        list.sort_by(|a, b| {
            let key = |finding: &Finding| (finding.position.order(), finding.mistake.kind);
            (path(a), key(a), &a.mistake.message).cmp(&(path(b), key(b), &b.mistake.message))
        });
        list.dedup();
        // Each remembers where it last counted: problems and what they refer to are apart.
        let (mut lines, mut others) = (Lines::new(&sources), Lines::new(&sources));
        let problem = |Finding { position, severity, mistake, related }| {
            let source: &Source = &sources[position.file as usize];
            let message = match source.format {
                Format::Accounts => {
                    mask::hide_quoted(&mistake.message, &source.text, mistake.kind == "missing-field")
                }
                Format::Campaign | Format::Table => mistake.message,
            };
            let related = related.map(|(position, label)| Related {
                path: Arc::clone(&sources[position.file as usize].path),
                label,
                excerpt: others.excerpt(position),
            });
            let (path, excerpt) = (Arc::clone(&source.path), lines.excerpt(position));
            Problem { kind: mistake.kind, severity, path, message, help: mistake.help, excerpt, related }
        };
        let list: Vec<Problem> = list.into_iter().map(problem).collect();
        drop_secrets(&list, &mut sources);
        let root = root.components().collect::<PathBuf>().into();
        Self { list, is_cut, sources, root, accounts }
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
        let [more_errors, more_warnings] = self.is_cut.map(|is_cut| if is_cut { "more than " } else { "" });
        let warnings = match self.warnings() {
            0 => String::new(),
            warnings => format!(", {more_warnings}{}", counted(warnings as u64, "warning")),
        };
        let errors = counted(self.errors() as u64, "problem");
        format!("{more_errors}{errors}{warnings} in {}", counted(files.len() as u64, "file"))
    }

    /// All of them, sorted by file and position.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.list.iter()
    }

    /// All problems as text for people, a blank line after each; empty if there are none.
    pub fn render(&self, options: RenderOptions) -> String {
        self.render_from(0, options)
    }

    /// Adds what was found out about accounts; returns it as text for people.
    pub fn add_account_faults(&mut self, faults: Vec<AccountFault>, options: RenderOptions) -> String {
        let before = self.list.len();
        let mut lines = Lines::new(&self.sources);
        for fault in faults {
            let position = self.accounts.get(&(fault.account, fault.part)).copied();
            let path = position.map_or(&self.root, |position| &self.sources[position.file as usize].path);
            self.list.push(Problem {
                kind: fault.kind,
                severity: Severity::Error,
                path: Arc::clone(path),
                message: fault.message,
                help: Some(fault.help),
                excerpt: position.and_then(|position| lines.excerpt(position)),
                related: None,
            });
        }
        self.render_from(before, options)
    }

    fn render_from(&self, first: usize, options: RenderOptions) -> String {
        let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let mut text = String::new();
        // The first problem of each kind, and how many there are.
        let mut kinds: Vec<(&Problem, u64)> = Vec::new();
        for problem in &self.list[first..] {
            let known = kinds.iter().position(|(first, _)| first.kind == problem.kind);
            let index = known.unwrap_or(kinds.len());
            kinds.resize(kinds.len().max(index + 1), (problem, 0));
            kinds[index].1 += 1;
            if options.all || kinds[index].1 <= SHOWN_OF_A_KIND {
                text.push_str(&self.rendered(problem, &renderer));
                text.push_str("\n\n");
            }
        }
        for (problem, count) in kinds {
            if !options.all && count > SHOWN_OF_A_KIND {
                let title = format!("… {} more; --all shows them", grouped(count - SHOWN_OF_A_KIND));
                let group = Group::with_title(level(problem).primary_title(title).id(problem.kind));
                text.push_str(&renderer.render(&[group]));
                text.push_str("\n\n");
            }
        }
        text
    }

    fn rendered(&self, problem: &Problem, renderer: &Renderer) -> String {
        let title = level(problem).primary_title(problem.message.as_str()).id(problem.kind);
        let mut group = Group::with_title(title);
        // The renderer counts the column in the line it is given, which may be cut or have characters spelt out.
        let mut columns = None;
        let path = visible_path(&problem.path);
        group = match &problem.excerpt {
            Some(excerpt) => {
                let (line, marked) = self.line(excerpt);
                columns = Some((excerpt, line[..marked.start].chars().count() + 1));
                let mark = AnnotationKind::Primary.span(marked);
                let mark = match &excerpt.cell {
                    Some(cell) => mark.label(format!("cell {cell}")),
                    None => mark,
                };
                let snippet = Snippet::source(line).line_start(excerpt.line as usize);
                group.element(snippet.path(path).annotation(mark))
            }
            None => group.element(Origin::path(path)),
        };
        if let Some(Related { path, label, excerpt }) = &problem.related {
            let path = visible_path(path);
            group = match excerpt {
                Some(excerpt) => {
                    let (line, marked) = self.line(excerpt);
                    let mark = AnnotationKind::Context.span(marked).label(*label);
                    let snippet = Snippet::source(line).line_start(excerpt.line as usize);
                    group.element(snippet.path(path).annotation(mark))
                }
                None => group.element(Level::NOTE.message(format!("{label} ({path})"))),
            };
        }
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let text = renderer.render(&[group]);
        let Some((Excerpt { line, column, .. }, counted)) = columns else { return text };
        text.replacen(&format!(":{line}:{counted}\n"), &format!(":{line}:{column}\n"), 1)
    }

    /// A line and what is marked of it. Characters that a terminal acts on, or nobody sees, are spelt out.
    fn line(&self, excerpt: &Excerpt) -> (String, Range<usize>) {
        let Excerpt { file, line_bytes, marked, .. } = excerpt.clone();
        let line = self.sources[file as usize].text.get(line_bytes).unwrap_or_default();
        // Blanks at its end may be a comment that was hidden.
        let end = line.trim_end_matches(' ').len().max(marked.end).min(line.len());
        let (start, end, dots) = if end > LONGEST_LINE {
            let start = line.floor_char_boundary(marked.start.saturating_sub(AROUND));
            (start, line.floor_char_boundary(marked.start + AROUND).min(end), "…")
        } else {
            (0, end, "")
        };
        let spelt = |bytes: Range<usize>| {
            let text = line.get(bytes).unwrap_or_default();
            text.split('\t').map(visible).collect::<Vec<_>>().join("\t")
        };
        let marked_end = marked.end.min(end).max(marked.start);
        let before = format!("{dots}{}", spelt(start..marked.start));
        let mark = spelt(marked.start..marked_end);
        let marked = before.len()..before.len() + mark.len();
        (format!("{before}{mark}{}{dots}", spelt(marked_end..end)), marked)
    }
}

fn level(problem: &Problem) -> Level<'static> {
    match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

/// Drops the texts that no problem shows, and hides the secrets in the others.
fn drop_secrets(list: &[Problem], sources: &mut [Source]) {
    let excerpts = list.iter().flat_map(|problem| {
        problem.excerpt.iter().chain(problem.related.iter().flat_map(|related| &related.excerpt))
    });
    let shown: BTreeSet<u32> = excerpts.map(|excerpt| excerpt.file).collect();
    for (file, Source { format, text, .. }) in (0..).zip(sources) {
        match format {
            // Problems that are added later may be about accounts too.
            Format::Accounts => mask::hide_values(text),
            Format::Campaign if shown.contains(&file) => mask::hide_secrets(text),
            Format::Table if shown.contains(&file) => {}
            Format::Campaign | Format::Table => *text = String::new(),
        }
    }
}
