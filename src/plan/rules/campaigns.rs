//! Rules that refuse whole campaigns.

use std::sync::Arc;

use super::RuleContext;
use crate::model::{AccountHistory, Code, CodeRecord};
use crate::plan::action::ActionKind;
use crate::plan::campaign_plan::CampaignPlan;
use crate::plan::reason::Reason;

/// An example runs against loopback only.
pub(super) fn example(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    for plan in campaigns {
        let is_example = plan.campaign.as_ref().is_some_and(|campaign| campaign.example);
        let account = context.wanted.accounts.get(&plan.account);
        if is_example && !account.is_some_and(|account| account.is_loopback) {
            plan.refuse_changes(true, &Reason::Example);
        }
    }
}

/// Refuses a campaign whose last day was over before anything of it was issued: its `until` may have a wrong year.
pub(super) fn ended_before_first(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    let is_issued = |record: &CodeRecord| record.latest.is_some() || record.permanent_asked;
    for plan in campaigns.iter_mut().filter(|plan| plan.ended && plan.unissued() > 0) {
        let (name, appid) = (&plan.name, &plan.appid);
        let known = |code: &Arc<Code>| context.history.code(appid, code.scene()).is_some_and(is_issued);
        // Also codes that are in its file no more.
        let had = |account: &AccountHistory| {
            account.codes.values().any(|record| record.campaign == *name && is_issued(record))
        };
        if plan.codes().iter().any(known) || context.history.accounts().any(|(_, account)| had(account)) {
            continue;
        }
        let Some(until) = plan.paper.until else { continue };
        for action in plan.actions.iter_mut().filter(|action| action.reason == Reason::EndedUnissued) {
            action.refuse(Reason::EndedBeforeFirst(until));
        }
    }
}

/// A campaign with one refused code is refused whole: its other changes wait, and no picture is fetched.
pub(super) fn whole_or_not_at_all(_: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    for plan in campaigns.iter_mut().filter(|plan| plan.is_refused()) {
        for action in &mut plan.actions {
            if !matches!(action.kind, ActionKind::Keep | ActionKind::Refuse) {
                action.refuse(Reason::CampaignRefused);
            }
            action.picture_missing = false;
        }
    }
}

/// Refuses a campaign that changes its account if `--only` leaves out any of its codes.
///
/// Moving a campaign to another account issues all its codes again there and retires the old ones. It happens completely
/// or not at all.
pub(super) fn moves_in_part(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    let RuleContext { wanted, leftovers, .. } = context;
    for plan in campaigns.iter_mut().filter(|_| !wanted.only.is_everything()) {
        let name = &plan.name;
        let Some(home) = wanted.campaign(name) else { continue };
        let left = leftovers.iter().filter(|((appid, of), _)| of == name && *appid != home.appid);
        let mut left = left.flat_map(|(_, leftover)| &leftover.retirements).peekable();
        let mut codes = home.campaign.codes.iter();
        if left.peek().is_some()
            && (left.any(|action| !wanted.only.holds(name, action.scene(), action.labels()))
                || codes.any(|code| !wanted.only.holds(name, code.scene(), code.labels())))
        {
            plan.refuse_changes(plan.campaign.is_some(), &Reason::MovesInPart);
        }
    }
}

/// Refuses the other half of a moving campaign if one is refused: else codes would be made beside those that stay.
pub(super) fn moves_whole_or_not_at_all(_: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    // They are sorted by name, so that both halves stand side by side.
    for halves in campaigns.chunk_by_mut(|one, other| one.name == other.name) {
        let refused = halves.iter().find(|half| half.is_refused()).map(|half| half.account.clone());
        let Some(account) = refused else { continue };
        for half in halves.iter_mut().filter(|half| !half.is_refused()) {
            half.refuse_changes(false, &Reason::OtherAccount(account.clone()));
            half.actions.iter_mut().for_each(|action| action.picture_missing = false);
        }
    }
}
