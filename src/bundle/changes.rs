//! `CHANGES.csv`, for people: what to print again and by when; and the same in a sentence.
//!
//! It is made for a double click, as `manifest-excel.csv` is: a byte order mark (without one Excel takes a file for the
//! machine's own encoding, and Chinese channels are lost), CRLF, readable Beijing times, no cell that is run or
//! rewritten. Its words are English, so that a script that looks at the exact columns (the numbers, the images) can use
//! it too; the bundle's `README.txt` explains them in Chinese.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use jiff::Timestamp;

use crate::model::{Medium, Paper, beijing_date, counted, excerpt, grouped, minute_text};

use super::diff::{Change, ChangeKind, Changes, Earlier, Since};
use super::names;
use super::row::{AsRow, Listing, Row};
use super::spreadsheet::safe_cell;

/// The file's name in the bundle.
pub(super) const FILE_NAME: &str = "CHANGES.csv";

const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// The last one came with the third form of bundles.
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

/// The columns of a bundle's form.
fn columns_of(format: u32) -> &'static [&'static str] {
    if format < 3 { &COLUMNS[..COLUMNS.len() - 1] } else { &COLUMNS }
}

/// The columns that tell of the code as it was.
const BEFORE: [usize; 4] = [4, 6, 8, 10];
/// The columns that tell of the code as it is.
const AFTER: [usize; 4] = [5, 7, 9, 12];

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
        let row = change.seq.and_then(|seq| listing.row_of(seq));
        let paper = change.place().map_or(&[][..], |seq| paper_of(changes, seq));
        writer.write_record(cells(change, row.as_ref(), paper).iter().map(|cell| cell.as_bytes()))?;
    }
    writer.flush()
}

/// What is on paper of a code.
fn paper_of(changes: &Changes, seq: u64) -> &[Paper] {
    let from = changes.paper.partition_point(|paper| paper.seq < seq);
    let rest = &changes.paper[from..];
    &rest[..rest.partition_point(|paper| paper.seq == seq)]
}

/// One line. `row` is the code as it is, where it is in the bundle.
fn cells<'a>(change: &'a Change, row: Option<&Row<'a>>, paper: &[Paper]) -> Cells<'a> {
    let mut cells: Cells<'a> = Default::default();
    cells[0] = change.kind.as_str().into();
    if let Some(before) = &change.before {
        let Earlier { seq, scene, channel, generation, expires_at } = before.as_ref();
        identify(&mut cells, *seq, scene);
        cells[4] = safe_cell(channel.as_str());
        cells[6] = generation.to_string().into();
        cells[8] = names::picture(*seq, scene, channel, *generation, *expires_at).into();
        cells[10] = change.replace_before().map(minute_text).unwrap_or_default().into();
    }
    if let Some(row) = row {
        identify(&mut cells, row.seq, row.scene);
        now(&mut cells, row);
    }
    // In no language: as a picture and a zip are named.
    let handed = |paper: &Paper| {
        let Paper { generation, to, handed_at, revision, .. } = paper;
        let day = beijing_date(*handed_at);
        format!("g{generation} r{revision} {day} {}", to.name().unwrap_or_default()).trim_end().to_owned()
    };
    let paper: Vec<String> = paper.iter().map(handed).collect();
    cells[11] = safe_cell(&paper.join("; ")).into_owned().into();
    cells
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

/// What is wrong with a file, as far as the bundle alone can tell: the form, and what it says of the codes as they are.
pub(super) fn fault<T: AsRow>(listing: &Listing<'_, T>, file: &[u8]) -> Option<String> {
    let Some(table) = file.strip_prefix(BYTE_ORDER_MARK.as_bytes()) else {
        return Some("has no byte order mark".to_owned());
    };
    let mut records = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table);
    let mut found = csv::StringRecord::new();
    let mut again = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let columns = columns_of(listing.format);
    let mut last = None;
    for line in 1.. {
        match records.read_record(&mut found) {
            Err(error) => return Some(format!("is not CSV: {error}")),
            Ok(false) if line == 1 => return Some("has no columns".to_owned()),
            Ok(false) => break,
            Ok(true) => {}
        }
        if found.len() != columns.len() {
            return Some(format!("row {line} has {} cells instead of {}", found.len(), columns.len()));
        }
        let wrong = |column: usize, expected: &str| {
            let cell = excerpt(&found[column], 60);
            let expected = excerpt(expected, 60);
            format!("row {line}, column `{}` is `{cell}` instead of `{expected}`", columns[column])
        };
        if line == 1 {
            if let Some(column) = (0..columns.len()).find(|&column| found[column] != *columns[column]) {
                return Some(wrong(column, columns[column]));
            }
        } else {
            let place = match row_fault(listing, &found) {
                Ok(place) => place,
                Err(RowFault::Cell(column, expected)) => return Some(wrong(column, &expected)),
                Err(RowFault::Row(what)) => return Some(format!("row {line} {what}")),
            };
            if last.is_some_and(|last| last >= place) {
                return Some(format!("row {line} does not come after the one before it"));
            }
            last = Some(place);
        }
        // Into memory, which does not fail.
        let _ = again.write_record(&found);
    }
    let as_written = again.into_inner().is_ok_and(|bytes| bytes == table);
    (!as_written).then(|| "its quotes or line ends were changed".to_owned())
}

enum RowFault {
    Cell(usize, String),
    Row(&'static str),
}

/// The place of a row in the file, or what is wrong with it.
fn row_fault<T: AsRow>(listing: &Listing<'_, T>, found: &csv::StringRecord) -> Result<(u64, bool), RowFault> {
    let kind = ChangeKind::ALL.into_iter().find(|kind| kind.as_str() == &found[0]);
    let kind = kind.ok_or(RowFault::Row("says neither new, replaced, relabelled nor withdrawn"))?;
    let seq: u64 = found[1].parse().map_err(|_| RowFault::Row("has no seq"))?;
    // One that an earlier form has not is empty.
    let nothing = |columns: &[usize]| {
        columns.iter().copied().find(|&column| found.get(column).is_some_and(|cell| !cell.is_empty()))
    };
    if kind == ChangeKind::Withdrawn {
        if let Some(column) = nothing(&AFTER).or_else(|| nothing(&BEFORE[3..])) {
            return Err(RowFault::Cell(column, String::new()));
        }
        return Ok((seq, true));
    }
    let row = listing.row_of(seq).ok_or(RowFault::Row("is of a code that is not in the manifest"))?;
    let mut expected = Cells::default();
    identify(&mut expected, seq, row.scene);
    now(&mut expected, &row);
    let differs = |column: &usize| found.get(*column).is_some_and(|cell| cell != expected[*column]);
    if let Some(column) = [1, 2, 3].into_iter().chain(AFTER).find(differs) {
        return Err(RowFault::Cell(column, expected[column].clone().into_owned()));
    }
    let empty = match kind {
        ChangeKind::New => &BEFORE[..],
        ChangeKind::Relabelled => &BEFORE[3..],
        ChangeKind::Replaced | ChangeKind::Withdrawn => &[],
    };
    match nothing(empty) {
        Some(column) => Err(RowFault::Cell(column, String::new())),
        None => Ok((seq, false)),
    }
}

/// How many pictures were replaced, and when the first of those before dies: of the codes for screens, or of the others.
/// `is_screen` says of a seq whether its code is for screens.
fn replaced(
    changes: &Changes,
    is_screen: &dyn Fn(u64) -> bool,
    for_screens: bool,
) -> (u64, Option<Timestamp>) {
    let of = changes.changes.iter().filter(|change| {
        change.kind == ChangeKind::Replaced && change.seq.is_some_and(is_screen) == for_screens
    });
    (of.clone().count() as u64, of.filter_map(Change::replace_before).min())
}

/// Whether a code is for screens.
fn is_screen<T: AsRow>(listing: &Listing<'_, T>, seq: u64) -> bool {
    listing.row_of(seq).is_some_and(|row| row.medium == Some(Medium::Screen))
}

/// What changed, in Chinese.
pub(super) fn chinese<T: AsRow>(changes: &Changes, listing: &Listing<'_, T>) -> String {
    let revision = match changes.since {
        Since::First => return "这是第一版，全部二维码都是新增。".to_owned(),
        Since::Unknown(revision) => {
            return format!("第 {revision} 版由旧版程序生成，没有记录内容，所以不知道有什么变化。");
        }
        Since::Revision(revision) => revision,
    };
    let [new, _, relabelled, withdrawn] = changes.counts();
    let mut parts = Vec::new();
    if new > 0 {
        parts.push(format!("新增 {} 个", grouped(new)));
    }
    let on_screen = |seq| is_screen(listing, seq);
    for (for_screens, what, to_do) in
        [(false, "换图", "重新印刷"), (true, "屏幕用换图", "把屏幕上的旧图换成新图")]
    {
        let (count, before) = replaced(changes, &on_screen, for_screens);
        if count > 0 {
            let before = before.map(|at| format!("在 {} 之前", beijing_date(at))).unwrap_or_default();
            parts.push(format!("{what} {} 个，请{before}{to_do}", grouped(count)));
        }
    }
    if relabelled > 0 {
        parts.push(format!("仅改标注 {} 个，不要重印", grouped(relabelled)));
    }
    if withdrawn > 0 {
        parts.push(format!("撤下 {} 个", grouped(withdrawn)));
    }
    if parts.is_empty() {
        return format!("与第 {revision} 版相比，二维码没有变化。");
    }
    format!("与第 {revision} 版相比：{}。明细见 {FILE_NAME}。", parts.join("；"))
}

/// What changed, in English: `3 pictures replaced: reprint before 2026-12-19; 2 only relabelled: do not reprint`.
///
/// `is_screen` says of a seq whether its code is for screens: of those, none is printed.
pub fn english(changes: &Changes, is_screen: &dyn Fn(u64) -> bool) -> String {
    let [new, _, relabelled, withdrawn] = changes.counts();
    let mut parts = Vec::new();
    if new > 0 {
        parts.push(format!("{} new", grouped(new)));
    }
    for (for_screens, what, to_do) in
        [(false, "replaced: reprint", ""), (true, "for screens replaced: put the new ", " on the screens")]
    {
        let (count, before) = replaced(changes, is_screen, for_screens);
        if count > 0 {
            let new = if !for_screens {
                ""
            } else if count == 1 {
                "one"
            } else {
                "ones"
            };
            let mut part = format!("{} {what}{new}{to_do}", counted(count, "picture"));
            if let Some(at) = before {
                let _ = write!(part, " before {}", beijing_date(at)); // cannot fail
            }
            parts.push(part);
        }
    }
    if relabelled > 0 {
        parts.push(format!("{} only relabelled: do not reprint", grouped(relabelled)));
    }
    if withdrawn > 0 {
        parts.push(format!("{} withdrawn", grouped(withdrawn)));
    }
    parts.join("; ")
}

/// The same as a sentence for `README.txt`.
pub(super) fn english_sentence<T: AsRow>(changes: &Changes, listing: &Listing<'_, T>) -> String {
    match changes.since {
        Since::First => "This is the first revision: all codes are new.".to_owned(),
        Since::Unknown(revision) => format!(
            "An earlier version of the program made revision {revision} and kept no record of its codes: what changed is \
             not known."
        ),
        Since::Revision(revision) if changes.changes.is_empty() => {
            format!("Since revision {revision} no code changed.")
        }
        Since::Revision(revision) => {
            format!(
                "Since revision {revision}: {}. {FILE_NAME} lists them.",
                english(changes, &|seq| is_screen(listing, seq))
            )
        }
    }
}
