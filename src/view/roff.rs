//! Chapters as manual pages: as much of Markdown as `docs/src` uses, written for `man`.

use std::fmt::Write;

use super::topics::{TOPICS, Topic};

/// The manual page of a chapter, in section 7.
pub fn manual_page(topic: Topic) -> String {
    let Topic { name, text } = topic;
    let version = env!("CARGO_PKG_VERSION");
    let mut page = Page {
        text: format!(
            ".TH scenepress-{name} 7 \"\" \"scenepress {version}\" \"scenepress manual\"\n.SH NAME\nscenepress\\-{} \\- {}\n.SH DESCRIPTION\n",
            escaped(name),
            escaped(topic.title()),
        ),
        header: Vec::new(),
        in_block: false,
    };
    for line in text.lines().skip(1) {
        page.push(line);
    }
    page.text += ".SH SEE ALSO\nscenepress(1)";
    for other in TOPICS.iter().filter(|other| other.name != name) {
        let _ = write!(page.text, ", scenepress\\-{}(7)", escaped(other.name));
    }
    page.text.push('\n');
    page.text
}

struct Page {
    text: String,
    /// The header of the table that the last line belongs to; empty outside tables.
    header: Vec<String>,
    in_block: bool,
}

impl Page {
    fn push(&mut self, line: &str) {
        if line.starts_with("```") {
            self.text += if self.in_block { ".fi\n.RE\n" } else { ".PP\n.RS 4\n.nf\n" };
            self.in_block = !self.in_block;
        } else if self.in_block {
            self.push_text(&escaped(line));
        } else if let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) {
            self.push_row(&row.split(" | ").map(inline).collect::<Vec<_>>());
        } else if line.starts_with("|--") || line.starts_with("<!--") {
        } else if let Some(title) = line.strip_prefix("## ") {
            self.header.clear();
            let _ = writeln!(self.text, ".SH {}", escaped(&title.replace('`', "").to_uppercase()));
        } else if let Some(title) = line.strip_prefix("### ") {
            let _ = writeln!(self.text, ".SS {}", inline(title));
        } else if let Some(item) = line.strip_prefix("- ") {
            self.text += ".IP \\(bu 2\n";
            self.push_text(&inline(item));
        } else if let Some((number, item)) = line.split_once(". ").filter(|(n, _)| n.parse::<u8>().is_ok()) {
            let _ = writeln!(self.text, ".IP {number}. 4");
            self.push_text(&inline(item));
        } else if line.is_empty() {
            self.header.clear();
            self.text += ".PP\n";
        } else {
            self.push_text(&inline(line.trim_start()));
        }
    }

    /// A row as a tagged paragraph: its first cell, then the second, then the others behind their column's name.
    fn push_row(&mut self, cells: &[String]) {
        if self.header.is_empty() {
            self.header = cells.to_vec();
            return;
        }
        for (column, cell) in cells.iter().enumerate() {
            let text = match column {
                0 => {
                    self.text += ".TP\n";
                    cell.clone()
                }
                1 => cell.clone(),
                _ => {
                    self.text += ".br\n";
                    format!("{}: {cell}", self.header[column])
                }
            };
            self.push_text(&text);
        }
    }

    /// A line of text: a dot or a quote at its beginning is no request.
    fn push_text(&mut self, line: &str) {
        if line.starts_with(['.', '\'']) {
            self.text += "\\&";
        }
        self.text += line;
        self.text.push('\n');
    }
}

/// Escapes what `man` would take for its own.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

/// Code and strong words in bold, links as their text and the page that they lead to.
fn inline(line: &str) -> String {
    let mut text = String::new();
    for (number, part) in line.split('`').enumerate() {
        if number % 2 == 1 {
            let _ = write!(text, "\\fB{}\\fR", escaped(part));
            continue;
        }
        let mut bold = false;
        for (number, part) in escaped(&links(part)).split("**").enumerate() {
            if number > 0 {
                bold = !bold;
                text += if bold { "\\fB" } else { "\\fR" };
            }
            text += part;
        }
    }
    text
}

/// `[text](target)` as `text (scenepress-target(7))`, or as the text alone if the target is no topic.
fn links(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, (label, (target, after)))) = rest.split_once('[').and_then(|(before, link)| {
        let (label, target) = link.split_once("](")?;
        Some((before, (label, target.split_once(')')?)))
    }) {
        shown += before;
        shown += label;
        let name = target.split('#').next().unwrap_or_default().trim_end_matches(".md");
        if TOPICS.iter().any(|topic| topic.name == name) {
            let _ = write!(shown, " (scenepress-{name}(7))");
        }
        rest = after;
    }
    shown + rest
}
