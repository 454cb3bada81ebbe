//! What has become of each code of a run so far.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::event::CodeName;
use super::outcome::{FailedCode, Failure, Work};
use crate::model::{AppId, CodeKey, Lifetime, Scene, Ticket};
use crate::plan::{Action, CampaignPlan};

/// A ticket that is to be issued.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) code: CodeName,
    pub(super) key: CodeKey,
    pub(super) generation: u32,
    pub(super) lifetime: Lifetime,
    /// Whether the platform may know the scene as a permanent one already.
    pub(super) permanent_asked: bool,
    pub(super) is_for_paper: bool,
}

/// A ticket whose picture is to be fetched.
#[derive(Debug, Clone)]
pub(super) struct Ticketed {
    pub(super) code: CodeName,
    pub(super) key: CodeKey,
    pub(super) generation: u32,
    pub(super) ticket: Ticket,
    pub(super) url: String,
}

/// What has become of a code that has work to do in this run.
#[derive(Debug, Clone)]
enum Progress {
    Open,
    Done,
    /// Boxed, as few codes fail and all have their place here.
    Failed(Box<Failure>),
}

type Codes = HashMap<AppId, HashMap<Scene, Progress>>;

/// Keeps what was done, failed and was not tried, by account and scene. Shared by all tasks of a run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    codes: Mutex<Codes>,
    work: Mutex<Work>,
}

impl Tally {
    fn codes(&self) -> MutexGuard<'_, Codes> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, appid: &AppId, scene: &Scene, progress: Progress) {
        self.codes().entry(appid.clone()).or_default().insert(scene.clone(), progress);
    }

    fn count(&self, count: impl FnOnce(&mut Work)) {
        count(&mut self.work.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The figures so far.
    pub(super) fn work(&self) -> Work {
        *self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A code has work to do.
    pub(super) fn open(&self, appid: &AppId, scene: &Scene) {
        self.note(appid, scene, Progress::Open);
        self.count(|work| work.left += 1);
    }

    /// A code's ticket was recorded.
    pub(super) fn issued(&self) {
        self.count(|work| work.issued += 1);
    }

    /// A code's picture was verified and stored.
    pub(super) fn verified(&self, appid: &AppId, scene: &Scene) {
        self.done(appid, scene);
        self.count(|work| {
            work.verified += 1;
            work.left = work.left.saturating_sub(1);
        });
    }

    /// All that a code needed is done.
    pub(super) fn done(&self, appid: &AppId, scene: &Scene) {
        self.note(appid, scene, Progress::Done);
    }

    /// A code was given up.
    pub(super) fn fail(&self, appid: &AppId, scene: &Scene, failure: Failure) {
        self.note(appid, scene, Progress::Failed(Box::new(failure)));
        self.count(|work| {
            work.failed += 1;
            work.left = work.left.saturating_sub(1);
        });
    }

    /// What became of the codes of a campaign.
    pub(super) fn of(&self, campaign: &CampaignPlan) -> CampaignTally {
        let mut tally = CampaignTally::default();
        let codes = self.codes();
        let Some(codes) = codes.get(&campaign.appid) else { return tally };
        for scene in campaign.actions.iter().map(Action::scene) {
            match codes.get(scene) {
                Some(Progress::Open) => tally.not_tried += 1,
                Some(Progress::Done) => {
                    tally.done.insert(scene.clone());
                }
                Some(Progress::Failed(failure)) => {
                    tally.failed.push(FailedCode { scene: scene.clone(), failure: failure.as_ref().clone() });
                }
                None => {}
            }
        }
        tally
    }
}

/// What became of the codes of one campaign.
#[derive(Debug, Default)]
pub(super) struct CampaignTally {
    /// Codes that were done in this run.
    pub(super) done: HashSet<Scene>,
    /// Codes that were given up, in the plan's order.
    pub(super) failed: Vec<FailedCode>,
    /// Codes that had work to do and were not finished.
    pub(super) not_tried: u64,
}

impl CampaignTally {
    /// Whether every code that had work to do is done.
    pub(super) fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.not_tried == 0
    }
}
