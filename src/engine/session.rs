//! One account in a run: its client, its count of calls, and whether it still asks for tickets and pictures.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{MutexGuard as AsyncGuard, watch};

use super::outcome::{Failure, Stopped};
use crate::clock;
use crate::model::{AccountName, AppId, ClockCheck};
use crate::pace::retry;
use crate::pace::{ALIKE, DayCount, Pacer, Places, Trouble};
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
    /// The codes that are tried again because what came was wrong.
    wrong: watch::Sender<Wrong>,
    /// Whether it was told that an answer takes long.
    is_slow: AtomicBool,
    /// Held by the one request that is made while there is trouble.
    pub(super) probe: tokio::sync::Mutex<()>,
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
        Self {
            pacer,
            places,
            stopped,
            trouble: Mutex::default(),
            wrong: watch::Sender::default(),
            is_slow: AtomicBool::new(false),
            probe: tokio::sync::Mutex::default(),
        }
    }

    /// How long the one request that is made in an outage waits at least after its failure.
    pub(super) fn backoff(&self) -> Duration {
        retry::backoff(self.trouble().probes().saturating_add(1), clock::random_unit())
    }

    /// Whether requests go one at a time.
    pub(super) fn is_in_outage(&self) -> bool {
        self.trouble().is_outage()
    }

    /// What failed since a request last went well.
    pub(super) fn trouble(&self) -> MutexGuard<'_, Trouble> {
        lock(&self.trouble)
    }

    /// The platform is well: what failed before counts no more.
    pub(super) fn heard(&self) {
        self.trouble().heard(clock::monotonic());
        self.wrong.send_if_modified(|wrong| std::mem::take(&mut wrong.in_a_row) > 0);
    }

    /// Whether it is the first time in this run that an answer takes long, and nothing of an outage was told.
    pub(super) fn is_slow_for_the_first_time(&self) -> bool {
        !self.is_slow.swap(true, Ordering::Relaxed) && self.trouble().is_news()
    }

    /// Waits while so many codes are tried again that another one would only be the next.
    pub(super) async fn calm(&self) {
        // The sender lives as long as this.
        let _ = self.wrong.subscribe().wait_for(|wrong| wrong.now < ALIKE).await;
    }

    /// Whether [`calm`](Self::calm) would not wait.
    pub(super) fn is_calm(&self) -> bool {
        self.wrong.borrow().now < ALIKE
    }

    /// Waits while what comes is wrong, code after code, and is tried again.
    pub(super) async fn trusted(&self) {
        let _ = self.wrong.subscribe().wait_for(|wrong| wrong.now == 0 || wrong.in_a_row < SOME).await;
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

/// Codes for which something wrong came, an empty picture or another one's.
#[derive(Debug, Default)]
struct Wrong {
    /// How many are tried again now.
    now: u32,
    /// For how many it was so since one went well.
    in_a_row: u32,
}

/// After so many in a row no more tickets are issued until it is known what becomes of them.
const SOME: u32 = 8;

/// A code that is tried again because what came was wrong, until it is dropped.
pub(super) struct Retrying<'a>(&'a Requests);

impl<'a> Retrying<'a> {
    /// One more.
    pub(super) fn new(requests: &'a Requests) -> Self {
        requests.wrong.send_modify(|Wrong { now, in_a_row }| (*now, *in_a_row) = (*now + 1, *in_a_row + 1));
        Self(requests)
    }
}

impl Drop for Retrying<'_> {
    fn drop(&mut self) {
        self.0.wrong.send_modify(|wrong| wrong.now -= 1);
    }
}
