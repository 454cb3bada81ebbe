//! What a fault does.

use std::time::Duration;

use super::Endpoint;

/// What a fault does instead of answering rightly.
///
/// "The work" is what the platform does for a request: checking it, counting it, making a code or an access token.
/// Where a kind does not say otherwise, the work is done and only the answer suffers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// This errcode with the platform's text and a request id, status 200. No work is done.
    Errcode(i64),
    /// This errcode with this text, exactly. No work is done.
    ErrcodeWith(i64, String),
    /// As [`Kind::Errcode`], but the number is a JSON text: `"errcode":"40001"` (reported by users).
    ErrcodeAsText(i64),
    /// This HTTP status. No work is done.
    Status {
        /// 200 to 599.
        status: u16,
        /// When the caller may come again.
        retry_after: Option<RetryAfter>,
        /// Empty where it is left out.
        body: Option<String>,
    },
    /// A page of HTML with status 200, as proxies send. No work is done.
    Html,
    /// The right answer, cut to half, with the right length of the half.
    Cut,
    /// The right answer with its first colon turned into `=`: no JSON. Not for pictures.
    Malformed,
    /// The right answer as `text/plain`.
    PlainText,
    /// Status 200 and no body.
    Empty,
    /// The connection is reset (a TCP RST). No work is done.
    ResetBefore,
    /// The work is done, then the connection is reset: the answer is lost.
    ResetAfter,
    /// No answer for ever, and no work.
    HangBefore,
    /// The work is done, and no answer comes for ever.
    HangAfter,
    /// The right answer, its body in small pieces.
    Slow {
        /// Bytes in a piece, at least 1.
        bytes: u32,
        /// Between two pieces.
        every: Duration,
    },
    /// The right answer, after this time.
    Delay(Duration),
    /// The right answer under a `Content-Length` that is this many bytes too long; then the connection ends.
    ShortBy(u32),
    /// A valid picture of another url. Only for pictures.
    OtherPicture,
    /// A PNG with status 200. Only for pictures.
    Png,
    /// A line of text with status 200 that is called a picture. Only for pictures.
    Text,
    /// The right answer but for the url, which is another. Only for `create`.
    OtherUrl,
    /// The right answer without its url. Only for `create`.
    NoUrl,
    /// The access token of the request expires: 42001, now and later. Not for `token` and `picture`.
    AccessTokenExpired,
    /// Another process has taken an access token, which kills that of the request: 40001, now and later. Not for
    /// `token` and `picture`.
    AccessTokenSuperseded,
}

/// The header `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// As a number of seconds.
    Seconds(u64),
    /// As the HTTP date that is this many seconds ahead of the emulator's clock.
    Date(u64),
}

impl Kind {
    /// This status, without a body.
    pub fn status(status: u16) -> Self {
        Self::Status { status, retry_after: None, body: None }
    }

    /// The endpoints this kind has a meaning at.
    pub fn endpoints(&self) -> &'static [Endpoint] {
        use Endpoint::{Create, Picture, Quota, Token};
        match self {
            Self::Malformed => &[Token, Create, Quota],
            Self::OtherPicture | Self::Png | Self::Text => &[Picture],
            Self::OtherUrl | Self::NoUrl => &[Create],
            Self::AccessTokenExpired | Self::AccessTokenSuperseded => &[Create, Quota],
            _ => &Endpoint::ALL,
        }
    }
}
