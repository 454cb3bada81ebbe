//! Codes that are on paper already and die before it comes down, or did: the print gate looks only at what is issued.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::action::{ActionKind, CampaignPlan, Reason, Subject};
use super::policy::outlives;
use super::print::{dies_anew, reprint_options};
use crate::model::{
    Campaign, CampaignName, Code, Lifetime, Medium, beijing_date, counted, grouped, renew_before,
};

/// Living codes of a campaign that are on paper, not yet due, and die before its last day is over, which nothing
/// accepts: their medium or `until` was another when they were issued. They stay until they are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DyingOnPaper {
    /// The campaign.
    pub campaign: CampaignName,
    /// Its last day (Asia/Shanghai).
    pub until: Date,
    /// How many codes.
    pub codes: u64,
    /// When the first of them dies.
    pub first_dies_at: Timestamp,
    /// Whether one that is made in its place when it is due would die before that day is over as well.
    pub dies_anew: bool,
}

impl fmt::Display for DyingOnPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { campaign, until, codes, first_dies_at, dies_anew } = self;
        let day = beijing_date(*first_dies_at);
        let [die, first, they_are] =
            if *codes == 1 { ["dies", "", "it is"] } else { ["die", "the first ", "they are"] };
        write!(
            f,
            "{campaign}: {} on paper {die} before {until} is over, {first}on {day}: `expires: never`, a shorter \
             `until`, `accept_expiry: {day}`, or `{}` once {they_are} due",
            counted(*codes, "code"),
            reprint_options(campaign, *dies_anew)
        )
    }
}

impl DyingOnPaper {
    /// Counts a code that is not due and dies at an instant, where it is such a one.
    pub(super) fn count(found: &mut Option<Self>, campaign: &Campaign, code: &Code, dies_at: Timestamp) {
        let Some(until) = campaign.until.filter(|until| !outlives(dies_at, Some(*until))) else { return };
        let is_paper = code.medium() == Some(Medium::Paper);
        // What is to be permanent is another code after the next run.
        let Lifetime::Temporary(lifetime) = code.lifetime() else { return };
        if !is_paper || campaign.accepts_death(code, dies_at) {
            return;
        }
        let name = campaign.name.clone();
        let first = Self { campaign: name, until, codes: 0, first_dies_at: dies_at, dies_anew: false };
        let found = found.get_or_insert(first);
        found.codes += 1;
        // Paper has no spread. Its lifetime is the wanted one, unless somebody has just changed that.
        let due_at = dies_at.checked_sub(renew_before(campaign.renew_before, lifetime.duration()));
        found.dies_anew |= due_at.is_ok_and(|due_at| dies_anew(campaign, code, due_at).is_some());
        found.first_dies_at = found.first_dies_at.min(dies_at);
    }
}

/// Codes of a campaign that are on paper and dead, which was accepted: nothing renews them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadOnPaper {
    /// The campaign.
    pub campaign: CampaignName,
    /// How many codes.
    pub codes: u64,
    /// When the first of them died.
    pub first_died_at: Timestamp,
    /// Whether one that is made now in its place would die before the last day is over as well, which only the command
    /// line accepts.
    pub dies_anew: bool,
}

impl fmt::Display for DeadOnPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { campaign, codes, first_died_at, dies_anew } = self;
        let since = beijing_date(*first_died_at);
        let (what, them) = match codes {
            1 => (format!("1 code on paper is dead since {since}"), "it"),
            _ => (format!("{} codes on paper are dead, the first since {since}", grouped(*codes)), "them"),
        };
        let options = reprint_options(campaign, *dies_anew);
        write!(f, "{campaign}: {what}, as accepted: take {them} down, or print {them} anew with `{options}`")
    }
}

impl DeadOnPaper {
    /// Counts a code that is dead since an instant, where it is such a one.
    pub(super) fn count(
        found: &mut Option<Self>,
        campaign: &Campaign,
        code: &Code,
        died_at: Timestamp,
        now: Timestamp,
    ) {
        // What is to be permanent is another code after the next run.
        if code.lifetime().is_permanent() || !campaign.lets_die(code, died_at) {
            return;
        }
        let first =
            Self { campaign: campaign.name.clone(), codes: 0, first_died_at: died_at, dies_anew: false };
        let found = found.get_or_insert(first);
        found.codes += 1;
        found.first_died_at = found.first_died_at.min(died_at);
        found.dies_anew |= dies_anew(campaign, code, now).is_some();
    }
}

impl CampaignPlan {
    /// Its codes on paper that are dead as of `now`, as accepted; `None` where there are none.
    pub fn dead_on_paper(&self, now: Timestamp) -> Option<DeadOnPaper> {
        let campaign = self.campaign.as_ref().filter(|_| !self.ended)?;
        let mut found = None;
        for action in &self.actions {
            if let (Subject::Wanted(index), Some(died_at)) = (&action.subject, action.expires_at)
                && died_at <= now
            {
                DeadOnPaper::count(&mut found, campaign, &campaign.codes[*index], died_at, now);
            }
        }
        found
    }

    /// Its codes that are on paper already and die before its last day is over; `None` where there are none.
    pub fn dying_on_paper(&self) -> Option<DyingOnPaper> {
        let campaign = self.campaign.as_ref().filter(|_| !self.ended)?;
        let mut found = None;
        for action in &self.actions {
            // What is due is issued or refused, and has no death here; what is refused of it is told so.
            let stays = match action.kind {
                ActionKind::Keep | ActionKind::Relabel => true,
                ActionKind::Refuse => action.reason == Reason::CampaignRefused,
                ActionKind::Create | ActionKind::Renew | ActionKind::Retire => false,
            };
            if let (true, Subject::Wanted(index), Some(dies_at)) = (stays, &action.subject, action.expires_at)
            {
                DyingOnPaper::count(&mut found, campaign, &campaign.codes[*index], dies_at);
            }
        }
        found
    }
}
