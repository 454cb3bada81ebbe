//! Tables for every decision of the plan, and the law it keeps.

mod decide;
mod digest;
mod expected;
mod law;
mod limits;
mod load;
mod only;
mod outlook;
mod overdue;
mod print;
mod refuse;
mod retire;
mod reuse;
mod spread;
mod status;

use super::fixture::now;
use super::{ActionKind, CampaignPlan, Plan, Reason, Wanted};
use crate::model::History;

#[expect(clippy::needless_pass_by_value, reason = "tests make it on the spot")]
fn make(wanted: Wanted, history: &History) -> Plan {
    Plan::make(&wanted, history, now())
}

fn kinds(campaign: &CampaignPlan) -> Vec<ActionKind> {
    campaign.actions.iter().map(|action| action.kind).collect()
}

fn reasons(campaign: &CampaignPlan) -> Vec<Reason> {
    campaign.actions.iter().map(|action| action.reason.clone()).collect()
}
