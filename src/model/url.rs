//! Where an account's requests go, and which codes lead nowhere.

use super::Mistake;
use super::word::text_type;

text_type! {
    /// A scheme, host and port, without a slash at its end: `https` anywhere, `http` only on loopback.
    ///
    /// Any path is a prefix (a relay's).
    BaseUrl(Box<str>)
}

impl BaseUrl {
    /// Checks scheme and host. The mistake's message goes after the key that has the url.
    pub fn new(text: &str) -> Result<Self, Mistake> {
        let text = text.trim().trim_end_matches('/');
        let wrong =
            |kind, message| Mistake::new(kind, message).help("https anywhere, http only to this machine");
        let no_url = || wrong("bad-url", "is no url like https://api.weixin.qq.com");
        let (scheme, rest) = text.split_once("://").ok_or_else(no_url)?;
        if rest.contains(['?', '#', ' ', '\\']) || rest.chars().any(char::is_control) {
            return Err(no_url());
        }
        if authority_of(rest).contains('@') {
            return Err(wrong("url-with-credentials", "must not hold a user name or password"));
        }
        let host = host_of(authority_of(rest)).ok_or_else(no_url)?;
        match scheme {
            "https" => Ok(Self(text.into())),
            "http" if is_loopback(host) => Ok(Self(text.into())),
            "http" => {
                let message = "must be https: plain http would show the secret to everybody on the way";
                Err(wrong("not-https", message))
            }
            _ => Err(no_url()),
        }
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.0.split_once("://").and_then(|(_, rest)| host_of(authority_of(rest))).is_some_and(is_loopback)
    }
}

/// Whether a code is an emulator's by its url. It leads nowhere: no host can have that name (RFC 6761).
///
/// The ledger asks its rows the same in SQL.
pub fn is_emulators(url: &str) -> bool {
    url.starts_with("http://emulator.invalid/")
}

fn authority_of(rest: &str) -> &str {
    rest.split('/').next().unwrap_or_default()
}

fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':').or_else(|| rest.is_empty().then_some("80"))?)
        }
        None => authority.split_once(':').unwrap_or((authority, "80")),
    };
    (!host.is_empty() && port.parse::<u16>().is_ok()).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for good in [
            "https://api.weixin.qq.com",
            "https://relay.example/wx/",
            "http://127.0.0.1:8080",
            "http://[::1]:80",
            "http://localhost",
        ] {
            assert!(BaseUrl::new(good).is_ok(), "{good}");
        }
        let kind = |text| BaseUrl::new(text).map_err(|mistake| mistake.kind);
        assert_eq!(kind("http://api.weixin.qq.com"), Err("not-https"));
        assert_eq!(kind("http://127.0.0.1.evil.example"), Err("not-https"));
        assert_eq!(kind("http://localhost@evil.example"), Err("url-with-credentials"));
        for bad in [
            "ftp://x",
            "api.weixin.qq.com",
            "https://",
            "https://x:99999",
            "https://a b",
            "http://127.0.0.1\\@evil.example",
        ] {
            assert_eq!(kind(bad), Err("bad-url"), "{bad}");
        }
    }
}
