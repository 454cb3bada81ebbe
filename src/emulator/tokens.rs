//! Access tokens: how long each lives, and what it dies of. Instants are unix time in seconds.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::names::Names;
use super::quota::{Limits, Meter};
use super::refusal::{ACCESS_TOKEN_EXPIRED, ACCESS_TOKEN_MISSING, CREDENTIAL, Refusal};

/// Seconds an access token lives (documented).
const LIFETIME: i64 = 7200;
/// Seconds two tokens are good side by side when one takes the other's place (documented).
const OVERLAP: i64 = 300;
/// Forced refreshes (documented; the errcode of one more is not).
const FORCED: Limits = Limits { daily: 20, minute: None };
/// Seconds between forced refreshes; one that comes sooner refreshes nothing (documented).
const FORCED_INTERVAL: i64 = 30;

/// What a token endpoint gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Granted {
    pub access_token: String,
    /// Seconds that are left.
    pub expires_in: i64,
}

/// All access tokens ever given, of all accounts. The two endpoints keep separate ones (documented).
#[derive(Default)]
pub(super) struct Tokens {
    grants: HashMap<String, Grant>,
    plain: HashMap<usize, String>,
    stable: HashMap<usize, String>,
    /// The forced refreshes of each account, and when the last one was.
    forced: HashMap<usize, (Meter, i64)>,
}

struct Grant {
    account: usize,
    ends_at: i64,
    /// What is wrong with it once it has ended.
    end: Refusal,
}

/// How an access token ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TokenEnd {
    /// 42001 from then on.
    Expired,
    /// 40001 from then on: another process has taken one.
    Superseded,
}

impl TokenEnd {
    fn refusal(self) -> Refusal {
        match self {
            Self::Expired => ACCESS_TOKEN_EXPIRED,
            Self::Superseded => CREDENTIAL,
        }
    }
}

impl Tokens {
    /// `GET /cgi-bin/token`: a new token each time; the former lives 5 more minutes.
    pub(super) fn plain(&mut self, account: usize, names: &mut Names, now: i64) -> Granted {
        if let Some(former) = self.plain.get(&account) {
            supersede(&mut self.grants, former, now.saturating_add(OVERLAP));
        }
        let granted = self.grant(account, names, now);
        self.plain.insert(account, granted.access_token.clone());
        granted
    }

    /// `POST /cgi-bin/stable_token`: the same token until 5 minutes before its end, then a new one beside it. A
    /// forced refresh kills the token that was given last.
    pub(super) fn stable(
        &mut self,
        account: usize,
        force_refresh: bool,
        names: &mut Names,
        now: i64,
    ) -> Result<Granted, Refusal> {
        let forced = force_refresh && self.is_forced(account, now)?;
        if let Some((access_token, grant)) =
            self.stable.get(&account).and_then(|held| self.grants.get_key_value(held))
        {
            let left = grant.ends_at.saturating_sub(now);
            if left > OVERLAP && !forced {
                return Ok(Granted { access_token: access_token.clone(), expires_in: left });
            }
            if forced {
                let former = access_token.clone();
                supersede(&mut self.grants, &former, now);
            }
        }
        let granted = self.grant(account, names, now);
        self.stable.insert(account, granted.access_token.clone());
        Ok(granted)
    }

    /// Whose token this is: 41001 missing, 40001 unknown or superseded, 42001 expired.
    pub(super) fn check(&self, access_token: Option<&str>, now: i64) -> Result<usize, Refusal> {
        let access_token = access_token.ok_or(ACCESS_TOKEN_MISSING)?;
        let grant = self.grants.get(access_token).ok_or(CREDENTIAL)?;
        if now < grant.ends_at { Ok(grant.account) } else { Err(grant.end) }
    }

    /// Whose token this is or was.
    pub(super) fn account_of(&self, access_token: Option<&str>) -> Option<usize> {
        self.grants.get(access_token?).map(|grant| grant.account)
    }

    /// Ends one access token at once, as expired or as superseded.
    pub(super) fn end(&mut self, access_token: &str, how: TokenEnd, now: i64) {
        if let Some(grant) = self.grants.get_mut(access_token).filter(|grant| grant.ends_at > now) {
            (grant.ends_at, grant.end) = (now, how.refusal());
        }
    }

    /// Ends all access tokens of an account at once; how many lived.
    pub(super) fn end_all(&mut self, account: usize, how: TokenEnd, now: i64) -> u64 {
        let mut ended = 0;
        for grant in self.grants.values_mut().filter(|grant| grant.account == account && grant.ends_at > now)
        {
            (grant.ends_at, grant.end) = (now, how.refusal());
            ended += 1;
        }
        ended
    }

    /// Whether a refresh that is asked for takes place.
    fn is_forced(&mut self, account: usize, now: i64) -> Result<bool, Refusal> {
        let (meter, last_at) = self.forced.entry(account).or_insert_with(|| (Meter::new(FORCED), i64::MIN));
        if now < last_at.saturating_add(FORCED_INTERVAL) {
            return Ok(false);
        }
        meter.take(now)?;
        *last_at = now;
        Ok(true)
    }

    fn grant(&mut self, account: usize, names: &mut Names, now: i64) -> Granted {
        let access_token = names.access_token();
        let ends_at = now.saturating_add(LIFETIME);
        self.grants.insert(access_token.clone(), Grant { account, ends_at, end: ACCESS_TOKEN_EXPIRED });
        Granted { access_token, expires_in: LIFETIME }
    }
}

fn supersede(grants: &mut HashMap<String, Grant>, former: &str, ends_at: i64) {
    if let Some(grant) = grants.get_mut(former).filter(|grant| grant.ends_at > ends_at) {
        (grant.ends_at, grant.end) = (ends_at, CREDENTIAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::refusal::DAILY_QUOTA;

    /// 08:00 in Beijing.
    const START: i64 = 1_790_000_000 / 86400 * 86400;

    struct Platform {
        tokens: Tokens,
        names: Names,
    }

    impl Platform {
        fn new() -> Self {
            Self { tokens: Tokens::default(), names: Names::new("", 0, 0) }
        }

        fn plain(&mut self, after: i64) -> String {
            self.tokens.plain(0, &mut self.names, START + after).access_token
        }

        fn stable(&mut self, force_refresh: bool, after: i64) -> Result<(String, i64), Refusal> {
            let granted = self.tokens.stable(0, force_refresh, &mut self.names, START + after)?;
            Ok((granted.access_token, granted.expires_in))
        }

        fn check(&self, access_token: &str, after: i64) -> Result<usize, Refusal> {
            self.tokens.check(Some(access_token), START + after)
        }
    }

    #[test]
    fn a_token_lives_7200_seconds() {
        let mut platform = Platform::new();
        let access_token = platform.plain(0);
        assert_eq!(platform.check(&access_token, 7199), Ok(0));
        assert_eq!(platform.check(&access_token, 7200), Err(ACCESS_TOKEN_EXPIRED));
    }

    #[test]
    fn missing_and_unknown_tokens_are_told_apart() {
        let platform = Platform::new();
        assert_eq!(platform.tokens.check(None, START), Err(ACCESS_TOKEN_MISSING));
        assert_eq!(platform.check("x", 0), Err(CREDENTIAL));
    }

    #[test]
    fn the_former_plain_token_lives_five_more_minutes_and_is_then_superseded() {
        let mut platform = Platform::new();
        let former = platform.plain(0);
        assert_ne!(platform.plain(100), former);
        assert_eq!(platform.check(&former, 399), Ok(0));
        assert_eq!(platform.check(&former, 400), Err(CREDENTIAL));
    }

    #[test]
    fn a_former_plain_token_gains_no_life_by_being_superseded() {
        let mut platform = Platform::new();
        let former = platform.plain(0);
        platform.plain(7000);
        assert_eq!(platform.check(&former, 7200), Err(ACCESS_TOKEN_EXPIRED));
    }

    #[test]
    fn the_stable_token_stays_until_300_seconds_before_its_end_and_overlaps_the_next() {
        let mut platform = Platform::new();
        let (first, expires_in) = platform.stable(false, 0).expect("a token");
        assert_eq!(expires_in, 7200);
        assert_eq!(platform.stable(false, 6899), Ok((first.clone(), 301)));
        let (second, expires_in) = platform.stable(false, 6900).expect("a token");
        assert_eq!((second != first, expires_in), (true, 7200));
        assert_eq!(platform.check(&first, 7199), Ok(0));
        assert_eq!(platform.check(&second, 7199), Ok(0));
        assert_eq!(platform.check(&first, 7200), Err(ACCESS_TOKEN_EXPIRED));
    }

    #[test]
    fn the_two_endpoints_keep_separate_tokens() {
        let mut platform = Platform::new();
        let (stable, _) = platform.stable(false, 0).expect("a token");
        platform.plain(0);
        platform.plain(10);
        assert_eq!(platform.stable(false, 1000), Ok((stable.clone(), 6200)));
        assert_eq!(platform.check(&stable, 1000), Ok(0));
    }

    #[test]
    fn a_forced_refresh_kills_the_token_at_once() {
        let mut platform = Platform::new();
        let (first, _) = platform.stable(false, 0).expect("a token");
        let (second, _) = platform.stable(true, 5).expect("a token");
        assert_ne!(first, second);
        assert_eq!(platform.check(&first, 5), Err(CREDENTIAL));
        assert_eq!(platform.check(&second, 5), Ok(0));
    }

    #[test]
    fn a_forced_refresh_within_30_seconds_refreshes_nothing() {
        let mut platform = Platform::new();
        let (first, _) = platform.stable(true, 0).expect("a token");
        assert_eq!(platform.stable(true, 29), Ok((first.clone(), 7171)));
        assert_ne!(platform.stable(true, 30).expect("a token").0, first);
    }

    #[test]
    fn there_are_20_forced_refreshes_a_day() {
        let mut platform = Platform::new();
        for number in 0..20 {
            assert!(platform.stable(true, number * 30).is_ok(), "{number}");
        }
        assert_eq!(platform.stable(true, 600), Err(DAILY_QUOTA));
        assert!(platform.stable(false, 600).is_ok());
        assert!(platform.stable(true, 16 * 3600).is_ok(), "after midnight in Beijing");
    }
}
