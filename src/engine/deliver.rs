//! Delivering: every campaign that is complete gets its bundle, whatever became of the others.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::Event;
use super::pack::{BundleAtHand, PackError, Packer, facts};
use super::state::Run;
use super::survey::{self, Work};
use super::tally::CampaignTally;
use crate::bundle::{self, BundleError};
use crate::clock;
use crate::exit::Exit;
use crate::fsio;
use crate::ledger::Ledger;
use crate::model::{CodeKey, History, Scene};
use crate::plan::{ActionKind, BundleState, CampaignPlan};

/// How long packing may go on after a signal. Small bundles are still finished.
const PACKING_GRACE: Duration = Duration::from_secs(2);

/// What became of one campaign's bundle.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// The bundle that lies in its place.
    pub(super) bundle: Option<BundleAtHand>,
    /// Whether it was written now.
    pub(super) now: bool,
    /// Where the partial bundle is that was written now.
    pub(super) partial: Option<PathBuf>,
    /// Why it was not written.
    pub(super) error: Option<(Exit, String)>,
}

/// What became of every campaign, in the plan's order; shorter where the run ended before.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    pub(super) campaigns: Vec<Delivered>,
    pub(super) tallies: Vec<CampaignTally>,
}

/// Pictures that turned out to be lost or changed, by campaign.
type Spoilt = Vec<(usize, Vec<CodeKey>)>;

impl Run {
    /// Packs what is complete. Pictures that are lost or changed are fetched again, once.
    pub(super) async fn deliver<L: Ledger + Send + 'static>(
        self: Arc<Self>,
        history: History,
        ledger: L,
    ) -> (Delivery, L) {
        let everything: Vec<usize> = (0..self.plan().campaigns.len()).collect();
        let (mut delivered, spoilt, mut ledger) = self.pack_in_background(everything, history, ledger).await;
        if !spoilt.is_empty() && self.stop.requested().is_none() {
            let again: Vec<usize> = spoilt.iter().map(|(index, _)| *index).collect();
            let refetched = match self.refetch(&spoilt, &ledger) {
                Ok(work) => {
                    let (returned, trouble) = Arc::clone(&self).work_through(work, ledger).await;
                    ledger = returned;
                    trouble.map_or_else(
                        || self.reload(&ledger).map_err(|e| (Exit::Unexpected, e.to_string())),
                        |fatal| Err((fatal.exit(), fatal.message())),
                    )
                }
                Err(error) => Err((Exit::Unexpected, error.to_string())),
            };
            match refetched {
                Ok(history) => {
                    let (second, _, returned) = self.pack_in_background(again.clone(), history, ledger).await;
                    ledger = returned;
                    for (index, outcome) in again.into_iter().zip(second) {
                        delivered[index] = outcome;
                    }
                }
                Err(error) => again.iter().for_each(|index| delivered[*index].error = Some(error.clone())),
            }
        }
        let tallies = self.plan().campaigns.iter().map(|campaign| self.tally.of(campaign)).collect();
        (Delivery { campaigns: delivered, tallies }, ledger)
    }

    /// Packing reads and writes whole files, so it has a thread of its own.
    async fn pack_in_background<L: Ledger + Send + 'static>(
        self: &Arc<Self>,
        which: Vec<usize>,
        history: History,
        mut ledger: L,
    ) -> (Vec<Delivered>, Spoilt, L) {
        let run = Arc::clone(self);
        let packing = tokio::task::spawn_blocking(move || {
            let (delivered, spoilt) = run.pack(&which, &history, &mut ledger);
            run.prune(&mut ledger);
            (delivered, spoilt, ledger)
        });
        packing.await.unwrap_or_else(|lost| std::panic::resume_unwind(lost.into_panic()))
    }

    fn pack<L: Ledger>(
        &self,
        which: &[usize],
        history: &History,
        ledger: &mut L,
    ) -> (Vec<Delivered>, Spoilt) {
        let deadline = std::cell::Cell::new(None::<Instant>);
        let stopped = || {
            if self.stop.requested().is_some() && deadline.get().is_none() {
                deadline.set(Some(clock::monotonic() + PACKING_GRACE));
            }
            deadline.get().is_some_and(|deadline| clock::monotonic() >= deadline)
        };
        let event = |event: &Event| self.event(event);
        let mut spoilt = Spoilt::new();
        let mut delivered = Vec::new();
        for index in which.iter().copied() {
            let campaign = &self.plan().campaigns[index];
            let alive_at = Some(clock::now());
            let mut packer =
                Packer { ledger, folders: &self.folders, alive_at, event: &event, stopped: &stopped };
            let mut outcome = Delivered::default();
            let packed =
                self.pack_campaign(campaign, &self.tally.of(campaign), history, &mut packer, &mut outcome);
            if let Err(error) = packed {
                outcome.error = Some((self.end_of(&error), error.to_string()));
                if let PackError::Pictures(keys) = error {
                    spoilt.push((index, keys));
                }
            }
            delivered.push(outcome);
        }
        (delivered, spoilt)
    }

    fn end_of(&self, error: &PackError) -> Exit {
        match error {
            PackError::Pictures(_) => Exit::Failed,
            PackError::Stopped => self.stop.requested().map_or(Exit::Unexpected, Exit::from),
            PackError::Bundle(error) if error.is_bad_bundle() => Exit::BadBundle,
            PackError::Disk(_) | PackError::Ledger(_) | PackError::Bundle(_) => Exit::Unexpected,
        }
    }

    /// Packs one campaign where it is complete and its bundle is not what it should be.
    fn pack_campaign<L: Ledger>(
        &self,
        campaign: &CampaignPlan,
        tally: &CampaignTally,
        history: &History,
        packer: &mut Packer<'_, L>,
        outcome: &mut Delivered,
    ) -> Result<(), PackError> {
        let now = clock::now();
        let facts = facts(campaign, history, packer.alive_at);
        let header = packer.header(campaign, false, 0);
        let contents = bundle::contents_digest(&header, facts.iter().copied());
        let whole = facts.len() == campaign.codes().len();
        drop(facts);
        outcome.bundle = packer.at_hand(campaign, &contents, now)?;
        if let Some(bundle) = outcome.bundle.as_mut().filter(|_| !whole) {
            // It may well hold all that was verified: what is missing makes it one of before.
            bundle.state = BundleState::Stale;
        }
        if campaign.is_refused() || campaign.ended || campaign.codes().is_empty() {
            return Ok(());
        }
        if outcome.bundle.as_ref().is_some_and(|bundle| bundle.state == BundleState::Current) {
            if tally.is_complete() {
                packer.remove_partial(campaign)?;
            }
            return Ok(());
        }
        if whole && tally.is_complete() && campaign.left_out == 0 && campaign.unaccounted == 0 {
            outcome.bundle = Some(packer.pack(campaign, history, false, now)?);
            outcome.now = true;
        } else if self.allow_partial {
            // It lies beside the whole bundle and changes nothing about that.
            match packer.pack(campaign, history, true, now) {
                Ok(partial) => outcome.partial = Some(partial.path),
                Err(PackError::Bundle(BundleError::Empty { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The tickets of the spoilt pictures.
    fn refetch<L: Ledger>(&self, spoilt: &Spoilt, ledger: &L) -> Result<Work, crate::ledger::LedgerError> {
        let mut work = Work::default();
        let history = self.reload(ledger)?;
        for (index, keys) in spoilt {
            let campaign = &self.plan().campaigns[*index];
            let codes: HashMap<CodeKey, Scene> = campaign
                .actions
                .iter()
                .filter(|action| action.kind != ActionKind::Retire)
                .filter_map(|action| {
                    let scene = action.scene();
                    let key = history.code(&campaign.appid, scene)?.key;
                    keys.contains(&key).then(|| (key, scene.clone()))
                })
                .collect();
            work.of(&campaign.appid).fetches.extend(survey::tickets(campaign, ledger, &codes)?);
        }
        Ok(work)
    }

    /// Removes the pictures of superseded generations that have died. What cannot be removed stays for next time.
    fn prune<L: Ledger>(&self, ledger: &mut L) {
        let removed: Vec<_> = ledger
            .expired_pictures(clock::now())
            .unwrap_or_default()
            .into_iter()
            .filter(|digest| fsio::remove_file(&self.folders.picture(digest)).is_ok())
            .collect();
        if !removed.is_empty() {
            // Not remembering it costs one look per picture in the next run.
            let _ = ledger.forget_pictures(&removed);
        }
    }
}
