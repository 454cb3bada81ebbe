//! Issuing: tickets for codes, each intent recorded before its request and each answer after it.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::event::Event;
use super::outcome::{Failure, Fatal, Stage, Stopped};
use super::session::Doubt;
use super::stage::{Account, Request};
use super::tally::{Task, Ticketed};
use crate::clock;
use crate::exit::Exit;
use crate::ledger::Entry;
use crate::model::{IssueFacts, IssueTimes, is_emulators, whole_second};
use crate::pace::retry::Class;
use crate::wechat::{CallError, IssuedTicket};

/// The tickets that an account still has to ask for, in order. Shared by all that issue for it.
pub(super) type Tasks = Arc<Mutex<std::vec::IntoIter<Task>>>;

/// Why an account stops whose codes must not get into this ledger.
const EMULATOR: &str = "its api_url is an emulator, whose codes lead nowhere; this ledger is for the platform's codes: name another one with --ledger";

/// What one attempt came to.
enum Attempt {
    /// Nothing was sent, since requests go one at a time now.
    Later,
    /// The ticket is recorded. `None` if it is not to be had in this run.
    Ended(Option<Ticketed>),
    Failed(CallError),
}

/// Issues one ticket after the other, and hands each on as soon as it is recorded.
///
/// The first request goes alone: a wrong secret or a spent quota costs one call, not one for each request that
/// could be in flight. The others follow once the platform has judged a code.
pub(super) async fn issue_all(
    account: Arc<Account>,
    tasks: Tasks,
    tickets: mpsc::Sender<Ticketed>,
    is_first: bool,
) -> Result<(), Fatal> {
    let judged = &account.session.judged;
    if !is_first {
        let _ = judged.subscribe().wait_for(|judged| *judged).await;
    }
    let pictures = &account.session.pictures;
    // While many pictures are wrong no more tickets are asked for: their pictures would be wrong too.
    while account.unless_stopped(&account.session.tickets, pictures.trusted()).await.is_some() {
        let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(task) = next else { break };
        if let Some(ticketed) = issue(&account, &task).await?
            && tickets.send(ticketed).await.is_err()
        {
            break;
        }
    }
    // Those that still wait have nothing to do either.
    judged.send_replace(true);
    Ok(())
}

/// Asks for one ticket, again and again within its budget. `None` if it is not to be had in this run.
async fn issue(account: &Account, task: &Task) -> Result<Option<Ticketed>, Fatal> {
    let mut request = Request::new(account, &account.session.tickets);
    loop {
        let Some(probe) = request.turn().await else { return Ok(None) };
        let error = match attempt(account, task, &mut request, probe.is_some()).await? {
            Attempt::Later => continue,
            Attempt::Ended(ticketed) => return Ok(ticketed),
            Attempt::Failed(error) => error,
        };
        let (class, failure) = (error.class, Failure::from(error));
        let decision = request.decide(class, &failure);
        record_refusal(account, task, class, &failure).await?;
        if class == Class::PermanentPool && task.lifetime.is_permanent() {
            account.session.pool_spent.get_or_init(|| failure.clone());
        }
        if !request.may_retry(&task.code, (class, failure), decision, &probe).await {
            return Ok(None);
        }
    }
}

/// One request, with everything that must come before it.
async fn attempt(
    account: &Account,
    task: &Task,
    request: &mut Request<'_>,
    has_turn: bool,
) -> Result<Attempt, Fatal> {
    let session = &account.session;
    let requests = &session.tickets;
    // The access token comes first: a call that never left must not be counted.
    if let Err(error) = account.watched(requests, Stage::Token, session.client.authorize()).await {
        return Ok(Attempt::Failed(error));
    }
    let Some(doubt) = account.clock_allows(task).await else { return Ok(Attempt::Ended(None)) };
    // Another request may end the account's work while this one waits.
    let Some(place) = request.place().await else { return Ok(Attempt::Ended(None)) };
    // The trouble may have begun while this one waited.
    if !has_turn && requests.is_in_outage() {
        return Ok(Attempt::Later);
    }
    // Another new permanent code was refused for want of room, so this one would be too.
    if task.lifetime.is_permanent()
        && !task.permanent_asked
        && let Some(failure) = session.pool_spent.get()
    {
        account.fail(&task.code, failure.clone());
        return Ok(Attempt::Ended(None));
    }
    if let Err(message) = session.take_call(clock::now()) {
        account.stop(requests, Stopped { exit: Exit::QuotaSpent, message, failure: None });
        return Ok(Attempt::Ended(None));
    }
    let began = clock::monotonic();
    let asked_at = whole_second(clock::now());
    let Task { key, generation, lifetime, .. } = *task;
    account.journal.record(Entry::Intent { key, generation, lifetime, at: asked_at }).await?;
    let issued =
        account.watched(requests, Stage::Issue, session.client.issue(&task.code.scene, lifetime)).await;
    drop(place);
    if matches!(&issued, Err(error) if error.class.is_outage()) {
        requests.places.failed();
    } else {
        requests.places.answered(clock::monotonic().duration_since(began));
    }
    match issued {
        Ok(issued) if account.run.for_platform && is_emulators(&issued.url) => {
            account
                .stop(requests, Stopped { exit: Exit::Refused, message: EMULATOR.to_owned(), failure: None });
            Ok(Attempt::Ended(None))
        }
        Ok(issued) if !session.is_new_url(&issued.url) => Ok(Attempt::Failed(stale_answer())),
        Ok(issued) => Ok(Attempt::Ended(record(account, task, issued, (asked_at, doubt)).await?)),
        Err(error) => Ok(Attempt::Failed(error)),
    }
}

/// Records an answer. Only then is its ticket handed on, unless the clock is wrong.
async fn record(
    account: &Account,
    task: &Task,
    IssuedTicket { ticket, url, expire_seconds, birth, date }: IssuedTicket,
    (asked_at, doubt): (Timestamp, Doubt<'_>),
) -> Result<Option<Ticketed>, Fatal> {
    let Task { key, generation, .. } = *task;
    let code = task.code.clone();
    let facts = IssueFacts { asked: task.lifetime, expire_seconds, birth, date, asked_at };
    let times = facts.times();
    let IssueTimes { lifetime, created_at, expires_at, .. } = times;
    let ticketed = Ticketed { code: code.clone(), key, generation, ticket: ticket.clone(), url: url.clone() };
    let answer = Entry::Answer { key, generation, lifetime, created_at, expires_at, ticket, url };
    account.journal.record(answer).await?;
    account.session.tickets.heard();
    account.run.tally.issued();
    account.run.event(&Event::Issued { code, generation });
    let goes_on = account.goes_on_after(task, facts, times, doubt);
    account.session.judged.send_replace(true);
    Ok(goes_on.then_some(ticketed))
}

/// Records a definite refusal, which made nothing. Without an answer nobody knows, and the intent stays open.
async fn record_refusal(
    account: &Account,
    task: &Task,
    class: Class,
    failure: &Failure,
) -> Result<(), Fatal> {
    let Task { key, generation, .. } = *task;
    match failure.errcode {
        Some(errcode) if failure.stage == Stage::Issue && !class.is_outage() => {
            account.journal.record(Entry::Refusal { key, generation, errcode }).await
        }
        _ => Ok(()),
    }
}

/// The error for an answer with a url that another scene has.
fn stale_answer() -> CallError {
    CallError {
        stage: Stage::Issue,
        class: Class::CodeRejected,
        errcode: None,
        rid: None,
        message: "the answer is that of another scene: something between here and the platform, a relay \
                  perhaps, answers from what it kept"
            .to_owned(),
    }
}
