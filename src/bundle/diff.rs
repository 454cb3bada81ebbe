//! What changed from one bundle to the next, and from what is on paper. Pure: whatever knows the codes of both can be
//! compared.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::row::{AsRow, Row};
use crate::model::{AppId, BundledCode, HandedGeneration, Medium, PrintedCode, Recipient, Scene};
use crate::paper::is_printed;

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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
    /// How it was; `None` for a new one. Of several pieces of paper, the one that has to come down first.
    pub before: Option<Box<BundledCode>>,
    /// Its seq in the later bundle; `None` if it is not in there.
    pub seq: Option<u64>,
    /// Whether it is compared with what is on paper, not with an earlier bundle.
    pub is_of_paper: bool,
}

impl Change {
    /// The code's seq, or else the one it had: a code of another account has another.
    pub fn place(&self) -> Option<u64> {
        self.seq.or(self.before.as_ref().map(|before| before.seq))
    }

    /// By when what is printed has to be replaced: the earlier picture's own end. `None` if nothing has to be, or
    /// the earlier one never expires.
    pub fn replace_before(&self) -> Option<Timestamp> {
        let before = self.before.as_ref().filter(|_| self.kind == ChangeKind::Replaced)?;
        before.expires_at
    }

    /// Of the changes of one code, the one to tell comes first: a picture to replace, and the first to expire.
    fn order(&self) -> impl Ord + use<> {
        let expires_at = self.before.as_ref().and_then(|before| before.expires_at);
        (self.place(), self.seq.is_none(), self.is_of_paper, self.kind, expires_at.is_none(), expires_at)
    }
}

/// Which earlier bundle codes are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// None: there was no bundle before.
    First,
    /// The bundle of this revision.
    Revision(u64),
    /// The bundle of this revision, of which nobody recorded what was in it.
    Unknown(u64),
}

/// What is known of a campaign's paper.
#[derive(Debug, Clone, Default)]
pub struct OnPaper {
    /// What hangs, as last handed to each recipient.
    pub pieces: Vec<PrintedCode>,
    /// Everything that ever went to print.
    pub handed: Vec<HandedGeneration>,
}

impl OnPaper {
    /// What one recipient has.
    #[must_use]
    pub fn of(mut self, to: &Recipient) -> Self {
        self.pieces.retain(|piece| piece.to == *to);
        self.handed.retain(|handed| handed.to == *to);
        self
    }

    /// The codes for print among these whose newest picture never went to print, by their seq.
    pub fn unprinted<'r>(&self, appid: &AppId, rows: impl Iterator<Item = Row<'r>>) -> HashSet<u64> {
        let handed: HashSet<(&Scene, u32)> = self
            .handed
            .iter()
            .filter(|handed| handed.appid == *appid)
            .map(|handed| (&handed.scene, handed.generation))
            .collect();
        // A permanent code that was issued again is the same picture.
        let urls: HashSet<&str> = self.pieces.iter().map(|piece| &*piece.url).collect();
        let is_unprinted = |row: &Row<'_>| {
            is_printed(row.medium)
                && !handed.contains(&(row.scene, row.generation))
                && !urls.contains(row.url)
        };
        rows.filter(is_unprinted).map(|row| row.seq).collect()
    }
}

/// What changed from one bundle to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Which earlier bundle it is compared with.
    pub since: Since,
    /// Whether codes for print are compared with what is on paper instead.
    pub is_of_paper: bool,
    /// In the order of their seqs; a withdrawn code has its earlier one.
    pub changes: Vec<Change>,
    /// What is on paper, by the seq in the bundle, or else by the one the code had; then by recipient.
    pub paper: Vec<PrintedCode>,
}

impl Changes {
    /// Compares codes in the order of their seq with an earlier bundle's codes and with what is on paper.
    ///
    /// If anything ever went to print, codes for print are compared with paper, and the others with the earlier bundle.
    pub fn new<T: AsRow>(
        after: &[T],
        appid: &AppId,
        (since, before): (Since, Vec<BundledCode>),
        on_paper: Option<OnPaper>,
    ) -> Self {
        let is_of_paper = on_paper.is_some();
        let which = if is_of_paper { Which::Screens } else { Which::All };
        let mut comparison = Comparison::with(after, which);
        for code in before {
            comparison.add(code);
        }
        let mut changes = comparison.finish();
        if matches!(since, Since::Unknown(_)) {
            changes.clear();
        }
        let Some(on_paper) = on_paper else {
            return Self { since, is_of_paper, changes, paper: Vec::new() };
        };
        let unprinted = on_paper.unprinted(appid, after.iter().map(AsRow::row));
        let mut paper = on_paper.pieces;
        let mut comparison = Comparison::with(after, Which::Paper);
        for piece in &mut paper {
            comparison.add(piece.bundled());
            // By scene: after a change of the account another code hangs in the same place.
            piece.seq = comparison.seq(&piece.scene).unwrap_or(piece.seq);
        }
        // A code for print that does not hang may have been taken down on purpose.
        let is_told = |change: &Change| {
            change.kind != ChangeKind::New || change.seq.is_some_and(|seq| unprinted.contains(&seq))
        };
        changes.extend(comparison.finish().into_iter().filter(is_told));
        changes.sort_by_key(Change::order);
        paper.sort_by(|one, other| (one.seq, &one.to).cmp(&(other.seq, &other.to)));
        Self { since, is_of_paper, changes, paper }
    }

    /// How many codes are new, replaced, relabelled, withdrawn: in the order of [`ChangeKind::ALL`].
    pub fn counts(&self) -> [u64; 4] {
        ChangeKind::ALL.map(|kind| self.changes.iter().filter(|change| change.kind == kind).count() as u64)
    }

    /// When the first of the replaced pictures expires.
    pub fn reprint_before(&self) -> Option<Timestamp> {
        self.changes.iter().filter_map(Change::replace_before).min()
    }

    /// What of a code is on paper, in the order of the recipients.
    pub(super) fn paper_of(&self, seq: u64) -> &[PrintedCode] {
        let from = self.paper.partition_point(|paper| paper.seq < seq);
        let rest = &self.paper[from..];
        &rest[..rest.partition_point(|paper| paper.seq == seq)]
    }
}

/// Which codes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Screens,
    /// Those for print, with what is on paper. A code that is for screens by now is withdrawn from paper.
    Paper,
}

impl Which {
    fn covers(self, medium: Option<Medium>) -> bool {
        match self {
            Self::All => true,
            Self::Screens => !is_printed(medium),
            Self::Paper => is_printed(medium),
        }
    }
}

/// A comparison that is fed the earlier codes, one by one, in any order.
struct Comparison<'a, T> {
    after: &'a [T],
    which: Which,
    by_scene: HashMap<&'a Scene, usize>,
    seen: Vec<bool>,
    changes: Vec<Change>,
}

impl<'a, T: AsRow> Comparison<'a, T> {
    /// With the codes of the later bundle.
    fn with(after: &'a [T], which: Which) -> Self {
        let by_scene = after.iter().enumerate().map(|(index, code)| (code.row().scene, index)).collect();
        Self { after, which, by_scene, seen: vec![false; after.len()], changes: Vec::new() }
    }

    /// The seq of the code that carries a scene.
    fn seq(&self, scene: &Scene) -> Option<u64> {
        self.by_scene.get(scene).map(|index| self.after[*index].row().seq)
    }

    /// Takes an earlier code.
    fn add(&mut self, before: BundledCode) {
        let found = self.by_scene.get(&before.scene).copied();
        if let Some(index) = found {
            self.seen[index] = true;
        }
        let row = found.map(|index| self.after[index].row());
        let is_of_paper = self.which == Which::Paper;
        let kind = match &row {
            None if self.which.covers(before.medium) => ChangeKind::Withdrawn,
            Some(row) if is_of_paper && !self.which.covers(row.medium) => ChangeKind::Withdrawn,
            Some(row) if !self.which.covers(row.medium) => return,
            Some(row) if row.url != before.url => ChangeKind::Replaced,
            Some(row) if row.digest() != before.digest => ChangeKind::Relabelled,
            _ => return,
        };
        let seq = row.map(|row| row.seq);
        self.changes.push(Change { kind, before: Some(Box::new(before)), seq, is_of_paper });
    }

    /// All that changed, each code once.
    fn finish(self) -> Vec<Change> {
        let Self { after, which, seen, mut changes, .. } = self;
        let is_of_paper = which == Which::Paper;
        let new = after.iter().zip(seen).filter(|(code, seen)| !seen && which.covers(code.row().medium));
        changes.extend(new.map(|(code, _)| {
            let seq = Some(code.row().seq);
            Change { kind: ChangeKind::New, before: None, seq, is_of_paper }
        }));
        changes.sort_by_key(Change::order);
        changes.dedup_by_key(|change| (change.place(), change.seq.is_none()));
        changes
    }
}
