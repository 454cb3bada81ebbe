//! What of a bundle's codes is on paper, and which of it must come down.

use jiff::Timestamp;

use crate::model::{BundledCode, PrintedCode};
use crate::paper::ComesDown;

use super::diff::{ChangeKind, Changes};
use super::row::{AsRow, Listing, Row};

/// What of a code is on paper, in the order of the recipients.
pub(super) fn of(changes: &Changes, seq: u64) -> &[PrintedCode] {
    let from = changes.paper.partition_point(|paper| paper.seq < seq);
    let rest = &changes.paper[from..];
    &rest[..rest.partition_point(|paper| paper.seq == seq)]
}

/// That pieces of a code must come down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outdated {
    /// When the first of them expires; `None` if none does.
    pub(super) expires_at: Option<Timestamp>,
}

impl Outdated {
    /// Of one code; `None` if all its paper may hang.
    pub(super) fn of(changes: &Changes, row: &Row<'_>) -> Option<Self> {
        let pieces = of(changes, row.seq).iter().filter(|paper| comes_down(paper, row).is_some());
        let mut expiries = pieces.map(|paper| paper.expires_at).peekable();
        expiries.peek()?;
        Some(Self { expires_at: expiries.flatten().min() })
    }

    /// Of one that was withdrawn: its last picture too may be on paper somewhere.
    pub(super) fn of_withdrawn(changes: &Changes, code: &BundledCode) -> Self {
        let papers = of(changes, code.seq).iter().filter_map(|paper| paper.expires_at);
        Self { expires_at: papers.chain(code.expires_at).min() }
    }
}

/// Why a piece must come down. A picture with another url than the bundle's is not the newest.
fn comes_down(paper: &PrintedCode, row: &Row<'_>) -> Option<ComesDown> {
    ComesDown::of(row.medium, row.url == paper.url)
}

/// The pieces that must come down, each with its code in the bundle.
pub(super) fn pieces<'a, T: AsRow>(
    listing: &'a Listing<'_, T>,
    changes: &'a Changes,
) -> impl Iterator<Item = (&'a PrintedCode, Row<'a>, ComesDown)> {
    changes.paper.iter().filter_map(|paper| {
        let row = listing.row_of(paper.seq)?;
        let comes_down = comes_down(paper, &row)?;
        Some((paper, row, comes_down))
    })
}

/// How many withdrawn codes are on paper.
pub(super) fn withdrawn(changes: &Changes) -> u64 {
    let gone = changes.changes.iter().filter(|change| change.kind == ChangeKind::Withdrawn);
    let on_paper = |seq| changes.paper.binary_search_by_key(&seq, |paper| paper.seq).is_ok();
    gone.filter(|change| change.place().is_some_and(on_paper)).count() as u64
}
