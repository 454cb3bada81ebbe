//! Faults: what the emulator does wrongly, at which requests.
//!
//! A fault is the keys that a file of faults has for it, and so it is built, added and shown. Of several that meet a
//! request the first is applied.

use std::num::{NonZeroU32, NonZeroU64};

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use serde_yaml::Spanned;

use super::answer::{self, Answer, JSON, http_date};
use super::log::{Endpoint, LoggedRequest};
use super::names::unit;
use super::picture;
use super::tokens::TokenEnd;

/// The keys that say what is done; exactly one of them.
const KINDS: [&str; 11] = [
    "errcode",
    "errcode_as_text",
    "status",
    "answer",
    "reset",
    "hang",
    "slow",
    "delay_ms",
    "short_by",
    "date_off",
    "access_token",
];
/// The keys that belong to another, with that one.
const DETAILS: [(&str, &str); 5] = [
    ("errmsg", "errcode"),
    ("retry_after", "status"),
    ("retry_after_date", "status"),
    ("body", "status"),
    ("every_ms", "slow"),
];
/// A PNG of one white pixel.
const PNG: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\
                     \0\0\0\x0aIDATx\x9cc\xf8\x0f\0\x01\x01\x01\0\xb18\xf6\x14\0\0\0\0IEND\xaeB`\x82";
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n";

/// A thing the emulator does wrongly: the keys of a file of faults. [`read_faults`] makes it.
///
/// "The work" is what the platform does for a request: checking it, counting it, making a code or an access token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    at: Endpoint,
    /// From here on conditions. All that are given must hold; requests are counted from 1.
    nth: Option<NonZeroU64>,
    every: Option<NonZeroU64>,
    after: Option<u64>,
    /// 0 to 1. Which requests it meets follows from the seed.
    probability: Option<f64>,
    /// Seconds after the emulator's start, by its clock.
    from: Option<u64>,
    /// The id 123 and the string `123` are the same here, as they are in scan events.
    scene: Option<String>,
    appid: Option<String>,
    times: Option<NonZeroU64>,
    /// No work is done. `errmsg` is in place of the platform's text and request id.
    errcode: Option<i64>,
    errmsg: Option<String>,
    /// As a JSON text, `"errcode":"40001"` (reported by users). No work is done.
    errcode_as_text: Option<i64>,
    /// 200 to 599. No work is done.
    status: Option<u16>,
    /// In seconds, as a number.
    retry_after: Option<u64>,
    /// In seconds, as an HTTP date.
    retry_after_date: Option<u32>,
    body: Option<String>,
    answer: Option<Reply>,
    /// The connection is reset (a TCP RST).
    reset: Option<Side>,
    pub(super) hang: Option<Side>,
    /// Bytes in a piece of the body.
    pub(super) slow: Option<NonZeroU32>,
    pub(super) every_ms: Option<u32>,
    pub(super) delay_ms: Option<u32>,
    /// Bytes that `Content-Length` is too long by.
    pub(super) short_by: Option<NonZeroU32>,
    /// Seconds by which the `Date` of the answer is ahead of the emulator's clock, as a relay's may be.
    pub(super) date_off: Option<i32>,
    pub(super) access_token: Option<TokenEnd>,
}

/// What an answer becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    /// A page of HTML with status 200, as proxies send. No work is done.
    Html,
    /// Half of the right answer, with the right length of the half.
    Cut,
    /// The right answer with its first colon turned into `=`: no JSON.
    Malformed,
    PlainText,
    Empty,
    OtherPicture,
    Png,
    /// A line of text that is called a picture.
    Text,
    OtherUrl,
    NoUrl,
}

/// When the answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Side {
    /// No work is done.
    Before,
    /// The work is done.
    After,
}

/// What is wrong in a text of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct FaultsError {
    /// From 1.
    pub line: u64,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// Reads faults from YAML, of which JSON is a part: a list of them, or one as a JSON object. An empty text holds
/// none.
///
/// ```
/// let faults = scenepress::emulator::read_faults("- {at: create, nth: 3, errcode: 45011}")?;
/// # Ok::<(), scenepress::emulator::FaultsError>(())
/// ```
pub fn read_faults(text: &str) -> Result<Vec<Fault>, FaultsError> {
    let is_one = text.trim_start().starts_with('{');
    let listed = if is_one { format!("[{text}]") } else { text.to_owned() };
    let options = serde_yaml::options! {
        duplicate_keys: serde_yaml::DuplicateKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    };
    let read: Option<Vec<Spanned<Fault>>> =
        serde_yaml::from_str_with_options(&listed, options).map_err(|error| {
            let shown = error.without_snippet().to_string();
            let message = shown.split(" at line ").next().unwrap_or_default().to_owned();
            FaultsError { line: error.location().map_or(1, |location| location.line()), message }
        })?;
    let checked = |fault: Spanned<Fault>| match fault.value.wrong() {
        None => Ok(fault.value),
        Some(message) => Err(FaultsError { line: fault.referenced.line(), message }),
    };
    read.unwrap_or_default().into_iter().map(checked).collect()
}

impl Fault {
    /// What does not fit together, beyond the type of each value.
    fn wrong(&self) -> Option<String> {
        let given = self.document();
        if KINDS.iter().filter(|key| given.contains_key(**key)).count() != 1 {
            return Some(format!("a fault does one thing, one of: {}", KINDS.join(", ")));
        }
        let is_stray = |(key, owner): &&(&str, &str)| given.contains_key(*key) && !given.contains_key(*owner);
        if let Some((key, owner)) = DETAILS.iter().find(is_stray) {
            return Some(format!("`{key}` goes with `{owner}`, which is not there"));
        }
        let allowed = self.endpoints();
        if !allowed.contains(&self.at) {
            return Some(format!(
                "this fault has no meaning at {}: it can be at {}",
                json!(self.at),
                json!(allowed)
            ));
        }
        let wrong = if self.slow.is_some() && self.every_ms.is_none() {
            "`slow` needs `every_ms`: milliseconds between two pieces"
        } else if self.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            "`probability` is a number from 0 to 1"
        } else if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            "`status` is a whole number from 200 to 599"
        } else {
            return None;
        };
        Some(wrong.to_owned())
    }

    /// Where it has a meaning.
    fn endpoints(&self) -> &'static [Endpoint] {
        use Endpoint::{Create, Picture, Quota, Token};
        match self.answer {
            _ if self.access_token.is_some() => &[Create, Quota],
            Some(Reply::Malformed) => &[Token, Create, Quota],
            Some(Reply::OtherPicture | Reply::Png | Reply::Text) => &[Picture],
            Some(Reply::OtherUrl | Reply::NoUrl) => &[Create],
            _ => &[Token, Create, Picture, Quota],
        }
    }

    /// The keys that it has, as a file has them.
    fn document(&self) -> Map<String, Value> {
        let Ok(Value::Object(mut keys)) = serde_json::to_value(self) else { return Map::new() };
        keys.retain(|_, value| !value.is_null());
        keys
    }

    fn is_for(&self, request: &LoggedRequest) -> bool {
        request.endpoint == self.at
            && self.scene.as_ref().is_none_or(|scene| request.scene.as_ref() == Some(scene))
            && self.appid.as_ref().is_none_or(|appid| request.appid.as_ref() == Some(appid))
    }

    /// Whether the answer is lost on this side of the work.
    pub(super) fn loses(&self, side: Side) -> bool {
        [self.reset, self.hang].contains(&Some(side))
    }

    /// The answer for which no work is done; `None` if the work is done. `say` makes the platform's text of an
    /// errcode, with a request id.
    pub(super) fn instead(&self, say: impl FnOnce(i64) -> String, now: Timestamp) -> Option<Answer> {
        if let Some(errcode) = self.errcode {
            let errmsg = self.errmsg.clone().unwrap_or_else(|| say(errcode));
            return Some(answer::error(errcode, &errcode.into(), &errmsg));
        }
        if let Some(errcode) = self.errcode_as_text {
            return Some(answer::error(errcode, &errcode.to_string().into(), &say(errcode)));
        }
        if let Some(status) = self.status {
            let content_type = if self.body.is_some() { "text/plain; charset=utf-8" } else { "" };
            let status = StatusCode::from_u16(status).unwrap_or_default();
            let mut answer = answer::of(status, content_type, self.body.clone().unwrap_or_default());
            let ahead = |seconds: u32| SignedDuration::from_secs(seconds.into());
            let date = self
                .retry_after_date
                .map(|seconds| http_date(now.checked_add(ahead(seconds)).unwrap_or(now)));
            let text = self.retry_after.map(|seconds| seconds.to_string()).or(date);
            if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
                answer.headers_mut().insert(RETRY_AFTER, value);
            }
            return Some(answer);
        }
        (self.answer == Some(Reply::Html))
            .then(|| answer::of(StatusCode::OK, "text/html; charset=utf-8", PAGE))
    }

    /// Bends the right answer. `side` is that of pictures in pixels, `other_url` one that no code has.
    pub(super) fn bend(&self, answer: &mut Answer, side: u16, other_url: &str) {
        let Some(reply) = self.answer else { return };
        let is_json = answer.headers().get(CONTENT_TYPE).is_some_and(|value| value == JSON);
        let is_error = answer.status() != StatusCode::OK || answer::errcode(answer).is_some();
        let length = answer.body().len();
        match reply {
            Reply::Html => {}
            Reply::Cut => answer.body_mut().truncate(length / 2),
            Reply::Malformed => {
                if let Some(colon) = answer.body_mut().iter_mut().find(|byte| **byte == b':') {
                    *colon = b'=';
                }
            }
            Reply::PlainText => {
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            }
            Reply::Empty => answer.body_mut().clear(),
            // What is no picture or no code stays.
            Reply::OtherPicture | Reply::Png | Reply::Text if is_error || is_json => {}
            Reply::OtherPicture => *answer.body_mut() = picture::of_url(other_url, side).unwrap_or_default(),
            Reply::Png => *answer.body_mut() = PNG.to_vec(),
            Reply::Text => *answer.body_mut() = b"system busy, try again later\n".to_vec(),
            Reply::OtherUrl | Reply::NoUrl if is_error => {}
            Reply::OtherUrl | Reply::NoUrl => {
                let mut fields: Map<String, Value> =
                    serde_json::from_slice(answer.body()).unwrap_or_default();
                fields.remove("url");
                if reply == Reply::OtherUrl {
                    fields.insert("url".to_owned(), other_url.into());
                }
                *answer.body_mut() = Value::Object(fields).to_string().into_bytes();
            }
        }
    }
}

/// All faults of an emulator.
pub(super) struct Faults {
    seed: u64,
    added: u64,
    list: Vec<Watch>,
}

/// A fault and what it saw.
struct Watch {
    /// From 1, in the order of adding; never given twice.
    number: u64,
    fault: Fault,
    /// Requests it is for.
    seen: u64,
    /// Requests it was applied to.
    applied: u64,
}

impl Faults {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, added: 0, list: Vec::new() }
    }

    /// Adds a fault; its number.
    pub(super) fn add(&mut self, fault: Fault) -> u64 {
        self.added += 1;
        self.list.push(Watch { number: self.added, fault, seen: 0, applied: 0 });
        self.added
    }

    /// Forgets the fault with this number, or all; how many there were.
    pub(super) fn remove(&mut self, number: Option<u64>) -> usize {
        let before = self.list.len();
        self.list.retain(|watch| number.is_some_and(|number| watch.number != number));
        before - self.list.len()
    }

    /// Each fault as a file says it, with its number and what it saw.
    pub(super) fn documents(&self) -> Vec<Value> {
        let document = |Watch { number, fault, seen, applied }: &Watch| json!({ "number": number, "seen": seen, "applied": applied, "fault": fault.document() });
        self.list.iter().map(document).collect()
    }

    /// The fault that meets this request, and its number. Each fault that is for it counts it. `elapsed` is the
    /// emulator's age in seconds.
    pub(super) fn meet(&mut self, request: &LoggedRequest, elapsed: i64) -> Option<(u64, Fault)> {
        let mut met = None;
        for watch in self.list.iter_mut().filter(|watch| watch.fault.is_for(request)) {
            watch.seen += 1;
            if met.is_none() && watch.meets(self.seed, elapsed) {
                watch.applied += 1;
                met = Some((watch.number, watch.fault.clone()));
            }
        }
        met
    }
}

impl Watch {
    /// Whether the request that was just counted is met.
    fn meets(&self, seed: u64, elapsed: i64) -> bool {
        let Self { number, fault, seen, applied } = self;
        fault.times.is_none_or(|times| *applied < times.get())
            && fault.nth.is_none_or(|nth| *seen == nth.get())
            && fault.every.is_none_or(|every| seen.is_multiple_of(every.get()))
            && fault.after.is_none_or(|after| *seen > after)
            && fault.probability.is_none_or(|probability| unit(seed, *number, *seen) < probability)
            && fault.from.is_none_or(|from| u64::try_from(elapsed).is_ok_and(|elapsed| elapsed >= from))
    }
}

#[cfg(test)]
#[path = "faults_tests.rs"]
mod tests;
