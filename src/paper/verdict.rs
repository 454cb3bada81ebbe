//! The verdict on one printed picture.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::terms::PaperTerms;
use crate::model::Medium;

/// A picture of a code that hangs somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// What its code is shown on by now; `None` if that is not declared.
    pub medium: Option<Medium>,
    /// Whether it is the newest picture of its code.
    pub is_newest: bool,
    /// When it expires; `None` for a permanent code.
    pub expires_at: Option<Timestamp>,
}

/// Why a printed picture must come down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComesDown {
    /// The code has a newer picture, which is to be printed instead.
    Replace,
    /// The code is for screens now: nothing is printed instead.
    TakeDown,
}

impl ComesDown {
    /// Both, in the order in which they are listed.
    pub const ALL: [Self; 2] = [Self::Replace, Self::TakeDown];

    /// `None` if the picture may hang, however long it works.
    pub fn of(medium: Option<Medium>, is_newest: bool) -> Option<Self> {
        if medium == Some(Medium::Screen) {
            Some(Self::TakeDown)
        } else {
            (!is_newest).then_some(Self::Replace)
        }
    }

    /// What is to be done, in English. `codes` is how many codes it is about.
    pub fn advice(self, codes: u64) -> String {
        let them = if codes == 1 { "it" } else { "them" };
        match self {
            Self::Replace => format!("print the newest and hand {them} over"),
            Self::TakeDown => format!("take {them} down, or declare {them} `medium: paper` and print {them}"),
        }
    }
}

/// What is to be done about a printed picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Hangs,
    /// It must come down.
    ComesDown(ComesDown),
    /// It may hang, but expires before the campaign's last day is over, which nothing accepts.
    ExpiresEarly(Timestamp),
    /// It no longer works.
    Expired(Timestamp),
}

impl Verdict {
    /// Judges a picture as of `now`.
    pub fn of(picture: Picture, terms: &PaperTerms, now: Timestamp) -> Self {
        match (ComesDown::of(picture.medium, picture.is_newest), picture.expires_at) {
            (Some(comes_down), _) => Self::ComesDown(comes_down),
            (None, Some(at)) if at <= now => Self::Expired(at),
            (None, Some(at)) if terms.is_early(at) => Self::ExpiresEarly(at),
            (None, _) => Self::Hangs,
        }
    }

    /// The word in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hangs => "hangs",
            Self::ComesDown(ComesDown::Replace) => "replace",
            Self::ComesDown(ComesDown::TakeDown) => "take_down",
            Self::ExpiresEarly(_) => "expires_early",
            Self::Expired(_) => "expired",
        }
    }

    /// Writes the word, or null.
    pub fn write_or_null<S: Serializer>(verdict: &Option<Self>, serializer: S) -> Result<S::Ok, S::Error> {
        verdict.map(Self::as_str).serialize(serializer)
    }
}
