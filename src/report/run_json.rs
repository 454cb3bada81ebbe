//! A run's outcome as a JSON document.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::document::Document;
use super::plan_json::CountsLine;
use super::{HookLine, ProblemLine};
use crate::engine::{AccountSummary, CampaignSummary, FailedCode, RunSummary};
use crate::model::rfc3339;

/// A run's outcome in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All done, or nothing to do.
    Done,
    /// Some codes failed; the others are safe.
    Partial,
    /// A limit, a mark or a digest refused it.
    Refused,
    /// A quota is spent; the rest waits.
    Quota,
    /// The platform refuses the account.
    Account,
    /// A signal stopped it.
    Stopped,
    /// Anything else.
    Failed,
}

impl Outcome {
    /// The word in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Quota => "quota",
            Self::Account => "account",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// The word that belongs to an exit code.
    pub fn of_exit(exit: u8) -> Self {
        match exit {
            0 => Self::Done,
            3 => Self::Partial,
            4 => Self::Refused,
            5 => Self::Quota,
            7 => Self::Account,
            130 | 143 => Self::Stopped,
            _ => Self::Failed,
        }
    }
}

/// What the document is made from.
#[derive(Debug, Clone, Copy)]
pub struct RunDocument<'a> {
    /// What became of the run; `None` where it did not begin.
    pub summary: Option<&'a RunSummary>,
    /// The program's exit code, from which the outcome follows.
    pub exit: u8,
    /// What happened, in one line.
    pub message: &'a str,
    /// Problems of the campaign files, and whatever else kept the run from beginning.
    pub problems: &'a [ProblemLine],
    /// The hooks that were run, in order.
    pub hooks: &'a [HookLine],
    /// When the program began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
}

/// Writes the document.
pub fn run_json(out: &mut dyn Write, run: &RunDocument<'_>) -> io::Result<()> {
    let campaigns = run.summary.map_or(&[][..], |summary| &summary.campaigns);
    let accounts = run.summary.map_or(&[][..], |summary| &summary.accounts);
    let mut document = Document::begin(out)?;
    document.field("format", &1)?;
    document.field("exit", &run.exit)?;
    document.field("outcome", &Outcome::of_exit(run.exit))?;
    document.field("message", &run.message)?;
    document.list("campaigns", campaigns.iter().map(CampaignLine::new))?;
    document.list("accounts", accounts.iter().map(AccountLine::new))?;
    document.list("problems", run.problems)?;
    document.list("hooks", run.hooks)?;
    document.field("started_at", &rfc3339(run.started_at))?;
    document.field("ended_at", &rfc3339(run.ended_at))?;
    document.finish()
}

#[derive(Serialize)]
struct CampaignLine<'a> {
    campaign: &'a str,
    account: &'a str,
    exit: u8,
    bundle: Option<String>,
    bundle_sha256: Option<String>,
    bundle_state: &'static str,
    revision: Option<u64>,
    counts: CountsLine,
    failed: Vec<FailedLine<'a>>,
    message: &'a str,
    not_tried: u64,
    left_out: u64,
    partial_bundle: Option<String>,
}

#[derive(Serialize)]
struct FailedLine<'a> {
    scene: String,
    scene_type: &'static str,
    stage: &'static str,
    errcode: Option<i64>,
    rid: Option<&'a str>,
    message: &'a str,
}

impl<'a> CampaignLine<'a> {
    fn new(campaign: &'a CampaignSummary) -> Self {
        Self {
            campaign: campaign.name.as_str(),
            account: campaign.account.as_str(),
            exit: campaign.end.exit_code(),
            bundle: campaign.bundle.as_ref().map(|path| path.to_string_lossy().into_owned()),
            bundle_sha256: campaign.bundle_sha256.map(|digest| digest.to_string()),
            bundle_state: campaign.bundle_state.as_str(),
            revision: campaign.revision,
            counts: CountsLine::with_failed(&campaign.counts, campaign.failed.len() as u64),
            failed: campaign.failed.iter().map(FailedLine::new).collect(),
            message: &campaign.message,
            not_tried: campaign.not_tried,
            left_out: campaign.left_out,
            partial_bundle: campaign.partial_bundle.as_ref().map(|path| path.to_string_lossy().into_owned()),
        }
    }
}

impl<'a> FailedLine<'a> {
    fn new(FailedCode { scene, failure }: &'a FailedCode) -> Self {
        Self {
            scene: scene.to_string(),
            scene_type: scene.scene_type().as_str(),
            stage: failure.stage.as_str(),
            errcode: failure.errcode,
            rid: failure.rid.as_deref(),
            message: &failure.message,
        }
    }
}

#[derive(Serialize)]
struct AccountLine<'a> {
    account: &'a str,
    appid: &'a str,
    calls: Calls,
}

#[derive(Serialize)]
struct Calls {
    made: u64,
    used_today: u64,
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
