//! Who goes first when not all codes can be issued.

use jiff::Timestamp;

use super::action::ActionKind;
use crate::model::CodeRecord;

/// The turn of a code's ticket: renewals go before creations, and what expires first before the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    creates: bool,
    is_new: bool,
    expires_at: Option<Timestamp>,
}

impl Turn {
    /// Of a code of which the ledger has this record.
    pub fn new(kind: ActionKind, record: Option<&CodeRecord>) -> Self {
        let latest = record.and_then(|record| record.latest.as_ref());
        Self {
            creates: kind == ActionKind::Create,
            is_new: latest.is_none(),
            expires_at: latest.and_then(|latest| latest.expires_at),
        }
    }
}
