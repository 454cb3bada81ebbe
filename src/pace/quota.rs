//! When the platform's quotas begin anew.

use std::time::Duration;

use jiff::Timestamp;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
/// Asia/Shanghai has had no daylight saving since 1991.
const BEIJING: i64 = 8 * 60 * MINUTE;

/// The beginning of the next minute: the minute quota (45011) is said to reset with the minute (documented as
/// "try again the next minute", no more).
pub fn next_minute(now: Timestamp) -> Timestamp {
    next(now, MINUTE, 0)
}

/// The next midnight in Asia/Shanghai, when the daily quota (45009) is believed to reset. The boundary is not
/// documented: good for telling people when to come back, not for counting on.
pub fn next_day(now: Timestamp) -> Timestamp {
    next(now, DAY, BEIJING)
}

/// How long it is from now until then, zero if it has passed.
pub fn until(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

fn next(now: Timestamp, period: i64, offset: i64) -> Timestamp {
    // Floored to the second also before 1970, where the fraction is negative.
    let seconds = now.as_millisecond().div_euclid(1000) + offset;
    let start = (seconds.div_euclid(period) + 1) * period - offset;
    Timestamp::from_second(start).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn quotas_reset_with_the_minute_and_with_beijings_day() {
        for (now, minute, day) in [
            ("2026-11-22T07:44:07.5Z", "2026-11-22T07:45:00Z", "2026-11-22T16:00:00Z"),
            ("2026-11-22T15:59:59.999Z", "2026-11-22T16:00:00Z", "2026-11-22T16:00:00Z"),
            ("2026-11-22T16:00:00Z", "2026-11-22T16:01:00Z", "2026-11-23T16:00:00Z"),
            ("1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z", "1970-01-01T16:00:00Z"),
        ] {
            assert_eq!(next_minute(at(now)), at(minute), "{now}");
            assert_eq!(next_day(at(now)), at(day), "{now}");
        }
        assert_eq!(next_day(Timestamp::MAX), Timestamp::MAX);
        assert_eq!(until(at("2026-11-22T08:00:00Z"), at("2026-11-22T07:59:58.5Z")).as_millis(), 1500);
        assert_eq!(until(at("2026-11-22T07:00:00Z"), at("2026-11-22T08:00:00Z")), Duration::ZERO);
    }
}
