//! Faults as a text: YAML in a file, JSON at the control port. `docs/src/rehearsal.md` has the table of keys.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use serde_yaml::Spanned;

use super::{Endpoint, Fault, Kind, RetryAfter, Target, When};

/// The keys that say which requests are met; at most one of them.
const WHENS: [&str; 5] = ["nth", "every", "after", "probability", "from"];
/// The keys that say what is done; exactly one of them.
const KINDS: [&str; 9] =
    ["errcode", "errcode_as_text", "status", "answer", "reset", "hang", "slow", "delay_ms", "short_by"];
/// The same for access tokens.
const ACCESS_TOKEN: &str = "access_token";
/// The keys that belong to another, with that one.
const DETAILS: [(&str, &str); 5] = [
    ("errmsg", "errcode"),
    ("retry_after", "status"),
    ("retry_after_date", "status"),
    ("body", "status"),
    ("every_ms", "slow"),
];
/// The keys whose value is a word, each with its words and what they do.
const WORDS: [(&str, &[(&str, Kind)]); 4] = [
    (
        "answer",
        &[
            ("html", Kind::Html),
            ("cut", Kind::Cut),
            ("malformed", Kind::Malformed),
            ("plain_text", Kind::PlainText),
            ("empty", Kind::Empty),
            ("other_picture", Kind::OtherPicture),
            ("png", Kind::Png),
            ("text", Kind::Text),
            ("other_url", Kind::OtherUrl),
            ("no_url", Kind::NoUrl),
        ],
    ),
    ("reset", &[("before", Kind::ResetBefore), ("after", Kind::ResetAfter)]),
    ("hang", &[("before", Kind::HangBefore), ("after", Kind::HangAfter)]),
    (ACCESS_TOKEN, &[("expired", Kind::AccessTokenExpired), ("superseded", Kind::AccessTokenSuperseded)]),
];
/// Milliseconds; a day.
const LONGEST_MS: u64 = 86_400_000;
/// What a short or slow body can be told in, in bytes.
const MOST_BYTES: u64 = 1_000_000;

/// The faults of a text, each with its place and its keys with theirs.
type Read = Option<Vec<Spanned<BTreeMap<String, Spanned<Value>>>>>;
/// Makes a [`When`] of its number.
type Counted = fn(u64) -> When;

/// What is wrong in a text of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct FaultsError {
    /// From 1.
    pub line: u64,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// Reads faults from YAML, of which JSON is a part: a list of them, or one as a JSON object. An empty text holds
/// none.
pub fn read_faults(text: &str) -> Result<Vec<Fault>, FaultsError> {
    let is_one = text.trim_start().starts_with('{');
    let listed = if is_one { format!("[{text}]") } else { text.to_owned() };
    let options = serde_yaml::options! {
        duplicate_keys: serde_yaml::DuplicateKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    };
    let read: Read = serde_yaml::from_str_with_options(&listed, options).map_err(|error| {
        let shown = error.without_snippet().to_string();
        let message = shown.split(" at line ").next().unwrap_or_default();
        let line = error.location().map_or(1, |location| location.line());
        FaultsError { line, message: format!("this is no list of faults: {message}") }
    })?;
    let faults = read.unwrap_or_default().into_iter();
    faults.map(|fault| Fields { line: fault.referenced.line(), fields: fault.value }.read()).collect()
}

/// The keys of one fault that were not read yet.
struct Fields {
    line: u64,
    fields: BTreeMap<String, Spanned<Value>>,
}

impl Fields {
    fn read(mut self) -> Result<Fault, FaultsError> {
        self.known()?;
        let Some(endpoint) = self.word("at", &Endpoint::ALL.map(|endpoint| (endpoint.name(), endpoint)))?
        else {
            return Err(self.wrong("a fault needs `at`: token, create, picture or quota"));
        };
        let target = Target {
            endpoint,
            when: self.when()?,
            scene: self.scene()?,
            appid: self.text("appid")?,
            times: self.number("times", 1, u64::MAX)?,
        };
        let fault = target.answering(self.kind()?);
        fault.check().map_err(|error| self.wrong(error.to_string()))?;
        Ok(fault)
    }

    /// Keys that there are, and that go together.
    fn known(&self) -> Result<(), FaultsError> {
        let kinds: Vec<&str> = KINDS.into_iter().chain([ACCESS_TOKEN]).collect();
        let details = DETAILS.map(|(detail, _)| detail);
        let plain = ["at", "scene", "appid", "times"];
        for (key, value) in &self.fields {
            let is_known = [&plain[..], &WHENS, &kinds, &details].iter().any(|keys| keys.contains(&&**key));
            if !is_known {
                return wrong(
                    value,
                    format!(
                        "unknown key `{key}`: a fault has at; {}; scene, appid, times; {}; {}",
                        WHENS.join(", "),
                        kinds.join(", "),
                        details.join(", ")
                    ),
                );
            }
            let owner = DETAILS.iter().find(|(detail, _)| detail == key).map(|(_, owner)| *owner);
            if let Some(owner) = owner.filter(|owner| !self.fields.contains_key(*owner)) {
                return wrong(value, format!("`{key}` goes with `{owner}`, which is not there"));
            }
        }
        let given = |keys: &[&str]| keys.iter().filter(|key| self.fields.contains_key(**key)).count();
        if given(&kinds) != 1 {
            return Err(self.wrong(format!("a fault does one thing, one of: {}", kinds.join(", "))));
        }
        if given(&WHENS) > 1 {
            return Err(self
                .wrong(format!("a fault meets requests in one way, at most one of: {}", WHENS.join(", "))));
        }
        Ok(())
    }

    fn when(&mut self) -> Result<When, FaultsError> {
        let counted: [(&str, u64, Counted); 4] = [
            ("nth", 1, When::Nth),
            ("every", 1, When::Every),
            ("after", 0, When::After),
            ("from", 0, When::From),
        ];
        for (key, least, when) in counted {
            if let Some(number) = self.number(key, least, u64::MAX)? {
                return Ok(when(number));
            }
        }
        let Some(value) = self.fields.remove("probability") else { return Ok(When::Each) };
        match value.value.as_f64().filter(|number| (0.0..=1.0).contains(number)) {
            Some(probability) => Ok(When::Probability(probability)),
            None => wrong(&value, format!("`probability` is {}: it is a number from 0 to 1", value.value)),
        }
    }

    fn kind(&mut self) -> Result<Kind, FaultsError> {
        if let Some(errcode) = self.errcode("errcode")? {
            let errmsg = self.text("errmsg")?;
            return Ok(errmsg.map_or(Kind::Errcode(errcode), |errmsg| Kind::ErrcodeWith(errcode, errmsg)));
        }
        if let Some(errcode) = self.errcode("errcode_as_text")? {
            return Ok(Kind::ErrcodeAsText(errcode));
        }
        if let Some(status) = self.number("status", 200, 599)? {
            let seconds = self.number("retry_after", 0, u64::MAX)?.map(RetryAfter::Seconds);
            let date = self.number("retry_after_date", 0, u64::from(u32::MAX))?.map(RetryAfter::Date);
            if seconds.is_some() && date.is_some() {
                return Err(self.wrong("of `retry_after` and `retry_after_date` there can be one"));
            }
            let status = u16::try_from(status).unwrap_or(u16::MAX);
            return Ok(Kind::Status { status, retry_after: seconds.or(date), body: self.text("body")? });
        }
        for (key, words) in WORDS {
            if let Some(kind) = self.word(key, words)? {
                return Ok(kind);
            }
        }
        if let Some(bytes) = self.number("slow", 1, MOST_BYTES)? {
            let Some(every) = self.number("every_ms", 0, LONGEST_MS)? else {
                return Err(self.wrong("`slow` needs `every_ms`: milliseconds between two pieces"));
            };
            return Ok(Kind::Slow { bytes: narrow(bytes), every: Duration::from_millis(every) });
        }
        if let Some(delay) = self.number("delay_ms", 0, LONGEST_MS)? {
            return Ok(Kind::Delay(Duration::from_millis(delay)));
        }
        match self.number("short_by", 1, MOST_BYTES)? {
            Some(bytes) => Ok(Kind::ShortBy(narrow(bytes))),
            // A key that is there was taken above.
            None => Err(self.wrong("a fault does one thing, and this does none")),
        }
    }

    fn word<T: Clone>(&mut self, key: &str, words: &[(&str, T)]) -> Result<Option<T>, FaultsError> {
        let Some(value) = self.fields.remove(key) else { return Ok(None) };
        if let Some((_, meant)) = words.iter().find(|(word, _)| value.value.as_str() == Some(*word)) {
            return Ok(Some(meant.clone()));
        }
        let allowed = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        wrong(&value, format!("`{key}` is {}: it is one of {allowed}", value.value))
    }

    fn number(&mut self, key: &str, least: u64, most: u64) -> Result<Option<u64>, FaultsError> {
        let Some(value) = self.fields.remove(key) else { return Ok(None) };
        let number = value.value.as_u64().filter(|number| (least..=most).contains(number));
        if number.is_some() {
            return Ok(number);
        }
        let bounds =
            if most == u64::MAX { format!("from {least}") } else { format!("from {least} to {most}") };
        wrong(&value, format!("`{key}` is {}: it is a whole number {bounds}", value.value))
    }

    fn errcode(&mut self, key: &str) -> Result<Option<i64>, FaultsError> {
        let Some(value) = self.fields.remove(key) else { return Ok(None) };
        match value.value.as_i64() {
            Some(errcode) => Ok(Some(errcode)),
            None => wrong(&value, format!("`{key}` is {}: it is a whole number, such as 45009", value.value)),
        }
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, FaultsError> {
        let Some(value) = self.fields.remove(key) else { return Ok(None) };
        match &value.value {
            Value::String(text) => Ok(Some(text.clone())),
            other => wrong(
                &value,
                format!("`{key}` is {other}: it is a text (in quotes, where it looks like a number)"),
            ),
        }
    }

    /// A number or a text: both arrive as the same scan event.
    fn scene(&mut self) -> Result<Option<String>, FaultsError> {
        let Some(value) = self.fields.remove("scene") else { return Ok(None) };
        match &value.value {
            Value::String(text) if !text.is_empty() => Ok(Some(text.clone())),
            Value::Number(id) if id.is_u64() => Ok(Some(id.to_string())),
            other => wrong(&value, format!("`scene` is {other}: it is a whole number or a text")),
        }
    }

    /// Something about the fault as a whole.
    fn wrong(&self, message: impl Into<String>) -> FaultsError {
        FaultsError { line: self.line, message: message.into() }
    }
}

/// Something about the value of a key.
fn wrong<T>(value: &Spanned<Value>, message: String) -> Result<T, FaultsError> {
    Err(FaultsError { line: value.referenced.line(), message })
}

/// The bounds were looked at.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Fault {
    /// The fault as a file says it.
    pub(in crate::emulator) fn document(&self) -> Map<String, Value> {
        let Target { endpoint, when, scene, appid, times } = &self.target;
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| drop(fields.insert(key.to_owned(), value));
        put("at", endpoint.name().into());
        match *when {
            When::Each => {}
            When::Nth(n) => put("nth", n.into()),
            When::Every(n) => put("every", n.into()),
            When::After(n) => put("after", n.into()),
            When::Probability(probability) => put("probability", json!(probability)),
            When::From(seconds) => put("from", seconds.into()),
        }
        for (key, text) in [("scene", scene), ("appid", appid)] {
            if let Some(text) = text {
                put(key, text.as_str().into());
            }
        }
        if let Some(times) = times {
            put("times", (*times).into());
        }
        let milliseconds =
            |duration: &Duration| Value::from(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        match &self.kind {
            Kind::Errcode(errcode) => put("errcode", (*errcode).into()),
            Kind::ErrcodeWith(errcode, errmsg) => {
                put("errcode", (*errcode).into());
                put("errmsg", errmsg.as_str().into());
            }
            Kind::ErrcodeAsText(errcode) => put("errcode_as_text", (*errcode).into()),
            Kind::Status { status, retry_after, body } => {
                put("status", (*status).into());
                match retry_after {
                    None => {}
                    Some(RetryAfter::Seconds(seconds)) => put("retry_after", (*seconds).into()),
                    Some(RetryAfter::Date(seconds)) => put("retry_after_date", (*seconds).into()),
                }
                if let Some(body) = body {
                    put("body", body.as_str().into());
                }
            }
            Kind::Slow { bytes, every } => {
                put("slow", (*bytes).into());
                put("every_ms", milliseconds(every));
            }
            Kind::Delay(duration) => put("delay_ms", milliseconds(duration)),
            Kind::ShortBy(bytes) => put("short_by", (*bytes).into()),
            kind => {
                for (key, words) in WORDS {
                    if let Some((word, _)) = words.iter().find(|(_, meant)| meant == kind) {
                        put(key, (*word).into());
                    }
                }
            }
        }
        fields
    }
}
