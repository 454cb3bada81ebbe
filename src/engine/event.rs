//! What happens while a run goes on. The engine sends events; what is shown of them is decided elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::outcome::Failure;
use crate::model::{AccountName, CampaignName, Scene};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeName {
    /// Its campaign.
    pub campaign: CampaignName,
    /// Its scene.
    pub scene: Scene,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
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
        /// Of this code.
        code: CodeName,
        /// Its new generation.
        generation: u32,
    },
    /// A picture arrived.
    Fetched {
        /// Of this code.
        code: CodeName,
    },
    /// A picture was found to carry its url, and was stored.
    Verified {
        /// Of this code.
        code: CodeName,
    },
    /// A request will be made again.
    Retrying {
        /// For this code.
        code: CodeName,
        /// What went wrong.
        failure: Failure,
        /// How many requests were made for it so far.
        attempts: u32,
        /// When the next one comes.
        after: Duration,
    },
    /// A code was given up for this run.
    Failed {
        /// This one.
        code: CodeName,
        /// Why.
        failure: Failure,
    },
    /// An account waits, because its minute quota is spent.
    Paused {
        /// This one.
        account: AccountName,
        /// For so long.
        wait: Duration,
    },
    /// An account issues nothing more in this run.
    AccountStopped {
        /// This one.
        account: AccountName,
        /// Why, and what to do.
        message: String,
    },
    /// A bundle is being written.
    Bundling {
        /// Of this campaign.
        campaign: CampaignName,
        /// Pictures in it.
        codes: u64,
    },
    /// Pictures of a bundle were written.
    BundleProgress {
        /// Of this campaign.
        campaign: CampaignName,
        /// So many so far.
        codes: u64,
    },
    /// A bundle was written, read again and put in its place.
    Bundled {
        /// Of this campaign.
        campaign: CampaignName,
        /// Here.
        path: PathBuf,
        /// Its revision.
        revision: u64,
        /// Pictures in it.
        codes: u64,
    },
    /// A signal came: nothing new is begun.
    Stopping {
        /// `SIGINT`, `SIGTERM` or `SIGHUP`.
        signal: &'static str,
    },
    /// About a second has passed: a moment to show what goes on.
    Tick,
}
