//! Where an account's requests go.

use std::fmt;

/// A scheme, host and port: `https` anywhere, `http` only on loopback. Any path is a prefix (a relay's).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    loopback: bool,
}

impl BaseUrl {
    /// Checks scheme and host.
    pub fn new(text: &str) -> Result<Self, BaseUrlError> {
        let text = text.trim().trim_end_matches('/');
        let (scheme, rest) = text.split_once("://").ok_or(BaseUrlError::NotAUrl)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if rest.contains(['?', '#', ' ', '\\']) || rest.chars().any(char::is_control) {
            return Err(BaseUrlError::NotAUrl);
        }
        if authority.contains('@') {
            return Err(BaseUrlError::Credentials);
        }
        let host = host_of(authority).ok_or(BaseUrlError::NotAUrl)?;
        let loopback = is_loopback(host);
        match scheme {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(BaseUrlError::NotHttps),
            _ => return Err(BaseUrlError::NotAUrl),
        }
        Ok(Self { text: text.to_owned(), loopback })
    }

    /// The url without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
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

/// Why a text is no base url.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// No url at all.
    #[error("is no url like https://api.weixin.qq.com")]
    NotAUrl,
    /// `http` to another machine.
    #[error("must be https: plain http would show the secret to everybody on the way")]
    NotHttps,
    /// `user:password@`
    #[error("must not hold a user name or password")]
    Credentials,
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
        assert_eq!(BaseUrl::new("http://api.weixin.qq.com"), Err(BaseUrlError::NotHttps));
        assert_eq!(BaseUrl::new("http://127.0.0.1.evil.example"), Err(BaseUrlError::NotHttps));
        assert_eq!(BaseUrl::new("http://localhost@evil.example"), Err(BaseUrlError::Credentials));
        for bad in [
            "ftp://x",
            "api.weixin.qq.com",
            "https://",
            "https://x:99999",
            "https://a b",
            "http://127.0.0.1\\@evil.example",
        ] {
            assert_eq!(BaseUrl::new(bad), Err(BaseUrlError::NotAUrl), "{bad}");
        }
    }
}
