//! `CHANGES.csv`, for people: what to print again and by when.
//!
//! It is made for a double click, as `manifest-excel.csv` is: a byte order mark (without one Excel takes a file for the
//! machine's own encoding, and Chinese channels are lost), CRLF, readable Beijing times, no cell that is run or
//! rewritten. Its words are English, so that a script that looks at the exact columns (the numbers, the images) can use
//! it too; the bundle's `README.txt` explains them in Chinese.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::Timestamp;

use crate::model::{AppId, BundledCode, LastDay, Medium, PrintedCode, beijing_date, minute_text};

use super::diff::{Change, Changes};
use super::names;
use super::paper::{self, Outdated};
use super::row::{AsRow, Listing, Row};
use super::spreadsheet::safe_cell;

/// The file's name in the bundle.
pub(super) const FILE_NAME: &str = "CHANGES.csv";

const BYTE_ORDER_MARK: &str = "\u{FEFF}";

const COLUMNS: [&str; 13] = [
    "change",
    "seq",
    "scene",
    "scene_type",
    "channel_before",
    "channel",
    "generation_before",
    "generation",
    "image_before",
    "image",
    "replace_before",
    "on_paper",
    "medium",
];

type Cells<'a> = [Cow<'a, str>; COLUMNS.len()];

/// Writes the whole file.
pub(super) fn write<T: AsRow>(
    changes: &Changes,
    listing: &Listing<'_, T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(BYTE_ORDER_MARK.as_bytes())?;
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_record(COLUMNS)?;
    for line in lines(changes, listing) {
        writer.write_record(line.cells(changes, listing).iter().map(|cell| cell.as_bytes()))?;
    }
    writer.flush()
}

/// The word for a code that did not change since the revision before, while what is on paper of it is another picture (the
/// revision that replaced it was not handed over to all who have it) or hangs although the code is for screens.
const OUTDATED: &str = "outdated";

/// What a row is about.
enum Line<'a> {
    Changed(&'a Change),
    /// By its seq.
    Outdated(u64),
}

/// All rows, by seq; a withdrawn code has its earlier one.
fn lines<'a, T: AsRow>(changes: &'a Changes, listing: &Listing<'_, T>) -> Vec<Line<'a>> {
    let place = |change: &Change| (change.place().unwrap_or_default(), change.seq.is_none());
    let mut lines: Vec<_> =
        changes.changes.iter().map(|change| (place(change), Line::Changed(change))).collect();
    let mut outdated: Vec<u64> = paper::pieces(listing, changes).map(|(_, row, _)| row.seq).collect();
    outdated.dedup();
    outdated.retain(|seq| changes.changes.binary_search_by_key(&(*seq, false), place).is_err());
    if !outdated.is_empty() {
        lines.extend(outdated.into_iter().map(|seq| ((seq, false), Line::Outdated(seq))));
        lines.sort_by_key(|(place, _)| *place);
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

impl<'a> Line<'a> {
    fn cells<T: AsRow>(&self, changes: &Changes, listing: &'a Listing<'_, T>) -> Cells<'a> {
        let (kind, before, seq, replaced) = match self {
            Self::Changed(change) => {
                (change.kind.as_str(), change.before.as_deref(), change.seq, change.replace_before())
            }
            Self::Outdated(seq) => (OUTDATED, None, Some(*seq), None),
        };
        let withdrawn = before.filter(|_| seq.is_none());
        let mut cells: Cells<'a> = Default::default();
        cells[0] = kind.into();
        if let Some(BundledCode { seq, scene, channel, generation, created_at, expires_at, .. }) = before {
            identify(&mut cells, *seq, scene);
            cells[4] = safe_cell(channel.as_str());
            cells[6] = generation.to_string().into();
            let last_day = expires_at.map(|at| LastDay::new(*created_at, at));
            cells[8] = names::picture(*seq, scene, channel, *generation, last_day).into();
        }
        let row = seq.and_then(|seq| listing.row_of(seq));
        let outdated = match (&row, withdrawn) {
            (Some(row), _) => Outdated::of(changes, row),
            (None, Some(withdrawn)) => Some(Outdated::of_withdrawn(changes, withdrawn)),
            (None, None) => None,
        };
        cells[10] = first(replaced, outdated).map(minute_text).unwrap_or_default().into();
        if let Some(medium) = withdrawn.and_then(|before| before.medium) {
            cells[12] = medium.as_str().into();
        }
        if let Some(row) = row {
            identify(&mut cells, row.seq, row.scene);
            now(&mut cells, &row);
        }
        let place = seq.or(before.map(|before| before.seq));
        let papers = place.map_or(&[][..], |seq| paper::of(changes, seq));
        let handed: Vec<String> = papers.iter().map(|paper| handed(paper, &listing.header.appid)).collect();
        cells[11] = safe_cell(&handed.join("; ")).into_owned().into();
        cells
    }
}

/// By when what is printed has to be replaced: the first death of the picture before and of what is on paper.
pub(super) fn first(replace_before: Option<Timestamp>, outdated: Option<Outdated>) -> Option<Timestamp> {
    replace_before.into_iter().chain(outdated.and_then(|outdated| outdated.expires_at)).min()
}

/// In no language: as a picture and a zip are named; of another account than the bundle's, after its appid.
fn handed(paper: &PrintedCode, of_bundle: &AppId) -> String {
    let PrintedCode { appid, generation, to, handed_at, revision, .. } = paper;
    let day = beijing_date(*handed_at);
    let account = if appid == of_bundle { String::new() } else { format!("{appid} ") };
    let to = to.name().unwrap_or_default();
    format!("{account}g{generation} r{revision} {day} {to}").trim_end().to_owned()
}

fn identify(cells: &mut Cells<'_>, seq: u64, scene: &crate::model::Scene) {
    cells[1] = seq.to_string().into();
    cells[2] = safe_cell(&scene.to_string()).into_owned().into();
    cells[3] = scene.scene_type().as_str().into();
}

fn now<'a>(cells: &mut Cells<'a>, row: &Row<'a>) {
    cells[5] = safe_cell(row.labels.channel.as_str());
    cells[7] = row.generation.to_string().into();
    cells[9] = row.image().into();
    cells[12] = row.medium.map(Medium::as_str).unwrap_or_default().into();
}
