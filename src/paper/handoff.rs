//! What may be handed over to be printed, and what is to be looked at although it was.

use jiff::Timestamp;

use super::terms::PaperTerms;
use super::verdict::{ComesDown, Picture, Verdict};
use crate::model::{CampaignName, Medium, Scene, counted, grouped, minute_text};

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
    /// Codes that are retired.
    pub retired: u64,
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
        if self.retired > 0 {
            let (are, they_are) = if self.retired == 1 { ("is", "it is") } else { ("are", "they are") };
            let instead = self.newer_revision.map_or_else(String::new, |revision| {
                format!("; revision {revision} of {campaign} is what is wanted now")
            });
            warnings.push(format!(
                "{} {are} retired: {they_are} not renewed, and what is printed dies on its day{instead}",
                codes(self.retired)
            ));
        }
        warnings
    }
}
