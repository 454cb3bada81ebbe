//! The numbers by which the ledger knows accounts and campaigns, and the instant it was last written.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::error::Fault;
use crate::model::{AppId, CampaignName};

/// The ledger's number for an account.
pub(super) fn account(connection: &Connection, appid: &AppId) -> Result<Option<i64>, Fault> {
    let mut statement = connection.prepare_cached("SELECT id FROM accounts WHERE appid = ?1")?;
    Ok(statement.query_row([appid.as_str()], |row| row.get(0)).optional()?)
}

/// The ledger's number for a campaign.
pub(super) fn campaign(connection: &Connection, name: &CampaignName) -> Result<Option<i64>, Fault> {
    let mut statement = connection.prepare_cached("SELECT id FROM campaigns WHERE folded = ?1")?;
    Ok(statement.query_row([name.folded()], |row| row.get(0)).optional()?)
}

/// The campaign's number; it is made, or renamed if only the case is another.
pub(super) fn campaign_id(connection: &Connection, name: &CampaignName) -> Result<i64, Fault> {
    Ok(connection.query_row(
        "INSERT INTO campaigns (name, folded) VALUES (?1, ?2)
         ON CONFLICT (folded) DO UPDATE SET name = excluded.name RETURNING id",
        (name.as_str(), name.folded()),
        |row| row.get(0),
    )?)
}

/// Remembers when the ledger was last written.
pub(super) fn touch(connection: &Connection, now: Timestamp) -> Result<(), Fault> {
    connection.prepare_cached("UPDATE meta SET written_at = ?1")?.execute([now.as_second()])?;
    Ok(())
}
