//! The control port: the emulator watched and changed from outside while it runs. JSON both ways.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Query, Request, State as Shared};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::Answer;
use super::faults::read_faults;
use super::server::Server;
use super::tokens::TokenEnd;

/// Bytes of a body.
const BODY_LIMIT: usize = 1024 * 1024;
const PATHS: &str = "there are GET /counters, GET /requests, GET, POST and DELETE /faults, DELETE /faults/N, GET and \
                     POST /clock, POST /access_tokens, GET and POST /allowed_ips, POST /quotas/reset";

/// An answer, or what is wrong with what was asked.
type Reply = Result<Value, Wrong>;

/// In words, with status 400; an unknown path with 404.
struct Wrong(StatusCode, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    advance: Option<i64>,
    skew: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessTokensEnd {
    #[serde(rename = "are")]
    end: TokenEnd,
    appid: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowedIpsChange {
    #[serde(default)]
    everyone: bool,
    #[serde(default)]
    add: Vec<IpAddr>,
    #[serde(default)]
    remove: Vec<IpAddr>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotasReset {
    appid: Option<String>,
}

pub(super) fn router(server: Arc<Server>) -> Router {
    Router::new().fallback(serve).with_state(server)
}

async fn serve(Shared(server): Shared<Arc<Server>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let query: Vec<(String, String)> =
        Query::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default();
    let reply = match to_bytes(body, BODY_LIMIT).await {
        Ok(body) => server.control(&parts.method, parts.uri.path(), &query, &body),
        Err(_) => Err(wrong("the body is too long or broke off")),
    };
    let answer = match reply {
        Ok(value) => Answer::json(&value),
        Err(Wrong(status, error)) => Answer { status, ..Answer::json(&json!({ "error": error })) },
    };
    answer.into_response(server.time.now())
}

impl Server {
    fn control(&self, method: &Method, path: &str, query: &[(String, String)], body: &[u8]) -> Reply {
        match (method.as_str(), path) {
            ("GET", "/counters") => {
                let counters = self.state().counters.clone();
                serde_json::to_value(counters).map_err(|error| wrong(error.to_string()))
            }
            ("GET", "/requests") => {
                let after = after(query)?;
                let log = self.log();
                Ok(json!({ "requests": log.after(after).collect::<Vec<_>>() }))
            }
            ("GET", "/faults") => Ok(json!({ "faults": self.faults().documents() })),
            ("POST", "/faults") => {
                let text = std::str::from_utf8(body).map_err(|_| wrong("the body is no UTF-8"))?;
                let added = read_faults(text).map_err(|error| wrong(error.to_string()))?;
                let mut faults = self.faults();
                Ok(json!({ "added": added.into_iter().map(|fault| faults.add(fault)).collect::<Vec<_>>() }))
            }
            ("DELETE", "/faults") => Ok(json!({ "removed": self.faults().clear() })),
            ("DELETE", path) if path.starts_with("/faults/") => {
                let number = path["/faults/".len()..].parse().unwrap_or_default();
                if self.faults().remove(number) {
                    Ok(json!({ "removed": 1 }))
                } else {
                    Err(wrong(format!("there is no fault {}", &path["/faults/".len()..])))
                }
            }
            ("GET", "/clock") => Ok(self.clock()),
            ("POST", "/clock") => Ok(self.change_clock(read(body)?)),
            ("POST", "/access_tokens") => {
                let AccessTokensEnd { end, appid } = read(body)?;
                self.known(appid.as_deref())?;
                Ok(json!({ "ended": self.end_access_tokens(appid.as_deref(), end) }))
            }
            ("GET", "/allowed_ips") => Ok(self.allowed_ips()),
            ("POST", "/allowed_ips") => Ok(self.change_allowed_ips(read(body)?)),
            ("POST", "/quotas/reset") => {
                let QuotasReset { appid } = read(if body.is_empty() { b"{}" } else { body })?;
                self.known(appid.as_deref())?;
                self.state().reset_quotas(appid.as_deref());
                Ok(json!({}))
            }
            _ => Err(Wrong(StatusCode::NOT_FOUND, format!("there is no {method} {path}: {PATHS}"))),
        }
    }

    fn clock(&self) -> Value {
        json!({ "now": self.time.now().to_string(), "advanced": self.time.advanced(), "skew": self.time.skew() })
    }

    fn change_clock(&self, ClockChange { advance, skew }: ClockChange) -> Value {
        if let Some(seconds) = advance {
            self.time.advance(seconds);
        }
        if let Some(seconds) = skew {
            self.time.set_skew(seconds);
        }
        self.clock()
    }

    fn change_allowed_ips(&self, AllowedIpsChange { everyone, add, remove }: AllowedIpsChange) -> Value {
        let mut state = self.state();
        if everyone {
            state.allow_ips(None);
        }
        if !add.is_empty() || !remove.is_empty() {
            let mut allowed = state.allowed_ips().cloned().unwrap_or_default();
            allowed.extend(add);
            allowed.retain(|ip| !remove.contains(ip));
            state.allow_ips(Some(allowed));
        }
        drop(state);
        self.allowed_ips()
    }

    fn allowed_ips(&self) -> Value {
        let state = self.state();
        match state.allowed_ips() {
            None => json!({ "everyone": true }),
            Some(allowed) => json!({ "everyone": false, "allowed": allowed }),
        }
    }

    /// That there is such an account, where one is named.
    fn known(&self, appid: Option<&str>) -> Result<(), Wrong> {
        match appid {
            Some(appid) if !self.state().knows(appid) => Err(wrong(format!("there is no account {appid}"))),
            _ => Ok(()),
        }
    }
}

fn wrong(text: impl Into<String>) -> Wrong {
    Wrong(StatusCode::BAD_REQUEST, text.into())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(|error| wrong(format!("the body cannot be read: {error}")))
}

/// `?after=N`; left out, 0.
fn after(query: &[(String, String)]) -> Result<u64, Wrong> {
    match query {
        [] => Ok(0),
        [(name, value)] if name == "after" => {
            value.parse().map_err(|_| wrong(format!("`after` is \"{value}\": it is the number of a request")))
        }
        _ => Err(wrong("the only parameter is `after`, the number of a request")),
    }
}
