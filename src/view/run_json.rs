//! A run's outcome as a JSON document.

use std::io::{self, Write};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::ProblemLine;
use super::document;
use crate::engine::{AccountSummary, CampaignSummary, FailedCode, RunSummary, Stage};
use crate::exit::{Exit, Outcome};
use crate::hooks::HookRun;
use crate::model::{AccountName, Digest, SceneType, rfc3339, schema_of};
use crate::plan::{self, BundleState};

/// What the document is made from.
#[derive(Debug, Clone, Copy)]
pub struct RunDocument<'a> {
    /// What became of the run; `None` where it did not begin.
    pub summary: Option<&'a RunSummary>,
    /// How the program ends.
    pub exit: Exit,
    /// What happened, in one line.
    pub message: &'a str,
    /// Problems of the campaign files, and whatever else kept the run from beginning.
    pub problems: &'a [ProblemLine],
    /// The hooks that were run, in order.
    pub hooks: &'a [HookRun],
    /// When the program began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
}

/// Writes the document.
pub fn run_json(out: &mut dyn Write, run: &RunDocument<'_>) -> io::Result<()> {
    let campaigns = run.summary.map_or(&[][..], |summary| &summary.campaigns);
    let accounts = run.summary.map_or(&[][..], |summary| &summary.accounts);
    let document = Document {
        format: FORMAT,
        exit: run.exit.code(),
        outcome: run.exit.outcome(),
        message: run.message,
        campaigns: campaigns.iter().map(CampaignLine::new).collect(),
        accounts: accounts.iter().map(AccountLine::new).collect(),
        problems: run.problems,
        hooks: run.hooks,
        started_at: rfc3339(run.started_at),
        ended_at: rfc3339(run.ended_at),
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
    accounts: Vec<AccountLine<'a>>,
    /// Problems of the campaign files, and whatever else kept the run from beginning.
    problems: &'a [ProblemLine],
    /// The hooks that were run, in order.
    hooks: &'a [HookRun],
    /// When the program began.
    #[schemars(extend("format" = "date-time"))]
    started_at: String,
    /// When it ended.
    #[schemars(extend("format" = "date-time"))]
    ended_at: String,
}

/// What became of one campaign.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Campaign")]
struct CampaignLine<'a> {
    /// Its name.
    campaign: &'a str,
    /// Its account.
    account: &'a str,
    /// The account it has in the files, where that is another one: then these are the codes it leaves behind.
    moved_to: Option<&'a str>,
    /// The exit code it would have had alone.
    exit: u8,
    /// Where its bundle is; null where there is none.
    bundle: Option<String>,
    /// The bundle's SHA-256.
    #[schemars(extend("pattern" = Digest::PATTERN))]
    bundle_sha256: Option<String>,
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
    partial_bundle: Option<String>,
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
    /// What the code carries.
    scene: String,
    /// Whether that is a number or a text.
    scene_type: SceneType,
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
            campaign: campaign.name.as_str(),
            account: campaign.account.as_str(),
            moved_to: campaign.moved_to.as_ref().map(AccountName::as_str),
            exit: campaign.exit.code(),
            bundle: campaign.bundle.as_ref().map(|path| path.to_string_lossy().into_owned()),
            bundle_sha256: campaign.bundle_sha256.map(|digest| digest.to_string()),
            bundle_state: campaign.bundle_state,
            revision: campaign.revision,
            counts: Counts { actions: campaign.counts, failed: campaign.failed.len() as u64 },
            failed: campaign.failed.iter().map(FailedLine::new).collect(),
            message: &campaign.message,
            not_tried: campaign.not_tried,
            left_out: campaign.left_out + campaign.unaccounted,
            partial_bundle: campaign.partial_bundle.as_ref().map(|path| path.to_string_lossy().into_owned()),
        }
    }
}

impl<'a> FailedLine<'a> {
    fn new(FailedCode { scene, failure }: &'a FailedCode) -> Self {
        Self {
            scene: scene.to_string(),
            scene_type: scene.scene_type(),
            stage: failure.stage,
            errcode: failure.errcode,
            rid: failure.rid.as_deref(),
            message: &failure.message,
        }
    }
}

/// What the run cost one account.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
struct AccountLine<'a> {
    /// Its name in `accounts.yaml`.
    account: &'a str,
    /// Its appid.
    appid: &'a str,
    /// Calls against the day's quota.
    calls: Calls,
}

/// Calls against the day's quota.
#[derive(Serialize, JsonSchema)]
struct Calls {
    /// What this run made.
    made: u64,
    /// What this ledger has spent today (Asia/Shanghai).
    used_today: u64,
    /// What this ledger may spend a day.
    daily_quota: u64,
}

impl<'a> AccountLine<'a> {
    fn new(account: &'a AccountSummary) -> Self {
        Self {
            account: account.name.as_str(),
            appid: account.appid.as_str(),
            calls: Calls {
                made: account.calls_made,
                used_today: account.calls_today,
                daily_quota: account.daily_quota,
            },
        }
    }
}
