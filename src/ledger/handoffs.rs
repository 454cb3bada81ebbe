//! What is known of paper: records of bundles that were handed over, of paper that was taken down, and of records undone.
//!
//! Records are numbered and only added. What was known as of record `until` is what the records up to it say: an undo
//! counts from its own number on. So the same `until` gives the same answer for ever, and `u64::MAX` asks for what is known
//! now.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result};
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::columns::{Cells, all, first, integer, value};
use super::write::{campaign_id, touch};
use crate::model::{
    AppId, CampaignName, Channel, Digest, HandedGeneration, Instant, Note, PrintedCode, Recipient, Scene,
    Ticket,
};

/// A bundle that went to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handoff {
    /// Of which campaign.
    pub campaign: CampaignName,
    /// Its revision.
    pub revision: u64,
    /// Its SHA-256.
    #[serde(rename = "bundle_sha256")]
    pub zip: Digest,
    /// To whom.
    pub to: Recipient,
    /// How many copies of each code are printed, if somebody said so.
    pub copies: Option<u32>,
    /// What somebody wanted to remember of it; may be empty.
    pub note: Note,
}

/// A code of such a bundle.
#[derive(Debug, Clone, Copy)]
pub struct HandedCode<'a> {
    /// What it carries.
    pub scene: &'a Scene,
    /// Which generation of it.
    pub generation: u32,
    /// That generation's ticket.
    pub ticket: &'a Ticket,
    /// Its channel.
    pub channel: &'a Channel,
    /// Of everything that the bundle says of it.
    pub digest: Digest,
}

/// What became of a handoff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandoffOutcome {
    /// It is on record.
    Recorded {
        /// The record's number.
        id: u64,
        /// How many of the codes have been issued anew since, without those that are retired.
        superseded: u64,
        /// How many temporary codes are retired: they left the files, or their campaign has a code of another account in
        /// their place.
        retired: u64,
        /// How many permanent codes are retired.
        retired_permanent: u64,
        /// The record before, if it says that the same bundle went to the same recipient, with other copies or another note.
        same_before: Option<(u64, Timestamp)>,
    },
    /// The last record of this campaign and recipient says just the same; nothing was recorded.
    Already {
        /// That record's number.
        id: u64,
        /// Since when.
        at: Timestamp,
    },
    /// The ledger did not issue this; nothing was recorded.
    Unknown {
        /// The scene of the first code that it did not.
        scene: String,
        /// The generation of that.
        generation: u32,
        /// How many there are.
        count: u64,
    },
}

/// To whom a generation went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Handed")]
pub struct HandedOver {
    /// The number of the record.
    pub id: u64,
    /// To whom; null if nobody was named.
    pub to: Recipient,
    /// When.
    #[serde(rename = "handed_at", serialize_with = "Instant::write")]
    pub at: Timestamp,
    /// In the bundle of this campaign.
    pub campaign: CampaignName,
    /// Of this revision.
    pub revision: u64,
    /// How many copies; null if nobody said.
    pub copies: Option<u32>,
    /// What was noted; may be empty.
    pub note: String,
    /// When it was taken down; null if it was not.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub removed_at: Option<Timestamp>,
    /// When another generation went to the same recipient; null if none did while this one hung.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub replaced_at: Option<Timestamp>,
}

impl HandedOver {
    /// Whether it still hangs.
    pub fn hangs(&self) -> bool {
        self.removed_at.is_none() && self.replaced_at.is_none()
    }
}

/// Paper that was taken down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The campaign as whose paper it hung.
    pub campaign: CampaignName,
    /// Whose paper; `None` if all paper of these codes came down, whoever has it.
    pub from: Option<Recipient>,
    /// What somebody wanted to remember of it; may be empty.
    pub note: Note,
}

/// What became of an undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoOutcome {
    /// It is on record under this number.
    Recorded(u64),
    /// There is no record of the number that was to be undone. This is the last one; 0 if there is none.
    Unknown(u64),
    /// It was undone before, by the record of this number; nothing was recorded.
    Already(u64),
    /// The record is an undo itself, of the record of this number; nothing was recorded.
    IsUndo(u64),
}

/// One record. Each kind has a form of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "record", rename_all = "lowercase")]
#[schemars(transform = describe_kinds)]
pub enum HandoffRecord {
    /// A bundle was handed over.
    Handoff {
        /// The record's number.
        id: u64,
        /// The bundle's campaign.
        campaign: CampaignName,
        /// The bundle's revision.
        revision: u64,
        /// The bundle's SHA-256.
        sha256: Digest,
        /// What is printed of each code: `code`, the picture alone.
        piece: String,
        /// To whom; null if nobody was named.
        to: Recipient,
        /// How many copies of each code are printed; null if nobody said.
        copies: Option<u32>,
        /// What was noted; may be empty.
        note: String,
        /// When.
        #[serde(serialize_with = "Instant::write")]
        handed_at: Timestamp,
        /// The codes that went to print.
        codes: Vec<RecordedCodes>,
        /// The record that undoes this one; null if it stands.
        undone_by: Option<u64>,
    },
    /// Paper was taken down.
    Removal {
        /// The record's number.
        id: u64,
        /// The campaign as whose paper it hung.
        campaign: CampaignName,
        /// What was printed of each code: `code`, the picture alone.
        piece: String,
        /// Whose paper it was; null if all paper of these codes came down.
        from: Option<Recipient>,
        /// What was noted; may be empty.
        note: String,
        /// When.
        #[serde(serialize_with = "Instant::write")]
        removed_at: Timestamp,
        /// What hung last of each code.
        codes: Vec<RecordedCodes>,
        /// The record that undoes this one; null if it stands.
        undone_by: Option<u64>,
    },
    /// An earlier record does not count any more.
    Undo {
        /// The record's number.
        id: u64,
        /// The campaign of the record that is undone.
        campaign: CampaignName,
        /// The record that is undone.
        undoes: u64,
        /// When.
        #[serde(serialize_with = "Instant::write")]
        undone_at: Timestamp,
    },
}

/// Has the word that names a kind say what the kind is.
fn describe_kinds(schema: &mut Schema) {
    let Some(serde_json::Value::Array(kinds)) = schema.get_mut("oneOf") else { return };
    for kind in kinds {
        kind["properties"]["record"]["description"] = kind["description"].clone();
    }
}

impl HandoffRecord {
    /// Its number.
    pub fn id(&self) -> u64 {
        match self {
            Self::Handoff { id, .. } | Self::Removal { id, .. } | Self::Undo { id, .. } => *id,
        }
    }

    /// Of which campaign it tells.
    pub fn campaign(&self) -> &CampaignName {
        match self {
            Self::Handoff { campaign, .. } | Self::Removal { campaign, .. } | Self::Undo { campaign, .. } => {
                campaign
            }
        }
    }
}

/// The codes of a record that are of one account and generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecordedCodes {
    /// Their account.
    pub appid: AppId,
    /// Which issue of each.
    pub generation: u32,
    /// As campaign files have them: `1001`, or `1001..1050`, both ends included.
    #[serde(serialize_with = "write_ranges")]
    #[schemars(with = "Vec<String>")]
    pub ids: Vec<RangeInclusive<u32>>,
    /// Scenes that are texts.
    pub strs: Vec<String>,
}

impl RecordedCodes {
    /// How many there are.
    pub fn count(&self) -> u64 {
        let ids = self.ids.iter().map(|ids| u64::from(ids.end() - ids.start()) + 1);
        ids.sum::<u64>() + self.strs.len() as u64
    }
}

fn write_ranges<S: serde::Serializer>(ids: &[RangeInclusive<u32>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ids.iter().map(|ids| match (ids.start(), ids.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}..{last}"),
    }))
}

/// The records `f` up to ?2 that no record up to ?2 undoes.
const STANDING: &str = "f.undoes IS NULL AND f.id <= ?2
     AND NOT EXISTS (SELECT 1 FROM handoffs u WHERE u.undoes = f.id AND u.id <= ?2)";

/// See [`super::Ledger::last_handoff`].
pub(super) fn last_record(connection: &Connection) -> Result<u64> {
    value(connection, "SELECT coalesce(max(id), 0) FROM handoffs", [])
}

/// See [`super::Ledger::paper`].
pub(super) fn paper(
    connection: &Connection,
    campaign: &CampaignName,
    until: u64,
) -> Result<Vec<PrintedCode>> {
    // With max(), SQLite takes the other columns from the row that has it.
    let sql = format!(
        "WITH here AS (SELECT id FROM campaigns WHERE folded = ?1),
         known AS NOT MATERIALIZED (
             SELECT m.seq, k.scene, h.code, h.generation, h.channel, h.digest, f.*
             FROM memberships m
             JOIN codes k ON k.id = m.code
             JOIN handed h ON h.code = m.code
             JOIN handoffs f ON f.id = h.handoff
             WHERE m.campaign = (SELECT id FROM here) AND {STANDING}
         ),
         removed AS MATERIALIZED (
             SELECT scene, recipient, max(id) AS id FROM known WHERE kind = 'removed' GROUP BY scene, recipient
         )
         SELECT p.seq, p.generation, g.expires_at, g.url, p.recipient, p.recorded_at, p.revision,
             c.latest = g.id, c.campaign = (SELECT id FROM here), a.appid, c.scene, p.channel, g.created_at,
             p.digest, coalesce(
                 (SELECT n.names FROM bundles n WHERE n.campaign = p.campaign AND n.revision = p.revision), 'dated')
         FROM (
             SELECT seq, scene, code, generation, channel, digest, campaign, recipient, recorded_at, revision,
                 max(id) AS id
             FROM known WHERE kind = 'handed' GROUP BY scene, recipient
         ) p
         JOIN generations g ON g.code = p.code AND g.number = p.generation
         JOIN codes c ON c.id = p.code
         JOIN accounts a ON a.id = c.account
         WHERE NOT EXISTS (
             SELECT 1 FROM removed r
             WHERE r.scene = p.scene AND r.id > p.id AND (r.recipient IS NULL OR r.recipient = p.recipient)
         )
         ORDER BY p.seq, p.recipient"
    );
    all(connection, &sql, (campaign.folded(), integer(until)), |cells| {
        Ok(PrintedCode {
            seq: cells.next()?,
            generation: cells.next()?,
            expires_at: cells.next()?,
            url: cells.next()?,
            to: cells.next()?,
            handed_at: cells.next()?,
            revision: cells.next()?,
            is_latest: cells.next()?,
            is_here: cells.next()?,
            appid: cells.next()?,
            scene: cells.next()?,
            channel: cells.next()?,
            created_at: cells.next()?,
            digest: cells.next()?,
            names: cells.next()?,
        })
    })
}

/// The scenes of an account whose newest generation was on paper and of which no paper hangs any more.
pub(super) fn taken_down(connection: &Connection, account: i64) -> Result<Vec<Scene>> {
    let sql = format!(
        "SELECT DISTINCT n.name, c.scene
         FROM handoffs f
         CROSS JOIN handed h ON h.handoff = f.id
         CROSS JOIN codes c ON c.id = h.code
         CROSS JOIN generations g ON g.id = c.latest AND g.number = h.generation
         CROSS JOIN campaigns n ON n.id = c.campaign
         WHERE c.account = ?1 AND f.kind = 'removed' AND {STANDING}"
    );
    let removed: Vec<(CampaignName, Scene)> =
        all(connection, &sql, (account, i64::MAX), |cells| Ok((cells.next()?, cells.next()?)))?;
    let mut hanging: HashMap<CampaignName, HashSet<Scene>> = HashMap::new();
    let mut down = Vec::new();
    for (campaign, scene) in removed {
        if !hanging.contains_key(&campaign) {
            let scenes = paper(connection, &campaign, u64::MAX)?.into_iter().map(|piece| piece.scene);
            hanging.insert(campaign.clone(), scenes.collect());
        }
        if hanging.get(&campaign).is_none_or(|scenes| !scenes.contains(&scene)) {
            down.push(scene);
        }
    }
    Ok(down)
}

/// To whom one generation went, in the order in which it did, without what was undone.
pub(super) fn handed_over(connection: &Connection, code: i64, generation: u32) -> Result<Vec<HandedOver>> {
    // What ends it is the first record after it of the same code and recipient: taken down, or a later generation.
    let sql = format!(
        "SELECT f.id, f.recipient, f.recorded_at, n.name, f.revision, f.copies, f.note, e.kind, e.recorded_at
         FROM handed h
         JOIN handoffs f ON f.id = h.handoff
         JOIN campaigns n ON n.id = f.campaign
         LEFT JOIN handoffs e ON e.id = (
             SELECT min(l.id) FROM handed i JOIN handoffs l ON l.id = i.handoff
             WHERE i.code = h.code AND l.id > f.id AND (l.recipient IS NULL OR l.recipient = f.recipient)
                 AND (l.kind = 'removed' OR i.generation <> h.generation)
                 AND NOT EXISTS (SELECT 1 FROM handoffs u WHERE u.undoes = l.id)
         )
         WHERE h.code = ?1 AND h.generation = ?3 AND f.kind = 'handed' AND {STANDING}
         ORDER BY f.id"
    );
    all(connection, &sql, (code, i64::MAX, generation), |cells| {
        let handed = HandedOver {
            id: cells.next()?,
            to: cells.next()?,
            at: cells.next()?,
            campaign: cells.next()?,
            revision: cells.next()?,
            copies: cells.next()?,
            note: cells.next()?,
            removed_at: None,
            replaced_at: None,
        };
        let (kind, ended_at): (Option<String>, _) = (cells.next()?, cells.next()?);
        Ok(match kind.as_deref() {
            None => handed,
            Some("removed") => HandedOver { removed_at: ended_at, ..handed },
            Some(_) => HandedOver { replaced_at: ended_at, ..handed },
        })
    })
}

/// See [`super::Ledger::handed`].
pub(super) fn handed(
    connection: &Connection,
    campaign: &CampaignName,
    until: u64,
) -> Result<Vec<HandedGeneration>> {
    let sql = format!(
        "SELECT DISTINCT a.appid, k.scene, h.generation, f.recipient
         FROM memberships m
         JOIN codes k ON k.id = m.code
         JOIN accounts a ON a.id = k.account
         JOIN handed h ON h.code = m.code
         JOIN handoffs f ON f.id = h.handoff
         WHERE m.campaign = (SELECT id FROM campaigns WHERE folded = ?1) AND f.kind = 'handed' AND {STANDING}"
    );
    all(connection, &sql, (campaign.folded(), integer(until)), |cells| {
        let (appid, scene, generation, to) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        Ok(HandedGeneration { appid, scene, generation, to })
    })
}

/// See [`super::Ledger::was_handed_over`].
pub(super) fn was_handed_over(connection: &Connection, campaign: &CampaignName, until: u64) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (
             SELECT 1 FROM handoffs f
             WHERE f.campaign = (SELECT id FROM campaigns WHERE folded = ?1) AND f.kind = 'handed' AND {STANDING}
         )"
    );
    value(connection, &sql, (campaign.folded(), integer(until)))
}

/// See [`super::Ledger::hand_off`].
pub(super) fn hand_off(
    connection: &Connection,
    appid: &AppId,
    handoff: &Handoff,
    codes: &mut dyn Iterator<Item = HandedCode<'_>>,
    now: Timestamp,
) -> Result<HandoffOutcome> {
    let mut find = connection.prepare_cached(
        "SELECT c.id, c.latest = g.id, g.lifetime = 0, c.retired OR EXISTS (
             SELECT 1 FROM accounts b
             JOIN codes n ON n.account = b.id AND n.scene = c.scene
             WHERE b.id <> c.account AND n.campaign = c.campaign AND n.latest IS NOT NULL AND NOT n.retired
         )
         FROM codes c
         JOIN accounts a ON a.id = c.account
         JOIN generations g ON g.code = c.id AND g.number = ?3
         WHERE a.appid = ?1 AND c.scene = ?2 AND g.ticket = ?4",
    )?;
    let mut rows: Vec<HandedRow<'_>> = Vec::new();
    let (mut superseded, mut retired, mut retired_permanent) = (0, 0, 0);
    let mut unknown: Option<(String, u32, u64)> = None;
    for HandedCode { scene, generation, ticket, channel, digest } in codes {
        let found = find.query_row((appid.as_str(), scene, generation, ticket.as_str()), |row| {
            Ok((row.get(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?, row.get::<_, bool>(3)?))
        });
        match found.optional()? {
            Some((code, is_latest, is_permanent, is_retired)) => {
                superseded += u64::from(!is_latest && !is_retired);
                retired += u64::from(is_retired && !is_permanent);
                retired_permanent += u64::from(is_retired && is_permanent);
                rows.push((code, generation, Some((channel.as_str(), digest))));
            }
            None => unknown.get_or_insert((scene.to_string(), generation, 0)).2 += 1,
        }
    }
    if let Some((scene, generation, count)) = unknown {
        return Ok(HandoffOutcome::Unknown { scene, generation, count });
    }
    let campaign = campaign_id(connection, &handoff.campaign)?;
    let same_before = last_of(connection, campaign, handoff)?;
    if let Some((id, at, true)) = same_before {
        return Ok(HandoffOutcome::Already { id, at });
    }
    let (to, note, at) = (handoff.to.name().unwrap_or_default(), handoff.note.as_str(), now.as_second());
    let values = (campaign, to, note, at, integer(handoff.revision), handoff.zip.as_bytes(), handoff.copies);
    connection.execute(
        "INSERT INTO handoffs (kind, campaign, recipient, note, recorded_at, revision, zip, copies, piece)
         VALUES ('handed', ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'code')",
        values,
    )?;
    let id = add_codes(connection, &rows, now)?;
    let same_before = same_before.map(|(id, at, _)| (id, at));
    Ok(HandoffOutcome::Recorded { id, superseded, retired, retired_permanent, same_before })
}

/// The last standing record of a campaign that says something of this recipient's paper, if it says that the same bundle
/// was handed over; and whether copies and note are the same too.
fn last_of(
    connection: &Connection,
    campaign: i64,
    handoff: &Handoff,
) -> Result<Option<(u64, Timestamp, bool)>> {
    let sql = format!(
        "SELECT f.id, f.recorded_at, f.copies, f.note, f.zip FROM handoffs f
         WHERE f.campaign = ?1 AND (f.recipient IS NULL OR f.recipient = ?3) AND {STANDING}
         ORDER BY f.id DESC LIMIT 1"
    );
    let to = handoff.to.name().unwrap_or_default();
    let last = first(connection, &sql, (campaign, i64::MAX, to), |cells| {
        let (id, at) = (cells.next()?, cells.next()?);
        let (copies, note, zip): (Option<u32>, String, Option<Digest>) =
            (cells.next()?, cells.next()?, cells.next()?);
        let is_same = copies == handoff.copies && note == handoff.note.as_str();
        Ok((zip == Some(handoff.zip)).then_some((id, at, is_same)))
    })?;
    Ok(last.flatten())
}

/// A code, its generation, and channel and digest as its bundle had them.
type HandedRow<'a> = (i64, u32, Option<(&'a str, Digest)>);

/// Adds these codes to the record that was inserted last, and gives its number.
fn add_codes(connection: &Connection, rows: &[HandedRow<'_>], now: Timestamp) -> Result<u64> {
    let id = connection.last_insert_rowid();
    // Two recipients may have the same.
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO handed (code, generation, handoff, channel, digest) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (code, generation, row) in rows {
        let (channel, digest) = row.as_ref().map(|(channel, digest)| (channel, digest.as_bytes())).unzip();
        insert.execute((code, generation, id, channel, digest))?;
    }
    touch(connection, now)?;
    last_record(connection)
}

/// See [`super::Ledger::take_down`].
pub(super) fn take_down(
    connection: &Connection,
    removal: &Removal,
    pieces: &mut dyn Iterator<Item = &PrintedCode>,
    now: Timestamp,
) -> Result<u64> {
    let mut find = connection.prepare_cached(
        "SELECT c.id FROM codes c JOIN accounts a ON a.id = c.account WHERE a.appid = ?1 AND c.scene = ?2",
    )?;
    let generation = |piece: &PrintedCode| {
        let code = find.query_row((piece.appid.as_str(), &piece.scene), |row| row.get(0))?;
        Ok((code, piece.generation, None))
    };
    let rows: Vec<HandedRow<'_>> = pieces.map(generation).collect::<Result<_>>()?;
    let from = removal.from.as_ref().map(|from| from.name().unwrap_or_default());
    let values = (campaign_id(connection, &removal.campaign)?, from, removal.note.as_str(), now.as_second());
    connection.execute(
        "INSERT INTO handoffs (kind, campaign, recipient, note, recorded_at, piece)
         VALUES ('removed', ?1, ?2, ?3, ?4, 'code')",
        values,
    )?;
    add_codes(connection, &rows, now)
}

/// See [`super::Ledger::undo_handoff`].
pub(super) fn undo(connection: &Connection, record: u64, now: Timestamp) -> Result<UndoOutcome> {
    let sql = "SELECT f.undoes, u.id FROM handoffs f LEFT JOIN handoffs u ON u.undoes = f.id WHERE f.id = ?1";
    let found = first(connection, sql, [integer(record)], |cells| Ok((cells.next()?, cells.next()?)))?;
    match found {
        None => return Ok(UndoOutcome::Unknown(last_record(connection)?)),
        Some((Some(other), _)) => return Ok(UndoOutcome::IsUndo(other)),
        Some((None, Some(by))) => return Ok(UndoOutcome::Already(by)),
        Some((None, None)) => {}
    }
    connection.execute(
        "INSERT INTO handoffs (kind, campaign, recipient, note, recorded_at, undoes)
         SELECT 'undone', campaign, recipient, '', ?2, id FROM handoffs WHERE id = ?1",
        (integer(record), now.as_second()),
    )?;
    Ok(UndoOutcome::Recorded(add_codes(connection, &[], now)?))
}

/// See [`super::SqliteLedger::handoff_records`].
pub(super) fn records(connection: &Connection) -> Result<Vec<HandoffRecord>> {
    let sql = "SELECT f.kind, f.id, n.name, f.recorded_at, f.undoes, f.piece, f.note, u.id, f.recipient,
             f.revision, f.zip, f.copies
         FROM handoffs f
         JOIN campaigns n ON n.id = f.campaign
         LEFT JOIN handoffs u ON u.undoes = f.id
         ORDER BY f.id";
    all(connection, sql, [], |cells| record(connection, cells))
}

fn record(connection: &Connection, cells: &mut Cells<'_, '_>) -> Result<HandoffRecord> {
    let kind: String = cells.next()?;
    let (id, campaign, at) = (cells.next()?, cells.next()?, cells.next()?);
    if let Some(undoes) = cells.next()? {
        return Ok(HandoffRecord::Undo { id, campaign, undoes, undone_at: at });
    }
    let codes = recorded_codes(connection, id)?;
    let (piece, note, undone_by) = (cells.next()?, cells.next()?, cells.next()?);
    Ok(if kind == "removed" {
        HandoffRecord::Removal {
            id,
            campaign,
            piece,
            from: cells.next()?,
            note,
            removed_at: at,
            codes,
            undone_by,
        }
    } else {
        let (to, revision, sha256, copies) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        HandoffRecord::Handoff {
            id,
            campaign,
            revision,
            sha256,
            piece,
            to,
            copies,
            note,
            handed_at: at,
            codes,
            undone_by,
        }
    })
}

/// The codes of a record, grouped. Consecutive ids become one range, as they are seldom handed over singly.
fn recorded_codes(connection: &Connection, record: u64) -> Result<Vec<RecordedCodes>> {
    let sql = "SELECT a.appid, h.generation, c.scene
         FROM handed h JOIN codes c ON c.id = h.code JOIN accounts a ON a.id = c.account
         WHERE h.handoff = ?1
         ORDER BY a.appid, h.generation, c.scene";
    let codes: Vec<_> =
        all(connection, sql, [integer(record)], |cells| Ok((cells.next()?, cells.next()?, cells.next()?)))?;
    let mut groups: Vec<RecordedCodes> = Vec::new();
    for (appid, generation, scene) in codes {
        if groups.last().is_none_or(|last| (&last.appid, last.generation) != (&appid, generation)) {
            groups.push(RecordedCodes { appid, generation, ids: Vec::new(), strs: Vec::new() });
        }
        let Some(last) = groups.last_mut() else { continue };
        match scene {
            Scene::Str(text) => last.strs.push(text.as_str().to_owned()),
            Scene::Id(id) => match last.ids.last_mut() {
                Some(range) if range.end().checked_add(1) == Some(id.get()) => {
                    *range = *range.start()..=id.get();
                }
                _ => last.ids.push(id.get()..=id.get()),
            },
        }
    }
    Ok(groups)
}
