//! Problems as `rustc` shows its own: title, place, source line, caret, help.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, renderer::DecorStyle};

use super::lines::Lines;
use super::problem::{AccountFault, Excerpt, Problem, Severity};
use super::problems::Problems;
use crate::model::{grouped, visible, visible_path};

/// How problems are rendered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// With ANSI colours.
    pub color: bool,
    /// Every problem, not only the first 20 of each kind.
    pub all: bool,
}

/// How many of one kind are shown before the others are only counted.
const SHOWN_OF_A_KIND: usize = 20;
/// Of longer lines only what stands around the mark is shown.
const LONGEST_LINE: usize = 2_000;

impl Problems {
    /// All problems as text for people, a blank line after each; empty where there are none.
    pub fn render(&self, options: RenderOptions) -> String {
        self.render_from(0, options)
    }

    /// Adds what was found out about accounts; returns it as text for people.
    pub fn add_account_faults(&mut self, faults: Vec<AccountFault>, options: RenderOptions) -> String {
        let before = self.list.len();
        let mut lines = Lines::new(&self.sources);
        for fault in faults {
            let position = self.accounts.find(&fault.account, fault.part);
            self.list.push(Problem {
                kind: fault.kind,
                severity: Severity::Error,
                path: Arc::clone(position.map_or(&self.root, |position| &self.sources[position.file].path)),
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
        let mut shown: HashMap<&str, usize> = HashMap::new();
        let mut hidden: Vec<(&Problem, u64)> = Vec::new();
        for problem in &self.list[first..] {
            let count = shown.entry(problem.kind).or_default();
            *count += 1;
            if options.all || *count <= SHOWN_OF_A_KIND {
                push(&mut text, &self.rendered(problem, &renderer));
            } else if let Some((_, count)) = hidden.iter_mut().find(|(p, _)| p.kind == problem.kind) {
                *count += 1;
            } else {
                hidden.push((problem, 1));
            }
        }
        for (problem, count) in hidden {
            let title = format!("… {} more; --all shows them", grouped(count));
            let group = Group::with_title(level(problem.severity).primary_title(title).id(problem.kind));
            push(&mut text, &renderer.render(&[group]));
        }
        text
    }

    fn rendered(&self, problem: &Problem, renderer: &Renderer) -> String {
        let text = renderer.render(&[self.group(problem)]);
        let Some((excerpt, (line, marked))) = self.shown(problem.excerpt.as_ref()) else { return text };
        // The renderer counts the column in the line it is given, which may be cut or have characters spelt out.
        let counted = line.get(..marked.start).map_or(0, |part| part.chars().count()) + 1;
        let (row, column) = (excerpt.line, excerpt.column);
        text.replacen(&format!(":{row}:{counted}\n"), &format!(":{row}:{column}\n"), 1)
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let title = level(problem.severity).primary_title(problem.message.as_str()).id(problem.kind);
        let mut group = Group::with_title(title);
        let path = visible_path(&problem.path);
        group = match self.shown(problem.excerpt.as_ref()) {
            Some((excerpt, (line, marked))) => {
                let mark = AnnotationKind::Primary.span(marked);
                let mark = match &excerpt.cell {
                    Some(cell) => mark.label(format!("cell {cell}")),
                    None => mark,
                };
                group.element(snippet(line, excerpt).path(path).annotation(mark))
            }
            None => group.element(origin(path, problem.excerpt.as_ref())),
        };
        if let Some(related) = &problem.related {
            let path = visible_path(&related.path);
            group = match self.shown(related.excerpt.as_ref()) {
                Some((excerpt, (line, marked))) => {
                    let mark = AnnotationKind::Context.span(marked).label(related.label);
                    group.element(snippet(line, excerpt).path(path).annotation(mark))
                }
                None => group.element(Level::NOTE.message(format!("{} ({path})", related.label))),
            };
        }
        match &problem.help {
            Some(help) => group.element(Level::HELP.message(help.as_str())),
            None => group,
        }
    }

    /// An excerpt with its line and what is marked of it, if the text is there.
    fn shown<'a>(&self, excerpt: Option<&'a Excerpt>) -> Option<(&'a Excerpt, (String, Range<usize>))> {
        excerpt.and_then(|excerpt| Some((excerpt, self.line(excerpt)?)))
    }

    /// A line and what is marked of it. Characters that a terminal acts on, or nobody sees, are spelt out.
    fn line(&self, shown: &Excerpt) -> Option<(String, Range<usize>)> {
        let line = self.sources[shown.file].text.get(shown.line_bytes.clone())?;
        // Blanks at its end may be a comment that was hidden.
        let line = &line[..line.trim_end_matches(' ').len().max(shown.marked.end)];
        let marked = shown.marked.clone();
        let (line, marked, cut) =
            if line.len() > LONGEST_LINE { excerpt(line, marked) } else { (line, marked, false) };
        let plain = |text: &str| text.split('\t').map(visible).collect::<Vec<_>>().join("\t");
        let mut text = if cut { "…".to_owned() } else { String::new() };
        text.push_str(&plain(line.get(..marked.start)?));
        let start = text.len();
        text.push_str(&plain(line.get(marked.clone())?));
        let end = text.len();
        text.push_str(&plain(line.get(marked.end..)?));
        if cut {
            text.push('…');
        }
        Some((text, start..end))
    }
}

/// What stands around the mark of a very long line, the mark in it, and that it was cut.
fn excerpt(line: &str, marked: Range<usize>) -> (&str, Range<usize>, bool) {
    const AROUND: usize = 60;
    let start = line.floor_char_boundary(marked.start.saturating_sub(AROUND));
    let end = line.floor_char_boundary(marked.start + AROUND);
    (&line[start..end], marked.start - start..marked.end.min(end).max(marked.start) - start, true)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

fn snippet<'a>(line: String, shown: &Excerpt) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    Snippet::source(line).line_start(shown.line as usize)
}

fn origin(path: String, excerpt: Option<&Excerpt>) -> Origin<'static> {
    match excerpt {
        Some(excerpt) => Origin::path(path).line(excerpt.line as usize).char_column(excerpt.column as usize),
        None => Origin::path(path),
    }
}

fn push(text: &mut String, rendered: &str) {
    text.push_str(rendered);
    text.push_str("\n\n");
}
