//! What went wrong since the platform last did what it was asked, and when an account gives up. Pure.

use std::time::{Duration, Instant};

use super::retry::Class;

/// After so many failures in a row requests go one at a time, each as late as its backoff says: a platform that does
/// not answer is not asked by all at once, and costs no more calls than one code's budget.
const MANY: u32 = 8;

/// So many codes that fail in the same way, with no success between them, are no fault of theirs.
pub const ALIKE: u32 = 30;

/// How a code failed: two codes failed in the same way if these are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// The class of its last failure.
    pub class: Class,
    /// Where it failed.
    pub stage: &'static str,
    /// The platform's code, if it gave one.
    pub errcode: Option<i64>,
}

/// What went wrong with one kind of an account's requests since the last one that went well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trouble {
    heard_at: Option<Instant>,
    /// When the first request failed.
    since: Option<Instant>,
    failures: u32,
    is_told: bool,
    /// How the last codes failed, and how many in a row.
    failed: Option<(Manner, u32)>,
}

impl Trouble {
    /// An account that has not had one success for so long asks for nothing more in this run: many codes must not turn
    /// into days of retries.
    pub const SILENCE: Duration = Duration::from_mins(3);

    /// A request went well: what failed before counts no more.
    pub fn heard(&mut self, now: Instant) {
        *self = Self { heard_at: Some(now), ..Self::default() };
    }

    /// Whether a request went well at this instant or after it.
    pub fn is_heard_since(&self, at: Instant) -> bool {
        self.heard_at.is_some_and(|heard_at| heard_at >= at)
    }

    /// A request failed. Whether that has lasted too long.
    pub fn failed(&mut self, class: Class, now: Instant) -> bool {
        let is_outage = class.is_outage() || class == Class::Unknown;
        // Other refusals are of this one code, or end the work anyway.
        if !is_outage && !matches!(class, Class::PictureRejected | Class::MinuteQuota) {
            return false;
        }
        self.failures = self.failures.saturating_add(u32::from(is_outage));
        self.since.get_or_insert(now);
        self.left(now).is_zero()
    }

    /// How long from now until the account gives up.
    pub fn left(&self, now: Instant) -> Duration {
        let lasted = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        Self::SILENCE.saturating_sub(lasted)
    }

    /// Whether requests go one at a time.
    pub fn is_outage(&self) -> bool {
        self.failures >= MANY
    }

    /// How many requests failed since they go one at a time.
    pub fn probes(&self) -> u32 {
        self.failures.saturating_sub(MANY)
    }

    /// Whether this is the first time that it is to be told.
    pub fn is_news(&mut self) -> bool {
        !std::mem::replace(&mut self.is_told, true)
    }

    /// A code was given up. Whether so many were in the same way that the account gives up.
    pub fn gave_up(&mut self, manner: Manner) -> bool {
        // What a busy platform or a spent pool comes to is decided elsewhere.
        if !matches!(manner.class, Class::CodeRejected | Class::Unknown | Class::PictureRejected) {
            return false;
        }
        let before = self.failed.filter(|(other, _)| *other == manner).map_or(0, |(_, codes)| codes);
        self.failed = Some((manner, before.saturating_add(1)));
        before + 1 >= ALIKE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const BUSY: Class = Class::Busy { retry_after: None };

    fn manner(class: Class, stage: &'static str, errcode: Option<i64>) -> Manner {
        Manner { class, stage, errcode }
    }

    #[test]
    fn thirty_codes_alike_with_no_success_between_them_end_the_account() {
        let now = clock::monotonic();
        let wrong = manner(Class::PictureRejected, "verify", None);
        let missing = manner(Class::PictureRejected, "fetch", None);
        let refused = manner(Class::CodeRejected, "issue", Some(40053));
        let other = manner(Class::CodeRejected, "issue", Some(40052));
        let codes = |manner: Manner, count: usize| vec![Some(manner); count];
        let success = || vec![None];
        for (name, course, ends) in [
            ("30 pictures", codes(wrong, 30), true),
            ("29 pictures", codes(wrong, 29), false),
            ("30 refusals", codes(refused, 30), true),
            ("a success between", [codes(wrong, 29), success(), codes(wrong, 29)].concat(), false),
            ("30 after a success", [codes(wrong, 29), success(), codes(wrong, 30)].concat(), true),
            (
                "another stage between",
                [codes(wrong, 29), codes(missing, 1), codes(wrong, 29)].concat(),
                false,
            ),
            ("two errcodes in turn", [refused, other].repeat(40).into_iter().map(Some).collect(), false),
            ("a spent pool", codes(manner(Class::PermanentPool, "issue", Some(45029)), 100), false),
            ("a busy platform", codes(manner(BUSY, "issue", None), 100), false),
        ] {
            let mut trouble = Trouble::default();
            let mut ended = false;
            for code in course {
                match code {
                    Some(manner) => ended |= trouble.gave_up(manner),
                    None => trouble.heard(now),
                }
            }
            assert_eq!(ended, ends, "{name}");
        }
    }

    #[test]
    fn three_minutes_without_a_success_end_the_account() {
        let began = clock::monotonic();
        let at = |seconds| began + Duration::from_secs(seconds);
        for class in [Class::Unreachable, BUSY, Class::Unknown, Class::PictureRejected, Class::MinuteQuota] {
            let mut trouble = Trouble::default();
            assert!(!trouble.failed(class, at(0)), "{class:?}");
            assert!(!trouble.failed(class, at(179)), "{class:?}");
            assert_eq!(trouble.left(at(179)), Duration::from_secs(1));
            assert!(trouble.failed(class, at(180)), "{class:?}");
            trouble.heard(at(180));
            assert!(!trouble.failed(class, at(200)), "{class:?}: a success begins it anew");
            assert!(trouble.is_heard_since(at(180)) && !trouble.is_heard_since(at(181)));
        }
        let mut trouble = Trouble::default();
        for class in [Class::CodeRejected, Class::PermanentPool, Class::AccessToken, Class::DailyQuota] {
            assert!(!trouble.failed(class, at(0)) && !trouble.failed(class, at(1000)), "{class:?}");
        }
    }

    #[test]
    fn an_outage_is_told_once_and_met_with_one_request_at_a_time() {
        let now = clock::monotonic();
        let mut trouble = Trouble::default();
        let course: Vec<_> =
            (0..9).map(|_| (trouble.failed(Class::Unreachable, now), trouble.is_news())).collect();
        assert_eq!(course[..2], [(false, true), (false, false)]);
        assert_eq!((trouble.is_outage(), trouble.probes()), (true, 1));
        trouble.heard(now);
        assert_eq!((trouble.is_outage(), trouble.is_news()), (false, true));
        assert!((0..9).all(|_| !trouble.failed(Class::PictureRejected, now)));
        assert!(!trouble.is_outage(), "wrong pictures are answers");
    }
}
