//! What a code was before a run relabels it.

use std::fmt;

use crate::model::{CampaignName, Channel, Code, CodeRecord, quoted};

/// What was otherwise of a code that is relabelled: at least one of it. The channel is told first, since scans count
/// for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The channel it had, where that was another.
    pub channel: Option<Channel>,
    /// The campaign it was in, where that was another.
    pub campaign: Option<CampaignName>,
    /// Whether it was retired.
    pub retired: bool,
}

impl Before {
    /// `None` where nothing was otherwise.
    pub(super) fn of(record: &CodeRecord, campaign: &CampaignName, code: &Code) -> Option<Self> {
        let channel = Some(&record.labels.channel).filter(|channel| **channel != code.labels().channel);
        let before = Self {
            channel: channel.cloned(),
            campaign: Some(&record.campaign).filter(|before| *before != campaign).cloned(),
            retired: record.retired,
        };
        let is_other = before.channel.is_some() || before.campaign.is_some() || before.retired;
        is_other.then_some(before)
    }

    /// The words for a row of codes whose first this is: `channel was "Store 1" … "Store 9"; was in campaign stores`
    pub fn words_to(&self, last: &Self) -> String {
        let shown = |channel: &Channel| quoted(channel.as_str());
        let channel = match (&self.channel, &last.channel) {
            (Some(first), Some(last)) if first != last => {
                Some(format!("channel was {} … {}", shown(first), shown(last)))
            }
            (channel, _) => channel.as_ref().map(|channel| format!("channel was {}", shown(channel))),
        };
        let campaign = self.campaign.as_ref().map(|campaign| format!("was in campaign {campaign}"));
        let retired = self.retired.then(|| "was retired, is wanted again".to_owned());
        [channel, campaign, retired].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words_to(self))
    }
}
