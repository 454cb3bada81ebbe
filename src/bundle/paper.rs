//! Which pieces of paper are to come down, for `README.txt`: those of another picture than the bundle now has, and those
//! of codes that are for screens.

use std::fmt::{Result, Write as _};

use jiff::Timestamp;

use crate::model::{AppId, Medium, Paper, beijing_date, counted, grouped, minute_text};

use super::changes;
use super::diff::{ChangeKind, Changes, Earlier};
use super::row::{AsRow, Listing, Row};

/// The most that are listed; further ones are counted.
const LISTED: usize = 1_000;

/// What of a code is on paper, in the order of the recipients.
pub(super) fn of(changes: &Changes, seq: u64) -> &[Paper] {
    let from = changes.paper.partition_point(|paper| paper.seq < seq);
    let rest = &changes.paper[from..];
    &rest[..rest.partition_point(|paper| paper.seq == seq)]
}

/// That pieces of a code are on paper which carry another url than the bundle's row, or that are of a code for screens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outdated {
    /// When the first of them dies; `None` where none does.
    pub(super) dies_at: Option<Timestamp>,
}

impl Outdated {
    /// Of one code; `None` where all its paper may hang.
    pub(super) fn of(changes: &Changes, row: &Row<'_>) -> Option<Self> {
        let mut pieces = of(changes, row.seq).iter().filter(|paper| to_do(paper, row).is_some()).peekable();
        pieces.peek()?;
        Some(Self { dies_at: pieces.filter_map(|paper| paper.expires_at).min() })
    }

    /// Of one that was withdrawn: its last picture too may be on paper somewhere.
    pub(super) fn of_withdrawn(changes: &Changes, code: &Earlier) -> Self {
        let papers = of(changes, code.seq).iter().filter_map(|paper| paper.expires_at);
        Self { dies_at: papers.chain(code.expires_at).min() }
    }
}

/// What is to be done with a piece of paper that is no longer what the bundle has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ToDo {
    /// The bundle's picture is to be printed instead.
    Replace,
    /// It is to come down: the code is for screens, so nothing of the bundle is printed instead.
    TakeDown,
}

/// `None` where it may hang.
fn to_do(paper: &Paper, row: &Row<'_>) -> Option<ToDo> {
    if row.medium == Some(Medium::Screen) {
        Some(ToDo::TakeDown)
    } else {
        (row.url != paper.url).then_some(ToDo::Replace)
    }
}

/// What is on paper and no longer what the bundle has.
pub(super) fn outdated<'a, T: AsRow>(
    listing: &'a Listing<'_, T>,
    changes: &'a Changes,
) -> impl Iterator<Item = (&'a Paper, Row<'a>)> {
    pieces(listing, changes).map(|(paper, row, _)| (paper, row))
}

/// The same with what is to be done.
fn pieces<'a, T: AsRow>(
    listing: &'a Listing<'_, T>,
    changes: &'a Changes,
) -> impl Iterator<Item = (&'a Paper, Row<'a>, ToDo)> {
    changes.paper.iter().filter_map(|paper| {
        let row = listing.row_of(paper.seq)?;
        let to_do = to_do(paper, &row)?;
        Some((paper, row, to_do))
    })
}

/// The account of a piece, where it is not the bundle's.
fn stranger<'a>(paper: &'a Paper, of_bundle: &AppId) -> Option<&'a AppId> {
    Some(&paper.appid).filter(|appid| *appid != of_bundle)
}

/// How many withdrawn codes are on paper.
fn withdrawn(changes: &Changes) -> u64 {
    let gone = changes.changes.iter().filter(|change| change.kind == ChangeKind::Withdrawn);
    let on_paper = |seq| changes.paper.binary_search_by_key(&seq, |paper| paper.seq).is_ok();
    gone.filter(|change| change.place().is_some_and(on_paper)).count() as u64
}

/// In Chinese; nothing where nothing of it is on paper.
pub(super) fn chinese<T: AsRow>(text: &mut String, listing: &Listing<'_, T>, changes: &Changes) -> Result {
    for kind in [ToDo::Replace, ToDo::TakeDown] {
        let of_kind = || pieces(listing, changes).filter(|(_, _, to_do)| *to_do == kind);
        let count = of_kind().count();
        let grouped_count = grouped(count as u64);
        match kind {
            _ if count == 0 => continue,
            ToDo::Replace => {
                writeln!(text, "\n已交付印刷、现已换图的 {grouped_count} 张，请换成本包里的新图：")?;
            }
            ToDo::TakeDown => writeln!(
                text,
                "\n已交付印刷、现在仅用于屏幕的 {grouped_count} 张，请取下（或请活动方声明 medium: paper 后重新印刷）："
            )?,
        }
        for (paper, row, _) in of_kind().take(LISTED) {
            let account = stranger(paper, &listing.header.appid)
                .map(|appid| format!("账号 {appid} 的"))
                .unwrap_or_default();
            let dies =
                paper.expires_at.map_or("不会失效".to_owned(), |at| format!("{} 失效", minute_text(at)));
            write!(
                text,
                "- {:06} {} {}：纸上是{account}第 {} 代，{dies}；{} 交给 {}（第 {} 版）。",
                row.seq,
                row.scene,
                row.labels.channel,
                paper.generation,
                beijing_date(paper.handed_at),
                paper.to.name().unwrap_or("（未写明）"),
                paper.revision,
            )?;
            match kind {
                ToDo::Replace => writeln!(text, "换成第 {} 代。", row.generation)?,
                ToDo::TakeDown => writeln!(text)?,
            }
        }
        if let Some(more) = count.checked_sub(LISTED).filter(|more| *more > 0) {
            writeln!(text, "- 另有 {} 张。", grouped(more as u64))?;
        }
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
    for kind in [ToDo::Replace, ToDo::TakeDown] {
        let of_kind = || pieces(listing, changes).filter(|(_, _, to_do)| *to_do == kind);
        let count = of_kind().count();
        let counted = counted(count as u64, "piece");
        match kind {
            _ if count == 0 => continue,
            ToDo::Replace => writeln!(
                text,
                "\nOn paper and replaced by another picture, {counted}; print those of this bundle:"
            )?,
            ToDo::TakeDown => writeln!(
                text,
                "\nOn paper and now for screens only, {counted}; take down, or have `medium: paper` declared and print \
                 again:"
            )?,
        }
        for (paper, row, _) in of_kind().take(LISTED) {
            let account = stranger(paper, &listing.header.appid)
                .map(|appid| format!(" of account {appid}"))
                .unwrap_or_default();
            let dies =
                paper.expires_at.map_or("never dies".to_owned(), |at| format!("dies at {}", minute_text(at)));
            write!(
                text,
                "- {:06} {} {}: generation {}{account} on paper {dies}; handed to {} on {} (revision {}).",
                row.seq,
                row.scene,
                row.labels.channel,
                paper.generation,
                paper.to,
                beijing_date(paper.handed_at),
                paper.revision,
            )?;
            match kind {
                ToDo::Replace => writeln!(text, " Replace it with generation {}.", row.generation)?,
                ToDo::TakeDown => writeln!(text)?,
            }
        }
        if let Some(more) = count.checked_sub(LISTED).filter(|more| *more > 0) {
            writeln!(text, "- and {} more.", grouped(more as u64))?;
        }
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
