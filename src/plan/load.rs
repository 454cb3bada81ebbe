//! The load of the coming nights, and who goes first where a quota is short.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::action::{ActionKind, CampaignPlan, Subject};
use super::policy::Renewal;
use crate::model::{CodeRecord, ExpireSeconds, History, Lifetime, Medium, beijing_date};

/// How many nights a plan looks ahead, the one of today included.
pub const NIGHTS: u16 = 14;

/// A day on which renewals come due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Night {
    /// The day (Asia/Shanghai), which is the quota's day.
    pub day: Date,
    /// Codes that come due on it.
    pub renewals: u64,
    /// How many of them are over the daily quota; today's calls and those of the plan count.
    pub over_quota: u64,
}

/// How many renewals come due on each of the next [`NIGHTS`] days, today first, once the plan is carried out: days
/// without any are left out.
///
/// A run every night is assumed: a code is renewed at most once a day, and from then on lives as long as the files
/// say.
pub(super) fn nights<'a>(
    campaigns: impl Iterator<Item = &'a CampaignPlan>,
    history: &History,
    now: Timestamp,
    calls_left_today: u64,
    daily_quota: u64,
) -> Vec<Night> {
    let today = beijing_date(now);
    let mut days: BTreeMap<Date, u64> = BTreeMap::new();
    for campaign in campaigns {
        renewals(campaign, history, now, |day| *days.entry(day).or_default() += 1);
    }
    let night = |(day, renewals): (Date, u64)| {
        let quota = if day == today { calls_left_today } else { daily_quota };
        Night { day, renewals, over_quota: renewals.saturating_sub(quota) }
    };
    days.into_iter().map(night).collect()
}

/// The days on which the codes of one campaign come due.
fn renewals(campaign: &CampaignPlan, history: &History, now: Timestamp, mut due_on: impl FnMut(Date)) {
    let Some(wanted) = campaign.campaign.as_ref().filter(|_| !campaign.ended) else { return };
    let horizon = last_of(beijing_date(now), NIGHTS);
    for action in &campaign.actions {
        let Subject::Wanted(index) = action.subject else { continue };
        let code = &wanted.codes[index];
        let Lifetime::Temporary(seconds) = code.lifetime() else { continue };
        // Paper is renewed only when somebody says so.
        if code.medium() == Some(Medium::Paper) {
            continue;
        }
        let issued = || history.code(&campaign.appid, code.scene())?.latest.as_ref();
        let current = match action.kind {
            ActionKind::Create | ActionKind::Renew => lives_from(seconds, now),
            ActionKind::Keep | ActionKind::Relabel => {
                issued().and_then(|latest| Some((latest.lifetime, latest.expires_at?)))
            }
            ActionKind::Retire | ActionKind::Refuse => None,
        };
        let renewal = Renewal::new(wanted, &campaign.appid, code);
        go_on(&renewal, seconds, current, now, horizon, &mut due_on);
    }
}

/// On which days up to `horizon` a code comes due that now lives as `current` says and is renewed at `earliest` or
/// later; gives when the last of these tickets dies, unless another replaces it after `horizon`.
pub(super) fn go_on(
    renewal: &Renewal<'_>,
    lifetime: ExpireSeconds,
    mut current: Option<(Lifetime, Timestamp)>,
    mut earliest: Timestamp,
    horizon: Date,
    mut due_on: impl FnMut(Date),
) -> Option<Timestamp> {
    while let Some(due_at) = current.and_then(|(lifetime, dies)| renewal.due_by(lifetime, dies, horizon)) {
        let at = due_at.max(earliest);
        let day = beijing_date(at);
        if renewal.ends_before(day) {
            break;
        }
        if day > horizon {
            return None;
        }
        due_on(day);
        let Some(next) = midnight_after(day) else { break };
        earliest = next;
        current = lives_from(lifetime, at);
    }
    current.map(|(_, dies_at)| dies_at)
}

/// The last of so many days, of which one is the first.
pub(super) fn last_of(first: Date, days: u16) -> Date {
    first.saturating_add(SignedDuration::from_hours(24 * (i64::from(days) - 1)))
}

/// A ticket that is issued at an instant: its lifetime, and when it dies.
pub(super) fn lives_from(lifetime: ExpireSeconds, at: Timestamp) -> Option<(Lifetime, Timestamp)> {
    let dies_at = at.checked_add(Duration::from_secs(u64::from(lifetime.get()))).ok()?;
    Some((Lifetime::Temporary(lifetime), dies_at))
}

/// When the next day begins (Asia/Shanghai).
pub(super) fn midnight_after(day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?.at(0, 0, 0, 0);
    Some(next.to_zoned(TimeZone::fixed(Offset::constant(8))).ok()?.timestamp())
}

/// Who goes first where not all can be issued: renewals before creations, and what dies first before the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    creates: bool,
    is_new: bool,
    dies_at: Option<Timestamp>,
}

impl Turn {
    /// The turn of a code's ticket.
    pub fn new(kind: ActionKind, record: Option<&CodeRecord>) -> Self {
        let latest = record.and_then(|record| record.latest.as_ref());
        Self {
            creates: kind == ActionKind::Create,
            is_new: latest.is_none(),
            dies_at: latest.and_then(|latest| latest.expires_at),
        }
    }
}
