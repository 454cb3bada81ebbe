//! What the ledger remembers, as the plan needs it.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{AppId, CampaignName, Code, Digest, Labels, Lifetime, Medium, Scene};

/// The ledger's own number for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeKey(pub i64);

/// A verified picture's SHA-256 and size. `symbol::verify` makes them; the ledger keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureFacts {
    /// SHA-256 of the file's bytes; also its name in `pictures/`.
    pub digest: Digest,
    /// Width and height (the smaller of them) in pixels.
    pub side: u32,
}

/// One issue of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// 1 for the first, counted over all lifetimes.
    pub number: u32,
    /// The lifetime the platform answered with.
    pub lifetime: Lifetime,
    /// When the platform made it, by its clock, to the second.
    pub created_at: Timestamp,
    /// When it dies; `None` for a permanent code.
    pub expires_at: Option<Timestamp>,
    /// The verified picture, once there is one.
    pub picture: Option<PictureFacts>,
}

impl Generation {
    /// Whether it still works at an instant.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// What the ledger knows of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRecord {
    /// The ledger's number for it.
    pub key: CodeKey,
    /// The campaign it was last in.
    pub campaign: CampaignName,
    /// Its place in that campaign's manifest, allotted once.
    pub seq: u64,
    /// Its labels as last recorded.
    pub labels: Labels,
    /// Whether it left its campaign's files.
    pub retired: bool,
    /// Whether a permanent ticket was issued, or asked for without an answer: the code is counted among
    /// [`AccountHistory::permanents`].
    pub permanent_asked: bool,
    /// The newest generation; `None` when it was never issued.
    pub latest: Option<Generation>,
    /// Whether the newest generation was on paper, and all paper of the code was taken down.
    pub taken_down: bool,
}

impl CodeRecord {
    /// Whether the code, as the files have it, is for paper of which none hangs any more.
    pub fn is_off_paper(&self, code: &Code) -> bool {
        self.taken_down && code.medium() == Some(Medium::Paper)
    }
}

/// What the ledger knows of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountHistory {
    /// Every code ever seen.
    pub codes: HashMap<Scene, CodeRecord>,
    /// Permanent codes issued, or asked for without an answer, for each campaign at the time.
    pub permanents: BTreeMap<CampaignName, u64>,
    /// Create calls sent on the day (Asia/Shanghai) the history was asked about, lost answers included.
    pub calls_today: u64,
}

impl AccountHistory {
    /// Permanent codes over all campaigns.
    pub fn permanents_issued(&self) -> u64 {
        self.permanents.values().sum()
    }
}

/// What the ledger knows of the accounts it was asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// When the ledger was last written; `None` if there is no ledger.
    pub ledger_at: Option<Timestamp>,
    accounts: BTreeMap<AppId, AccountHistory>,
}

impl History {
    /// Of no ledger at all: everything counts as new.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Of these accounts.
    pub fn new(ledger_at: Option<Timestamp>, accounts: BTreeMap<AppId, AccountHistory>) -> Self {
        Self { ledger_at, accounts }
    }

    /// One account's part, if the ledger has any.
    pub fn account(&self, appid: &AppId) -> Option<&AccountHistory> {
        self.accounts.get(appid)
    }

    /// The accounts in order.
    pub fn accounts(&self) -> impl Iterator<Item = (&AppId, &AccountHistory)> {
        self.accounts.iter()
    }

    /// Forgets the pictures that are not at hand any more: their codes have none until they are fetched again.
    pub fn keep_pictures(&mut self, at_hand: impl Fn(&Digest) -> bool) {
        let records = self.accounts.values_mut().flat_map(|account| account.codes.values_mut());
        for latest in records.filter_map(|record| record.latest.as_mut()) {
            latest.picture = latest.picture.filter(|picture| at_hand(&picture.digest));
        }
    }

    /// What is known of one code.
    pub fn code(&self, appid: &AppId, scene: &Scene) -> Option<&CodeRecord> {
        self.account(appid)?.codes.get(scene)
    }
}
