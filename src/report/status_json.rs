//! How things stand, as a JSON document.

use std::io::{self, Write};

use serde::Serialize;

use super::document::Document;
use crate::model::{Account, rfc3339};
use crate::plan::{AccountStatus, CampaignStatus, Status};

/// Writes the document.
pub fn status_json(
    out: &mut dyn Write,
    status: &Status,
    overdue: &[(&CampaignStatus, String)],
) -> io::Result<()> {
    let mut document = Document::begin(out)?;
    document.field("format", &1)?;
    document.field("now", &rfc3339(status.now))?;
    document.field("ledger_at", &status.ledger_at.map(rfc3339))?;
    document.list("campaigns", status.campaigns.iter().map(CampaignLine::new))?;
    document.list("accounts", status.accounts.iter().map(AccountLine::new))?;
    let line = |(campaign, message): &(&CampaignStatus, String)| OverdueLine {
        campaign: campaign.name.to_string(),
        account: campaign.account.to_string(),
        message: message.clone(),
    };
    document.list("overdue", overdue.iter().map(line))?;
    document.finish()
}

#[derive(Serialize)]
struct OverdueLine {
    campaign: String,
    account: String,
    message: String,
}

#[derive(Serialize)]
struct CampaignLine<'a> {
    campaign: &'a str,
    account: &'a str,
    in_files: bool,
    until: Option<String>,
    ended: bool,
    codes: u64,
    live: u64,
    due_soon: u64,
    paper_due: u64,
    expired: u64,
    never_issued: u64,
    pictures_missing: u64,
    permanent: u64,
    retired_alive: u64,
    next_expiry_at: Option<String>,
    next_renewal_at: Option<String>,
    succeeded_at: Option<String>,
    bundle: Option<String>,
    bundle_state: &'static str,
    revision: Option<u64>,
    bundled_at: Option<String>,
    dead_in_bundle: Option<u64>,
    on_paper: u64,
    outdated_on_paper: u64,
    paper_dies_at: Option<String>,
}

impl<'a> CampaignLine<'a> {
    fn new(status: &'a CampaignStatus) -> Self {
        Self {
            campaign: status.name.as_str(),
            account: status.account.as_str(),
            in_files: status.in_files,
            until: status.until.map(|until| until.to_string()),
            ended: status.ended,
            codes: status.codes,
            live: status.live,
            due_soon: status.due_soon,
            paper_due: status.paper_due,
            expired: status.expired,
            never_issued: status.never_issued,
            pictures_missing: status.pictures_missing,
            permanent: status.permanent,
            retired_alive: status.retired_alive,
            next_expiry_at: status.next_expiry_at.map(rfc3339),
            next_renewal_at: status.next_renewal_at.map(rfc3339),
            succeeded_at: status.succeeded_at.map(rfc3339),
            bundle: status.bundle.path.as_ref().map(|path| path.to_string_lossy().into_owned()),
            bundle_state: status.bundle.state.as_str(),
            revision: status.bundle.revision,
            bundled_at: status.bundle.written_at.map(rfc3339),
            dead_in_bundle: status.dead_in_bundle(),
            on_paper: status.bundle.paper.current,
            outdated_on_paper: status.bundle.paper.outdated,
            paper_dies_at: status.bundle.paper.first_dies_at.map(rfc3339),
        }
    }
}

#[derive(Serialize)]
struct AccountLine<'a> {
    account: &'a str,
    appid: &'a str,
    calls_today: u64,
    daily_quota: u64,
    permanents_issued: u64,
    permanents_elsewhere: u64,
    permanent_pool: u64,
}

impl<'a> AccountLine<'a> {
    fn new(account: &'a AccountStatus) -> Self {
        Self {
            account: account.name.as_str(),
            appid: account.appid.as_str(),
            calls_today: account.calls_today,
            daily_quota: account.daily_quota,
            permanents_issued: account.permanents_issued,
            permanents_elsewhere: account.permanents_elsewhere,
            permanent_pool: Account::PERMANENT_POOL,
        }
    }
}
