//! One account in a run: its client, its pace, its count of calls, and whether it still issues.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;

use super::outcome::Failure;
use crate::clock;
use crate::exit::Exit;
use crate::model::{AccountName, AppId, rough_duration};
use crate::pace::retry::{self, Class};
use crate::pace::{DayCount, Pacer};
use crate::wechat::Client;

/// What a run needs of one account.
pub struct AccountSession {
    pub(super) name: AccountName,
    pub(super) appid: AppId,
    pub(super) client: Client,
    pub(super) tickets: Requests,
    /// They come from another host, with a limit of its own.
    pub(super) pictures: Requests,
    calls: Mutex<Calls>,
    /// What the platform said when its permanent codes were used up.
    pool_spent: OnceLock<Failure>,
    /// Hashes of the urls that were given in this run.
    urls: Mutex<HashSet<u64>>,
}

/// One of the two things that an account asks for, and whether it still does.
pub(super) struct Requests {
    pub(super) pacer: Pacer,
    stopped: watch::Sender<Option<Stopped>>,
    trouble: Mutex<Trouble>,
    /// Held by the one request that is made while there is trouble.
    probe: tokio::sync::Mutex<()>,
}

/// What failed since the platform last did what it was asked.
#[derive(Default)]
struct Trouble {
    /// When the first request did.
    since: Option<Instant>,
    failures: u32,
}

/// After so many failures in a row requests go one at a time, each as late as its backoff says: a platform that does
/// not answer is not asked by all at once, and costs no more calls than one code's budget.
const TROUBLE: u32 = 8;

/// An account that has not had one success for so long asks for nothing more in this run: many codes must not turn
/// into days of retries.
const SILENCE: Duration = Duration::from_mins(3);

struct Calls {
    day: DayCount,
    made: u64,
}

/// Why an account asks for nothing more in this run.
#[derive(Debug, Clone)]
pub(super) struct Stopped {
    pub(super) exit: Exit,
    pub(super) message: String,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AccountSession {
    /// A session that has made no call yet. `day` is what this ledger spent today and may spend.
    pub fn new(
        name: AccountName,
        appid: AppId,
        client: Client,
        pacer: Pacer,
        picture_pacer: Pacer,
        day: DayCount,
    ) -> Self {
        let calls = Mutex::new(Calls { day, made: 0 });
        let (tickets, pictures) = (Requests::new(pacer), Requests::new(picture_pacer));
        let (pool_spent, urls) = (OnceLock::new(), Mutex::default());
        Self { name, appid, client, tickets, pictures, calls, pool_spent, urls }
    }

    /// The account's permanent codes are used up, for good: no other new one is asked for in this run.
    pub(super) fn pool_is_spent(&self, failure: &Failure) {
        self.pool_spent.get_or_init(|| failure.clone());
    }

    /// Why a permanent code that the platform does not know yet cannot be had, where that is known.
    pub(super) fn pool_spent(&self) -> Option<Failure> {
        self.pool_spent.get().cloned()
    }

    /// Whether a url comes for the first time in this run. A relay that answers every request with what it kept
    /// would otherwise give many scenes one code.
    pub(super) fn is_new_url(&self, url: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        url.hash(&mut hasher);
        lock(&self.urls).insert(hasher.finish())
    }

    /// Counts a call that is about to be sent, or says that the day's share is spent.
    pub(super) fn take_call(&self, now: Timestamp) -> Result<(), String> {
        let mut calls = lock(&self.calls);
        calls.day.take(now).map_err(|spent| spent.to_string())?;
        calls.made += 1;
        Ok(())
    }

    /// Calls sent in this run, and by this ledger on the day of `now`.
    pub(super) fn calls(&self, now: Timestamp) -> (u64, u64) {
        let calls = lock(&self.calls);
        (calls.made, calls.day.used(now))
    }

    /// Why it asks for nothing more, be it tickets or pictures.
    pub(super) fn stopped(&self) -> Option<Stopped> {
        self.tickets.stopped().or_else(|| self.pictures.stopped())
    }
}

impl Requests {
    fn new(pacer: Pacer) -> Self {
        let (trouble, probe) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { pacer, stopped: watch::Sender::new(None), trouble, probe }
    }

    /// Waits, where there is trouble, until no other request is made. To be held until the next attempt may come.
    pub(super) async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if !self.is_in_trouble() {
            return None;
        }
        let turn = self.probe.lock().await;
        self.is_in_trouble().then_some(turn)
    }

    /// How long the one that has the turn keeps it after its failure.
    pub(super) fn backoff(&self) -> Duration {
        let failures = lock(&self.trouble).failures.saturating_sub(TROUBLE);
        retry::backoff(failures.saturating_add(1), clock::random_unit())
    }

    /// Whether requests go one at a time, each with a [`Self::turn`].
    pub(super) fn is_in_trouble(&self) -> bool {
        lock(&self.trouble).failures >= TROUBLE
    }

    /// The platform did what it was asked.
    pub(super) fn heard(&self) {
        *lock(&self.trouble) = Trouble::default();
    }

    /// The platform did not. Where that has lasted longer than a run waits, the reason to stop.
    /// `is_outage` where the request itself may be right.
    pub(super) fn failed(&self, failure: &Failure, is_outage: bool) -> Option<String> {
        let now = clock::monotonic();
        let since = {
            let mut trouble = lock(&self.trouble);
            trouble.failures = trouble.failures.saturating_add(u32::from(is_outage));
            *trouble.since.get_or_insert(now)
        };
        (now.duration_since(since) >= SILENCE).then(|| {
            let silence = rough_duration(SILENCE);
            format!("no success for {silence}, so nothing more was tried: {}", failure.message)
        })
    }

    /// Whether it goes on.
    pub(super) fn is_open(&self) -> bool {
        self.stopped.borrow().is_none()
    }

    fn stopped(&self) -> Option<Stopped> {
        self.stopped.borrow().clone()
    }

    /// The first reason stands; whether this is it.
    pub(super) fn close(&self, exit: Exit, message: &str) -> bool {
        self.stopped.send_if_modified(|stopped| {
            let first = stopped.is_none();
            stopped.get_or_insert(Stopped { exit, message: message.to_owned() });
            first
        })
    }

    /// The future's result, or `None` as soon as nothing more is asked for.
    pub(super) async fn unless_stopped<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut stopped = self.stopped.subscribe();
        tokio::select! {
            biased;
            _ = stopped.wait_for(Option::is_some) => None,
            value = future => self.is_open().then_some(value),
        }
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
