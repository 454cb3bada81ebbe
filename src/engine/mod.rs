//! The shell: issues, fetches, verifies, stores and packs what the plan says. It decides nothing.

mod deliver;
mod deploy;
mod event;
mod fetch;
mod import;
mod issue;
mod journal;
mod outcome;
mod pack;
mod quota;
mod rebuild;
mod revisions;
mod run;
mod session;
mod settle;
mod shift;
mod stages;
mod summary;
mod survey;
mod tally;

pub use deploy::to_deploy;
pub use event::{CodeName, Event, Monitor, Silent};
pub use import::{ImportFiles, ImportSource, UnfitFile};
pub use outcome::{AccountSummary, CampaignSummary, FailedCode, Failure, Fatal, RunSummary, Stage};
pub use pack::{BundleAtHand, Places, bundle_state};
pub use quota::ask_quota;
pub use rebuild::{Rebuild, Rebuilt, rebuild};
pub use run::{Job, run};
pub use session::AccountSession;

pub use crate::plan::BundleState;
