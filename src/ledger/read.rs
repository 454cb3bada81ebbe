//! What is read from a ledger. Each function is handed a connection that sees one state throughout.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Row};

use super::error::Fault;
use super::ids::{account, campaign};
use super::rows::{self, GENERATION, LABELS, LabelReader, StoredScene};
use super::{BundleRecord, Find, Found, Issued, StoredArtifact, handoff};
use crate::model::{AccountHistory, AppId, CampaignName, CodeKey, CodeRecord, Digest, History, Scene};

/// See [`super::Ledger::history`].
pub(super) fn history(connection: &Connection, appids: &[AppId], today: Date) -> Result<History, Fault> {
    let written_at: Option<i64> =
        connection.query_row("SELECT written_at FROM meta", [], |row| row.get(0))?;
    let campaigns = campaigns_by_id(connection)?;
    let mut accounts = BTreeMap::new();
    for appid in appids {
        if let Some(account) = account(connection, appid)? {
            let history = AccountHistory {
                codes: codes(connection, account, &campaigns)?,
                permanents: permanents(connection, account, &campaigns)?,
                calls_today: calls_of(connection, account, today)?,
            };
            accounts.insert(appid.clone(), history);
        }
    }
    Ok(History::new(written_at.map(rows::instant).transpose()?, accounts))
}

/// Every name once in memory, however many codes bear it.
fn campaigns_by_id(connection: &Connection) -> Result<HashMap<i64, CampaignName>, Fault> {
    collect(connection, "SELECT id, name FROM campaigns", |row| Ok((row.get(0)?, rows::campaign(row, 1)?)))
}

fn named(campaigns: &HashMap<i64, CampaignName>, id: i64) -> Result<CampaignName, Fault> {
    campaigns.get(&id).cloned().ok_or_else(|| Fault::Value(format!("campaign number {id} has no name")))
}

fn codes(
    connection: &Connection,
    account: i64,
    campaigns: &HashMap<i64, CampaignName>,
) -> Result<HashMap<Scene, CodeRecord>, Fault> {
    let number: i64 =
        connection.query_row("SELECT count(*) FROM codes WHERE account = ?1", [account], |row| row.get(0))?;
    let mut codes = HashMap::with_capacity(usize::try_from(number).unwrap_or_default());
    let mut labels = LabelReader::new();
    let asked = permanents_asked(connection)?;
    // `+` keeps SQLite from going by the index: the table from end to end is faster.
    let mut statement = connection.prepare(&format!(
        "SELECT c.id, c.scene, c.campaign, m.seq, c.retired, {LABELS}, {GENERATION}
         FROM codes c
         LEFT JOIN memberships m ON m.code = c.id AND m.campaign = c.campaign
         LEFT JOIN generations g ON g.id = c.latest
         WHERE +c.account = ?1"
    ))?;
    let mut rows = statement.query([account])?;
    while let Some(row) = rows.next()? {
        let key = rows::key(row, 0)?;
        let latest = rows::generation(row, 9)?;
        let record = CodeRecord {
            key,
            campaign: named(campaigns, row.get(2)?)?,
            seq: rows::count(row, 3)?,
            retired: row.get(4)?,
            labels: labels.read(row, 5)?,
            permanent_asked: asked.contains(&key)
                || latest.as_ref().is_some_and(|latest| latest.lifetime.is_permanent()),
            latest,
        };
        codes.insert(rows::scene(row, 1)?, record);
    }
    Ok(codes)
}

/// Codes for which a permanent ticket was asked and no answer was recorded.
fn permanents_asked(connection: &Connection) -> Result<HashSet<CodeKey>, Fault> {
    let mut statement = connection.prepare("SELECT code FROM intents WHERE permanent = 1")?;
    let mut rows = statement.query([])?;
    let mut asked = HashSet::new();
    while let Some(row) = rows.next()? {
        asked.insert(rows::key(row, 0)?);
    }
    Ok(asked)
}

/// Codes with a permanent generation, under the campaign it was made in; then codes that were only asked for.
fn permanents(
    connection: &Connection,
    account: i64,
    campaigns: &HashMap<i64, CampaignName>,
) -> Result<BTreeMap<CampaignName, u64>, Fault> {
    // With min(), SQLite takes the other columns from the row that has the least.
    let mut statement = connection.prepare(
        "SELECT p.campaign, count(*) FROM (
             SELECT code, campaign, min(number) FROM generations WHERE lifetime = 0 GROUP BY code
             UNION ALL
             SELECT code, campaign, min(generation) FROM intents i
             WHERE permanent = 1
                 AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.code = i.code AND g.lifetime = 0)
             GROUP BY code
         ) p
         JOIN codes c ON c.id = p.code
         WHERE c.account = ?1
         GROUP BY p.campaign",
    )?;
    let mut rows = statement.query([account])?;
    let mut permanents = BTreeMap::new();
    while let Some(row) = rows.next()? {
        permanents.insert(named(campaigns, row.get(0)?)?, rows::count(row, 1)?);
    }
    Ok(permanents)
}

/// See [`super::Ledger::calls`].
pub(super) fn calls(connection: &Connection, appid: &AppId, today: Date) -> Result<u64, Fault> {
    account(connection, appid)?.map_or(Ok(0), |account| calls_of(connection, account, today))
}

fn calls_of(connection: &Connection, account: i64, day: Date) -> Result<u64, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT coalesce(sum(made), 0) FROM calls WHERE account = ?1 AND day = ?2")?;
    let mut rows = statement.query((account, day.to_string()))?;
    rows.next()?.map_or(Ok(0), |row| rows::count(row, 0))
}

/// See [`super::Ledger::campaigns`].
pub(super) fn campaigns(connection: &Connection) -> Result<Vec<CampaignName>, Fault> {
    let names: BTreeSet<_> = campaigns_by_id(connection)?.into_values().collect();
    Ok(names.into_iter().collect())
}

/// See [`super::SqliteLedger::codes_of_others`].
pub(super) fn codes_of_others(
    connection: &Connection,
    appids: &[AppId],
) -> Result<Vec<(AppId, CampaignName)>, Fault> {
    let known: HashSet<&str> = appids.iter().map(AppId::as_str).collect();
    let accounts: Vec<(i64, AppId)> =
        collect(connection, "SELECT id, appid FROM accounts ORDER BY id", |row| {
            Ok((row.get(0)?, rows::appid(row, 1)?))
        })?;
    let campaigns = campaigns_by_id(connection)?;
    let mut found = Vec::new();
    for (account, appid) in accounts.into_iter().filter(|(_, appid)| !known.contains(appid.as_str())) {
        let mut statement = connection
            .prepare_cached("SELECT DISTINCT campaign FROM codes WHERE account = ?1 AND retired = 0")?;
        let mut rows = statement.query([account])?;
        while let Some(row) = rows.next()? {
            found.push((appid.clone(), named(&campaigns, row.get(0)?)?));
        }
    }
    Ok(found)
}

/// See [`super::Ledger::successes`].
pub(super) fn successes(connection: &Connection) -> Result<BTreeMap<CampaignName, Timestamp>, Fault> {
    collect(connection, "SELECT name, succeeded_at FROM campaigns WHERE succeeded_at IS NOT NULL", |row| {
        Ok((rows::campaign(row, 0)?, rows::instant(row.get(1)?)?))
    })
}

/// See [`super::Ledger::artifacts`].
pub(super) fn artifacts(
    connection: &Connection,
    appid: &AppId,
    name: &CampaignName,
    visit: &mut dyn FnMut(StoredArtifact),
) -> Result<(), Fault> {
    let (Some(account), Some(campaign)) = (account(connection, appid)?, campaign(connection, name)?) else {
        return Ok(());
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT c.id, m.seq, c.scene, {GENERATION}
         FROM memberships m
         CROSS JOIN codes c ON c.id = m.code AND c.campaign = m.campaign
         CROSS JOIN generations g ON g.id = c.latest
         WHERE m.campaign = ?1 AND c.account = ?2 AND c.retired = 0
         ORDER BY m.seq"
    ))?;
    let mut rows = statement.query([campaign, account])?;
    while let Some(row) = rows.next()? {
        let Some(generation) = rows::generation(row, 3)? else { continue };
        let (ticket, url) = rows::ticket_and_url(row, 3)?;
        let (key, seq, scene) = (rows::key(row, 0)?, rows::count(row, 1)?, rows::scene(row, 2)?);
        visit(StoredArtifact { key, seq, scene, generation, ticket, url });
    }
    Ok(())
}

/// See [`super::Ledger::bundle`].
pub(super) fn bundle(connection: &Connection, name: &CampaignName) -> Result<Option<BundleRecord>, Fault> {
    let Some(campaign) = campaign(connection, name)? else { return Ok(None) };
    let mut statement = connection.prepare_cached(
        "SELECT revision, contents, zip, bytes, modified_at, file_name, handoffs
         FROM bundles WHERE campaign = ?1 ORDER BY id DESC LIMIT 1",
    )?;
    let mut rows = statement.query([campaign])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let modified_at: i64 = row.get(4)?;
    Ok(Some(BundleRecord {
        revision: rows::count(row, 0)?,
        contents: rows::digest(row, 1)?,
        zip: rows::digest(row, 2)?,
        bytes: rows::count(row, 3)?,
        modified_at: Timestamp::from_nanosecond(modified_at.into())
            .map_err(|error| Fault::Value(format!("a bundle's time that cannot be: {error}")))?,
        file_name: rows::text(row, 5)?.to_owned(),
        handoffs: rows::count(row, 6)?,
    }))
}

/// See [`super::Ledger::deployed`].
pub(super) fn deployed(connection: &Connection, campaign: &CampaignName) -> Result<Option<Digest>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT d.zip FROM deployments d JOIN campaigns c ON c.id = d.campaign
         WHERE c.folded = ?1 ORDER BY d.id DESC LIMIT 1",
    )?;
    let mut rows = statement.query([campaign.folded()])?;
    rows.next()?.map(|row| rows::digest(row, 0)).transpose()
}

/// See [`super::Ledger::find`].
pub(super) fn find(connection: &Connection, what: &Find) -> Result<Vec<Found>, Fault> {
    let condition = match what {
        Find::Ticket(_) => "g.ticket = ?1",
        Find::Url(_) => "g.url = ?1",
        Find::Picture(_) => "g.picture = ?1",
        Find::Scene(_) => "c.scene = ?1",
    };
    let mut statement = connection.prepare(&format!(
        "SELECT a.appid, n.name, c.scene, m.seq, c.retired, c.latest = g.id, {LABELS}, {GENERATION}, c.id
         FROM codes c
         LEFT JOIN generations g ON g.code = c.id
         LEFT JOIN memberships m ON m.code = c.id AND m.campaign = c.campaign
         JOIN accounts a ON a.id = c.account
         JOIN campaigns n ON n.id = c.campaign
         WHERE {condition}
         ORDER BY a.appid, c.id, g.number DESC"
    ))?;
    let mut rows = match what {
        Find::Ticket(text) | Find::Url(text) => statement.query([text])?,
        Find::Picture(digest) => statement.query([digest.as_bytes()])?,
        Find::Scene(scene) => statement.query([StoredScene(scene)])?,
    };
    let mut labels = LabelReader::new();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let issued = match rows::generation(row, 10)? {
            Some(generation) => {
                let (ticket, url) = rows::ticket_and_url(row, 10)?;
                let handed = handoff::of_generation(connection, row.get(18)?, generation.number)?;
                Some(Issued { generation, ticket, url, is_latest: row.get(5)?, handed })
            }
            None => None,
        };
        found.push(Found {
            appid: rows::appid(row, 0)?,
            campaign: rows::campaign(row, 1)?,
            labels: labels.read(row, 6)?,
            scene: rows::scene(row, 2)?,
            seq: rows::count(row, 3)?,
            retired: row.get(4)?,
            issued,
        });
    }
    Ok(found)
}

/// See [`super::Ledger::expired_pictures`].
pub(super) fn expired_pictures(connection: &Connection, now: Timestamp) -> Result<Vec<Digest>, Fault> {
    let pictures = |condition: &str| -> Result<BTreeSet<Digest>, Fault> {
        let sql = format!(
            "SELECT g.picture FROM generations g JOIN codes c ON c.id = g.code
             WHERE g.picture IS NOT NULL AND g.picture_removed = 0 AND {condition}"
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([now.as_second()])?;
        let mut pictures = BTreeSet::new();
        while let Some(row) = rows.next()? {
            pictures.insert(rows::digest(row, 0)?);
        }
        Ok(pictures)
    };
    let mut expired = pictures("g.expires_at <= ?1 AND c.latest <> g.id")?;
    if !expired.is_empty() {
        // The platform may give the same ticket twice, and so the same picture to a generation that lives.
        for needed in pictures("NOT (g.expires_at IS NOT NULL AND g.expires_at <= ?1 AND c.latest <> g.id)")?
        {
            expired.remove(&needed);
        }
    }
    Ok(expired.into_iter().collect())
}

fn collect<T, C: FromIterator<T>>(
    connection: &Connection,
    sql: &str,
    mut value: impl FnMut(&Row<'_>) -> Result<T, Fault>,
) -> Result<C, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        values.push(value(row)?);
    }
    Ok(values.into_iter().collect())
}
