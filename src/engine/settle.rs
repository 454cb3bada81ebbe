//! Settling: what the plan says of labels and places is recorded before anything is issued. No call is made.

use jiff::Timestamp;

use crate::ledger::{Ledger, LedgerError, Settlement};
use crate::model::{AppId, History};
use crate::plan::{Action, ActionKind, CampaignPlan, Plan, Subject};

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
        .filter(|campaign| !campaign.is_refused())
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
            let (scene, labels) = (campaign.scene(action), campaign.labels(action));
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
