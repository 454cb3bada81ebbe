//! How many calls may still be sent today.

use jiff::Timestamp;
use jiff::civil::Date;

use super::quota::{next_day, until};
use crate::model::{beijing_date, grouped, minute_text, rough_duration};

/// Counts one account's calls of a day (Asia/Shanghai) against this ledger's share of the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    day: Date,
    used: u64,
    quota: u64,
}

/// The day's share is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpent {
    /// How much that was.
    pub quota: u64,
    /// When the next one begins.
    pub resets_at: Timestamp,
    /// When that was found out.
    pub now: Timestamp,
}

impl std::fmt::Display for DaySpent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the day's {} calls (daily_quota) are spent; run again after {} Beijing time, in {}",
            grouped(self.quota),
            minute_text(self.resets_at),
            rough_duration(until(self.resets_at, self.now))
        )
    }
}

impl DayCount {
    /// Of `day`, on which `used` of `quota` calls were already sent.
    pub fn new(day: Date, used: u64, quota: u64) -> Self {
        Self { day, used, quota }
    }

    /// Counts one more call, unless the share is spent. A new day begins at nothing.
    pub fn take(&mut self, now: Timestamp) -> Result<(), DaySpent> {
        let today = beijing_date(now);
        if today != self.day {
            *self = Self::new(today, 0, self.quota);
        }
        if self.used >= self.quota {
            return Err(DaySpent { quota: self.quota, resets_at: next_day(now), now });
        }
        self.used += 1;
        Ok(())
    }

    /// Calls sent on the day of `now`.
    pub fn used(&self, now: Timestamp) -> u64 {
        if beijing_date(now) == self.day { self.used } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_days_share_is_spent_once_and_begins_anew_at_beijing_midnight() {
        let late: Timestamp = "2026-11-22T23:59:30+08:00".parse().expect("an instant");
        let early: Timestamp = "2026-11-23T00:00:00+08:00".parse().expect("an instant");
        let mut count = DayCount::new(beijing_date(late), 1, 2);
        assert_eq!(count.take(late), Ok(()));
        let spent = count.take(late).expect_err("spent");
        assert_eq!(
            spent.to_string(),
            "the day's 2 calls (daily_quota) are spent; run again after 2026-11-23 00:00 Beijing time, in 30 s"
        );
        assert_eq!(count.used(late), 2);
        assert_eq!(count.take(early), Ok(()));
        assert_eq!(count.used(early), 1);
    }
}
