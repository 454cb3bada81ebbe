//! The list of printed pieces that must come down, for `README.txt`.

use std::fmt::{Result, Write as _};

use crate::model::{AppId, PrintedCode, beijing_date, counted, grouped, minute_text};
use crate::paper::ComesDown;

use super::changes::FILE_NAME;
use super::diff::Changes;
use super::language::Language;
use super::paper::{pieces, withdrawn};
use super::row::{AsRow, Listing, Row};

/// The most that are listed; further ones are counted.
const LISTED: usize = 1_000;

/// Writes the list; nothing if no piece must come down.
pub(super) fn list<T: AsRow>(
    text: &mut String,
    listing: &Listing<'_, T>,
    changes: &Changes,
    language: Language,
) -> Result {
    for why in ComesDown::ALL {
        let of_kind = || pieces(listing, changes).filter(|(_, _, comes_down)| *comes_down == why);
        let count = of_kind().count();
        if count == 0 {
            continue;
        }
        writeln!(text, "\n{}", heading(why, count as u64, language))?;
        for (paper, row, _) in of_kind().take(LISTED) {
            writeln!(text, "- {}", line(why, paper, &row, &listing.header.appid, language))?;
        }
        if let Some(more) = count.checked_sub(LISTED).filter(|more| *more > 0) {
            let more = grouped(more as u64);
            writeln!(text, "- {}", language.pick(format!("另有 {more} 张。"), format!("and {more} more.")))?;
        }
    }
    let gone = withdrawn(changes);
    if gone == 0 {
        return Ok(());
    }
    let gone = grouped(gone);
    let told = language.pick(
        format!("撤下的二维码中有 {gone} 个已交付印刷，见 {FILE_NAME} 的 on_paper 列。"),
        format!("Of the withdrawn codes {gone} went to print: column on_paper of {FILE_NAME}."),
    );
    writeln!(text, "{told}")
}

fn heading(why: ComesDown, pieces: u64, language: Language) -> String {
    let (count, counted) = (grouped(pieces), counted(pieces, "piece"));
    match (language, why) {
        (Language::Chinese, ComesDown::Replace) => {
            format!("已交付印刷、现已换图的 {count} 张，请换成本包里的新图：")
        }
        (Language::Chinese, ComesDown::TakeDown) => format!(
            "已交付印刷、现在仅用于屏幕的 {count} 张，请取下（或请活动方声明 medium: paper 后重新印刷）："
        ),
        (Language::English, ComesDown::Replace) => {
            format!("On paper and replaced by another picture, {counted}; print those of this bundle:")
        }
        (Language::English, ComesDown::TakeDown) => format!(
            "On paper and now for screens only, {counted}; take down, or have `medium: paper` declared and print again:"
        ),
    }
}

fn line(why: ComesDown, paper: &PrintedCode, row: &Row<'_>, of_bundle: &AppId, language: Language) -> String {
    let PrintedCode { appid, generation, expires_at, handed_at, to, revision, .. } = paper;
    let code = format!("{:06} {} {}", row.seq, row.scene, row.labels.channel);
    let is_other = appid != of_bundle;
    let handed = beijing_date(*handed_at);
    let expiry = expires_at.map(minute_text);
    match language {
        Language::Chinese => {
            let account = if is_other { format!("账号 {appid} 的") } else { String::new() };
            let expires = expiry.map_or("不会失效".to_owned(), |at| format!("{at} 失效"));
            let to = to.name().unwrap_or("（未写明）");
            let then = match why {
                ComesDown::Replace => format!("换成第 {} 代。", row.generation),
                ComesDown::TakeDown => String::new(),
            };
            format!(
                "{code}：纸上是{account}第 {generation} 代，{expires}；{handed} 交给 {to}（第 {revision} 版）。{then}"
            )
        }
        Language::English => {
            let account = if is_other { format!(" of account {appid}") } else { String::new() };
            let expires = expiry.map_or("never dies".to_owned(), |at| format!("dies at {at}"));
            let then = match why {
                ComesDown::Replace => format!(" Replace it with generation {}.", row.generation),
                ComesDown::TakeDown => String::new(),
            };
            format!(
                "{code}: generation {generation}{account} on paper {expires}; handed to {to} on {handed} (revision \
                 {revision}).{then}"
            )
        }
    }
}
