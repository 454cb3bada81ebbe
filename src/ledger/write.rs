//! What is written to a ledger. Each function is handed a transaction, which its caller commits.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::error::Fault;
use super::ids::{campaign_id, touch};
use super::rows::{StoredLabels, StoredScene, digest, integer};
use super::{BundleRecord, BundledRow, Entry, Settlement, bundled, read};
use crate::model::{AppId, CampaignName, CodeKey, Digest, Lifetime, PictureFacts, beijing_date};

/// See [`super::Ledger::settle`].
pub(super) fn settle(
    connection: &Connection,
    settlements: &mut dyn Iterator<Item = Settlement<'_>>,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut settler = Settler { connection, accounts: HashMap::new(), campaigns: HashMap::new() };
    for settlement in settlements {
        settler.settle(&settlement)?;
    }
    touch(connection, now)
}

/// What was looked up already in this transaction.
struct Settler<'c> {
    connection: &'c Connection,
    accounts: HashMap<AppId, i64>,
    /// A campaign's number and the next place in it.
    campaigns: HashMap<CampaignName, (i64, i64)>,
}

impl Settler<'_> {
    fn settle(&mut self, settlement: &Settlement<'_>) -> Result<(), Fault> {
        match *settlement {
            Settlement::Retire { key } => {
                let mut retire =
                    self.connection.prepare_cached("UPDATE codes SET retired = 1 WHERE id = ?1")?;
                one_row(retire.execute([key.0])?, || format!("code {}", key.0))
            }
            Settlement::Place { appid, scene, campaign, labels } => {
                let account = self.account(appid)?;
                let (campaign_id, next_seq) = self.campaign(campaign)?;
                let labels = StoredLabels::of(labels);
                let mut place = self.connection.prepare_cached(
                    "INSERT INTO codes (account, scene, campaign, channel, tags, extra_columns, extra_values)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (account, scene) DO UPDATE SET
                         campaign = excluded.campaign, channel = excluded.channel, tags = excluded.tags,
                         extra_columns = excluded.extra_columns, extra_values = excluded.extra_values, retired = 0
                     RETURNING id",
                )?;
                let StoredLabels { channel, tags, extra_columns, extra_values } = labels;
                let values =
                    (account, StoredScene(scene), campaign_id, channel, tags, extra_columns, extra_values);
                let code: i64 = place.query_row(values, |row| row.get(0))?;
                let mut join = self.connection.prepare_cached(
                    "INSERT INTO memberships (code, campaign, seq) VALUES (?1, ?2, ?3)
                     ON CONFLICT (code, campaign) DO NOTHING",
                )?;
                if join.execute((code, campaign_id, next_seq))? == 1
                    && let Some((_, next)) = self.campaigns.get_mut(campaign)
                {
                    *next += 1;
                }
                Ok(())
            }
        }
    }

    fn account(&mut self, appid: &AppId) -> Result<i64, Fault> {
        if let Some(account) = self.accounts.get(appid) {
            return Ok(*account);
        }
        // The update changes nothing; it makes the row there to be returned.
        let account = self.connection.query_row(
            "INSERT INTO accounts (appid) VALUES (?1)
             ON CONFLICT (appid) DO UPDATE SET appid = appid RETURNING id",
            [appid.as_str()],
            |row| row.get(0),
        )?;
        self.accounts.insert(appid.clone(), account);
        Ok(account)
    }

    fn campaign(&mut self, name: &CampaignName) -> Result<(i64, i64), Fault> {
        if let Some(found) = self.campaigns.get(name) {
            return Ok(*found);
        }
        let id = campaign_id(self.connection, name)?;
        // Places are never taken back, so the last one tells the next.
        let next_seq = self.connection.query_row(
            "SELECT coalesce(max(seq), 0) + 1 FROM memberships WHERE campaign = ?1",
            [id],
            |row| row.get(0),
        )?;
        self.campaigns.insert(name.clone(), (id, next_seq));
        Ok((id, next_seq))
    }
}

/// See [`super::Ledger::record`].
pub(super) fn record(connection: &Connection, entries: &[Entry], now: Timestamp) -> Result<(), Fault> {
    let mut calls: BTreeMap<(i64, Date), i64> = BTreeMap::new();
    for entry in entries {
        match entry {
            Entry::Intent { key, generation, lifetime, at } => {
                let account = intend(connection, *key, *generation, *lifetime, *at)?;
                *calls.entry((account, beijing_date(*at))).or_default() += 1;
            }
            Entry::Answer { key, generation, .. } => answer(connection, *key, *generation, entry)?,
            Entry::Refusal { key, generation, errcode } => {
                refuse(connection, *key, *generation, *errcode, now)?;
            }
            Entry::Picture { key, generation, picture } => {
                set_picture(connection, *key, *generation, *picture)?;
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
) -> Result<i64, Fault> {
    let mut code = connection.prepare_cached("SELECT account, campaign FROM codes WHERE id = ?1")?;
    let found = code.query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (account, campaign): (i64, i64) = found.ok_or_else(|| Fault::Unknown(format!("code {}", key.0)))?;
    connection
        .prepare_cached(
            "INSERT INTO intents (code, generation, permanent, campaign, last_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (code, generation, permanent) DO UPDATE SET
                 campaign = excluded.campaign, attempts = attempts + 1, last_at = excluded.last_at",
        )?
        .execute((key.0, generation, lifetime.is_permanent(), campaign, at.as_second()))?;
    Ok(account)
}

fn answer(connection: &Connection, key: CodeKey, number: u32, entry: &Entry) -> Result<(), Fault> {
    let Entry::Answer { lifetime, created_at, expires_at, ticket, url, .. } = entry else { return Ok(()) };
    let mut insert = connection.prepare_cached(
        "INSERT INTO generations (code, number, campaign, lifetime, created_at, expires_at, ticket, url)
         SELECT id, ?2, campaign, ?3, ?4, ?5, ?6, ?7 FROM codes WHERE id = ?1",
    )?;
    let expires_at = expires_at.map(Timestamp::as_second);
    let values = (
        key.0,
        number,
        lifetime.seconds(),
        created_at.as_second(),
        expires_at,
        ticket.as_str(),
        url.as_str(),
    );
    match insert.execute(values) {
        Ok(rows) => one_row(rows, || format!("code {}", key.0))?,
        Err(error) if is_taken(&error) => return Err(Fault::GenerationExists { key, generation: number }),
        Err(error) => return Err(error.into()),
    }
    let mut update = connection.prepare_cached(
        "UPDATE codes SET latest = ?2 WHERE id = ?1
         AND (latest IS NULL OR ?3 > (SELECT number FROM generations WHERE id = codes.latest))",
    )?;
    update.execute((key.0, connection.last_insert_rowid(), number))?;
    // An earlier permanent request that was never answered made this very code: the platform has one per scene.
    connection
        .prepare_cached("DELETE FROM intents WHERE code = ?1 AND generation <= ?2 AND permanent = ?3")?
        .execute((key.0, number, lifetime.is_permanent()))?;
    Ok(())
}

/// Whether a row of that key exists.
fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
        && error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// Takes back the attempt that was made last; the intent is closed when none of its attempts is left without an
/// answer. Where two intents were attempted in the same second the permanent one stays: it may have spent
/// something.
fn refuse(
    connection: &Connection,
    key: CodeKey,
    generation: u32,
    errcode: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut last = connection.prepare_cached(
        "SELECT permanent, attempts FROM intents WHERE code = ?1 AND generation = ?2
         ORDER BY last_at DESC, permanent LIMIT 1",
    )?;
    let last = last.query_row((key.0, generation), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    if let Some((permanent, attempts)) = last {
        let (permanent, attempts): (bool, i64) = (permanent, attempts);
        let statement = if attempts > 1 {
            "UPDATE intents SET attempts = attempts - 1 WHERE code = ?1 AND generation = ?2 AND permanent = ?3"
        } else {
            "DELETE FROM intents WHERE code = ?1 AND generation = ?2 AND permanent = ?3"
        };
        connection.prepare_cached(statement)?.execute((key.0, generation, permanent))?;
    }
    connection
        .prepare_cached(
            "INSERT INTO refusals (code, generation, errcode, recorded_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((key.0, generation, errcode, now.as_second()))?;
    Ok(())
}

fn set_picture(
    connection: &Connection,
    key: CodeKey,
    generation: u32,
    picture: PictureFacts,
) -> Result<(), Fault> {
    let mut update = connection.prepare_cached(
        "UPDATE generations SET picture = ?3, side = ?4, picture_removed = 0 WHERE code = ?1 AND number = ?2",
    )?;
    let rows = update.execute((key.0, generation, picture.digest.as_bytes(), picture.side))?;
    one_row(rows, || format!("generation {generation} of code {}", key.0))
}

/// See [`super::Ledger::record_bundle`].
pub(super) fn record_bundle(
    connection: &Connection,
    campaign: &CampaignName,
    record: &BundleRecord,
    codes: &mut dyn Iterator<Item = BundledRow<'_>>,
    now: Timestamp,
) -> Result<(), Fault> {
    let before = read::bundle(connection, campaign)?;
    if before.as_ref() == Some(record) {
        return Ok(());
    }
    let campaign = campaign_id(connection, campaign)?;
    let same =
        |before: &BundleRecord| before.revision == record.revision && before.contents == record.contents;
    if !before.as_ref().is_some_and(same) {
        bundled::record(connection, campaign, record.revision, codes)?;
    }
    let nanoseconds = record.modified_at.as_nanosecond();
    let values = (
        campaign,
        integer(record.revision),
        record.contents.as_bytes(),
        record.zip.as_bytes(),
        integer(record.bytes),
        // Exact for 292 years about 1970; a file from elsewhen only counts as changed.
        i64::try_from(nanoseconds).unwrap_or_default(),
        &record.file_name,
        now.as_second(),
        integer(record.handoffs),
    );
    connection
        .prepare_cached(
            "INSERT INTO bundles (campaign, revision, contents, zip, bytes, modified_at, file_name, recorded_at, handoffs)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(values)?;
    touch(connection, now)
}

/// See [`super::Ledger::record_success`].
pub(super) fn record_success(
    connection: &Connection,
    campaigns: &[CampaignName],
    now: Timestamp,
) -> Result<(), Fault> {
    // A campaign that never had a code has no row.
    let mut succeed =
        connection.prepare_cached("UPDATE campaigns SET succeeded_at = ?2 WHERE folded = ?1")?;
    for campaign in campaigns {
        succeed.execute((campaign.folded(), now.as_second()))?;
    }
    touch(connection, now)
}

/// See [`super::Ledger::record_deployment`].
pub(super) fn record_deployment(
    connection: &Connection,
    campaign: &CampaignName,
    bundle: &Digest,
    now: Timestamp,
) -> Result<(), Fault> {
    connection
        .prepare_cached("INSERT INTO deployments (campaign, zip, deployed_at) VALUES (?1, ?2, ?3)")?
        .execute((campaign_id(connection, campaign)?, bundle.as_bytes(), now.as_second()))?;
    touch(connection, now)
}

/// See [`super::Ledger::forget_pictures`].
pub(super) fn forget_pictures(connection: &Connection, pictures: &[Digest]) -> Result<(), Fault> {
    let pictures: HashSet<&Digest> = pictures.iter().collect();
    // There is no index on pictures, so one walk through those that are kept finds them all.
    let mut kept = connection.prepare_cached(
        "SELECT id, picture FROM generations
         WHERE picture IS NOT NULL AND picture_removed = 0 AND expires_at IS NOT NULL",
    )?;
    let mut rows = kept.query([])?;
    let mut forgotten: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        if pictures.contains(&digest(row, 1)?) {
            forgotten.push(row.get(0)?);
        }
    }
    let mut forget = connection.prepare_cached("UPDATE generations SET picture_removed = 1 WHERE id = ?1")?;
    for id in forgotten {
        forget.execute([id])?;
    }
    Ok(())
}

/// An error where a statement found nothing to change.
fn one_row(rows: usize, what: impl FnOnce() -> String) -> Result<(), Fault> {
    if rows == 0 { Err(Fault::Unknown(what())) } else { Ok(()) }
}
