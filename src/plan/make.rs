//! The plan, and how it is made.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::action::{Action, ActionKind, Counts};
use super::campaign_plan::CampaignPlan;
use super::digest::{digest_of, planned_actions};
use super::draft::draft;
use super::forecast::{Forecast, ForecastDay, Night, nights};
use super::leftover::{Leftover, leftovers};
use super::only::Only;
use super::rules::{RULES, RuleContext, permanents_needed, permanents_used};
use super::wanted::{Wanted, WantedAccount, calls_today};
use crate::model::{Account, AccountName, AppId, CampaignName, Digest, History, Rate, beijing_date};

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The instant it was made for.
    pub now: Timestamp,
    /// When the ledger was last written; `None` without one.
    pub ledger_at: Option<Timestamp>,
    /// Which codes it is limited to.
    pub only: Only,
    /// Campaigns by name.
    pub campaigns: Vec<CampaignPlan>,
    /// Accounts in use, by name.
    pub accounts: Vec<AccountPlan>,
    /// Codes that no file lists, by account and campaign.
    pub leftovers: BTreeMap<(AppId, CampaignName), Leftover>,
    /// The days to come on which something is issued or expires, for each account.
    pub forecast: BTreeMap<AccountName, Vec<ForecastDay>>,
    /// SHA-256 over the ordered actions other than `Keep`: equal if two plans would do the same.
    pub digest: Digest,
}

/// What a plan costs one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub struct AccountPlan {
    /// Its name in `accounts.yaml`.
    #[serde(rename = "account")]
    pub name: AccountName,
    /// Its appid.
    pub appid: AppId,
    /// Calls against the day's quota.
    pub calls: Calls,
    /// Permanent codes against the account's pool.
    pub permanent: Permanent,
    /// The coming nights on which renewals come due.
    pub nights: Vec<Night>,
    /// How fast tickets are asked for.
    #[serde(skip)]
    pub rate: Rate,
}

/// Calls against the day's quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Calls {
    /// What the plan needs.
    pub needed: u64,
    /// What this ledger has spent today (Asia/Shanghai).
    pub used_today: u64,
    /// What this ledger may spend a day.
    pub daily_quota: u64,
}

impl Calls {
    /// What is left of today's quota.
    pub fn left_today(&self) -> u64 {
        self.daily_quota.saturating_sub(self.used_today)
    }
}

/// Permanent codes against the account's pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Permanent {
    /// What the plan needs.
    pub needed: u64,
    /// What the account has had, as far as is known.
    pub issued: u64,
    /// Of those, what other programs made.
    pub elsewhere: u64,
    /// What an account has for its whole life.
    pub pool: u64,
}

impl Plan {
    /// Plans what brings the ledger to what is wanted, as of `now`.
    ///
    /// A campaign with one refused code is refused whole: each of its actions that is not `Keep` becomes `Refuse`.
    pub fn make(wanted: &Wanted, history: &History, now: Timestamp) -> Self {
        let leftovers = leftovers(wanted, history, now);
        let mut campaigns = draft(wanted, history, &leftovers, now);
        let context = RuleContext { wanted, history, leftovers: &leftovers, now };
        for rule in RULES {
            rule(&context, &mut campaigns);
        }
        campaigns.retain(|campaign| wanted.only.is_everything() || !campaign.actions.is_empty());
        let forecast = forecast(wanted, history, &campaigns, &leftovers, now);
        Self {
            now,
            ledger_at: history.ledger_at,
            only: wanted.only.clone(),
            accounts: account_plans(wanted, history, &campaigns, &forecast, now),
            digest: digest_of(planned_actions(&campaigns)),
            campaigns,
            leftovers,
            forecast,
        }
    }

    /// How many actions there are of each kind.
    pub fn counts(&self) -> Counts {
        Counts::new(self.actions())
    }

    /// How many codes are not issued, for their campaign's last day is over.
    pub fn unissued(&self) -> u64 {
        self.campaigns.iter().map(CampaignPlan::unissued).sum()
    }

    /// Pictures to be fetched: those of new tickets and those still missing.
    pub fn fetches(&self) -> u64 {
        self.actions().filter(|action| action.kind.issues() || action.picture_missing).count() as u64
    }

    /// Permanent codes to be created, over all accounts.
    pub fn permanents_needed(&self) -> u64 {
        self.accounts.iter().map(|account| account.permanent.needed).sum()
    }

    /// The day (Asia/Shanghai) the plan was made for.
    pub fn today(&self) -> Date {
        beijing_date(self.now)
    }

    fn actions(&self) -> impl Iterator<Item = &Action> {
        self.campaigns.iter().flat_map(|campaign| &campaign.actions)
    }
}

/// The forecast of every account that has codes.
fn forecast(
    wanted: &Wanted,
    history: &History,
    campaigns: &[CampaignPlan],
    leftovers: &BTreeMap<(AppId, CampaignName), Leftover>,
    now: Timestamp,
) -> BTreeMap<AccountName, Vec<ForecastDay>> {
    // By name: two accounts may share an appid.
    let mut forecasts: BTreeMap<AccountName, Forecast> = BTreeMap::new();
    let mut accounts: HashMap<(&AppId, &CampaignName), &AccountName> = HashMap::new();
    for campaign in campaigns {
        accounts.insert((&campaign.appid, &campaign.name), &campaign.account);
        let of_account = forecasts.entry(campaign.account.clone()).or_insert_with(|| Forecast::new(now));
        of_account.campaign(campaign, history);
    }
    for ((appid, name), leftover) in leftovers {
        let account =
            accounts.get(&(appid, name)).map_or_else(|| wanted.account_of(appid), |name| (*name).clone());
        let of_account = forecasts.entry(account).or_insert_with(|| Forecast::new(now));
        leftover.expiries.iter().for_each(|at| of_account.expires(Some(*at)));
    }
    let days = |(name, forecast): (AccountName, Forecast)| {
        let account = wanted.accounts.get(&name);
        let calls_today = account.map_or(0, |account| calls_today(history, &account.appid));
        let days = forecast.days(&name, calls_today, account.map_or(0, |account| account.daily_quota));
        (name, days)
    };
    forecasts.into_iter().map(days).collect()
}

/// What the plan costs each account in use.
fn account_plans(
    wanted: &Wanted,
    history: &History,
    campaigns: &[CampaignPlan],
    forecast: &BTreeMap<AccountName, Vec<ForecastDay>>,
    now: Timestamp,
) -> Vec<AccountPlan> {
    let in_use = campaigns.iter().map(|campaign| (&campaign.account, &campaign.appid)).collect();
    let account_plan = |(name, account): (&AccountName, &WantedAccount)| {
        let appid = &account.appid;
        let here: Vec<&CampaignPlan> =
            campaigns.iter().filter(|of| of.account == *name && of.appid == *appid).collect();
        let counts = Counts::new(here.iter().flat_map(|campaign| &campaign.actions));
        let renewals = counts.of(ActionKind::Renew);
        AccountPlan {
            name: name.clone(),
            appid: appid.clone(),
            calls: Calls {
                needed: counts.of(ActionKind::Create) + renewals,
                used_today: calls_today(history, appid),
                daily_quota: account.daily_quota,
            },
            permanent: Permanent {
                needed: here.iter().map(|campaign| permanents_needed(campaign, history)).sum(),
                issued: permanents_used(wanted, history, appid),
                elsewhere: wanted.used_elsewhere(appid),
                pool: Account::PERMANENT_POOL,
            },
            nights: nights(forecast.get(name).map_or(&[][..], Vec::as_slice), beijing_date(now), renewals),
            rate: account.rate,
        }
    };
    wanted.accounts_in_use(&in_use).map(account_plan).collect()
}
