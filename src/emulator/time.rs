//! What time it is on the platform: the caller's clock, moved.

use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::SeqCst;

use jiff::{SignedDuration, Timestamp};

use super::Now;

/// The platform's clock. `Date` on every answer shows it, and all that ends follows it.
pub(super) struct Time {
    now: Now,
    pub started_at: Timestamp,
    /// Seconds it was moved by since the start.
    pub advanced: AtomicI64,
    /// Seconds it goes wrong by.
    pub skew: AtomicI64,
}

impl Time {
    pub(super) fn new(now: Now, skew: i64) -> Self {
        let started_at = now();
        Self { now, started_at, advanced: AtomicI64::new(0), skew: AtomicI64::new(skew) }
    }

    /// The instant on the platform. A move out of all bounds stops at the bound.
    pub(super) fn now(&self) -> Timestamp {
        let seconds = self.advanced.load(SeqCst).saturating_add(self.skew.load(SeqCst));
        let bound = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        (self.now)().checked_add(SignedDuration::from_secs(seconds)).unwrap_or(bound)
    }

    /// Seconds since the start, those it was moved by too, the skew not.
    pub(super) fn elapsed(&self) -> i64 {
        let age = (self.now)().as_second().saturating_sub(self.started_at.as_second());
        age.saturating_add(self.advanced.load(SeqCst))
    }

    pub(super) fn advance(&self, seconds: i64) {
        let add = |advanced: i64| Some(advanced.saturating_add(seconds));
        // The closure never declines.
        let _ = self.advanced.fetch_update(SeqCst, SeqCst, add);
    }
}
