//! How many requests may be in flight at once.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

/// However short the answers take: while some are on the way the others are written down.
const FLOOR: usize = 16;
/// More than this only queue somewhere, and each may be asked for twice after the process was killed.
const CEILING: usize = 128;
/// What the slowest rate may come to.
const LOW_CEILING: usize = 32;
/// Answers that take longer than this are a platform in trouble, which more requests at once do not help.
const LONGEST: Duration = Duration::from_secs(2);
/// Faster than this no account goes: a rate above it means "no limit", for a machine nearby that has its own.
const MOST_PER_SECOND: f64 = 200.0;
/// Above what the mean needs, for answers that take longer than that.
const HEADROOM: f64 = 1.5;
/// The weight of the newest answer in the mean.
const NEWEST: f64 = 0.125;

/// Decides how many requests may be in flight: as many as come in the time that an answer takes (Little's law) and
/// half as many more. Pure.
///
/// After an attempt to which nobody answered properly it is half of what it was, and grows by one with each full
/// round of answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flight {
    per_second: f64,
    /// The mean time from a request to its answer, in seconds; 0 before the first.
    latency: f64,
    /// What failures have left.
    allowed: f64,
}

impl Flight {
    /// For requests that go at this rate.
    pub fn new(per_second: f64) -> Self {
        let per_second = if per_second.is_finite() { per_second.clamp(0.0, MOST_PER_SECOND) } else { 0.0 };
        let flight = Self { per_second, latency: 0.0, allowed: 0.0 };
        Self { allowed: count(flight.ceiling()), ..flight }
    }

    /// The most that it ever allows.
    pub fn ceiling(&self) -> usize {
        rounded_up(self.per_second * LONGEST.as_secs_f64() * HEADROOM).clamp(LOW_CEILING, CEILING)
    }

    /// How many may be in flight now.
    pub fn limit(&self) -> usize {
        let needed = self.per_second * self.latency * HEADROOM;
        rounded_up(needed.min(self.allowed)).clamp(FLOOR, self.ceiling())
    }

    /// An answer came so long after its request.
    pub fn answered(&mut self, latency: Duration) {
        let seconds = latency.as_secs_f64();
        let weight = if self.latency > 0.0 { NEWEST } else { 1.0 };
        self.latency += (seconds - self.latency) * weight;
        self.allowed = (self.allowed + 1.0 / count(self.limit())).min(count(self.ceiling()));
    }

    /// The platform was too busy to answer, or no answer came.
    pub fn failed(&mut self) {
        self.allowed = (count(self.limit()) / 2.0).max(count(FLOOR));
    }
}

/// At most [`CEILING`] or so: what is not finite is cut off by the caller's clamp.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and all is clamped"
)]
fn rounded_up(number: f64) -> usize {
    number.ceil() as usize
}

#[expect(clippy::cast_precision_loss, reason = "a hundred or so")]
fn count(number: usize) -> f64 {
    number as f64
}

/// The places of requests in flight, as many as [`Flight`] allows at the moment. First come, first served.
#[derive(Debug)]
pub struct Places {
    semaphore: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    flight: Flight,
    /// How many places there are, taken or not.
    places: usize,
}

impl Places {
    /// For requests that go at this rate.
    pub fn new(per_second: f64) -> Self {
        let flight = Flight::new(per_second);
        let places = flight.limit();
        Self { semaphore: Semaphore::new(places), state: Mutex::new(State { flight, places }) }
    }

    /// Waits for a place, which is given back when it is dropped. `None` never comes.
    pub async fn take(&self) -> Option<SemaphorePermit<'_>> {
        self.semaphore.acquire().await.ok()
    }

    /// The most there ever are.
    pub fn ceiling(&self) -> usize {
        self.state().flight.ceiling()
    }

    /// An answer came so long after its request.
    pub fn answered(&self, latency: Duration) {
        self.change(|flight| flight.answered(latency));
    }

    /// The platform was too busy to answer, or no answer came.
    pub fn failed(&self) {
        self.change(Flight::failed);
    }

    fn change(&self, change: impl FnOnce(&mut Flight)) {
        let mut state = self.state();
        change(&mut state.flight);
        let limit = state.flight.limit();
        if limit > state.places {
            self.semaphore.add_permits(limit - state.places);
            state.places = limit;
        } else {
            // Those that are taken go when they are given back and something changes again.
            state.places -= self.semaphore.forget_permits(state.places - limit);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "flight_tests.rs"]
mod tests;
