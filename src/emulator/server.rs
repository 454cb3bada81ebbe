//! HTTP: which request goes where, and how answers look on the wire.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, Query, Request, State as Shared};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

use super::Settings;
use super::answer::{Answer, JSON};
use super::checks;
use super::faults::{About, Bent, Endpoint, Faults, Kind};
use super::log::{Log, LoggedRequest};
use super::picture;
use super::refusal::{CONTENT_SIZE, REQUIRE_GET, REQUIRE_POST, Refusal};
use super::state::{Credentials, State};
use super::time::Time;
use super::tokens::TokenEnd;
use super::wire::{Caller, Manner};
use crate::clock;

/// Bytes. The largest sensible request is far below.
const BODY_LIMIT: usize = 64 * 1024;
/// Bytes. An access token may have 512.
const QUERY_LIMIT: usize = 8 * 1024;
/// What showqrcode says to anything but GET (reported).
const PICTURE_POSTED: &str = r#"{"base_resp":{"ret":200005,"err_msg":"not supported"}}"#;

/// What all requests share.
pub(super) struct Server {
    state: Mutex<State>,
    faults: Mutex<Faults>,
    log: Mutex<Log>,
    pub(super) time: Time,
    picture_side: u16,
    /// Changes when the emulator stops: who waits for ever waits for that.
    stopped: watch::Receiver<()>,
}

/// The platform's endpoints, by path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    Token,
    StableToken,
    Create,
    Picture,
    QuotaGet,
    ClearQuota,
    ClearQuotaBySecret,
    Unknown,
}

/// A request, read whole.
struct Call {
    caller: Caller,
    path: Path,
    method: Method,
    query: Vec<(String, String)>,
    /// `Err` where it is too long or broke off.
    body: Result<Bytes, Refusal>,
}

/// All requests come through here.
async fn serve(
    Shared(server): Shared<Arc<Server>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    request: Request,
) -> Response {
    caller.tell(None);
    if request.uri().query().is_some_and(|query| query.len() > QUERY_LIMIT) {
        return Answer::status(StatusCode::URI_TOO_LONG).into_response(server.time.now());
    }
    let call = Call::read(caller, request).await;
    server.count(&call);
    let answer = match server.decide(&call) {
        Bent::Answer { answer, manner, delay } => {
            if let Some(delay) = delay {
                tokio::select! {
                    () = clock::sleep(delay) => {}
                    () = server.stopped() => {}
                }
            }
            call.caller.tell(manner);
            answer
        }
        bent @ (Bent::Reset | Bent::Hang) => {
            if bent == Bent::Hang {
                server.stopped().await;
            }
            call.caller.tell(Some(Manner::Reset));
            // It does not leave.
            Answer::status(StatusCode::OK)
        }
    };
    answer.into_response(server.time.now())
}

impl Server {
    pub(super) fn new(settings: &Settings, time: Time, stopped: watch::Receiver<()>) -> Self {
        let mut faults = Faults::new(settings.seed);
        for fault in &settings.faults {
            faults.add(fault.clone());
        }
        let state = State::new(settings, time.started_at().as_nanosecond());
        Self {
            state: Mutex::new(state),
            faults: Mutex::new(faults),
            log: Mutex::default(),
            time,
            picture_side: settings.picture_side,
            stopped,
        }
    }

    pub(super) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(serve).with_state(self)
    }

    /// Nothing panics while it holds the lock; if it did, the state would still serve.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never taken together with the state.
    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the access tokens of an account, or of all, now; how many lived.
    pub(super) fn end_access_tokens(&self, appid: Option<&str>, how: TokenEnd) -> u64 {
        let now = self.time.now().as_second();
        self.state().end_access_tokens(appid, how, now)
    }

    /// Waits until the emulator stops.
    async fn stopped(&self) {
        // An error means that the emulator was dropped, which ends it too.
        let _ = self.stopped.clone().changed().await;
    }

    /// The one place for faults: what is asked is known, nothing is done yet.
    fn decide(&self, call: &Call) -> Bent {
        let about = self.about(call);
        let met = self.faults().meet(&about, self.time.elapsed());
        let (fault, bent) = match met {
            None => (None, self.answer(call).into()),
            Some((number, kind)) => (Some(number), self.fail(&kind, call)),
        };
        let (status, errcode) = match &bent {
            Bent::Answer { answer, .. } => (Some(answer.status.as_u16()), answer.errcode),
            Bent::Reset | Bent::Hang => (None, None),
        };
        let ticket = call.parameter("ticket").filter(|_| call.path == Path::Picture);
        self.log().push(LoggedRequest {
            number: 0,
            at: self.time.now(),
            endpoint: LoggedRequest::endpoint_name(about.endpoint),
            scene: about.scene,
            ticket: ticket.map(|ticket| ticket.chars().take(200).collect()),
            appid: about.appid,
            fault,
            status,
            errcode,
        });
        bent
    }

    fn about(&self, call: &Call) -> About {
        let body = call.body.as_deref().unwrap_or_default();
        let state = self.state();
        let appid_of_token = || state.appid_of_access_token(call.parameter("access_token"));
        let (appid, scene) = match call.path {
            Path::Picture => {
                let origin = call.parameter("ticket").and_then(|ticket| state.origin_of_ticket(ticket));
                origin.map_or((None, None), |(appid, scene)| (Some(appid), scene))
            }
            Path::Create => (appid_of_token(), checks::scene(body)),
            Path::Token => (call.parameter("appid").map(|appid| appid.chars().take(100).collect()), None),
            Path::StableToken | Path::ClearQuotaBySecret => (checks::appid(body), None),
            _ => (appid_of_token(), None),
        };
        About { endpoint: call.endpoint(), scene, appid }
    }

    fn fail(&self, kind: &Kind, call: &Call) -> Bent {
        let now = self.time.now();
        let say = |refusal| self.state().say(refusal, call.caller.ip, now.as_second());
        if let Some(bent) = kind.instead(say, now) {
            if let Bent::Answer { answer: Answer { errcode: Some(errcode), .. }, .. } = bent {
                self.state().count_error(errcode);
            }
            return bent;
        }
        let end = match kind {
            Kind::AccessTokenExpired => Some(TokenEnd::Expired),
            Kind::AccessTokenSuperseded => Some(TokenEnd::Superseded),
            _ => None,
        };
        if let (Some(end), Some(access_token)) = (end, call.parameter("access_token")) {
            self.state().end_access_token(access_token, end, now.as_second());
        }
        kind.bend(self.answer(call), |url| picture::of_url(url, self.picture_side))
    }

    fn count(&self, call: &Call) {
        let requests = &mut self.state().counters.requests;
        let counter = match call.path {
            Path::Token => &mut requests.token,
            Path::StableToken => &mut requests.stable_token,
            Path::Create => &mut requests.create,
            Path::Picture => &mut requests.showqrcode,
            Path::QuotaGet => &mut requests.quota_get,
            Path::ClearQuota | Path::ClearQuotaBySecret => &mut requests.clear_quota,
            Path::Unknown => &mut requests.unknown,
        };
        *counter += 1;
    }

    fn answer(&self, call: &Call) -> Answer {
        let now = self.time.now().as_second();
        let access_token = call.parameter("access_token");
        match (call.path, &call.method) {
            (Path::Unknown, _) => Answer::status(StatusCode::NOT_FOUND),
            (_, &Method::HEAD) => Answer::status(StatusCode::METHOD_NOT_ALLOWED),
            (Path::Picture, &Method::GET) => self.picture(call.parameter("ticket")),
            (Path::Picture, _) => Answer::of(JSON, PICTURE_POSTED),
            (Path::Token, &Method::GET) => {
                let credentials = Credentials {
                    grant_type: call.parameter("grant_type"),
                    appid: call.parameter("appid"),
                    secret: call.parameter("secret"),
                };
                self.json(call, now, |state| state.token(credentials, call.caller.ip, now))
            }
            (Path::Token, _) => self.json(call, now, |_| Err::<Value, _>(REQUIRE_GET)),
            (path, &Method::POST) => {
                let body = match &call.body {
                    Ok(body) => body,
                    Err(refusal) => return self.json(call, now, |_| Err::<Value, _>(*refusal)),
                };
                match path {
                    Path::StableToken => {
                        self.json(call, now, |state| state.stable_token(body, call.caller.ip, now))
                    }
                    Path::Create => self.json(call, now, |state| state.create(access_token, body, now)),
                    Path::QuotaGet => self.json(call, now, |state| state.quota(access_token, body, now)),
                    Path::ClearQuota => {
                        self.json(call, now, |state| state.clear_quota(access_token, body, now))
                    }
                    _ => self.json(call, now, |state| state.clear_quota_by_secret(body, now)),
                }
            }
            (_, _) => self.json(call, now, |_| Err::<Value, _>(REQUIRE_POST)),
        }
    }

    /// The picture is drawn outside the lock.
    fn picture(&self, ticket: Option<&str>) -> Answer {
        let Some(jpeg) = ticket.and_then(|ticket| picture::draw(ticket, self.picture_side)) else {
            self.state().counters.pictures_missing += 1;
            return Answer::status(StatusCode::NOT_FOUND);
        };
        self.state().counters.pictures += 1;
        // The media type is not a registered one; it is what the platform sends.
        Answer { is_cacheable: true, ..Answer::of("image/jpg", jpeg) }
    }

    /// A decision as JSON; refusals too have status 200, and a request id.
    fn json<T: Serialize>(
        &self,
        call: &Call,
        now: i64,
        decide: impl FnOnce(&mut State) -> Result<T, Refusal>,
    ) -> Answer {
        let mut state = self.state();
        match decide(&mut state) {
            Ok(answer) => {
                drop(state);
                Answer::json(&answer)
            }
            Err(refusal) => {
                state.count_error(refusal.errcode);
                Answer::error(refusal.errcode, &state.say(refusal, call.caller.ip, now))
            }
        }
    }
}

impl Call {
    async fn read(caller: Caller, request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let query = Query::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default();
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| CONTENT_SIZE);
        Self { caller, path: Path::of(parts.uri.path()), method: parts.method, query, body }
    }

    /// Where faults may be; `None` for paths that the platform does not have.
    fn endpoint(&self) -> Option<Endpoint> {
        match self.path {
            Path::Token | Path::StableToken => Some(Endpoint::Token),
            Path::Create => Some(Endpoint::Create),
            Path::Picture => Some(Endpoint::Picture),
            Path::QuotaGet | Path::ClearQuota | Path::ClearQuotaBySecret => Some(Endpoint::Quota),
            Path::Unknown => None,
        }
    }

    /// The first parameter of this name; an empty one counts as missing.
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl Path {
    fn of(path: &str) -> Self {
        match path {
            "/cgi-bin/token" => Self::Token,
            "/cgi-bin/stable_token" => Self::StableToken,
            "/cgi-bin/qrcode/create" => Self::Create,
            "/cgi-bin/showqrcode" => Self::Picture,
            "/cgi-bin/openapi/quota/get" => Self::QuotaGet,
            "/cgi-bin/clear_quota" => Self::ClearQuota,
            "/cgi-bin/clear_quota/v2" => Self::ClearQuotaBySecret,
            _ => Self::Unknown,
        }
    }
}
