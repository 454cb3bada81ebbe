//! What the next days bring: what comes due, what dies for good, and whether the quota is enough.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::load::{go_on, last_of, lives_from, midnight_after};
use super::policy::Renewal;
use crate::model::{Code, Generation, Lifetime, Medium, beijing_date};

/// How many days an outlook tells of, today included.
pub const OUTLOOK_DAYS: u16 = 30;

/// A day on which something is issued or dies, if a run every night refuses nothing but what the print gate
/// refuses today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutlookDay {
    /// The day (Asia/Shanghai), which is the quota's day.
    pub day: Date,
    /// Codes that get their first ticket, or their first permanent one: today's.
    pub creations: u64,
    /// Codes that are renewed.
    pub renewals: u64,
    /// Codes that die and that no run renews: on paper, in no file any more, of a campaign whose last day comes first,
    /// or of one that the print gate refuses today.
    pub deaths: u64,
    /// How many of the creations and renewals are over the daily quota; what today has spent counts.
    pub over_quota: u64,
}

/// The days of one account, while its codes are counted.
#[derive(Debug)]
pub(super) struct Outlook {
    now: Timestamp,
    today: Date,
    last: Date,
    days: BTreeMap<Date, Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    creations: u64,
    renewals: u64,
    deaths: u64,
}

impl Outlook {
    /// Of the next [`OUTLOOK_DAYS`] days, today first.
    pub(super) fn new(now: Timestamp) -> Self {
        let today = beijing_date(now);
        Self { now, today, last: last_of(today, OUTLOOK_DAYS), days: BTreeMap::new() }
    }

    /// A code that the files want, of a campaign that runs.
    pub(super) fn wanted(&mut self, code: &Code, latest: Option<&Generation>, renewal: &Renewal<'_>) {
        let dies = latest.and_then(|latest| Some((latest.lifetime, latest.expires_at?)));
        let becomes_permanent = code.lifetime().is_permanent() && dies.is_some();
        let is_new = latest.is_none() || becomes_permanent;
        if is_new {
            self.day(self.today).creations += 1;
        }
        let Lifetime::Temporary(lifetime) = code.lifetime() else { return };
        let (current, earliest) = if is_new {
            (lives_from(lifetime, self.now), midnight_after(self.today).unwrap_or(self.now))
        } else {
            (dies, self.now)
        };
        let dies_at = if code.medium() == Some(Medium::Paper) {
            current.map(|(_, dies_at)| dies_at)
        } else {
            let last = self.last;
            go_on(renewal, lifetime, current, earliest, last, |day| self.day(day).renewals += 1)
        };
        self.dies(dies_at);
    }

    /// A code that no run issues again.
    pub(super) fn left(&mut self, latest: Option<&Generation>) {
        self.dies(latest.and_then(|latest| latest.expires_at));
    }

    fn dies(&mut self, at: Option<Timestamp>) {
        let Some(day) = at.filter(|at| *at > self.now).map(beijing_date) else { return };
        if day <= self.last {
            self.day(day).deaths += 1;
        }
    }

    fn day(&mut self, day: Date) -> &mut Counted {
        self.days.entry(day).or_default()
    }

    /// Takes in what was counted apart.
    pub(super) fn add(&mut self, other: Self) {
        for (day, Counted { creations, renewals, deaths }) in other.days {
            let of_day = self.day(day);
            of_day.creations += creations;
            of_day.renewals += renewals;
            of_day.deaths += deaths;
        }
    }

    /// The days that have something, against the account's quota.
    pub(super) fn days(self, calls_today: u64, daily_quota: u64) -> Vec<OutlookDay> {
        let Self { today, days, .. } = self;
        let of_day = |(day, Counted { creations, renewals, deaths })| {
            let spent = if day == today { calls_today } else { 0 };
            let over_quota = (creations + renewals).saturating_sub(daily_quota.saturating_sub(spent));
            OutlookDay { day, creations, renewals, deaths, over_quota }
        };
        days.into_iter().map(of_day).collect()
    }
}
