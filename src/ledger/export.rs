//! Everything a ledger knows that is not a ticket or a url, in an order of its own, so that the same ledger always
//! gives the same.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Statement};

use super::error::{Fault, LedgerError};
use super::handoff::recipient;
use super::rows::{self, GENERATION, LABELS, LabelReader};
use super::sqlite::SqliteLedger;
use crate::model::{AppId, CampaignName, Digest, Generation, Labels, Recipient, Scene};

/// What a ledger holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Export {
    /// Every code, by account and scene: ids by number, then texts by their bytes.
    pub codes: Vec<ExportedCode>,
    /// Calls that create codes, by account and day.
    pub calls: Vec<ExportedCalls>,
    /// Every bundle, by campaign and revision.
    pub bundles: Vec<ExportedBundle>,
    /// Every deployment, by campaign and time.
    pub deployments: Vec<ExportedDeployment>,
    /// Every handoff, by campaign and time.
    pub handoffs: Vec<ExportedHandoff>,
}

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedCode {
    /// Its account.
    pub appid: AppId,
    /// What it carries.
    pub scene: Scene,
    /// The campaign it was last in.
    pub campaign: CampaignName,
    /// Its place there.
    pub seq: u64,
    /// As last recorded.
    pub labels: Labels,
    /// Whether it left its campaign's files.
    pub retired: bool,
    /// By number.
    pub issues: Vec<ExportedIssue>,
    /// By generation, temporary ones first.
    pub unanswered: Vec<Unanswered>,
}

/// One issue of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedIssue {
    /// The campaign it was made in.
    pub campaign: CampaignName,
    /// Number, lifetime, dates and picture.
    pub generation: Generation,
}

/// Requests for a generation that were never answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// The generation that was asked for.
    pub generation: u32,
    /// Whether it was to be permanent.
    pub permanent: bool,
    /// How often it was asked for.
    pub attempts: u64,
    /// When it was asked for last.
    pub last_at: Timestamp,
}

/// What an account spent on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedCalls {
    /// The account.
    pub appid: AppId,
    /// In Asia/Shanghai.
    pub day: Date,
    /// Calls that create codes, lost answers included.
    pub made: u64,
}

/// A bundle that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedBundle {
    /// Its campaign.
    pub campaign: CampaignName,
    /// Rises with each change of the contents.
    pub revision: u64,
    /// The zip file's name, without folders.
    pub file_name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub zip: Digest,
    /// When it was recorded first.
    pub recorded_at: Timestamp,
}

/// A bundle that a hook deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedDeployment {
    /// Its campaign.
    pub campaign: CampaignName,
    /// The zip's SHA-256.
    pub zip: Digest,
    /// When the hook had taken it.
    pub deployed_at: Timestamp,
}

/// A bundle that went to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedHandoff {
    /// Its campaign.
    pub campaign: CampaignName,
    /// The bundle's revision.
    pub revision: u64,
    /// The zip's SHA-256.
    pub zip: Digest,
    /// Who was handed it.
    pub to: Recipient,
    /// What was noted; empty where nothing was.
    pub note: String,
    /// When.
    pub handed_at: Timestamp,
    /// The codes, by account and generation.
    pub codes: Vec<ExportedPaper>,
}

/// Codes of one generation that went to print together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedPaper {
    /// Their account.
    pub appid: AppId,
    /// The generation that was handed over.
    pub generation: u32,
    /// Their scenes that are numbers, in order and without a gap between first and last.
    pub ids: Vec<RangeInclusive<u32>>,
    /// Their scenes that are texts, by their bytes.
    pub texts: Vec<Box<str>>,
}

impl SqliteLedger {
    /// Everything the ledger knows that is not a ticket or a url.
    pub fn export(&self) -> Result<Export, LedgerError> {
        self.read(|connection| {
            Ok(Export {
                codes: codes(connection)?,
                calls: calls(connection)?,
                bundles: bundles(connection)?,
                deployments: deployments(connection)?,
                handoffs: handoffs(connection)?,
            })
        })
    }
}

fn codes(connection: &Connection) -> Result<Vec<ExportedCode>, Fault> {
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
    let mut labels = LabelReader::new();
    let mut unanswered = UnansweredOf::prepare(connection)?;
    let mut codes: Vec<ExportedCode> = Vec::new();
    let mut last = None;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = rows::key(row, 0)?;
        if last != Some(key) {
            last = Some(key);
            codes.push(ExportedCode {
                appid: rows::appid(row, 1)?,
                scene: rows::scene(row, 2)?,
                campaign: rows::campaign(row, 3)?,
                seq: rows::count(row, 4)?,
                retired: row.get(5)?,
                labels: labels.read(row, 6)?,
                issues: Vec::new(),
                unanswered: unanswered.of(key.0)?,
            });
        }
        if let (Some(code), Some(generation)) = (codes.last_mut(), rows::generation(row, 10)?) {
            code.issues.push(ExportedIssue { campaign: rows::campaign(row, 18)?, generation });
        }
    }
    Ok(codes)
}

struct UnansweredOf<'c>(rusqlite::Statement<'c>);

impl<'c> UnansweredOf<'c> {
    fn prepare(connection: &'c Connection) -> Result<Self, Fault> {
        Ok(Self(connection.prepare(
            "SELECT generation, permanent, attempts, last_at FROM intents WHERE code = ?1
             ORDER BY generation, permanent",
        )?))
    }

    fn of(&mut self, code: i64) -> Result<Vec<Unanswered>, Fault> {
        let mut rows = self.0.query([code])?;
        let mut unanswered = Vec::new();
        while let Some(row) = rows.next()? {
            unanswered.push(Unanswered {
                generation: row.get(0)?,
                permanent: row.get(1)?,
                attempts: rows::count(row, 2)?,
                last_at: rows::instant(row.get(3)?)?,
            });
        }
        Ok(unanswered)
    }
}

fn calls(connection: &Connection) -> Result<Vec<ExportedCalls>, Fault> {
    let mut statement = connection.prepare(
        "SELECT a.appid, c.day, c.made FROM calls c JOIN accounts a ON a.id = c.account
         ORDER BY a.appid, c.day",
    )?;
    let mut rows = statement.query([])?;
    let mut calls = Vec::new();
    while let Some(row) = rows.next()? {
        let day = rows::text(row, 1)?;
        let day = day.parse().map_err(|_| Fault::Value(format!("a day {day:?} that is none")))?;
        calls.push(ExportedCalls { appid: rows::appid(row, 0)?, day, made: rows::count(row, 2)? });
    }
    Ok(calls)
}

fn bundles(connection: &Connection) -> Result<Vec<ExportedBundle>, Fault> {
    // A bundle is recorded again when its file was copied back: once is enough here.
    let mut statement = connection.prepare(
        "SELECT n.name, b.revision, b.file_name, b.bytes, b.zip, min(b.recorded_at)
         FROM bundles b JOIN campaigns n ON n.id = b.campaign
         GROUP BY n.name, b.revision, b.zip
         ORDER BY n.name, b.revision, min(b.id)",
    )?;
    let mut rows = statement.query([])?;
    let mut bundles = Vec::new();
    while let Some(row) = rows.next()? {
        bundles.push(ExportedBundle {
            campaign: rows::campaign(row, 0)?,
            revision: rows::count(row, 1)?,
            file_name: rows::text(row, 2)?.to_owned(),
            bytes: rows::count(row, 3)?,
            zip: rows::digest(row, 4)?,
            recorded_at: rows::instant(row.get(5)?)?,
        });
    }
    Ok(bundles)
}

fn deployments(connection: &Connection) -> Result<Vec<ExportedDeployment>, Fault> {
    let mut statement = connection.prepare(
        "SELECT n.name, d.zip, d.deployed_at FROM deployments d JOIN campaigns n ON n.id = d.campaign
         ORDER BY n.name, d.id",
    )?;
    let mut rows = statement.query([])?;
    let mut deployments = Vec::new();
    while let Some(row) = rows.next()? {
        deployments.push(ExportedDeployment {
            campaign: rows::campaign(row, 0)?,
            zip: rows::digest(row, 1)?,
            deployed_at: rows::instant(row.get(2)?)?,
        });
    }
    Ok(deployments)
}

fn handoffs(connection: &Connection) -> Result<Vec<ExportedHandoff>, Fault> {
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
    let mut handoffs = Vec::new();
    while let Some(row) = rows.next()? {
        handoffs.push(ExportedHandoff {
            campaign: rows::campaign(row, 1)?,
            revision: rows::count(row, 2)?,
            zip: rows::digest(row, 3)?,
            to: recipient(rows::text(row, 4)?)?,
            note: rows::text(row, 5)?.to_owned(),
            handed_at: rows::instant(row.get(6)?)?,
            codes: paper(&mut codes, row.get(0)?)?,
        });
    }
    Ok(handoffs)
}

/// What was handed over together. Codes are seldom counted singly, so numbers that follow one another are a range.
fn paper(statement: &mut Statement<'_>, handoff: i64) -> Result<Vec<ExportedPaper>, Fault> {
    let mut rows = statement.query([handoff])?;
    let mut paper: Vec<ExportedPaper> = Vec::new();
    while let Some(row) = rows.next()? {
        let (appid, generation) = (rows::appid(row, 0)?, row.get(1)?);
        if paper.last().is_none_or(|last| (&last.appid, last.generation) != (&appid, generation)) {
            paper.push(ExportedPaper { appid, generation, ids: Vec::new(), texts: Vec::new() });
        }
        let Some(last) = paper.last_mut() else { continue };
        match rows::scene(row, 2)? {
            Scene::Str(text) => last.texts.push(text.as_str().into()),
            Scene::Id(id) => match last.ids.last_mut() {
                Some(range) if range.end().checked_add(1) == Some(id.get()) => {
                    *range = *range.start()..=id.get();
                }
                _ => last.ids.push(id.get()..=id.get()),
            },
        }
    }
    Ok(paper)
}
