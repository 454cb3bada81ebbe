//! What may be handed over to be printed, and what is to be looked at although it was.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::terms::PaperTerms;
use super::verdict::{ComesDown, Picture, Verdict};
use crate::model::{
    CampaignName, HandedGeneration, Medium, PrintedCode, Recipient, Scene, counted, grouped, minute_text,
};

/// Whether a code of a bundle is printed: all are but those declared for screens.
pub fn is_printed(medium: Option<Medium>) -> bool {
    ComesDown::of(medium, true).is_none()
}

/// Why the codes of a bundle must not go to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotForPrint {
    /// All are for screens.
    #[error("its campaign is for screens (medium: screen): its codes are renewed and do not last on paper")]
    ForScreens,
    /// Some have expired.
    #[error("{0}: print nothing of it, hand over a newer bundle")]
    Expired(String),
}

/// Whether the codes of a bundle, each with its scene, may go to print at `now`.
pub fn may_be_printed<'a>(
    codes: impl Iterator<Item = (&'a Scene, Picture)>,
    now: Timestamp,
) -> Result<(), NotForPrint> {
    let mut printed = codes.filter(|(_, picture)| is_printed(picture.medium)).peekable();
    if printed.peek().is_none() {
        return Err(NotForPrint::ForScreens);
    }
    let terms = PaperTerms::default();
    let expired = printed.filter_map(|(scene, picture)| match Verdict::of(picture, &terms, now) {
        Verdict::Expired(at) => Some((1, at, scene)),
        _ => None,
    });
    // Of several that expired at once the first in the bundle.
    let first = |(count, at, scene), (_, other, its)| {
        if other < at { (count + 1, other, its) } else { (count + 1, at, scene) }
    };
    let Some((codes, at, scene)) = expired.reduce(first) else { return Ok(()) };
    let at = minute_text(at);
    Err(NotForPrint::Expired(match codes {
        1 => format!("1 of its codes is dead (scene {scene}, died on {at})"),
        _ => format!("{} of its codes are dead (the first is scene {scene}, died on {at})", grouped(codes)),
    }))
}

/// What was found of codes that went to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Printed {
    /// Codes whose medium is not declared.
    pub undeclared: u64,
    /// Codes that have been issued anew since, without those that are retired.
    pub superseded: u64,
    /// Temporary codes that are retired.
    pub retired: u64,
    /// Permanent codes that are retired.
    pub retired_permanent: u64,
    /// The revision of a newer bundle, if there is one.
    pub newer_revision: Option<u64>,
}

impl Printed {
    /// What is to be looked at, a sentence each.
    pub fn warnings(&self, campaign: &CampaignName) -> Vec<String> {
        let codes = |count: u64| format!("{} of it", counted(count, "code"));
        let mut warnings = Vec::new();
        if self.undeclared > 0 {
            let are = if self.undeclared == 1 { "is" } else { "are" };
            warnings.push(format!(
                "{} {are} not declared for paper: without `medium: paper` in the campaign file what is printed is renewed \
                 unasked, as another picture",
                codes(self.undeclared)
            ));
        }
        if self.superseded > 0 {
            let have = if self.superseded == 1 { "has" } else { "have" };
            let instead = match self.newer_revision {
                Some(revision) => {
                    format!("revision {revision} of {campaign} is newer: hand over that one instead")
                }
                None => {
                    format!("no bundle of {campaign} has their new pictures yet; `scenepress run` makes it")
                }
            };
            warnings.push(format!("{} {have} been issued anew since; {instead}", codes(self.superseded)));
        }
        let instead = self.newer_revision.map_or_else(String::new, |revision| {
            format!("; revision {revision} of {campaign} is what is wanted now")
        });
        for (count, one, several) in [
            (
                self.retired,
                "is retired: it is not renewed, and what is printed expires on its day",
                "are retired: they are not renewed, and what is printed expires on its day",
            ),
            (
                self.retired_permanent,
                "is retired: it is permanent and works on, but no campaign file lists it",
                "are retired: they are permanent and work on, but no campaign file lists them",
            ),
        ] {
            if count > 0 {
                let what = if count == 1 { one } else { several };
                warnings.push(format!("{} {what}{instead}", codes(count)));
            }
        }
        warnings
    }
}

/// Why paper cannot be recorded as taken down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotOnPaper {
    /// This recipient was never handed anything of the campaign.
    Recipient {
        /// The name.
        from: String,
        /// Who was.
        known: BTreeSet<String>,
    },
    /// This scene was never handed over, or not to the recipient that is named.
    Scene {
        /// The scene, or a range of them.
        scene: String,
        /// What was.
        known: BTreeSet<String>,
    },
}

/// Scenes as somebody names them: one, or the numbers from one to another, as `1001..1050`.
#[derive(Debug)]
struct Sought<'a> {
    text: &'a str,
    range: Option<(u32, u32)>,
}

impl<'a> Sought<'a> {
    fn new(text: &'a str) -> Self {
        let range =
            text.split_once("..").and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        Self { text, range }
    }

    fn is(&self, scene: &Scene) -> bool {
        let is_between =
            |(first, last): (u32, u32)| matches!(scene, Scene::Id(id) if (first..=last).contains(&id.get()));
        self.range.map_or_else(|| scene.to_string() == self.text, is_between)
    }
}

/// The pieces among those that hang which are to be recorded as taken down: those of a recipient, or of everybody, that
/// carry one of these scenes, or any if none is named. Empty if all of them were taken down before.
///
/// An error if a scene or the recipient was never `handed` anything: it is misspelt.
pub fn to_take_down<'p>(
    hanging: &'p [PrintedCode],
    handed: &[HandedGeneration],
    from: Option<&Recipient>,
    scenes: &[String],
) -> Result<Vec<&'p PrintedCode>, NotOnPaper> {
    let is_from = |to: &Recipient| from.is_none_or(|from| from == to);
    if let Some(from) = from.filter(|from| !handed.iter().any(|handed| handed.to == **from)) {
        let known = handed.iter().filter_map(|handed| handed.to.name()).map(str::to_owned).collect();
        return Err(NotOnPaper::Recipient { from: from.to_string(), known });
    }
    let known: BTreeSet<&Scene> =
        handed.iter().filter(|handed| is_from(&handed.to)).map(|handed| &handed.scene).collect();
    let sought: Vec<Sought<'_>> = scenes.iter().map(|scene| Sought::new(scene)).collect();
    let mut named: BTreeSet<&Scene> = BTreeSet::new();
    for one in &sought {
        let mut found = known.iter().copied().filter(|scene| one.is(scene)).peekable();
        if found.peek().is_none() {
            let known = known.iter().map(ToString::to_string).collect();
            return Err(NotOnPaper::Scene { scene: one.text.to_owned(), known });
        }
        named.extend(found);
    }
    let is_named = |piece: &&PrintedCode| sought.is_empty() || named.contains(&piece.scene);
    Ok(hanging.iter().filter(|piece| is_from(&piece.to)).filter(is_named).collect())
}

/// Who was handed codes before by a name that differs from this new one in case, spaces or punctuation only.
pub fn other_spelling<'h>(to: &Recipient, handed: &'h [HandedGeneration]) -> Option<&'h Recipient> {
    let bare = |name: &str| -> String {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let is_known = || handed.iter().any(|handed| handed.to == *to);
    let name = to.name().filter(|_| !is_known()).map(bare)?;
    handed.iter().map(|handed| &handed.to).find(|known| known.name().is_some_and(|known| bare(known) == name))
}
