//! Whether a ledger is as new as the bundles made with it.

use rusqlite::{Connection, OptionalExtension};

use super::error::{Fault, LedgerError};
use super::rows::{self, StoredScene};
use super::sqlite::SqliteLedger;
use crate::model::{AppId, CampaignName, Scene};

impl SqliteLedger {
    /// Every campaign that ever had a code, with the revision of its last bundle; 0 where it has none.
    pub fn revisions(&self) -> Result<Vec<(CampaignName, u64)>, LedgerError> {
        self.read(revisions)
    }

    /// Whether it knows no code.
    pub fn is_blank(&self) -> Result<bool, LedgerError> {
        self.read(|connection| {
            Ok(connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM codes)", [], |row| row.get(0))?)
        })
    }

    /// How many of these issues of an account it does not know, each told by its scene, its generation and its url.
    pub fn unknown(&self, appid: &AppId, issues: &[(&Scene, u32, &str)]) -> Result<u64, LedgerError> {
        self.read(|connection| unknown(connection, appid, issues))
    }
}

fn revisions(connection: &Connection) -> Result<Vec<(CampaignName, u64)>, Fault> {
    let mut statement = connection.prepare(
        "SELECT n.name, coalesce(
             (SELECT b.revision FROM bundles b WHERE b.campaign = n.id ORDER BY b.id DESC LIMIT 1), 0)
         FROM campaigns n",
    )?;
    let mut rows = statement.query([])?;
    let mut revisions = Vec::new();
    while let Some(row) = rows.next()? {
        revisions.push((rows::campaign(row, 0)?, rows::count(row, 1)?));
    }
    Ok(revisions)
}

fn unknown(connection: &Connection, appid: &AppId, issues: &[(&Scene, u32, &str)]) -> Result<u64, Fault> {
    let mut find = connection.prepare(
        "SELECT 1 FROM codes c
         JOIN accounts a ON a.id = c.account
         JOIN generations g ON g.code = c.id AND g.number = ?3
         WHERE a.appid = ?1 AND c.scene = ?2 AND g.url = ?4",
    )?;
    let mut unknown = 0;
    for (scene, generation, url) in issues {
        let values = (appid.as_str(), StoredScene(scene), generation, url);
        let found: Option<i64> = find.query_row(values, |row| row.get(0)).optional()?;
        unknown += u64::from(found.is_none());
    }
    Ok(unknown)
}
