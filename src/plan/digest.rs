//! The plan's digest: equal where two plans would do the same.

use super::action::{ActionKind, CampaignPlan, Plan};
use super::expected::PlannedAction;
use crate::model::{Digest, Hasher};

impl Plan {
    /// SHA-256 over the ordered actions other than `Keep`: for each the action, appid, scene type, scene, campaign,
    /// channel, lifetime and generation, as text, each behind its length (64 bit, little endian). Where a ticket is
    /// issued its lifetime is told to the second: a code of a minute is not the plan of one that lives a month.
    ///
    /// No instant and no day goes in, so that a plan approved in the afternoon still holds at night.
    pub fn digest_of(campaigns: &[CampaignPlan]) -> Digest {
        let mut hasher = Hasher::default();
        for campaign in campaigns {
            for action in campaign.actions.iter().filter(|action| action.kind != ActionKind::Keep) {
                PlannedAction::of(campaign, action).feed(&mut hasher);
            }
        }
        hasher.finish()
    }
}
