//! What stood in a campaign's bundles: written with each revision, read for the next.

use std::collections::HashSet;

use rusqlite::Connection;

use super::error::Fault;
use super::rows::{self, integer};
use super::{BundledRow, ids};
use crate::model::{BundledCode, CampaignName, Channel, Medium};

/// See [`super::Ledger::bundled`].
pub(super) fn visit(
    connection: &Connection,
    name: &CampaignName,
    revision: u64,
    visit: &mut dyn FnMut(BundledCode),
) -> Result<bool, Fault> {
    let Some(campaign) = ids::campaign(connection, name)? else { return Ok(false) };
    let mut statement = connection.prepare_cached(
        "SELECT m.seq, c.scene, b.channel, b.generation, g.expires_at, g.url, b.digest, b.medium
         FROM bundled b
         CROSS JOIN codes c ON c.id = b.code
         LEFT JOIN memberships m ON m.code = b.code AND m.campaign = b.campaign
         LEFT JOIN generations g ON g.code = b.code AND g.number = b.generation
         WHERE b.campaign = ?1 AND b.since < ?2 AND NOT EXISTS (
             SELECT 1 FROM bundled n
             WHERE n.campaign = b.campaign AND n.code = b.code AND n.since > b.since AND n.since < ?2
         )",
    )?;
    let mut rows = statement.query((campaign, integer(revision)))?;
    let mut on_record = false;
    while let Some(row) = rows.next()? {
        on_record = true;
        let Some(generation) = row.get::<_, Option<u32>>(3)? else { continue };
        let channel = Channel::new(rows::text(row, 2)?)
            .map_err(|error| Fault::Value(format!("a bundled channel that {error}")))?;
        visit(BundledCode {
            seq: rows::count(row, 0)?,
            scene: rows::scene(row, 1)?,
            channel,
            generation,
            expires_at: row.get::<_, Option<i64>>(4)?.map(rows::instant).transpose()?,
            url: rows::text(row, 5)?.to_owned(),
            digest: rows::digest(row, 6)?,
            medium: row.get::<_, Option<String>>(7)?.as_deref().and_then(Medium::from_word),
        });
    }
    Ok(on_record)
}

/// Records what is in a campaign's bundle from a revision on: only what is not as it was.
pub(super) fn record(
    connection: &Connection,
    campaign: i64,
    revision: u64,
    codes: &mut dyn Iterator<Item = BundledRow<'_>>,
) -> Result<(), Fault> {
    let since = integer(revision);
    let mut newest = connection.prepare_cached(
        "SELECT generation, digest FROM bundled WHERE campaign = ?1 AND code = ?2 ORDER BY since DESC LIMIT 1",
    )?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO bundled (campaign, code, since, generation, channel, digest, medium)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (campaign, code, since) DO UPDATE SET
             generation = excluded.generation, channel = excluded.channel, digest = excluded.digest,
             medium = excluded.medium",
    )?;
    let mut forget = connection.prepare_cached(
        "DELETE FROM bundled WHERE campaign = ?1 AND code = ?2 AND since < (
             SELECT max(since) FROM bundled WHERE campaign = ?1 AND code = ?2 AND since < ?3
         )",
    )?;
    let mut here = HashSet::new();
    for code in codes {
        here.insert(code.key.0);
        let mut found = newest.query((campaign, code.key.0))?;
        let is_as_before = match found.next()? {
            Some(row) => {
                row.get::<_, Option<u32>>(0)? == Some(code.generation)
                    && rows::digest(row, 1).is_ok_and(|digest| digest == code.digest)
            }
            None => false,
        };
        drop(found);
        if !is_as_before {
            let digest = code.digest.as_bytes();
            let (channel, medium) = (code.channel.as_str(), code.medium.map(Medium::as_str));
            insert.execute((campaign, code.key.0, since, code.generation, channel, digest, medium))?;
            forget.execute((campaign, code.key.0, since))?;
        }
    }
    // With max(), SQLite takes the other column from the row that has it.
    let mut all = connection.prepare_cached(
        "SELECT code, generation, max(since) FROM bundled WHERE campaign = ?1 GROUP BY code",
    )?;
    let mut rows = all.query([campaign])?;
    let mut gone: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        let code = row.get(0)?;
        if row.get::<_, Option<u32>>(1)?.is_some() && !here.contains(&code) {
            gone.push(code);
        }
    }
    for code in gone {
        let nothing: Option<u32> = None;
        insert.execute((campaign, code, since, nothing, None::<&str>, None::<&[u8]>, None::<&str>))?;
        forget.execute((campaign, code, since))?;
    }
    Ok(())
}
