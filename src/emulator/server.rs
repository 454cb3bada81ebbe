//! HTTP: which request goes where, and how answers look on the wire.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Query, Request, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use super::picture;
use super::refusal::{CONTENT_SIZE, REQUIRE_GET, REQUIRE_POST, Refusal};
use super::state::{Credentials, State};
use super::{Now, Settings};

/// Bytes. The largest sensible request is far below.
const BODY_LIMIT: usize = 64 * 1024;
/// Bytes. An access token may have 512.
const QUERY_LIMIT: usize = 8 * 1024;
const JSON: &str = "application/json; charset=utf-8";
/// What showqrcode says to anything but GET (reported).
const PICTURE_POSTED: &str = r#"{"base_resp":{"ret":200005,"err_msg":"not supported"}}"#;

/// What all requests share.
pub(super) struct Server {
    state: Mutex<State>,
    now: Now,
    picture_side: u16,
}

/// The platform's endpoints, by path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Token,
    StableToken,
    Create,
    Picture,
    QuotaGet,
    ClearQuota,
    ClearQuotaBySecret,
    /// Ours, not the platform's.
    Counters,
    Unknown,
}

/// A request, read whole.
struct Call {
    endpoint: Endpoint,
    method: Method,
    query: Vec<(String, String)>,
    /// `Err` where it is too long or broke off.
    body: Result<Bytes, Refusal>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    errcode: i64,
    errmsg: &'a str,
}

/// All requests come through here.
async fn serve(Shared(server): Shared<Arc<Server>>, request: Request) -> Response {
    if request.uri().query().is_some_and(|query| query.len() > QUERY_LIMIT) {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    let call = Call::read(request).await;
    server.count(&call);
    // The one place for faults: what is asked is known, nothing is decided yet, and the answer is not sent yet.
    server.answer(&call)
}

impl Server {
    pub(super) fn new(settings: &Settings, now: Now) -> Self {
        let started_at = now().as_nanosecond();
        Self { state: Mutex::new(State::new(settings, started_at)), now, picture_side: settings.picture_side }
    }

    pub(super) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(serve).with_state(self)
    }

    /// Nothing panics while it holds the lock; if it did, the state would still serve.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, call: &Call) {
        let requests = &mut self.state().counters.requests;
        let counter = match call.endpoint {
            Endpoint::Token => &mut requests.token,
            Endpoint::StableToken => &mut requests.stable_token,
            Endpoint::Create => &mut requests.create,
            Endpoint::Picture => &mut requests.showqrcode,
            Endpoint::QuotaGet => &mut requests.quota_get,
            Endpoint::ClearQuota | Endpoint::ClearQuotaBySecret => &mut requests.clear_quota,
            Endpoint::Unknown => &mut requests.unknown,
            Endpoint::Counters => return,
        };
        *counter += 1;
    }

    fn answer(&self, call: &Call) -> Response {
        let now = (self.now)().as_second();
        let access_token = call.parameter("access_token");
        match (call.endpoint, &call.method) {
            (Endpoint::Unknown, _) => StatusCode::NOT_FOUND.into_response(),
            (_, &Method::HEAD) => StatusCode::METHOD_NOT_ALLOWED.into_response(),
            (Endpoint::Counters, _) => {
                let counters = self.state().counters.clone();
                json_response(&counters)
            }
            (Endpoint::Picture, &Method::GET) => self.picture(call.parameter("ticket")),
            (Endpoint::Picture, _) => ([(CONTENT_TYPE, JSON)], PICTURE_POSTED).into_response(),
            (Endpoint::Token, &Method::GET) => {
                let credentials = Credentials {
                    grant_type: call.parameter("grant_type"),
                    appid: call.parameter("appid"),
                    secret: call.parameter("secret"),
                };
                self.json(now, |state| state.token(credentials, now))
            }
            (Endpoint::Token, _) => self.json(now, |_| Err::<Value, _>(REQUIRE_GET)),
            (endpoint, &Method::POST) => {
                let body = match &call.body {
                    Ok(body) => body,
                    Err(refusal) => return self.json(now, |_| Err::<Value, _>(*refusal)),
                };
                match endpoint {
                    Endpoint::StableToken => self.json(now, |state| state.stable_token(body, now)),
                    Endpoint::Create => self.json(now, |state| state.create(access_token, body, now)),
                    Endpoint::QuotaGet => self.json(now, |state| state.quota(access_token, body, now)),
                    Endpoint::ClearQuota => {
                        self.json(now, |state| state.clear_quota(access_token, body, now))
                    }
                    _ => self.json(now, |state| state.clear_quota_by_secret(body, now)),
                }
            }
            (_, _) => self.json(now, |_| Err::<Value, _>(REQUIRE_POST)),
        }
    }

    /// The picture is drawn outside the lock.
    fn picture(&self, ticket: Option<&str>) -> Response {
        let Some(jpeg) = ticket.and_then(|ticket| picture::draw(ticket, self.picture_side)) else {
            self.state().counters.pictures_missing += 1;
            return StatusCode::NOT_FOUND.into_response();
        };
        self.state().counters.pictures += 1;
        // The media type is not a registered one; it is what the platform sends.
        ([(CONTENT_TYPE, "image/jpg"), (CACHE_CONTROL, "max-age=604800")], jpeg).into_response()
    }

    /// A decision as JSON; refusals too have status 200, and a request id.
    fn json<T: Serialize>(
        &self,
        now: i64,
        decide: impl FnOnce(&mut State) -> Result<T, Refusal>,
    ) -> Response {
        let mut state = self.state();
        match decide(&mut state) {
            Ok(answer) => {
                drop(state);
                json_response(&answer)
            }
            Err(Refusal { errcode, errmsg }) => {
                *state.counters.errors.entry(errcode).or_default() += 1;
                let errmsg = format!("{errmsg} rid: {}", state.rid(now));
                json_response(&ErrorBody { errcode, errmsg: &errmsg })
            }
        }
    }
}

impl Call {
    async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let query = Query::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default();
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| CONTENT_SIZE);
        Self { endpoint: Endpoint::of(parts.uri.path()), method: parts.method, query, body }
    }

    /// The first parameter of this name; an empty one counts as missing.
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl Endpoint {
    fn of(path: &str) -> Self {
        match path {
            "/cgi-bin/token" => Self::Token,
            "/cgi-bin/stable_token" => Self::StableToken,
            "/cgi-bin/qrcode/create" => Self::Create,
            "/cgi-bin/showqrcode" => Self::Picture,
            "/cgi-bin/openapi/quota/get" => Self::QuotaGet,
            "/cgi-bin/clear_quota" => Self::ClearQuota,
            "/cgi-bin/clear_quota/v2" => Self::ClearQuotaBySecret,
            "/_emulator/counters" => Self::Counters,
            _ => Self::Unknown,
        }
    }
}

fn json_response<T: Serialize>(body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => ([(CONTENT_TYPE, JSON)], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
