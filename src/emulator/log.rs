//! What was asked and answered lately. Secrets and access tokens are never in it.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// Requests that are kept.
const KEPT: usize = 10_000;

/// Which part of the platform is asked. Faults and the control port have these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Endpoint {
    /// `/cgi-bin/token` and `/cgi-bin/stable_token`.
    Token,
    /// `/cgi-bin/qrcode/create`.
    Create,
    /// `/cgi-bin/showqrcode`.
    Picture,
    /// `/cgi-bin/openapi/quota/get`, `/cgi-bin/clear_quota` and `/cgi-bin/clear_quota/v2`.
    Quota,
    /// A path that the platform does not have. No fault is for it.
    #[serde(skip_deserializing)]
    Unknown,
}

/// A request and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoggedRequest {
    /// From 1, in the order in which requests were decided.
    pub number: u64,
    /// When it was decided, by the emulator's clock.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// Where it went.
    pub endpoint: Endpoint,
    /// The scene that is asked for, or that the ticket was given for.
    pub scene: Option<String>,
    /// The ticket of a picture, cut to 200 characters.
    pub ticket: Option<String>,
    /// The account, as far as the request tells: the appid it names, or that of its access token or ticket.
    pub appid: Option<String>,
    /// The number of the fault that was applied.
    pub fault: Option<u64>,
    /// The HTTP status that is answered; none if the answer is lost or never comes.
    pub status: Option<u16>,
    /// The errcode that is answered, if it is an error.
    pub errcode: Option<i64>,
}

/// The last requests.
#[derive(Default)]
pub(super) struct Log {
    requests: VecDeque<LoggedRequest>,
    last: u64,
}

fn as_text<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(instant)
}

impl Log {
    /// Keeps a request under the next number.
    pub(super) fn push(&mut self, request: LoggedRequest) {
        self.last += 1;
        if self.requests.len() == KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(LoggedRequest { number: self.last, ..request });
    }

    /// The requests that are kept with a number above this, oldest first.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = &LoggedRequest> {
        let first = self.last - self.requests.len() as u64;
        let skipped = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX);
        self.requests.iter().skip(skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_requests_are_kept() {
        let mut log = Log::default();
        let request = LoggedRequest {
            number: 0,
            at: Timestamp::UNIX_EPOCH,
            endpoint: Endpoint::Unknown,
            scene: None,
            ticket: None,
            appid: None,
            fault: None,
            status: Some(404),
            errcode: None,
        };
        for _ in 0..KEPT + 5 {
            log.push(request.clone());
        }
        let numbers = |after| log.after(after).map(|request| request.number).collect::<Vec<_>>();
        assert_eq!((numbers(0).len(), numbers(0)[0], numbers(3)[0]), (KEPT, 6, 6));
        assert_eq!(numbers(10_003), [10_004, 10_005]);
        assert_eq!(numbers(20_000), [0; 0]);
    }
}
