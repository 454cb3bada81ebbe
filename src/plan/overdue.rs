//! What must not be passed over in silence: campaigns that no run has finished for too long, and codes that expire soon.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::status::{CampaignStatus, Status};
use crate::model::{
    AccountName, CampaignName, beijing_date, counted, has_ended, minute_text, rough_duration,
};
use crate::paper::ComesDown;

/// What is expected of every campaign that has not ended; its codes that left the files and that no run has retired
/// count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// A run left everything of it done within so long.
    pub max_age: Option<Duration>,
    /// Every code works for so long yet, or until the campaign's last day is over, and so does what hangs on paper
    /// though it was replaced.
    pub min_left: Option<Duration>,
}

/// A campaign of which something is overdue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Overdue<'a> {
    /// Its name.
    pub campaign: &'a CampaignName,
    /// Its account.
    pub account: &'a AccountName,
    /// What is overdue, for people.
    pub message: String,
    /// How it stands.
    #[serde(skip)]
    pub status: &'a CampaignStatus,
}

impl Status {
    /// Which campaigns are not as expected, and in words why; by campaign, without those that have ended or hold no
    /// code. Of a campaign that is in no file only codes count that no run has retired.
    pub fn overdue(&self, expected: Expected) -> Vec<Overdue<'_>> {
        let mut overdue = Vec::new();
        let counts = |campaign: &&CampaignStatus| !campaign.is_over() && campaign.codes.all > 0;
        for status in self.campaigns.iter().filter(counts) {
            let silence = expected.max_age.and_then(|max_age| status.silence(max_age, self.now));
            let expiries = expected.min_left.map(|min_left| status.expiries(min_left, self.now));
            let messages = silence.into_iter().chain(expiries.into_iter().flatten());
            let (campaign, account) = (&status.name, &status.account);
            overdue.extend(messages.map(|message| Overdue { campaign, account, message, status }));
        }
        overdue
    }
}

impl CampaignStatus {
    fn silence(&self, max_age: Duration, now: Timestamp) -> Option<String> {
        let allowed = rough_duration(max_age);
        let Some(succeeded_at) = self.succeeded_at else {
            return Some(format!("no run has ever left it done; one is expected every {allowed}"));
        };
        let age = now.duration_since(succeeded_at);
        (age > SignedDuration::try_from(max_age).unwrap_or(SignedDuration::MAX)).then(|| {
            format!(
                "no run has left it done since {}, {} ago; one is expected every {allowed}",
                minute_text(succeeded_at),
                rough_duration(age.unsigned_abs())
            )
        })
    }

    fn expiries(&self, min_left: Duration, now: Timestamp) -> Vec<String> {
        let mut words = Vec::new();
        let verb = |codes: u64| if codes == 1 { "is" } else { "are" };
        if self.codes.expired > 0 {
            words.push(format!("{} {} dead", counted(self.codes.expired, "code"), verb(self.codes.expired)));
        }
        if self.codes.never_issued > 0 {
            let codes = counted(self.codes.never_issued, "code");
            words.push(format!("{codes} {} without a ticket", verb(self.codes.never_issued)));
        }
        let until = now.checked_add(min_left);
        let is_soon = |at: Timestamp| until.as_ref().map_or(true, |until| at < *until);
        let next = self.codes.next_expiry_at.filter(|at| !has_ended(self.until, *at) && is_soon(*at));
        words.extend(next.map(|at| {
            format!(
                "the next code dies at {}, in {}; at least {} are to be left",
                minute_text(at),
                rough_duration(at.duration_since(now).unsigned_abs()),
                rough_duration(min_left)
            )
        }));
        for why in ComesDown::ALL {
            let early = self.paper.early.iter().filter(|(of, at)| *of == why && is_soon(*at));
            let early: Vec<Timestamp> = early.map(|(_, at)| *at).collect();
            words.extend(early.first().map(|first| paper(why, early.len() as u64, *first, min_left, now)));
        }
        words
    }
}

/// In words that pieces of paper expire too soon, or have expired: `first` is the first of them.
fn paper(why: ComesDown, pieces: u64, first: Timestamp, min_left: Duration, now: Timestamp) -> String {
    let left = if first <= now {
        format!("died at {}", minute_text(first))
    } else {
        format!(
            "dies at {}, in {} (at least {} are to be left)",
            minute_text(first),
            rough_duration(first.duration_since(now).unsigned_abs()),
            rough_duration(min_left)
        )
    };
    let what = match (why, pieces) {
        (ComesDown::Replace, 1) => "is an earlier picture, and",
        (ComesDown::Replace, _) => "are earlier pictures, the first of which",
        (ComesDown::TakeDown, 1) => "is of a code for screens, and",
        (ComesDown::TakeDown, _) => "are of codes for screens, the first of which",
    };
    let how = if why == ComesDown::Replace { " (`scenepress handoff`)" } else { "" };
    format!(
        "{} of paper {what} {left}: {}{how}, or accept it in the file: `accept_expiry: {}`",
        counted(pieces, "piece"),
        why.advice(pieces),
        beijing_date(first)
    )
}
