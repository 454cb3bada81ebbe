//! Issuing: tickets for codes, each intent recorded before its request and each answer after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::event::Event;
use super::journal::JournalError;
use super::outcome::{Failure, Stage};
use super::session::AccountSession;
use super::shift::{Shift, Tries};
use super::tally::{Task, Ticketed};
use crate::clock;
use crate::exit::Exit;
use crate::ledger::Entry;
use crate::model::{ExpireSeconds, Lifetime, Scene, rough_duration, whole_second};
use crate::pace::Places;
use crate::pace::retry::{Class, Decision};
use crate::wechat::{CallError, IssuedTicket};

/// Issues an account's tickets in order, and hands each on as soon as it is recorded.
///
/// The first request goes alone: a wrong secret or a spent quota costs one call, not one for each request that
/// could be in flight. The others follow once the platform has answered for a code.
pub(super) async fn issue_all(
    shift: Arc<Shift>,
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
            shift: Arc::clone(&shift),
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
    shift: Arc<Shift>,
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
        while self.shift.is_open() && self.session.tickets.is_open() {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = usize::try_from(index).ok().and_then(|index| self.tasks.get(index)).copied()
            else {
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
    async fn issue(&self, task: Task) -> Result<Issue, JournalError> {
        let Self { shift, session, .. } = self;
        let scene = shift.scene(task.line);
        let mut tries = Tries::new();
        loop {
            let turn = session.tickets.unless_stopped(session.tickets.turn());
            let Some(turn) = tries.wait(shift, turn).await.flatten() else { return Ok(Issue::NotTried) };
            let error = match self.attempt(task, scene, &mut tries, turn.is_some()).await? {
                Attempt::Later => continue,
                Attempt::PoolSpent(failure) => {
                    shift.fail(task.line, failure);
                    return Ok(Issue::CodeFailed(Class::PermanentPool));
                }
                Attempt::Issued(ticketed) => return Ok(Issue::Ticket(ticketed)),
                Attempt::Stopped => return Ok(Issue::NotTried),
                Attempt::QuotaSpent(message) => {
                    session.stop_issuing(Exit::QuotaSpent, &message, shift);
                    return Ok(Issue::NotTried);
                }
                Attempt::Failed(error) => error,
            };
            let class = error.class;
            let failure = Failure::from(error);
            // Other refusals are of this one code.
            if matches!(class, Class::Busy { .. } | Class::Unknown)
                && let Some(silence) = session.tickets.failed(&failure, true)
            {
                session.stop_issuing(Exit::Failed, &silence, shift);
                return Ok(Issue::NotTried);
            }
            if let Class::Busy { retry_after: Some(wait) } = class {
                session.tickets.pacer.hold(wait);
            }
            let decision = tries.decide(class);
            // Before anything is waited for: whoever is next in line must not send another request.
            match decision {
                Decision::StopIssuing => {
                    let exit =
                        if matches!(class, Class::Busy { .. }) { Exit::Failed } else { Exit::QuotaSpent };
                    session.stop_issuing(exit, &left_alone(&with_identifiers(&failure), class), shift);
                }
                Decision::StopAccount => {
                    let exit = if class == Class::Defect { Exit::Unexpected } else { Exit::AccountRefused };
                    session.stop_issuing(exit, &with_identifiers(&failure), shift);
                }
                _ => {}
            }
            self.refused(task, class, &failure).await?;
            let probing = turn.as_ref().map_or(Duration::ZERO, |_| session.tickets.backoff());
            match decision {
                Decision::Retry { after } => {
                    let after = after.max(probing);
                    shift.retrying(task.line, &failure, &tries, after);
                    let waited =
                        shift.unless_stopped(session.tickets.unless_stopped(clock::sleep(after))).await;
                    if waited.flatten().is_none() {
                        return Ok(Issue::NotTried);
                    }
                }
                Decision::PauseToNextMinute => {
                    session.tickets.pacer.pause(clock::now());
                    let wait = session.tickets.pacer.paused_for().unwrap_or_default();
                    session.tickets.heard();
                    shift.event(&Event::Paused { account: session.name.clone(), wait });
                    // Asking for an access token does not pass the limiter, so what waits is asked for here.
                    if failure.stage == Stage::Token {
                        let permitted = tries
                            .wait(shift, session.tickets.unless_stopped(session.tickets.pacer.permit()))
                            .await;
                        if permitted.flatten().is_none() {
                            return Ok(Issue::NotTried);
                        }
                    }
                }
                Decision::FailCode => {
                    if class == Class::PermanentPool && task.lifetime.is_permanent() {
                        session.pool_is_spent(&failure);
                    }
                    shift.fail(task.line, failure);
                    // Cut short by whatever ends the work.
                    let _ = shift.unless_stopped(session.tickets.unless_stopped(clock::sleep(probing))).await;
                    return Ok(Issue::CodeFailed(class));
                }
                Decision::StopIssuing => return Ok(Issue::NotTried),
                Decision::StopAccount => {
                    shift.fail(task.line, failure);
                    return Ok(Issue::NotTried);
                }
            }
        }
    }

    /// One request, with everything that must come before and after it.
    async fn attempt(
        &self,
        task: Task,
        scene: &Scene,
        tries: &mut Tries,
        has_turn: bool,
    ) -> Result<Attempt, JournalError> {
        let Self { shift, session, .. } = self;
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
        let Some(place) = tries.wait(shift, session.tickets.unless_stopped(turn)).await.flatten().flatten()
        else {
            return Ok(Attempt::Stopped);
        };
        // The trouble may have begun while this one waited.
        if !has_turn && session.tickets.is_in_trouble() {
            return Ok(Attempt::Later);
        }
        if task.lifetime.is_permanent()
            && !task.permanent_asked
            && let Some(failure) = session.pool_spent()
        {
            return Ok(Attempt::PoolSpent(failure));
        }
        if let Err(spent) = session.take_call(clock::now()) {
            return Ok(Attempt::QuotaSpent(spent));
        }
        let began = clock::monotonic();
        let created_at = whole_second(clock::now());
        let Task { key, generation, lifetime, .. } = task;
        shift.journal.record(Entry::Intent { key, generation, lifetime, at: created_at }).await?;
        let issued = session.client.issue(scene, lifetime).await;
        drop(place);
        if matches!(&issued, Err(error) if matches!(error.class, Class::Busy { .. })) {
            self.places.failed();
        } else {
            self.places.answered(clock::monotonic().duration_since(began));
        }
        match issued {
            Ok(issued) if !session.is_new_url(&issued.url) => Ok(Attempt::Failed(CallError {
                stage: crate::wechat::Stage::Issue,
                class: Class::CodeRejected,
                errcode: None,
                rid: None,
                message:
                    "the answer is that of another scene: something between here and the platform, a relay \
                          perhaps, answers from what it kept"
                        .to_owned(),
                reached: true,
            })),
            Ok(IssuedTicket { ticket, url, expire_seconds }) => {
                let (lifetime, expires_at) = answered(lifetime, expire_seconds, created_at);
                let answer = Entry::Answer {
                    key,
                    generation,
                    lifetime,
                    created_at,
                    expires_at,
                    ticket: ticket.clone(),
                    url: url.clone(),
                };
                shift.journal.record(answer).await?;
                session.tickets.heard();
                shift.event(&Event::Issued { code: shift.code_name(task.line), generation });
                Ok(Attempt::Issued(Ticketed { line: task.line, key, generation, ticket, url }))
            }
            Err(error) => Ok(Attempt::Failed(error)),
        }
    }

    /// Records a definite refusal, which made nothing. Without an answer nobody knows, and the intent stays open.
    async fn refused(&self, task: Task, class: Class, failure: &Failure) -> Result<(), JournalError> {
        let Task { key, generation, .. } = task;
        match failure.errcode {
            Some(errcode) if failure.stage == Stage::Issue && !matches!(class, Class::Busy { .. }) => {
                self.shift.journal.record(Entry::Refusal { key, generation, errcode }).await
            }
            _ => Ok(()),
        }
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

/// The message with how long the platform asked to be left alone, where that is what ends the account's work.
pub(super) fn left_alone(message: &str, class: Class) -> String {
    match class {
        Class::Busy { retry_after: Some(wait) } => {
            format!("{message}, and asks to be left alone for {}", rough_duration(wait))
        }
        _ => message.to_owned(),
    }
}

/// The message with what the platform's support asks for: no code fails of a spent quota, so it is shown nowhere else.
fn with_identifiers(failure: &Failure) -> String {
    match (failure.errcode, &failure.rid) {
        (Some(errcode), Some(rid)) => format!("{} ({errcode}, rid {rid})", failure.message),
        (Some(errcode), None) => format!("{} ({errcode})", failure.message),
        (None, _) => failure.message.clone(),
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
    Issued(Ticketed),
    QuotaSpent(String),
    /// Another new permanent code was refused for want of room, so this one would be too.
    PoolSpent(Failure),
    Stopped,
    Failed(CallError),
}
