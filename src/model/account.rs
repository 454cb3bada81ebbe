//! Accounts: where requests go, how fast, and where the credentials are to be found (never the secret itself).

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::word::text_type;
use super::{BaseUrl, is_invisible};

text_type! {
    /// An account's name in `accounts.yaml`.
    AccountName(Arc<str>)
}

impl AccountName {
    /// The account a campaign belongs to when it names none.
    pub const DEFAULT: &'static str = "default";

    /// Any text without control and invisible characters that is not blank.
    pub fn new(name: &str) -> Option<Self> {
        let is_hidden = |c: char| c.is_control() || is_invisible(c);
        (!name.trim().is_empty() && !name.contains(is_hidden)).then(|| Self(name.into()))
    }

    /// The name for messages: `…` if it may be a secret that somebody pasted into the wrong place.
    pub fn shown(&self) -> &str {
        if looks_secret(&self.0) { "…" } else { &self.0 }
    }
}

/// Whether a word that should be a name may be a secret: longer than 24 characters, or 16 and more letters and digits
/// in one. An appid (`wx` and 16 hexadecimal digits) is none.
pub fn looks_secret(word: &str) -> bool {
    let is_appid = word.len() == 18
        && word.strip_prefix("wx").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    let mixed = word.len() >= 16
        && word.bytes().all(|b| b.is_ascii_alphanumeric())
        && word.bytes().any(|b| b.is_ascii_digit());
    !is_appid && (mixed || word.chars().count() > 24)
}

impl Default for AccountName {
    fn default() -> Self {
        Self(Self::DEFAULT.into())
    }
}

text_type! {
    /// An account's appid, which is no secret: 1 to 64 letters, digits, `_` and `-`.
    ///
    /// It is not the 32 hexadecimal digits that a secret has: the two are easily put into each other's place.
    AppId(Arc<str>)
}

impl AppId {
    /// Checks the characters; `None` if the text is no appid.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        let is_secret = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        (fits && !is_secret).then(|| Self(text.into()))
    }
}

/// Where an account's appid is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppIdSource {
    /// It stands in the file itself.
    Literal(AppId),
    /// The name of an environment variable.
    Variable(String),
}

/// Where an account's secret is to be found; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// The name of an environment variable.
    Variable(String),
    /// A file that holds nothing else.
    File(PathBuf),
}

impl fmt::Display for AppIdSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(_) => f.write_str("its `appid` in accounts.yaml"),
            Self::Variable(name) => write!(f, "the variable {name}"),
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

/// How many tickets an account may be asked for in some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests in each `period`.
    pub requests: NonZeroU32,
    /// A second or a minute.
    pub period: Duration,
}

impl Rate {
    /// 10 tickets a second.
    pub const DEFAULT: Self =
        Self { requests: NonZeroU32::new(10).expect("not zero"), period: Duration::from_secs(1) };

    /// The time between two requests at this rate.
    pub fn interval(self) -> Duration {
        self.period / self.requests.get()
    }

    /// How long so many requests take at this rate.
    pub fn duration_of(self, requests: u64) -> Duration {
        let period = u64::try_from(self.period.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(period.saturating_mul(requests) / u64::from(self.requests.get()))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.requests, if self.period.as_secs() == 60 { "min" } else { "s" })
    }
}

/// One entry of `accounts.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name there.
    pub name: AccountName,
    /// Where its appid is.
    pub appid: AppIdSource,
    /// Where its secret is.
    pub secret: SecretSource,
    /// Where tokens and tickets are asked for.
    pub api_url: BaseUrl,
    /// Where pictures are fetched.
    pub image_url: BaseUrl,
    /// How fast tickets are asked for.
    pub rate: Rate,
    /// How many calls this ledger may spend a day (Asia/Shanghai); the platform allows 100,000.
    pub daily_quota: u64,
    /// Permanent codes of the account that other programs have made, at most [`Account::PERMANENT_POOL`].
    pub permanents_used_elsewhere: u64,
}

impl Account {
    /// The platform's API host.
    pub const API_URL: &'static str = "https://api.weixin.qq.com";
    /// The platform's picture host.
    pub const IMAGE_URL: &'static str = "https://mp.weixin.qq.com";
    /// Calls a day (documented).
    pub const DAILY_QUOTA: u64 = 100_000;
    /// Permanent codes of an account, for its life (documented).
    pub const PERMANENT_POOL: u64 = 100_000;

    /// An account at the platform's own hosts, with the platform's quota.
    pub fn new(name: AccountName, appid: AppIdSource, secret: SecretSource) -> Self {
        let known = |url| BaseUrl::new(url).expect("the platform's own url");
        Self {
            name,
            appid,
            secret,
            api_url: known(Self::API_URL),
            image_url: known(Self::IMAGE_URL),
            rate: Rate::DEFAULT,
            daily_quota: Self::DAILY_QUOTA,
            permanents_used_elsewhere: 0,
        }
    }

    /// Whether every request stays on this machine.
    pub fn is_loopback(&self) -> bool {
        self.api_url.is_loopback() && self.image_url.is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_may_be_a_secret_is_not_shown() {
        let shown = |name| AccountName::new(name).map(|name| name.shown().to_owned()).unwrap_or_default();
        for name in ["default", "shanghai-flagship-store", "wx0123456789abcdef", "上海门店"] {
            assert_eq!(shown(name), name);
        }
        for name in ["0123456789abcdef0123456789abcdef", "0123456789abcdef", "0123-4567-89ab-cdef-0123-4567"]
        {
            assert_eq!(shown(name), "…");
        }
    }
}
