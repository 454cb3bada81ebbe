//! Rules about single codes.

use super::RuleContext;
use crate::model::{Code, CodeRecord, Scene};
use crate::plan::action::{Action, ActionKind};
use crate::plan::campaign_plan::CampaignPlan;
use crate::plan::reason::Reason;
use crate::plan::reuse::reused;

/// Refuses the wanted codes of campaigns that run, as `judge` says from the code and what the ledger has of it.
fn refuse_codes(
    context: &RuleContext<'_>,
    campaigns: &mut [CampaignPlan],
    judge: impl Fn(&CampaignPlan, &Code, Option<&CodeRecord>) -> Option<Reason>,
) {
    for plan in campaigns.iter_mut().filter(|plan| !plan.ended) {
        let refusal = |action: &Action| {
            let code = action.code()?;
            judge(plan, code, context.history.code(&plan.appid, code.scene()))
        };
        let refused: Vec<(usize, Reason)> = (0..)
            .zip(plan.actions.iter().map(refusal))
            .filter_map(|(place, reason)| Some((place, reason?)))
            .collect();
        for (place, reason) in refused {
            plan.actions[place].refuse(reason);
        }
    }
}

/// A retired scene of another channel is not used again unasked: scans of its old prints would count for the new one.
pub(super) fn reused_scene(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    refuse_codes(context, campaigns, |_, code, record| {
        Some(Reason::Reused(Box::new(reused(code, record?, context.now)?)))
    });
}

/// A new scene must not look like another one that was issued: their scan events would be the same.
pub(super) fn lookalike(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    refuse_codes(context, campaigns, |plan, code, record| {
        // A permanent code whose answer was lost may well exist.
        let issued = |scene: &Scene| {
            let other = context.history.code(&plan.appid, scene);
            other.is_some_and(|other| other.latest.is_some() || other.permanent_asked)
        };
        let is_new = record.is_none_or(|record| record.latest.is_none());
        code.scene().lookalike().filter(|other| is_new && issued(other)).map(Reason::Lookalike)
    });
}

/// A permanent code can be neither deleted nor made temporary.
pub(super) fn permanent_stays_permanent(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    refuse_codes(context, campaigns, |_, code, record| {
        let was_permanent = record?.latest.as_ref()?.lifetime.is_permanent();
        (was_permanent && !code.lifetime().is_permanent()).then_some(Reason::PermanentToTemporary)
    });
}

/// Takes out the codes that `--only` leaves out, and counts those that keep the bundle from being whole. A code that
/// works and is only due for renewal does not.
pub(super) fn only(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    let only = &context.wanted.only;
    for plan in campaigns.iter_mut().filter(|_| !only.is_everything()) {
        let (name, left_out) = (&plan.name, &mut plan.left_out);
        plan.actions.retain(|action| {
            let holds = only.holds(name, action.scene(), action.labels());
            let waits = match action.kind {
                ActionKind::Keep => action.picture_missing,
                ActionKind::Renew => !matches!(action.reason, Reason::Due(_)),
                _ => true,
            };
            *left_out += u64::from(!holds && waits);
            holds
        });
    }
}
