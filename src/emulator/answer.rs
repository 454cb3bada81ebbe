//! An answer before it is sent: what faults bend and the log reads.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::Serialize;
use serde_json::{Value, json};

pub(super) const JSON: &str = "application/json; charset=utf-8";

/// An answer before it is sent. If it is an error, its extensions hold the errcode as an `i64`.
pub(super) type Answer = Response<Vec<u8>>;

/// An answer without a content type if that is empty.
pub(super) fn of(status: StatusCode, content_type: &'static str, body: impl Into<Vec<u8>>) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    if !content_type.is_empty() {
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    answer
}

/// A value as JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    // Values of texts and numbers always serialise.
    of(status, JSON, serde_json::to_vec(value).unwrap_or_default())
}

/// An error as the platform answers it. `shown` is the errcode, which a fault may turn into a text.
pub(super) fn error(errcode: i64, shown: &Value, errmsg: &str) -> Answer {
    let mut answer = json(StatusCode::OK, &json!({ "errcode": shown, "errmsg": errmsg }));
    answer.extensions_mut().insert(errcode);
    answer
}

/// The errcode of an error.
pub(super) fn errcode(answer: &Answer) -> Option<i64> {
    answer.extensions().get().copied()
}

/// `Sun, 22 Nov 2026 02:00:00 GMT`
pub(super) fn http_date(instant: Timestamp) -> String {
    // Years that HTTP has no spelling for come only from a clock that was moved out of all bounds.
    DateTimePrinter::new().timestamp_to_rfc9110_string(&instant).unwrap_or_default()
}
