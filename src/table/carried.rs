//! Cells of further columns, which go into the manifests.

use std::borrow::Cow;

use crate::model::{Mistake, grouped, is_reordering};

/// The most characters of a further cell. A spreadsheet's cell has no more either.
const MAX_CHARS: usize = 32_767;

/// The cell without blanks at its ends and at the ends of its lines, which end in `\n` alone.
///
/// Editors and git change line ends and blanks that nobody sees. Such a change must not relabel a code.
pub fn tidy(cell: &str) -> Cow<'_, str> {
    let cell = cell.trim();
    if !cell.contains(['\r', '\n']) {
        return Cow::Borrowed(cell);
    }
    let lines = cell.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(lines.split('\n').map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// Reads a further cell. The mistake's message goes after what the cell is.
pub fn carried_cell(cell: &str) -> Result<Cow<'_, str>, Mistake> {
    let cell = tidy(cell);
    if let Some(bad) = cell.chars().find(|c| (c.is_control() && *c != '\n') || is_reordering(*c)) {
        let kind = if bad.is_control() { "control-character" } else { "invisible-character" };
        let message = format!("holds a character that nobody sees, U+{:04X}", u32::from(bad));
        return Err(Mistake::new(kind, message).help("delete the text and type it; line breaks are allowed"));
    }
    if cell.len() > MAX_CHARS && cell.chars().count() > MAX_CHARS {
        let message = format!("has more than {} characters", grouped(MAX_CHARS as u64));
        return Err(
            Mistake::new("text-too-long", message).help("shorten it: no spreadsheet holds more in a cell")
        );
    }
    Ok(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_changes_unseen_changes_no_cell() {
        for (cell, tidied) in [
            ("two\r\nlines", "two\nlines"),
            ("two \t\rlines\u{3000} ", "two\nlines"),
            (" a  b\u{a0}", "a  b"),
            ("13800138000\t", "13800138000"),
            ("\r\n", ""),
            ("a\n\nb", "a\n\nb"),
        ] {
            assert_eq!(tidy(cell), tidied, "{cell:?}");
            assert_eq!(tidy(tidied), tidied, "{cell:?}");
        }
    }

    #[test]
    fn a_further_cell_holds_what_people_write_and_nothing_that_hides() {
        for good in ["", "-1", "👩\u{200d}💻❤\u{fe0f}", "地址：\n西单 1 号", "می\u{200c}خواهم", "a\u{200b}b"]
        {
            assert_eq!(carried_cell(good).as_deref(), Ok(good));
        }
        let kind = |cell: &str| carried_cell(cell).map(drop).map_err(|mistake| mistake.kind);
        for control in ["a\tb", "a\u{85}b", "a\u{0}b", "\u{1b}[2J", "a\u{9b}1m"] {
            assert_eq!(kind(control), Err("control-character"), "{control:?}");
        }
        for bidi in ["a\u{202e}b", "a\u{2066}b", "a\u{200f}b", "a\u{61c}b", "a\u{2028}b", "a\u{2029}b"] {
            assert_eq!(kind(bidi), Err("invisible-character"), "{bidi:?}");
        }
        assert_eq!(kind(&"店".repeat(MAX_CHARS)), Ok(()));
        assert_eq!(kind(&"店".repeat(MAX_CHARS + 1)), Err("text-too-long"));
    }
}
