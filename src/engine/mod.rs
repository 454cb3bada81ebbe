//! The shell: issues, fetches, verifies, stores and packs what the plan says. It decides nothing.

mod bundles;
mod clock_gate;
mod deliver;
mod event;
mod fetch;
mod folders;
mod handoff;
mod import;
mod issue;
mod journal;
mod ledger_check;
mod outcome;
mod pack;
mod quota;
mod rebuild;
mod run;
mod session;
mod settle;
mod stage;
mod stages;
mod state;
mod summary;
mod survey;
mod tally;
mod unprinted;

pub use bundles::{bundle_facts, to_deploy};
pub use event::{CodeName, Event, Monitor, Silent};
pub use folders::Folders;
pub use handoff::{HandedBundle, NotHandedOver, hand_over, may_be_handed_over};
pub use import::{ImportFiles, ImportSource, UnfitFile};
pub use ledger_check::{
    LedgerCheck, Recorded, check_host, exit_of_ledger, missing_ledger, open_ledger, open_ledger_of_any_form,
    recorded,
};
pub use outcome::{
    AccountSummary, Calls, CampaignSummary, FailedCode, Failure, Fatal, RunBundle, RunCounts, RunSummary,
    Stage, Stopped, Work,
};
pub use pack::BundleAtHand;
pub use quota::{ask_quota, exit_of};
pub use rebuild::{ExpiredCode, Rebuild, Rebuilt, rebuild};
pub use run::{Job, run};
pub use session::AccountSession;
pub use unprinted::Unprinted;

pub use crate::plan::BundleState;
