//! What a bundle says of itself as a whole.

use std::fmt;
use std::path::Path;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{AccountName, AppId, CampaignName, Declared, PictureNames, Recipient, is_emulators};

/// Marks of a bundle that is not for print as it is. The usual bundle has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Kind {
    /// Whether codes of the campaign are missing.
    pub partial: bool,
    /// Whether an emulator made one of its codes, which leads nowhere. Follows from the codes' urls.
    #[serde(rename = "not_for_print")]
    pub emulator: bool,
}

impl Kind {
    /// What the file's name ends in.
    fn ending(self) -> &'static str {
        match (self.partial, self.emulator) {
            (false, false) => ".zip",
            (true, false) => ".PARTIAL.zip",
            (false, true) => ".NOT-FOR-PRINT.zip",
            (true, true) => ".PARTIAL.NOT-FOR-PRINT.zip",
        }
    }

    /// `metro.zip`, `metro.PARTIAL.zip`, `metro.NOT-FOR-PRINT.zip`
    pub fn file_name(self, campaign: &CampaignName) -> String {
        format!("{campaign}{}", self.ending())
    }

    /// The names that a campaign's bundle may have: with the platform's codes, and with an emulator's.
    pub fn file_names(partial: bool, campaign: &CampaignName) -> [String; 2] {
        [false, true].map(|emulator| Self { partial, emulator }.file_name(campaign))
    }

    /// Whether a bundle's name says that an emulator made it.
    pub fn is_emulators_name(path: &Path) -> bool {
        path.to_string_lossy().ends_with(".NOT-FOR-PRINT.zip")
    }

    /// `metro.unprinted.zip`: what is left to print of a bundle.
    pub fn unprinted_name(self, campaign: &CampaignName) -> String {
        format!("{campaign}.unprinted{}", self.ending())
    }

    /// `metro.r3.zip`, `metro.r3.NOT-FOR-PRINT.zip`: under which name a revision stays that was replaced.
    pub fn revision_name(self, campaign: &CampaignName, revision: u64) -> String {
        format!("{campaign}.r{revision}{}", self.ending())
    }

    /// The revision in such a name; `None` if it is no such name.
    pub fn revision_of(self, campaign: &CampaignName, file_name: &str) -> Option<u64> {
        let number =
            file_name.strip_prefix(campaign.as_str())?.strip_prefix(".r")?.strip_suffix(self.ending())?;
        let revision = number.parse().ok()?;
        (self.revision_name(campaign, revision) == file_name).then_some(revision)
    }
}

/// Which codes a zip holds that is only a part of a bundle: those that were not handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Selection {
    /// Always true: there is no other kind.
    #[schemars(extend("const" = true))]
    pub unprinted: bool,
    /// Who has not got them; null if nobody has.
    pub to: Option<Recipient>,
}

impl fmt::Display for Selection {
    /// `UNPRINTED: only codes that went to nobody`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.to {
            None => f.write_str("UNPRINTED: only codes that went to nobody"),
            Some(to) => write!(f, "UNPRINTED: only codes that {to} has not got"),
        }
    }
}

/// What a bundle says of itself as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Header {
    /// The campaign whose codes these are.
    pub campaign: CampaignName,
    /// The account's name in the campaign files.
    pub account: AccountName,
    /// The account's appid.
    pub appid: AppId,
    /// 1 for the first bundle of the campaign, one more each time its contents change.
    pub revision: u64,
    /// Whether it may be printed as it is.
    #[serde(flatten)]
    pub kind: Kind,
    /// What its codes are declared for.
    #[serde(skip)]
    pub declared: Declared,
    /// The last day on which its paper hangs, as [`crate::model::Campaign::hangs_until`] has it.
    #[serde(skip)]
    pub until: Option<Date>,
    /// How its pictures are named.
    pub names: PictureNames,
    /// Which part of the bundle it is; null for the bundle itself.
    pub selection: Option<Selection>,
}

impl Header {
    /// Marks the bundle as not for print if one of its codes has an emulator's url.
    pub fn mark<'a>(&mut self, mut urls: impl Iterator<Item = &'a str>) {
        self.kind.emulator = urls.any(is_emulators);
    }

    /// The name of the file: see [`Kind::file_name`] and [`Kind::unprinted_name`].
    pub fn file_name(&self) -> String {
        match self.selection {
            None => self.kind.file_name(&self.campaign),
            Some(_) => self.kind.unprinted_name(&self.campaign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_told_by_its_name_and_by_no_other() {
        let metro = CampaignName::new("metro").expect("a name");
        let emulator = Kind { emulator: true, ..Kind::default() };
        for (kind, revision, name) in [
            (Kind::default(), 3, "metro.r3.zip"),
            (Kind::default(), u64::MAX, "metro.r18446744073709551615.zip"),
            (emulator, 12, "metro.r12.NOT-FOR-PRINT.zip"),
        ] {
            assert_eq!(kind.revision_name(&metro, revision), name);
            assert_eq!(kind.revision_of(&metro, name), Some(revision));
        }
        for other in [
            "metro.zip",
            "metro.r.zip",
            "metro.r03.zip",
            "metro.r+3.zip",
            "metro.r-3.zip",
            "metro.r18446744073709551616.zip",
            "metro.r3.PARTIAL.zip",
            "metro.r3.NOT-FOR-PRINT.zip",
            "metro.r3.zip.bak",
            "metro.unprinted.zip",
            "Metro.r3.zip",
            "metros.r3.zip",
        ] {
            assert_eq!(Kind::default().revision_of(&metro, other), None, "{other}");
        }
    }
}
