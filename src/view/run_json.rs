//! A run's outcome as a JSON document.

use std::io::{self, Write};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::ProblemLine;
use super::document;
use crate::engine::{AccountSummary, CampaignSummary, RunSummary};
use crate::exit::{Exit, Outcome};
use crate::hooks::HookRun;
use crate::model::{Instant, schema_of};

/// What the document says besides when the run began and ended.
#[derive(Debug, Clone, Copy)]
pub struct RunContents<'a> {
    /// How the program ends.
    pub exit: Exit,
    /// What happened, in one line. Empty if all is done.
    pub message: &'a str,
    /// The summary of the run, if it began.
    pub summary: Option<&'a RunSummary>,
    /// Problems of the campaign files, and whatever else kept the run from beginning.
    pub problems: &'a [ProblemLine],
    /// The hooks that were run, in order.
    pub hooks: &'a [HookRun],
}

impl<'a> RunContents<'a> {
    /// Of a run that ended before it began.
    pub fn without_run(exit: Exit, message: &'a str, problems: &'a [ProblemLine]) -> Self {
        Self { exit, message, summary: None, problems, hooks: &[] }
    }
}

/// Writes the document of a program that began and ended at these instants.
pub fn run_json(
    out: &mut dyn Write,
    contents: RunContents<'_>,
    (started_at, ended_at): (Timestamp, Timestamp),
) -> io::Result<()> {
    let RunContents { exit, message, summary, problems, hooks } = contents;
    let document = Document {
        format: FORMAT,
        exit: exit.code(),
        outcome: exit.outcome(),
        message,
        campaigns: summary.map_or(&[], |summary| &summary.campaigns),
        accounts: summary.map_or(&[], |summary| &summary.accounts),
        problems,
        hooks,
        started_at,
        ended_at,
    };
    document::write(out, &document)
}

/// The schema of that document.
pub fn run_schema() -> Schema {
    schema_of::<Document<'_>>()
}

/// The version of the document's form.
const FORMAT: u32 = 1;

/// What became of a run; it is written after failures and signals too.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "The outcome that `scenepress run --format json` prints")]
struct Document<'a> {
    /// The version of the document's form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    /// The program's exit code.
    exit: u8,
    /// The same in one word.
    outcome: Outcome,
    /// What happened, for people; empty if all is done.
    message: &'a str,
    /// The campaigns that were acted on.
    campaigns: &'a [CampaignSummary],
    /// The accounts that were needed.
    accounts: &'a [AccountSummary],
    /// Problems of the campaign files, and whatever else kept the run from beginning.
    problems: &'a [ProblemLine],
    /// The hooks that were run, in order.
    hooks: &'a [HookRun],
    /// When the program began.
    #[serde(serialize_with = "Instant::write")]
    started_at: Timestamp,
    /// When it ended.
    #[serde(serialize_with = "Instant::write")]
    ended_at: Timestamp,
}
