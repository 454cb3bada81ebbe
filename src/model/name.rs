//! Campaign names: each is a folder's name on every system a bundle may travel to.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::is_invisible;

/// The form under which two names are the same file on some system: NFC, lower case.
pub fn fold(name: &str) -> String {
    let lower: String =
        ComposingNormalizerBorrowed::new_nfc().normalize(name).chars().flat_map(char::to_lowercase).collect();
    ComposingNormalizerBorrowed::new_nfc().normalize(&lower).into_owned()
}

/// Whether Windows keeps this name (up to its first dot) for a device.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            matches!(rest, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered("COM")
        || numbered("LPT")
}

/// A campaign's name, which is also its folder's and its bundle's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CampaignName(Arc<str>);

impl CampaignName {
    /// The most bytes of UTF-8: with the longest ending the name still fits a file system's 255.
    pub const MAX_BYTES: usize = 180;

    /// Checks that the name is a folder's name everywhere.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if name.trim().is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > Self::MAX_BYTES {
            return Err(NameError::TooLong { bytes: name.len() });
        }
        if let Some(bad) = name.chars().find(|c| c.is_control() || r#"<>:"/\|?*"#.contains(*c)) {
            return Err(NameError::Character(bad));
        }
        if let Some(hidden) = name.chars().find(|c| is_invisible(*c)) {
            return Err(NameError::Invisible(hidden));
        }
        if name.starts_with(['.', ' ', '-']) {
            return Err(NameError::Start);
        }
        if name.ends_with(['.', ' ']) {
            return Err(NameError::End);
        }
        if is_device(name) {
            return Err(NameError::Device);
        }
        let folded = fold(name);
        if folded == "emulator" || folded == "pictures" || folded.starts_with("ledger.sqlite") {
            return Err(NameError::Taken);
        }
        Ok(Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which names are compared: no two campaigns may share it.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

impl fmt::Display for CampaignName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Borrow<str> for CampaignName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// `'/'`, or the number of a character that cannot be shown.
fn spelt(c: char) -> String {
    if c.is_control() { format!("the control character U+{:04X}", u32::from(c)) } else { format!("'{c}'") }
}

/// Why a text cannot name a campaign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but spaces.
    #[error("is empty")]
    Empty,
    /// Too long for a file name.
    #[error("has {bytes} bytes; at most 180 fit a file name")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// A character some file system forbids.
    #[error("holds {}, which a folder's name must not hold", spelt(*.0))]
    Character(char),
    /// A character that nobody sees.
    #[error("holds an invisible character, U+{:04X}", u32::from(*.0))]
    Invisible(char),
    /// It would be hidden, or be taken for an option.
    #[error("must not begin with a dot, a space or a hyphen")]
    Start,
    /// Windows drops these.
    #[error("must not end with a dot or a space")]
    End,
    /// A device name.
    #[error("is a device's name on Windows")]
    Device,
    /// A name the output folder uses itself.
    #[error("is a name the output folder uses itself")]
    Taken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaigns_name_is_a_folders_name_everywhere() {
        for good in ["metro-screens", "地铁 屏幕", "a.b", "COM10", "q1_2026"] {
            assert!(CampaignName::new(good).is_ok(), "{good}");
        }
        let bad = [
            ("", NameError::Empty),
            ("a/b", NameError::Character('/')),
            ("a\u{200d}b", NameError::Invisible('\u{200d}')),
            ("..", NameError::Start),
            (".hidden", NameError::Start),
            ("a.", NameError::End),
            ("nul", NameError::Device),
            ("Com1.x", NameError::Device),
            ("Emulator", NameError::Taken),
            ("pictures", NameError::Taken),
            ("ledger.sqlite", NameError::Taken),
        ];
        for (name, error) in bad {
            assert_eq!(CampaignName::new(name), Err(error), "{name}");
        }
    }

    #[test]
    fn names_are_folded_by_case_and_composition() {
        assert_eq!(fold("Cafe\u{301}"), fold("CAFÉ"));
    }
}
