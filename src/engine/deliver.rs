//! Delivering: every campaign that is complete gets its bundle, whatever became of the others.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::outcome::RunBundle;
use super::pack::{PackError, Packer};
use super::settle;
use super::state::{Run, in_background};
use super::survey::{self, Work};
use super::tally::{CampaignTally, Ticketed};
use crate::clock;
use crate::exit::Exit;
use crate::fsio;
use crate::ledger::Ledger;
use crate::model::History;
use crate::plan::{BundleState, CampaignPlan};

/// How long packing may go on after a signal. Small bundles are still finished.
const PACKING_GRACE: Duration = Duration::from_secs(2);

/// What became of one campaign and its bundle.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// The bundle that lies in its place.
    pub(super) bundle: RunBundle,
    /// Where the partial bundle is that was written now.
    pub(super) partial: Option<PathBuf>,
    /// Why it was not written.
    pub(super) error: Option<(Exit, String)>,
    /// What became of its codes.
    pub(super) tally: CampaignTally,
    /// The tickets of pictures that turned out to be lost or changed.
    spoilt: Vec<Ticketed>,
}

impl Run {
    /// Packs what is complete. Pictures that are lost or changed are fetched again, once.
    pub(super) async fn deliver<L: Ledger + Send + 'static>(
        self: &Arc<Self>,
        history: History,
        ledger: L,
    ) -> (Vec<Delivered>, L) {
        let nothing = self.plan().campaigns.iter().map(|_| None).collect();
        let (mut delivered, mut ledger) = self.pack_all(nothing, history, ledger).await;
        let mut work = Work::new();
        for (campaign, outcome) in self.plan().campaigns.iter().zip(&delivered) {
            let spoilt = outcome.iter().flat_map(|outcome| outcome.spoilt.iter().cloned());
            work.entry(campaign.appid.clone()).or_default().fetches.extend(spoilt);
        }
        if survey::codes(&work).next().is_some() && self.stop.requested().is_none() {
            let fetched;
            (ledger, fetched) = self.work_through(work, ledger).await;
            match fetched.and_then(|()| Ok(settle::reload(self.plan(), &ledger)?)) {
                Ok(history) => (delivered, ledger) = self.pack_all(delivered, history, ledger).await,
                Err(fatal) => {
                    for (campaign, outcome) in self.plan().campaigns.iter().zip(&mut delivered) {
                        if let Some(outcome) = outcome.as_mut().filter(|outcome| !outcome.spoilt.is_empty()) {
                            outcome.error = Some((fatal.exit(), fatal.message()));
                            outcome.tally = self.tally.of(campaign);
                        }
                    }
                }
            }
        }
        (delivered.into_iter().flatten().collect(), ledger)
    }

    /// Packs the campaigns that were not packed yet, or had spoilt pictures then. Packing reads and writes whole files,
    /// so it has a thread of its own.
    async fn pack_all<L: Ledger + Send + 'static>(
        self: &Arc<Self>,
        mut delivered: Vec<Option<Delivered>>,
        history: History,
        mut ledger: L,
    ) -> (Vec<Option<Delivered>>, L) {
        let run = Arc::clone(self);
        let packing = in_background(move || {
            let deadline = Cell::new(None::<Instant>);
            let stopped = || {
                let signal = run.stop.requested()?;
                let ends_at = deadline.get().unwrap_or_else(|| clock::monotonic() + PACKING_GRACE);
                deadline.set(Some(ends_at));
                (clock::monotonic() >= ends_at).then_some(signal)
            };
            for (campaign, outcome) in run.plan().campaigns.iter().zip(&mut delivered) {
                if outcome.as_ref().is_some_and(|outcome| outcome.spoilt.is_empty()) {
                    continue;
                }
                let mut packer = Packer {
                    ledger: &mut ledger,
                    folders: &run.folders,
                    alive_at: Some(clock::now()),
                    monitor: &*run.monitor,
                    stopped: &stopped,
                };
                *outcome = Some(run.pack(campaign, &history, &mut packer));
            }
            run.prune(&mut ledger);
            (delivered, ledger)
        });
        packing.await
    }

    fn pack<L: Ledger>(
        &self,
        campaign: &CampaignPlan,
        history: &History,
        packer: &mut Packer<'_, L>,
    ) -> Delivered {
        let mut outcome = Delivered { tally: self.tally.of(campaign), ..Delivered::default() };
        if let Err(error) = self.pack_if_due(campaign, history, packer, &mut outcome) {
            outcome.error = Some((error.exit(), error.to_string()));
            if let PackError::Pictures(spoilt) = error {
                outcome.spoilt = spoilt;
            }
        }
        outcome
    }

    /// Packs one campaign if it is complete and its bundle is not what it should be.
    fn pack_if_due<L: Ledger>(
        &self,
        campaign: &CampaignPlan,
        history: &History,
        packer: &mut Packer<'_, L>,
        outcome: &mut Delivered,
    ) -> Result<(), PackError> {
        let now = clock::now();
        let facts = packer.facts(campaign, history);
        let is_whole = facts.len() == campaign.codes().len();
        let is_complete = outcome.tally.is_complete();
        outcome.bundle = packer.at_hand(campaign, &facts, now)?.map(RunBundle::from).unwrap_or_default();
        if outcome.bundle.path.is_some() && !is_whole {
            // It may well hold all that was verified: what is missing makes it one of before.
            outcome.bundle.state = BundleState::Stale;
        }
        let Some(files) = &campaign.campaign else { return Ok(()) };
        if campaign.is_refused() || campaign.ended || facts.is_empty() {
            return Ok(());
        }
        let appid = &campaign.appid;
        if outcome.bundle.state == BundleState::Current {
            if is_complete {
                packer.remove_partial(&campaign.name)?;
            }
        } else if is_whole && is_complete && campaign.left_out == 0 && campaign.unaccounted == 0 {
            let bundle = RunBundle::from(packer.pack(files, appid, (history, facts), false, now)?);
            outcome.bundle = RunBundle { is_new: true, ..bundle };
        } else if self.allow_partial {
            // It lies beside the whole bundle and changes nothing about that.
            outcome.partial = Some(packer.pack(files, appid, (history, facts), true, now)?.path);
        }
        Ok(())
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
