//! What the platform answers when it refuses: errcode and English text.
//!
//! Codes and texts are documented unless a line says otherwise. The texts vary in the wild; nobody should read
//! more than the code from them.

use std::borrow::Cow;
use std::net::IpAddr;

/// An errcode with its text, to which the server adds the request id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The documented number.
    pub errcode: i64,
    /// The text before ` rid: …`.
    pub errmsg: &'static str,
}

const fn refusal(errcode: i64, errmsg: &'static str) -> Refusal {
    Refusal { errcode, errmsg }
}

/// The access token is unknown, or a newer one took its place.
pub(super) const CREDENTIAL: Refusal = refusal(
    40001,
    "invalid credential, access_token is invalid or not latest, could get access_token by \
     getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
);
pub(super) const GRANT_TYPE: Refusal = refusal(40002, "invalid grant_type");
pub(super) const APPID: Refusal = refusal(40013, "invalid appid");
pub(super) const ACTION_NAME: Refusal = refusal(40052, "invalid action name");
pub(super) const ACTION_INFO: Refusal = refusal(40053, "invalid action info");
pub(super) const SECRET: Refusal = refusal(40125, "invalid appsecret");
/// The caller's IP is not in the allow-list. What is said is in [`message`], since it holds the IP.
pub(super) const IP: Refusal = refusal(40164, "not in whitelist");
pub(super) const ACCESS_TOKEN_MISSING: Refusal = refusal(41001, "access_token missing");
pub(super) const APPID_MISSING: Refusal = refusal(41002, "appid missing");
pub(super) const SECRET_MISSING: Refusal = refusal(41004, "appsecret missing");
pub(super) const ACCESS_TOKEN_EXPIRED: Refusal = refusal(42001, "access_token expired");
pub(super) const REQUIRE_GET: Refusal = refusal(43001, "require GET method");
pub(super) const REQUIRE_POST: Refusal = refusal(43002, "require POST method");
pub(super) const CONTENT_SIZE: Refusal = refusal(45002, "content size out of limit");
pub(super) const DAILY_QUOTA: Refusal = refusal(45009, "reach max api daily quota limit");
pub(super) const MINUTE_QUOTA: Refusal =
    refusal(45011, "api minute-quota reach limit, must slower, retry next minute");
/// The code is documented, the text is ours.
pub(super) const PERMANENT_POOL: Refusal = refusal(45029, "qrcode count out of limit");
pub(super) const DATA_FORMAT: Refusal = refusal(47001, "data format error");
pub(super) const UNAUTHORIZED: Refusal = refusal(48001, "api unauthorized");
pub(super) const CLEAR_QUOTA: Refusal = refusal(48006, "forbid to clear quota because of reaching the limit");
/// The code is documented, the text is ours.
pub(super) const CGI_PATH: Refusal = refusal(76003, "invalid cgi_path");
pub(super) const CGI_PATH_NOT_FOUND: Refusal = refusal(76021, "cgi_path not found, please check");

/// What is said to a caller at this address, before the request id. The words about the address are from published
/// transcripts.
pub(super) fn message(Refusal { errcode, errmsg }: Refusal, ip: IpAddr) -> Cow<'static, str> {
    match ip {
        _ if errcode != IP.errcode => errmsg.into(),
        IpAddr::V4(ip) => format!("invalid ip {ip} ipv6 ::ffff:{ip}, {errmsg}").into(),
        IpAddr::V6(ip) => format!("invalid ip {ip}, {errmsg}").into(),
    }
}

/// The platform's refusal for an errcode that a fault answers; for one that is not known here a text of ours.
pub(super) fn of(errcode: i64) -> Refusal {
    let own = [
        CREDENTIAL,
        GRANT_TYPE,
        APPID,
        ACTION_NAME,
        ACTION_INFO,
        SECRET,
        IP,
        ACCESS_TOKEN_MISSING,
        APPID_MISSING,
        SECRET_MISSING,
        ACCESS_TOKEN_EXPIRED,
        REQUIRE_GET,
        REQUIRE_POST,
        CONTENT_SIZE,
        DAILY_QUOTA,
        MINUTE_QUOTA,
        PERMANENT_POOL,
        DATA_FORMAT,
        UNAUTHORIZED,
        CLEAR_QUOTA,
        CGI_PATH,
        CGI_PATH_NOT_FOUND,
    ];
    let others = [
        refusal(-1, "system error"),
        refusal(40014, "invalid access_token"),
        refusal(48004, "api forbidden for irregularities"),
        refusal(50002, "user limited"),
    ];
    let known = own.iter().chain(&others).find(|refusal| refusal.errcode == errcode);
    known.copied().unwrap_or(refusal(errcode, "an error of the platform"))
}
