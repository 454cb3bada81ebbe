//! Tables of codes.

use std::collections::HashMap;
use std::sync::Arc;

use super::document::{Document, RawCode, add_tag, warn_of_short};
use super::keys::{Scope, names};
use super::problem::{Findings, Position, Source, Spot, offset, suggestion};
use super::{MAX_CODES, MAX_FOLDER_VALUES, MAX_FURTHER_COLUMNS, value};
use crate::model::{Channel, Extras, Labels, Mistake, SceneType, Tag, grouped, in_ticks};
use crate::table::{Columns, Row, Table, carried_cell, cell_scene, tidy};

/// Columns the manifest writes itself.
const MANIFEST: [&str; 9] =
    ["seq", "lifetime", "generation", "created_at", "expires_at", "url", "ticket", "image", "image_sha256"];

/// Reads a table of codes.
pub(super) fn read(file: u32, source: &Source, findings: &mut Findings) -> Document {
    let errors = findings.errors();
    let mut document = Document::new(file);
    if source.text.trim().is_empty() {
        findings.empty_file(file, source);
    } else {
        match Table::new(&source.text) {
            Ok(table) => {
                let (header, tag_lists) = (Header::default(), HashMap::new());
                let mut reader = Reader { file, findings, header, tag_lists, values: 0 };
                reader.read(table, source, &mut document);
                document.values = reader.values;
            }
            Err((at, mistake)) => drop(findings.checked::<()>(Position::bytes(file, at, 1), Err(mistake))),
        }
    }
    document.broken = findings.errors() > errors;
    document
}

struct Reader<'t> {
    file: u32,
    findings: &'t mut Findings,
    header: Header,
    /// The tags that good cells hold, so that equal cells share one list.
    tag_lists: HashMap<Box<str>, Arc<[Tag]>>,
    /// How many tags and further cells it holds.
    values: usize,
}

/// The first row.
#[derive(Debug, Default)]
struct Header {
    columns: Columns,
    /// The columns that go into the manifest as they are.
    extras: Vec<usize>,
    extra_names: Arc<[Box<str>]>,
    /// The known columns that misspelt ones were probably meant as.
    meant: Vec<&'static str>,
}

impl Reader<'_> {
    fn read(&mut self, table: Table<'_>, source: &Source, document: &mut Document) {
        let mut rows = table.rows();
        let Some(header) = rows.next() else { return self.findings.empty_file(self.file, source) };
        let Some(found) = self.header(&header) else { return };
        self.header = found;
        document.meant.clone_from(&self.header.meant);
        let states_expires = self.header.columns.find("expires").is_some() || document.states("expires");
        document.without_expires =
            (!states_expires).then_some(Position { file: self.file, spot: Spot::Row(header.number) });
        for row in rows.by_ref() {
            if document.codes.len() == MAX_CODES {
                return document.too_many_codes(self.position(&row, 0), self.findings);
            }
            document.codes.extend(self.code(&row));
            if self.values > MAX_FOLDER_VALUES {
                // What is wrong is told once the file is read.
                return document.codes.clear();
            }
        }
        if let (true, Some(row)) = (document.codes.is_empty(), rows.cleared) {
            let position = Position { file: self.file, spot: Spot::Row(row) };
            let message = "every cell below the first row was cleared, so the table has no codes";
            let help = "take the file back from git; to retire its codes, delete the rows themselves";
            self.findings.error(position, "cleared-table", message).help(help);
        }
    }

    fn position(&self, row: &Row<'_>, column: usize) -> Position {
        Position { file: self.file, spot: Spot::Cell { row: row.number, column: offset(column) } }
    }

    /// Returns `None` if a column is missing without which no row can be read.
    fn header(&mut self, row: &Row<'_>) -> Option<Header> {
        let columns = Columns::new(row, &names(Scope::Column).collect::<Vec<_>>());
        for (first, again) in &columns.twice {
            let message = format!("the column {} is here twice", in_ticks(row.cell(*again).trim()));
            let (first, again) = (self.position(row, *first), self.position(row, *again));
            let found = self.findings.error(again, "duplicate-column", message);
            found.see(first, "the first is here").help("give one of the two another name, or delete it");
        }
        let (mut extras, mut names, mut meant) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(beyond) = columns.others.get(MAX_FURTHER_COLUMNS) {
            let most = grouped(MAX_FURTHER_COLUMNS as u64);
            let message = format!("the table has more than {most} further columns");
            let found = self.findings.error(self.position(row, *beyond), "too-many-columns", message);
            found.help("delete the columns that nobody needs in the manifests");
        }
        for index in columns.others.iter().take(MAX_FURTHER_COLUMNS) {
            let name = tidy(row.cell(*index));
            if let Some((mistake, known)) = suspicious_column(&name) {
                meant.extend(known);
                self.findings.checked::<()>(self.position(row, *index), Err(mistake));
            } else if let Some(name) = self.carried(row, *index, "the column's name") {
                extras.push(*index);
                names.push(name);
            }
        }
        let mut is_complete = true;
        for needed in ["scene", "channel"].into_iter().filter(|name| columns.find(name).is_none()) {
            is_complete = false;
            if meant.contains(&needed) {
                // The misspelt one is probably it, and was reported.
                continue;
            }
            let position = Position { file: self.file, spot: Spot::Row(row.number) };
            let help = if row.cells.len() == 1 && row.cell(0).contains([';', '\t']) {
                "cells are separated by commas, not by semicolons or tabs"
            } else {
                "the first row names the columns: scene, channel, expires, tags, medium, reuse, scene_type"
            };
            let message = format!("the table has no column `{needed}`");
            self.findings.error(position, "missing-column", message).help(help);
        }
        is_complete.then(|| Header { columns, extras, extra_names: names.into(), meant })
    }

    fn code(&mut self, row: &Row<'_>) -> Option<RawCode> {
        let errors = self.findings.errors();
        for (index, cell) in row.cells.iter().enumerate() {
            if !self.header.columns.is_named(index) && !cell.trim().is_empty() {
                let message = "this cell stands in a column without a name";
                let help = "name the column in the first row, or clear the cell";
                self.findings.error(self.position(row, index), "unnamed-column", message).help(help);
            }
        }
        let errors_before_type = self.findings.errors();
        let scene_type = self.filled("scene_type", row, |text| {
            SceneType::from_word(text).ok_or_else(|| {
                let message = format!("{} is no type of scene", in_ticks(text));
                Mistake::new("bad-scene-type", message).help("`id`, `str`, or nothing")
            })
        });
        // Without its type nobody knows what a scene is meant as.
        let is_known =
            self.findings.errors() == errors_before_type && !self.header.meant.contains(&"scene_type");
        let scene = is_known.then(|| self.value("scene", row, |text| cell_scene(text, scene_type))).flatten();
        let channel = self
            .value("channel", row, |text| Channel::new(text).map_err(|mistake| mistake.of("the channel")));
        let tags = self.tags(row);
        let expires = self.filled("expires", row, value::lifetime);
        if let (Some(lifetime), Some(column)) = (expires, self.header.columns.find("expires")) {
            warn_of_short(lifetime, self.position(row, column), self.findings);
        }
        let medium = self.filled("medium", row, value::medium);
        let reuse = self.filled("reuse", row, value::reuse);
        let indexes = std::mem::take(&mut self.header.extras);
        let values: Vec<_> = indexes.iter().map(|index| self.carried(row, *index, "this cell")).collect();
        self.header.extras = indexes;
        if self.findings.errors() > errors {
            return None;
        }
        self.values += values.len();
        let extras = Extras::new(Arc::clone(&self.header.extra_names), values.into_iter().flatten());
        let position = self.position(row, self.header.columns.find("scene").unwrap_or_default());
        let labels = Labels { channel: channel?, tags, extras };
        Some(RawCode { scene: scene?, labels, expires, medium, reuse, position })
    }

    /// Reads a further cell.
    fn carried(&mut self, row: &Row<'_>, index: usize, what: &str) -> Option<Box<str>> {
        let read = carried_cell(row.cell(index)).map(Box::from).map_err(|mistake| mistake.of(what));
        self.findings.checked(self.position(row, index), read)
    }

    /// Reads a cell, also an empty one; `None` if the table has no such column or the cell is wrong.
    fn value<T>(
        &mut self,
        column: &str,
        row: &Row<'_>,
        read: impl FnOnce(&str) -> Result<T, Mistake>,
    ) -> Option<T> {
        let index = self.header.columns.find(column)?;
        self.findings.checked(self.position(row, index), read(row.cell(index).trim()))
    }

    /// Reads a cell that may be empty.
    fn filled<T>(
        &mut self,
        column: &str,
        row: &Row<'_>,
        read: impl FnOnce(&str) -> Result<T, Mistake>,
    ) -> Option<T> {
        self.header.columns.cell(column, row).filter(|cell| !cell.is_empty())?;
        self.value(column, row, read)
    }

    fn tags(&mut self, row: &Row<'_>) -> Arc<[Tag]> {
        let Some(index) = self.header.columns.find("tags") else { return Arc::default() };
        let (position, text) = (self.position(row, index), row.cell(index).trim());
        if let Some(tags) = self.tag_lists.get(text) {
            return Arc::clone(tags);
        }
        let errors = self.findings.errors();
        let mut tags = Vec::new();
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            if !add_tag(&mut tags, part.trim(), position, "did you mean `;`?", self.findings) {
                break;
            }
        }
        self.values += tags.len();
        let tags: Arc<[Tag]> = tags.into();
        if self.findings.errors() == errors {
            self.tag_lists.insert(text.into(), Arc::clone(&tags));
        }
        tags
    }
}

/// Says why a further column's name must be an accident, and which known column was probably meant.
fn suspicious_column(name: &str) -> Option<(Mistake, Option<&'static str>)> {
    if let Some(own) = suggestion(name, MANIFEST, |_| 0) {
        let message = format!("the manifest has a column `{own}` of its own");
        let mistake = Mistake::new("reserved-column", message).help("give this column another name");
        return Some((mistake, None));
    }
    // Short names are close to many words that mean something else: `days` is no misspelt `tags`.
    let meant = suggestion(name, names(Scope::Column), |length| if length < 6 { 1 } else { 2 })
        .or_else(|| suggestion(name, ["expire_seconds"], |_| 2).map(|_| "expires"))?;
    let message = format!("the column {} looks like a misspelt `{meant}`", in_ticks(name));
    let help = format!("did you mean `{meant}`? If not, give it a name that is less like it");
    Some((Mistake::new("misspelt-column", message).help(help), Some(meant)))
}
