//! HTTP: which request goes where, and how answers look on the wire.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Query, Request, State as Shared};
use axum::http::header::{CACHE_CONTROL, DATE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use jiff::SignedDuration;
use tokio::sync::watch;

use super::Settings;
use super::answer::{self, Answer, JSON, http_date};
use super::checks::{self, kept, text};
use super::counters::Requests;
use super::faults::{Fault, Side};
use super::log::{Endpoint, LoggedRequest};
use super::picture;
use super::refusal::{self, CONTENT_SIZE, DATA_FORMAT, Refusal};
use super::state::{self, Call, State};
use super::time::Time;
use super::wire::{Caller, Paced};
use crate::clock;

/// Bytes. The largest sensible request is far below.
const BODY_LIMIT: usize = 64 * 1024;
/// Bytes. An access token may have 512.
const QUERY_LIMIT: usize = 8 * 1024;
const PICTURE: &str = "/cgi-bin/showqrcode";
/// What showqrcode says to anything but GET (reported).
const PICTURE_POSTED: &str = r#"{"base_resp":{"ret":200005,"err_msg":"not supported"}}"#;
/// What was written of a short answer leaves the machine in this time.
const BEFORE_BREAK: Duration = Duration::from_millis(20);

/// What all requests share.
pub(super) struct Server {
    state: Mutex<State>,
    pub(super) time: Time,
    picture_side: u16,
    url_prefix: &'static str,
    /// Changes when the emulator stops: who waits for ever waits for that.
    stopped: watch::Receiver<()>,
}

/// All requests come through here.
async fn serve(
    Shared(server): Shared<Arc<Server>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| CONTENT_SIZE);
    let _whole = caller.whole();
    let (answer, fault) = if parts.uri.query().is_some_and(|query| query.len() > QUERY_LIMIT) {
        (Some(answer::of(StatusCode::URI_TOO_LONG, "", "")), None)
    } else {
        server.decide(&Call {
            ip: caller.ip,
            path: parts.uri.path().to_owned(),
            method: parts.method,
            query: Query::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default(),
            body: body.and_then(|body| serde_json::from_slice(&body).map_err(|_| DATA_FORMAT)),
        })
    };
    if let Some(milliseconds) = fault.as_ref().and_then(|fault| fault.delay_ms) {
        tokio::select! {
            () = clock::sleep(Duration::from_millis(milliseconds.into())) => {}
            () = server.stopped() => {}
        }
    }
    let Some(answer) = answer else {
        if fault.is_some_and(|fault| fault.hang.is_some()) {
            server.stopped().await;
        }
        caller.reset();
        // It does not leave.
        return Response::default();
    };
    server.send(answer, fault.as_ref())
}

impl Server {
    pub(super) fn new(settings: &Settings, time: Time, stopped: watch::Receiver<()>) -> Self {
        let state = Mutex::new(State::new(settings, time.started_at.as_nanosecond()));
        Self { state, time, picture_side: settings.picture_side, url_prefix: settings.url_prefix, stopped }
    }

    pub(super) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(serve).with_state(self)
    }

    /// Nothing panics while it holds the lock; if it did, the state would still serve.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the emulator stops.
    pub(super) async fn stopped(&self) {
        // An error means that the emulator was dropped, which ends it too.
        let _ = self.stopped.clone().changed().await;
    }

    /// An answer as it goes out, with the emulator's date.
    pub(super) fn send(&self, mut answer: Answer, fault: Option<&Fault>) -> Response {
        let off =
            SignedDuration::from_secs(fault.and_then(|fault| fault.date_off).unwrap_or_default().into());
        let now = self.time.now();
        if let Ok(date) = HeaderValue::try_from(http_date(now.checked_add(off).unwrap_or(now))) {
            answer.headers_mut().insert(DATE, date);
        }
        let slow = fault.and_then(|fault| fault.slow.zip(fault.every_ms));
        let short_by = fault.and_then(|fault| fault.short_by);
        answer.map(|body| {
            if slow.is_none() && short_by.is_none() {
                return Body::from(body);
            }
            let (piece, every) = slow.map_or((usize::MAX, BEFORE_BREAK), |(bytes, milliseconds)| {
                let bytes = usize::try_from(bytes.get()).unwrap_or(usize::MAX);
                (bytes, Duration::from_millis(milliseconds.into()))
            });
            let missing = short_by.map_or(0, |bytes| u64::from(bytes.get()));
            Body::new(Paced { rest: Bytes::from(body), piece, every, missing, pause: None })
        })
    }

    /// The one place for faults: what is asked is known, nothing is done yet. No answer if it is lost.
    fn decide(&self, call: &Call) -> (Option<Answer>, Option<Fault>) {
        let mut request = self.request(call);
        let met = self.state().faults.meet(&request, self.time.elapsed());
        let (number, fault) = met.unzip();
        let answer = match &fault {
            None => Some(self.answer(call)),
            Some(fault) => self.fail(fault, call),
        };
        request.fault = number;
        request.status = answer.as_ref().map(|answer| answer.status().as_u16());
        request.errcode = answer.as_ref().and_then(answer::errcode);
        let mut state = self.state();
        if let Some(errcode) = request.errcode {
            *state.counters.errors.entry(errcode).or_default() += 1;
        }
        state.log.push(request);
        (answer, fault)
    }

    /// Counts a request, and tells what it is about.
    fn request(&self, call: &Call) -> LoggedRequest {
        let mut state = self.state();
        let (endpoint, counter) = place(&call.path, &mut state.counters.requests);
        *counter += 1;
        let body = call.body.as_ref().ok();
        let named = |fields| text(fields, "appid").map(kept);
        let ticket = text(&call.query, "ticket").filter(|_| endpoint == Endpoint::Picture);
        let (appid, scene) = match (endpoint, call.path.as_str()) {
            (Endpoint::Picture, _) => ticket.and_then(|ticket| state.origin_of_ticket(ticket)).unzip(),
            (_, state::TOKEN) => (named(&call.query), None),
            (_, state::STABLE_TOKEN | state::CLEAR_QUOTA_BY_SECRET) => (body.and_then(named), None),
            _ => {
                let appid = state.appid_of_access_token(text(&call.query, "access_token"));
                (appid, body.filter(|_| endpoint == Endpoint::Create).map(checks::scene))
            }
        };
        let (at, ticket, scene) = (self.time.now(), ticket.map(kept), scene.flatten());
        LoggedRequest {
            number: 0,
            at,
            endpoint,
            scene,
            ticket,
            appid,
            fault: None,
            status: None,
            errcode: None,
        }
    }

    fn fail(&self, fault: &Fault, call: &Call) -> Option<Answer> {
        if fault.loses(Side::Before) {
            return None;
        }
        let now = self.time.now();
        let say = |errcode| self.say(refusal::of(errcode), call);
        if let Some(answer) = fault.instead(say, now) {
            return Some(answer);
        }
        if let (Some(end), Some(access_token)) = (fault.access_token, text(&call.query, "access_token")) {
            self.state().tokens.end(access_token, end, now.as_second());
        }
        let mut answer = self.answer(call);
        let other_url = format!("{}another-code-s-url", self.url_prefix);
        fault.bend(&mut answer, self.picture_side, &other_url);
        (!fault.loses(Side::After)).then_some(answer)
    }

    /// The right answer. A refusal too has status 200.
    fn answer(&self, call: &Call) -> Answer {
        let is_picture = call.path == PICTURE;
        if place(&call.path, &mut Requests::default()).0 == Endpoint::Unknown {
            return answer::of(StatusCode::NOT_FOUND, "", "");
        }
        match call.method {
            Method::HEAD => answer::of(StatusCode::METHOD_NOT_ALLOWED, "", ""),
            Method::GET if is_picture => self.picture(text(&call.query, "ticket")),
            _ if is_picture => answer::of(StatusCode::OK, JSON, PICTURE_POSTED),
            _ => {
                let answer = self.state().answer(call, self.time.now().as_second());
                match answer {
                    Ok(value) => answer::json(StatusCode::OK, &value),
                    Err(refusal) => {
                        answer::error(refusal.errcode, &refusal.errcode.into(), &self.say(refusal, call))
                    }
                }
            }
        }
    }

    /// The text of a refusal, with a request id.
    fn say(&self, refusal: Refusal, call: &Call) -> String {
        self.state().say(refusal, call.ip, self.time.now().as_second())
    }

    /// The picture is drawn outside the lock.
    fn picture(&self, ticket: Option<&str>) -> Answer {
        let Some(jpeg) = ticket.and_then(|ticket| picture::draw(ticket, self.picture_side)) else {
            self.state().counters.pictures_missing += 1;
            return answer::of(StatusCode::NOT_FOUND, "", "");
        };
        self.state().counters.pictures += 1;
        // The media type is not a registered one; it is what the platform sends.
        let mut answer = answer::of(StatusCode::OK, "image/jpg", jpeg);
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("max-age=604800"));
        answer
    }
}

/// What a path is, and the counter of its requests.
fn place<'a>(path: &str, requests: &'a mut Requests) -> (Endpoint, &'a mut u64) {
    match path {
        state::TOKEN => (Endpoint::Token, &mut requests.token),
        state::STABLE_TOKEN => (Endpoint::Token, &mut requests.stable_token),
        state::CREATE => (Endpoint::Create, &mut requests.create),
        PICTURE => (Endpoint::Picture, &mut requests.showqrcode),
        state::QUOTA => (Endpoint::Quota, &mut requests.quota_get),
        state::CLEAR_QUOTA | state::CLEAR_QUOTA_BY_SECRET => (Endpoint::Quota, &mut requests.clear_quota),
        _ => (Endpoint::Unknown, &mut requests.unknown),
    }
}
