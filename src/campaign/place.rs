//! From a byte of a text to its line and column, and from a cell to its bytes.

use super::problem::{Format, Place, Shown, Source, Spot};
use crate::table::{cell_bytes, cell_name, row_starts};

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
            Spot::Row(row) => {
                let start = index.row_start(row);
                (start..text.len(), None)
            }
            Spot::Cell { row, column } => {
                (cell_bytes(text, index.row_start(row), column), Some(cell_name(row, column)))
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

    fn row_start(&self, row: u32) -> usize {
        self.rows.get(row.saturating_sub(1) as usize).map_or(0, |start| *start as usize)
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
