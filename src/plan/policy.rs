//! When a code is due.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{Generation, beijing_date};

/// How long before its death a code of this lifetime is renewed.
///
/// A third of the lifetime where the file says nothing, and where what it says is more than half of the lifetime:
/// such a code would otherwise be renewed almost as soon as it was made.
pub fn renew_before(setting: Option<Duration>, lifetime: Duration) -> Duration {
    match setting {
        Some(setting) if setting <= lifetime / 2 => setting,
        _ => lifetime / 3,
    }
}

/// Whether a generation is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It lives long enough, or for ever.
    NotYet,
    /// Less than `renew_before` is left.
    Soon,
    /// It is dead.
    Expired,
    /// Less than `renew_before` is left, but it outlives the campaign's last day.
    OutlivesCampaign,
}

/// Decides whether a generation is due.
pub(super) fn due(
    generation: &Generation,
    setting: Option<Duration>,
    until: Option<Date>,
    now: Timestamp,
) -> Due {
    let Some(expires_at) = generation.expires_at else { return Due::NotYet };
    if now >= expires_at {
        return Due::Expired;
    }
    let lifetime = Duration::from_secs(u64::from(generation.lifetime.seconds()));
    let left = expires_at.duration_since(now).unsigned_abs();
    if left >= renew_before(setting, lifetime) {
        Due::NotYet
    } else if until.is_some_and(|until| beijing_date(expires_at) > until) {
        Due::OutlivesCampaign
    } else {
        Due::Soon
    }
}

/// From when on a generation is renewed: just after this instant. `None` where it never is.
pub(super) fn renews_at(
    generation: &Generation,
    setting: Option<Duration>,
    until: Option<Date>,
) -> Option<Timestamp> {
    let expires_at = generation.expires_at?;
    if until.is_some_and(|until| beijing_date(expires_at) > until) {
        return None;
    }
    let lifetime = Duration::from_secs(u64::from(generation.lifetime.seconds()));
    expires_at.checked_sub(renew_before(setting, lifetime)).ok()
}

/// Whether a campaign's last day is over.
pub(super) fn has_ended(until: Option<Date>, now: Timestamp) -> bool {
    until.is_some_and(|until| beijing_date(now) > until)
}
