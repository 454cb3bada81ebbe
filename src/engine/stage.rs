//! What the stages of one account share: turns, the budget of a request, and what follows a failed attempt.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{MutexGuard, SemaphorePermit};

use super::event::{CodeName, Event};
use super::journal::Journal;
use super::outcome::{Failure, Stage, Stopped};
use super::session::{AccountSession, Requests, Retrying};
use super::state::Run;
use crate::clock;
use crate::exit::Exit;
use crate::model::rough_duration;
use crate::pace::retry::{self, Attempts, Class, Decision};
use crate::pace::{ALIKE, Manner, Trouble};

/// After so long without an answer that is told.
const SLOW: Duration = Duration::from_secs(2);

/// One account while the stages work.
pub(super) struct Account {
    pub(super) run: Arc<Run>,
    pub(super) session: Arc<AccountSession>,
    pub(super) journal: Journal,
}

/// Held by the one request that is made while there is trouble, until the next attempt may come.
pub(super) type Probe<'a> = Option<MutexGuard<'a, ()>>;

impl Account {
    /// Whether new requests may be begun.
    pub(super) fn is_open(&self, requests: &Requests) -> bool {
        self.run.stop.requested().is_none() && requests.stopped.borrow().is_none()
    }

    /// The future's result. `None` as soon as a signal comes or nothing more is asked for.
    pub(super) async fn unless_stopped<T>(
        &self,
        requests: &Requests,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        let mut stopped = requests.stopped.subscribe();
        tokio::select! {
            biased;
            _ = self.run.stop.wait() => None,
            _ = stopped.wait_for(Option::is_some) => None,
            // The signal may have come while its news was still on the way to this task.
            value = future => self.is_open(requests).then_some(value),
        }
    }

    /// What a call comes to. If the answer takes long, that is told, once a run.
    pub(super) async fn watched<T>(
        &self,
        requests: &Requests,
        stage: Stage,
        call: impl Future<Output = T>,
    ) -> T {
        let mut call = pin!(call);
        tokio::select! {
            biased;
            answer = &mut call => return answer,
            () = clock::sleep(SLOW) => {}
        }
        if requests.is_slow_for_the_first_time() {
            let host = self.session.client.host(stage);
            self.tell_trouble(format!("{host} has not answered for {}", rough_duration(SLOW)));
        }
        call.await
    }

    /// Tells that the account has trouble, and how long it goes on.
    fn tell_trouble(&self, message: String) {
        let account = self.session.name.clone();
        self.run.event(&Event::AccountTrouble { account, message, patience: Trouble::SILENCE });
    }

    /// A code is given up for this run.
    pub(super) fn fail(&self, code: &CodeName, failure: Failure) {
        self.run.event(&Event::Failed { code: code.clone(), failure: failure.clone() });
        self.run.tally.fail(&self.session.appid, &code.scene, failure);
    }

    /// The account asks for nothing more of this in this run. A ticket without its picture is of no use, so that without
    /// pictures no tickets are asked for either.
    pub(super) fn stop(&self, requests: &Requests, why: Stopped) {
        let is_news = requests.close(&why);
        if self.session.tickets.close(&why) || is_news {
            let account = self.session.name.clone();
            self.run.event(&Event::AccountStopped { account, message: why.message });
        }
    }
}

/// A request that is made again and again within its budget.
pub(super) struct Request<'a> {
    account: &'a Account,
    requests: &'a Requests,
    attempts: Attempts,
    /// When it began, without the time it waited for its turn.
    since: Instant,
    /// When it failed first.
    failed_at: Option<Instant>,
    /// If what came was wrong.
    retrying: Option<Retrying<'a>>,
}

impl<'a> Request<'a> {
    /// One whose budget is untouched.
    pub(super) fn new(account: &'a Account, requests: &'a Requests) -> Self {
        let (attempts, since) = (Attempts::default(), clock::monotonic());
        Self { account, requests, attempts, since, failed_at: None, retrying: None }
    }

    /// Whether it may be sent beside others.
    pub(super) fn may_go(&self) -> bool {
        !self.requests.is_in_outage() && (self.retrying.is_some() || self.requests.is_calm())
    }

    /// Waits for what is not the request's own time: its turn. `None` if nothing more is asked for.
    async fn wait<T>(&mut self, turn: impl Future<Output = T>) -> Option<T> {
        let since = clock::monotonic();
        let came = self.account.unless_stopped(self.requests, turn).await;
        self.since += clock::monotonic().duration_since(since);
        came
    }

    /// Waits, if there is an outage, until no other request is made. A code that was not tried yet also waits while many
    /// others are tried again.
    pub(super) async fn turn(&mut self) -> Option<Probe<'a>> {
        let requests = self.requests;
        let is_retrying = self.retrying.is_some();
        let turn = async {
            if !is_retrying {
                requests.calm().await;
            }
            if !requests.is_in_outage() {
                return None;
            }
            let probe = requests.probe.lock().await;
            requests.is_in_outage().then_some(probe)
        };
        self.wait(turn).await
    }

    /// Waits for a place in flight and then for the permit, which is worth nothing once it has waited for something else.
    pub(super) async fn place(&mut self) -> Option<SemaphorePermit<'a>> {
        let requests = self.requests;
        let place = async {
            let place = requests.places.take().await?;
            requests.pacer.permit().await;
            Some(place)
        };
        self.wait(place).await.flatten()
    }

    /// What follows a failed attempt. Ends the account's work if it has to end, before anything is waited for: whoever is
    /// next in line must not send another request.
    pub(super) fn decide(&mut self, class: Class, failure: &Failure) -> Decision {
        let Self { account, requests, .. } = *self;
        let now = clock::monotonic();
        let failed_at = *self.failed_at.get_or_insert(now);
        // Without a platform, or an access token, there is no single code to fail.
        let is_of_account =
            class == Class::Unreachable || (class.is_outage() && failure.stage == Stage::Token);
        if is_of_account && requests.trouble().is_news() {
            account.tell_trouble(failure.to_string());
        }
        if requests.trouble().failed(class, now) {
            let silence = rough_duration(Trouble::SILENCE);
            let message = format!("no success for {silence}, so nothing more was tried: {}", failure.message);
            account.stop(requests, Stopped { exit: Exit::Failed, message, failure: Some(failure.clone()) });
            return Decision::StopIssuing;
        }
        if class == Class::PictureRejected && self.retrying.is_none() {
            self.retrying = Some(Retrying::new(requests));
        }
        if let Class::Busy { retry_after: Some(wait) } = class {
            requests.pacer.hold(wait);
        }
        self.attempts = self.attempts.and_failed(class);
        let decision =
            retry::decide(class, self.attempts, now.duration_since(self.since), clock::random_unit());
        let (is_heard, left) = {
            let trouble = requests.trouble();
            (trouble.is_heard_since(failed_at), trouble.left(now))
        };
        match decision {
            Decision::Retry { after } if is_of_account => Decision::Retry { after: after.min(left) },
            // If others are answered it is this code, or its picture, that nobody answers.
            Decision::FailCode if is_of_account && !is_heard => {
                let after = retry::backoff(self.attempts.made, clock::random_unit());
                Decision::Retry { after: after.min(left) }
            }
            other => self.stop_if_due(other, class, failure),
        }
    }

    /// Ends the account's work if the decision says so.
    fn stop_if_due(&self, decision: Decision, class: Class, failure: &Failure) -> Decision {
        let Self { account, requests, .. } = *self;
        let exit = match decision {
            // No minute quota is known to be about pictures, so that this is the picture's own time.
            Decision::PauseToNextMinute if failure.stage == Stage::Fetch => {
                requests.pacer.pause(clock::now());
                return Decision::Retry { after: requests.pacer.paused_for().unwrap_or_default() };
            }
            Decision::StopIssuing if class.is_outage() => Exit::Failed,
            // Nor is a daily one.
            Decision::StopIssuing if failure.stage == Stage::Fetch => Exit::Failed,
            Decision::StopIssuing => Exit::QuotaSpent,
            Decision::StopAccount if class == Class::Defect => Exit::Unexpected,
            Decision::StopAccount => Exit::AccountRefused,
            Decision::Retry { .. } | Decision::FailCode | Decision::PauseToNextMinute => return decision,
        };
        let mut message = failure.to_string();
        if let Class::Busy { retry_after: Some(wait) } = class {
            message += &format!(", and asks to be left alone for {}", rough_duration(wait));
        }
        account.stop(requests, Stopped { exit, message, failure: Some(failure.clone()) });
        decision
    }

    /// Ends the account's work if code after code was given up in the same way.
    fn stop_if_alike(&self, class: Class, failure: &Failure) {
        let Self { account, requests, .. } = *self;
        let manner = Manner { class, stage: failure.stage.as_str(), errcode: failure.errcode };
        if !requests.trouble().gave_up(manner) {
            return;
        }
        let advice = match failure.stage {
            Stage::Fetch | Stage::Verify => "run again later, and if it goes on check `image_url`",
            _ => "see what these codes have in common, or run again later",
        };
        let message = format!(
            "{ALIKE} codes in a row failed in the same way, so nothing more was tried ({advice}); the last: {failure}"
        );
        account.stop(requests, Stopped { exit: Exit::Failed, message, failure: Some(failure.clone()) });
    }

    /// Waits until the request may be made again. `false` if it is not: the code is given up for this run.
    pub(super) async fn may_retry(
        &mut self,
        code: &CodeName,
        (class, failure): (Class, Failure),
        decision: Decision,
        probe: &Probe<'_>,
    ) -> bool {
        let Self { account, requests, .. } = *self;
        let probing = probe.as_ref().map_or(Duration::ZERO, |_| requests.backoff());
        match decision {
            Decision::Retry { after } => {
                let (code, after) = (code.clone(), after.max(probing));
                let attempts = self.attempts.made;
                account.run.event(&Event::Retrying { code, failure, attempts, after });
                account.unless_stopped(requests, clock::sleep(after)).await.is_some()
            }
            Decision::PauseToNextMinute => {
                requests.pacer.pause(clock::now());
                let wait = requests.pacer.paused_for().unwrap_or_default();
                requests.heard();
                account.run.event(&Event::Paused { account: account.session.name.clone(), wait });
                self.wait(clock::sleep(wait)).await.is_some()
            }
            Decision::FailCode | Decision::StopAccount => {
                account.fail(code, failure.clone());
                if decision == Decision::FailCode {
                    self.stop_if_alike(class, &failure);
                }
                // A platform that does not answer is not asked by all at once.
                if !class.is_outage() {
                    account.session.judged.send_replace(true);
                }
                // Cut short by whatever ends the work.
                let _ = account.unless_stopped(requests, clock::sleep(probing)).await;
                false
            }
            Decision::StopIssuing => false,
        }
    }
}
