//! Which pieces of paper are to be replaced, for `README.txt`: those of another code than the bundle now has.

use std::fmt::{Result, Write as _};

use jiff::Timestamp;

use crate::model::{Paper, beijing_date, counted, grouped, minute_text};

use super::changes;
use super::diff::{ChangeKind, Changes};
use super::row::{AsRow, Listing, Row};

/// The most that are listed; further ones are counted.
const LISTED: usize = 1_000;

/// What of a code is on paper, in the order of the recipients.
pub(super) fn of(changes: &Changes, seq: u64) -> &[Paper] {
    let from = changes.paper.partition_point(|paper| paper.seq < seq);
    let rest = &changes.paper[from..];
    &rest[..rest.partition_point(|paper| paper.seq == seq)]
}

/// That pieces of a code are on paper which carry another url than the bundle's row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outdated {
    /// When the first of them dies; `None` where none does.
    pub(super) dies_at: Option<Timestamp>,
}

impl Outdated {
    /// Of one code; `None` where all its paper carries what the bundle has.
    pub(super) fn of(changes: &Changes, row: &Row<'_>) -> Option<Self> {
        let mut pieces = of(changes, row.seq).iter().filter(|paper| paper.url != row.url).peekable();
        pieces.peek()?;
        Some(Self { dies_at: pieces.filter_map(|paper| paper.expires_at).min() })
    }
}

/// What is on paper and no longer what the bundle has.
pub(super) fn outdated<'a, T: AsRow>(
    listing: &'a Listing<'_, T>,
    changes: &'a Changes,
) -> impl Iterator<Item = (&'a Paper, Row<'a>)> {
    changes.paper.iter().filter_map(|paper| {
        let row = listing.row_of(paper.seq)?;
        (row.url != paper.url).then_some((paper, row))
    })
}

/// How many withdrawn codes are on paper.
fn withdrawn(changes: &Changes) -> u64 {
    let gone = changes.changes.iter().filter(|change| change.kind == ChangeKind::Withdrawn);
    let on_paper = |seq| changes.paper.binary_search_by_key(&seq, |paper| paper.seq).is_ok();
    gone.filter(|change| change.place().is_some_and(on_paper)).count() as u64
}

/// In Chinese; nothing where nothing of it is on paper.
pub(super) fn chinese<T: AsRow>(text: &mut String, listing: &Listing<'_, T>, changes: &Changes) -> Result {
    let count = outdated(listing, changes).count();
    if count > 0 {
        writeln!(text, "\n已交付印刷、现已换图的 {} 张，请换成本包里的新图：", grouped(count as u64))?;
    }
    for (paper, row) in outdated(listing, changes).take(LISTED) {
        let dies =
            paper.expires_at.map_or("不会失效".to_owned(), |at| format!("{} 失效", minute_text(at)));
        writeln!(
            text,
            "- {:06} {} {}：纸上是第 {} 代，{dies}；{} 交给 {}（第 {} 版）。换成第 {} 代。",
            row.seq,
            row.scene,
            row.labels.channel,
            paper.generation,
            beijing_date(paper.handed_at),
            paper.to.name().unwrap_or("（未写明）"),
            paper.revision,
            row.generation,
        )?;
    }
    if let Some(more) = count.checked_sub(LISTED).filter(|more| *more > 0) {
        writeln!(text, "- 另有 {} 张。", grouped(more as u64))?;
    }
    match withdrawn(changes) {
        0 => Ok(()),
        gone => writeln!(
            text,
            "撤下的二维码中有 {} 个已交付印刷，见 {} 的 on_paper 列。",
            grouped(gone),
            changes::FILE_NAME
        ),
    }
}

/// In English; nothing where nothing of it is on paper.
pub(super) fn english<T: AsRow>(text: &mut String, listing: &Listing<'_, T>, changes: &Changes) -> Result {
    let count = outdated(listing, changes).count();
    if count > 0 {
        let pieces = counted(count as u64, "piece");
        writeln!(text, "\nOn paper and replaced by another picture, {pieces}; print those of this bundle:")?;
    }
    for (paper, row) in outdated(listing, changes).take(LISTED) {
        let dies =
            paper.expires_at.map_or("never dies".to_owned(), |at| format!("dies at {}", minute_text(at)));
        writeln!(
            text,
            "- {:06} {} {}: generation {} on paper {dies}; handed to {} on {} (revision {}). Replace it with generation {}.",
            row.seq,
            row.scene,
            row.labels.channel,
            paper.generation,
            paper.to,
            beijing_date(paper.handed_at),
            paper.revision,
            row.generation,
        )?;
    }
    if let Some(more) = count.checked_sub(LISTED).filter(|more| *more > 0) {
        writeln!(text, "- and {} more.", grouped(more as u64))?;
    }
    match withdrawn(changes) {
        0 => Ok(()),
        gone => writeln!(
            text,
            "Of the withdrawn codes {} went to print: column on_paper of {}.",
            grouped(gone),
            changes::FILE_NAME
        ),
    }
}
