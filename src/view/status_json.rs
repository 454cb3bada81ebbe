//! How things stand, as a JSON document.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::document;
use crate::model::{Instant, schema_of};
use crate::plan::{AccountStatus, CampaignStatus, ForecastDay, Overdue, Status};

/// Writes the document.
pub fn status_json(out: &mut dyn Write, status: &Status, overdue: &[Overdue<'_>]) -> io::Result<()> {
    let document = Document {
        format: FORMAT,
        now: status.now,
        ledger_at: status.ledger_at,
        campaigns: &status.campaigns,
        accounts: &status.accounts,
        old_bundles: status.old_bundles.iter().map(|path| path.to_string_lossy()).collect(),
        outlook: &status.outlook,
        overdue,
    };
    document::write(out, &document)
}

/// The schema of that document.
pub fn status_schema() -> Schema {
    schema_of::<Document<'_>>()
}

/// The version of the document's form.
const FORMAT: u32 = 1;

/// What is live, what dies when, and which bundle is current, stale or missing.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "The state that `scenepress status --format json` prints")]
struct Document<'a> {
    /// The version of the document's form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    /// The instant of which it tells.
    #[serde(serialize_with = "Instant::write")]
    #[schemars(with = "Instant")]
    now: Timestamp,
    /// When the ledger was last written; null without a ledger.
    #[serde(serialize_with = "Instant::write_or_null")]
    #[schemars(with = "Option<Instant>")]
    ledger_at: Option<Timestamp>,
    /// The campaigns of the files and of the ledger.
    campaigns: &'a [CampaignStatus],
    /// Their accounts.
    accounts: &'a [AccountStatus],
    /// Bundles of campaigns that are no more: in no file, and no code is of them.
    old_bundles: Vec<Cow<'a, str>>,
    /// What the next 30 days bring: a line an account and day on which there is anything.
    outlook: &'a [ForecastDay],
    /// What `--max-age` and `--min-left` found.
    overdue: &'a [Overdue<'a>],
}
