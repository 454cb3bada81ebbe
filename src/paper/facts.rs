//! What was handed over to be printed of one campaign, counted by what is to be done about it.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::terms::{PaperTerms, PrintPermit};
use super::verdict::ComesDown;
use crate::model::{
    AppId, Campaign, CampaignName, Code, Generation, HandedGeneration, History, Instant, Labels, Medium,
    PrintedCode, Scene, has_ended,
};

/// The codes of a campaign on one account that are on paper.
///
/// A scene counts once, with what there is most to do about any of its pieces. What was printed for another account
/// counts if its scene has a code now, as an earlier picture of that: there it is to be replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PaperFacts {
    /// Codes on paper in their newest generation.
    #[serde(rename = "on_paper")]
    pub current: u64,
    /// Codes on paper as an earlier picture, of this account or of one that the campaign had before: to be printed again.
    #[serde(rename = "outdated_on_paper")]
    pub outdated: u64,
    /// When the first of the outdated ones dies.
    #[serde(rename = "paper_dies_at", serialize_with = "Instant::write_or_null")]
    pub outdated_expires_at: Option<Timestamp>,
    /// Codes on paper that are for screens now: to be taken down.
    #[serde(rename = "screens_on_paper")]
    pub for_screens: u64,
    /// When the first paper of those dies.
    #[serde(rename = "screens_paper_dies_at", serialize_with = "Instant::write_or_null")]
    pub for_screens_expires_at: Option<Timestamp>,
    /// Codes for paper that work and hang nowhere, and whose newest picture was never handed over. None of a campaign that
    /// has ended.
    pub never_handed_over: u64,
    /// Each piece that must come down and expires before the campaign's last day is over, which the file does not
    /// accept, by expiry. None of a campaign that has ended, or of codes in no file.
    #[serde(skip)]
    pub early: Vec<(ComesDown, Timestamp)>,
}

/// A campaign as the files have it, with the appid of its account.
#[derive(Debug, Clone, Copy)]
pub struct Home<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The appid of its account in the files.
    pub appid: &'a AppId,
}

impl PaperFacts {
    /// Counts the pieces of a campaign, of whatever account, that are to be looked after on the account `appid`. `home` is
    /// the campaign in the files, if it is there. Codes that `is_meant` does not hold for are left out.
    pub fn of(
        (name, appid): (&CampaignName, &AppId),
        pieces: &[PrintedCode],
        home: Option<Home<'_>>,
        history: &History,
        is_meant: &dyn Fn(&Scene, &Labels) -> bool,
        now: Timestamp,
    ) -> Self {
        let here = home.filter(|home| home.appid == appid);
        let terms = here.map(|home| PaperTerms::new(home.campaign, PrintPermit::default()));
        let codes: BTreeMap<&Scene, &Code> = here
            .filter(|_| !pieces.is_empty())
            .map(|home| home.campaign.codes.iter().map(|code| (code.scene(), code.as_ref())).collect())
            .unwrap_or_default();
        let mut facts = Self::default();
        let mut worst: BTreeMap<&Scene, Option<ComesDown>> = BTreeMap::new();
        for piece in pieces {
            let Some((owner, is_newest)) = owner(piece, name, home, history) else { continue };
            let code = codes.get(&piece.scene).copied();
            let recorded = || history.code(owner, &piece.scene).map(|record| &record.labels);
            let labels = code.map(Code::labels).or_else(recorded);
            if owner != appid || labels.is_some_and(|labels| !is_meant(&piece.scene, labels)) {
                continue;
            }
            let comes_down = ComesDown::of(code.and_then(Code::medium), is_newest);
            if let (Some(comes_down), Some(at)) = (comes_down, piece.expires_at) {
                let first = match comes_down {
                    ComesDown::Replace => &mut facts.outdated_expires_at,
                    ComesDown::TakeDown => &mut facts.for_screens_expires_at,
                };
                *first = Some(first.map_or(at, |first| first.min(at)));
                let is_watched = |terms: &PaperTerms| !has_ended(terms.until, now) && terms.is_early(at);
                if code.is_some() && terms.as_ref().is_some_and(is_watched) {
                    facts.early.push((comes_down, at));
                }
            }
            let of_scene = worst.entry(&piece.scene).or_insert(comes_down);
            *of_scene = comes_down.max(*of_scene);
        }
        facts.early.sort_unstable_by_key(|(_, at)| *at);
        let count = |verdict| worst.values().filter(|of_scene| **of_scene == verdict).count() as u64;
        facts.current = count(None);
        facts.outdated = count(Some(ComesDown::Replace));
        facts.for_screens = count(Some(ComesDown::TakeDown));
        facts
    }

    /// How many codes must come down for this reason, and when the first of their pieces expires.
    pub fn hanging(&self, why: ComesDown) -> (u64, Option<Timestamp>) {
        match why {
            ComesDown::Replace => (self.outdated, self.outdated_expires_at),
            ComesDown::TakeDown => (self.for_screens, self.for_screens_expires_at),
        }
    }
}

/// Counts the codes for paper that work and hang nowhere, and whose newest picture was never handed over: neither its
/// paper nor an earlier picture's is among the `pieces`. Codes that `is_meant` does not hold for are left out.
pub fn never_handed_over(
    home: Home<'_>,
    pieces: &[PrintedCode],
    handed: &[HandedGeneration],
    history: &History,
    is_meant: &dyn Fn(&Scene, &Labels) -> bool,
    now: Timestamp,
) -> u64 {
    let hanging: HashSet<&Scene> = pieces.iter().map(|piece| &piece.scene).collect();
    let went: HashSet<(&AppId, &Scene, u32)> =
        handed.iter().map(|handed| (&handed.appid, &handed.scene, handed.generation)).collect();
    let is_waiting = |code: &Code| {
        let (scene, record) = (code.scene(), history.code(home.appid, code.scene()));
        let latest = record.and_then(|record| record.latest.as_ref()).filter(|latest| latest.is_alive(now));
        let was_handed = |latest: &Generation| went.contains(&(home.appid, scene, latest.number));
        latest.is_some_and(|latest| !hanging.contains(scene) && !was_handed(latest))
    };
    let codes = home.campaign.codes.iter().filter(|code| code.medium() == Some(Medium::Paper));
    codes.filter(|code| is_meant(code.scene(), code.labels()) && is_waiting(code)).count() as u64
}

/// The account that looks after a piece, and whether the piece is the newest picture there. `None` if the code went to
/// another campaign.
fn owner<'a>(
    piece: &'a PrintedCode,
    name: &CampaignName,
    home: Option<Home<'a>>,
    history: &History,
) -> Option<(&'a AppId, bool)> {
    // The code that hangs there now, of whatever account.
    let successor = home.and_then(|home| {
        let record = history.code(home.appid, &piece.scene)?;
        let number = record.latest.as_ref()?.number;
        (record.campaign == *name).then_some((home.appid, number))
    });
    match successor {
        Some((owner, number)) => Some((owner, *owner == piece.appid && piece.generation == number)),
        None => piece.is_here.then_some((&piece.appid, piece.is_latest)),
    }
}
