//! Colours, columns and scenes in text for people.

use std::ops::Range;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::model::{Scene, grouped, quoted, rough_duration, verb};

/// What a text looks like on a terminal that shows colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hue {
    Bold,
    Red,
    Green,
    Yellow,
    Cyan,
    Dim,
}

/// Colours text, or leaves it as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) color: bool,
}

impl Paint {
    pub(super) fn apply(self, hue: Hue, text: &str) -> String {
        let code = match hue {
            Hue::Bold => "1",
            Hue::Red => "31",
            Hue::Green => "32",
            Hue::Yellow => "33",
            Hue::Cyan => "36",
            Hue::Dim => "2",
        };
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Columns a text takes on a terminal: a Chinese character takes two.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text filled up with spaces on its right.
fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text filled up with spaces on its left.
fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The most columns a cell makes others be filled up to.
const WIDEST: usize = 44;

/// Rows as lines with their cells below each other. Columns of `numbers` are filled up on their left; those of `optional`
/// are left out if every cell below the first row is `0`.
pub(super) fn columns<const N: usize>(
    rows: &[[String; N]],
    numbers: Range<usize>,
    optional: &Range<usize>,
) -> Vec<String> {
    let is_shown =
        |column: &usize| !optional.contains(column) || rows.iter().skip(1).any(|row| row[*column] != "0");
    let widest = |column: usize| {
        rows.iter().map(|row| width(&row[column])).filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let shown: Vec<(usize, usize)> = (0..N).filter(is_shown).map(|column| (column, widest(column))).collect();
    let line = |row: &[String; N]| {
        let cell = |(column, columns): &(usize, usize)| {
            let fill = if numbers.contains(column) { right } else { left };
            fill(&row[*column], *columns)
        };
        shown.iter().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// `is` of one, `are` of several.
pub(super) fn is_are(count: u64) -> &'static str {
    verb(count, "is", "are")
}

/// `12 new, 3 failed`: each number that is not 0 with its word. Empty if all are 0.
pub(super) fn amounts<'w>(numbers: impl IntoIterator<Item = (u64, &'w str)>) -> String {
    let some = numbers.into_iter().filter(|(number, _)| *number > 0);
    some.map(|(number, word)| format!("{} {word}", grouped(number))).collect::<Vec<_>>().join(", ")
}

/// A scene as people read it: an id or a plain string bare, any other string in quotes, so that string "1001" is
/// not taken for id 1001.
pub(super) fn scene_text(scene: &Scene) -> String {
    let text = scene.to_string();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    match scene {
        Scene::Str(_) if text.bytes().all(|b| b.is_ascii_digit()) || !text.chars().all(plain) => {
            quoted(&text)
        }
        _ => text,
    }
}

/// The text in one line: whatever a server put into a message, it moves no cursor.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How long something took: `34 min`, `under a second`.
pub(super) fn took(duration: Duration) -> String {
    if duration < Duration::from_secs(1) { "under a second".to_owned() } else { rough_duration(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_that_could_be_taken_for_something_else_is_quoted() {
        let shown = |text: &str| scene_text(&Scene::text(text).expect("a scene"));
        assert_eq!(shown("vip-desk"), "vip-desk");
        assert_eq!(shown("门店"), "门店");
        assert_eq!(shown("1001"), "\"1001\"");
        assert_eq!(shown("1..9"), "\"1..9\"");
        assert_eq!(scene_text(&Scene::id(1001).expect("a scene")), "1001");
    }

    #[test]
    fn a_message_moves_no_cursor() {
        assert_eq!(one_line("a\u{1b}[2Jb\r\n  c"), "a [2Jb c");
    }

    #[test]
    fn columns_count_what_a_terminal_shows() {
        assert_eq!(left("门店", 6), "门店  ");
        assert_eq!(right("7", 3), "  7");
    }
}
