//! `--allow`: limits that do not hold in one run.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::model::{CampaignName, LimitKind, quoted, visible};

/// `retire=metro`: for this campaign this limit does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allowance {
    kind: LimitKind,
    campaign: CampaignName,
}

impl Allowance {
    /// The campaign it is for.
    pub fn campaign(&self) -> &CampaignName {
        &self.campaign
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind, self.campaign)
    }
}

/// A text that is no allowance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowanceError {
    /// No limit of that name.
    #[error("{} is no limit: write reissue=CAMPAIGN, retire=CAMPAIGN or relabel=CAMPAIGN", quoted(&visible(.0)))]
    UnknownLimit(String),
    /// No name of a campaign.
    #[error("{} is no campaign's name", quoted(&visible(.0)))]
    Campaign(String),
}

impl FromStr for Allowance {
    type Err = AllowanceError;

    fn from_str(text: &str) -> Result<Self, AllowanceError> {
        let (kind, campaign) = text.split_once('=').unwrap_or((text, ""));
        let known = LimitKind::ALL.into_iter().find(|known| known.as_str() == kind.trim());
        let kind = known.ok_or_else(|| AllowanceError::UnknownLimit(kind.to_owned()))?;
        let name = CampaignName::new(campaign.trim());
        let campaign = name.map_err(|_| AllowanceError::Campaign(campaign.to_owned()))?;
        Ok(Self { kind, campaign })
    }
}

/// The limits that do not hold in this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(BTreeSet<Allowance>);

impl Allowed {
    /// With these.
    pub fn new(allowances: impl IntoIterator<Item = Allowance>) -> Self {
        Self(allowances.into_iter().collect())
    }

    pub(super) fn has(&self, kind: LimitKind, campaign: &CampaignName) -> bool {
        self.0.iter().any(|allowed| allowed.kind == kind && allowed.campaign == *campaign)
    }
}
