//! How long a campaign's paper hangs, and what the file and the command line accept meanwhile.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{Campaign, CampaignName, Code, ExpireSeconds, Lifetime, Medium, beijing_date, outlives};

/// Which codes on paper may be issued in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrintGate {
    /// Those that the campaign files accept, and of these campaigns more.
    Shut {
        /// Campaigns whose codes on paper are issued again when they are due: `--reprint`.
        reprint: BTreeSet<CampaignName>,
        /// Campaigns whose codes may expire before their last day: `--accept-expiry`.
        accept_expiry: BTreeSet<CampaignName>,
    },
    /// All. For `bundle`, which issues nothing.
    Open,
}

impl Default for PrintGate {
    fn default() -> Self {
        Self::Shut { reprint: BTreeSet::new(), accept_expiry: BTreeSet::new() }
    }
}

impl PrintGate {
    /// What is permitted for one campaign.
    pub fn permit(&self, campaign: &CampaignName) -> PrintPermit {
        match self {
            Self::Shut { reprint, accept_expiry } => PrintPermit {
                reprint: reprint.contains(campaign),
                accept_expiry: accept_expiry.contains(campaign),
            },
            Self::Open => PrintPermit { reprint: true, accept_expiry: true },
        }
    }
}

/// What a run permits for one campaign beyond what its file says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PrintPermit {
    /// Codes on paper that are due are issued again.
    pub reprint: bool,
    /// Codes on paper may expire before the last day.
    pub accept_expiry: bool,
}

/// How long one campaign's paper hangs, and which expiry is accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaperTerms {
    /// The last day (Asia/Shanghai). `None` if paper hangs for ever.
    pub until: Option<Date>,
    /// The file accepts that paper expires on this day (Asia/Shanghai) or later.
    accept_expiry: Option<Date>,
    /// What this run permits beyond that.
    pub permit: PrintPermit,
}

impl PaperTerms {
    /// The terms if the campaign file is not at hand: no expiry counts as early.
    pub fn unknown() -> Self {
        Self { permit: PrintPermit { accept_expiry: true, reprint: false }, ..Self::default() }
    }

    /// Of a campaign, with what this run permits.
    pub fn new(campaign: &Campaign, permit: PrintPermit) -> Self {
        Self { until: campaign.until, accept_expiry: campaign.accept_expiry, permit }
    }

    fn accepts(&self, expires_at: Timestamp) -> bool {
        self.permit.accept_expiry || self.accept_expiry.is_some_and(|from| beijing_date(expires_at) >= from)
    }

    /// Whether paper that expires then expires before it comes down, and nothing accepts that.
    pub fn is_early(&self, expires_at: Timestamp) -> bool {
        !outlives(expires_at, self.until) && !self.accepts(expires_at)
    }

    /// Whether a printed code stays as it is when it is due, and after it has expired.
    pub fn lets_expire(&self, code: &Code, expires_at: Timestamp) -> bool {
        code.medium() == Some(Medium::Paper) && !self.permit.reprint && self.accepts(expires_at)
    }

    /// When a code expires that is made at an instant, if that is too early for its paper. `None` also if no last day
    /// is named.
    pub fn too_early(&self, lifetime: ExpireSeconds, made_at: Timestamp) -> Option<Timestamp> {
        self.until?;
        let expires_at = made_at.checked_add(lifetime.duration()).ok()?;
        self.is_early(expires_at).then_some(expires_at)
    }

    /// When the replacement of a code expires that is made at an instant, if the file does not accept that. What this
    /// run permits does not count: the next run has to be permitted anew.
    pub fn replacement_too_early(&self, code: &Code, made_at: Timestamp) -> Option<Timestamp> {
        let Lifetime::Temporary(lifetime) = code.lifetime() else { return None };
        Self { permit: PrintPermit::default(), ..*self }.too_early(lifetime, made_at)
    }
}

/// The options with which a run issues a campaign's codes on paper again; `is_early` if the replacements expire too early
/// as well.
pub fn reprint_options(campaign: &CampaignName, is_early: bool) -> String {
    let accept = if is_early { format!(" --accept-expiry {campaign}") } else { String::new() };
    format!("--reprint {campaign}{accept}")
}
