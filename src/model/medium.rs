//! What a code is shown on: paper that cannot change, or a screen that can.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::word::words;

/// What a code is shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// It is printed: a renewal is another picture, so it is never renewed unasked.
    Paper,
    /// It is shown on a screen, where a renewed picture replaces the one before.
    Screen,
}

words! { Medium { Paper: "paper", Screen: "screen" } }

/// What all the codes of a campaign are declared for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Declared {
    /// Some code has no medium: the campaign is not declared for paper. No word stands for it.
    #[default]
    #[serde(skip)]
    Not,
    /// All are for paper.
    Paper,
    /// All are for screens.
    Screen,
    /// Each is for one of the two.
    Mixed,
}

impl Declared {
    /// What codes with these media are declared for.
    pub fn of(media: impl IntoIterator<Item = Option<Medium>>) -> Self {
        let mut declared = None;
        for medium in media {
            let one = match medium {
                None => return Self::Not,
                Some(Medium::Paper) => Self::Paper,
                Some(Medium::Screen) => Self::Screen,
            };
            declared = Some(if declared.is_none_or(|so_far| so_far == one) { one } else { Self::Mixed });
        }
        declared.unwrap_or_default()
    }

    /// The word in documents; `None` if nothing is declared.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Not => None,
            Self::Paper => Some("paper"),
            Self::Screen => Some("screen"),
            Self::Mixed => Some("mixed"),
        }
    }

    /// What every one of the codes is shown on; `None` if that is not said or not the same for all.
    pub fn medium(self) -> Option<Medium> {
        match self {
            Self::Paper => Some(Medium::Paper),
            Self::Screen => Some(Medium::Screen),
            Self::Not | Self::Mixed => None,
        }
    }

    /// What a word declares; `None` if it is none of the words.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Paper, Self::Screen, Self::Mixed].into_iter().find(|declared| declared.as_str() == Some(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_is_declared_when_every_code_is() {
        use Medium::{Paper, Screen};
        let rows: [(&[Option<Medium>], Declared); 6] = [
            (&[], Declared::Not),
            (&[None], Declared::Not),
            (&[Some(Paper), None], Declared::Not),
            (&[Some(Paper), Some(Paper)], Declared::Paper),
            (&[Some(Screen)], Declared::Screen),
            (&[Some(Paper), Some(Screen), Some(Paper)], Declared::Mixed),
        ];
        for (media, declared) in rows {
            assert_eq!(Declared::of(media.iter().copied()), declared, "{media:?}");
            assert_eq!(declared.as_str().and_then(Declared::from_word).unwrap_or_default(), declared);
            let one =
                media.first().copied().flatten().filter(|first| media.iter().all(|one| one == &Some(*first)));
            assert_eq!(declared.medium(), one, "{media:?}");
        }
        assert_eq!(Medium::from_word("paper"), Some(Paper));
        assert_eq!(Medium::from_word("Paper"), None);
    }
}
