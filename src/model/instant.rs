//! Instants as people and files see them: at +08:00, to the second.
//!
//! The platform, its quota and its users live on China Standard Time, which has had no daylight saving since
//! 1991, so a fixed offset is exact and no time zone database is needed.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

fn beijing(instant: Timestamp) -> Zoned {
    instant.to_zoned(TimeZone::fixed(Offset::constant(8)))
}

/// `2026-11-22T15:04:05+08:00`
pub fn rfc3339(instant: Timestamp) -> String {
    beijing(instant).strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// `2026-11-22 15:04`, for people.
pub fn minute_text(instant: Timestamp) -> String {
    beijing(instant).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `2026-11-22 15:04:05`, for lines of a log.
pub fn second_text(instant: Timestamp) -> String {
    beijing(instant).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The calendar day in Asia/Shanghai: the day of quotas and of `until`.
pub fn beijing_date(instant: Timestamp) -> Date {
    beijing(instant).date()
}

/// Date and time of day in Asia/Shanghai, for formats that have no time zone (zip).
pub fn beijing_datetime(instant: Timestamp) -> DateTime {
    beijing(instant).datetime()
}

/// `20261122`, for file names.
pub fn compact_date(instant: Timestamp) -> String {
    beijing(instant).strftime("%Y%m%d").to_string()
}

/// The instant without its fraction of a second, rounded down.
pub fn whole_second(instant: Timestamp) -> Timestamp {
    let seconds = instant.as_millisecond().div_euclid(1000);
    Timestamp::from_second(seconds).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_shown_at_beijing_time() {
        let instant: Timestamp = "2026-11-21T16:00:00.9Z".parse().expect("an instant");
        assert_eq!(rfc3339(instant), "2026-11-22T00:00:00+08:00");
        assert_eq!(minute_text(instant), "2026-11-22 00:00");
        assert_eq!(second_text(instant), "2026-11-22 00:00:00");
        assert_eq!(compact_date(instant), "20261122");
        assert_eq!(beijing_date(instant).to_string(), "2026-11-22");
        assert_eq!(whole_second(instant).to_string(), "2026-11-21T16:00:00Z");
    }
}
