//! Packing: a campaign's bundle, written beside its place, read again, put there in one step and recorded.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::bundles;
use super::event::{CodeName, Event, Monitor};
use super::folders::Folders;
use super::outcome::RunBundle;
use super::tally::Ticketed;
use crate::bundle::{
    self, Artifact, AsRow, BundleError, ChangeKind, Changes, Facts, Header, Kind, OnPaper, Since, Written,
    contents_digest,
};
use crate::clock;
use crate::exit::{Exit, Signal};
use crate::fsio::{self, FsError, StagedFolder};
use crate::ledger::{BundleRecord, BundledRow, Ledger, LedgerError};
use crate::model::{AppId, Campaign, CampaignName, Code, CodeRecord, Generation, Hasher, History, counted};
use crate::plan::{BundleState, CampaignPlan};
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

impl From<BundleAtHand> for RunBundle {
    fn from(BundleAtHand { path, record, state }: BundleAtHand) -> Self {
        Self {
            path: Some(path),
            digest: Some(record.zip),
            state,
            revision: Some(record.revision),
            written_at: Some(record.modified_at),
            is_new: false,
        }
    }
}

/// Why a bundle could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackError {
    /// Pictures that were verified before are missing or were changed since; they are to be fetched again.
    #[error("{} of the campaign {}", counted(.0.len() as u64, "picture"), if .0.len() == 1 { "is missing or was changed" } else { "are missing or were changed" })]
    Pictures(Vec<Ticketed>),
    /// A signal came.
    #[error("stopped by a signal")]
    Stopped(Signal),
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

impl PackError {
    /// How the campaign ends for it.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Pictures(_) => Exit::Failed,
            Self::Stopped(signal) => (*signal).into(),
            Self::Bundle(error) if error.is_bad_bundle() => Exit::BadBundle,
            Self::Disk(_) | Self::Ledger(_) | Self::Bundle(_) => Exit::Unexpected,
        }
    }
}

/// Packs the campaigns of one run.
pub(super) struct Packer<'a, L> {
    pub(super) ledger: &'a mut L,
    pub(super) folders: &'a Folders,
    /// Codes that are expired then stay out, those aside whose expiry on paper was accepted; `None` if the clock does
    /// not matter.
    pub(super) alive_at: Option<Timestamp>,
    pub(super) monitor: &'a dyn Monitor,
    /// The signal for which to give up, once there is one.
    pub(super) stopped: &'a dyn Fn() -> Option<Signal>,
}

impl<L: Ledger> Packer<'_, L> {
    /// The codes that go into a campaign's bundle, in the order of the manifest.
    pub(super) fn facts<'c>(&self, campaign: &'c CampaignPlan, history: &'c History) -> Vec<Facts<'c>> {
        let passes = |code: &Code, record: &CodeRecord, generation: &Generation| {
            let is_left = || {
                let accepted = generation.expires_at.is_some_and(|at| campaign.paper.lets_expire(code, at));
                accepted || record.is_off_paper(code)
            };
            self.alive_at.is_none_or(|now| generation.is_alive(now) || is_left())
        };
        let facts = |files| bundles::facts(files, &campaign.appid, history, passes);
        campaign.campaign.as_ref().map_or(Vec::new(), facts)
    }

    /// The bundle that lies in a campaign's place, compared with what it should hold.
    pub(super) fn at_hand(
        &mut self,
        campaign: &CampaignPlan,
        facts: &[Facts<'_>],
        now: Timestamp,
    ) -> Result<Option<BundleAtHand>, PackError> {
        let Some(mut record) = self.ledger.bundle(&campaign.name)? else { return Ok(None) };
        let folder = self.folders.campaign(&campaign.name);
        let path = folder.join(&record.file_name);
        let Some(found) = fsio::file_facts(&path) else { return Ok(None) };
        let contents = campaign.campaign.as_ref().map(|files| {
            let header = bundles::header(files, &campaign.appid, false);
            contents_digest(&header, facts.iter().copied())
        });
        let is_current =
            bundles::is_of_today(&record, &folder, found, contents.as_ref()) && is_recorded(&path, &record)?;
        if is_current && found.modified_at != record.modified_at {
            record.modified_at = found.modified_at;
            self.ledger.record_bundle(&campaign.name, &record, &mut std::iter::empty(), now)?;
        }
        let state = if is_current { BundleState::Current } else { BundleState::Stale };
        Ok(Some(BundleAtHand { path, record, state }))
    }

    /// Writes a campaign's bundle of these codes and puts it in its place.
    ///
    /// The revision rises if the contents differ from those recorded, and the one before stays under its number. A
    /// partial bundle lies beside the whole one, is not recorded, is kept only until the campaign is complete, and has
    /// the revision the next whole one would have.
    pub(super) fn pack(
        &mut self,
        campaign: &Campaign,
        appid: &AppId,
        (history, facts): (&History, Vec<Facts<'_>>),
        partial: bool,
        now: Timestamp,
    ) -> Result<BundleAtHand, PackError> {
        let name = &campaign.name;
        let mut header = bundles::header(campaign, appid, partial);
        let contents = contents_digest(&header, facts.iter().copied());
        let mut artifacts = self.artifacts(&header, &facts)?;
        drop(facts);
        header.mark(artifacts.iter().map(|artifact| artifact.url.as_str()));
        let before = self.ledger.bundle(name)?;
        // What was handed over later is for the next revision: a bundle that is built again keeps its bytes.
        let (revision, handoffs) = match &before {
            Some(record) if record.contents == contents => (record.revision, record.handoffs),
            other => (other.as_ref().map_or(0, |record| record.revision) + 1, self.ledger.last_handoff()?),
        };
        header.revision = revision;
        let codes = artifacts.len() as u64;
        self.event(&Event::Bundling { campaign: name.clone(), codes });
        let staged = StagedFolder::create(&self.folders.output)?;
        let changes = self.changes(&header, &artifacts, handoffs)?;
        let written = self.write(&header, &mut artifacts, &changes, history, staged.path())?;
        drop(changes);

        let folder = self.folders.campaign(name);
        let path = folder.join(&written.file_name);
        if partial {
            fsio::create_folder(&folder)?;
            fsio::publish(&staged.path().join(&written.file_name), &path)?;
        } else {
            if let Some(record) = before.filter(|record| record.revision < revision) {
                keep(&staged, &folder, &header, &record)?;
            }
            staged.replace(&folder)?;
            self.remove_partial(name)?;
            self.remove_unprinted(name)?;
        }
        if self.folders.emulator && fsio::file_facts(&path).is_some_and(|found| found.modified_at < now) {
            // A rehearsal may be at a later day than the machine.
            fsio::set_modified(&path, now);
        }
        let modified_at = fsio::file_facts(&path).map_or(now, |found| found.modified_at);
        let Written { digest: zip, bytes, file_name } = written;
        let names = header.names;
        let record = BundleRecord { revision, contents, zip, bytes, modified_at, file_name, handoffs, names };
        if !partial {
            let mut rows = artifacts.iter().filter_map(|artifact| {
                let Facts { scene, labels, medium, generation, .. } = artifact.facts;
                let (key, generation) = (history.code(appid, scene)?.key, generation.number);
                Some(BundledRow {
                    key,
                    generation,
                    channel: &labels.channel,
                    medium,
                    digest: artifact.row().digest(),
                })
            });
            self.ledger.record_bundle(name, &record, &mut rows, now)?;
            prune(&folder, &header, campaign.bundle.keep);
        }
        self.event(&Event::Bundled { campaign: name.clone(), path: path.clone(), revision, codes });
        Ok(BundleAtHand { path, record, state: BundleState::Current })
    }

    /// Removes a partial bundle, if there is one: the campaign is complete.
    pub(super) fn remove_partial(&self, name: &CampaignName) -> Result<(), FsError> {
        let folder = self.folders.campaign(name);
        Kind::file_names(true, name).iter().try_for_each(|file| fsio::remove_file(&folder.join(file)))
    }

    pub(super) fn event(&self, event: &Event) {
        self.monitor.event(clock::now(), event);
    }

    /// What changed since the revision before, and against what was known of paper as of a record. The same ledger tells
    /// the same of a revision whenever it is packed, whatever lies in the campaign's folder.
    fn changes(
        &self,
        header: &Header,
        artifacts: &[Artifact<'_>],
        handoffs: u64,
    ) -> Result<Changes, LedgerError> {
        let before = self.ledger.bundled(&header.campaign, header.revision)?;
        let since = match header.revision {
            ..=1 => Since::First,
            revision if before.is_empty() => Since::Unknown(revision - 1),
            revision => Since::Revision(revision - 1),
        };
        let on_paper = self.on_paper(&header.campaign, handoffs)?;
        let ever = !on_paper.pieces.is_empty() || self.ledger.was_handed_over(&header.campaign, handoffs)?;
        let mut changes = Changes::new(artifacts, &header.appid, (since, before), ever.then_some(on_paper));
        if header.kind.partial {
            // What it lacks may only not be there yet, so it withdraws nothing.
            changes.changes.retain(|change| change.kind != ChangeKind::Withdrawn || change.seq.is_some());
        }
        Ok(changes)
    }

    /// What is known of a campaign's paper as of a record.
    pub(super) fn on_paper(&self, campaign: &CampaignName, until: u64) -> Result<OnPaper, LedgerError> {
        if until == 0 {
            return Ok(OnPaper::default());
        }
        let (pieces, handed) = (self.ledger.paper(campaign, until)?, self.ledger.handed(campaign, until)?);
        Ok(OnPaper { pieces, handed })
    }

    /// Writes a zip of these codes into a staging folder.
    pub(super) fn write(
        &self,
        header: &Header,
        artifacts: &mut [Artifact<'_>],
        changes: &Changes,
        history: &History,
        staging: &Path,
    ) -> Result<Written, PackError> {
        let mut stopped = None;
        let mut provide = |artifact: &Artifact<'_>| {
            stopped = stopped.or_else(self.stopped);
            if stopped.is_some() {
                return Err(PictureError::Unreadable { reason: "stopped by a signal".to_owned() });
            }
            recall(self.folders, artifact.facts.generation)
        };
        let mut progress =
            |codes| self.event(&Event::BundleProgress { campaign: header.campaign.clone(), codes });
        let written = bundle::write(header, artifacts, changes, &mut provide, staging, &mut progress);
        match (written, stopped) {
            (Err(BundleError::Picture { .. }), Some(signal)) => Err(PackError::Stopped(signal)),
            (Err(BundleError::Picture { .. }), None) => {
                Err(PackError::Pictures(self.spoilt(header, artifacts, history)))
            }
            (written, _) => Ok(written?),
        }
    }

    /// The facts, which are in the order of their seq, each with its generation's ticket and url.
    pub(super) fn artifacts<'f>(
        &self,
        header: &Header,
        facts: &[Facts<'f>],
    ) -> Result<Vec<Artifact<'f>>, LedgerError> {
        let mut artifacts = Vec::with_capacity(facts.len());
        for stored in self.ledger.artifacts(&header.appid, &header.campaign)? {
            if let Ok(index) = facts.binary_search_by_key(&stored.seq, |facts| facts.seq)
                && facts[index].generation.number == stored.generation
            {
                artifacts.push(Artifact { facts: facts[index], ticket: stored.ticket, url: stored.url });
            }
        }
        Ok(artifacts)
    }

    /// The tickets of the codes whose pictures are not what was verified. Such files are removed, so that every plan sees
    /// that they are to be fetched.
    fn spoilt(&self, header: &Header, artifacts: &[Artifact<'_>], history: &History) -> Vec<Ticketed> {
        let spoilt = artifacts.iter().filter_map(|artifact| {
            let Facts { scene, generation, .. } = artifact.facts;
            let (picture, record) = (generation.picture?, history.code(&header.appid, scene)?);
            if recall(self.folders, generation).is_ok() {
                return None;
            }
            // What lies under its name is not it. If it cannot be removed, it is replaced when it comes.
            let _ = fsio::remove_file(&self.folders.picture(&picture.digest));
            Some(Ticketed {
                code: CodeName { campaign: header.campaign.clone(), scene: scene.clone() },
                key: record.key,
                generation: generation.number,
                ticket: artifact.ticket.clone(),
                url: artifact.url.clone(),
            })
        });
        spoilt.collect()
    }
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

/// Gives the bundle in a campaign's folder its number's name in the folder that is about to take its place: at every
/// moment one of the two folders has it. A file that is not what was recorded (changed, damaged, of a run that was
/// killed before it recorded it) is no revision and is replaced.
fn keep(staged: &StagedFolder, folder: &Path, header: &Header, record: &BundleRecord) -> Result<(), FsError> {
    let path = folder.join(&record.file_name);
    if record.file_name == header.file_name() && is_recorded(&path, record)? {
        staged.keep(&path, &header.kind.revision_name(&header.campaign, record.revision))?;
    }
    Ok(())
}

/// Whether a file is the bundle that was recorded. Its bytes are read if it was written at another time: then it was
/// copied back from a backup, or tampered with.
fn is_recorded(path: &Path, record: &BundleRecord) -> Result<bool, FsError> {
    let Some(found) = fsio::file_facts(path).filter(|found| found.bytes == record.bytes) else {
        return Ok(false);
    };
    if found.modified_at == record.modified_at {
        return Ok(true);
    }
    let mut hasher = Hasher::default();
    fsio::read_into(path, &mut hasher)?;
    Ok(hasher.finish() == record.zip)
}

/// Removes the revisions before the last `kept`. What cannot be removed stays for the next time.
fn prune(folder: &Path, header: &Header, kept: u64) {
    let revision = |name: OsString| header.kind.revision_of(&header.campaign, name.to_str()?);
    let mut revisions: Vec<u64> = fsio::file_names(folder).filter_map(revision).collect();
    revisions.retain(|revision| *revision < header.revision);
    revisions.sort_unstable();
    let kept = usize::try_from(kept).unwrap_or(usize::MAX);
    for revision in revisions.into_iter().rev().skip(kept) {
        let _ = fsio::remove_file(&folder.join(header.kind.revision_name(&header.campaign, revision)));
    }
}
