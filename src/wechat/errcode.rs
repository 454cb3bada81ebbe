//! The platform's error codes: what kind of failure each is, and what to do about it.

use std::net::IpAddr;

use super::error::Stage;
use crate::model::{Account, AppId};
use crate::pace::Class;

const BUSY: Class = Class::Busy { retry_after: None };

/// Every code that is known: documented by the platform, except if the comment says otherwise.
///
/// `{account}`, `{appid}`, `{appid_place}`, `{secret_place}` and `{ip}` are filled in.
const TABLE: &[(i64, Class, &str)] = &[
    (-1, BUSY, "the platform is busy"),
    (40001, Class::AccessToken, SUPERSEDED),
    (40014, Class::AccessToken, SUPERSEDED),
    (42001, Class::AccessToken, SUPERSEDED),
    (
        40013,
        Class::AccountRefused,
        "the platform does not know the appid {appid} of account {account}: check {appid_place}",
    ),
    (
        40125,
        Class::AccountRefused,
        "the secret of account {account} ({appid}) is wrong: check {secret_place}; a reset on mp.weixin.qq.com \
         (基本配置) ends the earlier secret at once",
    ),
    (41002, Class::AccountRefused, "the appid of account {account} is missing: check {appid_place}"),
    (41004, Class::AccountRefused, "the secret of account {account} is missing: check {secret_place}"),
    (
        40164,
        Class::AccountRefused,
        "the IP {ip} may not call for account {account} ({appid}): add it to the IP allow-list on \
         mp.weixin.qq.com (基本配置, IP白名单), or go through a relay with a fixed IP (`api_url`)",
    ),
    (
        40243,
        Class::AccountRefused,
        "the secret of account {account} ({appid}) is frozen: unfreeze it on mp.weixin.qq.com (基本配置)",
    ),
    (
        89501,
        Class::AccountRefused,
        "the IP {ip} waits for consent: an administrator of account {account} ({appid}) has to confirm it",
    ),
    (
        89503,
        Class::AccountRefused,
        "the IP {ip} needs consent: an administrator of account {account} ({appid}) has to confirm it",
    ),
    (
        89506,
        Class::AccountRefused,
        "an administrator of account {account} ({appid}) refused the IP {ip} twice: it is barred for 24 hours",
    ),
    (
        89507,
        Class::AccountRefused,
        "an administrator of account {account} ({appid}) refused the IP {ip}: it is barred for an hour",
    ),
    (41001, Class::Defect, "the request reached the platform without its access token; {defect}"),
    (43001, Class::Defect, "the request reached the platform with another method than GET; {defect}"),
    (43002, Class::Defect, "the request reached the platform with another method than POST; {defect}"),
    (43003, Class::Defect, "the request reached the platform without https; {defect}"),
    (47001, Class::Defect, "the platform cannot read the request's JSON; {defect}"),
    (40033, Class::Defect, "the platform refuses the request's characters; {defect}"),
    (76003, Class::Defect, "the platform does not know the call whose quota was asked for; {defect}"),
    (40052, Class::CodeRejected, "the platform refuses the kind of code (action name)"),
    (40053, Class::CodeRejected, "the platform refuses the scene or its form (action info)"),
    (
        45009,
        Class::DailyQuota,
        "the daily quota of account {account} ({appid}) is spent: run again tomorrow (it is believed to reset at \
         midnight, Beijing time)",
    ),
    (45011, Class::MinuteQuota, "the quota of account {account} ({appid}) for this minute is spent"),
    (
        45029,
        Class::PermanentPool,
        "the 100,000 permanent codes of account {account} ({appid}) are used up, for good: make this code temporary",
    ),
    (
        48001,
        Class::AccountRefused,
        "account {account} ({appid}) may not make codes: only verified service accounts (已认证的服务号) may",
    ),
    (
        48004,
        Class::AccountRefused,
        "the platform has banned this call for account {account} ({appid}): the notices on mp.weixin.qq.com say why",
    ),
    (
        50002,
        Class::AccountRefused,
        "account {account} ({appid}) is frozen or restricted: the notices on mp.weixin.qq.com say why",
    ),
    (
        61003,
        Class::AccountRefused,
        "account {account} ({appid}) has not authorised the third-party platform whose credentials these are",
    ),
    (
        61004,
        Class::AccountRefused,
        "the IP {ip} is not registered with the third-party platform that acts for account {account} ({appid})",
    ),
    (
        61007,
        Class::AccountRefused,
        "account {account} ({appid}) has not granted this call to the third-party platform that acts for it",
    ),
];

/// Asked for anew and refused again: nobody but another program can be the reason.
const SUPERSEDED: &str = "the access token is not valid, has expired, or another one took its place: where that goes on, another \
     program asks for access tokens of account {account} ({appid}); let it use stable_token as well, or let the two \
     take turns";

const DEFECT: &str = "this is a defect of scenepress, or of a relay on the way: please report it";

/// Codes that mean something else if an access token is asked for.
const TOKEN_TABLE: &[(i64, Class, &str)] = &[
    (
        40001,
        Class::AccessToken,
        "the platform gives no access token: the secret of account {account} ({appid}) is wrong or another \
         account's; check {secret_place}",
    ),
    // Documented for the daily limit, also used for the minute's (reported by users). `TokenCache` tells them
    // apart by asking again.
    (
        45009,
        Class::MinuteQuota,
        "account {account} ({appid}) has asked for too many access tokens this minute or today",
    ),
];

/// Codes that mean something else if a temporary code is asked for.
const TEMPORARY_TABLE: &[(i64, Class, &str)] = &[(
    45029,
    Class::CodeRejected,
    "the platform says that the permanent codes of account {account} ({appid}) are used up, but this code is \
     temporary: run again later, and if it goes on ask the platform's support",
)];

/// What the texts name: the account, and where its credentials stand. No secret.
#[derive(Debug)]
pub(super) struct Owner {
    account: String,
    appid: String,
    appid_place: String,
    secret_place: String,
}

impl Owner {
    pub(super) fn new(account: &Account, appid: &AppId) -> Self {
        Self {
            account: account.name.to_string(),
            appid: appid.to_string(),
            appid_place: account.appid.to_string(),
            secret_place: account.secret.to_string(),
        }
    }
}

/// What was asked for when a code came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) stage: Stage,
    /// Whether it was for a temporary code.
    pub(super) is_temporary: bool,
}

impl Asked {
    /// For this, and not for a temporary code.
    pub(super) fn of(stage: Stage) -> Self {
        Self { stage, is_temporary: false }
    }
}

/// The class of a code, and words for people. `said` is what the platform said, fit to be shown.
pub(super) fn judge(errcode: i64, said: &str, asked: Asked, owner: &Owner) -> (Class, String) {
    let Asked { stage, is_temporary } = asked;
    let tables = match (stage, is_temporary) {
        (Stage::Token, _) => &[TOKEN_TABLE, TABLE][..],
        (_, true) => &[TEMPORARY_TABLE, TABLE],
        (_, false) => &[TABLE],
    };
    let row = tables.iter().copied().flatten().find(|(code, _, _)| *code == errcode);
    let (class, words) = match row {
        Some((_, class, words)) => (*class, filled(words, said, owner)),
        None => (Class::Unknown, "the platform answered with an error that is not known".to_owned()),
    };
    let class = match (stage, class) {
        // Without an access token no code can be had, so that there is no single code to fail.
        (Stage::Token, Class::CodeRejected | Class::PermanentPool | Class::Unknown) => Class::AccountRefused,
        // Pictures need no account: whatever is wrong, it is this answer.
        (Stage::Fetch, class) if !matches!(class, Class::Busy { .. } | Class::MinuteQuota) => {
            Class::PictureRejected
        }
        (_, class) => class,
    };
    let message = if said.is_empty() { words } else { format!("{words}; the platform says: {said}") };
    (class, message)
}

fn filled(words: &str, said: &str, owner: &Owner) -> String {
    let ip = ip(said).map_or_else(|| "of this machine".to_owned(), |ip| ip.to_string());
    words
        .replace("{defect}", DEFECT)
        .replace("{ip}", &ip)
        .replace("{appid_place}", &owner.appid_place)
        .replace("{secret_place}", &owner.secret_place)
        .replace("{appid}", &owner.appid)
        .replace("{account}", &owner.account)
}

/// The first IP address in a message: 40164 says which one was refused.
fn ip(said: &str) -> Option<IpAddr> {
    said.split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'))
        .map(|word| word.trim_end_matches(['.', ':']))
        .find_map(|word| word.parse().ok())
}

/// The message without what the platform's support asks for, and that: `rid: …`, or `hint: […]` in older answers, at
/// most 64 characters. It is shown apart.
pub(super) fn split_rid(errmsg: &str) -> (String, Option<String>) {
    let (start, end) = rid_span(errmsg).unwrap_or((errmsg.len(), errmsg.len()));
    let before = errmsg[..start].trim_end_matches([' ', ',', ';']);
    let said = format!("{before} {}", errmsg[end..].trim()).trim().to_owned();
    let value = errmsg[start..end].split_once(':').map_or("", |(_, value)| value);
    let rid: String = value.trim_matches(['[', ']', ' ']).chars().take(64).collect();
    (said, (!rid.is_empty()).then_some(rid))
}

/// From the word to the end of its value.
fn rid_span(errmsg: &str) -> Option<(usize, usize)> {
    let begins_a_word = |start: &usize| {
        !errmsg[..*start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
    };
    let find = |word| errmsg.rmatch_indices(word).map(|(start, _)| start).find(begins_a_word);
    if let Some(start) = find("rid:") {
        let value = errmsg[start + 4..].trim_start();
        let length = value.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        return Some((start, errmsg.len() - value.len() + length.unwrap_or(value.len())));
    }
    let start = find("hint: [").or_else(|| find("hint:["))?;
    let end = errmsg[start..].find(']').map_or(errmsg.len(), |length| start + length + 1);
    Some((start, end))
}

#[cfg(test)]
#[path = "tests/errcode.rs"]
mod tests;
