//! Which bundles are to be deployed after a run.

use std::collections::HashSet;

use super::outcome::RunSummary;
use crate::exit::Exit;
use crate::hooks::DeployBundle;
use crate::ledger::{Ledger, LedgerError};
use crate::model::CampaignName;

/// The bundles that are not the ones last deployed.
///
/// A campaign that was refused, is over or is not in the `wanted` files is not deployed.
pub fn to_deploy<'a, L: Ledger>(
    summary: &'a RunSummary,
    wanted: &[CampaignName],
    ledger: &L,
) -> Result<Vec<DeployBundle<'a>>, LedgerError> {
    let wanted: HashSet<&CampaignName> = wanted.iter().collect();
    let mut bundles = Vec::new();
    for campaign in &summary.campaigns {
        let (Some(path), Some(digest)) = (&campaign.bundle, &campaign.bundle_sha256) else { continue };
        let is_left_alone =
            campaign.ended || campaign.exit == Exit::Refused || !wanted.contains(&campaign.name);
        if is_left_alone || ledger.deployed(&campaign.name)?.as_ref() == Some(digest) {
            continue;
        }
        let (name, account, revision) = (&campaign.name, &campaign.account, campaign.revision);
        bundles.push(DeployBundle { campaign: name, account, path, digest, revision });
    }
    Ok(bundles)
}
