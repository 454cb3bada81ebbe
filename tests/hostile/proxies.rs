//! Which way requests take: through `HTTPS_PROXY` to another machine, never through a proxy to this one.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use super::platform::{Platform, SECRET};
use super::server::{Reply, Server};
use super::sizes::project;
use super::support::{Workplace, outcome};

/// A proxy that lets nobody through.
fn closed_proxy() -> Server {
    Server::start(|_| Reply::Bytes(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_vec()))
}

/// Attempts to reach a platform elsewhere. Without a proxy they end at a name that no machine ever has.
fn ask(variables: &[(&str, &str)], api_url: &str) -> (i32, String) {
    let workplace = Workplace::new();
    let accounts = format!("default:\n  appid: wx1\n  secret: ${{WECHAT_SECRET}}\n{api_url}");
    workplace.write("campaigns/accounts.yaml", accounts);
    workplace.write("campaigns/metro.yaml", "expires: 30d\ncodes: [{scene: 1, channel: A}]\n");
    let mut command = workplace.command(&["plan", "--quota"]);
    command.env("WECHAT_SECRET", SECRET).envs(variables.iter().copied());
    let told = outcome(&mut command);
    (told.code, told.stderr)
}

const NOWHERE: &str = "  api_url: https://scenepress.invalid\n";

#[test]
fn https_goes_through_the_proxy_as_a_tunnel_and_nothing_secret_is_shown_or_sent_in_clear() {
    let proxy = closed_proxy();
    let address = proxy.url.strip_prefix("http://").expect("http");
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (code, said) = ask(&[(name, &format!("http://clerk:pa55word@{address}"))], "");
        let expected = format!(
            "error: https://api.weixin.qq.com could not be reached through the proxy {address}: tunnel error: \
             unsuccessful; check HTTPS_PROXY\n"
        );
        assert_eq!((code, said), (3, expected), "{name}");
    }
    let seen = proxy.seen();
    assert_eq!(seen.len(), 9, "three attempts each");
    for request in seen {
        assert!(request.starts_with("CONNECT api.weixin.qq.com:443 HTTP/1.1\r\n"), "{request}");
        assert!(!request.contains(SECRET), "{request}");
    }
}

#[test]
fn a_proxy_that_is_not_there_is_told_without_its_credentials() {
    let (code, said) = ask(&[("HTTPS_PROXY", "http://clerk:pa55word@127.0.0.1:1")], "");
    let expected = "error: the proxy 127.0.0.1:1 could not be reached: Connection refused (os error 111); check \
                    HTTPS_PROXY\n";
    assert_eq!((code, said.as_str()), (3, expected));
}

/// The platform's name is not looked up at all then, so that blaming it would send people the wrong way.
#[test]
fn a_proxy_whose_name_does_not_resolve_is_named_instead_of_the_platform() {
    for (name, scheme) in [("HTTPS_PROXY", "http"), ("ALL_PROXY", "http"), ("HTTPS_PROXY", "socks5h")] {
        // What is wrong with a SOCKS proxy the library does not tell.
        let why = if scheme == "http" { "its name does not resolve: " } else { "" };
        let (code, said) = ask(&[(name, &format!("{scheme}://clerk:pa55word@proxy.invalid:3128"))], "");
        let expected = format!("error: the proxy proxy.invalid:3128 could not be reached: {why}");
        assert!(code == 3 && said.starts_with(&expected), "{scheme}: {said}");
        assert!(said.ends_with("; check HTTPS_PROXY\n") && !said.contains("pa55word"), "{scheme}: {said}");
    }
    let (code, said) = ask(&[], NOWHERE);
    let expected = "error: https://scenepress.invalid could not be reached: its name does not resolve: ";
    assert!(code == 3 && said.starts_with(expected), "{said}");
}

/// A SOCKS proxy that lets nobody through; each request's version, and the place it asks for.
fn socks_proxy() -> (String, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buffer = [0; 300];
            // Which ways to authenticate there are: none is needed.
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(&[5, 0]);
            let size = stream.read(&mut buffer).unwrap_or(0);
            let _ = sender.send(buffer[..size].to_vec());
            // Not allowed.
            let _ = stream.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
        }
    });
    (address, receiver)
}

#[test]
fn socks_proxies_work() {
    let (address, asked) = socks_proxy();
    let by_address = "  api_url: https://192.0.2.7\n";
    for (scheme, api_url, place) in [
        ("socks5h", "", [&[5, 1, 0, 3, 17][..], &b"api.weixin.qq.com"[..], &[1, 187]].concat()),
        ("socks5", by_address, vec![5, 1, 0, 1, 192, 0, 2, 7, 1, 187]),
    ] {
        for name in ["HTTPS_PROXY", "ALL_PROXY"] {
            let (code, said) = ask(&[(name, &format!("{scheme}://{address}"))], api_url);
            assert_eq!(code, 3, "{said}");
            let asked: Vec<Vec<u8>> = asked.try_iter().collect();
            assert_eq!(asked, [place.clone(), place.clone(), place.clone()], "{scheme}: three attempts");
            assert!(said.contains(&format!(" could not be reached through the proxy {address}: ")), "{said}");
        }
    }
}

#[test]
fn hosts_of_no_proxy_are_asked_directly() {
    let proxy = closed_proxy();
    for (no_proxy, requests) in [("scenepress.invalid", 0), ("invalid", 0), ("*", 0), ("other.invalid", 3)] {
        let before = proxy.seen().len();
        let (code, said) = ask(&[("HTTPS_PROXY", &proxy.url), ("NO_PROXY", no_proxy)], NOWHERE);
        assert_eq!(code, 3, "{said}");
        assert_eq!(proxy.seen().len() - before, requests, "{no_proxy}");
    }
}

#[test]
fn nothing_for_this_machine_goes_through_a_proxy() {
    let (proxy, platform) = (closed_proxy(), Platform::start());
    let workplace = project(&platform.url());
    let mut command = workplace.command(&["run"]);
    command.env("WECHAT_SECRET", SECRET);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, &proxy.url);
    }
    let told = outcome(&mut command);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert_eq!(platform.creates(), 1);
    assert_eq!(proxy.seen(), Vec::<String>::new());
}

#[test]
fn a_machine_without_certificates_says_what_to_install() {
    let (code, said) = ask(&[("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")], NOWHERE);
    let expected = "error: https cannot be used on this machine: unexpected error: No CA certificates were loaded \
                    from the system; where CA certificates are missing, install ca-certificates or name a file of \
                    them in SSL_CERT_FILE\n";
    assert_eq!((code, said.as_str()), (7, expected));
}
