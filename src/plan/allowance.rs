//! `--allow`: limits that do not hold in one run.

use std::fmt;
use std::str::FromStr;

use crate::model::{CampaignName, LimitKind, quoted, visible};

/// `retire=metro`: for this campaign this limit does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allowance {
    /// The limit.
    pub kind: LimitKind,
    /// The campaign.
    pub campaign: CampaignName,
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind, self.campaign)
    }
}

impl FromStr for Allowance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, campaign) = text.split_once('=').unwrap_or((text, ""));
        let shown = |text: &str| quoted(&visible(text));
        let kind =
            LimitKind::ALL.into_iter().find(|known| known.as_str() == kind.trim()).ok_or_else(|| {
                let kind = shown(kind);
                format!("{kind} is no limit: write reissue=CAMPAIGN, retire=CAMPAIGN or relabel=CAMPAIGN")
            })?;
        let campaign = CampaignName::new(campaign.trim())
            .map_err(|_| format!("{} is no campaign's name", shown(campaign)))?;
        Ok(Self { kind, campaign })
    }
}
