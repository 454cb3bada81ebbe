//! A plan that was approved earlier, compared with the one of now: exactly that one, or nothing.

use std::collections::BTreeMap;

use super::action::ActionKind;
use super::digest::{PlannedAction, digest_of, planned_actions};
use super::make::Plan;
use crate::model::{Digest, quoted, spelt_seconds, visible};

/// An action as expected, and as it is now.
type Pair<'a> = (Option<&'a PlannedAction>, Option<&'a PlannedAction>);

/// The most differences that are kept; the others are counted.
const SHOWN: usize = 20;

impl PlannedAction {
    /// The same code in the same campaign; numbers are in their order.
    fn place(&self) -> (&str, &str, &str, usize, &str) {
        let digits = if self.scene_type == "id" { self.scene.len() } else { 0 };
        (&self.campaign, &self.appid, &self.scene_type, digits, &self.scene)
    }

    /// `1001`; a string in quotes, so that the string "1001" is not taken for it.
    fn scene_text(&self) -> String {
        if self.scene_type == "str" { quoted(&visible(&self.scene)) } else { visible(&self.scene) }
    }

    /// `permanent`, `temporary`, `temporary (30 d)`
    fn lifetime_text(&self) -> String {
        let kind = visible(&self.lifetime);
        match self.expire_seconds {
            Some(seconds) => format!("{kind} ({})", spelt_seconds(seconds.into())),
            None => kind,
        }
    }

    /// `channel "A" became "B", generation 1 became 2`
    fn changes(&self, now: &Self) -> String {
        let label = |text: &str| quoted(&visible(text));
        let fields = [
            ("action", visible(&self.action), visible(&now.action)),
            ("channel", label(&self.channel), label(&now.channel)),
            ("lifetime", self.lifetime_text(), now.lifetime_text()),
            ("generation", self.generation.to_string(), now.generation.to_string()),
        ];
        let changed = fields.into_iter().filter(|(_, before, now)| before != now);
        let words: Vec<String> =
            changed.map(|(name, before, now)| format!("{name} {before} became {now}")).collect();
        words.join(", ")
    }

    /// `new      metro  create 1003, channel "Bus stop"`
    fn line(&self, word: &str) -> String {
        let (kind, campaign) = (visible(&self.action), visible(&self.campaign));
        let channel = quoted(&visible(&self.channel));
        format!("{word:<7}  {campaign}  {kind} {}, channel {channel}", self.scene_text())
    }
}

/// A plan that was shown to somebody and is now to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPlan {
    /// Its digest.
    pub digest: Digest,
    /// Its actions other than `Keep`, in its order; `None` if only the digest is known.
    pub actions: Option<Vec<PlannedAction>>,
}

impl ExpectedPlan {
    /// These actions, in the plan's order; those that keep a code as it is say nothing.
    pub fn of_actions(mut actions: Vec<PlannedAction>) -> Self {
        actions.retain(|action| action.action != ActionKind::Keep.as_str());
        Self { digest: digest_of(&actions), actions: Some(actions) }
    }
}

/// A plan is not the one that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the plan is not the one that was expected: nothing was done. Expected was digest {expected}, now it is {found}; `scenepress plan` shows what would be done now. A plan made with --allow, --accept-expiry, --reprint or --only needs the same options"
)]
pub struct OtherPlan {
    /// The digest that was expected.
    pub expected: Digest,
    /// The plan's.
    pub found: Digest,
    /// What differs, a line for each action, by campaign and scene: the first 20. `None` if only a digest was expected.
    pub differences: Option<Vec<String>>,
    /// How many more there are.
    pub more: u64,
}

impl Plan {
    /// Whether it does what was expected: the same actions in the same order.
    pub fn expect(&self, expected: &ExpectedPlan) -> Result<(), Box<OtherPlan>> {
        if self.digest == expected.digest {
            return Ok(());
        }
        let mut other =
            OtherPlan { expected: expected.digest, found: self.digest, differences: None, more: 0 };
        if let Some(before) = &expected.actions {
            let mut differences = self.differences(before);
            other.more = differences.len().saturating_sub(SHOWN) as u64;
            differences.truncate(SHOWN);
            other.differences = Some(differences);
        }
        Err(Box::new(other))
    }

    /// In the order of campaigns, accounts and scenes. No plan has two actions for one code.
    fn differences(&self, before: &[PlannedAction]) -> Vec<String> {
        let now: Vec<PlannedAction> = planned_actions(&self.campaigns).collect();
        let mut places: BTreeMap<_, Pair<'_>> = BTreeMap::new();
        for action in before {
            places.entry(action.place()).or_default().0 = Some(action);
        }
        for action in &now {
            places.entry(action.place()).or_default().1 = Some(action);
        }
        let difference = |pair: Pair<'_>| match pair {
            (Some(before), Some(now)) if before == now => None,
            (Some(before), Some(now)) => {
                let (campaign, scene) = (visible(&now.campaign), now.scene_text());
                Some(format!("changed  {campaign}  {scene}: {}", before.changes(now)))
            }
            (None, Some(now)) => Some(now.line("new")),
            (before, None) => before.map(|before| before.line("gone")),
        };
        places.into_values().filter_map(difference).collect()
    }
}
