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

/// One constant for each name, and [`KNOWN`] with all of them.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $errcode:literal, $errmsg:literal;)*) => {
        $($(#[$doc])* pub(super) const $name: Refusal = Refusal { errcode: $errcode, errmsg: $errmsg };)*
        const KNOWN: &[Refusal] = &[$($name),*];
    };
}

refusals! {
    SYSTEM = -1, "system error";
    /// The access token is unknown, or a newer one took its place.
    CREDENTIAL = 40001, "invalid credential, access_token is invalid or not latest, could get access_token by \
        getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r";
    GRANT_TYPE = 40002, "invalid grant_type";
    APPID = 40013, "invalid appid";
    ACCESS_TOKEN = 40014, "invalid access_token";
    ACTION_NAME = 40052, "invalid action name";
    ACTION_INFO = 40053, "invalid action info";
    SECRET = 40125, "invalid appsecret";
    /// The caller's IP is not in the allow-list; [`message`] adds the IP.
    IP = 40164, "not in whitelist";
    ACCESS_TOKEN_MISSING = 41001, "access_token missing";
    APPID_MISSING = 41002, "appid missing";
    SECRET_MISSING = 41004, "appsecret missing";
    ACCESS_TOKEN_EXPIRED = 42001, "access_token expired";
    REQUIRE_GET = 43001, "require GET method";
    REQUIRE_POST = 43002, "require POST method";
    CONTENT_SIZE = 45002, "content size out of limit";
    DAILY_QUOTA = 45009, "reach max api daily quota limit";
    MINUTE_QUOTA = 45011, "api minute-quota reach limit, must slower, retry next minute";
    /// The code is documented, the text is ours.
    PERMANENT_POOL = 45029, "qrcode count out of limit";
    DATA_FORMAT = 47001, "data format error";
    UNAUTHORIZED = 48001, "api unauthorized";
    IRREGULARITIES = 48004, "api forbidden for irregularities";
    CLEAR_QUOTA = 48006, "forbid to clear quota because of reaching the limit";
    USER_LIMITED = 50002, "user limited";
    /// The code is documented, the text is ours.
    CGI_PATH = 76003, "invalid cgi_path";
    CGI_PATH_NOT_FOUND = 76021, "cgi_path not found, please check";
}

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
    let known = KNOWN.iter().find(|refusal| refusal.errcode == errcode);
    known.copied().unwrap_or(Refusal { errcode, errmsg: "an error of the platform" })
}
