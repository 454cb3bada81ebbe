//! What changed from one bundle to the next. Pure: whatever knows the codes of both can be compared.

use std::collections::HashMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::row::AsRow;
use crate::model::{BundledCode, PrintedCode, Scene};

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It was not in the earlier bundle.
    New,
    /// Its picture is of another code of the platform's: what is printed has to be printed again.
    Replaced,
    /// Its picture carries the same url, and something else about it changed: what is printed stays good.
    Relabelled,
    /// It is not in the later bundle.
    Withdrawn,
}

impl ChangeKind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::New, Self::Replaced, Self::Relabelled, Self::Withdrawn];

    /// The word in `CHANGES.csv` and in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Replaced => "replaced",
            Self::Relabelled => "relabelled",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// One code that is not as it was. The earlier side is boxed: in a first bundle none of many codes has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What became of it.
    pub kind: ChangeKind,
    /// How it was; `None` for a new one.
    pub before: Option<Box<BundledCode>>,
    /// Its seq in the later bundle; `None` for a withdrawn one.
    pub seq: Option<u64>,
}

impl Change {
    /// The code's seq, or else the one it had: a code of another account has another.
    pub fn place(&self) -> Option<u64> {
        self.seq.or(self.before.as_ref().map(|before| before.seq))
    }

    /// By when what is printed has to be replaced: the earlier picture's own end. `None` if nothing has to be, or
    /// the earlier one never dies.
    pub fn replace_before(&self) -> Option<Timestamp> {
        let before = self.before.as_ref().filter(|_| self.kind == ChangeKind::Replaced)?;
        before.expires_at
    }
}

/// What is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Nothing: there was no bundle before.
    First,
    /// The bundle of this revision.
    Revision(u64),
    /// The bundle of this revision, of which nobody recorded what was in it.
    Unknown(u64),
}

/// What changed from one bundle to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// What it is compared with.
    pub since: Since,
    /// In the order of their seqs; a withdrawn code has its earlier one.
    pub changes: Vec<Change>,
    /// What is on paper of codes that changed, another picture than the bundle's, or of codes for screens; by the seq in
    /// the bundle, or of a withdrawn code the one it had.
    pub paper: Vec<PrintedCode>,
}

impl Changes {
    /// Where nothing is known of the bundle before.
    pub fn unknown(revision: u64) -> Self {
        Self { since: Since::Unknown(revision), changes: Vec::new(), paper: Vec::new() }
    }

    /// How many codes are new, replaced, relabelled, withdrawn: in the order of [`ChangeKind::ALL`].
    pub fn counts(&self) -> [u64; 4] {
        ChangeKind::ALL.map(|kind| self.changes.iter().filter(|change| change.kind == kind).count() as u64)
    }

    /// When the first of the replaced pictures dies.
    pub fn reprint_before(&self) -> Option<Timestamp> {
        self.changes.iter().filter_map(Change::replace_before).min()
    }
}

/// A comparison that is fed the earlier bundle's codes, one by one, in any order.
pub struct Comparison<'a, T> {
    after: &'a [T],
    by_scene: HashMap<&'a Scene, usize>,
    seen: Vec<bool>,
    changes: Vec<Change>,
}

impl<'a, T: AsRow> Comparison<'a, T> {
    /// With the codes of the later bundle.
    pub fn with(after: &'a [T]) -> Self {
        let by_scene = after.iter().enumerate().map(|(index, code)| (code.row().scene, index)).collect();
        Self { after, by_scene, seen: vec![false; after.len()], changes: Vec::new() }
    }

    /// Takes a code of the earlier bundle.
    pub fn add(&mut self, piece: BundledCode) {
        let found = self.by_scene.get(&piece.scene).copied();
        if let Some(index) = found {
            self.seen[index] = true;
        }
        let row = found.map(|index| self.after[index].row());
        let kind = match &row {
            None => ChangeKind::Withdrawn,
            Some(row) if row.url != piece.url => ChangeKind::Replaced,
            Some(row) if row.digest() != piece.digest => ChangeKind::Relabelled,
            Some(_) => return,
        };
        self.changes.push(Change { kind, before: Some(Box::new(piece)), seq: row.map(|row| row.seq) });
    }

    /// All that changed.
    pub fn finish(self, since: Since) -> Changes {
        let Self { after, seen, mut changes, .. } = self;
        let new = after.iter().zip(seen).filter(|(_, seen)| !seen).map(|(code, _)| code.row().seq);
        changes.extend(new.map(|seq| Change { kind: ChangeKind::New, before: None, seq: Some(seq) }));
        changes.sort_unstable_by_key(|change| (change.place(), change.seq.is_none()));
        Changes { since, changes, paper: Vec::new() }
    }
}
