//! Time as the platform has it: when a code was made, and whether this machine's clock may be believed.
//!
//! Pure: what the answers tell is handed in, and so is this machine's own instant.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{BaseUrl, ExpireSeconds, Lifetime, rough_duration};

/// How far a ticket's birth may be from a clock that agrees with it.
pub const BIRTH_SLACK: SignedDuration = SignedDuration::from_mins(10);
/// From here on a clock that is off is told.
pub const CLOCK_WARNING: SignedDuration = SignedDuration::from_mins(2);
/// From here on a clock is too far off to issue anything by it.
const CLOCK_WRONG: SignedDuration = SignedDuration::from_hours(1);

/// What an answer with a ticket tells of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueFacts {
    /// The lifetime that was asked for.
    pub asked: Lifetime,
    /// The answer's lifetime of a temporary code, at most what was asked for. `None` if it tells none.
    pub expire_seconds: Option<u32>,
    /// When the ticket says it was made. `None` unless its checksum is right and its lifetime is the answer's.
    pub birth: Option<Timestamp>,
    /// The answer's `Date`: the platform's clock, or a relay's.
    pub date: Option<Timestamp>,
    /// The instant before the request, by this machine's clock, to the second.
    pub asked_at: Timestamp,
}

/// When a code was made and when it expires, by the platform's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueTimes {
    /// The lifetime that was given, which may be shorter than what was asked for.
    pub lifetime: Lifetime,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it expires; `None` for a permanent code.
    pub expires_at: Option<Timestamp>,
    /// Whether it was expired when its answer came, by the platform's clock or by this machine's.
    pub is_expired: bool,
}

impl IssueFacts {
    /// Decides when the code was made and when it expires.
    ///
    /// A birth that agrees with the `Date` or with this machine's clock counts. Otherwise a temporary code counts from
    /// the earliest instant that anything tells, so that it never expires before we think it does. A permanent code may
    /// have been made long ago: its birth alone proves nothing.
    pub fn times(self) -> IssueTimes {
        let Self { asked, expire_seconds, birth, date, asked_at } = self;
        let agreed =
            birth.filter(|birth| agree(*birth, asked_at) || date.is_some_and(|date| agree(*birth, date)));
        let guessed =
            birth.filter(|_| !asked.is_permanent()).into_iter().chain(date).fold(asked_at, Timestamp::min);
        let created_at = agreed.unwrap_or(guessed);
        let Lifetime::Temporary(asked) = asked else {
            return IssueTimes {
                lifetime: Lifetime::Permanent,
                created_at,
                expires_at: None,
                is_expired: false,
            };
        };
        let seconds = u64::from(expire_seconds.unwrap_or(asked.get()));
        let lifetime = Lifetime::Temporary(ExpireSeconds::new(seconds).unwrap_or(ExpireSeconds::MIN));
        let expires_at = created_at.checked_add(Duration::from_secs(seconds)).unwrap_or(created_at);
        // A `Date` that the ticket contradicts is a relay's.
        let now = if self.ticket_agrees() { date.filter(|date| agree(created_at, *date)) } else { date };
        let is_expired = expires_at <= now.map_or(asked_at, |now| now.max(asked_at));
        IssueTimes { lifetime, created_at, expires_at: Some(expires_at), is_expired }
    }

    /// Whether the ticket was made at this machine's time.
    pub fn ticket_agrees(self) -> bool {
        self.birth.is_some_and(|birth| agree(birth, self.asked_at))
    }
}

fn agree(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).abs() <= BIRTH_SLACK
}

/// This machine's clock compared with those of the two hosts, before the first code is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockCheck {
    /// Who gives access tokens and tickets.
    pub api_url: BaseUrl,
    /// By how much its clock is ahead of this machine's; `None` if it does not tell the time.
    pub api: Option<SignedDuration>,
    /// Who gives pictures.
    pub image_url: BaseUrl,
    /// By how much its clock is ahead of this machine's; `None` if it was not asked or does not tell the time.
    pub image: Option<SignedDuration>,
}

/// What follows from a [`ClockCheck`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockVerdict {
    /// The clock is right, or nothing is known against it.
    Right,
    /// It is off by so little that codes may be issued.
    Off,
    /// The two hosts contradict each other, so that one is a relay with a wrong clock: the first ticket decides.
    Doubtful,
    /// It is wrong: nothing is issued.
    Wrong,
}

impl ClockVerdict {
    /// What is to be done, for people; empty if the clock is right.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Right => "",
            Self::Off => "set it (NTP), or codes are renewed too early or too late",
            Self::Doubtful => "one of these clocks is wrong, perhaps a relay's: set it",
            Self::Wrong => "set this machine's clock (NTP), or the relay's; nothing is issued before",
        }
    }
}

impl ClockCheck {
    /// Whether `image_url` has to be asked as well.
    pub fn needs_image(&self) -> bool {
        self.api.is_some_and(|api| api.abs() >= CLOCK_WRONG)
    }

    /// Decides what follows. A relay answers with its own clock, so that one host alone proves nothing.
    pub fn verdict(&self) -> ClockVerdict {
        let is_off = |from: SignedDuration, ahead: SignedDuration| ahead.abs() >= from;
        match (self.api, self.image) {
            (Some(_), Some(image)) if self.needs_image() && !is_off(CLOCK_WRONG, image) => {
                ClockVerdict::Doubtful
            }
            (Some(api), _) if is_off(CLOCK_WRONG, api) => ClockVerdict::Wrong,
            (Some(api), _) if is_off(CLOCK_WARNING, api) => ClockVerdict::Off,
            _ => ClockVerdict::Right,
        }
    }
}

/// `this machine's clock is 8 h ahead of https://api.weixin.qq.com and agrees with https://mp.weixin.qq.com`
impl fmt::Display for ClockCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api_url, api, image_url, image } = self;
        let compared = |ahead: SignedDuration, url| match ahead.abs() {
            off if off < CLOCK_WARNING => format!("agrees with {url}"),
            off if ahead.is_positive() => format!("is {} behind {url}", off_by(off)),
            off => format!("is {} ahead of {url}", off_by(off)),
        };
        let Some(api) = *api else { return write!(f, "{api_url} does not tell the time") };
        write!(f, "this machine's clock {}", compared(api, api_url))?;
        match image {
            Some(image) if image_url != api_url || self.verdict() == ClockVerdict::Doubtful => {
                write!(f, " and {}", compared(*image, image_url))
            }
            None if self.needs_image() => write!(f, ", and {image_url} does not tell the time"),
            _ => Ok(()),
        }
    }
}

/// By how much clocks differ, to the minute: `20 min`, `8 h`.
pub fn off_by(off: SignedDuration) -> String {
    let seconds = off.as_secs().unsigned_abs();
    rough_duration(Duration::from_mins((seconds + 30) / 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: i64 = 60;
    const HOUR: i64 = 3600;
    const DAY: i64 = 86_400;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn temporary(seconds: i64) -> Lifetime {
        let seconds = u64::try_from(seconds).expect("a lifetime");
        Lifetime::Temporary(ExpireSeconds::new(seconds).expect("a lifetime"))
    }

    /// `(birth, Date, lifetime) -> (created_at, is_expired)`, all in seconds from this machine's instant.
    type Row = (Option<i64>, Option<i64>, i64, (i64, bool));

    #[test]
    fn the_platforms_clock_decides_when_a_code_expires() {
        let mut rows: Vec<Row> = Vec::new();
        // A machine whose clock is off, before a platform whose `Date` and tickets are right; then the same through a
        // relay that tells no time, and with tickets that cannot be read.
        for off in [MIN, 20 * MIN, 8 * HOUR, 5 * DAY] {
            for off in [off, -off] {
                let (birth, date) = (Some(off), Some(off));
                rows.push((birth, date, 30 * DAY, (off, false)));
                rows.push((None, date, 30 * DAY, (off.min(0), false)));
                let known = if off.abs() <= 10 * MIN { off } else { off.min(0) };
                rows.push((birth, None, 30 * DAY, (known, false)));
            }
        }
        // A relay whose `Date` is wrong: the ticket agrees with this machine.
        for wrong in [20 * MIN, 8 * HOUR, 5 * DAY] {
            for wrong in [wrong, -wrong] {
                rows.push((Some(1), Some(wrong), HOUR, (1, false)));
                rows.push((None, Some(wrong), 30 * DAY, (wrong.min(0), false)));
            }
        }
        rows.extend([
            // Ten minutes are near, and one second more is not.
            (Some(10 * MIN), None, DAY, (10 * MIN, false)),
            (Some(10 * MIN + 1), None, DAY, (0, false)),
            (Some(HOUR), Some(HOUR + 10 * MIN), DAY, (HOUR, false)),
            (Some(HOUR), Some(HOUR + 10 * MIN + 1), DAY, (0, false)),
            // A ticket that something on the way kept for a day lives a day less.
            (Some(-DAY), Some(0), 3 * DAY, (-DAY, false)),
            (Some(-DAY), Some(0), DAY, (-DAY, true)),
            // Expired when it came.
            (Some(-5 * MIN), Some(0), 5 * MIN, (-5 * MIN, true)),
            (Some(-5 * MIN), Some(0), 5 * MIN + 1, (-5 * MIN, false)),
            (None, Some(40 * MIN), 30 * MIN, (0, true)),
            (Some(-40 * MIN), Some(-40 * MIN), 30 * MIN, (-40 * MIN, true)),
        ]);
        let asked_at = at("2026-11-22T02:00:00Z");
        let after = |seconds: i64| asked_at + SignedDuration::from_secs(seconds);
        for row in rows {
            let (birth, date, lifetime, (created_at, is_expired)) = row;
            let facts = IssueFacts {
                asked: temporary(30 * DAY),
                expire_seconds: u32::try_from(lifetime).ok(),
                birth: birth.map(after),
                date: date.map(after),
                asked_at,
            };
            let expected = IssueTimes {
                lifetime: temporary(lifetime),
                created_at: after(created_at),
                expires_at: Some(after(created_at + lifetime)),
                is_expired,
            };
            assert_eq!(facts.times(), expected, "{row:?}");
        }
    }

    /// Asked for at 23:50 of the day that must be whole, by a clock that is 20 minutes slow or fast.
    #[test]
    fn paper_on_the_last_day_of_until_expires_when_the_platform_says() {
        let ends_at = at("2026-12-22T16:00:00Z");
        let asked_at = at("2026-11-22T16:10:00Z");
        for (off, lasts) in [(20, true), (-20, false)] {
            let birth = asked_at + SignedDuration::from_mins(off);
            let asked = temporary(30 * DAY);
            let facts =
                IssueFacts { asked, expire_seconds: None, birth: Some(birth), date: Some(birth), asked_at };
            let expires_at = facts.times().expires_at.expect("it expires");
            assert_eq!(expires_at, birth + SignedDuration::from_hours(30 * 24));
            assert_eq!(expires_at >= ends_at, lasts, "{off} min");
        }
    }

    #[test]
    fn a_permanent_code_that_is_asked_for_again_counts_from_now() {
        let asked_at = at("2026-11-22T02:00:00Z");
        let after = |seconds: i64| asked_at + SignedDuration::from_secs(seconds);
        for (birth, date, created_at) in [(-DAY * 400, 3, 0), (2, 3, 2), (-8 * HOUR, -8 * HOUR, -8 * HOUR)] {
            let asked = Lifetime::Permanent;
            let (birth, date) = (Some(after(birth)), Some(after(date)));
            let times = IssueFacts { asked, expire_seconds: None, birth, date, asked_at }.times();
            assert_eq!((times.created_at, times.expires_at), (after(created_at), None));
        }
    }

    fn check(api: Option<i64>, image: Option<i64>) -> ClockCheck {
        let url = |url| BaseUrl::new(url).expect("a url");
        ClockCheck {
            api_url: url("https://relay.example.com/wx"),
            api: api.map(SignedDuration::from_secs),
            image_url: url("https://mp.weixin.qq.com"),
            image: image.map(SignedDuration::from_secs),
        }
    }

    #[test]
    fn two_clocks_decide_about_the_third() {
        use ClockVerdict::{Doubtful, Off, Right, Wrong};
        for (api, image, expected) in [
            (None, None, Right),
            (None, Some(8 * HOUR), Right),
            (Some(0), None, Right),
            (Some(MIN), None, Right),
            (Some(2 * MIN - 1), None, Right),
            (Some(2 * MIN), None, Off),
            (Some(20 * MIN), None, Off),
            (Some(HOUR - 1), None, Off),
            (Some(HOUR), Some(HOUR), Wrong),
            (Some(8 * HOUR), Some(8 * HOUR), Wrong),
            (Some(5 * DAY), Some(5 * DAY), Wrong),
            (Some(5 * DAY), Some(8 * HOUR), Wrong),
            (Some(8 * HOUR), None, Wrong),
            (Some(8 * HOUR), Some(0), Doubtful),
            (Some(5 * DAY), Some(20 * MIN), Doubtful),
        ] {
            for sign in [1, -1] {
                let signed = |reading: Option<i64>| reading.map(|seconds| sign * seconds);
                let check = check(signed(api), signed(image));
                assert_eq!(check.verdict(), expected, "{check:?}");
                assert_eq!(check.needs_image(), matches!(expected, Doubtful | Wrong), "{check:?}");
            }
        }
    }

    #[test]
    fn a_check_says_by_how_much_and_which_way() {
        let relay = "https://relay.example.com/wx";
        for (api, image, expected) in [
            (Some(-20 * MIN - 29), None, format!("is 20 min ahead of {relay}")),
            (
                Some(8 * HOUR),
                Some(5 * DAY),
                format!("is 8 h behind {relay} and is 5 d behind https://mp.weixin.qq.com"),
            ),
            (
                Some(-8 * HOUR),
                Some(-1),
                format!("is 8 h ahead of {relay} and agrees with https://mp.weixin.qq.com"),
            ),
            (
                Some(HOUR),
                None,
                format!("is 1 h behind {relay}, and https://mp.weixin.qq.com does not tell the time"),
            ),
        ] {
            assert_eq!(check(api, image).to_string(), format!("this machine's clock {expected}"));
        }
        let one = ClockCheck { image_url: check(None, None).api_url, ..check(Some(HOUR), Some(HOUR)) };
        assert_eq!(one.to_string(), format!("this machine's clock is 1 h behind {relay}"));
    }
}
