//! What happens while a run goes on. The engine sends events; what is shown of them is decided elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::outcome::Failure;
use crate::model::{AccountName, CampaignName, PathText, Scene};

/// Where a run's events go.
///
/// Called from many tasks at once; must not block for long and must not fail.
pub trait Monitor: Send + Sync {
    /// Takes one event, which happened at `at`.
    fn event(&self, at: Timestamp, event: &Event);
}

/// A monitor that shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn event(&self, _at: Timestamp, _event: &Event) {}
}

/// Which code an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CodeName {
    /// The campaign it is about.
    pub campaign: CampaignName,
    /// What the code carries that it is about.
    #[serde(flatten)]
    pub scene: Scene,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run begins: how much there is to do.
    Started {
        /// Tickets to be issued.
        issues: u64,
        /// Pictures to be fetched and verified, those of the new tickets included.
        fetches: u64,
        /// Campaigns acted on.
        campaigns: u64,
    },
    /// A ticket was issued and recorded.
    Issued {
        /// The code.
        #[serde(flatten)]
        code: CodeName,
        /// Its new generation.
        generation: u32,
    },
    /// A picture arrived.
    Fetched {
        /// The code.
        #[serde(flatten)]
        code: CodeName,
    },
    /// A picture was found to carry its url, and was stored.
    Verified {
        /// The code.
        #[serde(flatten)]
        code: CodeName,
    },
    /// A request will be made again.
    Retrying {
        /// The code.
        #[serde(flatten)]
        code: CodeName,
        /// What went wrong.
        #[serde(flatten)]
        failure: Failure,
        /// How many requests were made so far.
        attempts: u32,
        /// How long it waits.
        #[serde(rename = "after_seconds", serialize_with = "in_seconds")]
        #[schemars(with = "f64")]
        after: Duration,
    },
    /// A code was given up for this run.
    Failed {
        /// The code.
        #[serde(flatten)]
        code: CodeName,
        /// What went wrong.
        #[serde(flatten)]
        failure: Failure,
    },
    /// An account waits, because its minute quota is spent.
    Paused {
        /// The account it is about.
        account: AccountName,
        /// How long it waits.
        #[serde(rename = "after_seconds", serialize_with = "in_seconds")]
        #[schemars(with = "f64")]
        wait: Duration,
    },
    /// An account has trouble: nobody answers, or it gets no access token. Told once, until something goes well again.
    AccountTrouble {
        /// The account it is about.
        account: AccountName,
        /// What went wrong, for people.
        message: String,
        /// How long it is tried again before the account gives up.
        #[serde(rename = "gives_up_after_seconds", serialize_with = "in_seconds")]
        #[schemars(with = "f64")]
        patience: Duration,
    },
    /// An account issues nothing more in this run.
    AccountStopped {
        /// The account it is about.
        account: AccountName,
        /// What went wrong, for people.
        message: String,
    },
    /// A bundle is being written.
    Bundling {
        /// The campaign it is about.
        campaign: CampaignName,
        /// Pictures in the bundle.
        codes: u64,
    },
    /// Pictures of a bundle were written. No document has it.
    #[serde(skip)]
    BundleProgress {
        /// The campaign it is about.
        campaign: CampaignName,
        /// Pictures written so far.
        codes: u64,
    },
    /// A bundle was written, read again and put in its place.
    Bundled {
        /// The campaign it is about.
        campaign: CampaignName,
        /// Pictures in the bundle.
        codes: u64,
        /// Where the bundle is.
        #[serde(rename = "bundle", serialize_with = "PathText::write")]
        path: PathBuf,
        /// The bundle's revision.
        revision: u64,
    },
    /// A signal came: nothing new is begun.
    Stopping {
        /// Which signal came: `SIGINT`, `SIGTERM` or `SIGHUP`.
        signal: &'static str,
    },
    /// About a second has passed: a moment to show what goes on. No document has it.
    #[serde(skip)]
    Tick,
}

fn in_seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
