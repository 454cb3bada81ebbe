//! Rebuilding: bundles once more from what is at hand. No network, and the clock does not matter.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::event::{Event, Monitor};
use super::folders::Folders;
use super::pack::{BundleAtHand, PackError, Packer, facts};
use super::settle::{self, Scope};
use super::tally::Tally;
use crate::bundle::{BundleError, Facts};
use crate::clock;
use crate::exit::Exit;
use crate::ledger::{Ledger, LedgerError};
use crate::model::{CampaignName, Code, History, Instant, Scene, counted};
use crate::plan::{CampaignPlan, Plan};

/// Everything a rebuild is made from.
pub struct Rebuild<L> {
    /// Names the campaigns, and the labels and retirements to record. What it would issue is left alone.
    pub plan: Plan,
    /// What the plan was made from.
    pub history: History,
    /// Opened for writing, under the run's lock.
    pub ledger: L,
    /// Where files go.
    pub folders: Folders,
    /// Whether an incomplete campaign gets a partial bundle.
    pub allow_partial: bool,
    /// Who is told.
    pub monitor: Arc<dyn Monitor>,
}

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
    /// Codes in it that are expired.
    pub expired: Vec<ExpiredCode>,
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

/// Builds the bundle of every campaign of the plan again. Gives the ledger back, for its checkpoint.
pub fn rebuild<L: Ledger>(rebuild: Rebuild<L>) -> (Result<Vec<Rebuilt>, LedgerError>, L) {
    let Rebuild { plan, history, mut ledger, folders, allow_partial, monitor } = rebuild;
    let now = clock::now();
    let settled = settle::settle(&plan, Scope::Known, history, &mut ledger, now);
    let settled =
        settled.and_then(|history| settle::settle_moved(&plan, history, &mut ledger, &Tally::default(), now));
    let history = match settled {
        Ok(history) => history,
        Err(error) => return (Err(error), ledger),
    };
    let event = |event: &Event| monitor.event(clock::now(), event);
    let mut rebuilt = Vec::new();
    for campaign in plan.campaigns.iter().filter(|campaign| campaign.campaign.is_some()) {
        let mut packer = Packer {
            ledger: &mut ledger,
            folders: &folders,
            alive_at: None,
            event: &event,
            stopped: &|| false,
        };
        rebuilt.push(rebuild_campaign(campaign, &history, allow_partial, now, &mut packer));
    }
    (Ok(rebuilt), ledger)
}

fn rebuild_campaign<L: Ledger>(
    campaign: &CampaignPlan,
    history: &History,
    allow_partial: bool,
    now: Timestamp,
    packer: &mut Packer<'_, L>,
) -> Rebuilt {
    let mut rebuilt = Rebuilt {
        name: campaign.name.clone(),
        exit: Exit::Done,
        message: String::new(),
        bundle: None,
        expired: vec![],
    };
    if let Some((exit, message)) = obstacle(campaign) {
        return Rebuilt { exit, message, ..rebuilt };
    }
    let facts = facts(campaign, history, None);
    let missing = missing(campaign, &facts);
    let is_whole = missing.is_none();
    if let Some(message) = missing {
        (rebuilt.exit, rebuilt.message) = (Exit::Failed, message);
        if !allow_partial {
            return rebuilt;
        }
    }
    let expired = facts.iter().filter(|facts| !facts.generation.is_alive(now));
    let code = |facts: &Facts<'_>| {
        Some(ExpiredCode { scene: facts.scene.clone(), expires_at: facts.generation.expires_at? })
    };
    rebuilt.expired = expired.filter_map(code).collect();
    match packer.pack(campaign, history, !is_whole, now) {
        Ok(bundle) => rebuilt.bundle = Some(bundle),
        Err(PackError::Bundle(BundleError::Empty { .. })) => {}
        Err(error) => {
            (rebuilt.exit, rebuilt.message) = match &error {
                PackError::Pictures(_) => {
                    (Exit::Failed, format!("{error}; `scenepress run` fetches them again"))
                }
                PackError::Bundle(bad) if bad.is_bad_bundle() => (Exit::BadBundle, error.to_string()),
                _ => (Exit::Unexpected, error.to_string()),
            };
        }
    }
    rebuilt
}

/// Why a campaign's bundle is left alone.
fn obstacle(campaign: &CampaignPlan) -> Option<(Exit, String)> {
    if let Some(refused) = campaign.refusals().next() {
        return Some((Exit::Refused, campaign.refusal(refused)));
    }
    let codes = counted(campaign.unaccounted, "code");
    let message = format!("its bundle was left alone: a file with problems may want {codes} of it");
    (campaign.unaccounted > 0).then_some((Exit::Failed, message))
}

/// How many codes of a campaign have no picture; `None` if all have one.
fn missing(campaign: &CampaignPlan, facts: &[Facts<'_>]) -> Option<String> {
    if facts.len() == campaign.codes().len() {
        return None;
    }
    let has_none = |code: &&Arc<Code>| !facts.iter().any(|facts| facts.scene == code.scene());
    let first = campaign.codes().iter().find(has_none)?.scene();
    let then = if campaign.ended {
        "its last day is over, so that no run completes it"
    } else {
        "`scenepress run` completes it"
    };
    let missing = counted((campaign.codes().len() - facts.len()) as u64, "code");
    Some(format!("{missing} without a verified picture (the first is scene {first}); {then}"))
}
