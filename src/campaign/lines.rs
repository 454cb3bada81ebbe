//! From a position in a file to its line, its column and what is marked there.

use super::problem::{Excerpt, Position, Source, Spot, offset};
use crate::table::{cell_bytes, cell_name, row_starts};

/// Finds positions in sources. A text is searched for its lines when the first position in it is asked for.
pub(super) struct Lines<'s> {
    sources: &'s [Source],
    indexes: Vec<Option<Index>>,
}

impl<'s> Lines<'s> {
    pub(super) fn new(sources: &'s [Source]) -> Self {
        Self { sources, indexes: sources.iter().map(|_| None).collect() }
    }

    /// Returns `None` for a file as a whole.
    pub(super) fn excerpt(&mut self, Position { file, spot }: Position) -> Option<Excerpt> {
        let source = &self.sources[file as usize];
        let text = source.text.as_str();
        if spot == Spot::File {
            return None;
        }
        let index = self.indexes[file as usize].get_or_insert_with(|| Index::new(source));
        let (range, cell) = match spot {
            Spot::File => return None,
            Spot::Bytes { start, len } => (start as usize..start as usize + len as usize, None),
            Spot::Row(row) => {
                let start = index.row_start(text, row);
                // Old tables end their rows with a carriage return alone.
                let end = text[start..].find(['\r', '\n']).map_or(text.len(), |len| start + len);
                (start..end, None)
            }
            Spot::Cell { row, column } => {
                (cell_bytes(text, index.row_start(text, row), column), Some(cell_name(row, column)))
            }
        };
        let start = text.floor_char_boundary(range.start);
        let end = text.floor_char_boundary(range.end).max(start);
        let line = index.line_starts.partition_point(|s| *s as usize <= start);
        let line_start = index.line_starts[line - 1] as usize;
        let next_line = index.line_starts.get(line).map_or(text.len(), |next| *next as usize);
        let line_bytes =
            line_start..line_start + text[line_start..next_line].trim_end_matches(['\r', '\n']).len();
        // A mark stays on its first line, and is there even for nothing.
        let start_in_line = start.min(line_bytes.end);
        let marked = start_in_line - line_start..end.clamp(start_in_line, line_bytes.end) - line_start;
        let column = index.column(text, line_start, start_in_line);
        Some(Excerpt { file, line: offset(line), column, cell, line_bytes, marked })
    }
}

struct Index {
    line_starts: Vec<u32>,
    /// In a table: where each row begins, blank ones counted too, as spreadsheets do. Empty until a row is asked for.
    rows: Vec<u32>,
    /// The last place asked for, so that many problems on one long line are counted once through.
    last: (usize, usize, u32),
}

impl Index {
    fn new(source: &Source) -> Self {
        let text = source.text.as_str();
        let after_ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after_ends.map(offset)).collect();
        Self { line_starts, rows: Vec::new(), last: (0, 0, 1) }
    }

    fn row_start(&mut self, text: &str, row: u32) -> usize {
        if self.rows.is_empty() {
            self.rows = row_starts(text);
        }
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
