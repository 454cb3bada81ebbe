//! What the campaign files want, with each account's appid known: one half of what a plan is made from.

use std::collections::{BTreeMap, HashSet};

use super::allowance::Allowance;
use super::only::Only;
use crate::model::{AccountName, AppId, Campaign, CampaignName, History, LimitKind, Rate};
use crate::paper::PrintGate;

/// An account as the plan needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedAccount {
    /// Its appid, which the ledger knows it by.
    pub appid: AppId,
    /// How fast tickets are asked for.
    pub rate: Rate,
    /// Calls this ledger may spend a day.
    pub daily_quota: u64,
    /// Permanent codes of the account that other programs have made.
    pub permanents_used_elsewhere: u64,
    /// Whether every request stays on this machine: examples run only there.
    pub is_loopback: bool,
}

/// A campaign with its account's appid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedCampaign {
    /// What the files say.
    pub campaign: Campaign,
    /// The appid of its account.
    pub appid: AppId,
    /// Whether it is acted on. The codes of others are only known not to be gone.
    pub selected: bool,
}

/// Everything the campaign files want of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The folder's campaigns, by name.
    pub campaigns: Vec<WantedCampaign>,
    /// The accounts whose appid is known.
    pub accounts: BTreeMap<AccountName, WantedAccount>,
    /// What may retire.
    pub retirement: Retirement,
    /// Which codes are acted on.
    pub only: Only,
    /// Which limits do not hold.
    pub allowed: Vec<Allowance>,
    /// Which codes on paper may be issued.
    pub print_gate: PrintGate,
}

impl Wanted {
    /// Whether a limit of a campaign does not hold.
    pub(super) fn allows(&self, kind: LimitKind, campaign: &CampaignName) -> bool {
        self.allowed.iter().any(|allowed| allowed.kind == kind && allowed.campaign == *campaign)
    }

    /// The campaign of this name, as the files have it.
    pub(super) fn campaign(&self, name: &CampaignName) -> Option<&WantedCampaign> {
        self.campaigns.iter().find(|wanted| wanted.campaign.name == *name)
    }

    /// Permanent codes that other programs have made with this appid; accounts that share it speak of the same.
    pub(super) fn used_elsewhere(&self, appid: &AppId) -> u64 {
        let accounts = self.accounts.values().filter(|account| account.appid == *appid);
        accounts.map(|account| account.permanents_used_elsewhere).max().unwrap_or(0)
    }

    /// The first account with this appid; if there is none, the appid stands for its name.
    pub(super) fn account_of(&self, appid: &AppId) -> AccountName {
        let mut accounts = self.accounts.iter();
        let found = accounts.find(|(_, account)| account.appid == *appid);
        found.map_or_else(|| AccountName::new(appid.as_str()).unwrap_or_default(), |(name, _)| name.clone())
    }

    /// Whether the files have this campaign on this account.
    pub(super) fn has(&self, appid: &AppId, name: &CampaignName) -> bool {
        self.campaigns.iter().any(|wanted| wanted.appid == *appid && wanted.campaign.name == *name)
    }

    /// The accounts among these. By name as well: two may share an appid, and no call is to be counted twice.
    pub(super) fn accounts_in_use(
        &self,
        in_use: &HashSet<(&AccountName, &AppId)>,
    ) -> impl Iterator<Item = (&AccountName, &WantedAccount)> {
        self.accounts.iter().filter(|(name, account)| in_use.contains(&(*name, &account.appid)))
    }

    /// Whether what the ledger knows of a campaign under an appid is this folder's: the appid is one of its accounts,
    /// or was that of a campaign it has, before somebody changed the account.
    pub(super) fn concerns(&self, appid: &AppId, campaign: &CampaignName) -> bool {
        self.accounts.values().any(|account| account.appid == *appid)
            || self.campaign(campaign).is_some_and(|wanted| wanted.selected)
    }
}

/// Calls that this ledger has spent today (Asia/Shanghai) for an account.
pub(super) fn calls_today(history: &History, appid: &AppId) -> u64 {
    history.account(appid).map_or(0, |known| known.calls_today)
}

/// Which codes of the ledger retire when no file wants them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Retirement {
    /// Those of selected campaigns, and those of campaigns that are in no file: the whole folder was selected.
    #[default]
    Folder,
    /// Those of selected campaigns only.
    Selected,
    /// None: some file could not be read, and may want them.
    Nothing,
}
