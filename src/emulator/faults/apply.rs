//! A fault done to an answer.

use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{Kind, RetryAfter};
use crate::emulator::answer::{Answer, JSON, http_date};
use crate::emulator::refusal::{self, Refusal};
use crate::emulator::wire::Manner;

/// A PNG of one white pixel.
const PNG: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\
                     \0\0\0\x0aIDATx\x9cc\xf8\x0f\0\x01\x01\x01\0\xb18\xf6\x14\0\0\0\0IEND\xaeB`\x82";
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n";
/// A url that no code of the emulator's has.
const OTHER_URL: &str = "http://weixin.qq.com/q/02another-code-s-url";

/// What comes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::emulator) enum Bent {
    /// An answer.
    Answer {
        answer: Answer,
        /// How it goes out; `None` is as it should.
        manner: Option<Manner>,
        /// What is waited first.
        delay: Option<Duration>,
    },
    /// The connection is reset.
    Reset,
    /// Nothing, for ever.
    Hang,
}

impl From<Answer> for Bent {
    fn from(answer: Answer) -> Self {
        Self::Answer { answer, manner: None, delay: None }
    }
}

impl Kind {
    /// What comes of a request for which no work is done; `None` where the work is done. `say` makes the platform's
    /// text of a refusal, with a request id.
    pub(in crate::emulator) fn instead(
        &self,
        say: impl FnOnce(Refusal) -> String,
        now: Timestamp,
    ) -> Option<Bent> {
        let with_rid = |errcode| say(refusal::of(errcode));
        let answer = match self {
            Self::Errcode(errcode) => Answer::error(*errcode, &with_rid(*errcode)),
            Self::ErrcodeAsText(errcode) => Answer::error_as_text(*errcode, &with_rid(*errcode)),
            Self::ErrcodeWith(errcode, errmsg) => Answer::error(*errcode, errmsg),
            Self::Status { status, retry_after, body } => Answer {
                retry_after: retry_after.map(|retry_after| retry_after.text(now)),
                content_type: body.as_ref().map(|_| "text/plain; charset=utf-8"),
                body: body.clone().unwrap_or_default().into_bytes(),
                ..Answer::status(StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
            },
            Self::Html => Answer::of("text/html; charset=utf-8", PAGE),
            Self::ResetBefore => return Some(Bent::Reset),
            Self::HangBefore => return Some(Bent::Hang),
            _ => return None,
        };
        Some(answer.into())
    }

    /// What comes of a request whose work is done. `draw` draws a picture of a url.
    pub(in crate::emulator) fn bend(
        &self,
        mut answer: Answer,
        draw: impl FnOnce(&str) -> Option<Vec<u8>>,
    ) -> Bent {
        let (mut manner, mut delay) = (None, None);
        match self {
            Self::ResetAfter => return Bent::Reset,
            Self::HangAfter => return Bent::Hang,
            Self::Cut => answer.body.truncate(answer.body.len() / 2),
            Self::Malformed => {
                if let Some(colon) = answer.body.iter_mut().find(|byte| **byte == b':') {
                    *colon = b'=';
                }
            }
            Self::PlainText => answer.content_type = Some("text/plain"),
            Self::Empty => answer.body.clear(),
            Self::Slow { bytes, every } => {
                let bytes = usize::try_from(*bytes).unwrap_or(usize::MAX);
                manner = Some(Manner::Slow { bytes, every: *every });
            }
            Self::Delay(duration) => delay = Some(*duration),
            Self::ShortBy(missing) => {
                let length = answer.body.len();
                manner = Some(Manner::Short(length));
                // What is promised and never passed on.
                answer.body.resize(length.saturating_add(usize::try_from(*missing).unwrap_or(usize::MAX)), 0);
            }
            Self::OtherPicture => answer.replace_picture(draw(OTHER_URL)),
            Self::Png => answer.replace_picture(Some(PNG.to_vec())),
            Self::Text => answer.replace_picture(Some(b"system busy, try again later\n".to_vec())),
            Self::OtherUrl => answer.change(|fields| {
                fields.insert("url".to_owned(), OTHER_URL.into());
            }),
            Self::NoUrl => answer.change(|fields| {
                fields.remove("url");
            }),
            // These are done before the work, or to the access token.
            Self::Errcode(_)
            | Self::ErrcodeWith(..)
            | Self::ErrcodeAsText(_)
            | Self::Status { .. }
            | Self::Html
            | Self::ResetBefore
            | Self::HangBefore
            | Self::AccessTokenExpired
            | Self::AccessTokenSuperseded => {}
        }
        Bent::Answer { answer, manner, delay }
    }
}

impl Answer {
    /// Another picture; what is none (404) stays.
    fn replace_picture(&mut self, picture: Option<Vec<u8>>) {
        if self.status == StatusCode::OK && self.content_type != Some(JSON) {
            self.body = picture.unwrap_or_default();
        }
    }

    /// Other fields; an error stays.
    fn change(&mut self, change: impl FnOnce(&mut Map<String, Value>)) {
        if self.errcode.is_none()
            && let Ok(mut fields) = serde_json::from_slice(&self.body)
        {
            change(&mut fields);
            self.body = Value::Object(fields).to_string().into_bytes();
        }
    }
}

impl RetryAfter {
    fn text(self, now: Timestamp) -> String {
        match self {
            Self::Seconds(seconds) => seconds.to_string(),
            Self::Date(seconds) => {
                let ahead = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
                http_date(now.checked_add(ahead).unwrap_or(now))
            }
        }
    }
}
