//! The plan: what a run would do, as data. Codes, history, policy and `now` in; ordered actions and a digest out.
//!
//! Nothing here asks the platform or writes the ledger. [`Plan::make`] decides, renderers read the result, and only
//! an [`ApprovedPlan`] can be run.

mod action;
mod approve;
mod before;
mod diff;
mod digest;
mod dying;
mod expected;
#[cfg(test)]
pub(crate) mod fixture;
mod left;
mod limits;
mod load;
mod only;
mod outlook;
mod overdue;
mod paper;
mod policy;
mod print;
mod reuse;
mod status;
mod wanted;

#[cfg(test)]
mod tests;

pub use action::{
    AccountPlan, Action, ActionKind, CampaignPlan, Counts, Gone, Plan, Reason, Subject, Successor,
};
pub use approve::{ApprovedPlan, Consent, NotApproved};
pub use before::Before;
pub use dying::{DeadOnPaper, DyingOnPaper};
pub use expected::{Difference, ExpectedPlan, OtherPlan, PlannedAction};
pub use limits::{Allowance, AllowanceError, Allowed, OverLimit};
pub use load::{NIGHTS, Night, Turn};
pub use only::{Filter, FilterError, Only};
pub use outlook::{OUTLOOK_DAYS, OutlookDay};
pub use overdue::Expected;
pub use paper::{Hanging, PaperFacts};
pub use policy::spread_days;
pub use print::{DiesOnPaper, DueOnPaper, reprint_options};
pub use reuse::Reused;
pub use status::{AccountStatus, BundleFacts, BundleState, CampaignStatus, Status};
pub use wanted::{Retirement, Wanted, WantedAccount, WantedCampaign};
