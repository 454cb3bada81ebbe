//! Permanent codes: a campaign has a budget of them, an account a pool for its whole life.

use std::collections::HashMap;

use super::RuleContext;
use crate::model::{Account, AppId, Campaign, Code, History};
use crate::plan::action::Action;
use crate::plan::campaign_plan::CampaignPlan;
use crate::plan::reason::Reason;
use crate::plan::wanted::Wanted;

/// Refuses the permanent codes of a campaign that go beyond its budget or the account's pool. Campaigns take from the
/// pool in their order; one that is refused takes nothing.
pub(super) fn budget_and_pool(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    let RuleContext { wanted, history, .. } = context;
    let mut planned: HashMap<AppId, u64> = HashMap::new();
    for plan in campaigns {
        let needed = permanents_needed(plan, history);
        let Some(campaign) = plan.campaign.as_ref().filter(|_| needed > 0) else { continue };
        let created = permanents_of(campaign, &plan.appid, history);
        let planned = planned.entry(plan.appid.clone()).or_default();
        let issued = permanents_used(wanted, history, &plan.appid) + *planned;
        let reason = if created + needed > campaign.permanent_budget {
            Reason::Budget { created, needed, budget: campaign.permanent_budget }
        } else if issued + needed > Account::PERMANENT_POOL {
            Reason::Pool { issued, needed }
        } else {
            if !plan.is_refused() {
                *planned += needed;
            }
            continue;
        };
        for action in plan.actions.iter_mut().filter(|action| is_new_permanent(action)) {
            action.refuse(reason.clone());
        }
    }
}

fn is_new_permanent(action: &Action) -> bool {
    action.kind.issues() && action.code().is_some_and(|code| code.lifetime().is_permanent())
}

/// Permanent codes a campaign's actions create that no earlier request has counted.
pub(in crate::plan) fn permanents_needed(plan: &CampaignPlan, history: &History) -> u64 {
    let is_asked = |action: &&Action| {
        history.code(&plan.appid, action.scene()).is_some_and(|record| record.permanent_asked)
    };
    plan.actions.iter().filter(|action| is_new_permanent(action) && !is_asked(action)).count() as u64
}

/// The permanent codes that count against a campaign's budget: those it made, with whatever account, or those it has,
/// whichever campaign made them, so that neither another account nor another name begins a new budget.
pub(super) fn permanents_of(campaign: &Campaign, appid: &AppId, history: &History) -> u64 {
    let made = history.accounts().filter_map(|(_, account)| account.permanents.get(&campaign.name)).sum();
    let is_asked = |code: &Code| {
        code.lifetime().is_permanent()
            && history.code(appid, code.scene()).is_some_and(|record| record.permanent_asked)
    };
    let has = campaign.codes.iter().filter(|code| is_asked(code)).count() as u64;
    has.max(made)
}

/// Permanent codes of an account that are used: those this ledger knows of, and those made elsewhere.
pub(in crate::plan) fn permanents_used(wanted: &Wanted, history: &History, appid: &AppId) -> u64 {
    let known = history.account(appid).map_or(0, crate::model::AccountHistory::permanents_issued);
    known + wanted.used_elsewhere(appid)
}
