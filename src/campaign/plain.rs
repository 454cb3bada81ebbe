//! Tables that are no campaign files: read like those, for others to make sense of.

use csv::{ReaderBuilder, StringRecord};

use super::place::{cell_beyond, unclosed_quote};
use super::{MAX_CODES, MAX_COLUMNS, decode, value};
use crate::model::{Scene, SceneType, grouped};

/// A table's texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainTable {
    /// The first row that is not empty, trimmed.
    pub header: Vec<String>,
    /// The others that are not empty.
    pub rows: Vec<PlainRow>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainRow {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// Its cells, trimmed; perhaps fewer or more than the header has.
    pub cells: Vec<String>,
}

/// Why a file is no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainError {
    /// On which line, from 1, where it is about one.
    pub line: Option<u64>,
    /// What is wrong.
    pub message: String,
}

/// Reads a table as campaign files have them: comma-separated, UTF-8 or GB18030, with or without a byte order mark,
/// at most [`MAX_COLUMNS`] columns and [`MAX_CODES`] rows.
pub fn plain_table(bytes: Vec<u8>) -> Result<PlainTable, PlainError> {
    let of_file = |message: &str| PlainError { line: None, message: message.to_owned() };
    let text = match decode::table(bytes) {
        Ok(decoded) => decoded.text,
        Err(_) => return Err(of_file("is neither UTF-8 nor GB18030")),
    };
    let at = |start: usize, message: String| {
        let line = breaks(&text, 0, start) + 1;
        PlainError { line: Some(line), message }
    };
    if let Some(start) = unclosed_quote(&text) {
        return Err(at(start, "a quote is never closed".to_owned()));
    }
    if let Some(start) = cell_beyond(&text, MAX_COLUMNS) {
        return Err(at(start, format!("a row has more than {} cells", grouped(MAX_COLUMNS as u64))));
    }
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut table: Option<PlainTable> = None;
    let (mut line, mut counted_to) = (1, 0);
    // The text is UTF-8 and rows may have any length, so there is nothing to fail.
    while reader.read_record(&mut record).unwrap_or_default() {
        // The reader says where it was before the blank lines it skipped.
        let from = record.position().and_then(|place| usize::try_from(place.byte()).ok()).unwrap_or_default();
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += breaks(&text, counted_to, from + blank);
        counted_to = from + blank;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cells = record.iter().map(|cell| cell.trim().to_owned()).collect();
        match &mut table {
            None => table = Some(PlainTable { header: cells, rows: Vec::new() }),
            Some(table) if table.rows.len() == MAX_CODES => {
                let message = format!("has more than {} rows", grouped(MAX_CODES as u64));
                table.rows.clear();
                return Err(PlainError { line: None, message });
            }
            Some(table) => table.rows.push(PlainRow { line, cells }),
        }
    }
    table.ok_or_else(|| of_file("is empty"))
}

/// How many lines end between two places.
fn breaks(text: &str, from: usize, to: usize) -> u64 {
    text.get(from..to).map_or(0, |part| part.matches('\n').count() as u64)
}

/// A scene as a cell of a table has it: plain digits are an id, unless its type is stated. The error says what is
/// wrong and what to write.
pub fn cell_scene(cell: &str, stated: Option<SceneType>) -> Result<Scene, String> {
    value::cell_scene(cell, stated).map_err(|wrong| match wrong.help {
        Some(help) => format!("{}: {help}", wrong.message),
        None => wrong.message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_know_their_lines_whatever_blank_ones_and_breaks_are_between() {
        let table =
            plain_table(b"\xef\xbb\xbf\r\na, b\r\n\r\n,\r\n1,\"x\r\ny\"\r\n2\n".to_vec()).expect("a table");
        assert_eq!(table.header, ["a", "b"]);
        let rows: Vec<_> = table.rows.iter().map(|row| (row.line, row.cells.join("|"))).collect();
        assert_eq!(rows, [(5, "1|x\r\ny".to_owned()), (7, "2".to_owned())]);
    }

    #[test]
    fn what_is_no_table_is_told() {
        let error = |bytes: &[u8]| plain_table(bytes.to_vec()).map_err(|error| (error.line, error.message));
        assert_eq!(error(b" \n"), Err((None, "is empty".to_owned())));
        assert_eq!(error(b"ab\xff,"), Err((None, "is neither UTF-8 nor GB18030".to_owned())));
        assert_eq!(error(b"a\n1\n\"x"), Err((Some(3), "a quote is never closed".to_owned())));
        let wide = format!("a\n{}", ",".repeat(MAX_COLUMNS + 1));
        assert_eq!(error(wide.as_bytes()), Err((Some(2), "a row has more than 16,384 cells".to_owned())));
    }
}
