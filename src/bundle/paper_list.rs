//! The list of printed pieces that must come down, for `README.txt`.

use crate::model::{AppId, PrintedCode, beijing_date, counted, grouped, minute_text};
use crate::paper::ComesDown;

use super::changes::FILE_NAME;
use super::diff::Changes;
use super::language::{Language, said};
use super::paper::{pieces, withdrawn};
use super::row::{AsRow, Listing, Row};

/// The most that are listed; further ones are counted.
const LISTED: usize = 1_000;

/// The list; empty if no piece must come down.
pub(super) fn list<T: AsRow>(listing: &Listing<'_, T>, changes: &Changes, language: Language) -> String {
    let mut text = String::new();
    for why in ComesDown::ALL {
        let of_kind = || pieces(listing, changes).filter(|(_, _, comes_down)| *comes_down == why);
        let count = of_kind().count();
        if count == 0 {
            continue;
        }
        text += &heading(why, count as u64, language);
        text.extend(
            of_kind()
                .take(LISTED)
                .map(|(paper, row, _)| line(why, paper, &row, &listing.header.appid, language)),
        );
        if count > LISTED {
            let more = grouped((count - LISTED) as u64);
            text += &said!(language, "- 另有 {more} 张。\n", "- and {more} more.\n");
        }
    }
    let gone = withdrawn(changes);
    if gone > 0 {
        let gone = grouped(gone);
        text += &said!(
            language,
            "撤下的二维码中有 {gone} 个已交付印刷，见 {FILE_NAME} 的 on_paper 列。\n",
            "Of the withdrawn codes {gone} went to print: column on_paper of {FILE_NAME}.\n",
        );
    }
    text
}

fn heading(why: ComesDown, pieces: u64, language: Language) -> String {
    let (count, counted) = (grouped(pieces), counted(pieces, "piece"));
    match why {
        ComesDown::Replace => said!(
            language,
            "\n已交付印刷、现已换图的 {count} 张，请换成本包里的新图：\n",
            "\nOn paper and replaced by another picture, {counted}; print those of this bundle:\n",
        ),
        ComesDown::TakeDown => said!(
            language,
            "\n已交付印刷、现在仅用于屏幕的 {count} 张，请取下（或请活动方声明 medium: paper 后重新印刷）：\n",
            "\nOn paper and now for screens only, {counted}; take down, or have `medium: paper` declared and print again:\n",
        ),
    }
}

fn line(why: ComesDown, paper: &PrintedCode, row: &Row<'_>, of_bundle: &AppId, language: Language) -> String {
    let PrintedCode { appid, generation, expires_at, handed_at, to, revision, .. } = paper;
    let code = format!("{:06} {} {}", row.seq, row.scene, row.labels.channel);
    let handed = beijing_date(*handed_at);
    let of_other = said!(language, "账号 {appid} 的", " of account {appid}");
    let account = if appid == of_bundle { "" } else { &of_other };
    let expires = match expires_at.map(minute_text) {
        Some(at) => said!(language, "{at} 失效", "dies at {at}"),
        None => language.pick("不会失效", "never dies").to_owned(),
    };
    let then = match (why, row.generation) {
        (ComesDown::Replace, newest) => {
            said!(language, "换成第 {newest} 代。", " Replace it with generation {newest}.")
        }
        (ComesDown::TakeDown, _) => String::new(),
    };
    let name = to.name().unwrap_or("（未写明）");
    said!(
        language,
        "- {code}：纸上是{account}第 {generation} 代，{expires}；{handed} 交给 {name}（第 {revision} 版）。{then}\n",
        "- {code}: generation {generation}{account} on paper {expires}; handed to {to} on {handed} (revision \
         {revision}).{then}\n",
    )
}
