//! Foreign text in our messages.

use std::path::Path;

use super::{is_invisible, is_joiner};

/// At most `max_chars` characters of a text that somebody else wrote, escaped as [`visible`] does.
pub fn excerpt(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", visible(&text[..end])),
        None => visible(text),
    }
}

/// A text that somebody else wrote, whole and on one line: what a terminal would act on, and what would turn the
/// direction of what follows or cannot be seen, is escaped.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unseen(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A path as messages show it, escaped as [`visible`] does.
pub fn visible_path(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

/// A word of a command as a shell reads it.
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./,:@+=".contains(c);
    let word = if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    };
    visible(&word)
}

/// A text in quotes; in others if it holds quotes itself.
pub fn quoted(text: &str) -> String {
    if text.contains('"') { format!("‹{text}›") } else { format!("\"{text}\"") }
}

/// Whether a terminal would act on a character, or nobody would see it: control characters and those that
/// [`is_invisible`] tells, but for the joiners that labels need.
pub fn is_unseen(character: char) -> bool {
    character.is_control() || (is_invisible(character) && !is_joiner(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_if_a_shell_would_take_it_apart() {
        for (text, word) in [
            ("output", "output"),
            ("/srv/codes/output", "/srv/codes/output"),
            ("渠道/输出", "渠道/输出"),
            ("my output", "'my output'"),
            ("it's", "'it'\\''s'"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }

    #[test]
    fn foreign_text_is_shown_on_one_line_and_harmless() {
        assert_eq!(excerpt("门店（一）\r\n\u{1b}[2J\u{202e}x", 40), "门店（一）\\r\\n\\u{1b}[2J\\u{202e}x");
        assert_eq!(excerpt("abcdef", 3), "abc…");
    }

    #[test]
    fn quotes_do_not_stand_within_quotes() {
        assert_eq!(quoted("desk"), "\"desk\"");
        assert_eq!(quoted("say \"hi\""), "‹say \"hi\"›");
    }

    #[test]
    fn a_path_is_shown_whole_and_moves_no_cursor() {
        let path = Path::new("门店 ‹1›/a\n\u{1b}[2J\u{9b}1m\u{202e}gpj.😀");
        assert_eq!(visible_path(path), "门店 ‹1›/a\\n\\u{1b}[2J\\u{9b}1m\\u{202e}gpj.😀");
    }
}
