//! Codes the ledger knows but no file lists. Retired ones are only watched until they expire. The others still belong to
//! their campaign, until a run retires them.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::action::Action;
use super::wanted::{Retirement, Wanted};
use crate::model::{AppId, CampaignName, CodeRecord, History, Scene};

/// The codes of one campaign on one account that no file lists. Only living codes that `--only` holds for are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leftover {
    /// Codes that a run has retired.
    pub retired: u64,
    /// Codes that no run has retired.
    pub not_retired: u64,
    /// How many of those not retired are permanent.
    pub permanent: u64,
    /// When the first of those not retired expires.
    pub first_expires_at: Option<Timestamp>,
    /// When each expires that does.
    pub(super) expiries: Vec<Timestamp>,
    /// The retirement of every code that no run has retired, living or not, by scene.
    pub(super) retirements: Vec<Action>,
}

impl Leftover {
    fn count(&mut self, record: &CodeRecord, now: Timestamp) {
        let Some(living) = record.latest.as_ref().filter(|latest| latest.is_alive(now)) else { return };
        self.expiries.extend(living.expires_at);
        if record.retired {
            self.retired += 1;
            return;
        }
        self.not_retired += 1;
        self.permanent += u64::from(living.expires_at.is_none());
        self.first_expires_at = self.first_expires_at.into_iter().chain(living.expires_at).min();
    }
}

/// The codes that no file lists, by the account and campaign they were last in: those of selected campaigns, and if the
/// whole folder is selected also those of campaigns that are in no file.
pub(super) fn leftovers(
    wanted: &Wanted,
    history: &History,
    now: Timestamp,
) -> BTreeMap<(AppId, CampaignName), Leftover> {
    let mut leftovers: BTreeMap<(AppId, CampaignName), Leftover> = BTreeMap::new();
    let in_files: HashMap<&CampaignName, bool> =
        wanted.campaigns.iter().map(|wanted| (&wanted.campaign.name, wanted.selected)).collect();
    for (appid, account) in history.accounts() {
        let campaigns = wanted.campaigns.iter().filter(|wanted| wanted.appid == *appid);
        let scenes: HashSet<&Scene> =
            campaigns.flat_map(|wanted| wanted.campaign.codes.iter().map(|code| code.scene())).collect();
        let mut concerned: HashMap<&CampaignName, bool> = HashMap::new();
        for (scene, record) in account.codes.iter().filter(|(scene, _)| !scenes.contains(scene)) {
            let name = &record.campaign;
            let is_concerned = *concerned.entry(name).or_insert_with(|| {
                let of_folder = || wanted.retirement == Retirement::Folder && wanted.concerns(appid, name);
                in_files.get(name).copied().unwrap_or_else(of_folder)
            });
            if !is_concerned {
                continue;
            }
            let leftover = leftovers.entry((appid.clone(), name.clone())).or_default();
            if wanted.only.holds(name, scene, &record.labels) {
                leftover.count(record, now);
            }
            if !record.retired {
                leftover.retirements.push(Action::retire(scene, record));
            }
        }
    }
    for leftover in leftovers.values_mut() {
        leftover.retirements.sort_by(|one, other| one.scene().cmp(other.scene()));
    }
    leftovers
}
