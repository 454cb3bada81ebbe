//! What changed, in words.

use crate::model::{LastDay, Medium, counted, grouped};

use super::changes::FILE_NAME;
use super::diff::{Change, ChangeKind, Changes, Since};
use super::language::{Language, said};
use super::row::{AsRow, Listing};

/// What changed, counted as people are told of it.
#[derive(Debug, Default)]
struct News {
    new: u64,
    replaced: Replaced,
    replaced_on_screens: Replaced,
    relabelled: u64,
    withdrawn: u64,
    /// Codes on paper that are for screens now.
    for_screens: u64,
}

/// Codes that got another picture.
#[derive(Debug, Default)]
struct Replaced {
    codes: u64,
    /// Until when the first of the earlier pictures works.
    until: Option<LastDay>,
}

impl News {
    /// `is_screen` says of a seq whether its code is for screens.
    fn new<'c>(changes: impl Iterator<Item = &'c Change>, is_screen: &dyn Fn(u64) -> bool) -> Self {
        let mut news = Self::default();
        for change in changes {
            match change.kind {
                ChangeKind::New => news.new += 1,
                ChangeKind::Replaced if change.seq.is_some_and(is_screen) => {
                    news.replaced_on_screens.add(change);
                }
                ChangeKind::Replaced => news.replaced.add(change),
                ChangeKind::Relabelled => news.relabelled += 1,
                ChangeKind::Withdrawn if change.seq.is_some() => news.for_screens += 1,
                ChangeKind::Withdrawn => news.withdrawn += 1,
            }
        }
        news
    }

    /// In words, a part for each kind of change there is.
    fn parts(&self, language: Language) -> Vec<String> {
        let plain = |codes: u64, chinese: &str, english: &str| {
            (codes > 0).then(|| language.pick(chinese, english).replace('#', &grouped(codes)))
        };
        let parts = [
            plain(self.new, "新增 # 个", "# new"),
            self.replaced.words(language, false),
            self.replaced_on_screens.words(language, true),
            plain(self.relabelled, "仅改标注 # 个，不要重印", "# only relabelled: do not reprint"),
            plain(self.withdrawn, "撤下 # 个", "# withdrawn"),
            plain(
                self.for_screens,
                "已印出、现在仅用于屏幕 # 个，请取下",
                "# on paper, but for screens now: take down",
            ),
        ];
        parts.into_iter().flatten().collect()
    }
}

impl Replaced {
    fn add(&mut self, change: &Change) {
        self.codes += 1;
        let until = change.before.as_ref().and_then(|before| before.last_day());
        self.until = self.until.into_iter().chain(until).min();
    }

    fn words(&self, language: Language, for_screens: bool) -> Option<String> {
        let (codes, pictures) = (grouped(self.codes), counted(self.codes, "picture"));
        let until = self.until.map(|day| said!(language, "最迟在 {day} ", " by {day}")).unwrap_or_default();
        let ones = if self.codes == 1 { "one" } else { "ones" };
        let words = if for_screens {
            said!(
                language,
                "屏幕用换图 {codes} 个，请{until}把屏幕上的旧图换成新图",
                "{pictures} for screens replaced: put the new {ones} on the screens{until}",
            )
        } else {
            said!(
                language,
                "换图 {codes} 个，请重新印刷，{until}换下旧图",
                "{pictures} replaced: reprint{until}"
            )
        };
        (self.codes > 0).then_some(words)
    }
}

/// What changed, in English: `3 pictures replaced: reprint by 2026-12-18; 2 only relabelled: do not reprint`.
///
/// `is_screen` says of a seq whether its code is for screens: of those, none is printed.
pub fn changes_in_words(changes: &Changes, is_screen: &dyn Fn(u64) -> bool) -> String {
    News::new(changes.changes.iter(), is_screen).parts(Language::English).join("; ")
}

/// What changed, in sentences for `README.txt`: against what is on paper, and against the revision before.
pub(super) fn sentences<T: AsRow>(changes: &Changes, listing: &Listing<'_, T>, language: Language) -> String {
    let is_screen = |seq| listing.row_of(seq).is_some_and(|row| row.medium == Some(Medium::Screen));
    let parts = |of_paper: bool| {
        let changes = changes.changes.iter().filter(|change| change.is_of_paper == of_paper);
        News::new(changes, &is_screen).parts(language).join(language.pick("；", "; "))
    };
    let since_before = match changes.since {
        Since::First => language
            .pick("这是第一版，全部二维码都是新增。\n", "This is the first revision: all codes are new.\n")
            .to_owned(),
        Since::Unknown(revision) => said!(
            language,
            "台账没有记录第 {revision} 版的内容，所以不知道有什么变化。\n",
            "The ledger has no record of what revision {revision} held: what changed is not known.\n",
        ),
        Since::Revision(revision) => {
            let (chinese, english) =
                if changes.is_of_paper { ("屏幕用的", "On screens since") } else { ("", "Since") };
            let since = said!(language, "{chinese}与第 {revision} 版相比", "{english} revision {revision}");
            sentence(&since, &parts(false), language)
        }
    };
    if !changes.is_of_paper {
        return since_before;
    }
    let paper = language.pick("与已交付印刷的相比", "Compared with what went to print");
    let mut text = sentence(paper, &parts(true), language);
    if listing.header.selection.is_none() && listing.rows().any(|row| row.medium == Some(Medium::Screen)) {
        text += &since_before;
    }
    text
}

fn sentence(since: &str, parts: &str, language: Language) -> String {
    if parts.is_empty() {
        return said!(language, "{since}，二维码没有变化。\n", "{since}, no code changed.\n");
    }
    said!(language, "{since}：{parts}。明细见 {FILE_NAME}。\n", "{since}: {parts}. {FILE_NAME} lists them.\n",)
}
