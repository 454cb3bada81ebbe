//! Which column of a table holds what.

use std::borrow::Cow;
use std::collections::HashMap;

use super::carried::tidy;
use super::rows::Row;

/// The columns of a table by the names in its first row, each counted from 0.
#[derive(Debug, Default)]
pub struct Columns {
    known: Vec<(&'static str, usize)>,
    /// The columns with names that are not known.
    pub others: Vec<usize>,
    /// Columns whose name another one has already: that one first. They count neither as known nor as others.
    pub twice: Vec<(usize, usize)>,
    named: Vec<bool>,
}

impl Columns {
    /// Finds the columns that mean something.
    pub fn new(header: &Row<'_>, known: &[&'static str]) -> Self {
        let mut columns = Self::default();
        let mut first: HashMap<Cow<'_, str>, usize> = HashMap::new();
        for (index, cell) in header.cells.iter().enumerate() {
            let name = tidy(cell);
            columns.named.push(!name.is_empty());
            if name.is_empty() {
                continue;
            }
            if let Some(earlier) = first.get(&name) {
                columns.twice.push((*earlier, index));
                continue;
            }
            match known.iter().find(|known| **known == name) {
                Some(known) => columns.known.push((*known, index)),
                None => columns.others.push(index),
            }
            first.insert(name, index);
        }
        columns
    }

    /// The column of a known name, if the table has it.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.known.iter().find(|(known, _)| *known == name).map(|(_, index)| *index)
    }

    /// The trimmed cell of a known name; `None` if the table has no such column.
    pub fn cell<'r>(&self, name: &str, row: &'r Row<'_>) -> Option<&'r str> {
        self.find(name).map(|index| row.cell(index).trim())
    }

    /// Whether a column has a name in the first row.
    pub fn is_named(&self, index: usize) -> bool {
        self.named.get(index).is_some_and(|named| *named)
    }
}
