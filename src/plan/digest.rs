//! The plan's digest: equal where two plans would do the same.

use super::action::{ActionKind, CampaignPlan, Plan};
use crate::model::{Digest, Hasher};

impl Plan {
    /// SHA-256 over the ordered actions other than `Keep`: for each the action, appid, scene type, scene, campaign,
    /// channel, lifetime and generation, as text, each behind its length (64 bit, little endian).
    ///
    /// No instant and no day goes in, so that a plan approved in the afternoon still holds at night.
    pub fn digest_of(campaigns: &[CampaignPlan]) -> Digest {
        let mut hasher = Hasher::default();
        for campaign in campaigns {
            for action in campaign.actions.iter().filter(|action| action.kind != ActionKind::Keep) {
                let scene = campaign.scene(action);
                for field in [
                    action.kind.as_str(),
                    campaign.appid.as_str(),
                    scene.scene_type().as_str(),
                    &scene.to_string(),
                    campaign.name.as_str(),
                    campaign.labels(action).channel.as_str(),
                    campaign.lifetime(action).as_str(),
                    &action.generation.to_string(),
                ] {
                    hasher.field(field.as_bytes());
                }
            }
        }
        hasher.finish()
    }
}
