//! Lifetimes: a temporary code's seconds, or permanent.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::word::words;
use super::{Mistake, grouped, rough_duration};

/// How long a temporary code lives, 60 to 2,592,000 seconds.
///
/// The upper bound is documented. The lower is the least that was ever seen; what the platform does with zero,
/// negative or larger values is unknown, so they cannot be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpireSeconds(u32);

impl ExpireSeconds {
    /// 60 seconds.
    pub const MIN: Self = Self(60);
    /// 30 days.
    pub const MAX: Self = Self(2_592_000);

    /// Checks the range.
    pub fn new(seconds: u64) -> Result<Self, Mistake> {
        let fitting = u32::try_from(seconds).ok().filter(|s| (Self::MIN.0..=Self::MAX.0).contains(s));
        fitting.map(Self).ok_or_else(|| {
            let spelt = spelt_seconds(seconds);
            let message = format!("a temporary code lives between 60 s and 30 d; this is {spelt}");
            Mistake::new("lifetime-out-of-range", message).help("60s to 30d, or `never` for a permanent code")
        })
    }

    /// The seconds.
    pub fn get(self) -> u32 {
        self.0
    }

    /// The same in words: `7 d`, `12 h`.
    pub fn words(self) -> String {
        rough_duration(self.duration())
    }

    /// The same as a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0))
    }
}

/// How long a code lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lifetime {
    /// Dies after so many seconds.
    Temporary(ExpireSeconds),
    /// Never dies and cannot be deleted; an account has 100,000 of them for its life.
    Permanent,
}

impl Lifetime {
    /// Temporary or permanent, without the seconds.
    pub fn kind(self) -> LifetimeKind {
        match self {
            Self::Temporary(_) => LifetimeKind::Temporary,
            Self::Permanent => LifetimeKind::Permanent,
        }
    }

    /// Whether it is permanent.
    pub fn is_permanent(self) -> bool {
        self == Self::Permanent
    }

    /// The seconds of a temporary one; 0 for a permanent one, as tickets write it.
    pub fn seconds(self) -> u32 {
        match self {
            Self::Temporary(seconds) => seconds.get(),
            Self::Permanent => 0,
        }
    }
}

/// How long before its death a code of this lifetime is renewed, its spread aside.
///
/// A third of the lifetime if the file says nothing, and if what it says is more than half of the lifetime:
/// such a code would otherwise be renewed almost as soon as it was made.
pub fn renew_before(setting: Option<Duration>, lifetime: Duration) -> Duration {
    match setting {
        Some(setting) if setting <= lifetime / 2 => setting,
        _ => lifetime / 3,
    }
}

/// The two lifetimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LifetimeKind {
    /// 临时: it dies.
    Temporary,
    /// 永久: it does not, and cannot be deleted.
    Permanent,
}

impl LifetimeKind {
    /// Of a code that expires at an instant, or never.
    pub fn of(expires_at: Option<Timestamp>) -> Self {
        if expires_at.is_some() { Self::Temporary } else { Self::Permanent }
    }
}

words! { LifetimeKind { Temporary: "temporary", Permanent: "permanent" } }

/// A lifetime to the second: `31 d`, `2,592,001 s`, or no number if it would only be a long one.
pub fn spelt_seconds(seconds: u64) -> String {
    match seconds {
        31_536_000.. => "too long".to_owned(),
        _ if seconds >= 86_400 && seconds.is_multiple_of(86_400) => format!("{} d", seconds / 86_400),
        _ => format!("{} s", grouped(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_of_a_temporary_lifetime_are_inclusive() {
        assert!(ExpireSeconds::new(59).is_err());
        assert_eq!(ExpireSeconds::new(60), Ok(ExpireSeconds::MIN));
        assert_eq!(ExpireSeconds::new(2_592_000), Ok(ExpireSeconds::MAX));
        assert!(ExpireSeconds::new(2_592_001).is_err());
        assert!(ExpireSeconds::new(u64::MAX).is_err());
    }
}
