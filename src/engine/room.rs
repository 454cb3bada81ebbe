//! What a plan will write, with the sizes of what lies there: [`RoomNeeded`] is estimated from it.

use super::fetch::picture_path;
use super::pack::Places;
use super::revisions;
use crate::fsio;
use crate::ledger::{Ledger, LedgerError};
use crate::model::History;
use crate::plan::{Action, BundleRoom, CampaignPlan, Plan, RoomNeeded};

/// What carrying out a plan takes on the disks.
///
/// A campaign without changes whose bundle has its recorded size is not counted. A partial bundle is taken for the
/// whole one it stands in for.
pub fn room_needed<L: Ledger>(
    plan: &Plan,
    history: &History,
    ledger: &L,
    places: &Places,
) -> Result<RoomNeeded, LedgerError> {
    let (mut tickets, mut fetches) = (0, 0);
    let mut bundles = Vec::new();
    for campaign in plan.campaigns.iter().filter(|campaign| !campaign.is_refused()) {
        let count = |which: &dyn Fn(&Action) -> bool| {
            campaign.actions.iter().filter(|action| which(action)).count() as u64
        };
        let without_picture = count(&is_without_picture);
        tickets += count(&|action| action.kind.issues());
        fetches += without_picture;
        let codes = campaign.codes().len() as u64;
        if campaign.ended || codes == 0 {
            continue;
        }
        let record = ledger.bundle(&campaign.name)?;
        let path = record.as_ref().map(|record| places.folder(campaign).join(&record.file_name));
        let replaces = path.and_then(|path| fsio::file_facts(&path)).map(|found| found.bytes);
        let is_at_hand = replaces.is_some() && replaces == record.as_ref().map(|record| record.bytes);
        if is_at_hand && without_picture == 0 && campaign.counts().changes() == 0 {
            continue;
        }
        let pictures = pictures_at_hand(campaign, history, places);
        // What was recorded stays as a revision, and the earliest revision goes; anything else is replaced.
        let frees = match record.filter(|_| is_at_hand) {
            Some(record) => {
                let header = places.header(campaign, false, record.revision);
                revisions::frees(&places.folder(campaign), &header)
            }
            None => replaces.unwrap_or(0),
        };
        bundles.push(BundleRoom { codes, without_picture, pictures, frees });
    }
    Ok(RoomNeeded::estimate(tickets, fetches, &bundles))
}

fn is_without_picture(action: &Action) -> bool {
    action.kind.issues() || action.picture_missing
}

/// The bytes of the pictures that a campaign's codes have and keep.
fn pictures_at_hand(campaign: &CampaignPlan, history: &History, places: &Places) -> u64 {
    let bytes_of = |action: &Action| {
        let record = history.code(&campaign.appid, campaign.scene(action))?;
        let picture = record.latest.as_ref()?.picture?;
        Some(fsio::file_facts(&picture_path(&places.pictures, &picture.digest))?.bytes)
    };
    let kept = campaign.actions.iter().filter(|action| !is_without_picture(action));
    kept.filter_map(bytes_of).sum()
}
