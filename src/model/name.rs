//! Campaign names: each is a folder's name on every system a bundle may travel to.

use std::borrow::Borrow;
use std::ops::RangeInclusive;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;
use unicode_security::skeleton;

use super::word::text_type;
use super::{Mistake, is_invisible};

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

text_type! {
    /// A campaign's name, which is also its folder's and its bundle's.
    CampaignName(Arc<str>)
}

impl CampaignName {
    /// The most bytes of UTF-8: with the longest ending the name still fits a file system's 255.
    pub const MAX_BYTES: usize = 180;

    /// Checks that the name is a folder's name everywhere. The mistake's message goes after the name.
    pub fn new(name: &str) -> Result<Self, Mistake> {
        let folded = fold(name);
        let wrong = if name.trim().is_empty() {
            "is empty".to_owned()
        } else if name.len() > Self::MAX_BYTES {
            format!("has {} bytes; at most {} fit a file name", name.len(), Self::MAX_BYTES)
        } else if let Some(bad) = name.chars().find(|c| c.is_control() || r#"<>:"/\|?*"#.contains(*c)) {
            format!("holds {}, which a folder's name must not hold", spelt(bad))
        } else if let Some(hidden) = name.chars().find(|c| is_invisible(*c)) {
            Mistake::invisible(hidden).of("holds").message
        } else if name.starts_with(['.', ' ', '-']) {
            "must not begin with a dot, a space or a hyphen".to_owned()
        } else if name.ends_with(['.', ' ']) {
            "must not end with a dot or a space".to_owned()
        } else if is_device(name) {
            "is a device's name on Windows".to_owned()
        } else if folded == "emulator" || folded == "pictures" || folded.starts_with("ledger.sqlite") {
            "is a name the output folder uses itself".to_owned()
        } else {
            return Ok(Self(name.into()));
        };
        let help = "it names a folder and a bundle; `campaign:` states it, otherwise it is the file's";
        Err(Mistake::new("campaign-name", wrong).help(help))
    }

    /// The form in which names are compared: no two campaigns may share it.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

impl CampaignName {
    /// The form in which names look the same to people: letters of other alphabets as the Latin ones they look like.
    pub fn look(&self) -> String {
        let latin = |c: char| if c.is_ascii() { c.to_string() } else { look_of(c) };
        // Letters that look like an `m` look like `rn` too.
        fold(&self.0.chars().map(latin).collect::<String>()).replace("rn", "m")
    }

    /// The first character that looks like a Latin letter or a digit and is none, if the name has Latin letters too.
    ///
    /// A mistake in campaign files only: a ledger may have such names already.
    pub fn check_letters(&self) -> Result<(), Mistake> {
        let is_alike = |c: &char| {
            !c.is_ascii() && !IDEOGRAPHS.contains(c) && look_of(*c).bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let mut letters = self.0.chars().filter(|_| self.0.contains(|c: char| c.is_ascii_alphabetic()));
        let Some(alike) = letters.find(is_alike) else { return Ok(()) };
        let wrong =
            format!("holds '{alike}' (U+{:04X}), which looks like '{}'", u32::from(alike), look_of(alike));
        Err(Mistake::new("campaign-name", wrong)
            .help("write the name anew, with the letters of one alphabet"))
    }
}

/// Chinese characters: `〇` looks like an `O`, and nobody takes one for the other.
const IDEOGRAPHS: RangeInclusive<char> = '\u{2e80}'..='\u{9fff}';

/// What a character looks like.
fn look_of(c: char) -> String {
    skeleton(c.encode_utf8(&mut [0; 4])).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaigns_name_is_a_folders_name_everywhere() {
        for good in ["metro-screens", "地铁 屏幕", "a.b", "COM10", "q1_2026"] {
            assert!(CampaignName::new(good).is_ok(), "{good}");
        }
        for (name, wrong) in [
            ("", "is empty"),
            ("a/b", "holds '/'"),
            ("a\nb", "holds the control character U+000A"),
            ("a\u{200d}b", "holds an invisible character, U+200D"),
            ("..", "must not begin"),
            (".hidden", "must not begin"),
            ("a.", "must not end"),
            ("nul", "is a device's name"),
            ("Com1.x", "is a device's name"),
            ("Emulator", "is a name the output folder uses"),
            ("pictures", "is a name the output folder uses"),
            ("ledger.sqlite", "is a name the output folder uses"),
        ] {
            let mistake = CampaignName::new(name).expect_err(name);
            assert!(mistake.message.starts_with(wrong), "{name}: {mistake}");
        }
    }

    #[test]
    fn names_that_look_alike_are_told_from_others() {
        let name = |text| CampaignName::new(text).expect(text);
        let rows = [
            ("metro", "m\u{435}tro", true),  // a Cyrillic е
            ("Metro", "\u{ff4d}etro", true), // a full-width m
            ("coco", "\u{441}\u{43e}\u{441}\u{43e}", true),
            ("BEE", "\u{412}\u{415}\u{415}", true),
            ("metro", "metr\u{f3}", false), // ó
            ("地铁", "地铁2", false),
            ("metro1", "metrol", false),
        ];
        for (one, other, alike) in rows {
            assert_eq!(name(one).look() == name(other).look(), alike, "{one} {other}");
        }
        for good in [
            "metro",
            "地铁 屏幕 (2)",
            "vip-二〇二六",
            "2026-осень",
            "сосо",
            "café",
            "２０２６春节",
            "q1（北京）",
            "ニ号店",
        ] {
            assert_eq!(name(good).check_letters(), Ok(()), "{good}");
        }
        for (bad, wrong) in
            [("metr\u{43e}", "'о' (U+043E), which looks like 'o'"), ("\u{ff51}1a", "'ｑ' (U+FF51)")]
        {
            let mistake = name(bad).check_letters().expect_err(bad);
            assert!(mistake.message.contains(wrong), "{mistake}");
        }
    }

    #[test]
    fn names_are_folded_by_case_and_composition() {
        assert_eq!(fold("Cafe\u{301}"), fold("CAFÉ"));
    }
}
