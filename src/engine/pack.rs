//! Packing: a campaign's bundle, written beside its place, read again, put there in one step and recorded.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::event::Event;
use super::folders::Folders;
use super::revisions;
use crate::bundle::{
    self, Artifact, BundleError, Change, ChangeKind, Changes, Comparison, Facts, Header, Since, Written,
};
use crate::fsio::{self, FsError, StagedFolder};
use crate::ledger::{BundleRecord, BundledRow, Ledger, LedgerError};
use crate::model::{Code, CodeKey, Digest, Generation, Hasher, History, counted};
use crate::paper::ComesDown;
use crate::plan::BundleState;
use crate::plan::CampaignPlan;
use crate::symbol::{self, PictureError, VerifiedPicture};

/// A bundle as it lies in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct BundleAtHand {
    /// Where it is.
    pub path: PathBuf,
    /// What the ledger has recorded of it.
    pub record: BundleRecord,
    /// `Current` or `Stale`.
    pub state: BundleState,
}

/// Why a bundle could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackError {
    /// Pictures that were verified before are missing or were changed since; they are to be fetched again.
    #[error("{} of the campaign {}", counted(.0.len() as u64, "picture"), if .0.len() == 1 { "is missing or was changed" } else { "are missing or were changed" })]
    Pictures(Vec<CodeKey>),
    /// A signal came.
    #[error("stopped by a signal")]
    Stopped,
    /// The disk.
    #[error(transparent)]
    Disk(#[from] FsError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Writing or re-reading.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

/// The codes of a campaign that have a verified picture, in the order of the manifest; with an instant only those
/// that still work then, or hang dead on paper as accepted.
pub(super) fn facts<'a>(
    campaign: &'a CampaignPlan,
    history: &'a History,
    alive_at: Option<Timestamp>,
) -> Vec<Facts<'a>> {
    let mut facts: Vec<Facts<'a>> = campaign
        .codes()
        .iter()
        .filter_map(|code| {
            let record = history.code(&campaign.appid, code.scene())?;
            let generation = record.latest.as_ref().filter(|generation| generation.picture.is_some())?;
            if !alive_at
                .is_none_or(|now| generation.is_alive(now) || is_left_dead(campaign, code, generation))
            {
                return None;
            }
            let at_home = record.campaign == campaign.name;
            at_home.then(|| Facts {
                seq: record.seq,
                scene: code.scene(),
                labels: code.labels(),
                medium: code.medium(),
                generation,
            })
        })
        .collect();
    facts.sort_by_key(|facts| facts.seq);
    facts
}

/// Whether the bundle in a campaign's folder is the one that was recorded and holds these contents, as far as
/// that can be told without reading it. `modified_at` is when its zip is expected to have been written.
///
/// The manifests beside it were written before it: one that is newer was changed since.
pub(super) fn bundle_state(
    record: &BundleRecord,
    folder: &Path,
    contents: Option<&Digest>,
    modified_at: Timestamp,
) -> BundleState {
    let Some(zip) = fsio::file_facts(&folder.join(&record.file_name)) else { return BundleState::Missing };
    let is_untouched = |name: &&str| {
        let manifest = fsio::file_facts(&folder.join(name));
        manifest.is_some_and(|manifest| manifest.bytes > 0 && manifest.modified_at <= zip.modified_at)
    };
    let is_recorded = zip.bytes == record.bytes && zip.modified_at == modified_at;
    let manifests = [bundle::MANIFEST_CSV, bundle::MANIFEST_JSON];
    if is_recorded && contents == Some(&record.contents) && manifests.iter().all(is_untouched) {
        BundleState::Current
    } else {
        BundleState::Stale
    }
}

/// Whether a dead code on paper stays what it is: its death was accepted.
fn is_left_dead(campaign: &CampaignPlan, code: &Code, generation: &Generation) -> bool {
    generation.expires_at.is_some_and(|at| campaign.paper.lets_expire(code, at))
}

/// Packs the campaigns of one run.
pub(super) struct Packer<'a, L> {
    pub(super) ledger: &'a mut L,
    pub(super) folders: &'a Folders,
    /// Codes that are dead then stay out, those aside whose death on paper was accepted; `None` where the clock does
    /// not matter.
    pub(super) alive_at: Option<Timestamp>,
    /// Takes what happens.
    pub(super) event: &'a dyn Fn(&Event),
    /// Whether to give up.
    pub(super) stopped: &'a dyn Fn() -> bool,
}

impl<L: Ledger> Packer<'_, L> {
    /// What a bundle says of itself.
    pub(super) fn header(&self, campaign: &CampaignPlan, partial: bool, revision: u64) -> Header {
        self.folders.header(campaign, partial, revision)
    }

    /// The bundle that lies in a campaign's place, compared with what it should hold.
    pub(super) fn at_hand(
        &mut self,
        campaign: &CampaignPlan,
        contents: &Digest,
        now: Timestamp,
    ) -> Result<Option<BundleAtHand>, PackError> {
        let Some(record) = self.ledger.bundle(&campaign.name)? else { return Ok(None) };
        let folder = self.folders.campaign(&campaign.name);
        let path = folder.join(&record.file_name);
        let Some(found) = fsio::file_facts(&path) else { return Ok(None) };
        let mut record = record;
        let mut state = bundle_state(&record, &folder, Some(contents), found.modified_at);
        if state == BundleState::Current && found.modified_at != record.modified_at {
            // Copied back from a backup, or tampered with: only its bytes can tell.
            let mut hasher = Hasher::default();
            fsio::read_into(&path, &mut hasher)?;
            if hasher.finish() == record.zip {
                record.modified_at = found.modified_at;
                self.ledger.record_bundle(&campaign.name, &record, &mut std::iter::empty(), now)?;
            } else {
                state = BundleState::Stale;
            }
        }
        Ok(Some(BundleAtHand { path, record, state }))
    }

    /// Writes a campaign's bundle and puts it in its place.
    ///
    /// The revision rises where the contents differ from those recorded, and the one before stays under its number. A
    /// partial bundle lies beside the whole one, is not recorded, is kept only until the campaign is complete, and has
    /// the revision the next whole one would have.
    pub(super) fn pack(
        &mut self,
        campaign: &CampaignPlan,
        history: &History,
        partial: bool,
        now: Timestamp,
    ) -> Result<BundleAtHand, PackError> {
        let facts = facts(campaign, history, self.alive_at);
        let header = self.header(campaign, partial, 0);
        let contents = bundle::contents_digest(&header, facts.iter().copied());
        let mut artifacts = self.artifacts(campaign, &facts)?;
        drop(facts);
        let before = self.ledger.bundle(&campaign.name)?;
        // What was handed over later is for the next revision: a bundle that is built again keeps its bytes.
        let (revision, handoffs) = match &before {
            Some(record) if record.contents == contents => (record.revision, record.handoffs),
            other => (other.as_ref().map_or(0, |record| record.revision) + 1, self.ledger.last_handoff()?),
        };
        let header = Header { revision, ..header };
        (self.event)(&Event::Bundling { campaign: campaign.name.clone(), codes: artifacts.len() as u64 });
        fsio::create_folder(&self.folders.output)?;
        let staged = StagedFolder::create(&self.folders.output)?;
        let changes = self.changes(&header, &artifacts, handoffs)?;
        let written = self.write(campaign, &header, &mut artifacts, &changes, staged.path())?;
        drop(changes);

        let folder = self.folders.campaign(&campaign.name);
        let path = folder.join(&written.file_name);
        self.put_in_place(campaign, &header, staged, &written.file_name, before)?;
        let modified_at = fsio::file_facts(&path).map_or(now, |found| found.modified_at);
        let record = BundleRecord {
            revision,
            contents,
            zip: written.digest,
            bytes: written.bytes,
            modified_at,
            file_name: written.file_name,
            handoffs,
        };
        if !partial {
            let mut rows = artifacts.iter().filter_map(|artifact| bundled_row(campaign, history, artifact));
            self.ledger.record_bundle(&campaign.name, &record, &mut rows, now)?;
            revisions::prune(&folder, &header);
        }
        (self.event)(&Event::Bundled {
            campaign: campaign.name.clone(),
            path: path.clone(),
            revision,
            codes: artifacts.len() as u64,
        });
        Ok(BundleAtHand { path, record, state: BundleState::Current })
    }

    /// Puts a written bundle in its place. A whole one keeps the revision before it beside it, under its number.
    fn put_in_place(
        &self,
        campaign: &CampaignPlan,
        header: &Header,
        staged: StagedFolder,
        file_name: &str,
        before: Option<BundleRecord>,
    ) -> Result<(), FsError> {
        let folder = self.folders.campaign(&campaign.name);
        if header.kind.partial {
            fsio::create_folder(&folder)?;
            return fsio::publish(&staged.path().join(file_name), &folder.join(file_name));
        }
        if let Some(record) = before.filter(|record| record.revision < header.revision) {
            revisions::keep(&staged, &folder, header, &record)?;
        }
        staged.replace(&folder)?;
        self.remove_partial(campaign)
    }

    /// Removes a partial bundle, where there is one: the campaign is complete.
    pub(super) fn remove_partial(&self, campaign: &CampaignPlan) -> Result<(), FsError> {
        let name = self.header(campaign, true, 0).file_name();
        fsio::remove_file(&self.folders.campaign(&campaign.name).join(name))
    }

    /// What changed since the revision before, from what is on record: the same ledger tells the same of a revision
    /// whenever it is packed, whatever lies in the campaign's folder.
    fn changes(
        &self,
        header: &Header,
        artifacts: &[Artifact<'_>],
        handoffs: u64,
    ) -> Result<Changes, LedgerError> {
        let mut comparison = Comparison::with(artifacts);
        let on_record = self.ledger.bundled(&header.campaign, header.revision, &mut |code| {
            comparison.add(code);
        })?;
        let mut changes = match header.revision {
            ..=1 => comparison.finish(Since::First),
            revision if on_record => comparison.finish(Since::Revision(revision - 1)),
            revision => Changes::unknown(revision - 1),
        };
        if header.kind.partial {
            // What it lacks may only not be there yet, so it withdraws nothing.
            changes.changes.retain(|change| change.kind != ChangeKind::Withdrawn);
        }
        if handoffs > 0 {
            let changed: HashSet<u64> = changes.changes.iter().filter_map(Change::place).collect();
            // By scene: after a change of the account another code hangs in the same place.
            let here: HashMap<_, _> =
                artifacts.iter().map(|artifact| (artifact.facts.scene, artifact)).collect();
            let mut found = Vec::new();
            self.ledger.paper(&header.campaign, handoffs, &mut |mut paper| {
                let artifact = here.get(&paper.scene);
                paper.seq = artifact.map_or(paper.seq, |artifact| artifact.facts.seq);
                let comes_down = |artifact: &&Artifact<'_>| {
                    ComesDown::of(artifact.facts.medium, artifact.url == paper.url).is_some()
                };
                if artifact.is_some_and(comes_down) || changed.contains(&paper.seq) {
                    found.push(paper);
                }
            })?;
            found.sort_by(|one, other| (one.seq, &one.to).cmp(&(other.seq, &other.to)));
            changes.paper = found;
        }
        Ok(changes)
    }

    fn write(
        &self,
        campaign: &CampaignPlan,
        header: &Header,
        artifacts: &mut [Artifact<'_>],
        changes: &Changes,
        staging: &Path,
    ) -> Result<Written, PackError> {
        let folders = self.folders;
        let mut stopped = false;
        let mut provide = |artifact: &Artifact<'_>| {
            stopped = stopped || (self.stopped)();
            if stopped {
                return Err(PictureError::Unreadable { reason: "stopped by a signal".to_owned() });
            }
            recall(folders, artifact.facts.generation)
        };
        let mut progress = |codes| {
            (self.event)(&Event::BundleProgress { campaign: campaign.name.clone(), codes });
        };
        let written = bundle::write(header, artifacts, changes, &mut provide, staging, &mut progress);
        match written {
            Err(BundleError::Picture { .. }) if stopped => Err(PackError::Stopped),
            Err(BundleError::Picture { .. }) => Err(PackError::Pictures(self.spoilt(campaign)?)),
            other => Ok(other?),
        }
    }

    /// The facts, which are in the order of their seq, each with its generation's ticket and url.
    fn artifacts<'f>(
        &self,
        campaign: &CampaignPlan,
        facts: &[Facts<'f>],
    ) -> Result<Vec<Artifact<'f>>, LedgerError> {
        let mut artifacts = Vec::with_capacity(facts.len());
        self.ledger.artifacts(&campaign.appid, &campaign.name, &mut |stored| {
            if let Ok(index) = facts.binary_search_by_key(&stored.seq, |facts| facts.seq)
                && facts[index].generation.number == stored.generation.number
            {
                artifacts.push(Artifact { facts: facts[index], ticket: stored.ticket, url: stored.url });
            }
        })?;
        Ok(artifacts)
    }

    /// The codes whose pictures are not what was verified. Files that are not are removed, so that every plan sees
    /// that they are to be fetched.
    fn spoilt(&self, campaign: &CampaignPlan) -> Result<Vec<CodeKey>, LedgerError> {
        let mut spoilt = Vec::new();
        self.ledger.artifacts(&campaign.appid, &campaign.name, &mut |stored| {
            if let Some(facts) = stored.generation.picture
                && recall(self.folders, &stored.generation).is_err()
            {
                // What lies under its name is not it. Where it cannot be removed, it is replaced when it comes.
                let _ = fsio::remove_file(&self.folders.picture(&facts.digest));
                spoilt.push(stored.key);
            }
        })?;
        Ok(spoilt)
    }
}

/// What the ledger remembers of a code in a bundle.
fn bundled_row<'a>(
    campaign: &CampaignPlan,
    history: &History,
    artifact: &Artifact<'a>,
) -> Option<BundledRow<'a>> {
    let Facts { scene, labels, medium, generation, .. } = artifact.facts;
    let key = history.code(&campaign.appid, scene)?.key;
    Some(BundledRow {
        key,
        generation: generation.number,
        channel: &labels.channel,
        medium,
        digest: artifact.digest(),
    })
}

/// The picture of a generation, if it is still what was verified.
fn recall(folders: &Folders, generation: &Generation) -> Result<VerifiedPicture, PictureError> {
    let unreadable = |reason: String| PictureError::Unreadable { reason };
    let facts = generation.picture.ok_or_else(|| unreadable("it was never verified".to_owned()))?;
    let path = folders.picture(&facts.digest);
    let bytes =
        fsio::read_limited(&path, symbol::MAX_BYTES as u64).map_err(|error| unreadable(error.to_string()))?;
    symbol::recall(bytes, facts)
}
