//! The print gate: paper cannot be renewed, so a code that expires before its paper comes down is refused.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::RuleContext;
use super::permanents::{permanents_needed, permanents_of, permanents_used};
use crate::model::{Code, ExpireSeconds, Lifetime, Medium};
use crate::paper::{PermanentNeed, due_on_paper, expires_too_early};
use crate::plan::action::ActionKind;
use crate::plan::campaign_plan::CampaignPlan;
use crate::plan::reason::Reason;

/// Refuses codes on paper that are due and not to be printed again, and those that would expire too early. Only what
/// would issue a ticket passes the gate: a code that is there already stays as it is.
pub(super) fn print_gate(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    for plan in campaigns {
        judge(context, plan);
    }
}

fn judge(context: &RuleContext<'_>, plan: &mut CampaignPlan) {
    let RuleContext { wanted, history, now, .. } = context;
    let Some(campaign) = &plan.campaign else { return };
    let terms = plan.paper;
    let mut due: Vec<(usize, &Code, Timestamp)> = Vec::new();
    let mut early: BTreeMap<ExpireSeconds, Vec<(usize, &Code)>> = BTreeMap::new();
    for (place, action) in plan.actions.iter().enumerate() {
        let Some(code) = action.code().filter(|code| code.medium() == Some(Medium::Paper)) else { continue };
        match (action.kind, &action.reason, code.lifetime()) {
            (ActionKind::Renew, Reason::Due(at) | Reason::Expired(at), _) if !terms.permit.reprint => {
                due.push((place, code, *at));
            }
            (ActionKind::Create | ActionKind::Renew, _, Lifetime::Temporary(lifetime))
                if terms.too_early(lifetime, *now).is_some() =>
            {
                early.entry(lifetime).or_default().push((place, code));
            }
            _ => {}
        }
    }
    let permanent = PermanentNeed {
        of_campaign: permanents_of(campaign, &plan.appid, history) + permanents_needed(plan, history),
        of_account: Some(permanents_used(wanted, history, &plan.appid)),
        refused: early.values().map(|codes| codes.len() as u64).sum(),
    };
    let mut refusals: Vec<(Vec<usize>, Reason)> = Vec::new();
    let expiries: Vec<(&Code, Timestamp)> = due.iter().map(|(_, code, at)| (*code, *at)).collect();
    if let Some(refusal) = due_on_paper(campaign, &terms, &expiries, *now) {
        let places = due.iter().map(|(place, ..)| *place).collect();
        refusals.push((places, Reason::DueOnPaper(refusal.into())));
    }
    for (lifetime, codes) in early {
        let (places, codes): (Vec<usize>, Vec<&Code>) = codes.into_iter().unzip();
        if let Some(refusal) = expires_too_early(&codes, lifetime, &terms, permanent, *now) {
            refusals.push((places, Reason::ExpiresTooEarly(refusal.to_string().into())));
        }
    }
    for (places, reason) in refusals {
        plan.refuse_at(places, &reason);
    }
}
