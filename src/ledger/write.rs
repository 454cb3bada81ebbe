//! What is written to a ledger. Each function is handed a transaction, which its caller commits.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Error, Result};

use super::columns::{first, integer, stored_extras};
use super::{BundleRecord, BundledRow, Entry, Settlement};
use crate::model::{AppId, CampaignName, CodeKey, Labels, Lifetime, Medium, Scene, beijing_date};

/// Remembers when the ledger was last written.
pub(super) fn touch(connection: &Connection, now: Timestamp) -> Result<()> {
    connection.prepare_cached("UPDATE meta SET written_at = ?1")?.execute([now.as_second()])?;
    Ok(())
}

/// The campaign's number; it is made, or renamed if only the case is another.
pub(super) fn campaign_id(connection: &Connection, name: &CampaignName) -> Result<i64> {
    connection.query_row(
        "INSERT INTO campaigns (name, folded) VALUES (?1, ?2)
         ON CONFLICT (folded) DO UPDATE SET name = excluded.name RETURNING id",
        (name.as_str(), name.folded()),
        |row| row.get(0),
    )
}

/// The account's number; it is made if there is none.
pub(super) fn account_id(connection: &Connection, appid: &AppId) -> Result<i64> {
    // The update changes nothing; it makes the row there to be returned.
    connection.query_row(
        "INSERT INTO accounts (appid) VALUES (?1)
         ON CONFLICT (appid) DO UPDATE SET appid = appid RETURNING id",
        [appid.as_str()],
        |row| row.get(0),
    )
}

/// An error if a statement found nothing to change.
fn one_row(rows: usize) -> Result<()> {
    if rows == 0 { Err(Error::StatementChangedRows(0)) } else { Ok(()) }
}

/// See [`super::Ledger::settle`].
pub(super) fn settle(
    connection: &Connection,
    settlements: &mut dyn Iterator<Item = Settlement<'_>>,
    now: Timestamp,
) -> Result<()> {
    // Looked up once and not for each code.
    let mut known: HashMap<(&AppId, &CampaignName), (i64, i64)> = HashMap::new();
    for settlement in settlements {
        match settlement {
            Settlement::Retire { key } => {
                let mut retire = connection.prepare_cached("UPDATE codes SET retired = 1 WHERE id = ?1")?;
                one_row(retire.execute([key.0])?)?;
            }
            Settlement::Place { appid, scene, campaign, labels } => {
                let ids = match known.get(&(appid, campaign)) {
                    Some(ids) => *ids,
                    None => (account_id(connection, appid)?, campaign_id(connection, campaign)?),
                };
                known.insert((appid, campaign), ids);
                place(connection, ids, scene, labels, None)?;
            }
        }
    }
    touch(connection, now)
}

/// Puts a code into a campaign with these labels. A new one gets the place `seq` there if it is free, else the next.
pub(super) fn place(
    connection: &Connection,
    (account, campaign): (i64, i64),
    scene: &Scene,
    labels: &Labels,
    seq: Option<u32>,
) -> Result<CodeKey> {
    let (extra_columns, extra_values) = stored_extras(&labels.extras).unzip();
    let mut place = connection.prepare_cached(
        "INSERT INTO codes (account, scene, campaign, channel, tags, extra_columns, extra_values)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (account, scene) DO UPDATE SET
             campaign = excluded.campaign, channel = excluded.channel, tags = excluded.tags,
             extra_columns = excluded.extra_columns, extra_values = excluded.extra_values, retired = 0
         RETURNING id",
    )?;
    let (channel, tags) = (labels.channel.as_str(), labels.joined_tags());
    let values = (account, scene, campaign, channel, tags, extra_columns, extra_values);
    let code: i64 = place.query_row(values, |row| row.get(0))?;
    // Places are never taken back, so the last one tells the next.
    let mut join = connection.prepare_cached(
        "INSERT INTO memberships (code, campaign, seq)
         SELECT ?1, ?2, iif(
             ?3 > 0 AND NOT EXISTS (SELECT 1 FROM memberships WHERE campaign = ?2 AND seq = ?3),
             ?3, (SELECT coalesce(max(seq), 0) + 1 FROM memberships WHERE campaign = ?2)
         )
         WHERE true
         ON CONFLICT (code, campaign) DO NOTHING",
    )?;
    join.execute((code, campaign, seq))?;
    Ok(CodeKey(code))
}

/// See [`super::Ledger::record`].
pub(super) fn record(connection: &Connection, entries: &[Entry], now: Timestamp) -> Result<()> {
    let mut calls: BTreeMap<(i64, Date), i64> = BTreeMap::new();
    for entry in entries {
        match entry {
            Entry::Intent { key, generation, lifetime, at } => {
                let account = intend(connection, *key, *generation, *lifetime, *at)?;
                *calls.entry((account, beijing_date(*at))).or_default() += 1;
            }
            Entry::Answer { .. } => answer(connection, entry)?,
            Entry::Refusal { key, generation, errcode } => {
                refuse(connection, *key, *generation, *errcode, now)?;
            }
            Entry::Picture { key, generation, picture } => {
                let mut update = connection.prepare_cached(
                    "UPDATE generations SET picture = ?3, side = ?4, picture_removed = 0
                     WHERE code = ?1 AND number = ?2",
                )?;
                one_row(update.execute((key.0, generation, picture.digest.as_bytes(), picture.side))?)?;
            }
        }
    }
    for ((account, day), made) in calls {
        connection
            .prepare_cached(
                "INSERT INTO calls (account, day, made) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account, day) DO UPDATE SET made = made + excluded.made",
            )?
            .execute((account, day.to_string(), made))?;
    }
    touch(connection, now)
}

/// Opens an intent or counts another attempt of it; gives the code's account.
fn intend(
    connection: &Connection,
    key: CodeKey,
    generation: u32,
    lifetime: Lifetime,
    at: Timestamp,
) -> Result<i64> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO intents (code, generation, permanent, campaign, last_at)
         SELECT id, ?2, ?3, campaign, ?4 FROM codes WHERE id = ?1
         ON CONFLICT (code, generation, permanent) DO UPDATE SET
             campaign = excluded.campaign, attempts = attempts + 1, last_at = excluded.last_at",
    )?;
    one_row(insert.execute((key.0, generation, lifetime.is_permanent(), at.as_second()))?)?;
    let account = "SELECT account FROM codes WHERE id = ?1";
    connection.prepare_cached(account)?.query_row([key.0], |row| row.get(0))
}

fn answer(connection: &Connection, entry: &Entry) -> Result<()> {
    let Entry::Answer { key, generation, lifetime, created_at, expires_at, ticket, url } = entry else {
        return Ok(());
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO generations (code, number, campaign, lifetime, created_at, expires_at, ticket, url)
         SELECT id, ?2, campaign, ?3, ?4, ?5, ?6, ?7 FROM codes WHERE id = ?1",
    )?;
    let (seconds, created_at) = (lifetime.seconds(), created_at.as_second());
    let expires_at = expires_at.map(Timestamp::as_second);
    one_row(insert.execute((key.0, generation, seconds, created_at, expires_at, ticket.as_str(), url))?)?;
    let mut update = connection.prepare_cached(
        "UPDATE codes SET latest = ?2 WHERE id = ?1
         AND (latest IS NULL OR ?3 > (SELECT number FROM generations WHERE id = codes.latest))",
    )?;
    update.execute((key.0, connection.last_insert_rowid(), generation))?;
    // An earlier permanent request that was never answered made this very code: the platform has one per scene.
    connection
        .prepare_cached("DELETE FROM intents WHERE code = ?1 AND generation <= ?2 AND permanent = ?3")?
        .execute((key.0, generation, lifetime.is_permanent()))?;
    Ok(())
}

/// Takes out a generation that a table told. The one before it is then the newest.
pub(super) fn remove_adopted(connection: &Connection, key: CodeKey, generation: u32) -> Result<()> {
    let newest = "UPDATE codes SET latest = (
             SELECT id FROM generations WHERE code = ?1 AND number <> ?2 ORDER BY number DESC LIMIT 1
         ) WHERE id = ?1";
    connection.prepare_cached(newest)?.execute((key.0, generation))?;
    let remove = "DELETE FROM generations WHERE code = ?1 AND number = ?2 AND adopted = 1";
    one_row(connection.prepare_cached(remove)?.execute((key.0, generation))?)
}

/// Takes back the attempt that was made last; the intent is closed when none of its attempts is left without an
/// answer. If two intents were attempted in the same second the permanent one stays: it may have spent something.
fn refuse(
    connection: &Connection,
    key: CodeKey,
    generation: u32,
    errcode: i64,
    now: Timestamp,
) -> Result<()> {
    for sql in [
        "UPDATE intents SET attempts = attempts - 1 WHERE code = ?1 AND generation = ?2 AND permanent = (
             SELECT permanent FROM intents WHERE code = ?1 AND generation = ?2
             ORDER BY last_at DESC, permanent LIMIT 1
         )",
        "DELETE FROM intents WHERE code = ?1 AND generation = ?2 AND attempts = 0",
    ] {
        connection.prepare_cached(sql)?.execute((key.0, generation))?;
    }
    connection
        .prepare_cached(
            "INSERT INTO refusals (code, generation, errcode, recorded_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((key.0, generation, errcode, now.as_second()))?;
    Ok(())
}

/// See [`super::Ledger::bundle`].
pub(super) fn bundle(connection: &Connection, campaign: &CampaignName) -> Result<Option<BundleRecord>> {
    let sql = "SELECT b.revision, b.contents, b.zip, b.bytes, b.modified_at, b.file_name, b.handoffs,
             b.names
         FROM bundles b JOIN campaigns c ON c.id = b.campaign WHERE c.folded = ?1 ORDER BY b.id DESC LIMIT 1";
    first(connection, sql, [campaign.folded()], |cells| {
        Ok(BundleRecord {
            revision: cells.next()?,
            contents: cells.next()?,
            zip: cells.next()?,
            bytes: cells.next()?,
            // Nanoseconds of 64 bits are always an instant.
            modified_at: Timestamp::from_nanosecond(cells.next::<i64>()?.into()).unwrap_or_default(),
            file_name: cells.next()?,
            handoffs: cells.next()?,
            names: cells.next()?,
        })
    })
}

/// See [`super::Ledger::record_bundle`].
pub(super) fn record_bundle(
    connection: &Connection,
    campaign: &CampaignName,
    record: &BundleRecord,
    codes: &mut dyn Iterator<Item = BundledRow<'_>>,
    now: Timestamp,
) -> Result<()> {
    let before = bundle(connection, campaign)?;
    if before.as_ref() == Some(record) {
        return Ok(());
    }
    let campaign = campaign_id(connection, campaign)?;
    let revision = integer(record.revision);
    let known = before.map(|before| (before.revision, before.contents));
    if known != Some((record.revision, record.contents)) {
        let mut forget = connection.prepare_cached(
            "DELETE FROM bundled WHERE campaign = ?1 AND (revision >= ?2 OR revision < (
                 SELECT max(revision) FROM bundled WHERE campaign = ?1 AND revision < ?2
             ))",
        )?;
        forget.execute((campaign, revision))?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO bundled (campaign, revision, code, generation, channel, digest, medium)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for BundledRow { key, generation, channel, medium, digest } in codes {
            let (channel, medium) = (channel.as_str(), medium.map(Medium::as_str));
            insert.execute((campaign, revision, key.0, generation, channel, digest.as_bytes(), medium))?;
        }
    }
    let values = (
        campaign,
        revision,
        record.contents.as_bytes(),
        record.zip.as_bytes(),
        integer(record.bytes),
        // Exact for 292 years about 1970; a file from elsewhen only counts as changed.
        i64::try_from(record.modified_at.as_nanosecond()).unwrap_or_default(),
        &record.file_name,
        now.as_second(),
        integer(record.handoffs),
        record.names.as_str(),
    );
    connection.execute(
        "INSERT INTO bundles (campaign, revision, contents, zip, bytes, modified_at, file_name, recorded_at, handoffs,
             names)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        values,
    )?;
    touch(connection, now)
}
