//! The only place that knows what time it is, that waits, and that has a random number.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The instant, by the machine's clock.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Timestamp {
    Timestamp::now()
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
