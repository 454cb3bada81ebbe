//! A campaign: a file's worth of codes, bundled together.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{AccountName, Bundling, CampaignName, Code, Limits, Medium, beijing_date};

/// A campaign whose every part was checked. No scene stands in it twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its name, its folder's and its bundle's.
    pub name: CampaignName,
    /// The account its codes belong to.
    pub account: AccountName,
    /// The file it was read from.
    pub path: PathBuf,
    /// What the file says of renewal; `None` is a third of each code's lifetime.
    pub renew_before: Option<Duration>,
    /// Whether each code is renewed in a night of its own. If not, codes made in one run are renewed in one night.
    pub spread: bool,
    /// The last day (Asia/Shanghai) in the field; after it nothing is renewed or bundled.
    pub until: Option<Date>,
    /// Codes on paper may expire before the last day, on this day (Asia/Shanghai) or later.
    pub accept_expiry: Option<Date>,
    /// How many permanent codes it may ever create.
    pub permanent_budget: u64,
    /// How much of it one run may change.
    pub limits: Limits,
    /// How its bundles are made.
    pub bundle: Bundling,
    /// An example runs against loopback only.
    pub example: bool,
    /// Its codes in the order of the files.
    pub codes: Vec<Arc<Code>>,
}

impl Campaign {
    /// The most codes of one campaign: its bundle holds no more.
    pub const MAX_CODES: usize = 200_000;

    /// The last day on which its paper hangs; `None` if nothing of it is on paper, or no day is named.
    pub fn hangs_until(&self) -> Option<Date> {
        self.until.filter(|_| self.codes.iter().any(|code| code.medium() == Some(Medium::Paper)))
    }
}

/// Whether a code that expires then still works when a campaign's last day is over. False if there is no last day.
pub fn outlives(expires_at: Timestamp, until: Option<Date>) -> bool {
    until.is_some_and(|until| beijing_date(expires_at) > until)
}

/// Whether a campaign's last day is over.
pub fn has_ended(until: Option<Date>, now: Timestamp) -> bool {
    until.is_some_and(|until| beijing_date(now) > until)
}
