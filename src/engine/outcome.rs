//! What became of a run: values that the summary, the run document and the exit code are made from.

use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::exit::{Exit, Signal};
use crate::model::{AccountName, AppId, CampaignName, Declared, Digest, Scene};
use crate::plan::{BundleState, Counts};
use crate::wechat::CallError;
pub use crate::wechat::Stage;

/// Why a request, or a whole code, failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    /// Where something went wrong.
    pub stage: Stage,
    /// The platform's error code, if it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errcode: Option<i64>,
    /// The platform's request id, which its support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rid: Option<String>,
    /// What went wrong and what to do, for people: one line without secrets.
    pub message: String,
}

impl Failure {
    /// The message with what the platform's support asks for.
    ///
    /// No code fails of a spent quota, so the identifiers are shown nowhere else.
    pub(super) fn with_identifiers(&self) -> String {
        match (self.errcode, &self.rid) {
            (Some(errcode), Some(rid)) => format!("{} ({errcode}, rid {rid})", self.message),
            (Some(errcode), None) => format!("{} ({errcode})", self.message),
            (None, _) => self.message.clone(),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self { stage: error.stage, errcode: error.errcode, rid: error.rid, message: error.message }
    }
}

/// A code that failed in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCode {
    /// Its scene.
    pub scene: Scene,
    /// Why.
    pub failure: Failure,
}

/// What became of one campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignSummary {
    /// Its name.
    pub name: CampaignName,
    /// Its account.
    pub account: AccountName,
    /// The account it has in the files, where that is another one: these are the codes it leaves behind there, and the
    /// bundle is the other's.
    pub moved_to: Option<AccountName>,
    /// How it ended.
    pub exit: Exit,
    /// Why it is not done, in one line; empty where it is.
    pub message: String,
    /// Where its bundle is, if there is one.
    pub bundle: Option<PathBuf>,
    /// The bundle's SHA-256, as recorded.
    pub bundle_sha256: Option<Digest>,
    /// Whether the bundle is what it should be.
    pub bundle_state: BundleState,
    /// When the bundle at hand was written.
    pub bundled_at: Option<Timestamp>,
    /// Whether this run wrote the bundle.
    pub bundled_now: bool,
    /// The bundle's revision.
    pub revision: Option<u64>,
    /// Where the partial bundle is that this run wrote beside it.
    pub partial_bundle: Option<PathBuf>,
    /// The campaign's last day is over: nothing was issued or bundled.
    pub ended: bool,
    /// What was done: a code whose picture was not verified is not counted as created or renewed.
    pub counts: Counts,
    /// Codes that failed, in the plan's order.
    pub failed: Vec<FailedCode>,
    /// Codes that were not finished: not tried any more, or issued and their picture not verified, because a quota was
    /// spent, the pictures did not come, an account or the run was stopped. What was issued is kept.
    pub not_tried: u64,
    /// What its codes are declared for.
    pub declared: Declared,
    /// Codes that `--only` left out and for which the bundle was left alone.
    pub left_out: u64,
    /// Codes that a file with problems may want, and for which the bundle was left alone.
    pub unaccounted: u64,
}

/// What the run cost one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub struct AccountSummary {
    /// Its name in `accounts.yaml`.
    #[serde(rename = "account")]
    pub name: AccountName,
    /// Its appid.
    pub appid: AppId,
    /// Calls against the day's quota.
    pub calls: Calls,
}

/// Calls against the day's quota. A call that is repeated counts each time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Calls {
    /// What this run made.
    pub made: u64,
    /// What this ledger has spent today (Asia/Shanghai).
    pub used_today: u64,
    /// What this ledger may spend a day.
    pub daily_quota: u64,
}

/// What ended a whole run early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fatal {
    /// A signal.
    Stopped(Signal),
    /// A disk, the ledger, a defect: what happened, in one line.
    Failed(String),
}

impl Fatal {
    /// The run's exit.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Stopped(signal) => (*signal).into(),
            Self::Failed(_) => Exit::Unexpected,
        }
    }

    /// What happened, in one line.
    pub fn message(&self) -> String {
        match self {
            Self::Stopped(signal) => format!("stopped by {}", signal.as_str()),
            Self::Failed(message) => message.clone(),
        }
    }
}

impl<E: std::error::Error> From<E> for Fatal {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Campaigns by name.
    pub campaigns: Vec<CampaignSummary>,
    /// Accounts in use, by name.
    pub accounts: Vec<AccountSummary>,
    /// What ended the whole run early, if something did: a signal, a disk, the ledger.
    pub fatal: Option<Fatal>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
}

impl RunSummary {
    /// How the whole run ended: the first that applies, in the order of [`Exit`].
    pub fn exit(&self) -> Exit {
        let campaigns = self.campaigns.iter().map(|campaign| campaign.exit);
        campaigns.chain(self.fatal.as_ref().map(Fatal::exit)).min().unwrap_or(Exit::Done)
    }
}
