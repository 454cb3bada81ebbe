//! What an emulator was asked and what it gave, for tests and for people who wonder.

use std::collections::BTreeMap;

use serde::Serialize;

/// A count of requests and answers since the emulator started. The control port has it as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Requests, of any method, whatever the answer.
    pub requests: Requests,
    /// Answers that were errors, by errcode.
    pub errors: BTreeMap<i64, u64>,
    /// Temporary codes given.
    pub temporary_codes: u64,
    /// Permanent codes given, the same scene each time it was given.
    pub permanent_codes: u64,
    /// Permanent scenes taken from the pools of all accounts.
    pub permanent_scenes: u64,
    /// Pictures given.
    pub pictures: u64,
    /// Tickets for which there was no picture (404).
    pub pictures_missing: u64,
    /// Codes whose scan events carry another scene than was sent. Only the first 1,000 are kept.
    pub distorted: Vec<Distorted>,
}

/// Requests by endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// `/cgi-bin/token`
    pub token: u64,
    /// `/cgi-bin/stable_token`
    pub stable_token: u64,
    /// `/cgi-bin/qrcode/create`
    pub create: u64,
    /// `/cgi-bin/showqrcode`
    pub showqrcode: u64,
    /// `/cgi-bin/openapi/quota/get`
    pub quota_get: u64,
    /// `/cgi-bin/clear_quota` and `/cgi-bin/clear_quota/v2`
    pub clear_quota: u64,
    /// Paths that the platform does not have, and methods that no endpoint takes.
    pub unknown: u64,
}

/// A temporary code whose scan events carry another scene than was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Distorted {
    /// The account.
    pub appid: String,
    /// The ticket that was given.
    pub ticket: String,
    /// The `action_info` that was sent, cut to 200 characters.
    pub sent: String,
    /// What scan events carry: 4294967295 for an id that is too large, otherwise 0.
    pub event_scene: u32,
}
