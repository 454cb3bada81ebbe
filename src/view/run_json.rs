//! A run's outcome as a JSON document.

use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::ProblemLine;
use super::document;
use crate::engine::{AccountSummary, CampaignSummary, FailedCode, RunSummary, Stage};
use crate::exit::{Exit, Outcome};
use crate::hooks::HookRun;
use crate::model::{AccountName, CampaignName, Digest, Instant, PathText, Scene, schema_of};
use crate::plan::{self, BundleState};

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
    let campaigns = summary.map_or(&[][..], |summary| &summary.campaigns);
    let document = Document {
        format: FORMAT,
        exit: exit.code(),
        outcome: exit.outcome(),
        message,
        campaigns: campaigns.iter().map(CampaignLine::new).collect(),
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
    /// What happened, for people; empty where all is done.
    message: &'a str,
    /// The campaigns that were acted on.
    campaigns: Vec<CampaignLine<'a>>,
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

/// What became of one campaign.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Campaign")]
struct CampaignLine<'a> {
    /// Its name.
    campaign: &'a CampaignName,
    /// Its account.
    account: &'a AccountName,
    /// The account it has in the files, where that is another one: then these are the codes it leaves behind.
    moved_to: Option<&'a AccountName>,
    /// The exit code it would have had alone.
    exit: u8,
    /// Where its bundle is; null where there is none.
    #[serde(serialize_with = "PathText::write_or_null")]
    bundle: &'a Option<PathBuf>,
    /// The bundle's SHA-256.
    bundle_sha256: Option<Digest>,
    /// Whether the bundle is what the files and the ledger say.
    bundle_state: BundleState,
    /// The bundle's revision.
    revision: Option<u64>,
    /// How many codes there are of each action, and how many failed.
    counts: Counts,
    /// The codes that failed.
    failed: Vec<FailedLine<'a>>,
    /// What happened, for people; empty where all is done.
    message: &'a str,
    /// Codes that were not finished: not tried any more, or issued and their picture not verified, because a quota was
    /// spent, the pictures did not come, an account or the run was stopped. What was issued is kept.
    not_tried: u64,
    /// Codes that `--only` left out, or that a file with problems may want, and for which the bundle was left alone.
    left_out: u64,
    /// Where the bundle of `--allow-partial` is; null where none was written.
    #[serde(serialize_with = "PathText::write_or_null")]
    partial_bundle: &'a Option<PathBuf>,
}

/// How many codes there are of each action, and how many failed.
#[derive(Serialize, JsonSchema)]
struct Counts {
    #[serde(flatten)]
    actions: plan::Counts,
    /// Codes that failed.
    failed: u64,
}

/// A code that failed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Failed")]
struct FailedLine<'a> {
    #[serde(flatten)]
    scene: &'a Scene,
    /// Where it failed.
    stage: Stage,
    /// The platform's error code, where it gave one.
    errcode: Option<i64>,
    /// The platform's request id, which its support asks for.
    rid: Option<&'a str>,
    /// What happened, for people.
    message: &'a str,
}

impl<'a> CampaignLine<'a> {
    fn new(campaign: &'a CampaignSummary) -> Self {
        Self {
            campaign: &campaign.name,
            account: &campaign.account,
            moved_to: campaign.moved_to.as_ref(),
            exit: campaign.exit.code(),
            bundle: &campaign.bundle,
            bundle_sha256: campaign.bundle_sha256,
            bundle_state: campaign.bundle_state,
            revision: campaign.revision,
            counts: Counts { actions: campaign.counts, failed: campaign.failed.len() as u64 },
            failed: campaign.failed.iter().map(FailedLine::new).collect(),
            message: &campaign.message,
            not_tried: campaign.not_tried,
            left_out: campaign.left_out + campaign.unaccounted,
            partial_bundle: &campaign.partial_bundle,
        }
    }
}

impl<'a> FailedLine<'a> {
    fn new(FailedCode { scene, failure }: &'a FailedCode) -> Self {
        Self {
            scene,
            stage: failure.stage,
            errcode: failure.errcode,
            rid: failure.rid.as_deref(),
            message: &failure.message,
        }
    }
}
