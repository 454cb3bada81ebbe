//! A campaign: a file's worth of codes, bundled together.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{AccountName, CampaignName, Code, Limits, Medium, beijing_date};

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
    /// The last day (Asia/Shanghai) in the field; after it nothing is renewed or bundled.
    pub until: Option<Date>,
    /// Codes on paper may die before the last day, on this day (Asia/Shanghai) or later.
    pub accept_expiry: Option<Date>,
    /// Codes on paper that are due may be issued again. No file says so, only the command line.
    pub reprint: bool,
    /// How many permanent codes it may ever create.
    pub permanent_budget: u64,
    /// How much of it one run may change.
    pub limits: Limits,
    /// An example runs against loopback only.
    pub example: bool,
    /// Its codes in the order of the files.
    pub codes: Vec<Code>,
}

impl Campaign {
    /// The last day on which its paper hangs; `None` where nothing of it is on paper, or no day is named.
    pub fn hangs_until(&self) -> Option<Date> {
        self.until.filter(|_| self.codes.iter().any(|code| code.medium() == Some(Medium::Paper)))
    }

    /// Whether the file accepts that a code on paper dies at an instant, though the paper hangs longer.
    pub fn accepts_death(&self, code: &Code, dies_at: Timestamp) -> bool {
        let is_paper = code.medium() == Some(Medium::Paper);
        is_paper && self.accept_expiry.is_some_and(|from| beijing_date(dies_at) >= from)
    }

    /// The same of a code that is there already: it stays until it dies and afterwards, unless it is to be printed
    /// anew.
    pub fn lets_die(&self, code: &Code, dies_at: Timestamp) -> bool {
        !self.reprint && self.accepts_death(code, dies_at)
    }
}
