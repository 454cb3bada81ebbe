//! One account in a run: its client, its count of calls, and whether it still asks for tickets and pictures.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{MutexGuard as AsyncGuard, watch};

use super::outcome::{Failure, Stopped};
use crate::clock;
use crate::model::{AccountName, AppId, ClockCheck, rough_duration};
use crate::pace::retry::{self, Class};
use crate::pace::{DayCount, Pacer, Places};
use crate::wechat::Client;

/// What a run needs of one account.
pub struct AccountSession {
    pub(super) name: AccountName,
    pub(super) appid: AppId,
    pub(super) client: Client,
    pub(super) tickets: Requests,
    /// They come from another host, with a limit of its own.
    pub(super) pictures: Requests,
    /// What the platform said when the account's permanent codes were used up. That is for good: no other new one is
    /// asked for in this run.
    pub(super) pool_spent: OnceLock<Failure>,
    /// Whether tickets may be asked for by this machine's clock.
    pub(super) clock: ClockGate,
    /// The calls of the day, and how many of them this run made.
    calls: Mutex<(DayCount, u64)>,
    /// Hashes of the urls that were given in this run.
    urls: Mutex<HashSet<u64>>,
    /// Whether the platform has judged a code, so that others may be asked for side by side.
    pub(super) judged: watch::Sender<bool>,
}

/// What is known of this machine's clock.
#[derive(Default)]
pub(super) struct ClockGate {
    pub(super) state: tokio::sync::Mutex<Clock>,
    /// What is wrong with it, if codes are issued all the same.
    pub(super) warning: OnceLock<String>,
}

/// Whether tickets may be asked for by this machine's clock.
#[derive(Default)]
pub(super) enum Clock {
    /// It was not compared with another one yet.
    #[default]
    Unchecked,
    /// They may.
    Trusted,
    /// A first ticket is still to decide.
    Doubtful(ClockCheck),
}

/// Held by the one request that is made while the clock is in doubt.
pub(super) type Doubt<'a> = Option<AsyncGuard<'a, Clock>>;

/// One of the two things that an account asks for, and whether it still does.
pub(super) struct Requests {
    pub(super) pacer: Pacer,
    pub(super) places: Places,
    pub(super) stopped: watch::Sender<Option<Stopped>>,
    trouble: Mutex<Trouble>,
    /// Held by the one request that is made while there is trouble.
    pub(super) probe: tokio::sync::Mutex<()>,
}

/// What failed since the platform last did what it was asked.
#[derive(Default)]
struct Trouble {
    /// When the first request failed.
    since: Option<Instant>,
    failures: u32,
}

/// After so many failures in a row requests go one at a time, each as late as its backoff says: a platform that does
/// not answer is not asked by all at once, and costs no more calls than one code's budget.
const TROUBLE: u32 = 8;

/// An account that has not had one success for so long asks for nothing more in this run: many codes must not turn
/// into days of retries.
const SILENCE: Duration = Duration::from_mins(3);

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
        let (tickets, pictures) = (Requests::new(pacer), Requests::new(picture_pacer));
        let (pool_spent, calls, urls) = (OnceLock::new(), Mutex::new((day, 0)), Mutex::default());
        let judged = watch::Sender::new(false);
        let clock = ClockGate::default();
        Self { name, appid, client, tickets, pictures, pool_spent, clock, calls, urls, judged }
    }

    /// Whether a url comes for the first time in this run. A relay that answers every request with what it kept
    /// would otherwise give many scenes one code.
    pub(super) fn is_new_url(&self, url: &str) -> bool {
        lock(&self.urls).insert(BuildHasherDefault::<DefaultHasher>::new().hash_one(url))
    }

    /// Counts a call that is about to be sent, or says that the day's share is spent.
    pub(super) fn take_call(&self, now: Timestamp) -> Result<(), String> {
        let (day, made) = &mut *lock(&self.calls);
        day.take(now).map_err(|spent| spent.to_string())?;
        *made += 1;
        Ok(())
    }

    /// Calls sent in this run, and by this ledger on the day of `now`.
    pub(super) fn calls(&self, now: Timestamp) -> (u64, u64) {
        let (day, made) = &*lock(&self.calls);
        (*made, day.used(now))
    }

    /// Why it asks for nothing more, be it tickets or pictures.
    pub(super) fn stopped(&self) -> Option<Stopped> {
        let stopped = |requests: &Requests| requests.stopped.borrow().clone();
        stopped(&self.tickets).or_else(|| stopped(&self.pictures))
    }
}

impl Requests {
    fn new(pacer: Pacer) -> Self {
        let (places, stopped) = (Places::new(pacer.per_second()), watch::Sender::new(None));
        Self { pacer, places, stopped, trouble: Mutex::default(), probe: tokio::sync::Mutex::default() }
    }

    /// How long the one request that is made while there is trouble waits at least after its failure.
    pub(super) fn backoff(&self) -> Duration {
        let failures = lock(&self.trouble).failures.saturating_sub(TROUBLE);
        retry::backoff(failures.saturating_add(1), clock::random_unit())
    }

    /// Whether requests go one at a time.
    pub(super) fn is_in_trouble(&self) -> bool {
        lock(&self.trouble).failures >= TROUBLE
    }

    /// The platform is well: what failed before counts no more.
    pub(super) fn heard(&self) {
        *lock(&self.trouble) = Trouble::default();
    }

    /// The platform did not do what it was asked. Returns the reason to stop once that has lasted too long.
    pub(super) fn failed(&self, class: Class, failure: &Failure) -> Option<String> {
        let is_outage = matches!(class, Class::Busy { .. } | Class::Unknown);
        // Other refusals are of this one code, or end the work anyway.
        if !is_outage && !matches!(class, Class::PictureRejected | Class::MinuteQuota) {
            return None;
        }
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

    /// Ends it, unless it has ended. The first reason stands; whether this is it.
    pub(super) fn close(&self, why: &Stopped) -> bool {
        self.stopped.send_if_modified(|stopped| {
            let first = stopped.is_none();
            stopped.get_or_insert_with(|| why.clone());
            first
        })
    }
}
