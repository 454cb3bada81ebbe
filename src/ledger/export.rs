//! The ledger as text: one JSON object a line, without tickets and urls.
//!
//! Lines of JSON and not CSV: codes, their generations, calls, bundles and handoffs have different fields and stand in
//! one file. A text with a comma, a quote or a line break stays one line, so that a diff shows just the lines of what
//! changed. A renewal adds one line. Nothing in the file tells when it was written, so the same ledger always gives the
//! same bytes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Result};
use serde::Serialize;

use super::columns::{LABELS, LabelReader, all};
use super::{LedgerError, SqliteLedger, handoffs};
use crate::model::{AppId, CampaignName, Day, Digest, Instant, Labels, Lifetime, LifetimeKind, Scene};

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

    fn add(&mut self, line: &impl Serialize) -> Result<()> {
        let unwritable = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
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
        /// The channel and the tags.
        #[serde(flatten)]
        labels: &'a Labels,
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
    Calls {
        appid: AppId,
        #[serde(serialize_with = "Day::write")]
        day: Date,
        made: u64,
    },
    Bundle {
        campaign: CampaignName,
        revision: u64,
        file_name: String,
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
}

impl SqliteLedger {
    /// Everything the ledger knows that is not a ticket or a url.
    ///
    /// Codes come first, by account and scene, ids before texts, each with its generations and unanswered requests.
    /// Then calls, bundles and deployments, and the records of handoffs in their order.
    pub fn export(&self) -> Result<Export, LedgerError> {
        self.read(|connection| {
            let mut export = Export { text: Export::FIRST_LINE.into(), codes: 0 };
            codes(connection, &mut export)?;
            calls(connection, &mut export)?;
            bundles(connection, &mut export)?;
            deployments(connection, &mut export)?;
            for record in handoffs::records(connection)? {
                export.add(&record)?;
            }
            Ok(export)
        })
    }
}

fn codes(connection: &Connection, export: &mut Export) -> Result<()> {
    // SQLite orders integers before texts, and texts by their bytes.
    let sql = format!(
        "SELECT {LABELS}, c.id, a.appid, c.scene, n.name, m.seq, c.retired
         FROM codes c
         JOIN accounts a ON a.id = c.account
         JOIN campaigns n ON n.id = c.campaign
         LEFT JOIN memberships m ON m.code = c.id AND m.campaign = c.campaign
         ORDER BY a.appid, c.scene"
    );
    let mut labels = LabelReader::default();
    all(connection, &sql, [], |cells| {
        let labels = &labels.read(cells)?;
        let (code, appid, scene): (i64, _, _) = (cells.next()?, cells.next()?, cells.next()?);
        let (appid, scene) = (&appid, &scene);
        let (campaign, seq, retired) = (cells.next()?, cells.next()?, cells.next()?);
        let columns = labels.extras.iter().collect();
        export.codes += 1;
        export.add(&Line::Code { appid, scene, campaign, seq, labels, columns, retired })?;
        generations(connection, code, appid, scene, export)
    })
}

/// The generations of a code, then its requests that were never answered.
fn generations(
    connection: &Connection,
    code: i64,
    appid: &AppId,
    scene: &Scene,
    export: &mut Export,
) -> Result<()> {
    let sql = "SELECT g.lifetime, g.number, n.name, g.created_at, g.expires_at, g.picture
         FROM generations g JOIN campaigns n ON n.id = g.campaign WHERE g.code = ?1 ORDER BY g.number";
    let () = all(connection, sql, [code], |cells| {
        let lifetime: Lifetime = cells.next()?;
        export.add(&Line::Generation {
            appid,
            scene,
            generation: cells.next()?,
            campaign: cells.next()?,
            lifetime: lifetime.kind(),
            expire_seconds: (!lifetime.is_permanent()).then(|| lifetime.seconds()),
            created_at: cells.next()?,
            expires_at: cells.next()?,
            picture_sha256: cells.next()?,
        })
    })?;
    let sql = "SELECT permanent, generation, attempts, last_at FROM intents WHERE code = ?1
         ORDER BY generation, permanent";
    all(connection, sql, [code], |cells| {
        let is_permanent: bool = cells.next()?;
        export.add(&Line::Unanswered {
            appid,
            scene,
            generation: cells.next()?,
            lifetime: if is_permanent { LifetimeKind::Permanent } else { LifetimeKind::Temporary },
            attempts: cells.next()?,
            last_at: cells.next()?,
        })
    })
}

fn calls(connection: &Connection, export: &mut Export) -> Result<()> {
    let sql = "SELECT a.appid, c.day, c.made FROM calls c JOIN accounts a ON a.id = c.account
         ORDER BY a.appid, c.day";
    all(connection, sql, [], |cells| {
        export.add(&Line::Calls { appid: cells.next()?, day: cells.next()?, made: cells.next()? })
    })
}

fn bundles(connection: &Connection, export: &mut Export) -> Result<()> {
    // A bundle is recorded again when its file was copied back: once is enough here.
    let sql = "SELECT n.name, b.revision, b.file_name, b.bytes, b.zip, min(b.recorded_at)
         FROM bundles b JOIN campaigns n ON n.id = b.campaign
         GROUP BY n.name, b.revision, b.zip
         ORDER BY n.name, b.revision, min(b.id)";
    all(connection, sql, [], |cells| {
        export.add(&Line::Bundle {
            campaign: cells.next()?,
            revision: cells.next()?,
            file_name: cells.next()?,
            bytes: cells.next()?,
            sha256: cells.next()?,
            recorded_at: cells.next()?,
        })
    })
}

fn deployments(connection: &Connection, export: &mut Export) -> Result<()> {
    let sql = "SELECT n.name, d.zip, d.deployed_at FROM deployments d JOIN campaigns n ON n.id = d.campaign
         ORDER BY n.name, d.id";
    all(connection, sql, [], |cells| {
        let (campaign, sha256, deployed_at) = (cells.next()?, cells.next()?, cells.next()?);
        export.add(&Line::Deployment { campaign, sha256, deployed_at })
    })
}
