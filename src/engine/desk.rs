//! One account's desk: its client, its pace, its count of calls, and whether it still issues.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;

use super::event::Event;
use super::outcome::End;
use super::shift::Shift;
use crate::clock;
use crate::model::{AccountName, AppId};
use crate::pace::{DayCount, Pacer};
use crate::wechat::Client;

/// What a run needs of one account.
pub struct Desk {
    pub(super) name: AccountName,
    pub(super) appid: AppId,
    pub(super) client: Client,
    /// Tickets.
    pub(super) pacer: Pacer,
    /// Pictures, which come from another host with a limit of its own.
    pub(super) picture_pacer: Pacer,
    calls: Mutex<Calls>,
    stopped: watch::Sender<Option<Stopped>>,
    /// When the first request failed since the platform last did what it was asked.
    failing_since: Mutex<Option<Instant>>,
    /// Hashes of the urls that were given in this run.
    urls: Mutex<HashSet<u64>>,
}

/// An account that has not had one success for so long issues nothing more in this run: many codes must not turn
/// into days of retries.
pub(super) const SILENCE: Duration = Duration::from_mins(3);

struct Calls {
    day: DayCount,
    made: u64,
}

/// Why an account issues nothing more in this run.
#[derive(Debug, Clone)]
pub(super) struct Stopped {
    pub(super) end: End,
    pub(super) message: String,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// A desk that has made no call yet. `day` is what this ledger spent today and may spend.
    pub fn new(
        name: AccountName,
        appid: AppId,
        client: Client,
        pacer: Pacer,
        picture_pacer: Pacer,
        day: DayCount,
    ) -> Self {
        let calls = Mutex::new(Calls { day, made: 0 });
        let (stopped, failing_since) = (watch::Sender::new(None), Mutex::new(None));
        let urls = Mutex::default();
        Self { name, appid, client, pacer, picture_pacer, calls, stopped, failing_since, urls }
    }

    /// Whether a url comes for the first time in this run. A relay that answers every request with what it kept
    /// would otherwise give many scenes one code.
    pub(super) fn is_new_url(&self, url: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        url.hash(&mut hasher);
        lock(&self.urls).insert(hasher.finish())
    }

    /// The platform did what it was asked.
    pub(super) fn heard(&self) {
        *lock(&self.failing_since) = None;
    }

    /// The platform did not; whether that has lasted longer than a run waits.
    pub(super) fn is_silent(&self) -> bool {
        let now = clock::monotonic();
        now.duration_since(*lock(&self.failing_since).get_or_insert(now)) >= SILENCE
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

    /// Whether it still issues.
    pub(super) fn is_open(&self) -> bool {
        self.stopped.borrow().is_none()
    }

    /// Why it does not issue any more.
    pub(super) fn stopped(&self) -> Option<Stopped> {
        self.stopped.borrow().clone()
    }

    /// Issues nothing more in this run. The first reason stands.
    pub(super) fn stop(&self, end: End, message: &str, shift: &Shift) {
        let first = self.stopped.send_if_modified(|stopped| {
            let first = stopped.is_none();
            stopped.get_or_insert(Stopped { end, message: message.to_owned() });
            first
        });
        if first {
            let account = self.name.clone();
            shift.event(&Event::AccountStopped { account, message: message.to_owned() });
        }
    }

    /// The future's result, or `None` as soon as the account issues nothing more.
    pub(super) async fn unless_stopped<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut stopped = self.stopped.subscribe();
        tokio::select! {
            biased;
            _ = stopped.wait_for(Option::is_some) => None,
            value = future => self.is_open().then_some(value),
        }
    }
}
