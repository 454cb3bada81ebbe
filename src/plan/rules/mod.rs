//! The rules of a plan: each looks at the campaigns' actions and refuses what must not be done.
//!
//! A new rule is a function of the type [`Rule`] in a file of its own and a place in [`RULES`]. Its refusal is a
//! [`Reason`](super::Reason) with words. If it refuses a whole campaign, or names its codes itself,
//! `Reason::is_of_one_code` has to know it.

mod campaigns;
mod codes;
mod limits;
mod permanents;
mod print_gate;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::campaign_plan::CampaignPlan;
use super::leftover::Leftover;
use super::wanted::Wanted;
use crate::model::{AppId, CampaignName, History};

pub(super) use permanents::{permanents_needed, permanents_used};

/// What a rule may look at beside the campaigns themselves.
pub(super) struct RuleContext<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) history: &'a History,
    pub(super) leftovers: &'a BTreeMap<(AppId, CampaignName), Leftover>,
    pub(super) now: Timestamp,
}

/// A rule: it refuses actions, of all campaigns of the plan, or leaves some out. Without any other effect.
pub(super) type Rule = fn(&RuleContext<'_>, &mut [CampaignPlan]);

/// In the order in which they apply. A refusal replaces an earlier one of the same code.
pub(super) const RULES: [Rule; 13] = [
    // What a code cannot be comes first, so that codes that --only leaves out are known to be refused.
    codes::reused_scene,
    codes::lookalike,
    codes::permanent_stays_permanent,
    codes::only,
    // These refuse whole campaigns, and their reason is the one that is told.
    campaigns::example,
    campaigns::ended_before_first,
    campaigns::moves_in_part,
    // What these refuse is not counted again by the next: paper that is refused changes nothing against a limit, and
    // what a limit refuses takes nothing from the account's permanent codes.
    print_gate::print_gate,
    limits::limits,
    permanents::budget_and_pool,
    // Counts what the rules before have left of each campaign.
    limits::limits_of_moved_codes,
    // With one code of a campaign the others are refused, and with one half of a moving campaign the other.
    campaigns::whole_or_not_at_all,
    campaigns::moves_whole_or_not_at_all,
];
