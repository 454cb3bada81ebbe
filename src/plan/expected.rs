//! A plan that was approved earlier, compared with the one of now: exactly that one, or nothing.

use std::collections::BTreeMap;
use std::fmt;

use super::action::ActionKind;
use super::digest::PlannedAction;
use super::make::Plan;
use crate::model::{Digest, Hasher, quoted, spelt_seconds, visible};

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
}

/// A plan that was shown to somebody and is now to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPlan {
    digest: Digest,
    actions: Option<Vec<PlannedAction>>,
}

impl ExpectedPlan {
    /// Only its digest is known.
    pub fn of_digest(digest: Digest) -> Self {
        Self { digest, actions: None }
    }

    /// These actions, in the plan's order; those that keep a code as it is say nothing.
    pub fn of_actions(mut actions: Vec<PlannedAction>) -> Self {
        actions.retain(|action| action.action != ActionKind::Keep.as_str());
        let mut hasher = Hasher::default();
        for action in &actions {
            action.feed(&mut hasher);
        }
        Self { digest: hasher.finish(), actions: Some(actions) }
    }

    /// Its digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// What is different about one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It was not in the plan that was expected.
    New(Box<PlannedAction>),
    /// It was, and is not any more.
    Gone(Box<PlannedAction>),
    /// Something else is done to the code, or it has another channel, lifetime or generation.
    Changed {
        /// As expected.
        before: Box<PlannedAction>,
        /// As it is now.
        now: Box<PlannedAction>,
    },
}

/// `new      metro  create 1003, channel "Bus stop"`
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, action) = match self {
            Self::New(action) => ("new", action),
            Self::Gone(action) => ("gone", action),
            Self::Changed { before, now } => {
                let (campaign, scene) = (visible(&now.campaign), now.scene_text());
                return write!(f, "changed  {campaign}  {scene}: {}", before.changes(now));
            }
        };
        let PlannedAction { action: kind, campaign, channel, .. } = &**action;
        let (kind, campaign, channel) = (visible(kind), visible(campaign), quoted(&visible(channel)));
        write!(f, "{word:<7}  {campaign}  {kind} {}, channel {channel}", action.scene_text())
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
    /// What differs, by campaign and scene, the first 20; `None` where only a digest was expected.
    pub differences: Option<Vec<Difference>>,
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
    fn differences(&self, before: &[PlannedAction]) -> Vec<Difference> {
        let now: Vec<PlannedAction> = self
            .campaigns
            .iter()
            .flat_map(|campaign| campaign.actions.iter().map(move |action| (campaign, action)))
            .filter(|(_, action)| action.kind != ActionKind::Keep)
            .map(|(campaign, action)| PlannedAction::of(campaign, action))
            .collect();
        let mut places: BTreeMap<_, (Option<&PlannedAction>, Option<&PlannedAction>)> = BTreeMap::new();
        for action in before {
            places.entry(action.place()).or_default().0 = Some(action);
        }
        for action in &now {
            places.entry(action.place()).or_default().1 = Some(action);
        }
        let boxed = |action: &PlannedAction| Box::new(action.clone());
        let difference = |pair| match pair {
            (Some(before), Some(now)) if before == now => None,
            (Some(before), Some(now)) => Some(Difference::Changed { before: boxed(before), now: boxed(now) }),
            (None, Some(now)) => Some(Difference::New(boxed(now))),
            (Some(before), None) => Some(Difference::Gone(boxed(before))),
            (None, None) => None,
        };
        places.into_values().filter_map(difference).collect()
    }
}
