//! Markdown for a merge request: tables that end somewhere, and names that mean nothing but themselves.

use std::fmt::Write as _;

use crate::model::{grouped, visible};

/// The most rows of one table.
const ROWS: usize = 60;
/// The most characters of one table.
const TABLE: usize = 5_800;
/// The most characters of a name.
const NAME: usize = 60;
/// The most characters of a sentence.
pub(super) const SENTENCE: usize = 400;
/// The most characters of a list of names outside a table.
pub(super) const LIST: usize = 200;

/// A table with as many rows as there is room for, and how much is not shown. Each row says how many of `noun` (one,
/// several) and of `measure`, which is its Chinese, it stands for.
pub(super) fn table(
    text: &mut String,
    head: &str,
    rows: impl Iterator<Item = (String, u64)>,
    noun: [&str; 2],
    measure: &str,
) {
    text.push_str(head);
    let (mut shown, mut room, mut hidden) = (0, TABLE, 0);
    for (row, count) in rows {
        let length = row.chars().count() + 1;
        if hidden > 0 || shown == ROWS || length > room {
            hidden += count;
            continue;
        }
        (shown, room) = (shown + 1, room - length);
        text.push_str(&row);
        text.push('\n');
    }
    if hidden > 0 {
        let noun = noun[usize::from(hidden > 1)];
        let hidden = grouped(hidden);
        let _ = write!(text, "\n… and {hidden} more {noun} · 另有 {hidden} {measure}\n");
    }
    text.push('\n');
}

/// A name, as code: in it no host looks for mentions, issues and addresses.
pub(super) fn code(name: &str) -> String {
    code_up_to(name, NAME)
}

/// The same of a text of at most so many characters.
pub(super) fn code_up_to(text: &str, most: usize) -> String {
    format!("<code>{}</code>", references(&short(text, most), false))
}

/// A sentence with names in it, of at most so many characters.
pub(super) fn prose(text: &str, most: usize) -> String {
    references(&short(text, most), true)
}

/// At most so many characters of a text, on one line.
pub(super) fn short(text: &str, most: usize) -> String {
    // What is long is not looked at whole.
    let end = text.char_indices().nth(most.saturating_add(1)).map_or(text.len(), |(end, _)| end);
    let shown = visible(&text[..end]);
    match shown.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}
/// The text with every sign as a character reference that Markdown, HTML or a host could take for something; with
/// `split` what would call a person or an issue is taken apart by a space that nobody sees.
fn references(text: &str, split: bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' ' | '-' | '.' | ',' | ';' | '(' | ')' | '/' | '\'' | '"' | '?' | '%' | '=' => {
                safe.push(character);
            }
            _ if character.is_ascii_punctuation() => {
                let _ = write!(safe, "&#{};", u32::from(character)); // cannot fail
                if split && matches!(character, '@' | '#' | '!') {
                    safe.push_str("&#8203;");
                }
            }
            _ => safe.push(character),
        }
    }
    safe
}
