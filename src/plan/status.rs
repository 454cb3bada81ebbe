//! How things stand, counted from the plan of a run at the same instant: what is live, what expires when, which bundle is
//! current.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::action::{Action, ActionKind};
use super::campaign_plan::CampaignPlan;
use super::forecast::ForecastDay;
use super::leftover::Leftover;
use super::make::Plan;
use super::policy::Renewal;
use super::rules::permanents_used;
use super::wanted::{Retirement, Wanted, WantedAccount, calls_today};
use crate::model::{
    Account, AccountName, AppId, CampaignName, CodeRecord, Day, HandedGeneration, History, Instant, Medium,
    PathText, PrintedCode,
};
use crate::paper::{EarlyOnPaper, ExpiredOnPaper, Home, PaperFacts, never_handed_over};

/// Whether a campaign's bundle is what it should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BundleState {
    /// It holds what the ledger and the campaign say.
    Current,
    /// There is one, of before.
    Stale,
    /// There is none.
    #[default]
    Missing,
}

impl BundleState {
    /// The word in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Stale => "stale",
            Self::Missing => "missing",
        }
    }
}

/// What is known of a campaign's bundle without opening it. By default there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BundleFacts {
    /// Where its bundle is; null if there is none.
    #[serde(rename = "bundle", serialize_with = "PathText::write_or_null")]
    pub path: Option<PathBuf>,
    /// Whether the bundle is what the files and the ledger say.
    #[serde(rename = "bundle_state")]
    pub state: BundleState,
    /// The bundle's revision.
    pub revision: Option<u64>,
    /// When the bundle was written.
    #[serde(rename = "bundled_at", serialize_with = "Instant::write_or_null")]
    pub written_at: Option<Timestamp>,
    /// Whether the `deploy` hook had it; null if there is no such hook or no bundle.
    pub deployed: Option<bool>,
    /// What hangs of the campaign, of whatever account.
    #[serde(skip)]
    pub paper: Arc<[PrintedCode]>,
    /// Everything of the campaign that ever went to print, of whatever account.
    #[serde(skip)]
    pub handed: Arc<[HandedGeneration]>,
}

/// How one campaign stands. Only the newest generation of each code counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Campaign")]
pub struct CampaignStatus {
    /// Its name.
    #[serde(rename = "campaign")]
    pub name: CampaignName,
    /// Its account.
    pub account: AccountName,
    /// The account's appid.
    #[serde(skip)]
    pub appid: AppId,
    /// Whether the campaign files have it on this account; otherwise only the ledger does.
    pub in_files: bool,
    /// Its last day (Asia/Shanghai), if it has one.
    #[serde(serialize_with = "Day::write_or_null")]
    pub until: Option<Date>,
    /// Whether that day is over.
    pub ended: bool,
    /// The account it has in the files, if that is another one: then these are the codes it leaves behind.
    pub moved_to: Option<AccountName>,
    /// Whether a run now would refuse it: nothing of it is issued, fetched or deployed.
    #[serde(skip)]
    pub refused: bool,
    /// Its codes.
    #[serde(flatten)]
    pub codes: CodeCounts,
    /// When a run last left everything of it done.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub succeeded_at: Option<Timestamp>,
    /// Its bundle.
    #[serde(flatten)]
    pub bundle: BundleFacts,
    /// How many codes in the bundle are dead; null if it is not known.
    pub dead_in_bundle: Option<u64>,
    /// What hangs on paper.
    #[serde(flatten)]
    pub paper: PaperFacts,
}

/// How many codes of a campaign there are, and when their next turns are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CodeCounts {
    /// Codes the files want, and those that are `not_retired`: `live`, `expired`, `never_issued` and `taken_down` together.
    #[serde(rename = "codes")]
    pub all: u64,
    /// Codes that work, permanent ones included.
    pub live: u64,
    /// Live codes the next run renews.
    pub due_soon: u64,
    /// Codes on paper that are due or dead, and whose death is not accepted: they are issued again only if
    /// `--reprint` says so.
    pub paper_due: u64,
    /// Earliest expiry of a replacement of those made now, if that is too early. `None` if every replacement would last.
    #[serde(skip)]
    pub replacement_expires_at: Option<Timestamp>,
    /// Codes on paper that are dead, as accepted: nothing renews them.
    #[serde(serialize_with = "expired_codes")]
    #[schemars(with = "u64")]
    pub dead_on_paper: Option<ExpiredOnPaper>,
    /// When the first of them died.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub first_died_on_paper_at: Option<Timestamp>,
    /// Codes on paper that are not due yet and die before the last day is over, which the file does not accept.
    #[serde(serialize_with = "early_codes")]
    #[schemars(with = "u64")]
    pub dying_on_paper: Option<EarlyOnPaper>,
    /// When the first of them dies.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub first_dies_on_paper_at: Option<Timestamp>,
    /// Codes that are dead.
    pub expired: u64,
    /// Codes without any ticket.
    pub never_issued: u64,
    /// Codes for paper whose newest picture was printed, and of which all paper was taken down. Nothing else counts them,
    /// whether they work or not.
    pub taken_down: u64,
    /// Live codes without a verified picture.
    pub pictures_missing: u64,
    /// Live codes that are permanent.
    pub permanent: u64,
    /// Living codes that no file wants any more and that no run has retired.
    pub not_retired: u64,
    /// When the first of them dies.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub not_retired_die_at: Option<Timestamp>,
    /// Codes that a run has retired and that still work.
    pub retired_alive: u64,
    /// When the first of the live codes dies.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub next_expiry_at: Option<Timestamp>,
    /// From when on the first of the codes is renewed.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub next_renewal_at: Option<Timestamp>,
}

#[expect(clippy::ref_option, reason = "serde hands fields over like this")]
fn expired_codes<S: Serializer>(expired: &Option<ExpiredOnPaper>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(expired.as_ref().map_or(0, |expired| expired.codes))
}

#[expect(clippy::ref_option, reason = "serde hands fields over like this")]
fn early_codes<S: Serializer>(early: &Option<EarlyOnPaper>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(early.as_ref().map_or(0, |early| early.codes))
}

/// How one account stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub struct AccountStatus {
    /// Its name in `accounts.yaml`.
    #[serde(rename = "account")]
    pub name: AccountName,
    /// Its appid.
    pub appid: AppId,
    /// Calls this ledger has spent today (Asia/Shanghai).
    pub calls_today: u64,
    /// What this ledger may spend a day.
    pub daily_quota: u64,
    /// Permanent codes the account has had, as far as is known.
    pub permanents_issued: u64,
    /// Of those, what other programs made.
    pub permanents_elsewhere: u64,
    /// What an account has for its whole life.
    pub permanent_pool: u64,
}

/// How things stand.
///
/// Campaigns and accounts are sorted by name. If the whole folder is selected, campaigns in no file are listed if they
/// have live codes or a bundle, and old bundles are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Status {
    /// The instant of which it tells.
    #[serde(serialize_with = "Instant::write")]
    pub now: Timestamp,
    /// When the ledger was last written; null without a ledger.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub ledger_at: Option<Timestamp>,
    /// Whether runs retire what left the files: not if one of these could not be read.
    #[serde(skip)]
    pub retires: bool,
    /// The campaigns of the files and of the ledger.
    pub campaigns: Vec<CampaignStatus>,
    /// Their accounts.
    pub accounts: Vec<AccountStatus>,
    /// Bundles of campaigns that are no more: in no file, and no code is of them.
    #[serde(serialize_with = "PathText::write_all")]
    pub old_bundles: Vec<PathBuf>,
    /// What the next 30 days bring: a line an account and day on which there is anything.
    pub outlook: Vec<ForecastDay>,
}

impl Status {
    /// Counts how things stand as of `now`. A campaign that is not among `bundles` has none, and one that is not among
    /// `successes` was never left with everything done.
    pub fn make(
        wanted: &Wanted,
        history: &History,
        bundles: &BTreeMap<CampaignName, BundleFacts>,
        successes: &BTreeMap<CampaignName, Timestamp>,
        now: Timestamp,
    ) -> Self {
        let plan = Plan::make(wanted, history, now);
        let bundle = |name: &CampaignName| bundles.get(name).cloned().unwrap_or_default();
        let mut campaigns: Vec<CampaignStatus> = plan
            .campaigns
            .iter()
            .filter(|campaign| campaign.campaign.is_some())
            .map(|campaign| {
                let left = plan.leftovers.get(&(campaign.appid.clone(), campaign.name.clone()));
                CampaignStatus::in_files(campaign, left, history, bundle(&campaign.name), now)
            })
            .collect();
        let is_whole = wanted.retirement == Retirement::Folder;
        if is_whole {
            campaigns.extend(left_behind(wanted, &plan, bundles));
        }
        for campaign in &mut campaigns {
            campaign.succeeded_at = successes.get(&campaign.name).copied();
            campaign.count_paper(wanted, history, now);
        }
        let known: HashSet<&CampaignName> = campaigns.iter().map(|campaign| &campaign.name).collect();
        let old = bundles
            .iter()
            .filter(|(name, _)| is_whole && wanted.only.is_everything() && !known.contains(name));
        let old_bundles = old.filter_map(|(_, bundle)| bundle.path.clone()).collect();
        if !wanted.only.is_everything() {
            campaigns.retain(|campaign| campaign.codes.all > 0 || campaign.codes.retired_alive > 0);
        }
        campaigns.sort_by(|one, other| (&one.name, &one.appid).cmp(&(&other.name, &other.appid)));
        let accounts = account_statuses(wanted, history, &campaigns);
        let outlook = accounts.iter().filter_map(|account| plan.forecast.get(&account.name)).flatten();
        Self {
            now,
            ledger_at: plan.ledger_at,
            retires: wanted.retirement != Retirement::Nothing,
            old_bundles,
            outlook: outlook.cloned().collect(),
            campaigns,
            accounts,
        }
    }
}

/// The campaigns of which only the ledger knows, or which have another account in the files, as long as they have living
/// codes or a bundle.
fn left_behind(
    wanted: &Wanted,
    plan: &Plan,
    bundles: &BTreeMap<CampaignName, BundleFacts>,
) -> Vec<CampaignStatus> {
    let leftovers = plan.leftovers.iter().filter(|((appid, name), _)| !wanted.has(appid, name));
    let status = |((appid, name), left): (&(AppId, CampaignName), &Leftover)| {
        let moved_to = wanted.campaign(name).map(|wanted| wanted.campaign.account.clone());
        // Its bundle and what is on paper stand with the account that has it now.
        let bundle = bundles.get(name).filter(|_| moved_to.is_none()).cloned().unwrap_or_default();
        if left.retired + left.not_retired == 0 && bundle.state == BundleState::Missing {
            return None;
        }
        let account = wanted.account_of(appid);
        let status = CampaignStatus::new(name.clone(), account, appid.clone(), bundle, Some(left));
        Some(CampaignStatus { moved_to, ..status })
    };
    leftovers.filter_map(status).collect()
}

/// The accounts of these campaigns.
fn account_statuses(wanted: &Wanted, history: &History, campaigns: &[CampaignStatus]) -> Vec<AccountStatus> {
    let in_use = campaigns.iter().map(|campaign| (&campaign.account, &campaign.appid)).collect();
    let status = |(name, account): (&AccountName, &WantedAccount)| AccountStatus {
        name: name.clone(),
        appid: account.appid.clone(),
        calls_today: calls_today(history, &account.appid),
        daily_quota: account.daily_quota,
        permanents_issued: permanents_used(wanted, history, &account.appid),
        permanents_elsewhere: wanted.used_elsewhere(&account.appid),
        permanent_pool: Account::PERMANENT_POOL,
    };
    wanted.accounts_in_use(&in_use).map(status).collect()
}

impl CampaignStatus {
    /// Whether nothing of it is to be looked after: its last day is over, or nothing of it is wanted any more.
    pub fn is_over(&self) -> bool {
        self.ended || (!self.in_files && self.codes.not_retired == 0)
    }

    /// Of a campaign with these codes that no file lists.
    pub(super) fn new(
        name: CampaignName,
        account: AccountName,
        appid: AppId,
        bundle: BundleFacts,
        left: Option<&Leftover>,
    ) -> Self {
        Self {
            name,
            account,
            appid,
            in_files: false,
            until: None,
            ended: false,
            moved_to: None,
            refused: false,
            codes: left.map(CodeCounts::of_leftover).unwrap_or_default(),
            succeeded_at: None,
            // A current bundle holds the newest generation of every code.
            dead_in_bundle: (bundle.state == BundleState::Current).then_some(0),
            bundle,
            paper: PaperFacts::default(),
        }
    }

    /// Of a campaign in the files.
    fn in_files(
        plan: &CampaignPlan,
        left: Option<&Leftover>,
        history: &History,
        bundle: BundleFacts,
        now: Timestamp,
    ) -> Self {
        let mut status = Self::new(plan.name.clone(), plan.account.clone(), plan.appid.clone(), bundle, left);
        status.in_files = true;
        status.until = plan.paper.until;
        status.ended = plan.ended;
        status.refused = plan.is_refused();
        // Nothing of a campaign that is over is deployed.
        status.bundle.deployed = status.bundle.deployed.filter(|_| !plan.ended);
        let codes = &mut status.codes;
        codes.dead_on_paper = plan.expired_on_paper(now);
        codes.first_died_on_paper_at = codes.dead_on_paper.as_ref().map(|dead| dead.first_expired_at);
        codes.dying_on_paper = plan.early_on_paper(now);
        codes.first_dies_on_paper_at = codes.dying_on_paper.as_ref().map(|early| early.first_expires_at);
        for action in plan.actions.iter().filter(|action| action.code().is_some()) {
            codes.count(plan, action, history.code(&plan.appid, action.scene()), now);
        }
        let is_dead = |action: &&Action| action.taken_down && action.expires_at.is_some_and(|at| at <= now);
        let off_paper = plan.actions.iter().filter(is_dead).count() as u64;
        status.dead_in_bundle = status.dead_in_bundle.map(|_| status.codes.expired + off_paper);
        status
    }

    /// Counts what is on paper of its codes.
    fn count_paper(&mut self, wanted: &Wanted, history: &History, now: Timestamp) {
        let home = wanted.campaign(&self.name);
        let home = home.map(|home| Home { campaign: &home.campaign, appid: &home.appid });
        let is_meant = |scene: &_, labels: &_| wanted.only.holds(&self.name, scene, labels);
        let BundleFacts { paper, handed, .. } = &self.bundle;
        self.paper = PaperFacts::of((&self.name, &self.appid), paper, home, history, &is_meant, now);
        let here = home.filter(|home| *home.appid == self.appid && !self.ended);
        self.paper.never_handed_over =
            here.map_or(0, |home| never_handed_over(home, paper, handed, history, &is_meant, now));
    }
}

impl CodeCounts {
    /// Of codes that no file lists.
    fn of_leftover(left: &Leftover) -> Self {
        Self {
            all: left.not_retired,
            live: left.not_retired,
            permanent: left.permanent,
            not_retired: left.not_retired,
            not_retired_die_at: left.first_expires_at,
            retired_alive: left.retired,
            next_expiry_at: left.first_expires_at,
            ..Self::default()
        }
    }

    /// Counts a code that the files want.
    fn count(&mut self, plan: &CampaignPlan, action: &Action, record: Option<&CodeRecord>, now: Timestamp) {
        self.all += 1;
        let (Some(code), Some(campaign)) = (action.code(), &plan.campaign) else { return };
        let Some(latest) = record.and_then(|record| record.latest.as_ref()) else {
            self.never_issued += 1;
            return;
        };
        if action.taken_down {
            self.taken_down += 1;
            return;
        }
        let renews = action.planned == ActionKind::Renew;
        if code.medium() == Some(Medium::Paper) {
            self.paper_due += u64::from(renews);
            let replacement = plan.paper.replacement_too_early(code, now).filter(|_| renews);
            self.replacement_expires_at = earlier(self.replacement_expires_at, replacement);
        } else if !plan.ended {
            self.due_soon += u64::from(renews && latest.is_alive(now));
            let renews_at = Renewal::new(campaign, &plan.appid, code).renews_at(latest);
            self.next_renewal_at = earlier(self.next_renewal_at, renews_at);
        }
        if !latest.is_alive(now) {
            self.expired += 1;
            return;
        }
        self.live += 1;
        self.pictures_missing += u64::from(latest.picture.is_none());
        self.permanent += u64::from(latest.expires_at.is_none());
        self.next_expiry_at = earlier(self.next_expiry_at, latest.expires_at);
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
