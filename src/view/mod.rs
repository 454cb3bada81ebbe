//! What people and scripts are shown: values as text and JSON, a run's events as progress.
//!
//! Besides `cli` the only place that writes to a terminal. Text and documents are made from values alone; only the
//! monitors ([`Progress`], [`Lines`], [`Events`]) hold on to a writer, and none of them fails or panics when that
//! writer is closed.

mod bundle;
mod check;
mod diff;
mod doctor;
mod document;
mod events;
mod groups;
mod handoff;
mod inspect;
mod lines;
mod markdown;
mod outlook;
mod paint;
mod plan_json;
mod plan_markdown;
mod plan_text;
mod problem;
mod problems_markdown;
mod progress;
mod prometheus;
mod roff;
mod run_json;
mod run_text;
mod sentences;
mod show;
mod status_json;
mod status_text;
mod sums;
mod topics;
mod verify;

#[cfg(test)]
mod tests;

pub use bundle::{BundleDocument, rebuilt_error, rebuilt_text, rebuilt_warning};
pub use check::{CheckDocument, check_text};
pub use diff::difference_text;
pub use doctor::{DoctorDocument, findings_text};
pub use events::{Events, events_schema};
pub use handoff::{HandoffDocument, HandoffsDocument, handoff_text, handoffs_schema, handoffs_text};
pub use inspect::{InspectDocument, inspect_schema, inspection_text};
pub use lines::Lines;
pub use plan_json::{plan_json, plan_schema};
pub use plan_markdown::{plan_markdown, plan_markdown_without_plan};
pub use plan_text::{PlanTextOptions, plan_text};
pub use problem::{ProblemLine, problem_lines};
pub use progress::Progress;
pub use prometheus::prometheus;
pub use roff::manual_page;
pub use run_json::{RunContents, run_json, run_schema};
pub use run_text::{RunTextOptions, run_text};
pub use sentences::fit_today;
pub use show::{Show, Tee};
pub use status_json::{status_json, status_schema};
pub use status_text::{StatusTextOptions, status_text};
pub use topics::{TOPICS, Topic};
pub use verify::{VerifyBar, VerifyDocument, verified_text};
