//! What went to print.

use rusqlite::{Connection, OptionalExtension};

use super::error::Fault;
use super::rows::{self, StoredScene, integer};
use super::{HandedCode, HandedOver, Handoff, HandoffOutcome, ids};
use crate::model::{AppId, CampaignName, PrintedCode, Recipient};
use jiff::Timestamp;

/// See [`super::Ledger::hand_off`].
pub(super) fn record(
    connection: &Connection,
    appid: &AppId,
    handoff: &Handoff,
    codes: &mut dyn Iterator<Item = HandedCode<'_>>,
    now: Timestamp,
) -> Result<HandoffOutcome, Fault> {
    let Found { generations, superseded, retired, unknown } = find(connection, appid, codes)?;
    if let Some((scene, generation, count)) = unknown {
        return Ok(HandoffOutcome::Unknown { scene, generation, count });
    }
    let recipient = handoff.to.name().unwrap_or_default();
    let before: Option<i64> = connection
        .query_row(
            "SELECT handed_at FROM handoffs WHERE zip = ?1 AND recipient = ?2",
            (handoff.zip.as_bytes(), recipient),
            |row| row.get(0),
        )
        .optional()?;
    if let Some(at) = before {
        return Ok(HandoffOutcome::Already { at: rows::instant(at)? });
    }
    connection.execute(
        "INSERT INTO handoffs (campaign, revision, zip, recipient, note, handed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            ids::campaign_id(connection, &handoff.campaign)?,
            integer(handoff.revision),
            handoff.zip.as_bytes(),
            recipient,
            handoff.note.as_str(),
            now.as_second(),
        ),
    )?;
    let id = connection.last_insert_rowid();
    let mut insert =
        connection.prepare_cached("INSERT INTO handed (code, generation, handoff) VALUES (?1, ?2, ?3)")?;
    for (code, generation) in generations {
        insert.execute((code, generation, id))?;
    }
    ids::touch(connection, now)?;
    Ok(HandoffOutcome::Recorded { superseded, retired })
}

/// What the ledger has of codes that are handed over.
#[derive(Default)]
struct Found {
    /// The number of each code, and the generation.
    generations: Vec<(i64, u32)>,
    superseded: u64,
    retired: u64,
    /// Scene and generation of the first code that it does not have, and how many there are.
    unknown: Option<(String, u32, u64)>,
}

fn find(
    connection: &Connection,
    appid: &AppId,
    codes: &mut dyn Iterator<Item = HandedCode<'_>>,
) -> Result<Found, Fault> {
    let mut find = connection.prepare_cached(
        "SELECT c.id, c.latest = g.id, c.retired OR EXISTS (
             SELECT 1 FROM accounts b
             JOIN codes n ON n.account = b.id AND n.scene = c.scene
             WHERE b.id <> c.account AND n.campaign = c.campaign AND n.latest IS NOT NULL AND NOT n.retired
         )
         FROM codes c
         JOIN accounts a ON a.id = c.account
         JOIN generations g ON g.code = c.id AND g.number = ?3
         WHERE a.appid = ?1 AND c.scene = ?2 AND g.ticket = ?4",
    )?;
    let mut found = Found::default();
    for HandedCode { scene, generation, ticket } in codes {
        let values = (appid.as_str(), StoredScene(scene), generation, ticket.as_str());
        match find.query_row(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()? {
            Some((code, is_latest, is_retired)) => {
                let (is_latest, is_retired): (bool, bool) = (is_latest, is_retired);
                found.superseded += u64::from(!is_latest && !is_retired);
                found.retired += u64::from(is_retired);
                found.generations.push((code, generation));
            }
            None => found.unknown.get_or_insert((scene.to_string(), generation, 0)).2 += 1,
        }
    }
    Ok(found)
}

/// See [`super::Ledger::last_handoff`].
pub(super) fn last(connection: &Connection) -> Result<u64, Fault> {
    let mut statement = connection.prepare_cached("SELECT coalesce(max(id), 0) FROM handoffs")?;
    let mut rows = statement.query([])?;
    rows.next()?.map_or(Ok(0), |row| rows::count(row, 0))
}

/// See [`super::Ledger::paper`].
pub(super) fn paper(
    connection: &Connection,
    name: &CampaignName,
    until: u64,
    visit: &mut dyn FnMut(PrintedCode),
) -> Result<(), Fault> {
    let Some(campaign) = ids::campaign(connection, name)? else { return Ok(()) };
    // With max(), SQLite takes the other columns from the row that has it.
    let mut statement = connection.prepare_cached(
        "SELECT p.seq, p.generation, g.expires_at, g.url, p.recipient, p.handed_at, p.revision, c.latest = g.id,
                c.campaign = ?1, a.appid, c.scene
         FROM (
             SELECT m.seq, h.code, h.generation, f.recipient, f.handed_at, f.revision, max(f.id)
             FROM memberships m
             JOIN codes k ON k.id = m.code
             JOIN handed h ON h.code = m.code
             JOIN handoffs f ON f.id = h.handoff
             WHERE m.campaign = ?1 AND f.id <= ?2
             GROUP BY k.scene, f.recipient
         ) p
         JOIN generations g ON g.code = p.code AND g.number = p.generation
         JOIN codes c ON c.id = p.code
         JOIN accounts a ON a.id = c.account
         ORDER BY p.seq, p.recipient",
    )?;
    let mut rows = statement.query((campaign, integer(until)))?;
    while let Some(row) = rows.next()? {
        visit(PrintedCode {
            seq: rows::count(row, 0)?,
            generation: row.get(1)?,
            expires_at: row.get::<_, Option<i64>>(2)?.map(rows::instant).transpose()?,
            url: rows::text(row, 3)?.to_owned(),
            to: recipient(rows::text(row, 4)?)?,
            handed_at: rows::instant(row.get(5)?)?,
            revision: rows::count(row, 6)?,
            is_latest: row.get(7)?,
            is_here: row.get(8)?,
            appid: rows::appid(row, 9)?,
            scene: rows::scene(row, 10)?,
        });
    }
    Ok(())
}

/// To whom one generation went, in the order in which it did.
pub(super) fn of_generation(
    connection: &Connection,
    code: i64,
    generation: u32,
) -> Result<Vec<HandedOver>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT f.recipient, f.handed_at, f.revision, n.name, f.note
         FROM handed h JOIN handoffs f ON f.id = h.handoff JOIN campaigns n ON n.id = f.campaign
         WHERE h.code = ?1 AND h.generation = ?2 ORDER BY f.id",
    )?;
    let mut rows = statement.query((code, generation))?;
    let mut handed = Vec::new();
    while let Some(row) = rows.next()? {
        handed.push(HandedOver {
            to: recipient(rows::text(row, 0)?)?,
            at: rows::instant(row.get(1)?)?,
            revision: rows::count(row, 2)?,
            campaign: rows::campaign(row, 3)?,
            note: rows::text(row, 4)?.to_owned(),
        });
    }
    Ok(handed)
}

/// Who was handed something, as it is on record: empty where nobody was named.
pub(super) fn recipient(name: &str) -> Result<Recipient, Fault> {
    if name.is_empty() {
        return Ok(Recipient::default());
    }
    Recipient::new(name).map_err(|error| Fault::Value(format!("a recipient that {error}")))
}
