//! From a byte of a text to its line and column, and from a cell to its bytes.

use std::ops::Range;

use super::problem::{Format, Place, Shown, Source, Spot};

/// Where a problem is, in people's terms.
#[derive(Debug)]
pub(super) struct Located {
    pub column: u32,
    pub cell: Option<String>,
    pub shown: Shown,
}

/// Finds places in sources; each text is indexed when it is first needed.
pub(super) struct Places<'s> {
    sources: &'s [Source],
    indexes: Vec<Option<Index>>,
}

impl<'s> Places<'s> {
    pub(super) fn new(sources: &'s [Source]) -> Self {
        Self { sources, indexes: sources.iter().map(|_| None).collect() }
    }

    /// `None` for a file as a whole.
    pub(super) fn locate(&mut self, place: Place) -> Option<Located> {
        let source = &self.sources[place.file];
        let text = source.text.as_str();
        if place.spot == Spot::File {
            return None;
        }
        let index = self.indexes[place.file].get_or_insert_with(|| Index::new(source));
        let (range, cell) = match place.spot {
            Spot::File => return None,
            Spot::Span { start, len } => (start as usize..start as usize + len as usize, None),
            Spot::Cell { row, column } => {
                let number = index.rows.partition_point(|start| *start <= row);
                (cell_bytes(text, row as usize, column), Some(cell_name(column, number)))
            }
        };
        let start = floor(text, range.start);
        let end = floor(text, range.end).max(start);
        let line = index.line_starts.partition_point(|s| *s as usize <= start);
        let line_start = index.line_starts[line - 1] as usize;
        let next_line = index.line_starts.get(line).map_or(text.len(), |next| *next as usize);
        let line_bytes = line_start..line_start + without_end(&text[line_start..next_line]).len();
        // A mark stays on its first line, and is there even for nothing.
        let start_in_line = start.min(line_bytes.end);
        let marked = start_in_line - line_start..end.clamp(start_in_line, line_bytes.end) - line_start;
        let column = index.column(text, line_start, start_in_line);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        Some(Located { column, cell, shown: Shown { file: place.file, line, line_bytes, marked } })
    }
}

struct Index {
    line_starts: Vec<u32>,
    /// In a table: where each row begins, blank ones counted too, as spreadsheets do.
    rows: Vec<u32>,
    /// The last place asked for, so that many problems on one long line are counted once through.
    last: (usize, usize, u32),
}

impl Index {
    fn new(source: &Source) -> Self {
        let text = source.text.as_str();
        let after_ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after_ends.map(offset)).collect();
        let rows = if source.format == Format::Table { row_starts(text) } else { Vec::new() };
        Self { line_starts, rows, last: (0, 0, 1) }
    }

    fn column(&mut self, text: &str, line_start: usize, at: usize) -> u32 {
        let (last_line, last_at, last_column) = self.last;
        let (from, column) =
            if last_line == line_start && last_at <= at { (last_at, last_column) } else { (line_start, 1) };
        let chars = text.get(from..at).map_or(0, |part| part.chars().count());
        let column = column.saturating_add(offset(chars));
        self.last = (line_start, at, column);
        column
    }
}

/// Texts are bounded far below 4 GiB.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// One field after another from where a row begins, with whether the row ends after it.
struct Fields<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Fields<'_> {
    /// The bytes of the next field with its quotes, and whether a comma follows. `Err` holds where a quote
    /// begins that is never closed.
    fn next(&mut self) -> Result<(Range<usize>, bool), usize> {
        let start = self.at;
        if self.bytes.get(start) == Some(&b'"') {
            self.at += 1;
            loop {
                match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                    (Some(b'"'), Some(b'"')) => self.at += 2,
                    (Some(b'"'), _) => break,
                    (Some(_), _) => self.at += 1,
                    (None, _) => return Err(start),
                }
            }
        }
        while let Some(byte) = self.bytes.get(self.at) {
            if matches!(byte, b',' | b'\r' | b'\n') {
                break;
            }
            self.at += 1;
        }
        let comma = self.bytes.get(self.at) == Some(&b',');
        let field = start..self.at;
        self.at += usize::from(comma);
        Ok((field, comma))
    }
}

fn cell_bytes(text: &str, row: usize, column: u32) -> Range<usize> {
    let mut fields = Fields { bytes: text.as_bytes(), at: row };
    for _ in 0..column {
        if let Ok((field, false)) = fields.next() {
            return field.end..field.end;
        }
    }
    fields.next().map_or(row..row, |(field, _)| field)
}

fn row_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut starts = Vec::new();
    let mut fields = Fields { bytes, at: 0 };
    while fields.at < bytes.len() {
        starts.push(offset(fields.at));
        while let Ok((_, true)) = fields.next() {}
        match bytes.get(fields.at..) {
            Some([b'\r', b'\n', ..]) => fields.at += 2,
            Some([_, ..]) => fields.at += 1,
            _ => {}
        }
    }
    starts
}

/// Where a quote begins that is never closed, so that it swallows the rest of the table.
pub(super) fn unclosed_quote(text: &str) -> Option<usize> {
    let mut fields = Fields { bytes: text.as_bytes(), at: 0 };
    while fields.at < text.len() {
        match fields.next() {
            Err(start) => return Some(start),
            Ok((_, true)) => {}
            Ok((_, false)) => fields.at += 1,
        }
    }
    None
}

/// Where the first cell begins that a row has beyond so many.
pub(super) fn cell_beyond(text: &str, most: usize) -> Option<usize> {
    let mut fields = Fields { bytes: text.as_bytes(), at: 0 };
    let mut cells = 0;
    while fields.at < text.len() {
        let start = fields.at;
        let (_, comma) = fields.next().ok()?;
        cells += 1;
        if cells > most {
            return Some(start);
        }
        if !comma {
            cells = 0;
            fields.at += 1;
        }
    }
    None
}

/// `B7`: the column from 0, the row from 1.
fn cell_name(column: u32, row: usize) -> String {
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

    #[test]
    fn cells_are_named_as_spreadsheets_name_them() {
        assert_eq!(cell_name(0, 1), "A1");
        assert_eq!(cell_name(25, 7), "Z7");
        assert_eq!(cell_name(26, 7), "AA7");
        assert_eq!(cell_name(701, 7), "ZZ7");
        assert_eq!(cell_name(702, 7), "AAA7");
    }

    #[test]
    fn rows_are_counted_through_quoted_line_breaks_and_blank_lines() {
        assert_eq!(row_starts("a,b\r\n\r\n\"x\ny\",2\n3"), [0, 5, 7, 15]);
        assert_eq!(cell_bytes("a,\"b,\"\"c\",d", 0, 1), 2..9);
        assert_eq!(cell_bytes("a,b", 0, 5), 3..3);
        assert_eq!(unclosed_quote("a,\"b\nc"), Some(2));
        assert_eq!(unclosed_quote("a,b\"c\n\"d\""), None);
        assert_eq!(cell_beyond("a,b\r\n1,\"2,\n\",3", 2), Some(13));
        assert_eq!(cell_beyond("a,b\r\n1,2\r\n\r\n3", 2), None);
    }
}
