//! Codes that no campaign file wants: of one that a run retired only its death is of interest, but one that no run has
//! retired, be it that a limit refuses it, is its campaign's as before.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::outlook::Outlook;
use super::status::CampaignStatus;
use super::wanted::Wanted;
use crate::model::{AppId, CampaignName, Code, CodeRecord, History, Scene};

/// The codes of one campaign that no campaign file wants.
pub(super) struct Left {
    /// Living ones that are retired.
    pub(super) retired: u64,
    /// Living ones that are not.
    pub(super) not_retired: u64,
    /// How many of these are permanent.
    permanent: u64,
    /// When the first of these dies.
    first_dies_at: Option<Timestamp>,
    /// When all of them die.
    outlook: Outlook,
}

impl Left {
    fn new(now: Timestamp) -> Self {
        Self { retired: 0, not_retired: 0, permanent: 0, first_dies_at: None, outlook: Outlook::new(now) }
    }

    fn count(&mut self, record: &CodeRecord, now: Timestamp) {
        let latest = record.latest.as_ref();
        self.outlook.left(latest);
        let Some(living) = latest.filter(|latest| latest.is_alive(now)) else { return };
        if record.retired {
            self.retired += 1;
            return;
        }
        self.not_retired += 1;
        self.permanent += u64::from(living.expires_at.is_none());
        self.first_dies_at = self.first_dies_at.into_iter().chain(living.expires_at).min();
    }

    /// Adds them to what is known of their campaign.
    pub(super) fn add_to(self, status: &mut CampaignStatus) -> Outlook {
        status.retired_alive = self.retired;
        status.not_retired = self.not_retired;
        status.not_retired_die_at = self.first_dies_at;
        status.codes += self.not_retired;
        status.live += self.not_retired;
        status.permanent += self.permanent;
        status.next_expiry_at = status.next_expiry_at.into_iter().chain(self.first_dies_at).min();
        self.outlook
    }
}

/// The codes that no campaign file wants, by the account and campaign they were last in.
pub(super) fn left_over<'a>(
    wanted: &'a Wanted,
    history: &'a History,
    now: Timestamp,
) -> BTreeMap<(&'a AppId, &'a CampaignName), Left> {
    let mut scenes: HashMap<&AppId, HashSet<&Scene>> = HashMap::new();
    for campaign in &wanted.campaigns {
        scenes.entry(&campaign.appid).or_default().extend(campaign.campaign.codes.iter().map(Code::scene));
    }
    let mut left = BTreeMap::new();
    for (appid, account) in history.accounts() {
        let of_account = scenes.get(appid);
        for (scene, record) in &account.codes {
            let is_left = of_account.is_none_or(|scenes| !scenes.contains(scene));
            if is_left
                && wanted.concerns(appid, &record.campaign)
                && wanted.only.holds(&record.campaign, scene, &record.labels)
            {
                left.entry((appid, &record.campaign)).or_insert_with(|| Left::new(now)).count(record, now);
            }
        }
    }
    left
}
