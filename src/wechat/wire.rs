//! Bodies, as the platform writes and reads them.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::{AccessToken, AppId, AppSecret, Lifetime, Scene, Ticket};

/// Paths below a base url.
pub(super) const TOKEN_PATH: &str = "/cgi-bin/stable_token";
pub(super) const CREATE_PATH: &str = "/cgi-bin/qrcode/create";
pub(super) const QUOTA_PATH: &str = "/cgi-bin/openapi/quota/get";
pub(super) const PICTURE_PATH: &str = "/cgi-bin/showqrcode";
/// The queries' only fields.
pub(super) const ACCESS_TOKEN_FIELD: &str = "access_token";
pub(super) const TICKET_FIELD: &str = "ticket";

/// `force_refresh` is left out: it would kill the token that other machines hold, and is for leaks only.
#[derive(Serialize)]
struct TokenRequest<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
}

#[derive(Serialize)]
struct CreateRequest {
    /// Always for temporary codes (left out, the code lives a minute), never for permanent ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_seconds: Option<u32>,
    action_name: &'static str,
    action_info: Value,
}

pub(super) fn token_request(appid: &AppId, secret: &AppSecret) -> Vec<u8> {
    let grant_type = "client_credential";
    to_json(&TokenRequest { grant_type, appid: appid.as_str(), secret: secret.expose() })
}

pub(super) fn create_request(scene: &Scene, lifetime: Lifetime) -> Vec<u8> {
    let (expire_seconds, [by_id, by_str]) = match lifetime {
        Lifetime::Temporary(seconds) => (Some(seconds.get()), ["QR_SCENE", "QR_STR_SCENE"]),
        Lifetime::Permanent => (None, ["QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"]),
    };
    let (action_name, scene) = match scene {
        Scene::Id(id) => (by_id, json!({ "scene_id": id.get() })),
        Scene::Str(text) => (by_str, json!({ "scene_str": text.as_str() })),
    };
    to_json(&CreateRequest { expire_seconds, action_name, action_info: json!({ "scene": scene }) })
}

/// Asks for the quota of `CREATE_PATH`.
pub(super) fn quota_request() -> Vec<u8> {
    to_json(&json!({ "cgi_path": CREATE_PATH }))
}

/// Structs of texts and numbers always serialise.
fn to_json(request: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(request).unwrap_or_default()
}

/// An answer that does not give what was asked for.
#[derive(Debug, PartialEq)]
pub(super) enum NoGood {
    /// The platform says no.
    Refused {
        /// Its code, not 0.
        errcode: i64,
        /// Its words, as they came.
        errmsg: String,
    },
    /// Not an answer of the platform's, with words for what it is instead.
    Foreign(String),
    /// Not what was asked for.
    Rejected(&'static str),
}

fn foreign(words: impl Into<String>) -> NoGood {
    NoGood::Foreign(words.into())
}

/// Reads an answer by its content: the platform sends JSON as `text/plain`, and errors with HTTP 200.
fn answer(body: &[u8]) -> Result<Map<String, Value>, NoGood> {
    let fields = match serde_json::from_slice(without_bom(body)) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(foreign("JSON that is no object")),
        Err(_) => return Err(foreign(kind(body))),
    };
    let errcode = match fields.get("errcode") {
        None | Some(Value::Null) => 0,
        Some(value) => integer(value).ok_or_else(|| foreign("an `errcode` that is no number"))?,
    };
    if errcode == 0 {
        return Ok(fields);
    }
    let errmsg = fields.get("errmsg").and_then(Value::as_str).unwrap_or_default().to_owned();
    Err(NoGood::Refused { errcode, errmsg })
}

/// The body without the byte order mark that some editors write at the beginning of a relay's script.
fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// Words for a body that is no JSON. Its text is not shown: a relay's error page may quote the request.
fn kind(body: &[u8]) -> &'static str {
    if let Some(kind) = relay_kind(body) {
        return kind;
    }
    match without_bom(body).trim_ascii() {
        [] => "an empty body",
        [b'{', ..] => "cut or malformed JSON",
        _ => "something that is no JSON",
    }
}

/// Words for a body that only something on the way can have written.
pub(super) fn relay_kind(body: &[u8]) -> Option<&'static str> {
    let body = without_bom(body).trim_ascii_start();
    let head = String::from_utf8_lossy(&body[..body.len().min(PHP_BYTES)]);
    let is_php = PHP.iter().any(|word| {
        head.contains(&format!("<b>{word}</b>:"))
            || head.trim_start_matches("PHP ").starts_with(&format!("{word}: "))
    });
    match body {
        [0x1F, 0x8B, ..] => Some("gzip"),
        _ if is_php => Some("a warning of PHP"),
        [b'<', ..] => Some("an HTML page"),
        _ => None,
    }
}

/// How far into an answer a warning of PHP is looked for.
const PHP_BYTES: usize = 512;
/// What PHP begins its warnings with.
const PHP: [&str; 5] = ["Warning", "Notice", "Deprecated", "Fatal error", "Parse error"];

/// A whole number. Relays also write `7200.0` or a string, in which `errcode` was seen too.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?)),
        _ => None,
    }
}

/// A number without a fraction that a double holds exactly.
#[expect(clippy::cast_possible_truncation, reason = "it is within the bound")]
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, NoGood> {
    fields.get(name).and_then(Value::as_str).ok_or_else(|| foreign(format!("JSON without a text `{name}`")))
}

fn count(fields: &Map<String, Value>, name: &str) -> Result<u64, NoGood> {
    let value = fields.get(name).and_then(integer).and_then(|number| u64::try_from(number).ok());
    value.ok_or_else(|| foreign(format!("JSON without a number `{name}`")))
}

/// An access token and the seconds it has left, at least 1.
pub(super) fn token_answer(body: &[u8]) -> Result<(AccessToken, u64), NoGood> {
    let fields = answer(body)?;
    let token = text(&fields, "access_token")?;
    // 512 characters are documented as the most there can be.
    if !(1..=2048).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(foreign("an `access_token` that cannot be one"));
    }
    match count(&fields, "expires_in")? {
        0 => Err(foreign("an access token that has expired already")),
        seconds => Ok((AccessToken::new(token), seconds)),
    }
}

/// What the platform gives for a code.
#[derive(Debug, PartialEq)]
pub(super) struct CreateAnswer {
    pub(super) ticket: Ticket,
    pub(super) url: String,
    /// As it came, if it did.
    pub(super) expire_seconds: Option<i64>,
}

/// The longest url that is believed; real ones have 45 characters.
const URL_BYTES: usize = 512;

pub(super) fn create_answer(body: &[u8]) -> Result<CreateAnswer, NoGood> {
    let fields = answer(body)?;
    let ticket =
        Ticket::new(text(&fields, "ticket")?).map_err(|_| foreign("a `ticket` that cannot be one"))?;
    let url = text(&fields, "url")?;
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    if url.len() > URL_BYTES || !rest.is_some_and(|rest| !rest.is_empty() && is_visible(rest)) {
        return Err(foreign("a `url` that cannot be one"));
    }
    let expire_seconds = match fields.get("expire_seconds") {
        None | Some(Value::Null) => None,
        Some(value) => Some(integer(value).ok_or_else(|| foreign("an `expire_seconds` that is no number"))?),
    };
    Ok(CreateAnswer { ticket, url: url.to_owned(), expire_seconds })
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What is left of the day's create calls, by the platform's count (documented as inexact by about 1 %).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Calls a day.
    pub daily_limit: u64,
    /// Calls made today.
    pub used: u64,
    /// Calls left today.
    pub remain: u64,
}

pub(super) fn quota_answer(body: &[u8]) -> Result<Quota, NoGood> {
    let fields = answer(body)?;
    let quota = fields.get("quota").and_then(Value::as_object);
    let quota = quota.ok_or_else(|| foreign("JSON without an object `quota`"))?;
    let count = |name| count(quota, name);
    Ok(Quota { daily_limit: count("daily_limit")?, used: count("used")?, remain: count("remain")? })
}

/// An error in the place of a picture, in either of the two forms that were seen.
pub(super) fn picture_error(body: &[u8]) -> Option<(i64, String)> {
    if !without_bom(body).trim_ascii_start().starts_with(b"{") {
        return None;
    }
    match answer(body) {
        Err(NoGood::Refused { errcode, errmsg }) => Some((errcode, errmsg)),
        Err(_) => None,
        Ok(fields) => {
            let base = fields.get("base_resp")?;
            let errcode = base.get("ret").and_then(integer).filter(|errcode| *errcode != 0)?;
            let errmsg = base.get("err_msg").and_then(Value::as_str).unwrap_or_default();
            Some((errcode, errmsg.to_owned()))
        }
    }
}

#[cfg(test)]
#[path = "tests/wire.rs"]
mod tests;
