//! The proxy that the environment names: one that cannot be understood would be passed over in silence, and requests
//! would go from this machine directly, which the platform's allow-list may not know.

use super::settings::Environment;

/// Where a proxy for https is looked for; of each pair the first that is not empty counts, and the second pair only
/// where the first is empty.
const VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// The variable whose proxy would be used if it were one.
pub(super) fn malformed(environment: Environment<'_>) -> Option<&'static str> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let (name, value) = VARIABLES.iter().flatten().find_map(|name| Some((*name, set(name)?)))?;
    let is_good = value.to_str().is_some_and(is_proxy);
    (!is_good).then_some(name)
}

/// Whether a text is understood as a proxy: `http://host:port`, with or without the scheme and with credentials.
fn is_proxy(text: &str) -> bool {
    let (authority, is_web) = match text.split_once("://") {
        Some((scheme, rest)) => {
            let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
            (rest.split(['/', '?', '#']).next().unwrap_or_default(), is_web)
        }
        None => (text, !text.contains(['/', '?', '#'])),
    };
    let mut parts = authority.rsplitn(2, '@');
    let host_and_port = parts.next().unwrap_or_default();
    let credentials = parts.next().unwrap_or_default();
    let (host, port) = match host_and_port.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or("none"))),
        None => match host_and_port.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (host_and_port, None),
        },
    };
    is_web
        && !host.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
        && !credentials.contains('@')
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    #[test]
    fn a_proxy_is_a_host_perhaps_with_scheme_port_and_credentials() {
        for good in [
            "http://127.0.0.1:3128",
            "https://proxy.example",
            "HTTP://proxy.example:8080/",
            "proxy.example:3128",
            "proxy",
            "http://clerk:pa%20ss@proxy:1",
            "clerk:pass@proxy:1",
            "http://[::1]:3128",
            "http://[::1]",
        ] {
            assert!(is_proxy(good), "{good}");
        }
        for bad in [
            "http//proxy:3128",
            "http://",
            "://proxy",
            "socks5://proxy:1080",
            "http://proxy:port",
            "http://proxy:99999",
            "proxy:3128 ",
            "http://a@b@proxy",
            "http://代理:1",
            "http://[::1]3128",
        ] {
            assert!(!is_proxy(bad), "{bad}");
        }
    }

    #[test]
    fn the_variable_that_would_be_used_is_the_one_that_counts() {
        let of = |variables: &'static [(&str, &str)]| {
            malformed(&|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
            })
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("HTTPS_PROXY", "http//x")]), Some("HTTPS_PROXY"));
        assert_eq!(of(&[("HTTPS_PROXY", ""), ("all_proxy", "http//x")]), Some("all_proxy"));
        assert_eq!(of(&[("HTTPS_PROXY", "x:1"), ("ALL_PROXY", "http//x")]), None);
        assert_eq!(of(&[("HTTP_PROXY", "http//x")]), None, "nothing goes by http but to this machine");
    }
}
