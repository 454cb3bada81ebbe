//! The rate of one account's requests, on governor.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use jiff::Timestamp;

use super::quota::{next_minute, until};
use crate::clock;
use crate::model::Rate;

/// Releases the requests of one account.
///
/// Any window of time holds at most rate × window + burst of them, the burst being a tenth of a second's worth,
/// at least 1. Callers are served in the order they came; only the first of them waits on a timer.
pub struct Pacer {
    rate: Rate,
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    limiter: Limiter,
    /// The share of the set rate that the limiter is made for, in thousandths.
    share: u32,
    /// Since the last pause: the share it left, and when it ended or will end.
    slowed: Option<(u32, Instant)>,
    /// Until when the platform asked to be left alone.
    held_until: Option<Instant>,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Monotonic, NoOpMiddleware<Instant>>;

/// governor's view of our clock.
#[derive(Clone)]
struct Monotonic;

impl Clock for Monotonic {
    type Instant = Instant;

    fn now(&self) -> Instant {
        clock::monotonic()
    }
}

/// One permit is so many cells of governor's bucket, so that a burst need not be a whole number of permits: at
/// 15/s it is 1.5, which makes up for a timer that fires late.
const CELLS: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
/// The burst as a time.
const BURST: Duration = Duration::from_millis(100);
/// However often it is halved, a request a minute goes.
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);
const WHOLE: u32 = 1000;
/// What each minute without a further pause gives back.
const RECOVERY: u32 = 100;
const MINUTE: Duration = Duration::from_mins(1);
/// The platform's minute may begin a little after ours.
const MARGIN: Duration = Duration::from_secs(1);
/// The runtime's timer fires up to so much after the time it was set to.
const TIMER_STEP: Duration = Duration::from_millis(1);

impl Pacer {
    /// A pacer at this rate, with a full burst.
    pub fn new(rate: Rate) -> Self {
        let (limiter, _) = limiter(interval(rate, WHOLE));
        let state = State { limiter, share: WHOLE, slowed: None, held_until: None };
        Self { rate, turn: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    /// Waits until a request may go. The future may be dropped; its place goes to the next in the queue.
    pub async fn permit(&self) {
        let _turn = self.turn.lock().await;
        while let Some(wait) = self.wait() {
            // Set early by the timer's step and looked at again: set to the time itself it would fire late
            // each time, and at 10/s that alone would cost a hundredth of the rate.
            let early = wait.saturating_sub(TIMER_STEP);
            clock::sleep(if early.is_zero() { wait } else { early }).await;
        }
    }

    /// The platform said that its minute quota is spent (45011): nobody gets a permit before the next minute,
    /// and the rate is halved (never below 1 a minute). Each minute after the pause gives back a tenth of the
    /// set rate. Where a pause is on already, nothing changes: requests that were in flight together fail
    /// together.
    pub fn pause(&self, now: Timestamp) {
        let monotonic = clock::monotonic();
        let mut state = self.state();
        if state.slowed.is_some_and(|(_, ends_at)| monotonic < ends_at) {
            return;
        }
        state.recover(self.rate, monotonic);
        let share = (state.share / 2).max(1);
        state.slowed = Some((share, monotonic + until(next_minute(now), now) + MARGIN));
        state.change(self.rate, share);
    }

    /// The platform asked to be left alone for so long (`Retry-After`): nobody gets a permit before that. The rate
    /// stays as it is.
    pub fn hold(&self, time: Duration) {
        let until = clock::monotonic().checked_add(time);
        let mut state = self.state();
        state.held_until = state.held_until.max(until);
    }

    /// How long the pause that is on still lasts.
    pub fn paused_for(&self) -> Option<Duration> {
        let (_, ends_at) = self.state().slowed?;
        ends_at.checked_duration_since(clock::monotonic()).filter(|left| !left.is_zero())
    }

    /// The permits a second at present: the set rate, or less after a pause.
    pub fn per_second(&self) -> f64 {
        let mut state = self.state();
        state.recover(self.rate, clock::monotonic());
        1.0 / interval(self.rate, state.share).as_secs_f64()
    }

    /// Takes a permit, or says how long to wait before asking again.
    fn wait(&self) -> Option<Duration> {
        let now = clock::monotonic();
        let mut state = self.state();
        let pause_ends_at = state.slowed.map(|(_, ends_at)| ends_at);
        if let Some(ends_at) = pause_ends_at.max(state.held_until)
            && now < ends_at
        {
            return Some(ends_at - now);
        }
        state.recover(self.rate, now);
        // The outer error is for a burst smaller than one permit, which `limiter` does not make.
        state.limiter.check_n(CELLS).ok()?.err().map(|not_until| not_until.wait_time_from(now))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives back what the minutes since the pause have earned.
    fn recover(&mut self, rate: Rate, now: Instant) {
        let Some((left, ended_at)) = self.slowed else { return };
        let minutes = now.saturating_duration_since(ended_at).as_secs() / MINUTE.as_secs();
        let earned = u32::try_from(minutes).unwrap_or(u32::MAX).saturating_mul(RECOVERY);
        let share = left.saturating_add(earned).min(WHOLE);
        if share == WHOLE {
            self.slowed = None;
        }
        if share != self.share {
            self.change(rate, share);
        }
    }

    /// A limiter for another share, with nothing in its bucket: two full bursts must not meet.
    fn change(&mut self, rate: Rate, share: u32) {
        let (limiter, burst) = limiter(interval(rate, share));
        // A new limiter has its whole burst to give, so this takes it.
        let _ = limiter.check_n(burst);
        *self = Self { limiter, share, slowed: self.slowed, held_until: self.held_until };
    }
}

/// The time between two permits at a share of a rate.
fn interval(rate: Rate, share: u32) -> Duration {
    (rate.interval() * WHOLE / share).max(Duration::from_nanos(1)).min(LONGEST_INTERVAL)
}

/// A limiter with a full bucket, and how many cells that is.
fn limiter(interval: Duration) -> (Limiter, NonZeroU32) {
    // Rounded up: the rate is never exceeded by rounding. Above 10,000,000 a second it is not reached.
    let cell = interval.as_nanos().div_ceil(u128::from(CELLS.get())).max(1);
    let burst = u32::try_from(BURST.as_nanos() / cell).unwrap_or(u32::MAX);
    let burst = NonZeroU32::new(burst).unwrap_or(CELLS).max(CELLS);
    let cell = Duration::from_nanos(u64::try_from(cell).unwrap_or(u64::MAX));
    let quota = Quota::with_period(cell).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst);
    (RateLimiter::direct_with_clock(quota, Monotonic), burst)
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod tests;
