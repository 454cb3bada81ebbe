//! What is done to one code.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::reason::Reason;
use crate::model::{Code, CodeKey, CodeRecord, ExpireSeconds, Labels, Lifetime, LifetimeKind, Scene};

/// What is done to one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActionKind {
    /// A first ticket is issued, or the first permanent one of a code that was temporary.
    Create,
    /// A new ticket replaces one that is due or dead: another picture.
    Renew,
    /// Nothing; perhaps its picture is still to be fetched.
    Keep,
    /// Its labels are recorded. No call.
    Relabel,
    /// It left the files: no longer renewed. No call.
    Retire,
    /// It is not done, and nothing else of its campaign either.
    Refuse,
}

impl ActionKind {
    /// All kinds, in the order in which documents list them.
    pub const ALL: [Self; 6] =
        [Self::Create, Self::Renew, Self::Keep, Self::Relabel, Self::Retire, Self::Refuse];

    /// The word in documents and digests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Renew => "renew",
            Self::Keep => "keep",
            Self::Relabel => "relabel",
            Self::Retire => "retire",
            Self::Refuse => "refuse",
        }
    }

    /// Whether a ticket is issued: costs a call.
    pub fn issues(self) -> bool {
        matches!(self, Self::Create | Self::Renew)
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What an action is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A code of the campaign's files.
    Wanted(Arc<Code>),
    /// A code that only the ledger has.
    Gone(Box<Gone>),
}

/// A code that is in no campaign file any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// The ledger's number for it.
    pub key: CodeKey,
    /// Its scene.
    pub scene: Scene,
    /// Its labels as last recorded.
    pub labels: Labels,
    /// Its last lifetime; temporary if it was never issued.
    pub lifetime: LifetimeKind,
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What is done.
    pub kind: ActionKind,
    /// What would be done if nothing refused it. The same as `kind` unless that is `Refuse`.
    pub planned: ActionKind,
    /// To which code.
    pub subject: Subject,
    /// The generation the code has after it, or would have; 0 if it has none and none is made.
    pub generation: u32,
    /// When the code at hand expires; `None` for permanent ones, and for create and renew.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: Reason,
    /// Whether the code has a ticket but no verified picture: one fetch, no call.
    pub picture_missing: bool,
    /// Whether its code is for paper, and all its paper was taken down: nobody has to be told when it expires.
    pub taken_down: bool,
}

impl Action {
    /// Of a code that the files want. `record` is what the ledger has of it.
    pub(super) fn of_wanted(
        code: Arc<Code>,
        kind: ActionKind,
        reason: Reason,
        record: Option<&CodeRecord>,
    ) -> Self {
        let latest = record.and_then(|record| record.latest.as_ref());
        let number = latest.map_or(0, |latest| latest.number);
        Self {
            kind,
            planned: kind,
            generation: if kind.issues() { number + 1 } else { number },
            expires_at: latest.filter(|_| !kind.issues()).and_then(|latest| latest.expires_at),
            picture_missing: matches!(kind, ActionKind::Keep | ActionKind::Relabel)
                && reason != Reason::CampaignEnded
                && latest.is_some_and(|latest| latest.picture.is_none()),
            taken_down: !kind.issues() && record.is_some_and(|record| record.is_off_paper(&code)),
            subject: Subject::Wanted(code),
            reason,
        }
    }

    /// The retirement of a code that no file wants.
    pub(super) fn retire(scene: &Scene, record: &CodeRecord) -> Self {
        let latest = record.latest.as_ref();
        let expires_at = latest.and_then(|latest| latest.expires_at);
        let gone = Gone {
            key: record.key,
            scene: scene.clone(),
            labels: record.labels.clone(),
            lifetime: latest.map_or(LifetimeKind::Temporary, |latest| latest.lifetime.kind()),
        };
        Self {
            kind: ActionKind::Retire,
            planned: ActionKind::Retire,
            subject: Subject::Gone(Box::new(gone)),
            generation: latest.map_or(0, |latest| latest.number),
            expires_at,
            reason: Reason::LeftFiles(expires_at),
            picture_missing: false,
            taken_down: false,
        }
    }

    /// Refuses it. The only way in which an action becomes `Refuse`.
    pub(super) fn refuse(&mut self, reason: Reason) {
        self.kind = ActionKind::Refuse;
        self.reason = reason;
        self.picture_missing = false;
    }

    /// The code of the files that it is about; `None` if only the ledger has it.
    pub fn code(&self) -> Option<&Arc<Code>> {
        match &self.subject {
            Subject::Wanted(code) => Some(code),
            Subject::Gone(_) => None,
        }
    }

    /// The scene of its code.
    pub fn scene(&self) -> &Scene {
        match &self.subject {
            Subject::Wanted(code) => code.scene(),
            Subject::Gone(gone) => &gone.scene,
        }
    }

    /// The labels of its code.
    pub fn labels(&self) -> &Labels {
        match &self.subject {
            Subject::Wanted(code) => code.labels(),
            Subject::Gone(gone) => &gone.labels,
        }
    }

    /// The lifetime of its code.
    pub fn lifetime(&self) -> LifetimeKind {
        match &self.subject {
            Subject::Wanted(code) => code.lifetime().kind(),
            Subject::Gone(gone) => gone.lifetime,
        }
    }

    /// How long the ticket will live that is issued; `None` if none is, or a permanent one.
    pub fn expire_seconds(&self) -> Option<ExpireSeconds> {
        match self.code().filter(|_| self.kind.issues())?.lifetime() {
            Lifetime::Temporary(seconds) => Some(seconds),
            Lifetime::Permanent => None,
        }
    }
}

/// How many codes there are of each action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// A first ticket is issued.
    create: u64,
    /// A new ticket replaces one that is due or dead.
    renew: u64,
    /// Nothing is done.
    keep: u64,
    /// Labels are recorded.
    relabel: u64,
    /// No longer renewed.
    retire: u64,
    /// Not done.
    refuse: u64,
}

impl Counts {
    /// Of these actions.
    pub fn new<'a>(actions: impl IntoIterator<Item = &'a Action>) -> Self {
        let mut counts = Self::default();
        actions.into_iter().for_each(|action| counts.add(action.kind));
        counts
    }

    /// How many of one kind.
    pub fn of(mut self, kind: ActionKind) -> u64 {
        *self.member(kind)
    }

    /// Counts one more.
    pub fn add(&mut self, kind: ActionKind) {
        *self.member(kind) += 1;
    }

    /// How many are not `Keep`.
    pub fn changes(self) -> u64 {
        ActionKind::ALL.into_iter().filter(|kind| *kind != ActionKind::Keep).map(|kind| self.of(kind)).sum()
    }

    fn member(&mut self, kind: ActionKind) -> &mut u64 {
        match kind {
            ActionKind::Create => &mut self.create,
            ActionKind::Renew => &mut self.renew,
            ActionKind::Keep => &mut self.keep,
            ActionKind::Relabel => &mut self.relabel,
            ActionKind::Retire => &mut self.retire,
            ActionKind::Refuse => &mut self.refuse,
        }
    }
}

/// The turn of a code's ticket: renewals go before creations, and what expires first before the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    creates: bool,
    is_new: bool,
    expires_at: Option<Timestamp>,
}

impl Turn {
    /// Of a code of which the ledger has this record.
    pub fn new(kind: ActionKind, record: Option<&CodeRecord>) -> Self {
        let latest = record.and_then(|record| record.latest.as_ref());
        Self {
            creates: kind == ActionKind::Create,
            is_new: latest.is_none(),
            expires_at: latest.and_then(|latest| latest.expires_at),
        }
    }
}
