//! Requests and answers, with every limit of time and size. What the bodies mean stands in `wire`.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Response, Url};

use crate::clock;
use crate::model::{BaseUrl, machine_limit};

/// The connections of all accounts. Cheap to clone; made without reading anything: what a host needs (root
/// certificates, a proxy from the environment) is looked up when the first request to it goes.
///
/// Redirects, cookies, compression and retries are off. `HTTPS_PROXY` is honoured, also for `socks5://`, but never for
/// loopback.
#[derive(Debug, Clone)]
pub struct Http(Arc<Connections>);

#[derive(Debug)]
struct Connections {
    timeouts: Timeouts,
    /// One for each `Route`, or why it cannot be had.
    clients: [OnceLock<Result<reqwest::Client, String>>; 3],
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) connect: Duration,
    /// From the beginning to the answer's headers.
    pub(super) answer: Duration,
    /// From the headers to the body's end.
    pub(super) body: Duration,
}

impl Timeouts {
    const DEFAULT: Self = Self {
        connect: Duration::from_secs(10),
        answer: Duration::from_secs(20),
        body: Duration::from_mins(1),
    };
}

/// What a connection needs.
#[derive(Debug, Clone, Copy)]
enum Route {
    /// Plain http to this machine: no proxy, no certificates.
    Plain,
    /// https to this machine: no proxy.
    Local,
    /// https to another one.
    Remote,
}

impl Route {
    fn to(base: &BaseUrl) -> Self {
        match (base.is_loopback(), base.as_str().starts_with("http://")) {
            (true, true) => Self::Plain,
            (true, false) => Self::Local,
            (false, _) => Self::Remote,
        }
    }
}

/// One request below a base url: a GET without a body, a POST of JSON with one.
pub(super) struct Request<'a> {
    pub(super) base: &'a BaseUrl,
    pub(super) path: &'static str,
    pub(super) query: Option<(&'static str, &'a str)>,
    pub(super) body: Option<Vec<u8>>,
    /// The most bytes of the answer's body.
    pub(super) limit: usize,
}

/// An answer; the body is empty if the status alone tells what to do.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// The host of a redirect.
    pub(super) redirect: Option<String>,
    /// What time it was where the answer comes from: the platform, or a relay.
    pub(super) date: Option<Timestamp>,
    /// By how much that was ahead of this machine's clock.
    pub(super) ahead: Option<SignedDuration>,
    pub(super) body: Vec<u8>,
}

/// Why there is no whole answer. The words may hold what a library said, never a url.
#[derive(Debug)]
pub(super) enum HttpError {
    /// No request can go, now or later.
    Unable(String),
    /// This machine gives no connection: too many files are open.
    Machine(String),
    /// No answer came.
    NoAnswer(String, Way),
    /// Something answered, but not in HTTP as it may be.
    Garbled(String),
    /// An answer came, but not to its end.
    Cut(String),
    /// An answer came with a body over the limit.
    TooLarge,
}

/// Which way a request took that nobody answered. A proxy is told as `host:port`, without its credentials.
#[derive(Debug)]
pub(super) enum Way {
    /// No proxy was asked.
    Direct,
    /// A proxy was not reached.
    ToProxy(String),
    /// A proxy was reached, or nobody knows where the way ended.
    Through(String),
}

/// How the library's words begin that tell of an answer: there is no other way to tell it from silence.
const GARBLED: [&str; 2] = ["message head is too large", "invalid HTTP"];

/// The longest `Retry-After` that is heard, a day; more than a request's whole budget.
const RETRY_AFTER_SECONDS: u64 = 86_400;

impl Http {
    /// No connection yet.
    pub fn new() -> Self {
        Self::with_timeouts(Timeouts::DEFAULT)
    }

    pub(super) fn with_timeouts(timeouts: Timeouts) -> Self {
        Self(Arc::new(Connections { timeouts, clients: Default::default() }))
    }

    pub(super) async fn send(&self, request: Request<'_>) -> Result<Answer, HttpError> {
        let (limit, base) = (request.limit, request.base);
        let timeouts = self.0.timeouts;
        let builder = self.builder(request)?;
        let response = match tokio::time::timeout(timeouts.answer, builder.send()).await {
            Err(_) => {
                let way = proxy(base).map_or(Way::Direct, Way::Through);
                return Err(HttpError::NoAnswer(within("no answer", timeouts.answer), way));
            }
            Ok(Err(error)) => return Err(no_answer(&error.without_url(), base, timeouts)),
            Ok(Ok(response)) => response,
        };
        let (status, date) = (response.status(), date(response.headers(), DATE));
        let mut answer = Answer {
            status: status.as_u16(),
            retry_after: retry_after(response.headers(), clock::now()),
            redirect: redirect(&response),
            date,
            ahead: date.map(|date| date.duration_since(clock::now())),
            body: Vec::new(),
        };
        if status.is_success() || (status.is_client_error() && answer.status != 429) {
            let body = tokio::time::timeout(timeouts.body, read(response, limit)).await;
            answer.body = body.map_err(|_| HttpError::Cut(within("not whole", timeouts.body)))??;
        }
        Ok(answer)
    }

    fn builder(&self, request: Request<'_>) -> Result<reqwest::RequestBuilder, HttpError> {
        let mut url = Url::parse(&format!("{}{}", request.base, request.path))
            .map_err(|error| HttpError::Unable(format!("{} is no url: {error}", request.base)))?;
        if let Some((name, value)) = request.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let client = self.client(Route::to(request.base))?;
        Ok(match request.body {
            Some(body) => {
                client.post(url).header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body)
            }
            None => client.get(url),
        })
    }

    fn client(&self, route: Route) -> Result<&reqwest::Client, HttpError> {
        let client = self.0.clients[route as usize].get_or_init(|| build(route, self.0.timeouts));
        client.as_ref().map_err(|words| HttpError::Unable(words.clone()))
    }
}

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}

fn build(route: Route, timeouts: Timeouts) -> Result<reqwest::Client, String> {
    // An error means that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("scenepress/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(timeouts.connect);
    if !matches!(route, Route::Remote) {
        builder = builder.no_proxy();
    }
    if matches!(route, Route::Plain) {
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        format!(
            "https cannot be used on this machine: {}; where CA certificates are missing, install \
             ca-certificates or name a file of them in SSL_CERT_FILE",
            innermost(&error.without_url())
        )
    })
}

async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, HttpError> {
    let announced = response.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(HttpError::TooLarge);
    }
    // Not as much as announced: an announcement costs nothing.
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0).min(64 * 1024));
    while let Some(chunk) =
        response.chunk().await.map_err(|error| HttpError::Cut(innermost(&error.without_url())))?
    {
        if body.len() + chunk.len() > limit {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Sorts out why no answer came.
fn no_answer(error: &reqwest::Error, base: &BaseUrl, timeouts: Timeouts) -> HttpError {
    let words = innermost(error);
    if GARBLED.iter().any(|beginning| words.starts_with(beginning)) {
        return HttpError::Garbled(words);
    }
    if machine_limit(&words).is_some() {
        return HttpError::Machine(words);
    }
    let (is_dns, is_tcp) =
        (error.is_dns(), causes(error).any(|cause| TCP.iter().any(|tcp| cause.contains(tcp))));
    let way = match proxy(base) {
        None => Way::Direct,
        Some(proxy) if is_dns || is_tcp => Way::ToProxy(proxy),
        Some(proxy) => Way::Through(proxy),
    };
    let words = if error.is_timeout() && error.is_connect() {
        within("no connection", timeouts.connect)
    } else if is_dns {
        format!("its name does not resolve: {words}")
    } else {
        words
    };
    HttpError::NoAnswer(words, way)
}

/// How the library says that no connection came about, to the proxy if there is one.
const TCP: [&str; 2] = ["tcp connect error", "failed to create underlying connection"];

/// The proxy that requests to a host go through, by the same rules as the client's: `host:port`.
fn proxy(base: &BaseUrl) -> Option<String> {
    if !matches!(Route::to(base), Route::Remote) {
        return None;
    }
    let proxy = Matcher::from_system().intercept(&base.as_str().parse().ok()?)?;
    let (host, port) = (proxy.uri().host()?, proxy.uri().port_u16());
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// The last of the chain of causes is the one that tells; the others are names of layers.
fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().unwrap_or_default()
}

/// The error and its causes in words, the innermost last.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = String> {
    let mut next: Option<&dyn Error> = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error.to_string())
    })
}

fn within(what: &str, time: Duration) -> String {
    format!("{what} within {} s", time.as_secs_f64())
}

/// Where a redirect points to, as far as it may be shown: the rest may repeat our query.
fn redirect(response: &Response) -> Option<String> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let target = response.url().join(location).ok()?;
    Some(target.host_str()?.to_owned())
}

/// `Retry-After`, in seconds or as a date; the date is compared with the answer's own, for clocks differ.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) => RETRY_AFTER_SECONDS,
        Err(_) => {
            let sent_at = date(headers, DATE).unwrap_or(now);
            u64::try_from(date(headers, RETRY_AFTER)?.duration_since(sent_at).as_secs()).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds.min(RETRY_AFTER_SECONDS)))
}

/// A header that holds an HTTP date.
fn date(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now: Timestamp = "2026-11-22T08:00:00Z".parse().expect("an instant");
        let read = |value: &'static str, date: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            retry_after(&headers, now).map(|duration| duration.as_secs())
        };
        for (value, date, expected) in [
            ("7", None, Some(7)),
            ("0", None, Some(0)),
            ("3600", None, Some(3600)),
            ("99999999999999999999999", None, Some(86_400)),
            ("Sun, 22 Nov 2026 08:00:30 GMT", None, Some(30)),
            ("Sun, 22 Nov 2026 07:00:00 GMT", None, Some(0)),
            ("Sun, 22 Nov 2026 10:00:30 GMT", Some("Sun, 22 Nov 2026 10:00:00 GMT"), Some(30)),
            ("Sun, 22 Nov 2026 08:00:30 GMT", Some("yesterday"), Some(30)),
            ("-1", None, None),
            ("soon", None, None),
        ] {
            assert_eq!(read(value, date), expected, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn loopback_goes_another_way_than_the_world() {
        let route = |url| Route::to(&BaseUrl::new(url).expect("a base url"));
        assert!(matches!(route("http://127.0.0.1:8080"), Route::Plain));
        assert!(matches!(route("https://localhost/relay"), Route::Local));
        assert!(matches!(route("https://api.weixin.qq.com"), Route::Remote));
    }
}
