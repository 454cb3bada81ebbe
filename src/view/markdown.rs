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

/// A table with as many rows as there is room for, and how much is not shown. Each row says how many things it stands
/// for.
pub(super) fn table(text: &mut String, head: &str, rows: impl Iterator<Item = (String, u64)>) {
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
        let hidden = grouped(hidden);
        let _ = write!(text, "\n… and {hidden} more · 另有 {hidden} 项\n"); // cannot fail
    }
    text.push('\n');
}

/// A name, as code: in it no host looks for people and issues.
pub(super) fn code(name: &str) -> String {
    code_up_to(name, NAME)
}

/// The same of a text of at most so many characters.
pub(super) fn code_up_to(text: &str, most: usize) -> String {
    // Mail and web addresses are found by Markdown, which does not know what a tag is for. Names are copied: this is not.
    format!("<code>{}</code>", references(&short(text, most), "<wbr>"))
}

/// A sentence with names in it, of at most so many characters.
pub(super) fn prose(text: &str, most: usize) -> String {
    // A space that nobody sees, since here hosts look also across tags.
    references(&short(text, most), "&#8203;")
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

/// The text with every sign as a character reference that Markdown, HTML or a host could take for something. That is
/// no help if the text itself is looked at for people, issues and addresses: there `between` takes it apart.
fn references(text: &str, between: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut before = [' '; 3];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '-' | '.' | ',' | ';' | '(' | ')' | '/' | '\'' | '"' | '?' | '%' | '=' => {
                safe.push(character);
            }
            _ if character.is_ascii_punctuation() => {
                let _ = write!(safe, "&#{};", u32::from(character)); // cannot fail
            }
            _ => safe.push(character),
        }
        before = [before[1], before[2], character.to_ascii_lowercase()];
        if characters.peek().is_some_and(|next| begins_something(before, *next)) {
            safe.push_str(between);
        }
    }
    safe
}

/// Whether what ends with these characters, in small letters, means something to a host together with the next one:
/// `@team`, `#12`, `!12`, `GH-12`, `:tada:`, `http://`, `www.`, and whatever else GitLab has a sign for.
fn begins_something(before: [char; 3], next: char) -> bool {
    let is_name = next.is_alphanumeric() || matches!(next, '"' | '_');
    match before {
        [_, _, '@' | '#' | '!' | '$' | '%' | '&' | '~' | '^'] => is_name,
        // But no time of day.
        [_, digit, ':'] => {
            !(digit.is_ascii_digit() && next.is_ascii_digit()) && (is_name || matches!(next, '/' | '+' | '-'))
        }
        ['g', 'h', '-'] => next.is_ascii_digit(),
        ['w', 'w', 'w'] => next == '.',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_would_make_a_link_of_is_taken_apart() {
        let shop = "mail a@b.com, ask @team: #12 !12 %12 GH-12 :tada: http://b.com (www.b.com) WWW.b.com";
        assert_eq!(
            code_up_to(shop, 100),
            "<code>mail a&#64;<wbr>b.com, ask &#64;<wbr>team&#58; &#35;<wbr>12 &#33;<wbr>12 %<wbr>12 GH-<wbr>12 \
             &#58;<wbr>tada&#58; http&#58;<wbr>//b.com (www<wbr>.b.com) WWW<wbr>.b.com</code>"
        );
        assert_eq!(
            prose(shop, 100),
            "mail a&#64;&#8203;b.com, ask &#64;&#8203;team&#58; &#35;&#8203;12 &#33;&#8203;12 %&#8203;12 GH-&#8203;12 \
             &#58;&#8203;tada&#58; http&#58;&#8203;//b.com (www&#8203;.b.com) WWW&#8203;.b.com"
        );
        let plain = "a scene: 5 %, at 03:10 @ 12-24 (metro-12) # ! 门店";
        assert_eq!(
            prose(plain, 100),
            "a scene&#58; 5 %, at 03&#58;10 &#64; 12-24 (metro-12) &#35; &#33; 门店"
        );
    }
}
