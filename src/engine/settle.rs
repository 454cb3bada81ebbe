//! Settling: what the plan says of labels and places is recorded before anything is issued, and of codes whose
//! campaign leaves their account when their successors are there. No call is made.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::ledger::{Ledger, LedgerError, Settlement};
use crate::model::{AppId, History, Scene};
use crate::plan::{Action, ActionKind, CampaignPlan, Plan, Subject};

use super::tally::Tally;

/// Which codes are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// New ones too: they will be issued.
    Everything,
    /// Only those the ledger has.
    Known,
}

/// Records new codes, labels and retirements, and gives the history as it is then.
pub(super) fn settle<L: Ledger>(
    plan: &Plan,
    scope: Scope,
    history: History,
    ledger: &mut L,
    now: Timestamp,
) -> Result<History, LedgerError> {
    let mut settlements = plan
        .campaigns
        .iter()
        // What leaves its account is settled last.
        .filter(|campaign| !campaign.is_refused() && campaign.successor.is_none())
        .flat_map(|campaign| {
            campaign.actions.iter().filter_map(|action| settlement(campaign, action, scope, &history))
        })
        .peekable();
    if settlements.peek().is_none() {
        drop(settlements);
        return Ok(history);
    }
    ledger.settle(&mut settlements, now)?;
    drop(settlements);
    drop(history);
    reload(plan, ledger)
}

/// Retires the codes whose campaign has left their account, as far as the other account has their successors, alive,
/// or none is wanted. A code that has none goes on as it is: it is what hangs there.
pub(super) fn settle_moved<L: Ledger>(
    plan: &Plan,
    history: History,
    ledger: &mut L,
    tally: &Tally,
    now: Timestamp,
) -> Result<History, LedgerError> {
    let mut settlements = Vec::new();
    for campaign in &plan.campaigns {
        let Some(successor) = campaign.successor.as_ref().filter(|_| !campaign.is_refused()) else {
            continue;
        };
        let goes_on = |other: &&CampaignPlan| other.name == campaign.name && other.appid == successor.appid;
        let codes = plan.campaigns.iter().find(goes_on).map_or(&[][..], CampaignPlan::codes);
        let wanted: HashSet<&Scene> = codes.iter().map(|code| code.scene()).collect();
        let is_there = |scene: &Scene| {
            let record = history.code(&successor.appid, scene);
            let latest = record.filter(|record| !record.retired).and_then(|record| record.latest.as_ref());
            latest.is_some_and(|latest| latest.is_alive(now))
        };
        for action in &campaign.actions {
            if let Subject::Gone(gone) = &action.subject
                && action.kind == ActionKind::Retire
                && (!wanted.contains(&gone.scene) || is_there(&gone.scene))
            {
                settlements.push(Settlement::Retire { key: gone.key });
                tally.done(&campaign.appid, &gone.scene);
            }
        }
    }
    if settlements.is_empty() {
        return Ok(history);
    }
    ledger.settle(&mut settlements.into_iter(), now)?;
    drop(history);
    reload(plan, ledger)
}

/// The history of the plan's accounts, as the ledger has it now.
pub(super) fn reload<L: Ledger>(plan: &Plan, ledger: &L) -> Result<History, LedgerError> {
    let appids: Vec<AppId> = plan.accounts.iter().map(|account| account.appid.clone()).collect();
    ledger.history(&appids, plan.today())
}

fn settlement<'a>(
    campaign: &'a CampaignPlan,
    action: &'a Action,
    scope: Scope,
    history: &History,
) -> Option<Settlement<'a>> {
    match (&action.subject, action.kind) {
        (Subject::Gone(gone), ActionKind::Retire) => Some(Settlement::Retire { key: gone.key }),
        (_, ActionKind::Create | ActionKind::Renew | ActionKind::Relabel) => {
            let (scene, labels) = (action.scene(), action.labels());
            let known = history.code(&campaign.appid, scene);
            if action.kind == ActionKind::Create && scope == Scope::Known && known.is_none() {
                return None;
            }
            let settled = known.is_some_and(|record| {
                !record.retired && record.campaign == campaign.name && record.labels == *labels
            });
            let place = Settlement::Place { appid: &campaign.appid, scene, campaign: &campaign.name, labels };
            (!settled).then_some(place)
        }
        _ => None,
    }
}
