//! What a bundle says of itself as a whole.

use crate::model::{AccountName, AppId, CampaignName};

/// Marks of a bundle that is not for print as it is. The usual bundle has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kind {
    /// Codes of the campaign are missing.
    pub partial: bool,
    /// The codes come from the emulator and lead nowhere.
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
}

/// What a bundle says of itself as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The campaign whose codes these are.
    pub campaign: CampaignName,
    /// The account's name in the campaign files.
    pub account: AccountName,
    /// The account.
    pub appid: AppId,
    /// 1 for the first bundle of the campaign, one more each time its contents change.
    pub revision: u64,
    /// Whether it may be printed as it is.
    pub kind: Kind,
}

impl Header {
    /// `metro.zip`, `metro.PARTIAL.zip`, `metro.NOT-FOR-PRINT.zip`
    pub fn file_name(&self) -> String {
        format!("{}{}", self.campaign, self.kind.ending())
    }
}
