//! The calls of one account.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::errcode::{self, Asked, Owner};
use super::error::{CallError, Stage, shown};
use super::http::{Answer, Http, HttpError, Request, Way};
use super::token::TokenCache;
use super::wire::{self, CreateAnswer, NoGood, Quota};
use crate::model::{
    AccessToken, Account, AppId, AppSecret, BaseUrl, ClockCheck, Lifetime, Scene, Ticket, TicketFacts,
    machine_limit,
};
use crate::pace::Class;

/// One account at the platform. Cheap to clone; the clones share the access token.
///
/// Each call makes one attempt (and asks for an access token first if none is held). Nothing is retried.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: Http,
    api_url: BaseUrl,
    image_url: BaseUrl,
    appid: AppId,
    secret: AppSecret,
    owner: Owner,
    tokens: TokenCache,
    /// By how much the last answer of `api_url` was ahead of this machine's clock, to a second and the time it took.
    ahead: Mutex<Option<SignedDuration>>,
}

/// What the platform gave for a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedTicket {
    /// Exchanged for the picture.
    pub ticket: Ticket,
    /// What the picture decodes to, at most 512 visible ASCII characters of http or https.
    pub url: String,
    /// How long a temporary code lives, from the request on: at least 1, at most what was asked for. `None` for
    /// a permanent one.
    pub expire_seconds: Option<u32>,
    /// When the ticket says it was made, if its checksum is right and its lifetime is the answer's.
    pub birth: Option<Timestamp>,
    /// The answer's `Date`: the platform's clock, or a relay's.
    pub date: Option<Timestamp>,
}

const JSON_LIMIT: usize = 1024 * 1024;
const PICTURE_LIMIT: usize = 8 * 1024 * 1024;

impl Client {
    /// Calls nothing yet.
    pub fn new(http: Http, account: &Account, appid: AppId, secret: AppSecret) -> Self {
        Self(Arc::new(Inner {
            http,
            api_url: account.api_url.clone(),
            image_url: account.image_url.clone(),
            owner: Owner::new(account, &appid),
            appid,
            secret,
            tokens: TokenCache::default(),
            ahead: Mutex::default(),
        }))
    }

    /// Gets an access token if none is held, so that a following call begins with its own request.
    pub async fn authorize(&self) -> Result<(), CallError> {
        self.0.tokens.get(async || self.ask_for_token().await).await.map(drop)
    }

    /// Asks for a ticket and holds the answer against what was asked for.
    ///
    /// Where the access token is refused ([`Class::AccessToken`]) it is dropped, so that the next call gets
    /// another, unless one has come meanwhile.
    pub async fn issue(&self, scene: &Scene, lifetime: Lifetime) -> Result<IssuedTicket, CallError> {
        let read = |answer: &Answer| {
            let date = answer.date;
            let answer = wire::create_answer(&answer.body)?;
            let texts = [answer.ticket.as_str(), &answer.url];
            let repeats =
                |secret: &&str| !secret.is_empty() && texts.iter().any(|text| text.contains(secret));
            if self.0.with_secrets(|secrets| secrets.iter().any(repeats)) {
                return Err(NoGood::Rejected(
                    "the answer repeats the access token or the secret: something on the way, a relay perhaps, is wrong",
                ));
            }
            let issued = checked(answer, lifetime).map_err(NoGood::Rejected)?;
            Ok(IssuedTicket { date, ..issued })
        };
        let asked = Asked { is_temporary: !lifetime.is_permanent(), ..Asked::of(Stage::Issue) };
        self.with_token(asked, wire::CREATE_PATH, wire::create_request(scene, lifetime), read).await
    }

    /// A text that may hold something from outside, fit to be shown: one line, at most 200 characters, without the
    /// secret, access tokens, and longer parts of them.
    pub fn shown(&self, text: &str) -> String {
        self.0.shown(text)
    }

    /// Downloads what the platform gives for a ticket: 1 byte to 8 MiB that are no error in JSON. Whether it is
    /// the picture of this ticket is for the image stage to find out. Needs no access token.
    pub async fn fetch(&self, ticket: &Ticket) -> Result<Vec<u8>, CallError> {
        let inner = &*self.0;
        let request = Request {
            base: &inner.image_url,
            path: wire::PICTURE_PATH,
            query: Some((wire::TICKET_FIELD, ticket.as_str())),
            body: None,
            limit: PICTURE_LIMIT,
        };
        let caller =
            Caller { asked: Asked::of(Stage::Fetch), base: &inner.image_url, key: "image_url", inner };
        let answer = caller.send(request).await?;
        if let Some((errcode, errmsg)) = wire::picture_error(&answer.body) {
            return Err(caller.refused(errcode, &errmsg));
        }
        if answer.status != 200 {
            let words = match answer.status {
                404 => "there is no picture for this ticket (HTTP 404)".to_owned(),
                status => format!("{} answered with HTTP {status} instead of a picture", inner.image_url),
            };
            return Err(caller.error(Class::PictureRejected, words));
        }
        if answer.body.is_empty() {
            return Err(caller.error(Class::PictureRejected, "the picture is empty".to_owned()));
        }
        if let Some(kind) = wire::relay_kind(&answer.body) {
            return Err(caller.error(Class::PictureRejected, caller.foreign(kind)));
        }
        Ok(answer.body)
    }

    /// The base url that a stage asks.
    pub fn host(&self, stage: Stage) -> &BaseUrl {
        if stage == Stage::Fetch { &self.0.image_url } else { &self.0.api_url }
    }

    /// Asks what is left of the day's create calls. The call itself is not counted among them.
    pub async fn quota(&self) -> Result<Quota, CallError> {
        let body = wire::quota_request();
        self.with_token(Asked::of(Stage::Issue), wire::QUOTA_PATH, body, |answer| {
            wire::quota_answer(&answer.body)
        })
        .await
    }

    /// Compares this machine's clock with that of the last answer of `api_url`. If they are far apart, `image_url` is
    /// asked for the time as well: for a picture without naming its ticket, so that it has nothing to draw.
    pub async fn check_clock(&self) -> ClockCheck {
        let Inner { http, api_url, image_url, ahead, .. } = &*self.0;
        let api = *ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let mut check =
            ClockCheck { api_url: api_url.clone(), api, image_url: image_url.clone(), image: None };
        if check.needs_image() {
            let path = wire::PICTURE_PATH;
            let request = Request { base: image_url, path, query: None, body: None, limit: PICTURE_LIMIT };
            check.image = http.send(request).await.ok().and_then(|answer| answer.ahead);
        }
        check
    }

    /// One POST that needs an access token.
    async fn with_token<T>(
        &self,
        asked: Asked,
        path: &'static str,
        body: Vec<u8>,
        read: impl FnOnce(&Answer) -> Result<T, NoGood>,
    ) -> Result<T, CallError> {
        let inner = &*self.0;
        let held = inner.tokens.get(async || self.ask_for_token().await).await?;
        let token = held.access_token.expose();
        let request = Request {
            base: &inner.api_url,
            path,
            query: Some((wire::ACCESS_TOKEN_FIELD, token)),
            body: Some(body),
            limit: JSON_LIMIT,
        };
        let caller = Caller { asked, base: &inner.api_url, key: "api_url", inner };
        let result = caller.call(request, read).await;
        if let Err(CallError { class: Class::AccessToken, .. }) = &result {
            inner.tokens.refused(&held).await;
        }
        result
    }

    async fn ask_for_token(&self) -> Result<(AccessToken, u64), CallError> {
        let inner = &*self.0;
        let request = Request {
            base: &inner.api_url,
            path: wire::TOKEN_PATH,
            query: None,
            body: Some(wire::token_request(&inner.appid, &inner.secret)),
            limit: JSON_LIMIT,
        };
        let caller = Caller { asked: Asked::of(Stage::Token), base: &inner.api_url, key: "api_url", inner };
        caller.call(request, |answer| wire::token_answer(&answer.body)).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.0.appid)
    }
}

/// One call, for the words of its errors.
struct Caller<'a> {
    asked: Asked,
    base: &'a BaseUrl,
    /// Where the base url comes from in `accounts.yaml`.
    key: &'static str,
    inner: &'a Inner,
}

impl Caller<'_> {
    /// Sends a JSON call and reads its answer.
    async fn call<T>(
        &self,
        request: Request<'_>,
        read: impl FnOnce(&Answer) -> Result<T, NoGood>,
    ) -> Result<T, CallError> {
        let answer = self.send(request).await?;
        match read(&answer) {
            Err(NoGood::Refused { errcode, errmsg }) => Err(self.refused(errcode, &errmsg)),
            other if answer.status != 200 => {
                let what = match other {
                    Err(NoGood::Foreign(what)) => format!(" and {what}"),
                    _ => String::new(),
                };
                let words = self.foreign(&format!("HTTP {}{what}", answer.status));
                Err(self.busy(answer.retry_after, words))
            }
            Err(NoGood::Rejected(words)) => Err(self.error(Class::CodeRejected, words.to_owned())),
            Err(NoGood::Foreign(what)) => Err(self.busy(None, self.foreign(&what))),
            Ok(value) => Ok(value),
        }
    }

    /// Sends, and sorts out what cannot be an answer to the call.
    async fn send(&self, request: Request<'_>) -> Result<Answer, CallError> {
        let limit = request.limit;
        let answer = self.inner.http.send(request).await.map_err(|error| self.failed(error, limit))?;
        if self.asked.stage != Stage::Fetch && answer.ahead.is_some() {
            *self.inner.ahead.lock().unwrap_or_else(PoisonError::into_inner) = answer.ahead;
        }
        let base = self.base;
        match answer.status {
            300..=399 => {
                let host = answer.redirect.as_deref().map(|host| format!(" to {}", self.inner.shown(host)));
                let host = host.unwrap_or_default();
                let words = format!(
                    "{base} answered with a redirect{host} (HTTP {}), which is not followed: check `{}` and \
                     whether the network asks for a login",
                    answer.status, self.key
                );
                Err(self.busy(answer.retry_after, words))
            }
            429 | 500.. => {
                let words = format!("{base} answered with HTTP {}", answer.status);
                Err(self.busy(answer.retry_after, words))
            }
            _ => Ok(answer),
        }
    }

    fn failed(&self, error: HttpError, limit: usize) -> CallError {
        let base = self.base;
        match error {
            HttpError::Unable(words) => self.error(Class::AccountRefused, words),
            HttpError::Machine(words) => {
                let help = machine_limit(&words).map(|help| format!("; {help}")).unwrap_or_default();
                self.error(Class::Defect, format!("this machine cannot connect to {base}: {words}{help}"))
            }
            HttpError::NoAnswer(words, way) => {
                let words = self.inner.shown(&words);
                let message = match way {
                    Way::Direct if base.is_loopback() => format!("{base} could not be reached: {words}"),
                    Way::Direct => {
                        format!("{base} could not be reached: {words}; check the network, and HTTPS_PROXY")
                    }
                    Way::ToProxy(proxy) => {
                        format!("the proxy {proxy} could not be reached: {words}; check HTTPS_PROXY")
                    }
                    Way::Through(proxy) => format!(
                        "{base} could not be reached through the proxy {proxy}: {words}; check HTTPS_PROXY"
                    ),
                };
                self.error(Class::Unreachable, message)
            }
            HttpError::Garbled(words) => {
                let words =
                    format!("{base} answered with what is no answer in HTTP: {}", self.inner.shown(&words));
                self.busy(None, words)
            }
            HttpError::Cut(words) => {
                self.busy(None, format!("the answer of {base} broke off: {}", self.inner.shown(&words)))
            }
            HttpError::TooLarge => {
                let words = format!("{base} answered with more than {} MiB", limit / (1024 * 1024));
                match self.asked.stage {
                    Stage::Fetch => self.error(Class::PictureRejected, words),
                    _ => self.busy(None, words),
                }
            }
        }
    }

    /// Words for an answer that is not the platform's.
    fn foreign(&self, what: &str) -> String {
        format!(
            "{} answered with {what} instead of the platform's answer: is `{}` a relay?",
            self.base, self.key
        )
    }

    fn refused(&self, errcode: i64, errmsg: &str) -> CallError {
        let (said, rid) = errcode::split_rid(errmsg);
        let (said, rid) = (self.inner.shown(&said), rid.map(|rid| self.inner.shown(&rid)));
        let (class, message) = errcode::judge(errcode, &said, self.asked, &self.inner.owner);
        CallError { errcode: Some(errcode), rid, ..self.error(class, message) }
    }

    fn busy(&self, retry_after: Option<Duration>, message: String) -> CallError {
        self.error(Class::Busy { retry_after }, message)
    }

    /// With words of ours: what comes from outside goes through `shown` first.
    fn error(&self, class: Class, message: String) -> CallError {
        CallError { stage: self.asked.stage, class, errcode: None, rid: None, message }
    }
}

impl Inner {
    /// Lends what no text that is shown may hold: the access tokens and the secret.
    fn with_secrets<T>(&self, take: impl FnOnce(&[&str]) -> T) -> T {
        let tokens = self.tokens.known();
        let secrets: Vec<&str> =
            tokens.iter().map(AccessToken::expose).chain([self.secret.expose()]).collect();
        take(&secrets)
    }

    fn shown(&self, text: &str) -> String {
        self.with_secrets(|secrets| shown(text, secrets))
    }
}

/// Holds an answer against what was asked for, and against what the ticket says of itself if its checksum
/// is right (its form is not documented, so a ticket of another form proves nothing).
fn checked(answer: CreateAnswer, lifetime: Lifetime) -> Result<IssuedTicket, &'static str> {
    let CreateAnswer { ticket, url, expire_seconds } = answer;
    let asked = lifetime.seconds();
    let facts = TicketFacts::read(ticket.as_str()).filter(|facts| facts.checksum_right);
    let mut birth = None;
    let answered = match (lifetime, expire_seconds) {
        // Said of a permanent code it means nothing where the ticket itself tells the lifetime.
        (Lifetime::Permanent, Some(1..)) if facts.is_none() => {
            return Err("the platform answered with a temporary code");
        }
        (Lifetime::Permanent, _) => 0,
        (Lifetime::Temporary(_), None) => i64::from(asked),
        (Lifetime::Temporary(_), Some(seconds)) if seconds < 1 => {
            return Err("the platform answered with a code that lives 0 seconds");
        }
        (Lifetime::Temporary(_), Some(seconds)) => seconds,
    };
    if let Some(facts) = facts {
        if facts.url != url {
            return Err("the platform answered with a ticket and a url that do not belong together");
        }
        if facts.lifetime_seconds.is_some_and(|seconds| i64::from(seconds) != answered) {
            return Err("the platform answered with a ticket of another lifetime than it says");
        }
        birth = facts.lifetime_seconds.map(|_| facts.created_at);
    }
    let granted = u32::try_from(answered).unwrap_or(asked).min(asked);
    let expire_seconds = (!lifetime.is_permanent()).then_some(granted);
    Ok(IssuedTicket { ticket, url, expire_seconds, birth, date: None })
}
