//! What is left to print of a campaign's bundle, in a zip of its own.

use std::collections::HashSet;
use std::path::PathBuf;

use jiff::Timestamp;

use super::bundles;
use super::event::Event;
use super::pack::{BundleAtHand, PackError, Packer};
use crate::bundle::{AsRow, ChangeKind, Changes, Facts, Kind, OnPaper, Selection, Since};
use crate::fsio::{self, FsError, StagedFolder};
use crate::ledger::Ledger;
use crate::model::{Campaign, CampaignName, Declared, Digest, History, Recipient};
use crate::plan::{BundleState, CampaignPlan};

/// What is left to print of a bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct Unprinted {
    /// Who has not got it; `None` if nobody has.
    pub to: Option<Recipient>,
    /// How many codes there are.
    pub codes: u64,
    /// The zip that was written, and its SHA-256; `None` if nothing is left.
    pub file: Option<(PathBuf, Digest)>,
}

impl<L: Ledger> Packer<'_, L> {
    /// Writes the codes that are left to print beside the campaign's bundle, which is packed first unless it is current.
    ///
    /// The zip has the bundle's revision. The ledger records its SHA-256 before it is put in its place, so that every one
    /// that is there may be handed over. Expired codes are left out: nobody prints them.
    pub(super) fn pack_unprinted(
        &mut self,
        campaign: &CampaignPlan,
        files: &Campaign,
        (history, facts): (&History, Vec<Facts<'_>>),
        selection: &Selection,
        now: Timestamp,
    ) -> Result<(BundleAtHand, Unprinted), PackError> {
        let (name, appid) = (&files.name, &campaign.appid);
        let bundle = match self.at_hand(campaign, &facts, now)? {
            Some(bundle) if bundle.state == BundleState::Current => bundle,
            _ => self.pack(files, appid, (history, facts.clone()), false, now)?,
        };
        let revision = bundle.record.revision;
        let mut header = bundles::header(files, appid, false);
        header.revision = revision;
        let mut artifacts = self.artifacts(&header, &facts)?;
        header.mark(artifacts.iter().map(|artifact| artifact.url.as_str()));

        let known = self.on_paper(name, u64::MAX)?;
        let known = selection.to.iter().fold(known, OnPaper::of);
        let unprinted = known.unprinted(appid, artifacts.iter().map(AsRow::row));
        let since = (Since::Unknown(revision), Vec::new());
        let mut changes = Changes::new(&artifacts, appid, since, Some(known));
        artifacts.retain(|artifact| {
            unprinted.contains(&artifact.facts.seq) && artifact.facts.generation.is_alive(now)
        });
        let left: HashSet<u64> = artifacts.iter().map(|artifact| artifact.facts.seq).collect();
        changes.changes.retain(|change| {
            change.kind == ChangeKind::Withdrawn || change.seq.is_some_and(|seq| left.contains(&seq))
        });
        let codes = left.len() as u64;
        if codes == 0 {
            return Ok((bundle, Unprinted { to: selection.to.clone(), codes, file: None }));
        }

        header.declared = Declared::of(artifacts.iter().map(|artifact| artifact.facts.medium));
        header.selection = Some(selection.clone());
        self.event(&Event::Bundling { campaign: name.clone(), codes });
        let staged = StagedFolder::create(&self.folders.output)?;
        let written = self.write(&header, &mut artifacts, &changes, history, staged.path())?;
        self.ledger.record_selection(name, revision, &written.digest, now)?;
        let path = self.folders.campaign(name).join(&written.file_name);
        fsio::publish(&staged.path().join(&written.file_name), &path)?;
        self.event(&Event::Bundled { campaign: name.clone(), path: path.clone(), revision, codes });
        let file = Some((path, written.digest));
        Ok((bundle, Unprinted { to: selection.to.clone(), codes, file }))
    }

    /// Removes such a zip, if there is one: what is left to print is another matter now.
    pub(super) fn remove_unprinted(&self, name: &CampaignName) -> Result<(), FsError> {
        let folder = self.folders.campaign(name);
        [false, true].into_iter().try_for_each(|emulator| {
            let kind = Kind { partial: false, emulator };
            fsio::remove_file(&folder.join(kind.unprinted_name(name)))
        })
    }
}
