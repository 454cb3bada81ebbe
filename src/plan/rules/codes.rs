//! Rules about single codes.

use jiff::Timestamp;

use super::RuleContext;
use crate::model::{AppId, Code, CodeRecord, Scene, minute_text, quoted};
use crate::plan::action::ActionKind;
use crate::plan::campaign_plan::CampaignPlan;
use crate::plan::reason::Reason;

/// Refuses the wanted codes of campaigns that run, as `judge` says from the appid, the code and what the ledger has.
fn refuse_codes(
    context: &RuleContext<'_>,
    campaigns: &mut [CampaignPlan],
    judge: impl Fn(&AppId, &Code, Option<&CodeRecord>) -> Option<Reason>,
) {
    for CampaignPlan { appid, actions, .. } in campaigns.iter_mut().filter(|plan| !plan.ended) {
        for action in actions {
            let Some(code) = action.code() else { continue };
            if let Some(reason) = judge(appid, code, context.history.code(appid, code.scene())) {
                action.refuse(reason);
            }
        }
    }
}

/// A retired scene of another channel is not used again unasked: scans of its old prints would count for the new one.
pub(super) fn reused_scene(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    refuse_codes(context, campaigns, |_, code, record| {
        reused(code, record?, context.now).map(Reason::Reused)
    });
}

/// Why a code is refused that is a retired scene under another channel, if no `reuse: true` says that this is meant.
fn reused(code: &Code, record: &CodeRecord, now: Timestamp) -> Option<String> {
    if !record.retired || code.is_reuse() || record.labels.channel == code.labels().channel {
        return None;
    }
    let last = match record.latest.as_ref().map(|latest| latest.expires_at) {
        Some(Some(at)) if now < at => format!("dies on {}", minute_text(at)),
        Some(Some(at)) => format!("died on {}", minute_text(at)),
        Some(None) => "is permanent".to_owned(),
        None if record.permanent_asked => "may be permanent: its answer was lost".to_owned(),
        // Nothing was ever printed.
        None => return None,
    };
    let (channel, campaign) = (quoted(record.labels.channel.as_str()), &record.campaign);
    Some(format!(
        "the scene was {channel} of campaign {campaign}, now retired; its last code {last}. Scans of old prints would \
         count for the new channel: use another scene, or write `reuse: true`"
    ))
}

/// A new scene must not look like another one that was issued: their scan events would be the same.
pub(super) fn lookalike(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    refuse_codes(context, campaigns, |appid, code, record| {
        // A permanent code whose answer was lost may well exist.
        let issued = |scene: &Scene| {
            let other = context.history.code(appid, scene);
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
