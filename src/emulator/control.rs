//! The control port: the emulator watched and changed from outside while it runs. JSON both ways.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Query, Request, State as Shared};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer;
use super::faults::read_faults;
use super::server::Server;
use super::state::State;
use super::tokens::TokenEnd;
use super::wire::Caller;

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
    #[serde(default)]
    advance: i64,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    #[serde(default)]
    after: u64,
}

pub(super) fn router(server: Arc<Server>) -> Router {
    Router::new().fallback(serve).with_state(server).layer(from_fn(dealt_with))
}

/// The time of a request does not run while it is dealt with.
async fn dealt_with(ConnectInfo(caller): ConnectInfo<Caller>, request: Request, next: Next) -> Response {
    let _whole = caller.whole();
    next.run(request).await
}

async fn serve(Shared(server): Shared<Arc<Server>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let reply = match to_bytes(body, BODY_LIMIT).await {
        Ok(body) => server.control(&parts.method, &parts.uri, &body),
        Err(_) => Err(wrong("the body is too long or broke off")),
    };
    let answer = match reply {
        Ok(value) => answer::json(StatusCode::OK, &value),
        Err(Wrong(status, error)) => answer::json(status, &json!({ "error": error })),
    };
    server.send(answer, None)
}

impl Server {
    fn control(&self, method: &Method, uri: &Uri, body: &[u8]) -> Reply {
        let mut state = self.state();
        match (method.as_str(), uri.path()) {
            ("GET", "/counters") => Ok(json!(state.counters)),
            ("GET", "/requests") => {
                let Query(After { after }) = Query::try_from_uri(uri)
                    .map_err(|_| wrong("the only parameter is `after`, the number of a request"))?;
                Ok(json!({ "requests": state.log.after(after).collect::<Vec<_>>() }))
            }
            ("GET", "/faults") => Ok(json!({ "faults": state.faults.documents() })),
            ("POST", "/faults") => {
                let text = std::str::from_utf8(body).map_err(|_| wrong("the body is no UTF-8"))?;
                let added = read_faults(text).map_err(|error| wrong(error.to_string()))?;
                Ok(
                    json!({ "added": added.into_iter().map(|fault| state.faults.add(fault)).collect::<Vec<_>>() }),
                )
            }
            ("DELETE", "/faults") => Ok(json!({ "removed": state.faults.remove(None) })),
            ("DELETE", path) if path.starts_with("/faults/") => {
                let number = &path["/faults/".len()..];
                match state.faults.remove(Some(number.parse().unwrap_or_default())) {
                    0 => Err(wrong(format!("there is no fault {number}"))),
                    removed => Ok(json!({ "removed": removed })),
                }
            }
            ("GET", "/clock") => Ok(self.clock()),
            ("POST", "/clock") => {
                let ClockChange { advance, skew } = read(body)?;
                self.time.advance(advance);
                if let Some(seconds) = skew {
                    self.time.skew.store(seconds, SeqCst);
                }
                Ok(self.clock())
            }
            ("POST", "/access_tokens") => {
                let AccessTokensEnd { end, appid } = read(body)?;
                known(&state, appid.as_deref())?;
                let now = self.time.now().as_second();
                Ok(json!({ "ended": state.end_access_tokens(appid.as_deref(), end, now) }))
            }
            ("GET", "/allowed_ips") => Ok(allowed_ips(&state)),
            ("POST", "/allowed_ips") => {
                change_allowed_ips(&mut state, read(body)?);
                Ok(allowed_ips(&state))
            }
            ("POST", "/quotas/reset") => {
                let QuotasReset { appid } = read(if body.is_empty() { b"{}" } else { body })?;
                known(&state, appid.as_deref())?;
                state.reset_quotas(appid.as_deref());
                Ok(json!({}))
            }
            (_, path) => Err(Wrong(StatusCode::NOT_FOUND, format!("there is no {method} {path}: {PATHS}"))),
        }
    }

    fn clock(&self) -> Value {
        let (advanced, skew) = (self.time.advanced.load(SeqCst), self.time.skew.load(SeqCst));
        json!({ "now": self.time.now().to_string(), "advanced": advanced, "skew": skew })
    }
}

fn change_allowed_ips(state: &mut State, AllowedIpsChange { everyone, add, remove }: AllowedIpsChange) {
    if everyone {
        state.allowed_ips = None;
    }
    if !add.is_empty() || !remove.is_empty() {
        let allowed = state.allowed_ips.get_or_insert_default();
        allowed.extend(add);
        allowed.retain(|ip| !remove.contains(ip));
    }
}

fn allowed_ips(state: &State) -> Value {
    match &state.allowed_ips {
        None => json!({ "everyone": true }),
        Some(allowed) => json!({ "everyone": false, "allowed": allowed }),
    }
}

/// That there is such an account, if one is named.
fn known(state: &State, appid: Option<&str>) -> Result<(), Wrong> {
    match appid {
        Some(appid) if !state.knows(appid) => Err(wrong(format!("there is no account {appid}"))),
        _ => Ok(()),
    }
}

fn wrong(text: impl Into<String>) -> Wrong {
    Wrong(StatusCode::BAD_REQUEST, text.into())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(|error| wrong(format!("the body cannot be read: {error}")))
}
