//! Instants as people and files see them: at +08:00, to the second.
//!
//! The platform, its quota and its users live on China Standard Time, which has had no daylight saving since
//! 1991, so a fixed offset is exact and no time zone database is needed.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

fn beijing(instant: Timestamp) -> Zoned {
    instant.to_zoned(zone())
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

/// The instant at which an instant's calendar day (Asia/Shanghai) began.
pub fn day_start(instant: Timestamp) -> Timestamp {
    let midnight = beijing_date(instant).to_zoned(zone());
    midnight.map_or(instant, |midnight| midnight.timestamp())
}

/// Date and time of day in Asia/Shanghai, for formats that have no time zone (zip).
pub fn beijing_datetime(instant: Timestamp) -> DateTime {
    beijing(instant).datetime()
}

/// The instant without its fraction of a second, rounded down.
pub fn whole_second(instant: Timestamp) -> Timestamp {
    let seconds = instant.as_millisecond().div_euclid(1000);
    Timestamp::from_second(seconds).unwrap_or(instant)
}

/// Reads an RFC 3339 instant, or a day or a day and a time at +08:00. The error says what to write.
pub fn parse_instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = Timestamp::from_str(text) {
        return Ok(instant);
    }
    // Jiff would take a date and time with an offset as a civil time and drop the offset.
    let civil = match Date::from_str(text) {
        Ok(date) if text.len() == 10 => Some(date.at(0, 0, 0, 0)),
        _ if text.len() <= 19 => DateTime::from_str(text).ok(),
        _ => None,
    };
    civil.and_then(|civil| civil.to_zoned(zone()).ok()).map(|zoned| zoned.timestamp()).ok_or_else(|| {
        "write 2026-12-01, 2026-12-01T09:30 (Asia/Shanghai) or 2026-12-01T01:30:00Z".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_without_an_offset_is_beijing_time() {
        let instant = |text| parse_instant(text).map(|instant| instant.to_string());
        assert_eq!(instant("2026-12-01"), Ok("2026-11-30T16:00:00Z".to_owned()));
        assert_eq!(instant("2026-12-01T09:30"), Ok("2026-12-01T01:30:00Z".to_owned()));
        assert_eq!(instant("2026-12-01T09:30:00Z"), Ok("2026-12-01T09:30:00Z".to_owned()));
        assert_eq!(instant("2026-12-01T09:30:00+08:00"), Ok("2026-12-01T01:30:00Z".to_owned()));
        for bad in ["", "now", "2026-13-01", "2026-12-01T25:00", "30d", "1700000000"] {
            assert!(instant(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn instants_are_shown_at_beijing_time() {
        let instant: Timestamp = "2026-11-21T16:00:00.9Z".parse().expect("an instant");
        assert_eq!(rfc3339(instant), "2026-11-22T00:00:00+08:00");
        assert_eq!(minute_text(instant), "2026-11-22 00:00");
        assert_eq!(second_text(instant), "2026-11-22 00:00:00");
        assert_eq!(beijing_date(instant).to_string(), "2026-11-22");
        assert_eq!(whole_second(instant).to_string(), "2026-11-21T16:00:00Z");
    }
}
