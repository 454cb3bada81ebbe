//! The platform's memory, and what it decides with it. Nothing here reads a clock: every decision is handed `now`,
//! unix time in seconds.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use serde::Serialize;
use serde_json::Value;

use super::Settings;
use super::checks::{self, PermanentScene, Wanted};
use super::counters::{Counters, Distorted};
use super::names::Names;
use super::quota::{Limits, Meter, Spent, beijing_month};
use super::refusal::{self, Refusal};
use super::ticket::Sealed;
use super::tokens::{Granted, TokenEnd, Tokens};

/// Documented for `/cgi-bin/stable_token`.
const STABLE_TOKEN_LIMITS: Limits = Limits { daily: 500_000, minute: Some(10_000) };
/// Documented.
const CLEARS_A_MONTH: u32 = 10;

/// Everything the emulator remembers.
pub(super) struct State {
    service_account: bool,
    permanent_pool: u64,
    /// `None` is everyone.
    allowed_ips: Option<BTreeSet<IpAddr>>,
    accounts: Vec<Account>,
    tokens: Tokens,
    names: Names,
    /// For each ticket that was given its account and scene: what faults of pictures and the log ask for.
    tickets: HashMap<String, (usize, Option<String>)>,
    /// Kept here so that one lock guards all.
    pub counters: Counters,
}

struct Account {
    appid: String,
    secret: String,
    create: Meter,
    token: Meter,
    stable_token: Meter,
    permanent: HashSet<PermanentScene>,
    clears: u32,
    clears_in: (i16, i8),
}

/// The answer to a create request: no `expire_seconds` for a permanent code, no errcode (documented).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Created {
    pub ticket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_seconds: Option<u32>,
    pub url: String,
}

/// The answer of `clear_quota`, and what begins that of `quota/get`: these two do have an errcode on success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Done {
    errcode: i64,
    errmsg: &'static str,
}

const DONE: Done = Done { errcode: 0, errmsg: "ok" };

/// The answer of `quota/get`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct QuotaAnswer {
    errcode: i64,
    errmsg: &'static str,
    quota: Quota,
    /// Left out where there is no limit a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit: Option<RateLimit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Quota {
    daily_limit: u64,
    used: u64,
    remain: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct RateLimit {
    call_count: u64,
    refresh_second: u32,
}

/// Credentials as a request gives them.
#[derive(Clone, Copy, Default)]
pub(super) struct Credentials<'a> {
    pub grant_type: Option<&'a str>,
    pub appid: Option<&'a str>,
    pub secret: Option<&'a str>,
}

impl State {
    /// `started_at` is unix time in nanoseconds.
    pub(super) fn new(settings: &Settings, started_at: i128) -> Self {
        let create = Limits { daily: settings.daily_limit, minute: settings.minute_limit };
        let account = |(appid, secret): &(String, String)| Account {
            appid: appid.clone(),
            secret: secret.clone(),
            create: Meter::new(create),
            token: Meter::new(Limits { daily: settings.token_daily_limit, minute: None }),
            stable_token: Meter::new(STABLE_TOKEN_LIMITS),
            permanent: HashSet::new(),
            clears: 0,
            clears_in: (0, 0),
        };
        Self {
            service_account: settings.service_account,
            permanent_pool: settings.permanent_pool,
            allowed_ips: settings.allowed_ips.as_ref().map(|ips| ips.iter().copied().collect()),
            accounts: settings.accounts.iter().map(account).collect(),
            tokens: Tokens::default(),
            names: Names::new(settings.seed, started_at),
            tickets: HashMap::new(),
            counters: Counters::default(),
        }
    }

    /// `GET /cgi-bin/token`
    pub(super) fn token(
        &mut self,
        credentials: Credentials<'_>,
        ip: IpAddr,
        now: i64,
    ) -> Result<Granted, Refusal> {
        let account = self.account_for_token(credentials, ip)?;
        self.accounts[account].token.take(now).map_err(|_| refusal::DAILY_QUOTA)?;
        Ok(self.tokens.plain(account, &mut self.names, now))
    }

    /// `POST /cgi-bin/stable_token`
    pub(super) fn stable_token(&mut self, body: &[u8], ip: IpAddr, now: i64) -> Result<Granted, Refusal> {
        let fields = checks::object(body)?;
        let text = |name| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let credentials =
            Credentials { grant_type: text("grant_type"), appid: text("appid"), secret: text("secret") };
        let account = self.account_for_token(credentials, ip)?;
        // On token calls 45009 also stands for the minute's limit.
        self.accounts[account].stable_token.take(now).map_err(|_| refusal::DAILY_QUOTA)?;
        let force_refresh = fields.get("force_refresh").and_then(Value::as_bool).unwrap_or(false);
        self.tokens.stable(account, force_refresh, &mut self.names, now)
    }

    /// `POST /cgi-bin/qrcode/create`: access token, JSON, action name, action info, account type, daily quota, minute
    /// quota, permanent pool, in this order.
    pub(super) fn create(
        &mut self,
        access_token: Option<&str>,
        body: &[u8],
        now: i64,
    ) -> Result<Created, Refusal> {
        let index = self.tokens.check(access_token, now)?;
        let wanted = checks::wanted(body)?;
        if !self.service_account {
            return Err(refusal::UNAUTHORIZED);
        }
        let account = &mut self.accounts[index];
        account.create.take(now).map_err(|spent| match spent {
            Spent::Day => refusal::DAILY_QUOTA,
            Spent::Minute => refusal::MINUTE_QUOTA,
        })?;
        let created_at = u32::try_from(now).unwrap_or(u32::MAX);
        let created = match wanted {
            Wanted::Temporary { expire_seconds, distorted } => {
                let url = self.names.temporary_url();
                let ticket = Sealed { url: url.clone(), created_at, lifetime: expire_seconds }.ticket();
                self.counters.temporary_codes += 1;
                if let Some(distortion) = distorted {
                    self.counters.keep_distorted(Distorted {
                        appid: account.appid.clone(),
                        ticket: ticket.clone(),
                        sent: distortion.sent,
                        event_scene: distortion.event_scene,
                    });
                }
                Created { ticket, expire_seconds: Some(expire_seconds), url }
            }
            Wanted::Permanent(scene) => {
                let url = self.names.permanent_url(&account.appid, &scene);
                if !account.permanent.contains(&scene) {
                    if account.permanent.len() as u64 >= self.permanent_pool {
                        return Err(refusal::PERMANENT_POOL);
                    }
                    account.permanent.insert(scene);
                    self.counters.permanent_scenes += 1;
                }
                self.counters.permanent_codes += 1;
                let ticket = Sealed { url: url.clone(), created_at, lifetime: 0 }.ticket();
                Created { ticket, expire_seconds: None, url }
            }
        };
        self.tickets.insert(created.ticket.clone(), (index, checks::scene(body)));
        Ok(created)
    }

    /// `POST /cgi-bin/openapi/quota/get`
    pub(super) fn quota(
        &self,
        access_token: Option<&str>,
        body: &[u8],
        now: i64,
    ) -> Result<QuotaAnswer, Refusal> {
        let account = &self.accounts[self.tokens.check(access_token, now)?];
        let fields = checks::object(body)?;
        let path = fields.get("cgi_path").and_then(Value::as_str).unwrap_or_default();
        let meter = match path {
            "/cgi-bin/qrcode/create" => &account.create,
            "/cgi-bin/token" => &account.token,
            "/cgi-bin/stable_token" => &account.stable_token,
            _ if path.starts_with('/') => return Err(refusal::CGI_PATH_NOT_FOUND),
            _ => return Err(refusal::CGI_PATH),
        };
        let Limits { daily, minute } = meter.limits;
        let used = meter.used(now);
        Ok(QuotaAnswer {
            errcode: DONE.errcode,
            errmsg: DONE.errmsg,
            quota: Quota { daily_limit: daily, used, remain: daily.saturating_sub(used) },
            rate_limit: minute.map(|call_count| RateLimit { call_count, refresh_second: 60 }),
        })
    }

    /// `POST /cgi-bin/clear_quota`
    pub(super) fn clear_quota(
        &mut self,
        access_token: Option<&str>,
        body: &[u8],
        now: i64,
    ) -> Result<Done, Refusal> {
        let account = &mut self.accounts[self.tokens.check(access_token, now)?];
        let fields = checks::object(body)?;
        match fields.get("appid").and_then(Value::as_str) {
            None | Some("") => Err(refusal::APPID_MISSING),
            Some(appid) if appid != account.appid => Err(refusal::APPID),
            Some(_) => account.clear(now),
        }
    }

    /// `POST /cgi-bin/clear_quota/v2`: without access token.
    pub(super) fn clear_quota_by_secret(&mut self, body: &[u8], now: i64) -> Result<Done, Refusal> {
        let fields = checks::object(body)?;
        let text = |name| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let account = self.account(text("appid"), text("appsecret"))?;
        self.accounts[account].clear(now)
    }

    /// The appid of the account that an access token is or was of.
    pub(super) fn appid_of_access_token(&self, access_token: Option<&str>) -> Option<String> {
        Some(self.accounts[self.tokens.account_of(access_token)?].appid.clone())
    }

    /// The appid and the scene that a ticket of this emulator was given for.
    pub(super) fn origin_of_ticket(&self, ticket: &str) -> Option<(String, Option<String>)> {
        let (account, scene) = self.tickets.get(ticket)?;
        Some((self.accounts[*account].appid.clone(), scene.clone()))
    }

    /// Ends one access token before its time.
    pub(super) fn end_access_token(&mut self, access_token: &str, how: TokenEnd, now: i64) {
        self.tokens.end(access_token, how, now);
    }

    /// Ends all access tokens of an account, or of all, before their time; how many lived.
    pub(super) fn end_access_tokens(&mut self, appid: Option<&str>, how: TokenEnd, now: i64) -> u64 {
        let is_meant = |account: &usize| appid.is_none_or(|appid| self.accounts[*account].appid == appid);
        let meant: Vec<usize> = (0..self.accounts.len()).filter(is_meant).collect();
        meant.into_iter().map(|account| self.tokens.end_all(account, how, now)).sum()
    }

    /// Whether there is such an account.
    pub(super) fn knows(&self, appid: &str) -> bool {
        self.accounts.iter().any(|account| account.appid == appid)
    }

    /// Who may get access tokens; `None` is everyone.
    pub(super) fn allowed_ips(&self) -> Option<&BTreeSet<IpAddr>> {
        self.allowed_ips.as_ref()
    }

    pub(super) fn allow_ips(&mut self, allowed: Option<BTreeSet<IpAddr>>) {
        self.allowed_ips = allowed;
    }

    /// Forgets the calls of an account, or of all: of the day, the minute, and the month's clearings.
    pub(super) fn reset_quotas(&mut self, appid: Option<&str>) {
        let is_meant = |account: &&mut Account| appid.is_none_or(|appid| account.appid == appid);
        for account in self.accounts.iter_mut().filter(is_meant) {
            account.clears = 0;
            for meter in [&mut account.create, &mut account.token, &mut account.stable_token] {
                meter.reset();
            }
        }
    }

    /// Counts an answer that is an error.
    pub(super) fn count_error(&mut self, errcode: i64) {
        *self.counters.errors.entry(errcode).or_default() += 1;
    }

    /// The text of a refusal, with a request id.
    pub(super) fn say(&mut self, refusal: Refusal, ip: IpAddr, now: i64) -> String {
        format!("{} rid: {}", refusal::message(refusal, ip), self.names.rid(now))
    }

    /// In which order the platform looks at these is not documented. The allow-list is for getting access tokens.
    fn account_for_token(&self, credentials: Credentials<'_>, ip: IpAddr) -> Result<usize, Refusal> {
        let Credentials { grant_type, appid, secret } = credentials;
        if appid.is_some() && secret.is_some() && grant_type != Some("client_credential") {
            return Err(refusal::GRANT_TYPE);
        }
        let account = self.account(appid, secret)?;
        let is_allowed = self.allowed_ips.as_ref().is_none_or(|allowed| allowed.contains(&ip));
        if is_allowed { Ok(account) } else { Err(refusal::IP) }
    }

    fn account(&self, appid: Option<&str>, secret: Option<&str>) -> Result<usize, Refusal> {
        let appid = appid.ok_or(refusal::APPID_MISSING)?;
        let secret = secret.ok_or(refusal::SECRET_MISSING)?;
        let index = self.accounts.iter().position(|account| account.appid == appid).ok_or(refusal::APPID)?;
        if self.accounts[index].secret == secret { Ok(index) } else { Err(refusal::SECRET) }
    }
}

impl Account {
    /// Sets the day's calls to zero, 10 times a month.
    fn clear(&mut self, now: i64) -> Result<Done, Refusal> {
        let month = beijing_month(now);
        if self.clears_in != month {
            (self.clears_in, self.clears) = (month, 0);
        }
        if self.clears >= CLEARS_A_MONTH {
            return Err(refusal::CLEAR_QUOTA);
        }
        self.clears += 1;
        for meter in [&mut self.create, &mut self.token, &mut self.stable_token] {
            meter.clear();
        }
        Ok(DONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const CREDENTIALS: Credentials<'_> =
        Credentials { grant_type: Some("client_credential"), appid: Some("wx1"), secret: Some("s1") };

    fn state() -> State {
        State::new(&Settings { accounts: vec![("wx1".into(), "s1".into())], ..Settings::default() }, 0)
    }

    #[test]
    fn a_plain_access_token_is_given_2000_times_a_day() {
        let mut state = state();
        for _ in 0..2000 {
            state.token(CREDENTIALS, IP, 0).expect("a token");
        }
        assert_eq!(state.token(CREDENTIALS, IP, 0), Err(refusal::DAILY_QUOTA));
        assert!(state.token(CREDENTIALS, IP, 16 * 3600).is_ok());
    }

    #[test]
    fn a_stable_access_token_is_given_10000_times_a_minute() {
        let mut state = state();
        let body = br#"{"grant_type": "client_credential", "appid": "wx1", "secret": "s1"}"#;
        for _ in 0..10_000 {
            state.stable_token(body, IP, 0).expect("a token");
        }
        assert_eq!(state.stable_token(body, IP, 59), Err(refusal::DAILY_QUOTA));
        assert!(state.stable_token(body, IP, 60).is_ok());
    }

    #[test]
    fn accounts_have_pools_and_quotas_of_their_own() {
        let accounts = vec![("wx1".into(), "s1".into()), ("wx2".into(), "s2".into())];
        let settings = Settings { accounts, daily_limit: 1, permanent_pool: 1, ..Settings::default() };
        let mut state = State::new(&settings, 0);
        let body = br#"{"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 7}}}"#;
        let mut urls = Vec::new();
        for (appid, secret) in [("wx1", "s1"), ("wx2", "s2")] {
            let credentials = Credentials { appid: Some(appid), secret: Some(secret), ..CREDENTIALS };
            let access_token = state.token(credentials, IP, 0).expect("a token").access_token;
            urls.push(state.create(Some(&access_token), body, 0).expect("a code").url);
            assert_eq!(state.create(Some(&access_token), body, 0), Err(refusal::DAILY_QUOTA));
        }
        assert_ne!(urls[0], urls[1]);
        assert_eq!(state.counters.permanent_scenes, 2);
    }
}
