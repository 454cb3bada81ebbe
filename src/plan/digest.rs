//! What tells one plan from another: its digest is equal if two plans would do the same.

use std::borrow::Borrow;

use serde::Deserialize;

use super::action::{Action, ActionKind};
use super::campaign_plan::CampaignPlan;
use crate::model::{Digest, ExpireSeconds, Hasher};

/// What the digest takes of an action. The texts may come from a file that somebody changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PlannedAction {
    /// The action's word.
    pub action: String,
    /// The appid of its account. A plan's document has the account's name here.
    #[serde(rename = "account")]
    pub appid: String,
    /// `id` or `str`.
    pub scene_type: String,
    /// The scene.
    pub scene: String,
    /// The campaign.
    pub campaign: String,
    /// The channel.
    pub channel: String,
    /// `temporary` or `permanent`.
    pub lifetime: String,
    /// How many seconds the ticket that is issued will live; `None` if none is, and for permanent ones.
    pub expire_seconds: Option<u32>,
    /// The generation after it.
    pub generation: u32,
}

impl PlannedAction {
    fn of(campaign: &CampaignPlan, action: &Action) -> Self {
        let scene = action.scene();
        Self {
            action: action.kind.as_str().to_owned(),
            appid: campaign.appid.to_string(),
            scene_type: scene.scene_type().as_str().to_owned(),
            scene: scene.to_string(),
            campaign: campaign.name.to_string(),
            channel: action.labels().channel.to_string(),
            lifetime: action.lifetime().as_str().to_owned(),
            expire_seconds: action.expire_seconds().map(ExpireSeconds::get),
            generation: action.generation,
        }
    }

    /// Feeds it to a digest: as text, each field behind its length. The lifetime of a ticket that is issued is told to
    /// the second, `temporary 2592000`.
    fn feed(&self, hasher: &mut Hasher) {
        let generation = self.generation.to_string();
        let Self { action, appid, scene_type, scene, campaign, channel, lifetime, .. } = self;
        let lifetime = match self.expire_seconds {
            Some(seconds) => format!("{lifetime} {seconds}"),
            None => lifetime.clone(),
        };
        for field in [action, appid, scene_type, scene, campaign, channel, &lifetime, &generation] {
            hasher.field(field.as_bytes());
        }
    }
}

/// What the digest takes of the campaigns: their actions other than `Keep`, in order.
pub(super) fn planned_actions(campaigns: &[CampaignPlan]) -> impl Iterator<Item = PlannedAction> {
    let actions =
        campaigns.iter().flat_map(|campaign| campaign.actions.iter().map(move |action| (campaign, action)));
    let changes = actions.filter(|(_, action)| action.kind != ActionKind::Keep);
    changes.map(|(campaign, action)| PlannedAction::of(campaign, action))
}

/// SHA-256 over the ordered actions other than `Keep`: for each the action, appid, scene type, scene, campaign, channel,
/// lifetime and generation, as text, each behind its length (64 bit, little endian). The lifetime of a ticket that is
/// issued is told to the second: a code of a minute is not the plan of one that lives a month.
///
/// No instant and no day goes in, so that a plan approved in the afternoon still holds at night.
pub(super) fn digest_of(actions: impl IntoIterator<Item = impl Borrow<PlannedAction>>) -> Digest {
    let mut hasher = Hasher::default();
    actions.into_iter().for_each(|action| action.borrow().feed(&mut hasher));
    hasher.finish()
}
