//! When a code is due.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{
    AppId, Campaign, Code, Generation, Hasher, Lifetime, Medium, Scene, beijing_date, day_start, outlives,
    renew_before,
};

/// Seconds.
const DAY: u64 = 86_400;

/// How many days later than `renew_before` says a code is renewed, so that codes made in one run do not all come due
/// in one night: 0 to the whole days in half of `renew_before`, as long as two days stay, for a night may fail. The
/// same code always gets the same number.
pub fn spread_days(appid: &AppId, scene: &Scene, renew_before: Duration) -> u64 {
    let seconds = renew_before.as_secs();
    let most = (seconds / 2).min(seconds.saturating_sub(2 * DAY)) / DAY;
    if most == 0 {
        return 0;
    }
    let mut hasher = Hasher::default();
    hasher.field(appid.as_str().as_bytes());
    hasher.field(scene.scene_type().as_str().as_bytes());
    hasher.field(scene.to_string().as_bytes());
    let digest = hasher.finish();
    let number = digest.as_bytes()[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    number % (1 + most)
}

/// Whether a generation is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It lives long enough, or for ever.
    NotYet,
    /// Its time to be renewed has come.
    Soon,
    /// It is dead.
    Expired,
    /// Its time to be renewed has come, but it outlives the campaign's last day.
    OutlivesCampaign,
}

/// What decides when one code is renewed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renewal<'a> {
    appid: &'a AppId,
    scene: &'a Scene,
    setting: Option<Duration>,
    until: Option<Date>,
    /// Codes on paper have no spread: whoever prints wants them all at once.
    is_spread: bool,
    /// Whether all that comes due on one day is due when the day begins.
    is_together: bool,
}

impl<'a> Renewal<'a> {
    /// Of a code of this campaign.
    pub(super) fn new(campaign: &Campaign, appid: &'a AppId, code: &'a Code) -> Self {
        let (setting, until, is_together) = (campaign.renew_before, campaign.until, !campaign.spread);
        let is_spread = campaign.spread && code.medium() != Some(Medium::Paper);
        Self { appid, scene: code.scene(), setting, until, is_spread, is_together }
    }

    /// Decides whether a generation is due.
    pub(super) fn due(&self, generation: &Generation, now: Timestamp) -> Due {
        let Some(expires_at) = generation.expires_at else { return Due::NotYet };
        let lifetime = generation.lifetime;
        if now >= expires_at {
            Due::Expired
        } else if now <= self.earliest(lifetime, expires_at) || now <= self.due_at(lifetime, expires_at) {
            Due::NotYet
        } else if outlives(expires_at, self.until) {
            Due::OutlivesCampaign
        } else {
            Due::Soon
        }
    }

    /// From when on a generation is renewed: just after this instant. `None` if it never is.
    pub(super) fn renews_at(&self, generation: &Generation) -> Option<Timestamp> {
        let expires_at = generation.expires_at?;
        (!outlives(expires_at, self.until)).then(|| self.due_at(generation.lifetime, expires_at))
    }

    /// The same of any code that dies at an instant; `None` also if it is after a day.
    pub(super) fn due_by(&self, lifetime: Lifetime, expires_at: Timestamp, day: Date) -> Option<Timestamp> {
        if outlives(expires_at, self.until) || beijing_date(self.earliest(lifetime, expires_at)) > day {
            return None;
        }
        Some(self.due_at(lifetime, expires_at)).filter(|due_at| beijing_date(*due_at) <= day)
    }

    /// Whether the campaign's last day is before a day.
    pub(super) fn ends_before(&self, day: Date) -> bool {
        self.until.is_some_and(|until| day > until)
    }

    /// Without the spread, which costs a hash.
    fn earliest(&self, lifetime: Lifetime, expires_at: Timestamp) -> Timestamp {
        let before = self.renew_before(lifetime);
        // Only years that no calendar has could fail.
        let due_at = expires_at.checked_sub(before).unwrap_or(Timestamp::MIN);
        // A run takes a while. The next ones must not renew half of its codes in one night and half in another.
        if self.is_together && before.as_secs() >= DAY { day_start(due_at) } else { due_at }
    }

    fn due_at(&self, lifetime: Lifetime, expires_at: Timestamp) -> Timestamp {
        let earliest = self.earliest(lifetime, expires_at);
        if !self.is_spread {
            return earliest;
        }
        let days = spread_days(self.appid, self.scene, self.renew_before(lifetime));
        earliest.checked_add(Duration::from_secs(days * DAY)).unwrap_or(expires_at)
    }

    fn renew_before(&self, lifetime: Lifetime) -> Duration {
        renew_before(self.setting, Duration::from_secs(u64::from(lifetime.seconds())))
    }
}
