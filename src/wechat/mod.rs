//! The `WeChat` platform: the only place with its URLs, its JSON field names and its error codes.
//!
//! A [`Client`] makes one attempt a call and says what kind of failure it met; who calls owns the retries.

mod api;
mod errcode;
mod error;
mod http;
mod token;
mod wire;

#[cfg(test)]
mod tests;

pub use api::{Client, IssuedTicket};
pub use error::{CallError, Stage};
pub use http::Http;
pub use wire::Quota;
