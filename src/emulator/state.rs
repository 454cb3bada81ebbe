//! The platform's memory, and what it decides with it. Nothing here reads a clock: every decision is handed `now`,
//! unix time in seconds.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use axum::http::Method;
use serde_json::{Value, json};

use super::Settings;
use super::checks::{self, Fields, Wanted, text};
use super::counters::{Counters, Distorted};
use super::faults::Faults;
use super::log::Log;
use super::names::Names;
use super::quota::{Limits, Meter, beijing_month};
use super::refusal::{self, Refusal};
use super::ticket;
use super::tokens::{Granted, TokenEnd, Tokens};

pub(super) const TOKEN: &str = "/cgi-bin/token";
pub(super) const STABLE_TOKEN: &str = "/cgi-bin/stable_token";
pub(super) const CREATE: &str = "/cgi-bin/qrcode/create";
pub(super) const QUOTA: &str = "/cgi-bin/openapi/quota/get";
pub(super) const CLEAR_QUOTA: &str = "/cgi-bin/clear_quota";
/// Without access token.
pub(super) const CLEAR_QUOTA_BY_SECRET: &str = "/cgi-bin/clear_quota/v2";

/// Documented for `/cgi-bin/stable_token`.
const STABLE_TOKEN_LIMITS: Limits = Limits { daily: 500_000, minute: Some(10_000) };
/// Documented.
const CLEARS_A_MONTH: u32 = 10;
/// Distorted codes that are kept.
const DISTORTED_KEPT: usize = 1000;

/// Everything the emulator remembers, so that one lock guards all.
pub(super) struct State {
    service_account: bool,
    permanent_pool: u64,
    /// Who may get access tokens; `None` is everyone.
    pub allowed_ips: Option<BTreeSet<IpAddr>>,
    accounts: Vec<Account>,
    pub tokens: Tokens,
    names: Names,
    /// The account and scene of each ticket that was given: what faults of pictures and the log ask for.
    tickets: HashMap<String, (usize, Option<String>)>,
    pub counters: Counters,
    pub faults: Faults,
    pub log: Log,
}

struct Account {
    appid: String,
    secret: String,
    create: Meter,
    token: Meter,
    stable_token: Meter,
    /// `id` or `str`, and the scene, of its permanent codes.
    permanent: HashSet<(&'static str, String)>,
    clears: u32,
    clears_in: (i16, i8),
}

/// A request as the platform's memory sees it.
pub(super) struct Call {
    pub ip: IpAddr,
    pub path: String,
    pub method: Method,
    pub query: Fields,
    /// 45002 if it is too long or broke off, 47001 if it is no JSON object.
    pub body: Result<Fields, Refusal>,
}

impl Call {
    fn body(&self) -> Result<&Fields, Refusal> {
        self.body.as_ref().map_err(|refusal| *refusal)
    }
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
        let mut faults = Faults::new(settings.seed);
        for fault in &settings.faults {
            faults.add(fault.clone());
        }
        Self {
            service_account: settings.service_account,
            permanent_pool: settings.permanent_pool,
            allowed_ips: settings.allowed_ips.as_ref().map(|ips| ips.iter().copied().collect()),
            accounts: settings.accounts.iter().map(account).collect(),
            tokens: Tokens::default(),
            names: Names::new(settings.url_prefix, settings.seed, started_at),
            tickets: HashMap::new(),
            counters: Counters::default(),
            faults,
            log: Log::default(),
        }
    }

    /// What the platform answers, as JSON.
    pub(super) fn answer(&mut self, call: &Call, now: i64) -> Result<Value, Refusal> {
        match (call.path.as_str(), &call.method) {
            (TOKEN, &Method::GET) => Ok(json!(self.token(&call.query, call.ip, now)?)),
            (TOKEN, _) => Err(refusal::REQUIRE_GET),
            (_, method) if method != Method::POST => Err(refusal::REQUIRE_POST),
            (STABLE_TOKEN, _) => Ok(json!(self.stable_token(call.body()?, call.ip, now)?)),
            (CLEAR_QUOTA_BY_SECRET, _) => {
                let fields = call.body()?;
                let index = self.account(text(fields, "appid"), text(fields, "appsecret"))?;
                self.accounts[index].clear(now)
            }
            (path, _) => {
                let index = self.tokens.check(text(&call.query, "access_token"), now)?;
                let fields = call.body()?;
                match path {
                    CREATE => self.create(index, fields, now),
                    QUOTA => self.accounts[index].quota(fields, now),
                    _ => match text(fields, "appid") {
                        None => Err(refusal::APPID_MISSING),
                        Some(appid) if appid != self.accounts[index].appid => Err(refusal::APPID),
                        Some(_) => self.accounts[index].clear(now),
                    },
                }
            }
        }
    }

    /// `GET /cgi-bin/token`
    fn token(&mut self, fields: &Fields, ip: IpAddr, now: i64) -> Result<Granted, Refusal> {
        let account = self.account_for_token(fields, ip)?;
        self.accounts[account].token.take(now)?;
        Ok(self.tokens.plain(account, &mut self.names, now))
    }

    /// `POST /cgi-bin/stable_token`
    fn stable_token(&mut self, fields: &Fields, ip: IpAddr, now: i64) -> Result<Granted, Refusal> {
        let account = self.account_for_token(fields, ip)?;
        // On token calls 45009 also stands for the minute's limit.
        self.accounts[account].stable_token.take(now).map_err(|_| refusal::DAILY_QUOTA)?;
        let force_refresh = fields.get("force_refresh").and_then(Value::as_bool).unwrap_or(false);
        self.tokens.stable(account, force_refresh, &mut self.names, now)
    }

    /// `POST /cgi-bin/qrcode/create`: access token, JSON, action name, action info, account type, daily quota, minute
    /// quota, permanent pool, in this order. No `expire_seconds` for a permanent code, no errcode (documented).
    fn create(&mut self, index: usize, fields: &Fields, now: i64) -> Result<Value, Refusal> {
        let wanted = checks::wanted(fields)?;
        if !self.service_account {
            return Err(refusal::UNAUTHORIZED);
        }
        let account = &mut self.accounts[index];
        account.create.take(now)?;
        let created_at = u32::try_from(now).unwrap_or(u32::MAX);
        let (ticket, answer) = match wanted {
            Wanted::Temporary(expire_seconds, event_scene) => {
                let url = self.names.temporary_url();
                let ticket = ticket::seal(&url, created_at, expire_seconds);
                self.counters.temporary_codes += 1;
                if let Some(event_scene) =
                    event_scene.filter(|_| self.counters.distorted.len() < DISTORTED_KEPT)
                {
                    self.counters.distorted.push(Distorted {
                        appid: account.appid.clone(),
                        ticket: ticket.clone(),
                        sent: checks::kept(&fields["action_info"].to_string()),
                        event_scene,
                    });
                }
                let answer = json!({ "ticket": ticket, "expire_seconds": expire_seconds, "url": url });
                (ticket, answer)
            }
            Wanted::Permanent(kind, scene) => {
                let url = self.names.permanent_url(&account.appid, kind, &scene);
                let scene = (kind, scene);
                let is_new = !account.permanent.contains(&scene);
                if is_new && account.permanent.len() as u64 >= self.permanent_pool {
                    return Err(refusal::PERMANENT_POOL);
                }
                account.permanent.insert(scene);
                self.counters.permanent_scenes += u64::from(is_new);
                self.counters.permanent_codes += 1;
                let ticket = ticket::seal(&url, created_at, 0);
                let answer = json!({ "ticket": ticket, "url": url });
                (ticket, answer)
            }
        };
        self.tickets.insert(ticket, (index, checks::scene(fields)));
        Ok(answer)
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

    /// Forgets the calls of an account, or of all: of the day, the minute, and the month's clearings.
    pub(super) fn reset_quotas(&mut self, appid: Option<&str>) {
        let is_meant = |account: &&mut Account| appid.is_none_or(|appid| account.appid == appid);
        for account in self.accounts.iter_mut().filter(is_meant) {
            account.clears = 0;
            for meter in account.meters() {
                *meter = Meter::new(meter.limits);
            }
        }
    }

    /// The text of a refusal, with a request id.
    pub(super) fn say(&mut self, refusal: Refusal, ip: IpAddr, now: i64) -> String {
        format!("{} rid: {}", refusal::message(refusal, ip), self.names.rid(now))
    }

    /// In which order the platform looks at these is not documented. The allow-list is for getting access tokens.
    fn account_for_token(&self, fields: &Fields, ip: IpAddr) -> Result<usize, Refusal> {
        let (appid, secret) = (text(fields, "appid"), text(fields, "secret"));
        if appid.is_some() && secret.is_some() && text(fields, "grant_type") != Some("client_credential") {
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
    fn meters(&mut self) -> [&mut Meter; 3] {
        [&mut self.create, &mut self.token, &mut self.stable_token]
    }

    /// What is left of the calls of a path. Without a limit a minute there is no `rate_limit`.
    fn quota(&self, fields: &Fields, now: i64) -> Result<Value, Refusal> {
        let meter = match text(fields, "cgi_path") {
            Some(CREATE) => &self.create,
            Some(TOKEN) => &self.token,
            Some(STABLE_TOKEN) => &self.stable_token,
            Some(path) if path.starts_with('/') => return Err(refusal::CGI_PATH_NOT_FOUND),
            _ => return Err(refusal::CGI_PATH),
        };
        let (daily, used) = (meter.limits.daily, meter.used(now));
        let quota = json!({ "daily_limit": daily, "used": used, "remain": daily.saturating_sub(used) });
        let mut answer = json!({ "errcode": 0, "errmsg": "ok", "quota": quota });
        if let Some(minute) = meter.limits.minute {
            answer["rate_limit"] = json!({ "call_count": minute, "refresh_second": 60 });
        }
        Ok(answer)
    }

    /// Sets the day's calls to zero, 10 times a month.
    fn clear(&mut self, now: i64) -> Result<Value, Refusal> {
        let month = beijing_month(now);
        if self.clears_in != month {
            (self.clears_in, self.clears) = (month, 0);
        }
        if self.clears >= CLEARS_A_MONTH {
            return Err(refusal::CLEAR_QUOTA);
        }
        self.clears += 1;
        for meter in self.meters() {
            meter.clear();
        }
        Ok(json!({ "errcode": 0, "errmsg": "ok" }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn fields(value: Value) -> Fields {
        let Value::Object(fields) = value else { panic!("{value} is no object") };
        fields
    }

    fn credentials(number: u8) -> Fields {
        let (appid, secret) = (format!("wx{number}"), format!("s{number}"));
        fields(json!({"grant_type": "client_credential", "appid": appid, "secret": secret}))
    }

    fn state() -> State {
        State::new(&Settings { accounts: vec![("wx1".into(), "s1".into())], ..Settings::default() }, 0)
    }

    #[test]
    fn a_plain_access_token_is_given_2000_times_a_day() {
        let mut state = state();
        for _ in 0..2000 {
            state.token(&credentials(1), IP, 0).expect("a token");
        }
        assert_eq!(state.token(&credentials(1), IP, 0), Err(refusal::DAILY_QUOTA));
        assert!(state.token(&credentials(1), IP, 16 * 3600).is_ok());
    }

    #[test]
    fn a_stable_access_token_is_given_10000_times_a_minute() {
        let mut state = state();
        for _ in 0..10_000 {
            state.stable_token(&credentials(1), IP, 0).expect("a token");
        }
        assert_eq!(state.stable_token(&credentials(1), IP, 59), Err(refusal::DAILY_QUOTA));
        assert!(state.stable_token(&credentials(1), IP, 60).is_ok());
    }

    #[test]
    fn accounts_have_pools_and_quotas_of_their_own() {
        let accounts = vec![("wx1".into(), "s1".into()), ("wx2".into(), "s2".into())];
        let settings = Settings { accounts, daily_limit: 1, permanent_pool: 1, ..Settings::default() };
        let mut state = State::new(&settings, 0);
        let body =
            fields(json!({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 7}}}));
        let mut urls = Vec::new();
        for index in [0, 1] {
            urls.push(state.create(index, &body, 0).expect("a code")["url"].clone());
            assert_eq!(state.create(index, &body, 0), Err(refusal::DAILY_QUOTA));
        }
        assert_ne!(urls[0], urls[1]);
        assert_eq!(state.counters.permanent_scenes, 2);
    }
}
