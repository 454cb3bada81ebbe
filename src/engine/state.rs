//! What every part of one run can see.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::event::{Event, Monitor};
use super::folders::Folders;
use super::session::AccountSession;
use super::tally::Tally;
use crate::clock;
use crate::exit::Stop;
use crate::model::AppId;
use crate::plan::{ApprovedPlan, Plan};

/// What every part of one run can see.
pub(super) struct Run {
    pub(super) plan: ApprovedPlan,
    pub(super) sessions: BTreeMap<AppId, Arc<AccountSession>>,
    pub(super) folders: Folders,
    pub(super) allow_partial: bool,
    /// Whether an emulator's codes are not to be recorded.
    pub(super) for_platform: bool,
    pub(super) monitor: Arc<dyn Monitor>,
    pub(super) stop: Stop,
    pub(super) tally: Tally,
    /// Limits how many pictures of all accounts are decoded at once: one for each core.
    pub(super) verifiers: Semaphore,
}

impl Run {
    pub(super) fn plan(&self) -> &Plan {
        self.plan.plan()
    }

    pub(super) fn event(&self, event: &Event) {
        self.monitor.event(clock::now(), event);
    }
}

/// Does work on a thread that may block. It is never cancelled, so an error is a panic, which goes on here.
pub(super) async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|lost| std::panic::resume_unwind(lost.into_panic()))
}
