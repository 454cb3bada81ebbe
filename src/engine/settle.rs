//! Settling: what the plan says of labels and places is recorded before anything is issued, and of codes whose
//! campaign leaves their account when their successors are there. No call is made.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::ledger::{Ledger, LedgerError, Settlement};
use crate::model::{AppId, History, Scene};
use crate::plan::{ActionKind, CampaignPlan, Plan, Subject};

use super::tally::Tally;

/// Records labels, retirements and, if `creates`, new codes. Returns the history as it is then.
pub(super) fn settle<L: Ledger>(
    plan: &Plan,
    creates: bool,
    history: History,
    ledger: &mut L,
    now: Timestamp,
) -> Result<History, LedgerError> {
    let mut settlements = Vec::new();
    // What leaves its account is settled last.
    let stays = |campaign: &&CampaignPlan| campaign.successor.is_none() && !campaign.is_refused();
    for campaign in plan.campaigns.iter().filter(stays) {
        let CampaignPlan { name, appid, .. } = campaign;
        for action in &campaign.actions {
            match (&action.subject, action.kind) {
                (Subject::Gone(gone), ActionKind::Retire) => {
                    settlements.push(Settlement::Retire { key: gone.key });
                }
                (_, kind @ (ActionKind::Create | ActionKind::Renew | ActionKind::Relabel)) => {
                    let (scene, labels) = (action.scene(), action.labels());
                    let known = history.code(appid, scene);
                    let is_recorded = known.is_some_and(|known| {
                        !known.retired && known.campaign == *name && known.labels == *labels
                    });
                    let is_left_out = kind == ActionKind::Create && known.is_none() && !creates;
                    if !is_recorded && !is_left_out {
                        settlements.push(Settlement::Place { appid, scene, campaign: name, labels });
                    }
                }
                _ => {}
            }
        }
    }
    record(plan, settlements, history, ledger, now)
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
    for campaign in plan.campaigns.iter().filter(|campaign| !campaign.is_refused()) {
        let Some(successor) = &campaign.successor else { continue };
        let goes_on = |other: &&CampaignPlan| other.name == campaign.name && other.appid == successor.appid;
        let codes = plan.campaigns.iter().find(goes_on).map_or(&[][..], CampaignPlan::codes);
        let wanted: HashSet<&Scene> = codes.iter().map(|code| code.scene()).collect();
        let is_there = |scene: &Scene| {
            let record = history.code(&successor.appid, scene);
            let latest = record.filter(|record| !record.retired).and_then(|record| record.latest.as_ref());
            latest.is_some_and(|latest| latest.is_alive(now))
        };
        for action in campaign.actions.iter().filter(|action| action.kind == ActionKind::Retire) {
            if let Subject::Gone(gone) = &action.subject
                && (!wanted.contains(&gone.scene) || is_there(&gone.scene))
            {
                settlements.push(Settlement::Retire { key: gone.key });
                tally.done(&campaign.appid, &gone.scene);
            }
        }
    }
    record(plan, settlements, history, ledger, now)
}

fn record<L: Ledger>(
    plan: &Plan,
    settlements: Vec<Settlement<'_>>,
    history: History,
    ledger: &mut L,
    now: Timestamp,
) -> Result<History, LedgerError> {
    if settlements.is_empty() {
        return Ok(history);
    }
    // The history as it was is of no use any more, and as large as what it will be.
    drop(history);
    ledger.settle(&mut settlements.into_iter(), now)?;
    reload(plan, ledger)
}

/// The history of the plan's accounts, as the ledger has it now.
pub(super) fn reload<L: Ledger>(plan: &Plan, ledger: &L) -> Result<History, LedgerError> {
    let appids: Vec<AppId> = plan.accounts.iter().map(|account| account.appid.clone()).collect();
    ledger.history(&appids, plan.today())
}
