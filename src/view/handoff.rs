//! What `scenepress handoff` prints.

use std::path::Path;

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::paint::columns;
use super::sentences::copies_text;
use crate::engine::HandedBundle;
use crate::ledger::{HandoffRecord, RecordedCodes};
use crate::model::{
    Recipient, beijing_date, counted, grouped, quoted, schema_of, verb, visible, visible_path,
};

/// The version of the documents' form.
const FORMAT: u32 = 1;

/// How many scenes or ranges of scenes a line names.
const SCENES: usize = 5;

/// Every record of paper, in the order in which they were made. None is ever changed or deleted.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "The records that `scenepress handoff --list --format json` prints")]
pub struct HandoffsDocument<'a> {
    /// The version of the document's form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    /// The records; `ledger export` has the same, a line each.
    records: &'a [HandoffRecord],
}

impl<'a> HandoffsDocument<'a> {
    /// Of these records.
    pub fn new(records: &'a [HandoffRecord]) -> Self {
        Self { format: FORMAT, records }
    }
}

/// The schema of that document.
pub fn handoffs_schema() -> Schema {
    schema_of::<HandoffsDocument<'_>>()
}

/// What became of an undo or of paper that was taken down.
#[derive(Serialize)]
pub struct HandoffDocument<'a> {
    format: u32,
    /// False if that was on record already.
    recorded: bool,
    /// The record that says so; null if several do.
    record: Option<&'a HandoffRecord>,
}

impl<'a> HandoffDocument<'a> {
    /// Of what was recorded just now, or before.
    pub fn new(recorded: bool, record: Option<&'a HandoffRecord>) -> Self {
        Self { format: FORMAT, recorded, record }
    }
}

/// Which bundle was handed over to whom, in a line. In a rehearsal, also in which ledger that stands.
pub fn handoff_text(path: &Path, handed: &HandedBundle, rehearsal: Option<&Path>) -> String {
    let (handoff, id) = (&handed.handoff, handed.id);
    let (campaign, revision, to) = (&handoff.campaign, handoff.revision, &handoff.to);
    let (path, day) = (visible_path(path), beijing_date(handed.handed_at));
    if !handed.recorded {
        return format!("{path}: was handed to {to} on {day} already (record {id}); nothing was recorded\n");
    }
    let mut notes = vec![format!("record {id}")];
    if handed.left_out > 0 {
        let were = verb(handed.left_out, "was", "were");
        notes.push(format!("{} for screens {were} left out", grouped(handed.left_out)));
    }
    notes.extend(rehearsal.map(|ledger| format!("a rehearsal, in {} alone", visible_path(ledger))));
    let (codes, copies) = (counted(handed.codes, "code"), copies_text(handoff.copies));
    let notes = notes.join("; ");
    format!("{path}: {codes} of {campaign}, revision {revision}{copies}, handed to {to} on {day} ({notes})\n")
}

/// Records below each other, a line each.
pub fn handoffs_text(records: &[HandoffRecord]) -> String {
    if records.is_empty() {
        return "No records.\n".to_owned();
    }
    let rows: Vec<[String; 4]> = records.iter().map(row).collect();
    columns(&rows, 0..1, &(0..0)).into_iter().map(|line| line + "\n").collect()
}

/// `3  2026-11-22  metro  revision 1 to Shop A, 3 codes, 200 copies: by post`
fn row(record: &HandoffRecord) -> [String; 4] {
    let note = |note: &str| if note.is_empty() { String::new() } else { format!(": {}", visible(note)) };
    let (at, what, undone_by) = match record {
        HandoffRecord::Handoff {
            revision,
            to,
            copies: number,
            note: text,
            handed_at,
            codes,
            undone_by,
            ..
        } => {
            let (count, copies) = (counted(count(codes), "code"), copies_text(*number));
            (handed_at, format!("revision {revision} to {to}, {count}{copies}{}", note(text)), *undone_by)
        }
        HandoffRecord::Removal { from, note: text, removed_at, codes, undone_by, .. } => {
            let whose = from.as_ref().map_or_else(String::new, |from: &Recipient| format!(" of {from}"));
            let count = counted(count(codes), "code");
            let what = format!("paper{whose} taken down, {count} ({}){}", scenes(codes), note(text));
            (removed_at, what, *undone_by)
        }
        HandoffRecord::Undo { undoes, undone_at, .. } => (undone_at, format!("undoes record {undoes}"), None),
    };
    let undone = undone_by.map_or_else(String::new, |by| format!(" [undone by record {by}]"));
    let day = beijing_date(*at).to_string();
    [record.id().to_string(), day, record.campaign().to_string(), what + &undone]
}

fn count(codes: &[RecordedCodes]) -> u64 {
    codes.iter().map(RecordedCodes::count).sum()
}

/// `1001..1050, vip-desk and more`
fn scenes(codes: &[RecordedCodes]) -> String {
    let ids = codes.iter().flat_map(|codes| &codes.ids).map(|ids| match (ids.start(), ids.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}..{last}"),
    });
    let is_plain = |text: &str| !text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains([',', ' ']);
    let strs = codes.iter().flat_map(|codes| &codes.strs);
    let strs = strs.map(|text| if is_plain(text) { visible(text) } else { quoted(&visible(text)) });
    let mut scenes: Vec<String> = ids.chain(strs).collect();
    let more = if scenes.len() > SCENES { " and more" } else { "" };
    scenes.truncate(SCENES);
    scenes.join(", ") + more
}
