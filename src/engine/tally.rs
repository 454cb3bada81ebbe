//! What has become of each code of a run so far.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::outcome::{FailedCode, Failure};
use crate::model::{CodeKey, Lifetime, Scene, Ticket};
use crate::plan::CampaignPlan;

/// Which line of the plan a code is: the index of its campaign, and of its action there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) campaign: usize,
    pub(super) action: usize,
}

/// A ticket that is to be issued.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    pub(super) line: Line,
    pub(super) key: CodeKey,
    pub(super) generation: u32,
    pub(super) lifetime: Lifetime,
    /// Whether the platform may know the scene as a permanent one already.
    pub(super) permanent_asked: bool,
}

/// A ticket whose picture is to be fetched.
#[derive(Debug, Clone)]
pub(super) struct Ticketed {
    pub(super) line: Line,
    pub(super) key: CodeKey,
    pub(super) generation: u32,
    pub(super) ticket: Ticket,
    pub(super) url: String,
}

#[derive(Debug, Clone, Default)]
struct Lines {
    /// Codes with work to do in this run.
    open: Vec<Line>,
    done: Vec<Line>,
    failed: Vec<(Line, Failure)>,
}

/// Counts what was done, failed and was not tried. Shared by all tasks of a run.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Lines>);

impl Tally {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A code has work to do.
    pub(super) fn open(&self, line: Line) {
        self.lines().open.push(line);
    }

    /// A code's picture was verified and stored.
    pub(super) fn done(&self, line: Line) {
        self.lines().done.push(line);
    }

    /// A code was given up.
    pub(super) fn fail(&self, line: Line, failure: Failure) {
        self.lines().failed.push((line, failure));
    }

    /// What became of the codes of each campaign.
    pub(super) fn finish(&self, campaigns: &[CampaignPlan]) -> Vec<CampaignTally> {
        let lines = self.lines().clone();
        let mut tallies: Vec<CampaignTally> = campaigns.iter().map(|_| CampaignTally::default()).collect();
        for line in lines.open {
            tallies[line.campaign].not_tried += 1;
        }
        for line in lines.done {
            let tally = &mut tallies[line.campaign];
            tally.not_tried = tally.not_tried.saturating_sub(1);
            tally.done.push(line.action);
        }
        let mut failed = lines.failed;
        failed.sort_by_key(|(line, _)| *line);
        for (line, failure) in failed {
            let tally = &mut tallies[line.campaign];
            let scene: Scene = campaigns[line.campaign].actions[line.action].scene().clone();
            tally.not_tried = tally.not_tried.saturating_sub(1);
            tally.failed.push(FailedCode { scene, failure });
        }
        for tally in &mut tallies {
            tally.done.sort_unstable();
        }
        tallies
    }
}

/// What became of the codes of one campaign.
#[derive(Debug, Default)]
pub(super) struct CampaignTally {
    /// Actions whose picture was verified in this run, in order.
    pub(super) done: Vec<usize>,
    /// Codes that were given up.
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
