//! What would be done to each code if no rule refused it: the difference between what is wanted and what the ledger has.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::action::{Action, ActionKind};
use super::campaign_plan::{CampaignPlan, Successor};
use super::leftover::Leftover;
use super::policy::{Due, Renewal};
use super::reason::{Before, Reason};
use super::wanted::{Retirement, Wanted, WantedCampaign};
use crate::model::{AppId, CampaignName, Code, CodeRecord, History, has_ended};
use crate::paper::PaperTerms;

/// The actions of every selected campaign, and of those of which only codes are left that no file lists. By name, then
/// by appid: a campaign that changes its account stands here twice.
pub(super) fn draft(
    wanted: &Wanted,
    history: &History,
    leftovers: &BTreeMap<(AppId, CampaignName), Leftover>,
    now: Timestamp,
) -> Vec<CampaignPlan> {
    let selected = wanted.campaigns.iter().filter(|campaign| campaign.selected);
    let mut campaigns: Vec<CampaignPlan> = selected
        .map(|campaign| {
            let left = leftovers.get(&(campaign.appid.clone(), campaign.campaign.name.clone()));
            in_files(campaign, left, wanted, history, now)
        })
        .collect();
    if wanted.retirement != Retirement::Nothing {
        let is_left = |appid: &AppId, name: &CampaignName, left: &Leftover| {
            !left.retirements.is_empty() && !wanted.has(appid, name)
        };
        let rest = leftovers.iter().filter(|((appid, name), left)| is_left(appid, name, left));
        campaigns.extend(rest.map(|((appid, name), left)| leaving(appid, name, left, wanted)));
    }
    campaigns.sort_by(|one, other| (&one.name, &one.appid).cmp(&(&other.name, &other.appid)));
    campaigns
}

/// Of a campaign in the files.
fn in_files(
    WantedCampaign { campaign, appid, .. }: &WantedCampaign,
    left: Option<&Leftover>,
    wanted: &Wanted,
    history: &History,
    now: Timestamp,
) -> CampaignPlan {
    let paper = PaperTerms::new(campaign, wanted.print_gate.permit(&campaign.name));
    let ended = has_ended(campaign.until, now);
    let action = |code: &Arc<Code>| {
        let record = history.code(appid, code.scene());
        let (kind, reason) = match record {
            _ if ended && is_issued(record) => (ActionKind::Keep, Reason::CampaignEnded),
            _ if ended => (ActionKind::Keep, Reason::EndedUnissued),
            Some(record) => {
                decide(code, record, &campaign.name, &paper, &Renewal::new(campaign, appid, code), now)
            }
            None => (ActionKind::Create, Reason::New),
        };
        Action::of_wanted(Arc::clone(code), kind, reason, record)
    };
    let mut actions: Vec<Action> = campaign.codes.iter().map(action).collect();
    let retirements = left.map_or(&[][..], |left| &left.retirements);
    let mut unaccounted = 0;
    if wanted.retirement == Retirement::Nothing {
        unaccounted = retirements.len() as u64;
    } else {
        actions.extend_from_slice(retirements);
    }
    let of = CampaignPlan::new(&campaign.name, campaign.account.clone(), appid, actions);
    CampaignPlan { campaign: Some(campaign.clone()), paper, ended, unaccounted, ..of }
}

/// Whether a code was ever issued.
fn is_issued(record: Option<&CodeRecord>) -> bool {
    record.is_some_and(|record| record.latest.is_some())
}

/// Of a campaign that left the files, or this account.
fn leaving(appid: &AppId, name: &CampaignName, left: &Leftover, wanted: &Wanted) -> CampaignPlan {
    let successor = wanted
        .campaign(name)
        .map(|next| Successor { account: next.campaign.account.clone(), appid: next.appid.clone() });
    let of = CampaignPlan::new(name, wanted.account_of(appid), appid, left.retirements.clone());
    CampaignPlan { successor, ..of }
}

/// What happens to one wanted code that the ledger has.
fn decide(
    code: &Code,
    record: &CodeRecord,
    campaign: &CampaignName,
    paper: &PaperTerms,
    renewal: &Renewal<'_>,
    now: Timestamp,
) -> (ActionKind, Reason) {
    let Some(latest) = &record.latest else { return (ActionKind::Create, Reason::New) };
    if code.lifetime().is_permanent() && !latest.lifetime.is_permanent() {
        return (ActionKind::Create, Reason::BecomesPermanent);
    }
    let current = match (renewal.due(latest, now), latest.expires_at) {
        (Due::Soon | Due::Expired, Some(_)) if record.is_off_paper(code) && !paper.permit.reprint => {
            Reason::TakenDown
        }
        (Due::Soon, Some(at)) if paper.lets_expire(code, at) => Reason::DeathAccepted(at),
        (Due::Expired, Some(at)) if paper.lets_expire(code, at) => Reason::DeadAsAccepted(at),
        (Due::Soon, Some(at)) => return (ActionKind::Renew, Reason::Due(at)),
        (Due::Expired, Some(at)) => return (ActionKind::Renew, Reason::Expired(at)),
        (Due::OutlivesCampaign, _) => Reason::OutlivesCampaign,
        _ if latest.picture.is_none() => Reason::PictureMissing,
        _ => Reason::Current,
    };
    if let Some(before) = Before::of(record, campaign, code) {
        (ActionKind::Relabel, Reason::Was(Box::new(before)))
    } else if record.labels != *code.labels() {
        (ActionKind::Relabel, Reason::LabelsChanged)
    } else {
        (ActionKind::Keep, current)
    }
}
