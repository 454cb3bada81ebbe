//! What time it is on the platform: the caller's clock, moved.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::Now;

/// The platform's clock. `Date` on every answer shows it, and all that ends follows it.
pub(super) struct Time {
    now: Now,
    started_at: Timestamp,
    /// Seconds it was moved by since the start.
    advanced: AtomicI64,
    /// Seconds it goes wrong by.
    skew: AtomicI64,
}

impl Time {
    pub(super) fn new(now: Now, skew: i64) -> Self {
        let started_at = now();
        Self { now, started_at, advanced: AtomicI64::new(0), skew: AtomicI64::new(skew) }
    }

    pub(super) fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// The instant on the platform. A move out of all bounds stops at the bound.
    pub(super) fn now(&self) -> Timestamp {
        moved((self.now)(), self.advanced().saturating_add(self.skew()))
    }

    /// Seconds since the start, those it was moved by too, the skew not.
    pub(super) fn elapsed(&self) -> i64 {
        (self.now)().as_second().saturating_sub(self.started_at.as_second()).saturating_add(self.advanced())
    }

    pub(super) fn advance(&self, seconds: i64) {
        let add = |advanced: i64| Some(advanced.saturating_add(seconds));
        // The closure never declines.
        let _ = self.advanced.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
    }

    pub(super) fn set_skew(&self, seconds: i64) {
        self.skew.store(seconds, Ordering::SeqCst);
    }

    pub(super) fn advanced(&self) -> i64 {
        self.advanced.load(Ordering::SeqCst)
    }

    pub(super) fn skew(&self) -> i64 {
        self.skew.load(Ordering::SeqCst)
    }
}

fn moved(instant: Timestamp, seconds: i64) -> Timestamp {
    let bound = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    instant.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(bound)
}
