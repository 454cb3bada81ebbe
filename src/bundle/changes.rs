//! `CHANGES.csv`, for people: what to print again and by when.
//!
//! It is made for a double click, as `manifest-excel.csv` is: a byte order mark (without one Excel takes a file for the
//! machine's own encoding, and Chinese channels are lost), CRLF, readable Beijing times, no cell that is run or
//! rewritten. Its words are English, so that a script that looks at the exact columns (the numbers, the images) can use
//! it too; the bundle's `README.txt` explains them in Chinese.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::model::{AppId, Medium, PrintedCode, beijing_date, minute_text};

use super::diff::{Change, ChangeKind, Changes, Since};
use super::row::{AsRow, Listing, Row};
use super::spreadsheet::safe_cell;
use super::{Header, names};

/// The file's name in the bundle.
pub(super) const FILE_NAME: &str = "CHANGES.csv";

const BYTE_ORDER_MARK: &str = "\u{FEFF}";

const COLUMNS: [&str; 14] = [
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
    "compared_with",
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
    for change in &changes.changes {
        writer.write_record(cells(change, changes, listing).iter().map(|cell| cell.as_bytes()))?;
    }
    writer.flush()
}

/// What happened to a code, against what, and what is on paper of it.
fn cells<'a, T: AsRow>(change: &Change, changes: &Changes, listing: &'a Listing<'_, T>) -> Cells<'a> {
    let mut cells: Cells<'a> = Default::default();
    cells[0] = change.kind.as_str().into();
    let before = change.before.as_deref();
    if let Some(before) = before {
        identify(&mut cells, before.seq, &before.scene);
        cells[4] = safe_cell(before.channel.as_str()).into_owned().into();
        cells[6] = before.generation.to_string().into();
        cells[8] = names::earlier(before).into();
    }
    if matches!(change.kind, ChangeKind::Replaced | ChangeKind::Withdrawn) {
        let expires_at = before.and_then(|before| before.expires_at);
        cells[10] = expires_at.map(minute_text).unwrap_or_default().into();
    }
    let medium = before.and_then(|before| before.medium);
    cells[12] = medium.map(Medium::as_str).unwrap_or_default().into();
    if let Some(row) = change.seq.and_then(|seq| listing.row_of(seq)) {
        identify(&mut cells, row.seq, row.scene);
        now(&mut cells, &row, listing.header);
    }
    let papers = change.place().filter(|_| change.is_of_paper).map_or(&[][..], |seq| changes.paper_of(seq));
    let handed: Vec<String> = papers.iter().map(|paper| handed(paper, &listing.header.appid)).collect();
    cells[11] = safe_cell(&handed.join("; ")).into_owned().into();
    cells[13] = match (change.is_of_paper, changes.since) {
        (true, _) => "paper".into(),
        (false, Since::Revision(revision)) => format!("r{revision}").into(),
        (false, Since::First | Since::Unknown(_)) => Cow::default(),
    };
    cells
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

fn now<'a>(cells: &mut Cells<'a>, row: &Row<'a>, header: &Header) {
    cells[5] = safe_cell(row.labels.channel.as_str());
    cells[7] = row.generation.to_string().into();
    cells[9] = row.image(header.names).into();
    cells[12] = row.medium.map(Medium::as_str).unwrap_or_default().into();
}
