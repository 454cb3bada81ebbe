//! Call quotas: a number a day, and for some endpoints a number a minute.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::refusal::{DAILY_QUOTA, MINUTE_QUOTA, Refusal};

/// How often an endpoint may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Calls a day, which begins at midnight in Beijing (that is folklore, not documented).
    pub daily: u64,
    /// Calls in a minute of the clock.
    pub minute: Option<u64>,
}

/// The calls of one account to one endpoint.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    /// What is allowed.
    pub limits: Limits,
    day: i64,
    in_day: u64,
    minute: i64,
    in_minute: u64,
}

impl Meter {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, day: 0, in_day: 0, minute: 0, in_minute: 0 }
    }

    /// Counts a call, or tells which limit refuses it, the day's first. A refused call is not counted (whether the
    /// platform counts it is unknown).
    pub(super) fn take(&mut self, now: i64) -> Result<(), Refusal> {
        let (day, minute) = (beijing_day(now), now.div_euclid(60));
        if self.day != day {
            (self.day, self.in_day) = (day, 0);
        }
        if self.minute != minute {
            (self.minute, self.in_minute) = (minute, 0);
        }
        if self.in_day >= self.limits.daily {
            return Err(DAILY_QUOTA);
        }
        if self.limits.minute.is_some_and(|limit| self.in_minute >= limit) {
            return Err(MINUTE_QUOTA);
        }
        self.in_day += 1;
        self.in_minute += 1;
        Ok(())
    }

    /// Calls counted on the day of `now`.
    pub(super) fn used(&self, now: i64) -> u64 {
        if self.day == beijing_day(now) { self.in_day } else { 0 }
    }

    /// Forgets the day's calls, not the minute's.
    pub(super) fn clear(&mut self) {
        self.in_day = 0;
    }
}

/// The number of the day in Beijing that unix time `now` falls in.
pub(super) fn beijing_day(now: i64) -> i64 {
    now.saturating_add(8 * 3600).div_euclid(86400)
}

/// Year and month in Beijing.
pub(super) fn beijing_month(now: i64) -> (i16, i8) {
    let instant = Timestamp::from_second(now).unwrap_or(Timestamp::UNIX_EPOCH);
    let date = instant.to_zoned(TimeZone::fixed(Offset::constant(8))).date();
    (date.year(), date.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("an instant").as_second()
    }

    #[test]
    fn a_day_ends_at_midnight_in_beijing() {
        let mut meter = Meter::new(Limits { daily: 2, minute: None });
        assert_eq!(meter.take(at("2026-11-21T00:00:00+08:00")), Ok(()));
        assert_eq!(meter.take(at("2026-11-21T12:00:00+08:00")), Ok(()));
        assert_eq!(meter.take(at("2026-11-21T23:59:59+08:00")), Err(DAILY_QUOTA));
        assert_eq!(meter.used(at("2026-11-21T23:59:59+08:00")), 2);
        assert_eq!(meter.used(at("2026-11-22T00:00:00+08:00")), 0);
        assert_eq!(meter.take(at("2026-11-22T00:00:00+08:00")), Ok(()));
    }

    #[test]
    fn a_minute_is_one_of_the_clock() {
        let mut meter = Meter::new(Limits { daily: 100, minute: Some(2) });
        assert_eq!(meter.take(at("2026-11-21T10:00:58Z")), Ok(()));
        assert_eq!(meter.take(at("2026-11-21T10:00:59Z")), Ok(()));
        assert_eq!(meter.take(at("2026-11-21T10:00:59Z")), Err(MINUTE_QUOTA));
        assert_eq!(meter.take(at("2026-11-21T10:01:00Z")), Ok(()));
        assert_eq!(meter.used(at("2026-11-21T10:01:00Z")), 3);
    }

    #[test]
    fn the_day_is_looked_at_before_the_minute() {
        let mut meter = Meter::new(Limits { daily: 1, minute: Some(1) });
        assert_eq!(meter.take(0), Ok(()));
        assert_eq!(meter.take(0), Err(DAILY_QUOTA));
        meter.clear();
        assert_eq!(meter.take(0), Err(MINUTE_QUOTA));
    }

    #[test]
    fn months_are_those_of_beijing() {
        assert_eq!(beijing_month(at("2026-11-30T23:59:59+08:00")), (2026, 11));
        assert_eq!(beijing_month(at("2026-12-01T00:00:00+08:00")), (2026, 12));
    }
}
