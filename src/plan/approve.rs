//! Approval: only an approved plan can be run.

use super::Plan;
use crate::model::counted;

/// Whether permanent codes may be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Somebody said yes, said so beforehand (`--yes`), or there is nobody to ask: the file's
    /// `permanent_budget` speaks.
    Granted,
    /// Somebody said no.
    Withheld,
}

/// A plan that may be run. There is no other way to one than [`Plan::approve`].
#[derive(Debug)]
pub struct ApprovedPlan(Plan);

impl ApprovedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

/// So many permanent codes were planned, and somebody said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} would have been created, which was declined; nothing was done", counted(*.0, "permanent code"))]
pub struct NotApproved(pub u64);

impl Plan {
    /// Approves the plan, unless it creates permanent codes without consent.
    pub fn approve(self, permanents: Consent) -> Result<ApprovedPlan, NotApproved> {
        match (permanents, self.permanents_needed()) {
            (Consent::Withheld, permanents @ 1..) => Err(NotApproved(permanents)),
            _ => Ok(ApprovedPlan(self)),
        }
    }
}
