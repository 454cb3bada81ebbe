//! Neighbouring actions in one line: ids 2001 to 2050 that are created alike are one line, not fifty.

use std::mem::discriminant;

use jiff::Timestamp;

use super::paint::scene_text;
use crate::model::{Channel, Scene, counted, minute_text};
use crate::plan::{Action, CampaignPlan, Reason};

/// A run of actions that are alike: ids one after the other, or a single code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a> {
    pub(super) first: &'a Action,
    last: &'a Action,
    pub(super) codes: u64,
    /// The earliest and the latest death their reasons name.
    pub(super) dies: Option<(Timestamp, Timestamp)>,
}

/// Groups actions in their order.
pub(super) fn group<'a>(actions: impl Iterator<Item = &'a Action>, collapse: bool) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for action in actions {
        let at = death(&action.reason);
        match groups.last_mut() {
            Some(group) if collapse && follows(group.last, action) => {
                group.last = action;
                group.codes += 1;
                group.dies = group.dies.zip(at).map(|((first, last), at)| (first.min(at), last.max(at)));
            }
            _ => groups.push(Group { first: action, last: action, codes: 1, dies: at.map(|at| (at, at)) }),
        }
    }
    groups
}

/// Whether an action only continues the one before it.
fn follows(before: &Action, action: &Action) -> bool {
    let (before_scene, scene) = (before.scene(), action.scene());
    let (Scene::Id(before_id), Scene::Id(id)) = (before_scene, scene) else { return false };
    let pattern = |scene: &Scene, channel: &Channel| channel.as_str().replace(&scene.to_string(), "{n}");
    let same_reason = match (&before.reason, &action.reason) {
        (Reason::Was(before), Reason::Was(was)) => {
            let channels = match (&before.channel, &was.channel) {
                (Some(before), Some(channel)) => {
                    before == channel || pattern(before_scene, before) == pattern(scene, channel)
                }
                (before, channel) => before == channel,
            };
            channels && (&before.campaign, before.retired) == (&was.campaign, was.retired)
        }
        (Reason::LeftFiles(before), Reason::LeftFiles(at)) => before.is_some() == at.is_some(),
        (Reason::Due(_), Reason::Due(_)) | (Reason::Expired(_), Reason::Expired(_)) => true,
        (before, reason) => discriminant(before) == discriminant(reason) && before == reason,
    };
    let (before_channel, channel) = (&before.labels().channel, &action.labels().channel);
    before_id.get().checked_add(1) == Some(id.get())
        && before.kind == action.kind
        && before.lifetime() == action.lifetime()
        && same_reason
        && (before_channel == channel || pattern(before_scene, before_channel) == pattern(scene, channel))
}

fn death(reason: &Reason) -> Option<Timestamp> {
    match reason {
        Reason::Due(at) | Reason::Expired(at) | Reason::LeftFiles(Some(at)) => Some(*at),
        _ => None,
    }
}

impl Group<'_> {
    /// `2001..2050 (50 codes)`, `1001`
    pub(super) fn scenes(&self) -> String {
        let (first, last) = (self.first.scene(), self.last.scene());
        if self.codes == 1 {
            scene_text(first)
        } else {
            format!("{first}..{last} ({})", counted(self.codes, "code"))
        }
    }

    /// `Store 2001 … Store 2050`, `Metro line 2`
    pub(super) fn channels(&self) -> String {
        ends(self.first.labels().channel.as_str(), self.last.labels().channel.as_str())
    }

    /// Why, for all of them.
    pub(super) fn reason(&self, campaign: &CampaignPlan) -> String {
        let dies =
            self.dies.filter(|_| self.codes > 1).map(|(first, last)| (minute_text(first), minute_text(last)));
        match (&self.first.reason, &self.last.reason, dies) {
            (Reason::Was(first), Reason::Was(last), _) => first.words_to(last),
            (Reason::Due(_), _, Some((first, last))) => format!("die {}", span(&first, &last)),
            (Reason::Expired(_), _, Some((first, last))) => format!("died {}", span(&first, &last)),
            (Reason::LeftFiles(_), _, Some((first, last))) if first != last => {
                left_files(campaign, &format!("expiry {first} to {last}"))
            }
            (Reason::LeftFiles(Some(at)), ..) => {
                left_files(campaign, &format!("expiry {}", minute_text(*at)))
            }
            (Reason::LeftFiles(None), ..) if campaign.campaign.is_none() => String::new(),
            (reason, ..) => reason.to_string(),
        }
    }
}

/// Of a campaign that is gone as a whole it is said once that no file has it.
fn left_files(campaign: &CampaignPlan, expiry: &str) -> String {
    match campaign.campaign {
        None => expiry.to_owned(),
        Some(_) => format!("in no campaign file any more ({expiry})"),
    }
}

fn span(first: &str, last: &str) -> String {
    if first == last { format!("on {first}") } else { format!("between {first} and {last}") }
}

fn ends(first: &str, last: &str) -> String {
    if first == last { first.to_owned() } else { format!("{first} … {last}") }
}
