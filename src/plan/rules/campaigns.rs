//! Rules that refuse whole campaigns.

use super::RuleContext;
use crate::plan::action::ActionKind;
use crate::plan::campaign_plan::CampaignPlan;
use crate::plan::reason::Reason;

/// An example runs against loopback only.
pub(super) fn example(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    for plan in campaigns {
        let is_example = plan.campaign.as_ref().is_some_and(|campaign| campaign.example);
        let account = context.wanted.accounts.get(&plan.account);
        if is_example && !account.is_some_and(|account| account.is_loopback) {
            plan.refuse_wanted(&Reason::Example);
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
