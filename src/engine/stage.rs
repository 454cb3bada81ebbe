//! What the stages of a run share, and the budget of one request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::event::{CodeName, Event};
use super::journal::Journal;
use super::outcome::Failure;
use super::session::AccountSession;
use super::state::Run;
use crate::clock;
use crate::exit::Exit;
use crate::pace::retry::{self, Attempts, Class, Decision};

/// The run, and its ledger while the stages work.
pub(super) struct StageContext {
    pub(super) run: Arc<Run>,
    pub(super) journal: Journal,
    /// Limits how many pictures of all accounts are decoded at once: one for each core.
    pub(super) verifiers: Semaphore,
}

impl StageContext {
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

    pub(super) fn event(&self, event: &Event) {
        self.run.event(event);
    }

    /// A code is given up for this run.
    pub(super) fn fail(&self, session: &AccountSession, code: &CodeName, failure: Failure) {
        self.event(&Event::Failed { code: code.clone(), failure: failure.clone() });
        self.run.tally.fail(&session.appid, &code.scene, failure);
    }

    /// A request will be made again.
    pub(super) fn retrying(&self, code: &CodeName, failure: &Failure, tries: &Tries, after: Duration) {
        let (code, failure) = (code.clone(), failure.clone());
        self.event(&Event::Retrying { code, failure, attempts: tries.made(), after });
    }

    /// The account issues nothing more in this run. The first reason stands.
    pub(super) fn stop_issuing(&self, session: &AccountSession, exit: Exit, message: &str) {
        if session.tickets.close(exit, message) {
            self.account_stopped(session, message);
        }
    }

    /// The account fetches nothing more in this run, and issues nothing: a ticket without its picture is of no use.
    pub(super) fn stop_fetching(&self, session: &AccountSession, exit: Exit, message: &str) {
        let issued_until_now = session.tickets.close(exit, message);
        if session.pictures.close(exit, message) || issued_until_now {
            self.account_stopped(session, message);
        }
    }

    fn account_stopped(&self, session: &AccountSession, message: &str) {
        self.event(&Event::AccountStopped { account: session.name.clone(), message: message.to_owned() });
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
    pub(super) async fn wait<T>(
        &mut self,
        context: &StageContext,
        turn: impl Future<Output = T>,
    ) -> Option<T> {
        let since = clock::monotonic();
        let came = context.unless_stopped(turn).await;
        self.excused += clock::monotonic().duration_since(since);
        came
    }
}
