//! What changed since the revision before, in words.

use jiff::Timestamp;

use crate::model::{Medium, beijing_date, counted, grouped};

use super::changes::{FILE_NAME, first};
use super::diff::{Change, ChangeKind, Changes, Since};
use super::language::{Language, said};
use super::paper::Outdated;
use super::row::{AsRow, Listing};

/// What changed, counted as people are told of it.
#[derive(Debug, Default)]
struct News {
    new: u64,
    replaced: Replaced,
    replaced_on_screens: Replaced,
    /// Relabelled codes whose paper stays good.
    relabelled: u64,
    /// Relabelled codes that are on paper as another picture.
    relabelled_outdated: u64,
    /// Relabelled codes that are for screens but on paper.
    relabelled_for_screens: u64,
    withdrawn: u64,
}

/// Codes that got another picture.
#[derive(Debug, Default)]
struct Replaced {
    codes: u64,
    /// When the first of the earlier pictures expires.
    before: Option<Timestamp>,
}

impl News {
    /// `is_screen` says of a seq whether its code is for screens, `outdated` whether paper of its code must come down.
    fn new(
        changes: &Changes,
        is_screen: &dyn Fn(u64) -> bool,
        outdated: &dyn Fn(u64) -> Option<Outdated>,
    ) -> Self {
        let mut news = Self::default();
        for change in &changes.changes {
            let is_screen = change.seq.is_some_and(is_screen);
            let outdated = change.seq.and_then(outdated);
            match (change.kind, is_screen) {
                (ChangeKind::New, _) => news.new += 1,
                (ChangeKind::Replaced, false) => news.replaced.add(change, outdated),
                (ChangeKind::Replaced, true) => news.replaced_on_screens.add(change, outdated),
                (ChangeKind::Relabelled, _) if outdated.is_none() => news.relabelled += 1,
                (ChangeKind::Relabelled, false) => news.relabelled_outdated += 1,
                (ChangeKind::Relabelled, true) => news.relabelled_for_screens += 1,
                (ChangeKind::Withdrawn, _) => news.withdrawn += 1,
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
            plain(
                self.relabelled_outdated,
                "改标注 # 个，但印出的是更早的图，见下",
                "# relabelled, but on paper as an earlier picture: see below",
            ),
            plain(
                self.relabelled_for_screens,
                "改标注 # 个，仅用于屏幕，但已印出，见下",
                "# relabelled, for screens, but on paper: see below",
            ),
            plain(self.withdrawn, "撤下 # 个", "# withdrawn"),
        ];
        parts.into_iter().flatten().collect()
    }
}

impl Replaced {
    fn add(&mut self, change: &Change, outdated: Option<Outdated>) {
        self.codes += 1;
        self.before = self.before.into_iter().chain(first(change.replace_before(), outdated)).min();
    }

    fn words(&self, language: Language, for_screens: bool) -> Option<String> {
        let (codes, pictures) = (grouped(self.codes), counted(self.codes, "picture"));
        let before =
            self.before.map(beijing_date).map(|day| said!(language, "在 {day} 之前", " before {day}"));
        let before = before.unwrap_or_default();
        let ones = if self.codes == 1 { "one" } else { "ones" };
        let words = if for_screens {
            said!(
                language,
                "屏幕用换图 {codes} 个，请{before}把屏幕上的旧图换成新图",
                "{pictures} for screens replaced: put the new {ones} on the screens{before}",
            )
        } else {
            said!(language, "换图 {codes} 个，请{before}重新印刷", "{pictures} replaced: reprint{before}")
        };
        (self.codes > 0).then_some(words)
    }
}

/// What changed, in English: `3 pictures replaced: reprint before 2026-12-19; 2 only relabelled: do not reprint`.
///
/// `is_screen` says of a seq whether its code is for screens: of those, none is printed. What is on paper is left out.
pub fn changes_in_words(changes: &Changes, is_screen: &dyn Fn(u64) -> bool) -> String {
    News::new(changes, is_screen, &|_| None).parts(Language::English).join("; ")
}

/// What changed, as a sentence for `README.txt`.
pub(super) fn sentence<T: AsRow>(changes: &Changes, listing: &Listing<'_, T>, language: Language) -> String {
    let revision = match changes.since {
        Since::First => {
            let first = language.pick(
                "这是第一版，全部二维码都是新增。\n",
                "This is the first revision: all codes are new.\n",
            );
            return first.to_owned();
        }
        Since::Unknown(revision) => {
            return said!(
                language,
                "台账没有记录第 {revision} 版的内容，所以不知道有什么变化。\n",
                "The ledger has no record of what revision {revision} held: what changed is not known.\n",
            );
        }
        Since::Revision(revision) => revision,
    };
    let is_screen = |seq| listing.row_of(seq).is_some_and(|row| row.medium == Some(Medium::Screen));
    let outdated = |seq| Outdated::of(changes, &listing.row_of(seq)?);
    let parts = News::new(changes, &is_screen, &outdated).parts(language).join(language.pick("；", "; "));
    if parts.is_empty() {
        return said!(
            language,
            "与第 {revision} 版相比，二维码没有变化。\n",
            "Since revision {revision} no code changed.\n",
        );
    }
    said!(
        language,
        "与第 {revision} 版相比：{parts}。明细见 {FILE_NAME}。\n",
        "Since revision {revision}: {parts}. {FILE_NAME} lists them.\n",
    )
}
