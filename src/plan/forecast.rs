//! The forecast: what the next days bring each account once the plan is carried out, if a run every night goes on so.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::action::{Action, ActionKind};
use super::campaign_plan::CampaignPlan;
use super::policy::Renewal;
use crate::model::{
    AccountName, Code, Day, ExpireSeconds, Generation, History, Lifetime, Medium, beijing_date,
};

/// How many days a forecast tells of, today included.
pub const FORECAST_DAYS: u16 = 30;

/// How many of these days a plan shows.
pub const NIGHTS: u16 = 14;

/// What a day brings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Outlook")]
pub struct ForecastDay {
    /// The account's name.
    pub account: AccountName,
    /// The day (Asia/Shanghai).
    #[serde(rename = "date", serialize_with = "Day::write")]
    pub day: Date,
    /// Codes that are new.
    pub creations: u64,
    /// Codes that come due and are renewed.
    pub renewals: u64,
    /// Codes that die because no run renews them.
    #[serde(rename = "deaths")]
    pub expiries: u64,
    /// Calls beyond the daily quota.
    #[serde(rename = "over")]
    pub over_quota: u64,
}

/// A day on which renewals come due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Night {
    /// The day (Asia/Shanghai).
    #[serde(serialize_with = "Day::write")]
    pub day: Date,
    /// How many codes come due.
    pub renewals: u64,
    /// How many of them are beyond the day's quota.
    pub over_quota: u64,
}

/// The days of one account, while its codes are counted. A code is issued once a day at most.
#[derive(Debug)]
pub(super) struct Forecast {
    now: Timestamp,
    today: Date,
    last: Date,
    /// The account's name and the excess over its quota are filled in at the end.
    days: BTreeMap<Date, ForecastDay>,
}

impl Forecast {
    /// Of the next [`FORECAST_DAYS`] days, today first.
    pub(super) fn new(now: Timestamp) -> Self {
        let today = beijing_date(now);
        Self { now, today, last: last_of(today, FORECAST_DAYS), days: BTreeMap::new() }
    }

    /// Counts the codes of a campaign that the files want, without those whose paper was taken down. Nothing is issued of one
    /// that is refused or has ended.
    pub(super) fn campaign(&mut self, plan: &CampaignPlan, history: &History) {
        let goes_on = !plan.ended && !plan.is_refused();
        for action in &plan.actions {
            let Some(code) = action.code().filter(|_| !action.taken_down) else { continue };
            let latest = history.code(&plan.appid, code.scene()).and_then(|record| record.latest.as_ref());
            let expires_at = match plan.campaign.as_ref().filter(|_| goes_on) {
                Some(campaign) => self.code(action, code, latest, &Renewal::new(campaign, &plan.appid, code)),
                None => latest.and_then(|latest| latest.expires_at),
            };
            self.expires(expires_at);
        }
    }

    /// Counts what is issued for a code. Gives when its last ticket expires that none replaces.
    fn code(
        &mut self,
        action: &Action,
        code: &Code,
        latest: Option<&Generation>,
        renewal: &Renewal<'_>,
    ) -> Option<Timestamp> {
        match action.kind {
            ActionKind::Create => self.day(self.today).creations += 1,
            ActionKind::Renew => self.day(self.today).renewals += 1,
            ActionKind::Keep | ActionKind::Relabel | ActionKind::Retire | ActionKind::Refuse => {}
        }
        let Lifetime::Temporary(lifetime) = code.lifetime() else { return None };
        let (current, earliest) = if action.kind.issues() {
            (lives_from(lifetime, self.now), midnight_after(self.today).unwrap_or(self.now))
        } else {
            (latest.and_then(|latest| Some((latest.lifetime, latest.expires_at?))), self.now)
        };
        // Paper is renewed only if somebody says so.
        if code.medium() == Some(Medium::Paper) {
            return current.map(|(_, expires_at)| expires_at);
        }
        self.go_on(renewal, lifetime, current, earliest)
    }

    /// Counts the days on which a code comes due that now lives as `current` says and is renewed at `earliest` or later.
    /// Gives when the last of these tickets expires, unless another replaces it after the forecast.
    fn go_on(
        &mut self,
        renewal: &Renewal<'_>,
        lifetime: ExpireSeconds,
        mut current: Option<(Lifetime, Timestamp)>,
        mut earliest: Timestamp,
    ) -> Option<Timestamp> {
        while let Some(due_at) = current.and_then(|(lifetime, at)| renewal.due_by(lifetime, at, self.last)) {
            let at = due_at.max(earliest);
            let day = beijing_date(at);
            if renewal.ends_before(day) {
                break;
            }
            if day > self.last {
                return None;
            }
            self.day(day).renewals += 1;
            let Some(next) = midnight_after(day) else { break };
            earliest = next;
            current = lives_from(lifetime, at);
        }
        current.map(|(_, expires_at)| expires_at)
    }

    /// Counts a code that expires then and is not issued again.
    pub(super) fn expires(&mut self, at: Option<Timestamp>) {
        let Some(day) = at.filter(|at| *at > self.now).map(beijing_date) else { return };
        if day <= self.last {
            self.day(day).expiries += 1;
        }
    }

    fn day(&mut self, day: Date) -> &mut ForecastDay {
        self.days.entry(day).or_insert_with(|| ForecastDay { day, ..ForecastDay::default() })
    }

    /// The days that have something, against the account's quota.
    pub(super) fn days(self, account: &AccountName, calls_today: u64, daily_quota: u64) -> Vec<ForecastDay> {
        let today = self.today;
        let of_day = |of: ForecastDay| {
            let spent = if of.day == today { calls_today } else { 0 };
            let over_quota = (of.creations + of.renewals).saturating_sub(daily_quota.saturating_sub(spent));
            ForecastDay { account: account.clone(), over_quota, ..of }
        };
        self.days.into_values().map(of_day).collect()
    }
}

/// The first [`NIGHTS`] days of a forecast on which renewals come due beside the `planned` ones of today.
pub(super) fn nights(days: &[ForecastDay], today: Date, planned: u64) -> Vec<Night> {
    let last = last_of(today, NIGHTS);
    let night = |of: &ForecastDay| {
        let renewals = if of.day == today { of.renewals.saturating_sub(planned) } else { of.renewals };
        Night { day: of.day, renewals, over_quota: of.over_quota.min(renewals) }
    };
    let nights = days.iter().filter(|of| of.day <= last).map(night);
    nights.filter(|night| night.renewals > 0).collect()
}

/// The last of so many days, of which one is the first.
fn last_of(first: Date, days: u16) -> Date {
    first.saturating_add(SignedDuration::from_hours(24 * (i64::from(days) - 1)))
}

/// A ticket that is issued at an instant: its lifetime, and when it expires.
fn lives_from(lifetime: ExpireSeconds, at: Timestamp) -> Option<(Lifetime, Timestamp)> {
    let expires_at = at.checked_add(Duration::from_secs(u64::from(lifetime.get()))).ok()?;
    Some((Lifetime::Temporary(lifetime), expires_at))
}

/// When the next day begins (Asia/Shanghai).
fn midnight_after(day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?.at(0, 0, 0, 0);
    Some(next.to_zoned(TimeZone::fixed(Offset::constant(8))).ok()?.timestamp())
}
