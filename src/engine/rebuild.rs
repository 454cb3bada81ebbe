//! Rebuilding: bundles once more from what is at hand. No network, and the clock does not matter.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::event::Monitor;
use super::folders::Folders;
use super::pack::{BundleAtHand, PackError, Packer};
use super::settle;
use super::tally::Tally;
use super::unprinted::Unprinted;
use crate::bundle::{Facts, Selection};
use crate::clock;
use crate::exit::Exit;
use crate::ledger::{Ledger, LedgerError};
use crate::model::{Campaign, CampaignName, Code, History, Instant, Scene, counted};
use crate::plan::{CampaignPlan, Plan};

/// What became of one campaign.
#[derive(Debug)]
pub struct Rebuilt {
    /// Its name.
    pub name: CampaignName,
    /// How it ended.
    pub exit: Exit,
    /// Why it is not done, in one line; empty if it is.
    pub message: String,
    /// The bundle that was written.
    pub bundle: Option<BundleAtHand>,
    /// What is left to print of it, if somebody asked.
    pub unprinted: Option<Unprinted>,
    /// Codes in it that are expired.
    pub expired: Vec<ExpiredCode>,
}

/// What is to be built.
#[derive(Debug, Clone)]
pub struct Rebuild {
    /// Incomplete campaigns get a partial bundle.
    pub allow_partial: bool,
    /// What is left to print is written beside each bundle.
    pub unprinted: Option<Selection>,
}

/// A code that no longer works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpiredCode {
    /// What it carries.
    #[serde(flatten)]
    pub scene: Scene,
    /// When it expired.
    #[serde(serialize_with = "Instant::write")]
    pub expires_at: Timestamp,
}

/// Builds the bundle of every campaign of the plan again, or what is left to print of it.
///
/// Of the plan, labels and retirements are recorded too. What it would issue is left alone.
pub fn rebuild<L: Ledger>(
    plan: &Plan,
    history: History,
    ledger: &mut L,
    folders: &Folders,
    what: &Rebuild,
    monitor: &dyn Monitor,
) -> Result<Vec<Rebuilt>, LedgerError> {
    let now = clock::now();
    let history = settle::settle(plan, false, history, ledger, now)?;
    let history = settle::settle_moved(plan, history, ledger, &Tally::default(), now)?;
    let mut packer = Packer { ledger, folders, alive_at: None, monitor, stopped: &|| None };
    let campaigns = plan.campaigns.iter().filter_map(|campaign| {
        let files = campaign.campaign.as_ref()?;
        Some(rebuild_campaign(campaign, files, &history, what, now, &mut packer))
    });
    Ok(campaigns.collect())
}

fn rebuild_campaign<L: Ledger>(
    campaign: &CampaignPlan,
    files: &Campaign,
    history: &History,
    what: &Rebuild,
    now: Timestamp,
    packer: &mut Packer<'_, L>,
) -> Rebuilt {
    let (name, (exit, message)) = (campaign.name.clone(), obstacle(campaign));
    let mut rebuilt = Rebuilt { name, exit, message, bundle: None, unprinted: None, expired: vec![] };
    // One from before is not what is left to print now.
    let removed = what.unprinted.as_ref().map_or(Ok(()), |_| packer.remove_unprinted(&campaign.name));
    if let Err(error) = removed.map_err(PackError::from) {
        (rebuilt.exit, rebuilt.message) = (error.exit(), error.to_string());
        return rebuilt;
    }
    if rebuilt.exit != Exit::Done {
        return rebuilt;
    }
    let facts = packer.facts(campaign, history);
    let missing = missing(campaign, &facts);
    let is_partial = missing.is_some();
    if let Some(message) = missing {
        (rebuilt.exit, rebuilt.message) = (Exit::Failed, message);
    }
    if facts.is_empty() || (is_partial && !what.allow_partial) {
        return rebuilt;
    }
    let expired = facts.iter().filter(|facts| !facts.generation.is_alive(now));
    let code = |facts: &Facts<'_>| {
        Some(ExpiredCode { scene: facts.scene.clone(), expires_at: facts.generation.expires_at? })
    };
    rebuilt.expired = expired.filter_map(code).collect();
    let packed = match &what.unprinted {
        None => packer
            .pack(files, &campaign.appid, (history, facts), is_partial, now)
            .map(|bundle| (bundle, None)),
        Some(selection) => packer
            .pack_unprinted(campaign, files, (history, facts), selection, now)
            .map(|(bundle, unprinted)| (bundle, Some(unprinted))),
    };
    match packed {
        Ok((bundle, unprinted)) => (rebuilt.bundle, rebuilt.unprinted) = (Some(bundle), unprinted),
        Err(error) => {
            (rebuilt.exit, rebuilt.message) = (error.exit(), error.to_string());
            if let PackError::Pictures(_) = error {
                rebuilt.message += "; `scenepress run` fetches them again";
            }
        }
    }
    rebuilt
}

/// Why a campaign's bundle is left alone; done if it is not.
fn obstacle(campaign: &CampaignPlan) -> (Exit, String) {
    if let Some(refused) = campaign.refusals().next() {
        return (Exit::Refused, campaign.refusal(refused));
    }
    if campaign.unaccounted == 0 {
        return (Exit::Done, String::new());
    }
    let codes = counted(campaign.unaccounted, "code");
    (Exit::Failed, format!("its bundle was left alone: a file with problems may want {codes} of it"))
}

/// How many codes of a campaign have no picture; `None` if all have one.
fn missing(campaign: &CampaignPlan, facts: &[Facts<'_>]) -> Option<String> {
    if facts.len() == campaign.codes().len() {
        return None;
    }
    let missing = counted((campaign.codes().len() - facts.len()) as u64, "code");
    let has_none = |code: &&Arc<Code>| !facts.iter().any(|facts| facts.scene == code.scene());
    let first = campaign.codes().iter().find(has_none)?.scene();
    let then = if campaign.ended {
        "its last day is over, so that no run completes it"
    } else {
        "`scenepress run` completes it"
    };
    Some(format!("{missing} without a verified picture (the first is scene {first}); {then}"))
}
