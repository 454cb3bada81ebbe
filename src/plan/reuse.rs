//! A retired scene used again: the old prints would count for the new channel.

use jiff::Timestamp;

use crate::model::{Code, CodeRecord, minute_text, quoted};

/// Why a code is refused that is a retired scene under another channel, if no `reuse: true` says that this is meant.
pub(super) fn reused(code: &Code, record: &CodeRecord, now: Timestamp) -> Option<String> {
    if !record.retired || code.is_reuse() || record.labels.channel == code.labels().channel {
        return None;
    }
    let last = match record.latest.as_ref().map(|latest| latest.expires_at) {
        Some(Some(at)) if now < at => format!("dies on {}", minute_text(at)),
        Some(Some(at)) => format!("died on {}", minute_text(at)),
        Some(None) => "is permanent".to_owned(),
        None if record.permanent_asked => "may be permanent: its answer was lost".to_owned(),
        // Nothing was ever printed.
        None => return None,
    };
    let (channel, campaign) = (quoted(record.labels.channel.as_str()), &record.campaign);
    Some(format!(
        "the scene was {channel} of campaign {campaign}, now retired; its last code {last}. Scans of old prints would \
         count for the new channel: use another scene, or write `reuse: true`"
    ))
}
