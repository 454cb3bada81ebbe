//! CSV as rows of cells.

use std::borrow::Cow;
use std::ops::Range;

use super::{MAX_CELLS, MAX_COLUMNS, MAX_ROWS};
use crate::model::{Mistake, grouped};

/// Splits CSV text into fields, one after another.
struct Scanner<'t> {
    text: &'t str,
    /// The byte at which the next field begins.
    at: usize,
}

/// The bytes of one field with its quotes, and what ends it.
struct Field {
    bytes: Range<usize>,
    /// Another field of the same row follows.
    comma: bool,
    /// The quote it begins with is never closed, so that it holds the rest of the text.
    unclosed: bool,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Self {
        // A second byte order mark, which some editors leave behind the first.
        Self { text, at: text.len() - text.trim_start_matches('\u{feff}').len() }
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The next field. After the last one of a row the scanner stands behind the row's end.
    fn field(&mut self) -> Field {
        let (bytes, start) = (self.text.as_bytes(), self.at);
        let mut unclosed = bytes.get(start) == Some(&b'"');
        let mut end = start + usize::from(unclosed);
        while unclosed && end < bytes.len() {
            match (bytes[end], bytes.get(end + 1)) {
                (b'"', Some(b'"')) => end += 2,
                (b'"', _) => unclosed = false,
                _ => end += 1,
            }
        }
        let rest = bytes.get(end..).unwrap_or_default();
        end += rest.iter().position(|byte| matches!(byte, b',' | b'\r' | b'\n')).unwrap_or(rest.len());
        let after = match bytes.get(end..).unwrap_or_default() {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        self.at = end + after;
        Field { bytes: start..end, comma: bytes.get(end) == Some(&b','), unclosed }
    }
}

/// The text of a field: without the quotes around it, and doubled ones within them made single.
fn unquoted(field: &str) -> Cow<'_, str> {
    let Some(inner) = field.strip_prefix('"') else { return Cow::Borrowed(field) };
    if let Some(inner) = inner.strip_suffix('"').filter(|inner| !inner.contains('"')) {
        return Cow::Borrowed(inner);
    }
    let (mut text, mut rest) = (String::with_capacity(inner.len()), inner);
    while let Some((before, after)) = rest.split_once('"') {
        text.push_str(before);
        let Some(after) = after.strip_prefix('"') else {
            // What stands between the closing quote and the comma belongs to the cell.
            rest = after;
            break;
        };
        text.push('"');
        rest = after;
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// A table that can be split into rows: every quote is closed, and there are at most [`MAX_COLUMNS`] cells in a row,
/// [`MAX_ROWS`] rows and [`MAX_CELLS`] cells.
#[derive(Debug, Clone, Copy)]
pub struct Table<'t> {
    text: &'t str,
}

impl<'t> Table<'t> {
    /// Checks a decoded text. The error has the byte that the mistake stands at.
    pub fn new(text: &'t str) -> Result<Self, (usize, Mistake)> {
        let mut scanner = Scanner::new(text);
        let (mut rows, mut all_cells, mut cells, mut is_blank, mut beyond) = (0, 0, 0, true, None);
        while !scanner.is_at_end() {
            let field = scanner.field();
            if field.unclosed {
                let mistake = Mistake::new("unclosed-quote", "this quote is never closed")
                    .help("a quote within a quoted cell is written twice: \"\"");
                return Err((field.bytes.start, mistake));
            }
            cells += 1;
            is_blank &= unquoted(&text[field.bytes.clone()]).trim().is_empty();
            if cells > MAX_COLUMNS {
                beyond.get_or_insert((field.bytes.start, "a row", MAX_COLUMNS, "cells"));
            }
            if field.comma {
                continue;
            }
            // Spreadsheets write many rows of commas where cells were only coloured.
            all_cells += if is_blank { 0 } else { cells };
            rows += 1;
            for (count, most, what) in [(rows, MAX_ROWS, "rows"), (all_cells, MAX_CELLS, "cells")] {
                if count > most {
                    beyond.get_or_insert((field.bytes.start, "the table", most, what));
                }
            }
            (cells, is_blank) = (0, true);
        }
        // Only now: an unclosed quote further down is more likely the cause.
        let Some((start, holder, most, what)) = beyond else { return Ok(Self { text }) };
        let (kind, help) = match holder {
            "a row" => ("too-many-columns", "delete the columns that mean nothing"),
            _ => (
                "table-too-large",
                "delete the rows and columns that mean nothing, or make several tables of it",
            ),
        };
        let message = format!("{holder} has more than {} {what}", grouped(most as u64));
        Err((start, Mistake::new(kind, message).help(help)))
    }

    /// The rows that hold something, the one with the columns' names first.
    pub fn rows(self) -> Rows<'t> {
        Rows { scanner: Scanner::new(self.text), number: 0, line: 1, cleared: None }
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'t> {
    /// Its number from 1. Blank rows are counted too, as spreadsheets do.
    pub number: u32,
    /// The line of the file on which it begins, from 1.
    pub line: u32,
    /// Its cells, as they stand there; perhaps fewer or more than there are columns.
    pub cells: Vec<Cow<'t, str>>,
}

impl Row<'_> {
    /// A cell as it stands there, with its blanks; empty if the row has none.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell)
    }
}

/// The rows of a table that hold something.
pub struct Rows<'t> {
    scanner: Scanner<'t>,
    number: u32,
    line: u32,
    /// The number of the first row so far that holds nothing in several cells: somebody cleared it.
    pub cleared: Option<u32>,
}

impl<'t> Iterator for Rows<'t> {
    type Item = Row<'t>;

    fn next(&mut self) -> Option<Row<'t>> {
        while !self.scanner.is_at_end() {
            let (start, line) = (self.scanner.at, self.line);
            let mut cells = Vec::new();
            loop {
                let field = self.scanner.field();
                cells.push(unquoted(&self.scanner.text[field.bytes]));
                if !field.comma {
                    break;
                }
            }
            self.number += 1;
            let breaks =
                self.scanner.text[start..self.scanner.at].bytes().filter(|byte| *byte == b'\n').count();
            self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                return Some(Row { number: self.number, line, cells });
            }
            if cells.len() > 1 {
                self.cleared.get_or_insert(self.number);
            }
        }
        None
    }
}

/// The bytes at which the rows of a table begin, blank ones included.
pub fn row_starts(text: &str) -> Vec<u32> {
    let mut scanner = Scanner::new(text);
    let mut starts = Vec::new();
    while !scanner.is_at_end() {
        starts.push(u32::try_from(scanner.at).unwrap_or(u32::MAX));
        while scanner.field().comma {}
    }
    starts
}

/// The bytes of a cell, its quotes included, in the row that begins at a byte. The column counts from 0.
pub fn cell_bytes(text: &str, row_start: usize, column: u32) -> Range<usize> {
    let mut scanner = Scanner { text, at: row_start };
    for _ in 0..column {
        let field = scanner.field();
        if !field.comma {
            return field.bytes.end..field.bytes.end;
        }
    }
    scanner.field().bytes
}

/// The name of a cell in spreadsheets, such as `B7`. The row counts from 1, the column from 0.
pub fn cell_name(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    format!("{}{row}", letters.into_iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u32, u32, String)> {
        let table = Table::new(text).expect("a table");
        table.rows().map(|row| (row.number, row.line, row.cells.join("|"))).collect()
    }

    #[test]
    fn rows_know_their_numbers_and_lines_whatever_blank_ones_and_breaks_are_between() {
        let text = "\r\na, b\r\n\r\n,\r\n1,\"x\r\ny\"\r\n2\n";
        let expected = [(2, 2, "a| b"), (5, 5, "1|x\r\ny"), (6, 7, "2")];
        assert_eq!(rows(text), expected.map(|(number, line, cells)| (number, line, cells.to_owned())));
        assert_eq!(row_starts("a,b\r\n\r\n\"x\ny\",2\n3"), [0, 5, 7, 15]);
    }

    #[test]
    fn cells_are_split_as_the_csv_crate_splits_them() {
        for text in [
            "a,b\n1,2",
            "\"a\"\"b\",c",
            "\"a\"b\"c,d\"\ne",
            "a\"b\",c",
            "\"\",\"\"\"\"",
            "a,\r,b\r\rc",
            "x,",
            "\"a\nb\",",
            "\"a\" ,b",
        ] {
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> = (reader.records())
                .map(|record| record.expect("a record").iter().map(str::to_owned).collect::<Vec<_>>())
                .filter(|record| record.iter().any(|cell| !cell.trim().is_empty()))
                .collect();
            let table = Table::new(text).expect("a table");
            assert_eq!(table.rows().map(|row| row.cells).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_text_that_is_no_table_says_where() {
        let error = |text: &str| Table::new(text).map(drop).map_err(|(at, mistake)| (at, mistake.kind));
        assert_eq!(error("a,\"b\nc"), Err((2, "unclosed-quote")));
        assert_eq!(error("a,b\"c\n\"d\""), Ok(()));
        let wide = format!("a\n{}", ",".repeat(MAX_COLUMNS + 1));
        assert_eq!(error(&wide), Err((2 + MAX_COLUMNS, "too-many-columns")));
        assert_eq!(error(&wide[..wide.len() - 1]), Ok(()));
        assert_eq!(error(&format!("{wide}\n\"")), Err((4 + MAX_COLUMNS, "unclosed-quote")));
    }

    #[test]
    fn cells_are_named_as_spreadsheets_name_them() {
        for (column, name) in [(0, "A7"), (25, "Z7"), (26, "AA7"), (701, "ZZ7"), (702, "AAA7")] {
            assert_eq!(cell_name(7, column), name);
        }
        assert_eq!(cell_bytes("a,\"b,\"\"c\",d", 0, 1), 2..9);
        assert_eq!(cell_bytes("a,b", 0, 5), 3..3);
    }
}
