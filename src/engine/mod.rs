//! The shell: issues, fetches, verifies, stores and packs what the plan says. It decides nothing.

mod deliver;
mod desk;
mod event;
mod fetch;
mod issue;
mod journal;
mod outcome;
mod pack;
mod quota;
mod rebuild;
mod revisions;
mod run;
mod settle;
mod shift;
mod stages;
mod summary;
mod survey;
mod tally;

pub use desk::Desk;
pub use event::{CodeName, Event, Monitor, Silent};
pub use outcome::{AccountSummary, CampaignSummary, FailedCode, Failure, RunSummary, Stage};
pub use pack::{BundleAtHand, Places, bundle_state};
pub use quota::ask_quota;
pub use rebuild::{Rebuild, Rebuilt, rebuild};
pub use run::{Job, run};

pub use crate::plan::BundleState;
