//! What a run's events add up to, and which of them deserve a line.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::paint::{one_line, scene_text};
use crate::engine::{CodeName, Event, Failure};
use crate::model::{AccountName, counted, grouped, rough_duration, visible, visible_path};

/// Failures after so many are only counted.
const FAILURES: u64 = 20;

/// The sums of a run so far.
#[derive(Debug, Default)]
pub(super) struct RunSums {
    pub(super) issues: u64,
    pub(super) fetches: u64,
    pub(super) issued: u64,
    pub(super) fetched: u64,
    pub(super) verified: u64,
    pub(super) failed: u64,
    retried: u64,
    /// Until when each account waits.
    pauses: BTreeMap<AccountName, Timestamp>,
}

impl RunSums {
    /// Counts an event and gives the line it deserves, if any. `verbose` is for each code's steps.
    pub(super) fn take(&mut self, at: Timestamp, event: &Event, verbose: bool) -> Option<String> {
        match event {
            Event::Started { issues, fetches, campaigns } => {
                (self.issues, self.fetches) = (*issues, *fetches);
                Some(format!(
                    "started: {} to issue, {} to fetch, {}",
                    counted(*issues, "code"),
                    counted(*fetches, "picture"),
                    counted(*campaigns, "campaign")
                ))
            }
            Event::Issued { code, generation } => {
                self.issued += 1;
                verbose.then(|| format!("issued {} (generation {generation})", code_text(code)))
            }
            Event::Fetched { code } => {
                self.fetched += 1;
                verbose.then(|| format!("fetched {}", code_text(code)))
            }
            Event::Verified { code } => {
                self.verified += 1;
                verbose.then(|| format!("verified {}", code_text(code)))
            }
            Event::Retrying { code, failure, attempts, after } => {
                self.retried += 1;
                verbose.then(|| retrying_text(code, failure, *attempts, *after))
            }
            Event::Failed { code, failure } => {
                self.failed += 1;
                if verbose || self.failed <= FAILURES {
                    let stage = failure.stage;
                    Some(format!("failed {} ({stage}): {}", code_text(code), one_line(&failure.to_string())))
                } else {
                    (self.failed == FAILURES + 1).then(|| "further failures are only counted".to_owned())
                }
            }
            Event::Paused { account, wait } => self.pause(at, account, *wait),
            Event::AccountTrouble { account, message, patience } => {
                let patience = rough_duration(*patience);
                Some(format!(
                    "account {account} cannot work yet and goes on trying for up to {patience}: {}",
                    one_line(message)
                ))
            }
            Event::AccountStopped { account, message } => {
                Some(format!("account {account} issues nothing more: {}", one_line(message)))
            }
            Event::Bundling { campaign, codes } => {
                verbose.then(|| format!("bundling {campaign} ({})", counted(*codes, "code")))
            }
            Event::Bundled { path, revision, codes, .. } => Some(format!(
                "bundled {} (revision {revision}, {})",
                visible_path(path),
                counted(*codes, "code")
            )),
            Event::Stopping { signal } => {
                Some(format!("{signal}: nothing new is begun, what is under way is finished"))
            }
            Event::BundleProgress { .. } | Event::Tick => None,
        }
    }

    /// An account that waits already, as its other tasks report, is not told of twice.
    fn pause(&mut self, at: Timestamp, account: &AccountName, wait: Duration) -> Option<String> {
        let until = at.checked_add(wait).unwrap_or(at);
        let known = self.pauses.get(account).copied().filter(|known| *known > at);
        self.pauses.insert(account.clone(), known.map_or(until, |known| known.max(until)));
        let wait = rough_duration(wait);
        known.is_none().then(|| format!("account {account} pauses for {wait}: its minute quota is spent"))
    }

    /// How long the longest pause that goes on still lasts.
    pub(super) fn pause_left(&self, at: Timestamp) -> Option<Duration> {
        self.pauses
            .values()
            .max()
            .filter(|until| **until > at)
            .map(|until| until.duration_since(at).unsigned_abs())
    }

    /// `issued 312 of 1,000, verified 300, failed 2`
    pub(super) fn text(&self) -> String {
        let mut parts = Vec::new();
        if self.issues > 0 {
            parts.push(format!("issued {} of {}", grouped(self.issued), grouped(self.issues)));
            parts.push(format!("verified {}", grouped(self.verified)));
        } else if self.fetches == 0 {
            parts.push("nothing to issue or fetch".to_owned());
        } else {
            parts.push(format!("verified {} of {}", grouped(self.verified), grouped(self.fetches)));
        }
        for (number, word) in [(self.failed, "failed"), (self.retried, "retried")] {
            parts.extend((number > 0).then(|| format!("{word} {}", grouped(number))));
        }
        parts.join(", ")
    }
}

/// `metro-screens 1001`
fn code_text(CodeName { campaign, scene }: &CodeName) -> String {
    format!("{} {}", visible(campaign.as_str()), visible(&scene_text(scene)))
}

/// `metro 1001 again in 2 s, after 1 request: …`
fn retrying_text(code: &CodeName, failure: &Failure, attempts: u32, after: Duration) -> String {
    let (code, after) = (code_text(code), rough_duration(after));
    let requests = counted(u64::from(attempts), "request");
    format!("{code} again in {after}, after {requests}: {}", one_line(&failure.to_string()))
}
