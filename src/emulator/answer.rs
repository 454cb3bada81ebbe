//! An answer before it is sent: what faults bend and the log reads.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, DATE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::Serialize;

pub(super) const JSON: &str = "application/json; charset=utf-8";

/// An answer before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub content_type: Option<&'static str>,
    pub retry_after: Option<String>,
    /// Whether it may be kept for a week, as pictures may.
    pub is_cacheable: bool,
    pub body: Vec<u8>,
    /// The errcode in the body, where it is an error.
    pub errcode: Option<i64>,
}

/// `errcode` is a number, or by a fault a text.
#[derive(Serialize)]
struct ErrorBody<'a, T> {
    errcode: T,
    errmsg: &'a str,
}

impl Answer {
    /// Status 200 with this body.
    pub(super) fn of(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { content_type: Some(content_type), body: body.into(), ..Self::status(StatusCode::OK) }
    }

    /// This status, without a body.
    pub(super) fn status(status: StatusCode) -> Self {
        let (content_type, retry_after) = (None, None);
        Self { status, content_type, retry_after, is_cacheable: false, body: Vec::new(), errcode: None }
    }

    /// A value as JSON.
    pub(super) fn json<T: Serialize>(value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self::of(JSON, body),
            Err(_) => Self::status(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// An error as the platform answers it.
    pub(super) fn error(errcode: i64, errmsg: &str) -> Self {
        Self { errcode: Some(errcode), ..Self::json(&ErrorBody { errcode, errmsg }) }
    }

    /// The same with the number as a text.
    pub(super) fn error_as_text(errcode: i64, errmsg: &str) -> Self {
        let body = ErrorBody { errcode: errcode.to_string(), errmsg };
        Self { errcode: Some(errcode), ..Self::json(&body) }
    }

    /// As it is sent at this instant.
    pub(super) fn into_response(self, now: Timestamp) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let mut set = |name: HeaderName, value: Option<HeaderValue>| {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
        };
        set(DATE, HeaderValue::try_from(http_date(now)).ok());
        set(CONTENT_TYPE, self.content_type.map(HeaderValue::from_static));
        set(RETRY_AFTER, self.retry_after.and_then(|text| HeaderValue::try_from(text).ok()));
        set(CACHE_CONTROL, self.is_cacheable.then(|| HeaderValue::from_static("max-age=604800")));
        response
    }
}

/// `Sun, 22 Nov 2026 02:00:00 GMT`
pub(super) fn http_date(instant: Timestamp) -> String {
    // Years that HTTP has no spelling for come only from a clock that was moved out of all bounds.
    DateTimePrinter::new().timestamp_to_rfc9110_string(&instant).unwrap_or_default()
}
