//! A retired scene used again: the old prints would count for the new channel.

use std::fmt;

use jiff::Timestamp;

use crate::model::{CampaignName, Channel, Code, CodeRecord, minute_text, quoted};

/// A scene that another channel had, as far as the ledger knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reused {
    channel: Channel,
    campaign: CampaignName,
    last: Last,
}

/// What its last code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Alive(Timestamp),
    Dead(Timestamp),
    Permanent,
    /// A permanent one was asked for, and the answer was lost.
    Unknown,
}

/// Whether a code is a retired scene under another channel, and no `reuse: true` says that this is meant.
pub(super) fn reused(code: &Code, record: &CodeRecord, now: Timestamp) -> Option<Reused> {
    if !record.retired || code.is_reuse() || record.labels.channel == code.labels().channel {
        return None;
    }
    let last = match record.latest.as_ref().map(|latest| latest.expires_at) {
        Some(Some(at)) if now < at => Last::Alive(at),
        Some(Some(at)) => Last::Dead(at),
        Some(None) => Last::Permanent,
        None if record.permanent_asked => Last::Unknown,
        // Nothing was ever printed.
        None => return None,
    };
    Some(Reused { channel: record.labels.channel.clone(), campaign: record.campaign.clone(), last })
}

impl fmt::Display for Reused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channel, campaign, last } = self;
        write!(
            f,
            "the scene was {} of campaign {campaign}, now retired; its last code ",
            quoted(channel.as_str())
        )?;
        match last {
            Last::Alive(at) => write!(f, "dies on {}", minute_text(*at))?,
            Last::Dead(at) => write!(f, "died on {}", minute_text(*at))?,
            Last::Permanent => f.write_str("is permanent")?,
            Last::Unknown => f.write_str("may be permanent: its answer was lost")?,
        }
        f.write_str(
            ". Scans of old prints would count for the new channel: use another scene, or write `reuse: true`",
        )
    }
}
