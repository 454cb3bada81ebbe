//! What follows a failed attempt. Pure: the caller counts, sleeps, and passes the limiter again.

use std::time::Duration;

/// What kind of failure an attempt met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nobody answered: the network, a proxy, or the platform is down.
    Unreachable,
    /// Nothing is known to be wrong with the request: the platform is busy, or the answer was not the platform's.
    Busy {
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// The access token was refused. The next attempt gets another.
    AccessToken,
    /// The quota of this minute is spent (45011).
    MinuteQuota,
    /// The quota of this day is spent (45009).
    DailyQuota,
    /// The account's permanent codes are used up (45029): new permanent codes fail, temporary ones go on.
    PermanentPool,
    /// The platform refuses this one code.
    CodeRejected,
    /// The platform refuses for a reason that is not known: this code, or every code.
    Unknown,
    /// What came is not the picture that was asked for.
    PictureRejected,
    /// The platform refuses the account: credentials, allow-list, permission.
    AccountRefused,
    /// No attempt helps: the request was wrong, a defect of ours, or this machine sends none.
    Defect,
}

impl Class {
    /// Whether the platform is away or busy, so that fewer requests should go.
    pub fn is_outage(self) -> bool {
        matches!(self, Self::Unreachable | Self::Busy { .. })
    }
}

/// The attempts that one request has cost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How many there were.
    pub made: u32,
    access_token_refusals: u32,
    wrong_pictures: u32,
}

impl Attempts {
    /// The most attempts one request may cost.
    pub const MAX: u32 = 8;
    /// The most time one request may take: its attempts and the delays between them. Waiting for a permit of
    /// the limiter does not count.
    pub const MAX_TIME: Duration = Duration::from_mins(2);

    /// The most attempts that bring the wrong picture. They take as long as [`MAX`](Self::MAX) attempts at an answer.
    pub const MAX_PICTURES: u32 = 4;

    /// These and one more, which failed in this way.
    #[must_use]
    pub fn and_failed(self, class: Class) -> Self {
        Self {
            made: self.made.saturating_add(1),
            access_token_refusals: self
                .access_token_refusals
                .saturating_add(u32::from(class == Class::AccessToken)),
            wrong_pictures: self.wrong_pictures.saturating_add(u32::from(class == Class::PictureRejected)),
        }
    }
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait so long, pass the limiter, try again.
    Retry {
        /// The delay.
        after: Duration,
    },
    /// Pause the account's limiter to the next minute, pass it, try again.
    PauseToNextMinute,
    /// This code has failed; the others go on.
    FailCode,
    /// No more codes for now; the pictures of the tickets at hand are still fetched.
    StopIssuing,
    /// Nothing more for this account until a person has acted.
    StopAccount,
}

/// The first backoff; each further one is twice as long.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
/// The longest backoff.
const LONGEST_BACKOFF: Duration = Duration::from_secs(20);

/// Decides what follows the attempt that just failed.
///
/// `attempts` include that one. `elapsed` is the time the request has taken, without the waiting for permits.
/// `jitter`, from 0 up to 1, is the share of the backoff that is waited: all of it is random, so that requests
/// that failed together do not come back together.
pub fn decide(class: Class, attempts: Attempts, elapsed: Duration, jitter: f64) -> Decision {
    match class {
        Class::AccessToken if attempts.access_token_refusals > 1 => Decision::StopAccount,
        Class::AccessToken => retry(attempts, elapsed, Duration::ZERO),
        // Longer than any request may take: nobody else is to ask either.
        Class::Busy { retry_after: Some(wait) } if wait >= Attempts::MAX_TIME => Decision::StopIssuing,
        Class::Busy { retry_after } => {
            let after = backoff(attempts.made, jitter).max(retry_after.unwrap_or_default());
            retry(attempts, elapsed, after)
        }
        Class::Unreachable => retry(attempts, elapsed, backoff(attempts.made, jitter)),
        Class::PictureRejected if attempts.wrong_pictures >= Attempts::MAX_PICTURES => Decision::FailCode,
        // A host that lags behind needs time, not requests: 1, 4 and 16 s.
        Class::PictureRejected => {
            retry(attempts, elapsed, backoff(attempts.wrong_pictures.saturating_mul(2), jitter))
        }
        Class::MinuteQuota if fits(attempts, elapsed, Duration::ZERO) => Decision::PauseToNextMinute,
        Class::PermanentPool | Class::CodeRejected | Class::Unknown => Decision::FailCode,
        // Minute after minute: somebody else spends it, and the next code would fare no better.
        Class::MinuteQuota | Class::DailyQuota => Decision::StopIssuing,
        Class::AccountRefused | Class::Defect => Decision::StopAccount,
    }
}

fn retry(attempts: Attempts, elapsed: Duration, after: Duration) -> Decision {
    if fits(attempts, elapsed, after) { Decision::Retry { after } } else { Decision::FailCode }
}

fn fits(attempts: Attempts, elapsed: Duration, after: Duration) -> bool {
    attempts.made < Attempts::MAX && elapsed.saturating_add(after) < Attempts::MAX_TIME
}

/// The delay after so many failures in a row: twice as long with each, to 20 s, and all of it random.
pub fn backoff(made: u32, jitter: f64) -> Duration {
    let doublings = made.saturating_sub(1).min(16);
    let longest = FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF);
    longest.mul_f64(if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BUSY: Class = Class::Busy { retry_after: None };
    const EVERY: [Class; 11] = [
        BUSY,
        Class::Unreachable,
        Class::AccessToken,
        Class::MinuteQuota,
        Class::DailyQuota,
        Class::PermanentPool,
        Class::CodeRejected,
        Class::Unknown,
        Class::PictureRejected,
        Class::AccountRefused,
        Class::Defect,
    ];

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// What follows when every attempt of a request fails in the same way at once, with the full backoff.
    fn course(class: Class) -> Vec<Decision> {
        let mut attempts = Attempts::default();
        let mut elapsed = Duration::ZERO;
        let mut decisions = Vec::new();
        loop {
            attempts = attempts.and_failed(class);
            let decision = decide(class, attempts, elapsed, 1.0);
            decisions.push(decision);
            match decision {
                Decision::Retry { after } => elapsed += after,
                Decision::PauseToNextMinute => {}
                _ => return decisions,
            }
        }
    }

    #[test]
    fn each_class_has_its_course() {
        let retries = |delays: &[f64]| -> Vec<Decision> {
            let retries = delays.iter().map(|after| Decision::Retry { after: secs(*after) });
            retries.chain([Decision::FailCode]).collect()
        };
        let doubling = retries(&[0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0]);
        for class in EVERY {
            let expected = match class {
                Class::Busy { .. } | Class::Unreachable => doubling.clone(),
                Class::PictureRejected => retries(&[1.0, 4.0, 16.0]),
                Class::AccessToken => {
                    vec![Decision::Retry { after: Duration::ZERO }, Decision::StopAccount]
                }
                Class::MinuteQuota => {
                    [vec![Decision::PauseToNextMinute; 7], vec![Decision::StopIssuing]].concat()
                }
                Class::DailyQuota => vec![Decision::StopIssuing],
                Class::PermanentPool | Class::CodeRejected | Class::Unknown => vec![Decision::FailCode],
                Class::AccountRefused | Class::Defect => vec![Decision::StopAccount],
            };
            assert_eq!(course(class), expected, "{class:?}");
        }
    }

    #[test]
    fn retry_after_is_honoured_within_the_budget() {
        let class = |seconds| Class::Busy { retry_after: Some(secs(seconds)) };
        let one = Attempts::default().and_failed(BUSY);
        let at = |seconds, elapsed| decide(class(seconds), one, secs(elapsed), 1.0);
        assert_eq!(at(30.0, 0.0), Decision::Retry { after: secs(30.0) });
        assert_eq!(at(0.1, 0.0), Decision::Retry { after: secs(0.5) }, "the backoff is longer");
        assert_eq!(at(30.0, 89.0), Decision::Retry { after: secs(30.0) });
        assert_eq!(at(30.0, 90.0), Decision::FailCode);
        assert_eq!(at(119.0, 1.0), Decision::FailCode);
        assert_eq!(at(120.0, 0.0), Decision::StopIssuing, "no other code is asked for either");
        let endless = Class::Busy { retry_after: Some(Duration::MAX) };
        assert_eq!(decide(endless, one, Duration::MAX, 1.0), Decision::StopIssuing);
    }

    #[test]
    fn the_second_refused_access_token_stops_the_account_whatever_came_between() {
        let attempts = Attempts::default().and_failed(Class::AccessToken).and_failed(BUSY).and_failed(BUSY);
        assert_eq!(decide(BUSY, attempts, Duration::ZERO, 0.0), Decision::Retry { after: Duration::ZERO });
        let attempts = attempts.and_failed(Class::AccessToken);
        assert_eq!(decide(Class::AccessToken, attempts, Duration::ZERO, 0.0), Decision::StopAccount);
    }

    fn any_class() -> impl Strategy<Value = Class> {
        let retry_after =
            proptest::option::of(0u64..200_000).prop_map(|millis| millis.map(Duration::from_millis));
        prop_oneof![
            3 => retry_after.prop_map(|retry_after| Class::Busy { retry_after }),
            1 => proptest::sample::select(&EVERY[1..]),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_request_exceeds_its_attempts_or_its_time(
            steps in proptest::collection::vec((any_class(), 0u64..40_000, 0.0f64..1.0), 1..40)
        ) {
            let mut attempts = Attempts::default();
            let mut elapsed = Duration::ZERO;
            let mut refused = 0;
            for (class, took, jitter) in steps {
                prop_assert!(attempts.made < Attempts::MAX);
                prop_assert!(elapsed < Attempts::MAX_TIME, "began at {elapsed:?}");
                attempts = attempts.and_failed(class);
                elapsed += Duration::from_millis(took);
                refused += u32::from(class == Class::AccessToken);
                match decide(class, attempts, elapsed, jitter) {
                    Decision::Retry { after } => {
                        let asked = match class {
                            Class::Busy { retry_after } => retry_after.unwrap_or_default(),
                            _ => Duration::ZERO,
                        };
                        prop_assert!(after <= LONGEST_BACKOFF.max(asked) && after >= asked);
                        prop_assert!(refused < 2 || class != Class::AccessToken);
                        elapsed += after;
                    }
                    Decision::PauseToNextMinute => prop_assert_eq!(class, Class::MinuteQuota),
                    _ => return Ok(()),
                }
            }
        }

        #[test]
        fn no_number_makes_it_panic(made in any::<u32>(), jitter in any::<f64>(), elapsed in any::<Duration>()) {
            let attempts = Attempts { made, access_token_refusals: made, wrong_pictures: made };
            for class in EVERY {
                decide(class, attempts, elapsed, jitter);
            }
            prop_assert!(backoff(made, jitter) <= LONGEST_BACKOFF);
        }
    }
}
