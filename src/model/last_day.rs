//! Until when a printed code works, as the people who hang it are told.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::instant::{beijing_date, beijing_datetime, minute_text};

/// The last whole day (Asia/Shanghai) on which a code works. A code that lives for less than two days has the minute of
/// its expiry instead: there may be no such day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastDay {
    expires_at: Timestamp,
    is_short: bool,
}

impl LastDay {
    /// Of a code that was made and expires at these instants.
    pub fn new(created_at: Timestamp, expires_at: Timestamp) -> Self {
        let is_short = expires_at.duration_since(created_at) < SignedDuration::from_hours(48);
        Self { expires_at, is_short }
    }

    /// `20261221` or `20261122T1800`, for file names.
    pub fn compact(self) -> String {
        let form = if self.is_short { "%Y%m%dT%H%M" } else { "%Y%m%d" };
        let mut at = beijing_datetime(self.expires_at);
        if !self.is_short {
            at = at.yesterday().unwrap_or(at);
        }
        at.strftime(form).to_string()
    }
}

impl fmt::Display for LastDay {
    /// `2026-12-21` or `2026-11-22 18:00`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_short {
            return f.pad(&minute_text(self.expires_at));
        }
        let day = beijing_date(self.expires_at);
        write!(f, "{}", day.yesterday().unwrap_or(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_whole_and_a_code_of_under_two_days_has_the_minute() {
        // Each as made, expired, shown and in a file's name.
        for (created_at, expires_at, shown, compact) in [
            ("2026-11-22T15:04:05+08:00", "2026-12-22T15:04:05+08:00", "2026-12-21", "20261221"),
            ("2026-11-22T15:04:05+08:00", "2026-12-22T00:00:00+08:00", "2026-12-21", "20261221"),
            ("2026-11-22T15:04:05+08:00", "2026-12-22T23:59:59+08:00", "2026-12-21", "20261221"),
            ("2026-12-02T15:04:05+08:00", "2027-01-01T01:00:00+08:00", "2026-12-31", "20261231"),
            ("2026-11-20T18:00:30+08:00", "2026-11-22T18:00:30+08:00", "2026-11-21", "20261121"),
            ("2026-11-20T18:00:31+08:00", "2026-11-22T18:00:30+08:00", "2026-11-22 18:00", "20261122T1800"),
            ("2026-11-22T18:00:00+08:00", "2026-11-22T18:01:59+08:00", "2026-11-22 18:01", "20261122T1801"),
        ] {
            let instant = |text: &str| text.parse().expect("an instant");
            let day = LastDay::new(instant(created_at), instant(expires_at));
            assert_eq!((day.to_string(), day.compact()), (shown.to_owned(), compact.to_owned()));
        }
    }
}
