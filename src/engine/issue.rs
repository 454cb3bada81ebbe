//! Issuing: tickets for codes, each intent recorded before its request and each answer after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::event::Event;
use super::journal::JournalError;
use super::outcome::{Failure, Stage};
use super::session::{AccountSession, left_alone};
use super::stage::{StageContext, Tries};
use super::tally::{Task, Ticketed};
use crate::clock;
use crate::exit::Exit;
use crate::ledger::Entry;
use crate::model::{ExpireSeconds, Lifetime, whole_second};
use crate::pace::Places;
use crate::pace::retry::{Class, Decision};
use crate::wechat::{CallError, IssuedTicket};

/// Issues an account's tickets in order, and hands each on as soon as it is recorded.
///
/// The first request goes alone: a wrong secret or a spent quota costs one call, not one for each request that
/// could be in flight. The others follow once the platform has answered for a code.
pub(super) async fn issue_all(
    context: Arc<StageContext>,
    session: Arc<AccountSession>,
    tasks: Vec<Task>,
    tickets: mpsc::Sender<Ticketed>,
) -> Result<(), JournalError> {
    // In flight is a request from the writing of its intent to the answer.
    let places = Arc::new(Places::new(session.tickets.pacer.per_second()));
    // While one half is in flight the disk takes in the answers of the other.
    let workers = (2 * places.ceiling()).min(tasks.len());
    let tasks = Arc::new(tasks);
    let next = Arc::new(AtomicU64::new(0));
    let (gate, _) = watch::channel(false);
    let gate = Arc::new(gate);
    let mut running = tokio::task::JoinSet::new();
    for number in 0..workers {
        let worker = Worker {
            context: Arc::clone(&context),
            session: Arc::clone(&session),
            tasks: Arc::clone(&tasks),
            next: Arc::clone(&next),
            gate: Arc::clone(&gate),
            places: Arc::clone(&places),
            tickets: tickets.clone(),
        };
        running.spawn(worker.work(number == 0));
    }
    drop(tickets);
    while let Some(finished) = running.join_next().await {
        finished.unwrap_or(Err(JournalError::Closed))?;
    }
    Ok(())
}

struct Worker {
    context: Arc<StageContext>,
    session: Arc<AccountSession>,
    tasks: Arc<Vec<Task>>,
    next: Arc<AtomicU64>,
    gate: Arc<watch::Sender<bool>>,
    places: Arc<Places>,
    tickets: mpsc::Sender<Ticketed>,
}

impl Worker {
    async fn work(self, first: bool) -> Result<(), JournalError> {
        if !first {
            // Opened by the first worker, at the latest when it ends.
            let _ = self.gate.subscribe().wait_for(|open| *open).await;
        }
        let result = self.work_through().await;
        self.gate.send_replace(true);
        result
    }

    async fn work_through(&self) -> Result<(), JournalError> {
        while self.context.is_open() && self.session.tickets.is_open() {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = usize::try_from(index).ok().and_then(|index| self.tasks.get(index)) else {
                break;
            };
            match self.issue(task).await? {
                Issue::Ticket(ticketed) => {
                    self.gate.send_replace(true);
                    if self.tickets.send(ticketed).await.is_err() {
                        break;
                    }
                }
                Issue::CodeFailed(class) => {
                    // A platform that does not answer is not asked by all workers at once.
                    if !matches!(class, Class::Busy { .. }) {
                        self.gate.send_replace(true);
                    }
                }
                Issue::NotTried => break,
            }
        }
        Ok(())
    }

    /// Asks for one ticket, again and again within its budget.
    async fn issue(&self, task: &Task) -> Result<Issue, JournalError> {
        let Self { context, session, .. } = self;
        let mut tries = Tries::new();
        loop {
            let turn = session.tickets.unless_stopped(session.tickets.turn());
            let Some(turn) = tries.wait(context, turn).await.flatten() else { return Ok(Issue::NotTried) };
            let error = match self.attempt(task, &mut tries, turn.is_some()).await? {
                Attempt::Later => continue,
                Attempt::Ended(issue) => return Ok(issue),
                Attempt::Failed(error) => error,
            };
            // The turn is held until the next attempt may come.
            let probing = turn.as_ref().map(|_| session.tickets.backoff());
            if let Some(issue) = self.after_failure(task, error, &mut tries, probing).await? {
                return Ok(issue);
            }
        }
    }

    /// What a failure means for the account and for the code. `None` if the request is made again now.
    ///
    /// `probing` is how long the one request that is made while there is trouble waits at least.
    async fn after_failure(
        &self,
        task: &Task,
        error: CallError,
        tries: &mut Tries,
        probing: Option<Duration>,
    ) -> Result<Option<Issue>, JournalError> {
        let Self { context, session, .. } = self;
        let (class, failure) = (error.class, Failure::from(error));
        // Other refusals are of this one code.
        if matches!(class, Class::Busy { .. } | Class::Unknown)
            && let Some(silence) = session.tickets.failed(&failure, true)
        {
            context.stop_issuing(session, Exit::Failed, &silence);
            return Ok(Some(Issue::NotTried));
        }
        if let Class::Busy { retry_after: Some(wait) } = class {
            session.tickets.pacer.hold(wait);
        }
        let decision = tries.decide(class);
        // Before anything is waited for: whoever is next in line must not send another request.
        self.stop_account(decision, class, &failure);
        self.refused(task, class, &failure).await?;
        let probing = probing.unwrap_or_default();
        Ok(match decision {
            Decision::Retry { after } => {
                let after = after.max(probing);
                context.retrying(&task.code, &failure, tries, after);
                let waited =
                    context.unless_stopped(session.tickets.unless_stopped(clock::sleep(after))).await;
                if waited.flatten().is_none() { Some(Issue::NotTried) } else { None }
            }
            Decision::PauseToNextMinute => self.pause(&failure, tries).await,
            Decision::FailCode => {
                if class == Class::PermanentPool && task.lifetime.is_permanent() {
                    session.pool_is_spent(&failure);
                }
                context.fail(session, &task.code, failure);
                // Cut short by whatever ends the work.
                let _ = context.unless_stopped(session.tickets.unless_stopped(clock::sleep(probing))).await;
                Some(Issue::CodeFailed(class))
            }
            Decision::StopIssuing => Some(Issue::NotTried),
            Decision::StopAccount => {
                context.fail(session, &task.code, failure);
                Some(Issue::NotTried)
            }
        })
    }

    /// Ends the account's work if the decision says so.
    fn stop_account(&self, decision: Decision, class: Class, failure: &Failure) {
        let (exit, message) = match decision {
            Decision::StopIssuing => {
                let exit = if matches!(class, Class::Busy { .. }) { Exit::Failed } else { Exit::QuotaSpent };
                (exit, left_alone(&failure.with_identifiers(), class))
            }
            Decision::StopAccount => {
                let exit = if class == Class::Defect { Exit::Unexpected } else { Exit::AccountRefused };
                (exit, failure.with_identifiers())
            }
            _ => return,
        };
        self.context.stop_issuing(&self.session, exit, &message);
    }

    /// Waits for the next minute's quota. `None` if the request is made again.
    async fn pause(&self, failure: &Failure, tries: &mut Tries) -> Option<Issue> {
        let Self { context, session, .. } = self;
        let tickets = &session.tickets;
        tickets.pacer.pause(clock::now());
        let wait = tickets.pacer.paused_for().unwrap_or_default();
        tickets.heard();
        context.event(&Event::Paused { account: session.name.clone(), wait });
        // Asking for an access token does not pass the limiter, so the wait is here.
        if failure.stage == Stage::Token {
            let permitted = tries.wait(context, tickets.unless_stopped(tickets.pacer.permit())).await;
            if permitted.flatten().is_none() {
                return Some(Issue::NotTried);
            }
        }
        None
    }

    /// One request, with everything that must come before it.
    async fn attempt(&self, task: &Task, tries: &mut Tries, has_turn: bool) -> Result<Attempt, JournalError> {
        let Self { context, session, .. } = self;
        // The access token comes first: a call that never left must not be counted.
        if let Err(error) = session.client.authorize().await {
            return Ok(Attempt::Failed(error));
        }
        // A place comes before the permit, which is worth nothing once it has waited for something else. Another
        // request may end the account's work while this one waits.
        let turn = async {
            let place = self.places.take().await?;
            session.tickets.pacer.permit().await;
            Some(place)
        };
        let Some(place) = tries.wait(context, session.tickets.unless_stopped(turn)).await.flatten().flatten()
        else {
            return Ok(Attempt::Ended(Issue::NotTried));
        };
        // The trouble may have begun while this one waited.
        if !has_turn && session.tickets.is_in_trouble() {
            return Ok(Attempt::Later);
        }
        // Another new permanent code was refused for want of room, so this one would be too.
        if task.lifetime.is_permanent()
            && !task.permanent_asked
            && let Some(failure) = session.pool_spent()
        {
            context.fail(session, &task.code, failure);
            return Ok(Attempt::Ended(Issue::CodeFailed(Class::PermanentPool)));
        }
        if let Err(spent) = session.take_call(clock::now()) {
            context.stop_issuing(session, Exit::QuotaSpent, &spent);
            return Ok(Attempt::Ended(Issue::NotTried));
        }
        let began = clock::monotonic();
        let created_at = whole_second(clock::now());
        let Task { key, generation, lifetime, .. } = *task;
        context.journal.record(Entry::Intent { key, generation, lifetime, at: created_at }).await?;
        let issued = session.client.issue(&task.code.scene, lifetime).await;
        drop(place);
        if matches!(&issued, Err(error) if matches!(error.class, Class::Busy { .. })) {
            self.places.failed();
        } else {
            self.places.answered(clock::monotonic().duration_since(began));
        }
        match issued {
            Ok(issued) if !session.is_new_url(&issued.url) => Ok(Attempt::Failed(stale_answer())),
            Ok(issued) => Ok(Attempt::Ended(self.record(task, issued, created_at).await?)),
            Err(error) => Ok(Attempt::Failed(error)),
        }
    }

    /// Records an answer. Only then is its ticket handed on.
    async fn record(
        &self,
        task: &Task,
        IssuedTicket { ticket, url, expire_seconds }: IssuedTicket,
        created_at: Timestamp,
    ) -> Result<Issue, JournalError> {
        let Self { context, session, .. } = self;
        let Task { key, generation, .. } = *task;
        let (lifetime, expires_at) = answered(task.lifetime, expire_seconds, created_at);
        let (code, ticket_kept, url_kept) = (task.code.clone(), ticket.clone(), url.clone());
        let answer = Entry::Answer {
            key,
            generation,
            lifetime,
            created_at,
            expires_at,
            ticket: ticket_kept,
            url: url_kept,
        };
        context.journal.record(answer).await?;
        session.tickets.heard();
        context.event(&Event::Issued { code: code.clone(), generation });
        Ok(Issue::Ticket(Ticketed { code, key, generation, ticket, url }))
    }

    /// Records a definite refusal, which made nothing. Without an answer nobody knows, and the intent stays open.
    async fn refused(&self, task: &Task, class: Class, failure: &Failure) -> Result<(), JournalError> {
        let Task { key, generation, .. } = *task;
        match failure.errcode {
            Some(errcode) if failure.stage == Stage::Issue && !matches!(class, Class::Busy { .. }) => {
                self.context.journal.record(Entry::Refusal { key, generation, errcode }).await
            }
            _ => Ok(()),
        }
    }
}

/// The error for an answer with a url that another scene has.
fn stale_answer() -> CallError {
    CallError {
        stage: crate::wechat::Stage::Issue,
        class: Class::CodeRejected,
        errcode: None,
        rid: None,
        message: "the answer is that of another scene: something between here and the platform, a relay \
                  perhaps, answers from what it kept"
            .to_owned(),
        reached: true,
    }
}

/// The lifetime that was given, which may be shorter than what was asked for, and when it ends: counted from the
/// instant before the request, so that a code never dies before we think it does.
fn answered(asked: Lifetime, seconds: Option<u32>, created_at: Timestamp) -> (Lifetime, Option<Timestamp>) {
    match (asked, seconds) {
        (Lifetime::Temporary(asked), seconds) => {
            let seconds = u64::from(seconds.unwrap_or(asked.get()));
            let lifetime = ExpireSeconds::new(seconds).unwrap_or(ExpireSeconds::MIN);
            let expires_at = created_at.checked_add(Duration::from_secs(seconds)).unwrap_or(created_at);
            (Lifetime::Temporary(lifetime), Some(expires_at))
        }
        (Lifetime::Permanent, _) => (Lifetime::Permanent, None),
    }
}

enum Issue {
    Ticket(Ticketed),
    CodeFailed(Class),
    NotTried,
}

enum Attempt {
    /// Nothing was sent, since requests go one at a time now.
    Later,
    /// Nothing more is to be done for the code, or its ticket is recorded.
    Ended(Issue),
    Failed(CallError),
}
