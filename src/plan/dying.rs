//! Codes that are on paper already and die before it comes down: the print gate looks only at what is issued.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::action::{ActionKind, CampaignPlan, Reason, Subject};
use super::policy::outlives;
use crate::model::{Campaign, CampaignName, Code, Medium, beijing_date, counted};

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
}

impl fmt::Display for DyingOnPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { campaign, until, codes, first_dies_at } = self;
        let day = beijing_date(*first_dies_at);
        let [die, first, they_are] =
            if *codes == 1 { ["dies", "", "it is"] } else { ["die", "the first ", "they are"] };
        write!(
            f,
            "{campaign}: {} on paper {die} before {until} is over, {first}on {day}: `expires: never`, a shorter \
             `until`, `accept_expiry: {day}`, or `--reprint {campaign}` once {they_are} due",
            counted(*codes, "code")
        )
    }
}

impl DyingOnPaper {
    /// Counts a code that is not due and dies at an instant, where it is such a one.
    pub(super) fn count(found: &mut Option<Self>, campaign: &Campaign, code: &Code, dies_at: Timestamp) {
        let Some(until) = campaign.until.filter(|until| !outlives(dies_at, Some(*until))) else { return };
        let is_paper = code.medium() == Some(Medium::Paper);
        // What is to be permanent is another code after the next run.
        if !is_paper || code.lifetime().is_permanent() || campaign.accepts_death(code, dies_at) {
            return;
        }
        let first = Self { campaign: campaign.name.clone(), until, codes: 0, first_dies_at: dies_at };
        let found = found.get_or_insert(first);
        found.codes += 1;
        found.first_dies_at = found.first_dies_at.min(dies_at);
    }
}

impl CampaignPlan {
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
