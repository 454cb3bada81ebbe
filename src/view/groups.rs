//! What is alike in one line: ids 2001 to 2050 that are created alike are one line, not fifty.

use std::mem::discriminant;

use jiff::Timestamp;

use super::paint::scene_text;
use crate::model::{Channel, LifetimeKind, Scene, counted, minute_text};
use crate::plan::{Action, CampaignPlan, Reason};

/// How many causes are looked through for the one of the next code: each code may have its own.
const LATEST: usize = 20;

/// Each cause once, with what it concerns, in order of appearance.
pub(super) fn by_cause<T, K: PartialEq>(
    things: impl IntoIterator<Item = T>,
    cause: impl Fn(&T) -> K,
) -> Vec<(K, Vec<T>)> {
    let mut causes: Vec<(K, Vec<T>)> = Vec::new();
    for thing in things {
        let key = cause(&thing);
        match causes.iter_mut().rev().take(LATEST).find(|(known, _)| *known == key) {
            Some((_, things)) => things.push(thing),
            None => causes.push((key, vec![thing])),
        }
    }
    causes
}

/// A run of actions that are alike: ids one after the other, or a single code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a> {
    pub(super) first: &'a Action,
    last: &'a Action,
    pub(super) codes: u64,
    /// The earliest and the latest expiry their reasons name.
    dies: Option<(Timestamp, Timestamp)>,
}

/// Groups actions in their order.
pub(super) fn group<'a>(actions: impl Iterator<Item = &'a Action>, collapse: bool) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for action in actions {
        let at = match &action.reason {
            Reason::Due(at) | Reason::Expired(at) | Reason::LeftFiles(Some(at)) => Some(*at),
            _ => None,
        };
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
    let are_alike =
        |one: &Channel, other: &Channel| one == other || pattern(before_scene, one) == pattern(scene, other);
    let same_reason = match (&before.reason, &action.reason) {
        (Reason::Was(before), Reason::Was(was)) => {
            let channels = match (&before.channel, &was.channel) {
                (Some(before), Some(channel)) => are_alike(before, channel),
                (before, channel) => before == channel,
            };
            channels && (&before.campaign, before.retired) == (&was.campaign, was.retired)
        }
        (Reason::LeftFiles(before), Reason::LeftFiles(at)) => before.is_some() == at.is_some(),
        (Reason::Due(_), Reason::Due(_)) | (Reason::Expired(_), Reason::Expired(_)) => true,
        (before, reason) => discriminant(before) == discriminant(reason) && before == reason,
    };
    before_id.get().checked_add(1) == Some(id.get())
        && before.kind == action.kind
        && before.lifetime() == action.lifetime()
        && same_reason
        && are_alike(&before.labels().channel, &action.labels().channel)
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
        let [first, last] = [self.first, self.last].map(|action| action.labels().channel.as_str());
        if first == last { first.to_owned() } else { format!("{first} … {last}") }
    }

    /// What is to be known of all of them; empty if they are only new.
    pub(super) fn note(&self, campaign: &CampaignPlan) -> String {
        let is_permanent = self.first.kind.issues() && self.first.lifetime() == LifetimeKind::Permanent;
        match (is_permanent, &self.first.reason) {
            (true, Reason::New) => "permanent".to_owned(),
            (true, _) => format!("permanent; {}", self.reason(campaign)),
            (false, Reason::New) => String::new(),
            (false, _) => self.reason(campaign),
        }
    }

    /// Why, for all of them.
    fn reason(&self, campaign: &CampaignPlan) -> String {
        let dies = self.dies.map(|(first, last)| (minute_text(first), minute_text(last)));
        let span = dies.map(|(first, last)| if first == last { first } else { format!("{first} to {last}") });
        match (&self.first.reason, &self.last.reason, span) {
            (Reason::Was(first), Reason::Was(last), _) => first.words_to(last),
            (Reason::Due(_), _, Some(span)) if self.codes > 1 => format!("die on {span}"),
            (Reason::Expired(_), _, Some(span)) => format!("died on {span}"),
            // Of a campaign that is gone as a whole it is said once that no file has it.
            (Reason::LeftFiles(_), _, span) if campaign.campaign.is_none() => {
                span.map(|span| format!("expiry {span}")).unwrap_or_default()
            }
            (Reason::LeftFiles(_), _, Some(span)) => format!("in no campaign file any more (expiry {span})"),
            (reason, ..) => reason.to_string(),
        }
    }
}
