//! The only place that knows what time it is, that waits, and that has a random number.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Where [`now`] and [`monotonic`] met when the simulation began.
static SIMULATION: OnceLock<(Timestamp, Instant)> = OnceLock::new();

/// The instant, by the machine's clock; in a simulation by the runtime's.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Timestamp {
    match SIMULATION.get() {
        None => Timestamp::now(),
        // Another runtime may have begun earlier than the one that began the simulation.
        Some((began, at)) => match monotonic().checked_duration_since(*at) {
            Some(after) => *began + after,
            None => *began - at.duration_since(monotonic()),
        },
    }
}

/// For rehearsals and tests: from here on, in this process and for good, [`now`] begins at `began` and goes as
/// [`monotonic`] does. Only the first call counts.
///
/// If the runtime's clock is paused, dates, delays and timeouts all move together, and only when nothing is left to do.
pub fn simulate(began: Timestamp) {
    SIMULATION.get_or_init(|| (began, monotonic()));
}

/// A point in time that no clock adjustment moves, for measuring how long something took. It is the time
/// [`sleep`] goes by, so that a test which pauses the runtime's clock holds both.
pub fn monotonic() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Waits. The future may be dropped at any time.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// A random number, from the operating system's seed. Good for jitter and seeds, not for keys.
pub fn random_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A random number from 0 up to, but not, 1: full jitter multiplies a delay with it.
#[expect(clippy::cast_precision_loss, reason = "53 of the 64 bits are taken, which is what a double holds")]
pub fn random_unit() -> f64 {
    (random_seed() >> 11) as f64 / (1u64 << 53) as f64
}
