//! What must not be passed over in silence: campaigns that no run has finished for too long, and codes that die soon.

use std::time::Duration;

use jiff::Timestamp;

use super::paper::PaperFacts;
use super::policy::has_ended;
use super::status::{CampaignStatus, Status};
use crate::model::{beijing_date, counted, minute_text, rough_duration};

/// What is expected of every campaign that has not ended; its codes that left the files and that no run has retired
/// count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// A run left everything of it done within so long.
    pub max_age: Option<Duration>,
    /// Every code lives for so long yet, or until the campaign's last day is over, and so does what hangs on paper though
    /// it was replaced.
    pub min_left: Option<Duration>,
}

impl Status {
    /// Which campaigns are not as expected, and in words why; by campaign, without those that have ended or hold no
    /// code: of one that is in no file only codes count that no run has retired.
    pub fn overdue(&self, expected: Expected) -> Vec<(&CampaignStatus, String)> {
        let mut overdue = Vec::new();
        let counts = |campaign: &&CampaignStatus| !campaign.is_over() && campaign.codes > 0;
        for campaign in self.campaigns.iter().filter(counts) {
            let silence = expected.max_age.and_then(|max_age| campaign.silence(max_age, self.now));
            let deaths = expected.min_left.map(|min_left| campaign.deaths(min_left, self.now));
            let words = silence.into_iter().chain(deaths.into_iter().flatten());
            overdue.extend(words.map(|words| (campaign, words)));
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
        (age > jiff::SignedDuration::try_from(max_age).unwrap_or(jiff::SignedDuration::MAX)).then(|| {
            format!(
                "no run has left it done since {}, {} ago; one is expected every {allowed}",
                minute_text(succeeded_at),
                rough_duration(age.unsigned_abs())
            )
        })
    }

    fn deaths(&self, min_left: Duration, now: Timestamp) -> Vec<String> {
        let mut words = Vec::new();
        let verb = |codes: u64| if codes == 1 { "is" } else { "are" };
        if self.expired > 0 {
            words.push(format!("{} {} dead", counted(self.expired, "code"), verb(self.expired)));
        }
        if self.never_issued > 0 {
            let codes = counted(self.never_issued, "code");
            words.push(format!("{codes} {} without a ticket", verb(self.never_issued)));
        }
        let dies_at = self.next_expiry_at.filter(|dies_at| !has_ended(self.until, *dies_at));
        if let Some(dies_at) = dies_at
            && now.checked_add(min_left).map_or(true, |at| dies_at < at)
        {
            words.push(format!(
                "the next code dies at {}, in {}; at least {} are to be left",
                minute_text(dies_at),
                rough_duration(dies_at.duration_since(now).unsigned_abs()),
                rough_duration(min_left)
            ));
        }
        let PaperFacts { outdated, for_screens, .. } = &self.paper;
        let to_do = |one| {
            if one {
                "print the newest and hand it over (`scenepress handoff`)"
            } else {
                "print the newest and hand them over (`scenepress handoff`)"
            }
        };
        words.extend(paper(
            &outdated.deaths,
            ["is an earlier picture", "are earlier pictures"],
            &to_do,
            min_left,
            now,
        ));
        let to_do = |one| {
            if one {
                "take it down, or declare it `medium: paper` and print it"
            } else {
                "take them down, or declare them `medium: paper` and print them"
            }
        };
        let what = ["is of a code for screens", "are of codes for screens"];
        words.extend(paper(&for_screens.deaths, what, &to_do, min_left, now));
        words
    }
}

/// In words that pieces of paper die too soon, or have died; `None` where none does.
fn paper(
    deaths: &[Timestamp],
    [is, are]: [&str; 2],
    to_do: &dyn Fn(bool) -> &'static str,
    min_left: Duration,
    now: Timestamp,
) -> Option<String> {
    let soon = |at: &&Timestamp| now.checked_add(min_left).map_or(true, |until| **at < until);
    let first = *deaths.first().filter(soon)?;
    let count = deaths.iter().filter(soon).count() as u64;
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
    let what = if count == 1 { format!("{is}, and") } else { format!("{are}, the first of which") };
    Some(format!(
        "{} of paper {what} {left}: {}, or accept it in the file: `accept_expiry: {}`",
        counted(count, "piece"),
        to_do(count == 1),
        beijing_date(first)
    ))
}
