//! What is asked of a ledger, and what is recorded in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Result};

use super::MOST_FOUND;
use super::columns::{Cells, GENERATION, LABELS, LabelReader, all, first, integer, one, value};
use super::write::{self, bundle, campaign_id, touch};
use super::{
    BundleRecord, BundledRow, Entry, Find, Found, HandedCode, Handoff, HandoffOutcome, HandoffRecord, Issued,
    Ledger, LedgerError, Removal, Settlement, SqliteLedger, StoredArtifact, UndoOutcome, handoffs,
};
use crate::model::{
    AccountHistory, AppId, BundledCode, CampaignName, CodeRecord, Digest, HandedGeneration, History,
    PrintedCode, Scene,
};

/// Who made the codes of a ledger. Neither if it has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origins {
    /// An emulator made some.
    pub emulator: bool,
    /// The platform made some.
    pub platform: bool,
}

impl SqliteLedger {
    /// Who made the ledger's codes, by their urls: see [`is_emulators`](crate::model::is_emulators).
    pub fn origins(&self) -> Result<Origins, LedgerError> {
        let exists = |connection: &Connection, operator: &str| {
            let sql = format!(
                "SELECT EXISTS (SELECT 1 FROM generations WHERE substr(url, 1, 24) {operator} 'http://emulator.invalid/')"
            );
            value(connection, &sql, [])
        };
        self.read(|connection| {
            Ok(Origins { emulator: exists(connection, "=")?, platform: exists(connection, "<>")? })
        })
    }
}

impl Ledger for SqliteLedger {
    fn history(&self, appids: &[AppId], today: Date) -> Result<History, LedgerError> {
        self.read(|connection| {
            let mut accounts = BTreeMap::new();
            let campaigns = campaigns_by_id(connection)?;
            for appid in appids {
                let account = "SELECT id FROM accounts WHERE appid = ?1";
                let account: Option<i64> = first(connection, account, [appid.as_str()], one)?;
                let Some(account) = account else { continue };
                let history = AccountHistory {
                    codes: codes(connection, account, &campaigns)?,
                    permanents: permanents(connection, account, &campaigns)?,
                    calls_today: calls(connection, appid, today)?,
                };
                accounts.insert(appid.clone(), history);
            }
            Ok(History::new(value(connection, "SELECT written_at FROM meta", [])?, accounts))
        })
    }

    fn campaigns(&self) -> Result<Vec<CampaignName>, LedgerError> {
        let names: BTreeSet<CampaignName> =
            self.read(|connection| all(connection, "SELECT name FROM campaigns", [], one))?;
        Ok(names.into_iter().collect())
    }

    fn settle(
        &mut self,
        settlements: &mut dyn Iterator<Item = Settlement<'_>>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut settlements = settlements.peekable();
        if settlements.peek().is_none() {
            return Ok(());
        }
        self.write(|connection| write::settle(connection, &mut settlements, now))
    }

    fn record(&mut self, entries: &[Entry], now: Timestamp) -> Result<(), LedgerError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.write(|connection| write::record(connection, entries, now))
    }

    fn artifacts(&self, appid: &AppId, campaign: &CampaignName) -> Result<Vec<StoredArtifact>, LedgerError> {
        let sql = "SELECT c.id, m.seq, c.scene, g.number, g.ticket, g.url
             FROM memberships m
             CROSS JOIN codes c ON c.id = m.code AND c.campaign = m.campaign
             CROSS JOIN generations g ON g.id = c.latest
             WHERE m.campaign = (SELECT id FROM campaigns WHERE folded = ?1)
                 AND c.account = (SELECT id FROM accounts WHERE appid = ?2) AND c.retired = 0
             ORDER BY m.seq";
        let read = |cells: &mut Cells<'_, '_>| {
            Ok(StoredArtifact {
                key: cells.next()?,
                seq: cells.next()?,
                scene: cells.next()?,
                generation: cells.next()?,
                ticket: cells.next()?,
                url: cells.next()?,
            })
        };
        self.read(|connection| all(connection, sql, (campaign.folded(), appid.as_str()), read))
    }

    fn bundle(&self, campaign: &CampaignName) -> Result<Option<BundleRecord>, LedgerError> {
        self.read(|connection| bundle(connection, campaign))
    }

    fn bundled(&self, campaign: &CampaignName, revision: u64) -> Result<Vec<BundledCode>, LedgerError> {
        let sql = "SELECT m.seq, c.scene, b.channel, b.generation, g.created_at, g.expires_at, g.url, b.digest, b.medium,
                 coalesce(
                     (SELECT n.names FROM bundles n WHERE n.campaign = b.campaign AND n.revision = b.revision), 'dated')
             FROM bundled b
             CROSS JOIN codes c ON c.id = b.code
             LEFT JOIN memberships m ON m.code = b.code AND m.campaign = b.campaign
             LEFT JOIN generations g ON g.code = b.code AND g.number = b.generation
             WHERE b.campaign = (SELECT id FROM campaigns WHERE folded = ?1) AND b.revision = (
                 SELECT max(r.revision) FROM bundles r WHERE r.campaign = b.campaign AND r.revision < ?2
             )";
        let read = |cells: &mut Cells<'_, '_>| {
            Ok(BundledCode {
                seq: cells.next()?,
                scene: cells.next()?,
                channel: cells.next()?,
                generation: cells.next()?,
                created_at: cells.next()?,
                expires_at: cells.next()?,
                url: cells.next()?,
                digest: cells.next()?,
                medium: cells.next()?,
                names: cells.next()?,
            })
        };
        self.read(|connection| all(connection, sql, (campaign.folded(), integer(revision)), read))
    }

    fn record_bundle(
        &mut self,
        campaign: &CampaignName,
        record: &BundleRecord,
        codes: &mut dyn Iterator<Item = BundledRow<'_>>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(|connection| write::record_bundle(connection, campaign, record, codes, now))
    }

    fn record_selection(
        &mut self,
        campaign: &CampaignName,
        revision: u64,
        zip: &Digest,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(|connection| {
            let campaign = campaign_id(connection, campaign)?;
            let sql = "INSERT INTO selections (campaign, revision, zip, recorded_at) VALUES (?1, ?2, ?3, ?4)";
            connection.execute(sql, (campaign, integer(revision), zip.as_bytes(), now.as_second()))?;
            touch(connection, now)
        })
    }

    fn record_success(&mut self, campaigns: &[CampaignName], now: Timestamp) -> Result<(), LedgerError> {
        if campaigns.is_empty() {
            return Ok(());
        }
        self.write(|connection| {
            // A campaign that never had a code has no row.
            let mut succeed =
                connection.prepare_cached("UPDATE campaigns SET succeeded_at = ?2 WHERE folded = ?1")?;
            for campaign in campaigns {
                succeed.execute((campaign.folded(), now.as_second()))?;
            }
            touch(connection, now)
        })
    }

    fn successes(&self) -> Result<BTreeMap<CampaignName, Timestamp>, LedgerError> {
        let sql = "SELECT name, succeeded_at FROM campaigns WHERE succeeded_at IS NOT NULL";
        self.read(|connection| all(connection, sql, [], |cells| Ok((cells.next()?, cells.next()?))))
    }

    fn hand_off(
        &mut self,
        appid: &AppId,
        handoff: &Handoff,
        codes: &mut dyn Iterator<Item = HandedCode<'_>>,
        now: Timestamp,
    ) -> Result<HandoffOutcome, LedgerError> {
        self.write(|connection| handoffs::hand_off(connection, appid, handoff, codes, now))
    }

    fn take_down(
        &mut self,
        removal: &Removal,
        pieces: &mut dyn Iterator<Item = &PrintedCode>,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        self.write(|connection| handoffs::take_down(connection, removal, pieces, now))
    }

    fn undo_handoff(&mut self, record: u64, now: Timestamp) -> Result<UndoOutcome, LedgerError> {
        self.write(|connection| handoffs::undo(connection, record, now))
    }

    fn last_handoff(&self) -> Result<u64, LedgerError> {
        self.read(handoffs::last_record)
    }

    fn paper(&self, campaign: &CampaignName, until: u64) -> Result<Vec<PrintedCode>, LedgerError> {
        self.read(|connection| handoffs::paper(connection, campaign, until))
    }

    fn handed(&self, campaign: &CampaignName, until: u64) -> Result<Vec<HandedGeneration>, LedgerError> {
        self.read(|connection| handoffs::handed(connection, campaign, until))
    }

    fn was_handed_over(&self, campaign: &CampaignName, until: u64) -> Result<bool, LedgerError> {
        self.read(|connection| handoffs::was_handed_over(connection, campaign, until))
    }

    fn deployed(&self, campaign: &CampaignName) -> Result<Option<Digest>, LedgerError> {
        let sql = "SELECT d.zip FROM deployments d JOIN campaigns c ON c.id = d.campaign
             WHERE c.folded = ?1 ORDER BY d.id DESC LIMIT 1";
        self.read(|connection| first(connection, sql, [campaign.folded()], one))
    }

    fn record_deployment(
        &mut self,
        campaign: &CampaignName,
        bundle: &Digest,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(|connection| {
            let values = (campaign_id(connection, campaign)?, bundle.as_bytes(), now.as_second());
            let sql = "INSERT INTO deployments (campaign, zip, deployed_at) VALUES (?1, ?2, ?3)";
            connection.execute(sql, values)?;
            touch(connection, now)
        })
    }

    fn find(&self, what: &Find) -> Result<Vec<Found>, LedgerError> {
        self.read(|connection| find(connection, what))
    }

    fn expired_pictures(&self, now: Timestamp) -> Result<Vec<Digest>, LedgerError> {
        // The platform may give the same ticket twice, and so the same picture to a generation that lives.
        let sql = "WITH kept AS (
                 SELECT g.picture, g.expires_at IS NOT NULL AND g.expires_at <= ?1 AND c.latest <> g.id AS expired
                 FROM generations g JOIN codes c ON c.id = g.code
                 WHERE g.picture IS NOT NULL AND g.picture_removed = 0
             )
             SELECT picture FROM kept GROUP BY picture HAVING min(expired) ORDER BY picture";
        self.read(|connection| all(connection, sql, [now.as_second()], one))
    }

    fn forget_pictures(&mut self, pictures: &[Digest]) -> Result<(), LedgerError> {
        if pictures.is_empty() {
            return Ok(());
        }
        // There is no index on pictures, so one walk through those that are kept finds them all.
        let sql = "UPDATE generations SET picture_removed = 1
             WHERE picture IS NOT NULL AND picture_removed = 0 AND expires_at IS NOT NULL
                 AND lower(hex(picture)) IN (SELECT value FROM json_each(?1))";
        let digests: Vec<String> = pictures.iter().map(Digest::to_string).collect();
        self.write(|connection| connection.execute(sql, [serde_json::Value::from(digests).to_string()]))?;
        Ok(())
    }

    fn calls(&self, appid: &AppId, today: Date) -> Result<u64, LedgerError> {
        self.read(|connection| calls(connection, appid, today))
    }
}

impl SqliteLedger {
    /// Every record of paper, in order, those that were undone included.
    pub fn handoff_records(&self) -> Result<Vec<HandoffRecord>, LedgerError> {
        self.read(handoffs::records)
    }

    /// Under which other appids there are codes that have not retired, and in which campaigns.
    pub fn codes_of_others(&self, appids: &[AppId]) -> Result<Vec<(AppId, CampaignName)>, LedgerError> {
        let sql = "SELECT DISTINCT a.appid, n.name FROM codes c
             JOIN accounts a ON a.id = c.account JOIN campaigns n ON n.id = c.campaign
             WHERE c.retired = 0 AND a.appid NOT IN (SELECT value FROM json_each(?1)) ORDER BY a.id, n.id";
        let known: Vec<&str> = appids.iter().map(AppId::as_str).collect();
        let known = serde_json::Value::from(known).to_string();
        self.read(|connection| all(connection, sql, [&known], |cells| Ok((cells.next()?, cells.next()?))))
    }

    /// Every campaign that ever had a code, with the revision of its last bundle; 0 if it has none.
    pub fn revisions(&self) -> Result<Vec<(CampaignName, u64)>, LedgerError> {
        let sql = "SELECT n.name, coalesce(
                 (SELECT b.revision FROM bundles b WHERE b.campaign = n.id ORDER BY b.id DESC LIMIT 1), 0)
             FROM campaigns n";
        self.read(|connection| all(connection, sql, [], |cells| Ok((cells.next()?, cells.next()?))))
    }

    /// The SHA-256 of each file that was recorded under this name as a revision of a campaign, or of each selection of that
    /// revision if there is no name. None if the campaign had no codes of this account.
    pub fn recorded(
        &self,
        (appid, campaign): (&AppId, &CampaignName),
        revision: u64,
        file_name: Option<&str>,
    ) -> Result<Vec<Digest>, LedgerError> {
        let sql = "SELECT DISTINCT f.zip FROM (
                 SELECT campaign, revision, zip, file_name FROM bundles
                 UNION ALL SELECT campaign, revision, zip, NULL FROM selections
             ) f JOIN campaigns n ON n.id = f.campaign
             WHERE n.folded = ?1 AND f.revision = ?2 AND f.file_name IS ?3 AND EXISTS (
                 SELECT 1 FROM memberships m JOIN codes c ON c.id = m.code JOIN accounts a ON a.id = c.account
                 WHERE m.campaign = f.campaign AND a.appid = ?4
             )";
        let folded = campaign.folded();
        let sought = (&folded, integer(revision), file_name, appid.as_str());
        self.read(|connection| all(connection, sql, sought, one))
    }

    /// Whether it knows no code.
    pub fn is_blank(&self) -> Result<bool, LedgerError> {
        self.read(|connection| value(connection, "SELECT NOT EXISTS (SELECT 1 FROM codes)", []))
    }

    /// How many of these issues of an account it does not know, each told by its scene, its generation and its url.
    pub fn unknown(&self, appid: &AppId, issues: &[(&Scene, u32, &str)]) -> Result<u64, LedgerError> {
        self.read(|connection| {
            let mut find = connection.prepare(
                "SELECT 1 FROM codes c
                 JOIN accounts a ON a.id = c.account
                 JOIN generations g ON g.code = c.id AND g.number = ?3
                 WHERE a.appid = ?1 AND c.scene = ?2 AND g.url = ?4",
            )?;
            let mut unknown = 0;
            for (scene, generation, url) in issues {
                unknown += u64::from(!find.exists((appid.as_str(), scene, generation, url))?);
            }
            Ok(unknown)
        })
    }
}

/// Every name once in memory, however many codes bear it.
fn campaigns_by_id(connection: &Connection) -> Result<HashMap<i64, CampaignName>> {
    all(connection, "SELECT id, name FROM campaigns", [], |cells| Ok((cells.next()?, cells.next()?)))
}

fn codes(
    connection: &Connection,
    account: i64,
    campaigns: &HashMap<i64, CampaignName>,
) -> Result<HashMap<Scene, CodeRecord>> {
    let mut labels = LabelReader::default();
    // `+` keeps SQLite from going by the index: the table from end to end is faster.
    let sql = format!(
        "SELECT c.scene, c.campaign, c.id, m.seq, c.retired, {LABELS}, {GENERATION},
             EXISTS (SELECT 1 FROM intents i WHERE i.code = c.id AND i.permanent = 1)
         FROM codes c
         LEFT JOIN memberships m ON m.code = c.id AND m.campaign = c.campaign
         LEFT JOIN generations g ON g.id = c.latest
         WHERE +c.account = ?1"
    );
    // Made once in its size: a map that grows holds itself twice for a moment.
    let number: u64 = value(connection, "SELECT count(*) FROM codes WHERE account = ?1", [account])?;
    let mut codes = HashMap::with_capacity(usize::try_from(number).unwrap_or_default());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([account])?;
    while let Some(row) = rows.next()? {
        let cells = &mut Cells::of(row);
        let (scene, campaign): (_, i64) = (cells.next()?, cells.next()?);
        let campaign = campaigns.get(&campaign).cloned().ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let (key, seq, retired) = (cells.next()?, cells.next()?, cells.next()?);
        let (labels, latest) = (labels.read(cells)?, cells.generation()?);
        let is_permanent = latest.as_ref().is_some_and(|latest| latest.lifetime.is_permanent());
        let permanent_asked = cells.next::<bool>()? || is_permanent;
        let taken_down = false;
        let record = CodeRecord { key, campaign, seq, labels, retired, permanent_asked, latest, taken_down };
        codes.insert(scene, record);
    }
    for scene in handoffs::taken_down(connection, account)? {
        if let Some(record) = codes.get_mut(&scene) {
            record.taken_down = true;
        }
    }
    Ok(codes)
}

/// Codes with a permanent generation, under the campaign it was made in; then codes that were only asked for.
fn permanents(
    connection: &Connection,
    account: i64,
    campaigns: &HashMap<i64, CampaignName>,
) -> Result<BTreeMap<CampaignName, u64>> {
    // With min(), SQLite takes the other columns from the row that has the least.
    let sql = "SELECT p.campaign, count(*) FROM (
             SELECT code, campaign, min(number) FROM generations WHERE lifetime = 0 GROUP BY code
             UNION ALL
             SELECT code, campaign, min(generation) FROM intents i
             WHERE permanent = 1
                 AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.code = i.code AND g.lifetime = 0)
             GROUP BY code
         ) p
         JOIN codes c ON c.id = p.code
         WHERE c.account = ?1
         GROUP BY p.campaign";
    all(connection, sql, [account], |cells| {
        let campaign = campaigns.get(&cells.next()?).cloned();
        Ok((campaign.ok_or(rusqlite::Error::QueryReturnedNoRows)?, cells.next()?))
    })
}

fn calls(connection: &Connection, appid: &AppId, day: Date) -> Result<u64> {
    let sql = "SELECT coalesce(sum(c.made), 0) FROM calls c JOIN accounts a ON a.id = c.account
         WHERE a.appid = ?1 AND c.day = ?2";
    value(connection, sql, (appid.as_str(), day.to_string()))
}

fn find(connection: &Connection, what: &Find) -> Result<Vec<Found>> {
    let (condition, sought): (_, &dyn rusqlite::ToSql) = match what {
        Find::Ticket(ticket) => ("g.ticket = ?1", ticket),
        Find::Url(url) => ("g.url = ?1", url),
        Find::Picture(digest) => ("g.picture = ?1", digest.as_bytes()),
        Find::Scene(scene) => ("c.scene = ?1", scene),
        Find::Channel(part) => {
            ("instr(lower(c.channel), lower(?1)) > 0 AND (c.latest IS NULL OR c.latest = g.id)", part)
        }
    };
    let limit = if matches!(what, Find::Channel(_)) { MOST_FOUND } else { usize::MAX >> 1 };
    let sql = format!(
        "SELECT {LABELS}, {GENERATION}, c.id, g.ticket, g.url, c.latest = g.id, a.appid, n.name, c.scene, m.seq, c.retired
         FROM codes c
         LEFT JOIN generations g ON g.code = c.id
         LEFT JOIN memberships m ON m.code = c.id AND m.campaign = c.campaign
         JOIN accounts a ON a.id = c.account
         JOIN campaigns n ON n.id = c.campaign
         WHERE {condition}
         ORDER BY a.appid, c.id, g.number DESC LIMIT {limit}"
    );
    let mut labels = LabelReader::default();
    all(connection, &sql, [sought], |cells| {
        let (labels, generation, code) = (labels.read(cells)?, cells.generation()?, cells.next()?);
        let (ticket, url, is_latest) = (cells.next()?, cells.next()?, cells.next::<Option<bool>>()?);
        let issued = match (generation, ticket, url) {
            (Some(generation), Some(ticket), Some(url)) => {
                let handed = handoffs::handed_over(connection, code, generation.number)?;
                Some(Issued { generation, ticket, url, is_latest: is_latest == Some(true), handed })
            }
            _ => None,
        };
        Ok(Found {
            labels,
            issued,
            appid: cells.next()?,
            campaign: cells.next()?,
            scene: cells.next()?,
            seq: cells.next()?,
            retired: cells.next()?,
        })
    })
}
