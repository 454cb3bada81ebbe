//! What every part of one run can see.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::{Event, Monitor};
use super::folders::Folders;
use super::session::AccountSession;
use super::settle;
use super::tally::Tally;
use crate::clock;
use crate::exit::Stop;
use crate::ledger::{Ledger, LedgerError};
use crate::model::{AppId, History};
use crate::plan::{ApprovedPlan, Plan};

/// What every part of one run can see.
pub(super) struct Run {
    pub(super) plan: ApprovedPlan,
    pub(super) sessions: BTreeMap<AppId, Arc<AccountSession>>,
    pub(super) folders: Folders,
    pub(super) allow_partial: bool,
    pub(super) monitor: Arc<dyn Monitor>,
    pub(super) stop: Stop,
    pub(super) tally: Tally,
}

impl Run {
    pub(super) fn plan(&self) -> &Plan {
        self.plan.plan()
    }

    pub(super) fn event(&self, event: &Event) {
        self.monitor.event(clock::now(), event);
    }

    /// Reads the history again, after something was recorded.
    pub(super) fn reload<L: Ledger>(&self, ledger: &L) -> Result<History, LedgerError> {
        settle::reload(self.plan(), ledger)
    }
}
