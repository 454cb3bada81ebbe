//! Cells that a spreadsheet would run or rewrite when a CSV file is opened by a double click.

use std::borrow::Cow;

use crate::model::{is_joiner, is_unseen};

/// The cell as it is safe to open: one that a spreadsheet would take for a formula, or would turn into another
/// number or a date, gets a `'` before it.
///
/// Excel shows that `'` when it opens a CSV file, so the cell is not exact, but it is complete and plainly marked;
/// campaign files that are read back lose it again. The other known ways are worse: `="007"` is a formula itself,
/// and a tab at the end is invisible and makes look-ups fail. `manifest.csv` has every cell to the letter.
pub(super) fn safe_cell(text: &str) -> Cow<'_, str> {
    if runs(text) || is_rewritten(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Cells that begin with one of these, perhaps after blanks and characters that nobody sees, are formulas. A tab or a
/// line break may hide one.
///
/// Besides `=`, `+`, `-` and `@` these are all characters that Unicode calls compatible with them (NFKC): full-width,
/// small, superscript and subscript forms, the double `⩵` and triple `⩶`, the Hebrew `﬩`, and the minus sign `−`.
/// Spreadsheets with East Asian input, or what converts a file on its way to them, turn such forms into the plain ones.
fn runs(text: &str) -> bool {
    const STARTS: [char; 22] = [
        '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '⁼', '⁺', '⁻', '₌', '₊', '₋',
        '⩵', '⩶', '﬩', '−',
    ];
    text.starts_with(['\t', '\r', '\n'])
        || text
            .trim_start_matches(|c: char| c.is_whitespace() || is_unseen(c) || is_joiner(c))
            .starts_with(STARTS)
}

/// Whether a spreadsheet would show another text: zeros lost, digits after the 11th shown as an exponent and
/// after the 15th lost, dates and times made of `3-12`, `10:30` or `MAR1`, numbers of `1e5`, `TRUE` of `true`.
fn is_rewritten(text: &str) -> bool {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return true;
    }
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.len() > 11 || (text.len() > 1 && text.starts_with('0'));
    }
    let numeric =
        |c: char| c.is_ascii_digit() || ".,:/-+%eE¥￥$€() ".contains(c) || "年月日时分秒".contains(c);
    text.chars().all(numeric) || is_english_date(text)
}

/// Digits and the name of one month: `MAR1`, `1-Sept`, `Jan 5, 2026`.
fn is_english_date(text: &str) -> bool {
    const MONTHS: &str =
        "january february march april may june july august september october november december";
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let (Some(word), None) = (words.next(), words.next()) else { return false };
    let word = word.to_ascii_lowercase();
    word.len() >= 3
        && MONTHS.split(' ').any(|month| month.starts_with(&word))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " -/.,".contains(c))
}
