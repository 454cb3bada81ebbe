//! Moving a campaign to another account issues all its codes again there and retires the old ones. It happens completely
//! or not at all.

use super::RuleContext;
use crate::plan::campaign_plan::CampaignPlan;
use crate::plan::reason::Reason;

/// Refuses a campaign that changes its account if `--only` leaves out any of its codes.
pub(super) fn not_in_part(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    let only = &context.wanted.only;
    if only.is_everything() {
        return;
    }
    for plan in campaigns {
        let name = &plan.name;
        let Some(wanted) = context.wanted.campaigns.iter().find(|wanted| wanted.campaign.name == *name)
        else {
            continue;
        };
        let left = context.leftovers.iter().filter(|((appid, of), _)| of == name && *appid != wanted.appid);
        let mut left = left.flat_map(|(_, leftover)| &leftover.retirements).peekable();
        let mut codes = wanted.campaign.codes.iter();
        if left.peek().is_some()
            && (left.any(|action| !only.holds(name, action.scene(), action.labels()))
                || codes.any(|code| !only.holds(name, code.scene(), code.labels())))
        {
            if plan.campaign.is_some() {
                plan.refuse_wanted(&Reason::MovesInPart);
            } else {
                plan.refuse_changes(&Reason::MovesInPart);
            }
        }
    }
}

/// Refuses the other half of a moving campaign if one is refused: else codes would be made beside those that stay.
pub(super) fn whole_or_not_at_all(_: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    // They are sorted by name, so that both halves stand side by side.
    for halves in campaigns.chunk_by_mut(|one, other| one.name == other.name) {
        let refused = halves.iter().find(|half| half.is_refused()).map(|half| half.account.clone());
        let Some(account) = refused else { continue };
        for half in halves.iter_mut().filter(|half| !half.is_refused()) {
            half.refuse_changes(&Reason::OtherAccount(account.clone()));
            half.actions.iter_mut().for_each(|action| action.picture_missing = false);
        }
    }
}
