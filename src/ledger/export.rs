//! The ledger as text: one JSON object a line, without tickets and urls.
//!
//! Lines of JSON and not CSV: codes, their generations, calls, bundles and handoffs have different fields and stand in
//! one file. A text with a comma, a quote or a line break stays one line, so that a diff shows just the lines of what
//! changed. A renewal adds one line. Nothing in the file tells when it was written, so the same ledger always gives the
//! same bytes.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Row, Statement};
use serde::Serialize;

use super::error::{Fault, LedgerError};
use super::handoff::recipient;
use super::rows::{self, GENERATION, LABELS, LabelReader};
use super::sqlite::SqliteLedger;
use crate::model::{AppId, CampaignName, Digest, Instant, Lifetime, LifetimeKind, Scene, Tag};

/// What a ledger holds, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The lines, the first of which is [`Export::FIRST_LINE`].
    pub text: Vec<u8>,
    /// How many codes are in it.
    pub codes: u64,
}

impl Export {
    /// How every export begins.
    pub const FIRST_LINE: &str = "{\"record\":\"ledger\",\"format\":1}\n";

    fn add(&mut self, line: &Line<'_>) -> Result<(), Fault> {
        let unwritable = |error| Fault::Value(format!("a value that is no JSON: {error}"));
        serde_json::to_writer(&mut self.text, line).map_err(unwritable)?;
        self.text.push(b'\n');
        Ok(())
    }
}

/// A line. Each begins with what it is about, so that a sorted file and a diff can be read.
#[derive(Serialize)]
#[serde(tag = "record", rename_all = "lowercase")]
enum Line<'a> {
    Code {
        appid: &'a AppId,
        #[serde(flatten)]
        scene: &'a Scene,
        campaign: CampaignName,
        seq: u64,
        channel: &'a str,
        tags: Vec<&'a str>,
        /// The further columns, by their headers.
        columns: BTreeMap<&'a str, &'a str>,
        retired: bool,
    },
    Generation {
        appid: &'a AppId,
        #[serde(flatten)]
        scene: &'a Scene,
        generation: u32,
        campaign: CampaignName,
        lifetime: LifetimeKind,
        expire_seconds: Option<u32>,
        #[serde(serialize_with = "Instant::write")]
        created_at: Timestamp,
        #[serde(serialize_with = "Instant::write_or_null")]
        expires_at: Option<Timestamp>,
        picture_sha256: Option<Digest>,
    },
    /// Requests for a generation that were never answered.
    Unanswered {
        appid: &'a AppId,
        #[serde(flatten)]
        scene: &'a Scene,
        generation: u32,
        lifetime: LifetimeKind,
        attempts: u64,
        #[serde(serialize_with = "Instant::write")]
        last_at: Timestamp,
    },
    /// Calls of an account on a day in Asia/Shanghai that create codes, lost answers included.
    Calls { appid: AppId, day: &'a str, made: u64 },
    Bundle {
        campaign: CampaignName,
        revision: u64,
        file_name: &'a str,
        bytes: u64,
        sha256: Digest,
        /// The first time.
        #[serde(serialize_with = "Instant::write")]
        recorded_at: Timestamp,
    },
    Deployment {
        campaign: CampaignName,
        sha256: Digest,
        #[serde(serialize_with = "Instant::write")]
        deployed_at: Timestamp,
    },
    Handoff {
        campaign: CampaignName,
        revision: u64,
        sha256: Digest,
        /// Null if nobody was named.
        to: Option<&'a str>,
        note: &'a str,
        #[serde(serialize_with = "Instant::write")]
        handed_at: Timestamp,
        codes: Vec<HandedCodes>,
    },
}

/// The codes of a handoff that are of one account and generation.
#[derive(Serialize)]
struct HandedCodes {
    appid: AppId,
    generation: u32,
    /// As campaign files have them: `1001`, or `1001..1050`, both ends included.
    #[serde(serialize_with = "write_ranges")]
    ids: Vec<RangeInclusive<u32>>,
    strs: Vec<String>,
}

fn write_ranges<S: serde::Serializer>(ids: &[RangeInclusive<u32>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ids.iter().map(|ids| match (ids.start(), ids.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}..{last}"),
    }))
}

impl SqliteLedger {
    /// Everything the ledger knows that is not a ticket or a url.
    ///
    /// Codes come first, by account and scene, ids before texts, each with its generations and unanswered requests.
    /// Then calls, bundles, deployments and handoffs.
    pub fn export(&self) -> Result<Export, LedgerError> {
        self.read(|connection| {
            let mut export = Export { text: Export::FIRST_LINE.into(), codes: 0 };
            codes(connection, &mut export)?;
            calls(connection, &mut export)?;
            bundles(connection, &mut export)?;
            deployments(connection, &mut export)?;
            handoffs(connection, &mut export)?;
            Ok(export)
        })
    }
}

/// A code whose lines are being written.
struct Current {
    key: i64,
    appid: AppId,
    scene: Scene,
}

fn codes(connection: &Connection, export: &mut Export) -> Result<(), Fault> {
    // SQLite orders integers before texts, and texts by their bytes.
    let mut statement = connection.prepare(&format!(
        "SELECT c.id, a.appid, c.scene, n.name, m.seq, c.retired, {LABELS}, {GENERATION}, made_in.name
         FROM codes c
         JOIN accounts a ON a.id = c.account
         JOIN campaigns n ON n.id = c.campaign
         LEFT JOIN memberships m ON m.code = c.id AND m.campaign = c.campaign
         LEFT JOIN generations g ON g.code = c.id
         LEFT JOIN campaigns made_in ON made_in.id = g.campaign
         ORDER BY a.appid, c.scene, g.number"
    ))?;
    let mut unanswered = connection.prepare(
        "SELECT generation, permanent, attempts, last_at FROM intents WHERE code = ?1
         ORDER BY generation, permanent",
    )?;
    let mut labels = LabelReader::new();
    let mut current: Option<Current> = None;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = rows::key(row, 0)?.0;
        if current.as_ref().is_none_or(|current| current.key != key) {
            if let Some(last) = &current {
                add_unanswered(&mut unanswered, last, export)?;
            }
            let next = Current { key, appid: rows::appid(row, 1)?, scene: rows::scene(row, 2)? };
            add_code(row, &mut labels, current.insert(next), export)?;
        }
        if let Some(current) = &current {
            add_generation(row, current, export)?;
        }
    }
    current.map_or(Ok(()), |last| add_unanswered(&mut unanswered, &last, export))
}

fn add_code(
    row: &Row<'_>,
    labels: &mut LabelReader,
    Current { appid, scene, .. }: &Current,
    export: &mut Export,
) -> Result<(), Fault> {
    let labels = labels.read(row, 6)?;
    export.codes += 1;
    export.add(&Line::Code {
        appid,
        scene,
        campaign: rows::campaign(row, 3)?,
        seq: rows::count(row, 4)?,
        channel: labels.channel.as_str(),
        tags: labels.tags.iter().map(Tag::as_str).collect(),
        columns: labels.extras.iter().collect(),
        retired: row.get(5)?,
    })
}

fn add_generation(
    row: &Row<'_>,
    Current { appid, scene, .. }: &Current,
    export: &mut Export,
) -> Result<(), Fault> {
    let Some(generation) = rows::generation(row, 10)? else { return Ok(()) };
    export.add(&Line::Generation {
        appid,
        scene,
        generation: generation.number,
        campaign: rows::campaign(row, 18)?,
        lifetime: generation.lifetime.kind(),
        expire_seconds: match generation.lifetime {
            Lifetime::Temporary(seconds) => Some(seconds.get()),
            Lifetime::Permanent => None,
        },
        created_at: generation.created_at,
        expires_at: generation.expires_at,
        picture_sha256: generation.picture.map(|picture| picture.digest),
    })
}

fn add_unanswered(
    statement: &mut Statement<'_>,
    Current { key, appid, scene }: &Current,
    export: &mut Export,
) -> Result<(), Fault> {
    let mut rows = statement.query([key])?;
    while let Some(row) = rows.next()? {
        let is_permanent: bool = row.get(1)?;
        export.add(&Line::Unanswered {
            appid,
            scene,
            generation: row.get(0)?,
            lifetime: if is_permanent { LifetimeKind::Permanent } else { LifetimeKind::Temporary },
            attempts: rows::count(row, 2)?,
            last_at: rows::instant(row.get(3)?)?,
        })?;
    }
    Ok(())
}

fn calls(connection: &Connection, export: &mut Export) -> Result<(), Fault> {
    let mut statement = connection.prepare(
        "SELECT a.appid, c.day, c.made FROM calls c JOIN accounts a ON a.id = c.account
         ORDER BY a.appid, c.day",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let day = rows::text(row, 1)?;
        if day.parse::<Date>().is_err() {
            return Err(Fault::Value(format!("a day {day:?} that is none")));
        }
        export.add(&Line::Calls { appid: rows::appid(row, 0)?, day, made: rows::count(row, 2)? })?;
    }
    Ok(())
}

fn bundles(connection: &Connection, export: &mut Export) -> Result<(), Fault> {
    // A bundle is recorded again when its file was copied back: once is enough here.
    let mut statement = connection.prepare(
        "SELECT n.name, b.revision, b.file_name, b.bytes, b.zip, min(b.recorded_at)
         FROM bundles b JOIN campaigns n ON n.id = b.campaign
         GROUP BY n.name, b.revision, b.zip
         ORDER BY n.name, b.revision, min(b.id)",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        export.add(&Line::Bundle {
            campaign: rows::campaign(row, 0)?,
            revision: rows::count(row, 1)?,
            file_name: rows::text(row, 2)?,
            bytes: rows::count(row, 3)?,
            sha256: rows::digest(row, 4)?,
            recorded_at: rows::instant(row.get(5)?)?,
        })?;
    }
    Ok(())
}

fn deployments(connection: &Connection, export: &mut Export) -> Result<(), Fault> {
    let mut statement = connection.prepare(
        "SELECT n.name, d.zip, d.deployed_at FROM deployments d JOIN campaigns n ON n.id = d.campaign
         ORDER BY n.name, d.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        export.add(&Line::Deployment {
            campaign: rows::campaign(row, 0)?,
            sha256: rows::digest(row, 1)?,
            deployed_at: rows::instant(row.get(2)?)?,
        })?;
    }
    Ok(())
}

fn handoffs(connection: &Connection, export: &mut Export) -> Result<(), Fault> {
    let mut codes = connection.prepare(
        "SELECT a.appid, h.generation, c.scene
         FROM handed h JOIN codes c ON c.id = h.code JOIN accounts a ON a.id = c.account
         WHERE h.handoff = ?1
         ORDER BY a.appid, h.generation, c.scene",
    )?;
    let mut statement = connection.prepare(
        "SELECT f.id, n.name, f.revision, f.zip, f.recipient, f.note, f.handed_at
         FROM handoffs f JOIN campaigns n ON n.id = f.campaign
         ORDER BY n.name, f.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        export.add(&Line::Handoff {
            campaign: rows::campaign(row, 1)?,
            revision: rows::count(row, 2)?,
            sha256: rows::digest(row, 3)?,
            to: recipient(rows::text(row, 4)?)?.name(),
            note: rows::text(row, 5)?,
            handed_at: rows::instant(row.get(6)?)?,
            codes: handed_codes(&mut codes, row.get(0)?)?,
        })?;
    }
    Ok(())
}

/// The codes of a handoff, grouped. Consecutive ids become one range, as they are seldom handed over singly.
fn handed_codes(statement: &mut Statement<'_>, handoff: i64) -> Result<Vec<HandedCodes>, Fault> {
    let mut rows = statement.query([handoff])?;
    let mut groups: Vec<HandedCodes> = Vec::new();
    while let Some(row) = rows.next()? {
        let (appid, generation) = (rows::appid(row, 0)?, row.get(1)?);
        if groups.last().is_none_or(|last| (&last.appid, last.generation) != (&appid, generation)) {
            groups.push(HandedCodes { appid, generation, ids: Vec::new(), strs: Vec::new() });
        }
        let Some(last) = groups.last_mut() else { continue };
        match rows::scene(row, 2)? {
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
