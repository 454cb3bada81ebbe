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

use crate::model::{AppId, Medium, Paper, beijing_date, counted, grouped, minute_text};

use super::diff::{Change, ChangeKind, Changes, Earlier, Since};
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
    let mut outdated: Vec<u64> = paper::outdated(listing, changes).map(|(_, row)| row.seq).collect();
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
                let replaced = change.replace_before();
                (change.kind.as_str(), change.before.as_deref(), change.seq, replaced)
            }
            Self::Outdated(seq) => (OUTDATED, None, Some(*seq), None),
        };
        let withdrawn = before.filter(|_| seq.is_none());
        let mut cells: Cells<'a> = Default::default();
        cells[0] = kind.into();
        if let Some(Earlier { seq, scene, channel, generation, expires_at, .. }) = before {
            identify(&mut cells, *seq, scene);
            cells[4] = safe_cell(channel.as_str());
            cells[6] = generation.to_string().into();
            cells[8] = names::picture(*seq, scene, channel, *generation, *expires_at).into();
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
fn first(replace_before: Option<Timestamp>, outdated: Option<Outdated>) -> Option<Timestamp> {
    replace_before.into_iter().chain(outdated.and_then(|outdated| outdated.dies_at)).min()
}

/// In no language: as a picture and a zip are named; of another account than the bundle's, after its appid.
fn handed(paper: &Paper, of_bundle: &AppId) -> String {
    let Paper { appid, generation, to, handed_at, revision, .. } = paper;
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

/// What decides how a change is told.
struct Telling<'a> {
    /// Says of a seq whether its code is for screens.
    is_screen: &'a dyn Fn(u64) -> bool,
    /// Says of a seq whether paper of its code is to come down.
    outdated: &'a dyn Fn(u64) -> Option<Outdated>,
}

impl Telling<'_> {
    /// How many pictures were replaced, and when the first of those before dies: of the codes for screens, or of the
    /// others.
    fn replaced(&self, changes: &Changes, for_screens: bool) -> (u64, Option<Timestamp>) {
        let of = changes.changes.iter().filter(|change| {
            change.kind == ChangeKind::Replaced && change.seq.is_some_and(self.is_screen) == for_screens
        });
        let dies_at = |change: &Change| first(change.replace_before(), change.seq.and_then(self.outdated));
        (of.clone().count() as u64, of.filter_map(dies_at).min())
    }

    /// How many were only relabelled: those whose paper stays good, those that are on paper as another picture, and those
    /// for screens that are on paper.
    fn relabelled(&self, changes: &Changes) -> [u64; 3] {
        let mut counts = [0, 0, 0];
        for change in changes.changes.iter().filter(|change| change.kind == ChangeKind::Relabelled) {
            let kind = match change.seq.and_then(self.outdated) {
                None => 0,
                Some(_) if change.seq.is_some_and(self.is_screen) => 2,
                Some(_) => 1,
            };
            counts[kind] += 1;
        }
        counts
    }
}

/// Whether a code is for screens.
fn is_screen<T: AsRow>(listing: &Listing<'_, T>, seq: u64) -> bool {
    listing.row_of(seq).is_some_and(|row| row.medium == Some(Medium::Screen))
}

/// Whether paper of a code is to come down.
fn outdated<T: AsRow>(changes: &Changes, listing: &Listing<'_, T>, seq: u64) -> Option<Outdated> {
    Outdated::of(changes, &listing.row_of(seq)?)
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
    let [new, _, _, withdrawn] = changes.counts();
    let mut parts = Vec::new();
    if new > 0 {
        parts.push(format!("新增 {} 个", grouped(new)));
    }
    let telling = Telling {
        is_screen: &|seq| is_screen(listing, seq),
        outdated: &|seq| outdated(changes, listing, seq),
    };
    for (for_screens, what, to_do) in
        [(false, "换图", "重新印刷"), (true, "屏幕用换图", "把屏幕上的旧图换成新图")]
    {
        let (count, before) = telling.replaced(changes, for_screens);
        if count > 0 {
            let before = before.map(|at| format!("在 {} 之前", beijing_date(at))).unwrap_or_default();
            parts.push(format!("{what} {} 个，请{before}{to_do}", grouped(count)));
        }
    }
    let [relabelled, on_paper_before, on_paper] = telling.relabelled(changes);
    if relabelled > 0 {
        parts.push(format!("仅改标注 {} 个，不要重印", grouped(relabelled)));
    }
    if on_paper_before > 0 {
        parts.push(format!("改标注 {} 个，但印出的是更早的图，见下", grouped(on_paper_before)));
    }
    if on_paper > 0 {
        parts.push(format!("改标注 {} 个，仅用于屏幕，但已印出，见下", grouped(on_paper)));
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
/// `is_screen` says of a seq whether its code is for screens: of those, none is printed. What is on paper is left out.
pub fn english(changes: &Changes, is_screen: &dyn Fn(u64) -> bool) -> String {
    told(changes, &Telling { is_screen, outdated: &|_| None })
}

fn told(changes: &Changes, telling: &Telling<'_>) -> String {
    let [new, _, _, withdrawn] = changes.counts();
    let mut parts = Vec::new();
    if new > 0 {
        parts.push(format!("{} new", grouped(new)));
    }
    for (for_screens, what, to_do) in
        [(false, "replaced: reprint", ""), (true, "for screens replaced: put the new ", " on the screens")]
    {
        let (count, before) = telling.replaced(changes, for_screens);
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
    let [relabelled, on_paper_before, on_paper] = telling.relabelled(changes);
    if relabelled > 0 {
        parts.push(format!("{} only relabelled: do not reprint", grouped(relabelled)));
    }
    if on_paper_before > 0 {
        parts.push(format!(
            "{} relabelled, but on paper as an earlier picture: see below",
            grouped(on_paper_before)
        ));
    }
    if on_paper > 0 {
        parts.push(format!("{} relabelled, for screens, but on paper: see below", grouped(on_paper)));
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
            let telling = Telling {
                is_screen: &|seq| is_screen(listing, seq),
                outdated: &|seq| outdated(changes, listing, seq),
            };
            format!("Since revision {revision}: {}. {FILE_NAME} lists them.", told(changes, &telling))
        }
    }
}
