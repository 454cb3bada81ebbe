//! What all tasks of one run share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::event::{CodeName, Event};
use super::journal::Journal;
use super::outcome::{Failure, Stage};
use super::run::Run;
use super::tally::Line;
use crate::clock;
use crate::model::Scene;
use crate::pace::retry::{self, Attempts, Class, Decision};
use crate::wechat::CallError;

/// The run, and its ledger while the stages work.
pub(super) struct Shift {
    pub(super) run: Arc<Run>,
    pub(super) journal: Journal,
    /// Pictures that are decoded at once, of all accounts: as many as there are cores.
    pub(super) verifiers: Semaphore,
}

impl Shift {
    /// For the stages that begin now.
    pub(super) fn new(run: Arc<Run>, journal: Journal) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { run, journal, verifiers: Semaphore::new(cores) }
    }

    /// Whether new work may be begun.
    pub(super) fn is_open(&self) -> bool {
        self.run.stop.requested().is_none()
    }

    /// The future's result, or `None` as soon as a signal comes.
    pub(super) async fn unless_stopped<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            _ = self.run.stop.wait() => None,
            // The signal may have come while its news was still on the way to this task.
            value = future => self.is_open().then_some(value),
        }
    }

    pub(super) fn scene(&self, line: Line) -> &Scene {
        let campaign = &self.run.plan().campaigns[line.campaign];
        campaign.actions[line.action].scene()
    }

    pub(super) fn code_name(&self, line: Line) -> CodeName {
        let campaign = self.run.plan().campaigns[line.campaign].name.clone();
        CodeName { campaign, scene: self.scene(line).clone() }
    }

    pub(super) fn event(&self, event: &Event) {
        self.run.event(event);
    }

    /// A code is given up for this run.
    pub(super) fn fail(&self, line: Line, failure: Failure) {
        self.event(&Event::Failed { code: self.code_name(line), failure: failure.clone() });
        self.run.tally.fail(line, failure);
    }

    /// A request will be made again.
    pub(super) fn retrying(&self, line: Line, failure: &Failure, tries: &Tries, after: Duration) {
        let (code, failure) = (self.code_name(line), failure.clone());
        self.event(&Event::Retrying { code, failure, attempts: tries.made(), after });
    }
}

/// How often a request was made and since when.
pub(super) struct Tries {
    attempts: Attempts,
    since: Instant,
    /// Waiting for a turn is not the request's time.
    excused: Duration,
}

impl Tries {
    /// The budget of one request, untouched.
    pub(super) fn new() -> Self {
        Self { attempts: Attempts::new(), since: clock::monotonic(), excused: Duration::ZERO }
    }

    /// How often it was made and failed.
    pub(super) fn made(&self) -> u32 {
        self.attempts.made()
    }

    /// What to do after another failure.
    pub(super) fn decide(&mut self, class: Class) -> Decision {
        self.attempts = self.attempts.and_failed(class);
        let elapsed = clock::monotonic().duration_since(self.since).saturating_sub(self.excused);
        retry::decide(class, self.attempts, elapsed, clock::random_unit())
    }

    /// Waits for what is not the request's own time, its turn; `None` as soon as a signal comes.
    pub(super) async fn wait<T>(&mut self, shift: &Shift, turn: impl Future<Output = T>) -> Option<T> {
        let since = clock::monotonic();
        let came = shift.unless_stopped(turn).await;
        self.excused += clock::monotonic().duration_since(since);
        came
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let stage = match error.stage {
            crate::wechat::Stage::Token => Stage::Token,
            crate::wechat::Stage::Issue | crate::wechat::Stage::Quota => Stage::Issue,
            crate::wechat::Stage::Fetch => Stage::Fetch,
        };
        Self { stage, errcode: error.errcode, rid: error.rid, message: error.message }
    }
}
