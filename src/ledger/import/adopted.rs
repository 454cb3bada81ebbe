//! Codes and bundles from files, before the ledger has them.

use jiff::{SignedDuration, Timestamp};

use crate::ledger::{BundleRecord, LedgerError};
use crate::model::{
    AppId, BundledCode, CampaignName, ExpireSeconds, Labels, Lifetime, Scene, Ticket, minute_text,
};

/// The most problems or conflicts that are told.
const TOLD: usize = 20;

/// The highest generation that is believed. A code renewed every day gets there after centuries.
const MAX_GENERATION: u64 = 100_000;

/// How far the clocks of two machines may be apart.
const SKEW: SignedDuration = SignedDuration::from_hours(24);

/// One issue of a code as a file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Where the file states it, for messages: `codes.csv:3`.
    pub place: String,
    /// The account.
    pub appid: AppId,
    /// The campaign it goes to, if the ledger does not know the code yet.
    pub campaign: CampaignName,
    /// What the code carries.
    pub scene: Scene,
    /// The code's labels, if the ledger does not know the code yet.
    pub labels: Labels,
    /// The code's number in the campaign, from 1; kept if it is free.
    pub seq: Option<u32>,
    /// The number of the issue, from 1. `None` if the file does not say: then the one with this url, else the first.
    pub generation: Option<u32>,
    /// Its lifetime, as [`adopted_lifetime`] finds it.
    pub lifetime: Lifetime,
    /// When it was issued; kept to the second.
    pub created_at: Timestamp,
    /// When it expires, kept to the second; `None` if it is permanent.
    pub expires_at: Option<Timestamp>,
    /// Its ticket.
    pub ticket: Ticket,
    /// What its picture decodes to.
    pub url: String,
    /// Whether a table tells it, which may be wrong. A bundle's codes were verified.
    pub from_table: bool,
}

/// A bundle whose codes are adopted. The campaign's next bundle gets the next revision and lists the changes since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedBundle {
    /// Its campaign.
    pub campaign: CampaignName,
    /// The account of its codes.
    pub appid: AppId,
    /// What is recorded of it.
    pub record: BundleRecord,
    /// Its codes, each of which is adopted too.
    pub pieces: Vec<BundledCode>,
}

/// What an import did, in codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Codes of which an issue was new.
    pub adopted: u64,
    /// Those of them that have expired.
    pub expired: u64,
    /// Codes of which every issue was known.
    pub known: u64,
    /// Rows that tell another ticket of a known url, which was left as it is.
    pub other_ticket: u64,
    /// What was corrected, a line each.
    pub corrected: Vec<String>,
}

/// Why nothing was adopted.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Rows that cannot be adopted, a line each.
    #[error("{}\nnothing was imported", .0.join("\n"))]
    Problems(Vec<String>),
    /// Codes that contradict the ledger or one another, a line each.
    #[error("{}\nnothing was imported", .0.join("\n"))]
    Conflicts(Vec<String>),
    /// The ledger, or a file that cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Finds the lifetime between two instants; a minute if they are less than a minute apart.
///
/// Fails if the code was issued later than `now`, or expires before it was issued or more than 30 days after.
pub fn adopted_lifetime(
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Lifetime, String> {
    if created_at.duration_since(now) > SKEW {
        // It would never come due.
        return Err(format!("it was made on {}, which is yet to come", minute_text(created_at)));
    }
    let Some(expires_at) = expires_at else { return Ok(Lifetime::Permanent) };
    let seconds = expires_at.as_second() - created_at.as_second();
    let most = i64::from(ExpireSeconds::MAX.get());
    if seconds <= 0 {
        return Err(format!(
            "it dies on {}, before it was made ({})",
            minute_text(expires_at),
            minute_text(created_at)
        ));
    }
    // The ticket's clock and the table's need not agree to the second.
    if seconds > most + SKEW.as_secs() {
        return Err(format!("it dies on {}, more than 30 d after it was made", minute_text(expires_at)));
    }
    let seconds = u64::try_from(seconds.min(most)).unwrap_or_default();
    Ok(Lifetime::Temporary(ExpireSeconds::new(seconds).unwrap_or(ExpireSeconds::MIN)))
}

/// Checks the number of an issue: 1 to 100,000.
pub fn adopted_generation(number: u64) -> Result<u32, String> {
    let fits = u32::try_from(number).ok().filter(|_| (1..=MAX_GENERATION).contains(&number));
    fits.ok_or_else(|| format!("{number} is no generation: they count from 1"))
}

/// The first 20 lines, then how many more there are of `what`.
pub fn shortened(mut lines: Vec<String>, what: &str) -> Vec<String> {
    let more = lines.len().saturating_sub(TOLD);
    lines.truncate(TOLD);
    if more > 0 {
        lines.push(format!("and {more} more such {what}"));
    }
    lines
}
