//! How things stand: what is live, what dies when, which bundle is current. Pure, like the plan.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::dying::{DeadOnPaper, DyingOnPaper};
use super::left::left_over;
use super::only::Only;
use super::outlook::{Outlook, OutlookDay};
use super::paper::PaperFacts;
use super::policy::{Due, Renewal, has_ended};
use super::print;
use super::wanted::{Retirement, Wanted, WantedCampaign};
use crate::model::{
    AccountHistory, AccountName, AppId, Campaign, CampaignName, Code, Generation, History, Medium, Paper,
};

/// Whether a campaign's bundle is what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BundleState {
    /// It holds what the ledger and the campaign say.
    Current,
    /// There is one, of before.
    Stale,
    /// There is none.
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

/// What is known of a campaign's bundle without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFacts {
    /// Whether it is what it should be.
    pub state: BundleState,
    /// Where it is, if there is one.
    pub path: Option<PathBuf>,
    /// Its revision.
    pub revision: Option<u64>,
    /// When it was written.
    pub written_at: Option<Timestamp>,
    /// Whether the `deploy` hook has taken it; `None` where there is nothing to deploy, or no such hook.
    pub deployed: Option<bool>,
    /// What went to print of the campaign, of whatever account.
    pub paper: Arc<[Paper]>,
}

impl BundleFacts {
    /// Of a campaign that has none.
    pub fn missing() -> Self {
        Self {
            state: BundleState::Missing,
            path: None,
            revision: None,
            written_at: None,
            deployed: None,
            paper: Arc::default(),
        }
    }
}

/// How one campaign stands. Only the newest generation of each code counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignStatus {
    /// Its name.
    pub name: CampaignName,
    /// Its account.
    pub account: AccountName,
    /// The account's appid.
    pub appid: AppId,
    /// Whether a campaign file wants it, on this account.
    pub in_files: bool,
    /// The account it has in the files, where that is another one: what is told here are the codes it leaves behind,
    /// and the bundle is the other's.
    pub moved_to: Option<AccountName>,
    /// The last day in the field, if the file names one.
    pub until: Option<Date>,
    /// Whether that day is over: nothing is issued or bundled any more.
    pub ended: bool,
    /// Whether a run tonight would refuse it for its paper or its example mark, so that nothing of it is issued or
    /// deployed. What its limits would say of the changes in its files is not asked here.
    pub refused: bool,
    /// Codes the files want, and those that are `not_retired`: `live`, `expired` and `never_issued` together.
    pub codes: u64,
    /// Codes that work, permanent ones included.
    pub live: u64,
    /// Live codes the next run renews.
    pub due_soon: u64,
    /// Codes on paper that are due or dead, and whose death is not accepted: they are issued again only where
    /// `--reprint` says so.
    pub paper_due: u64,
    /// When the first of those would die that dies before the last day is over though it were made now.
    pub anew_dies_at: Option<Timestamp>,
    /// Codes on paper that are dead, as accepted.
    pub dead_on_paper: Option<DeadOnPaper>,
    /// Codes on paper that are not due yet and die before the last day is over, which the file does not accept.
    pub dying_on_paper: Option<DyingOnPaper>,
    /// Codes that are dead.
    pub expired: u64,
    /// Codes without any ticket.
    pub never_issued: u64,
    /// Live codes without a verified picture.
    pub pictures_missing: u64,
    /// Live codes that are permanent.
    pub permanent: u64,
    /// Living codes that no file wants any more and that no run has retired, as one that refuses to does not. They are
    /// its own until a run does, but none renews them.
    pub not_retired: u64,
    /// When the first of them dies.
    pub not_retired_die_at: Option<Timestamp>,
    /// Codes that a run has retired and that still work.
    pub retired_alive: u64,
    /// When the first of the live codes dies.
    pub next_expiry_at: Option<Timestamp>,
    /// From when on the first of the codes is renewed; past where a renewal is due already, or a code is dead.
    pub next_renewal_at: Option<Timestamp>,
    /// When a run last left everything of it done.
    pub succeeded_at: Option<Timestamp>,
    /// What hangs on paper.
    pub paper: PaperFacts,
    /// Its bundle.
    pub bundle: BundleFacts,
}

/// How one account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStatus {
    /// Its name.
    pub name: AccountName,
    /// Its appid.
    pub appid: AppId,
    /// Calls this ledger has spent today (Asia/Shanghai).
    pub calls_today: u64,
    /// Calls this ledger may spend a day.
    pub daily_quota: u64,
    /// Permanent codes that are used of the account's: those this ledger knows of, and those made elsewhere.
    pub permanents_issued: u64,
    /// How many of them were made elsewhere.
    pub permanents_elsewhere: u64,
    /// The days to come on which something is issued or dies.
    pub outlook: Vec<OutlookDay>,
}

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The instant it was made for.
    pub now: Timestamp,
    /// When the ledger was last written; `None` without one.
    pub ledger_at: Option<Timestamp>,
    /// Whether runs retire what left the files: not where one of these could not be read.
    pub retires: bool,
    /// Selected campaigns by name; where the whole folder is selected, also those in no file that have live codes or
    /// a bundle.
    pub campaigns: Vec<CampaignStatus>,
    /// Where the whole folder is selected, the bundles of campaigns that are in no file and that no code is of, as
    /// after a campaign was renamed.
    pub old_bundles: Vec<PathBuf>,
    /// Accounts of these campaigns, by name.
    pub accounts: Vec<AccountStatus>,
}

impl Status {
    /// Works out how things stand as of `now`. A campaign that is not among `bundles` has none, and one that is not
    /// among `successes` was never left with everything done.
    pub fn make(
        wanted: &Wanted,
        history: &History,
        bundles: &BTreeMap<CampaignName, BundleFacts>,
        successes: &BTreeMap<CampaignName, Timestamp>,
        now: Timestamp,
    ) -> Self {
        let bundle = |name: &CampaignName| bundles.get(name).cloned().unwrap_or_else(BundleFacts::missing);
        let mut left = left_over(wanted, history, now);
        // By name: two accounts may share an appid.
        let mut outlooks: BTreeMap<AccountName, Outlook> = BTreeMap::new();
        let mut outlook_of = |account: &AccountName, of_campaign: Outlook| {
            outlooks.entry(account.clone()).or_insert_with(|| Outlook::new(now)).add(of_campaign);
        };
        let mut campaigns: Vec<CampaignStatus> = wanted
            .campaigns
            .iter()
            .filter(|campaign| campaign.selected)
            .map(|WantedCampaign { campaign, appid, .. }| {
                let known = history.account(appid);
                let mut status = CampaignStatus::empty(
                    campaign.name.clone(),
                    campaign.account.clone(),
                    appid.clone(),
                    bundle(&campaign.name),
                );
                let is_loopback =
                    wanted.accounts.get(&campaign.account).is_some_and(|account| account.is_loopback);
                let mut outlook = Outlook::new(now);
                let issues = !campaign.example || is_loopback;
                status.fill(campaign, known, &wanted.only, issues, &mut outlook, now);
                outlook_of(&campaign.account, outlook);
                if let Some(left) = left.remove(&(appid, &campaign.name)) {
                    outlook_of(&campaign.account, left.add_to(&mut status));
                }
                status
            })
            .collect();
        if wanted.retirement == Retirement::Folder {
            let in_files: HashSet<_> =
                wanted.campaigns.iter().map(|c| (&c.appid, &c.campaign.name)).collect();
            for ((appid, name), left) in left {
                let moved_to = wanted.account_now(name);
                // Its bundle and what is on paper stand with the account that has it now.
                let bundle = if moved_to.is_some() { BundleFacts::missing() } else { bundle(name) };
                let nothing_left =
                    left.retired + left.not_retired == 0 && bundle.state == BundleState::Missing;
                if !nothing_left && !in_files.contains(&(appid, name)) {
                    let account = wanted.account_of(appid);
                    let mut status =
                        CampaignStatus::empty(name.clone(), account.clone(), appid.clone(), bundle);
                    status.moved_to = moved_to.cloned();
                    outlook_of(&account, left.add_to(&mut status));
                    campaigns.push(status);
                }
            }
        }
        for campaign in &mut campaigns {
            campaign.succeeded_at = successes.get(&campaign.name).copied();
            let (name, appid, pieces) = (&campaign.name, &campaign.appid, &campaign.bundle.paper);
            campaign.paper = PaperFacts::of(name, appid, pieces, wanted, history, now);
        }
        let mut old_bundles = Vec::new();
        if wanted.retirement == Retirement::Folder && wanted.only.is_everything() {
            let known: HashSet<_> = campaigns.iter().map(|campaign| &campaign.name).collect();
            let old = bundles.iter().filter(|(name, _)| !known.contains(name));
            old_bundles.extend(old.filter_map(|(_, bundle)| bundle.path.clone()));
        }
        if !wanted.only.is_everything() {
            campaigns.retain(|campaign| campaign.codes > 0 || campaign.retired_alive > 0);
        }
        campaigns.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.appid.cmp(&b.appid)));
        let in_use: BTreeSet<(&AccountName, &AppId)> =
            campaigns.iter().map(|campaign| (&campaign.account, &campaign.appid)).collect();
        let accounts = wanted
            .accounts
            .iter()
            .filter(|(name, account)| in_use.contains(&(*name, &account.appid)))
            .map(|(name, account)| {
                let known = history.account(&account.appid);
                let calls_today = known.map_or(0, |known| known.calls_today);
                let outlook = outlooks.remove(name).map(|of| of.days(calls_today, account.daily_quota));
                AccountStatus {
                    outlook: outlook.unwrap_or_default(),
                    name: name.clone(),
                    appid: account.appid.clone(),
                    calls_today,
                    daily_quota: account.daily_quota,
                    permanents_issued: known.map_or(0, AccountHistory::permanents_issued)
                        + wanted.used_elsewhere(&account.appid),
                    permanents_elsewhere: wanted.used_elsewhere(&account.appid),
                }
            })
            .collect();
        let retires = wanted.retirement != Retirement::Nothing;
        Self { now, ledger_at: history.ledger_at, retires, campaigns, old_bundles, accounts }
    }
}

impl CampaignStatus {
    /// Whether nothing of it is to be looked after: its last day is over, or nothing of it is wanted any more.
    pub fn is_over(&self) -> bool {
        self.ended || (!self.in_files && self.not_retired == 0)
    }

    /// How many codes of its bundle are dead; `None` where the bundle would have to be opened to know.
    pub fn dead_in_bundle(&self) -> Option<u64> {
        // A current bundle holds the newest generation of every code.
        (self.bundle.state == BundleState::Current).then_some(self.expired)
    }

    pub(super) fn empty(name: CampaignName, account: AccountName, appid: AppId, bundle: BundleFacts) -> Self {
        Self {
            name,
            account,
            appid,
            in_files: false,
            moved_to: None,
            until: None,
            ended: false,
            refused: false,
            codes: 0,
            live: 0,
            due_soon: 0,
            paper_due: 0,
            anew_dies_at: None,
            dead_on_paper: None,
            dying_on_paper: None,
            expired: 0,
            never_issued: 0,
            pictures_missing: 0,
            permanent: 0,
            not_retired: 0,
            not_retired_die_at: None,
            retired_alive: 0,
            next_expiry_at: None,
            next_renewal_at: None,
            succeeded_at: None,
            paper: PaperFacts::default(),
            bundle,
        }
    }

    /// Counts the codes the files want; `issues` where a run may issue any.
    fn fill(
        &mut self,
        campaign: &Campaign,
        history: Option<&AccountHistory>,
        only: &Only,
        issues: bool,
        outlook: &mut Outlook,
        now: Timestamp,
    ) {
        self.in_files = true;
        self.until = campaign.until;
        self.ended = has_ended(campaign.until, now);
        // Nothing of a campaign that is over is deployed.
        self.bundle.deployed = self.bundle.deployed.filter(|_| !self.ended);
        let appid = self.appid.clone();
        self.refused = !self.ended && (!issues || print::refuses(campaign, &appid, history, now));
        for code in campaign.codes.iter().filter(|c| only.holds(&campaign.name, c.scene(), c.labels())) {
            self.codes += 1;
            let latest = history.and_then(|known| known.codes.get(code.scene())?.latest.as_ref());
            let renewal = Renewal::new(campaign, &appid, code);
            if !self.ended && !self.refused {
                outlook.wanted(code, latest, &renewal);
            } else {
                outlook.left(latest);
            }
            self.count(campaign, code, latest, renewal, now);
        }
    }

    fn count(
        &mut self,
        campaign: &Campaign,
        code: &Code,
        latest: Option<&Generation>,
        renewal: Renewal<'_>,
        now: Timestamp,
    ) {
        let Some(latest) = latest else {
            self.never_issued += 1;
            return;
        };
        if !self.ended {
            let due = renewal.due(latest, now);
            if code.medium() == Some(Medium::Paper) {
                let is_accepted = latest.expires_at.is_some_and(|at| campaign.lets_die(code, at));
                let is_due = matches!(due, Due::Soon | Due::Expired) && !is_accepted;
                self.paper_due += u64::from(is_due);
                if is_due {
                    self.anew_dies_at = earlier(self.anew_dies_at, print::dies_anew(campaign, code, now));
                }
                if let (Due::Expired, Some(died_at)) = (due, latest.expires_at) {
                    DeadOnPaper::count(&mut self.dead_on_paper, campaign, code, died_at, now);
                }
                if let (Due::NotYet, Some(dies_at)) = (due, latest.expires_at) {
                    DyingOnPaper::count(&mut self.dying_on_paper, campaign, code, dies_at);
                }
            } else {
                self.due_soon += u64::from(due == Due::Soon);
                self.next_renewal_at = earlier(self.next_renewal_at, renewal.renews_at(latest));
            }
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
