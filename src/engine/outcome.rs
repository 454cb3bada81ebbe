//! What became of a run: values that the summary, the run document and the exit code are made from.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::exit::{Exit, Signal};
use crate::model::{AccountName, AppId, CampaignName, Declared, Digest, PathText, Scene};
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
    /// What failures of one cause have in common: all but the request id.
    pub fn cause(&self) -> (Stage, Option<i64>, &str) {
        (self.stage, self.errcode, &self.message)
    }
}

/// The message with what the platform's support asks for.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { errcode, rid, message, .. } = self;
        match (errcode, rid) {
            (Some(errcode), Some(rid)) => write!(f, "{message} ({errcode}, rid {rid})"),
            (Some(errcode), None) => write!(f, "{message} ({errcode})"),
            (None, Some(rid)) => write!(f, "{message} (rid {rid})"),
            (None, None) => f.write_str(message),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self { stage: error.stage, errcode: error.errcode, rid: error.rid, message: error.message }
    }
}

/// A failure with null for what is not known.
#[derive(Serialize, JsonSchema)]
#[serde(remote = "Failure")]
struct WholeFailure {
    /// Where it failed.
    stage: Stage,
    /// The platform's error code, if it gave one.
    errcode: Option<i64>,
    /// The platform's request id, which its support asks for.
    rid: Option<String>,
    /// What happened, for people.
    message: String,
}

/// A code that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Failed")]
pub struct FailedCode {
    /// Its scene.
    #[serde(flatten)]
    pub scene: Scene,
    /// Why.
    #[serde(flatten, with = "WholeFailure")]
    pub failure: Failure,
}

/// Why an account asks for nothing more in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// How the campaigns end that are not complete.
    pub exit: Exit,
    /// What happened, in one line.
    pub message: String,
    /// The failure that stopped it, if it was one.
    pub failure: Option<Failure>,
}

/// A campaign's bundle as a run left it. Without a path there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunBundle {
    /// Where its bundle is; null if there is none.
    #[serde(rename = "bundle", serialize_with = "PathText::write_or_null")]
    pub path: Option<PathBuf>,
    /// The bundle's SHA-256.
    #[serde(rename = "bundle_sha256")]
    pub digest: Option<Digest>,
    /// Whether the bundle is what the files and the ledger say.
    #[serde(rename = "bundle_state")]
    pub state: BundleState,
    /// The bundle's revision.
    pub revision: Option<u64>,
    /// When it was written.
    #[serde(skip)]
    pub written_at: Option<Timestamp>,
    /// Whether this run wrote it.
    #[serde(skip)]
    pub is_new: bool,
}

/// How many codes there are of each action, and how many failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Counts")]
pub struct RunCounts {
    /// What was done: a code whose picture was not verified is not counted as created or renewed.
    #[serde(flatten)]
    pub actions: Counts,
    /// Codes that failed.
    pub failed: u64,
}

/// What became of one campaign.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Campaign")]
pub struct CampaignSummary {
    /// Its name.
    #[serde(rename = "campaign")]
    pub name: CampaignName,
    /// Its account.
    pub account: AccountName,
    /// The account it has in the files, if that is another one: then these are the codes it leaves behind.
    pub moved_to: Option<AccountName>,
    /// The exit code it would have had alone.
    #[serde(serialize_with = "exit_code")]
    #[schemars(with = "u8")]
    pub exit: Exit,
    /// Its bundle. The codes that a campaign leaves behind on another account have none.
    #[serde(flatten)]
    pub bundle: RunBundle,
    /// How many codes there are of each action, and how many failed.
    pub counts: RunCounts,
    /// The codes that failed.
    pub failed: Vec<FailedCode>,
    /// What happened, for people; empty if all is done.
    pub message: String,
    /// Codes that were not finished: not tried any more, or issued and their picture not verified, because a quota was
    /// spent, the pictures did not come, an account or the run was stopped. What was issued is kept.
    pub not_tried: u64,
    /// Codes that `--only` left out, or that a file with problems may want, and for which the bundle was left alone.
    pub left_out: u64,
    /// Those of them that a file with problems may want.
    #[serde(skip)]
    pub unaccounted: u64,
    /// Where the bundle of `--allow-partial` is; null if none was written.
    #[serde(serialize_with = "PathText::write_or_null")]
    pub partial_bundle: Option<PathBuf>,
    /// Whether the campaign's last day is over: nothing was issued or bundled.
    #[serde(skip)]
    pub ended: bool,
    /// What its codes are declared for.
    #[serde(skip)]
    pub declared: Declared,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn exit_code<S: Serializer>(exit: &Exit, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(exit.code())
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
    /// How this machine's clock differs from the platform's, and what to do, for people. Null if it agrees, or if no code
    /// was asked for.
    pub clock: Option<String>,
    /// Why it asked for nothing more, if it was stopped.
    #[serde(skip)]
    pub stopped: Option<Stopped>,
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

/// How far a run came with the codes that had work to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Tickets that were issued and recorded.
    pub issued: u64,
    /// Pictures that were verified and stored.
    pub verified: u64,
    /// Codes that failed.
    pub failed: u64,
    /// Codes that still have work to do.
    pub left: u64,
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
    /// How far it came.
    pub work: Work,
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
