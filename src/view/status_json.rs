//! How things stand, as a JSON document.

use std::io::{self, Write};

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::document;
use crate::model::{Account, AccountName, rfc3339, schema_of};
use crate::plan::{AccountStatus, BundleState, CampaignStatus, OutlookDay, Status};

/// Writes the document.
pub fn status_json(
    out: &mut dyn Write,
    status: &Status,
    overdue: &[(&CampaignStatus, String)],
) -> io::Result<()> {
    let days = |account: &AccountStatus| {
        let name = account.name.to_string();
        account.outlook.iter().map(move |day| OutlookLine::new(name.clone(), day)).collect::<Vec<_>>()
    };
    let line = |(campaign, message): &(&CampaignStatus, String)| OverdueLine {
        campaign: campaign.name.to_string(),
        account: campaign.account.to_string(),
        message: message.clone(),
    };
    let document = Document {
        format: FORMAT,
        now: rfc3339(status.now),
        ledger_at: status.ledger_at.map(rfc3339),
        campaigns: status.campaigns.iter().map(CampaignLine::new).collect(),
        accounts: status.accounts.iter().map(AccountLine::new).collect(),
        old_bundles: status.old_bundles.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
        outlook: status.accounts.iter().flat_map(days).collect(),
        overdue: overdue.iter().map(line).collect(),
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
    #[schemars(extend("format" = "date-time"))]
    now: String,
    /// When the ledger was last written; null without a ledger.
    #[schemars(extend("format" = "date-time"))]
    ledger_at: Option<String>,
    /// The campaigns of the files and of the ledger.
    campaigns: Vec<CampaignLine<'a>>,
    /// Their accounts.
    accounts: Vec<AccountLine<'a>>,
    /// Bundles of campaigns that are no more: in no file, and no code is of them.
    old_bundles: Vec<String>,
    /// What the next 30 days bring: a line an account and day on which there is anything.
    outlook: Vec<OutlookLine>,
    /// What `--max-age` and `--min-left` found.
    overdue: Vec<OverdueLine>,
}

/// What a day brings.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Outlook")]
struct OutlookLine {
    /// The account's name.
    account: String,
    /// The day (Asia/Shanghai).
    #[schemars(extend("format" = "date"))]
    date: String,
    /// Codes that are new.
    creations: u64,
    /// Codes that come due and are renewed.
    renewals: u64,
    /// Codes that die because no run renews them.
    deaths: u64,
    /// Calls beyond the daily quota.
    over: u64,
}

impl OutlookLine {
    fn new(account: String, of: &OutlookDay) -> Self {
        let OutlookDay { day, creations, renewals, deaths, over_quota: over } = *of;
        Self { account, date: day.to_string(), creations, renewals, deaths, over }
    }
}

/// A campaign of which something is overdue.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Overdue")]
struct OverdueLine {
    /// Its name.
    campaign: String,
    /// Its account.
    account: String,
    /// What is overdue, for people.
    message: String,
}

/// How one campaign stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Campaign")]
struct CampaignLine<'a> {
    /// Its name.
    campaign: &'a str,
    /// Its account.
    account: &'a str,
    /// Whether the campaign files have it on this account; otherwise only the ledger does.
    in_files: bool,
    /// Its last day (Asia/Shanghai), where it has one.
    #[schemars(extend("format" = "date"))]
    until: Option<String>,
    /// Whether that day is over.
    ended: bool,
    /// The account it has in the files, where that is another one: then these are the codes it leaves behind.
    moved_to: Option<&'a str>,
    /// Codes the files want, and those that are `not_retired`: `live`, `expired` and `never_issued` together.
    codes: u64,
    /// Codes that work, permanent ones included.
    live: u64,
    /// Live codes the next run renews.
    due_soon: u64,
    /// Codes on paper that are due or dead, and whose death is not accepted: they are issued again only where
    /// `--reprint` says so.
    paper_due: u64,
    /// Codes on paper that are dead, as accepted: nothing renews them.
    dead_on_paper: u64,
    /// When the first of them died.
    #[schemars(extend("format" = "date-time"))]
    first_died_on_paper_at: Option<String>,
    /// Codes on paper that are not due yet and die before the last day is over, which the file does not accept.
    dying_on_paper: u64,
    /// When the first of them dies.
    #[schemars(extend("format" = "date-time"))]
    first_dies_on_paper_at: Option<String>,
    /// Codes that are dead.
    expired: u64,
    /// Codes without any ticket.
    never_issued: u64,
    /// Live codes without a verified picture.
    pictures_missing: u64,
    /// Live codes that are permanent.
    permanent: u64,
    /// Living codes that no file wants any more and that no run has retired.
    not_retired: u64,
    /// When the first of them dies.
    #[schemars(extend("format" = "date-time"))]
    not_retired_die_at: Option<String>,
    /// Codes that a run has retired and that still work.
    retired_alive: u64,
    /// When the first of the live codes dies.
    #[schemars(extend("format" = "date-time"))]
    next_expiry_at: Option<String>,
    /// From when on the first of the codes is renewed.
    #[schemars(extend("format" = "date-time"))]
    next_renewal_at: Option<String>,
    /// When a run last left everything of it done.
    #[schemars(extend("format" = "date-time"))]
    succeeded_at: Option<String>,
    /// Where its bundle is; null where there is none.
    bundle: Option<String>,
    /// Whether the bundle is what the files and the ledger say.
    bundle_state: BundleState,
    /// The bundle's revision.
    revision: Option<u64>,
    /// When the bundle was written.
    #[schemars(extend("format" = "date-time"))]
    bundled_at: Option<String>,
    /// Whether the `deploy` hook had it; null where there is no such hook or no bundle.
    deployed: Option<bool>,
    /// How many codes in the bundle are dead; null where it is not known.
    dead_in_bundle: Option<u64>,
    /// Codes on paper in their newest generation.
    on_paper: u64,
    /// Codes on paper as an earlier picture, of this account or of one that the campaign had before: to be printed again.
    outdated_on_paper: u64,
    /// When the first of the outdated ones dies.
    #[schemars(extend("format" = "date-time"))]
    paper_dies_at: Option<String>,
    /// Codes on paper that are for screens now: to be taken down.
    screens_on_paper: u64,
    /// When the first paper of those dies.
    #[schemars(extend("format" = "date-time"))]
    screens_paper_dies_at: Option<String>,
}

impl<'a> CampaignLine<'a> {
    fn new(status: &'a CampaignStatus) -> Self {
        let (dead, dying) = (status.dead_on_paper.as_ref(), status.dying_on_paper.as_ref());
        Self {
            campaign: status.name.as_str(),
            account: status.account.as_str(),
            in_files: status.in_files,
            until: status.until.map(|until| until.to_string()),
            ended: status.ended,
            moved_to: status.moved_to.as_ref().map(AccountName::as_str),
            codes: status.codes,
            live: status.live,
            due_soon: status.due_soon,
            paper_due: status.paper_due,
            dead_on_paper: dead.map_or(0, |dead| dead.codes),
            first_died_on_paper_at: dead.map(|dead| rfc3339(dead.first_died_at)),
            dying_on_paper: dying.map_or(0, |dying| dying.codes),
            first_dies_on_paper_at: dying.map(|dying| rfc3339(dying.first_dies_at)),
            expired: status.expired,
            never_issued: status.never_issued,
            pictures_missing: status.pictures_missing,
            permanent: status.permanent,
            not_retired: status.not_retired,
            not_retired_die_at: status.not_retired_die_at.map(rfc3339),
            retired_alive: status.retired_alive,
            next_expiry_at: status.next_expiry_at.map(rfc3339),
            next_renewal_at: status.next_renewal_at.map(rfc3339),
            succeeded_at: status.succeeded_at.map(rfc3339),
            bundle: status.bundle.path.as_ref().map(|path| path.to_string_lossy().into_owned()),
            bundle_state: status.bundle.state,
            revision: status.bundle.revision,
            bundled_at: status.bundle.written_at.map(rfc3339),
            deployed: status.bundle.deployed,
            dead_in_bundle: status.dead_in_bundle(),
            on_paper: status.paper.current,
            outdated_on_paper: status.paper.outdated.codes,
            paper_dies_at: status.paper.outdated.first_dies_at.map(rfc3339),
            screens_on_paper: status.paper.for_screens.codes,
            screens_paper_dies_at: status.paper.for_screens.first_dies_at.map(rfc3339),
        }
    }
}

/// How one account stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
struct AccountLine<'a> {
    /// Its name in `accounts.yaml`.
    account: &'a str,
    /// Its appid.
    appid: &'a str,
    /// Calls this ledger has spent today (Asia/Shanghai).
    calls_today: u64,
    /// What this ledger may spend a day.
    daily_quota: u64,
    /// Permanent codes the account has had, as far as is known.
    permanents_issued: u64,
    /// Of those, what other programs made.
    permanents_elsewhere: u64,
    /// What an account has for its whole life.
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
