//! Tables of codes: CSV.

use std::collections::HashMap;
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord};

use super::document::{Document, RawCode, Stated, What, empty_file, too_many_codes, warn_of_short};
use super::place::{cell_beyond, offset, unclosed_quote};
use super::problem::{Findings, Place, Source, Spot, Wrong, quoted, suggestion};
use super::{MAX_CODES, MAX_COLUMNS, value};
use crate::model::{Channel, Extras, SceneType, Tag, grouped};

/// The columns that mean something.
const KNOWN: [&str; 7] = ["scene", "scene_type", "channel", "tags", "expires", "medium", "reuse"];
/// Which of them is `expires`.
const EXPIRES: usize = 4;
/// Columns the manifest writes itself.
const MANIFEST: [&str; 9] =
    ["seq", "lifetime", "generation", "created_at", "expires_at", "url", "ticket", "image", "image_sha256"];

/// Reads a table.
pub(super) fn read(file: usize, source: &Source, findings: &mut Findings) -> Document {
    let errors = findings.errors();
    let mut document = Document::empty(file);
    if source.text.trim().is_empty() {
        empty_file(file, source, findings);
    } else if let Some(start) = unclosed_quote(&source.text) {
        let place = Place { file, spot: Spot::Span { start: offset(start), len: 1 } };
        findings
            .error(place, "unclosed-quote", "this quote is never closed")
            .help("a quote within a quoted cell is written twice: \"\"");
    } else if let Some(start) = cell_beyond(&source.text, MAX_COLUMNS) {
        let place = Place { file, spot: Spot::Span { start: offset(start), len: 1 } };
        let message = format!("a row has more than {} cells", grouped(MAX_COLUMNS as u64));
        findings.error(place, "too-many-columns", message).help("delete the columns that mean nothing");
    } else {
        let mut table = Table { file, text: &source.text, findings, tag_lists: HashMap::new() };
        table.read(&mut document);
    }
    document.broken = findings.errors() > errors;
    document
}

struct Table<'t> {
    file: usize,
    text: &'t str,
    findings: &'t mut Findings,
    /// What good cells of tags say, so that equal ones share one list.
    tag_lists: HashMap<Box<str>, Arc<[Tag]>>,
}

#[derive(Debug, Default)]
struct Columns {
    known: [Option<usize>; KNOWN.len()],
    extras: Vec<usize>,
    extra_names: Arc<[Box<str>]>,
    /// With a header or without one.
    named: Vec<bool>,
    /// There is a column that was probably meant as `expires`, which was reported.
    lifetime_misspelt: bool,
    /// The same of `medium`.
    medium_misspelt: bool,
}

impl Table<'_> {
    fn read(&mut self, document: &mut Document) {
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.text.as_bytes());
        let mut record = StringRecord::new();
        let mut columns = None;
        // The text is UTF-8 and rows may have any length, so there is nothing to fail.
        while reader.read_record(&mut record).unwrap_or_default() {
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let row = self.row_start(&record);
            let Some(columns) = &columns else {
                match self.columns(&record, row) {
                    Some(found) => {
                        let is_there = found.known[EXPIRES].is_some() || found.lifetime_misspelt;
                        document.without_expires = (!is_there).then(|| self.header_place(row).spot);
                        columns = Some(found);
                    }
                    None => return,
                }
                continue;
            };
            if document.codes.len() == MAX_CODES {
                too_many_codes(self.place(row, 0), self.findings);
                document.codes.clear();
                return;
            }
            if let Some(code) = self.code(&record, row, columns) {
                document.codes.push(code);
            }
        }
    }

    /// The reader says where it was before the blank lines it skipped.
    fn row_start(&self, record: &StringRecord) -> u32 {
        let at = record.position().and_then(|p| usize::try_from(p.byte()).ok()).unwrap_or_default();
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        offset(at + rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count())
    }

    /// The whole first row.
    fn header_place(&self, row: u32) -> Place {
        let line = self.text[row as usize..].split(['\r', '\n']).next().unwrap_or_default();
        Place { file: self.file, spot: Spot::Span { start: row, len: offset(line.len()) } }
    }

    fn place(&self, row: u32, column: usize) -> Place {
        Place { file: self.file, spot: Spot::Cell { row, column: offset(column) } }
    }

    /// `None` where the rows cannot be read.
    fn columns(&mut self, header: &StringRecord, row: u32) -> Option<Columns> {
        let mut columns = Columns::default();
        let mut first: HashMap<&str, usize> = HashMap::new();
        let mut names = Vec::new();
        let mut meant = Vec::new();
        for (index, cell) in header.iter().enumerate() {
            let name = cell.trim();
            columns.named.push(!name.is_empty());
            if name.is_empty() {
                continue;
            }
            let place = self.place(row, index);
            if let Some(earlier) = first.insert(name, index) {
                let message = format!("the column {} is here twice", quoted(name));
                let earlier = self.place(row, earlier);
                self.findings
                    .error(place, "duplicate-column", message)
                    .see(earlier, "the first is here")
                    .help("give one of the two another name, or delete it");
            } else if let Some(known) = KNOWN.iter().position(|known| *known == name) {
                columns.known[known] = Some(index);
            } else if let Some(wrong) = suspicious_column(name) {
                meant.extend(wrong.1);
                self.findings.wrong(place, wrong.0);
            } else {
                columns.extras.push(index);
                names.push(Box::from(cell));
            }
        }
        columns.extra_names = names.into();
        let header_place = self.header_place(row);
        let missing: Vec<_> = [0, 2].into_iter().filter(|known| columns.known[*known].is_none()).collect();
        for known in &missing {
            let message = format!("the table has no column `{}`", KNOWN[*known]);
            if meant.contains(&KNOWN[*known]) {
                // The misspelt one is probably it, and was reported.
                continue;
            }
            let found = self.findings.error(header_place, "missing-column", message);
            if header.len() == 1 && header.get(0).is_some_and(|h| h.contains([';', '\t'])) {
                found.help("cells are separated by commas, not by semicolons or tabs");
            } else {
                found.help(
                    "the first row names the columns: scene, channel, expires, tags, medium, reuse, scene_type",
                );
            }
        }
        columns.lifetime_misspelt = meant.contains(&"expires");
        columns.medium_misspelt = meant.contains(&"medium");
        missing.is_empty().then_some(columns)
    }

    fn code(&mut self, record: &StringRecord, row: u32, columns: &Columns) -> Option<RawCode> {
        let errors = self.findings.errors();
        for (index, cell) in record.iter().enumerate() {
            if !columns.named.get(index).is_some_and(|named| *named) && !cell.trim().is_empty() {
                let place = self.place(row, index);
                self.findings
                    .error(place, "unnamed-column", "this cell stands in a column without a name")
                    .help("name the column in the first row, or clear the cell");
            }
        }
        let cell = |known: usize| {
            let column = columns.known[known]?;
            Some((self.place(row, column), record.get(column).unwrap_or_default().trim()))
        };
        let [scene, scene_type, channel, tags, expires, medium, reuse] = [0, 1, 2, 3, 4, 5, 6].map(cell);
        let scene_type = scene_type.and_then(|(place, text)| self.scene_type(place, text));
        let scene = scene.and_then(|(place, text)| match scene_type {
            Some(Err(())) => None,
            stated => self.checked(place, value::cell_scene(text, stated.and_then(Result::ok))),
        });
        let channel = channel.and_then(|(place, text)| {
            self.checked(place, Channel::new(text).map_err(|e| value::text_problem("channel", &e)))
        });
        let tags = tags.map_or_else(Arc::default, |(place, text)| self.tags(place, text));
        let expires = match expires {
            Some((place, text)) if !text.is_empty() => {
                let lifetime = self.checked(place, value::lifetime(text));
                if let Some(lifetime) = lifetime {
                    warn_of_short(lifetime, place, self.findings);
                }
                Stated::from(lifetime)
            }
            None if columns.lifetime_misspelt => Stated::Wrong,
            _ => Stated::No,
        };
        let medium = match medium {
            Some((place, text)) if !text.is_empty() => Stated::from(self.checked(place, value::medium(text))),
            None if columns.medium_misspelt => Stated::Wrong,
            _ => Stated::No,
        };
        let reuse = reuse.filter(|(_, text)| !text.is_empty());
        let reuse = reuse.and_then(|(place, text)| self.checked(place, value::reuse(text)));
        if self.findings.errors() > errors {
            return None;
        }
        let values = columns.extras.iter().map(|index| Box::from(record.get(*index).unwrap_or_default()));
        Some(RawCode {
            what: What::One { scene: scene?, channel: channel? },
            expires,
            medium,
            reuse,
            tags,
            extras: Extras::new(columns.extra_names.clone(), values),
            spot: Spot::Cell { row, column: offset(columns.known[0].unwrap_or_default()) },
        })
    }

    fn checked<T>(&mut self, place: Place, result: Result<T, Wrong>) -> Option<T> {
        result.map_err(|wrong| self.findings.wrong(place, wrong)).ok()
    }

    fn scene_type(&mut self, place: Place, text: &str) -> Option<Result<SceneType, ()>> {
        if text.is_empty() {
            return None;
        }
        let scene_type = SceneType::from_word(text);
        if scene_type.is_none() {
            let message = format!("{} is no type of scene", quoted(text));
            self.findings.error(place, "bad-scene-type", message).help("`id`, `str`, or nothing");
        }
        Some(scene_type.ok_or(()))
    }

    fn tags(&mut self, place: Place, text: &str) -> Arc<[Tag]> {
        if let Some(tags) = self.tag_lists.get(text) {
            return Arc::clone(tags);
        }
        let errors = self.findings.errors();
        let mut tags = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let tag = Tag::new(part).map_err(|error| value::text_problem("tag", &error));
            if let Some(tag) = self.checked(place, tag)
                && !tags.contains(&tag)
            {
                value::warn_of_separators(&tag, place, "did you mean `;`?", self.findings);
                tags.push(tag);
            }
        }
        let tags: Arc<[Tag]> = tags.into();
        if self.findings.errors() == errors {
            self.tag_lists.insert(text.into(), Arc::clone(&tags));
        }
        tags
    }
}

/// A further column whose name must be an accident, and the column that was probably meant.
fn suspicious_column(name: &str) -> Option<(Wrong, Option<&'static str>)> {
    if let Some(own) = suggestion(name, MANIFEST, |_| 0) {
        let message = format!("the manifest has a column `{own}` of its own");
        let wrong = Wrong::new("reserved-column", message).help("give this column another name");
        return Some((wrong, None));
    }
    // Short names are close to many words that mean something else: `days` is no misspelt `tags`.
    let meant = suggestion(name, KNOWN, |length| if length < 6 { 1 } else { 2 })
        .or_else(|| suggestion(name, ["expire_seconds"], |_| 2).map(|_| "expires"))?;
    let message = format!("the column {} looks like a misspelt `{meant}`", quoted(name));
    let help = format!("did you mean `{meant}`? If not, give it a name that is less like it");
    Some((Wrong::new("misspelt-column", message).help(help), Some(meant)))
}
