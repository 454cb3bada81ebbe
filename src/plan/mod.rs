//! The plan: what a run would do, as data. Codes, history, policy and `now` in; ordered actions and a digest out.
//!
//! Nothing here asks the platform or writes the ledger. [`Plan::make`] decides, renderers read the result, and only
//! an [`ApprovedPlan`] can be run.

mod action;
mod allowance;
mod approve;
mod campaign_plan;
mod digest;
mod draft;
mod expected;
#[cfg(test)]
pub(crate) mod fixture;
mod forecast;
mod leftover;
mod make;
mod only;
mod overdue;
mod policy;
mod reason;
mod rules;
mod status;
mod wanted;

#[cfg(test)]
mod tests;

pub use action::{Action, ActionKind, Counts, Gone, Subject, Turn};
pub use allowance::Allowance;
pub use approve::{ApprovedPlan, Consent, NotApproved};
pub use campaign_plan::{CampaignPlan, Successor};
pub use digest::PlannedAction;
pub use expected::{ExpectedPlan, OtherPlan};
pub use forecast::{FORECAST_DAYS, ForecastDay, NIGHTS, Night};
pub use leftover::Leftover;
pub use make::{AccountPlan, Calls, Permanent, Plan};
pub use only::{Filter, Only};
pub use overdue::{Expected, Overdue};
pub use policy::spread_days;
pub use reason::{Before, OverLimit, Reason};
pub use status::{AccountStatus, BundleFacts, BundleState, CampaignStatus, CodeCounts, Status};
pub use wanted::{Retirement, Wanted, WantedAccount, WantedCampaign};
