//! What a server can send.

use std::process::Command;

use super::platform::{APPID, Platform, SECRET};
use super::server::{Asked, Reply, Server};
use super::support::{Outcome, Workplace, outcome};

const MIB: u64 = 1 << 20;
const TOKEN: &str = "/cgi-bin/stable_token";
const CREATE: &str = "/cgi-bin/qrcode/create";
const PICTURE: &str = "/cgi-bin/showqrcode";

/// A command that may have so much memory: what it maps is bounded, so what it uses is. Threads' stacks and what
/// the allocator keeps for itself are mapped too, which is why the bound is not smaller.
pub fn bounded(command: &Command, mebibytes: u64) -> Command {
    let mut shell = Command::new("sh");
    let kibibytes = mebibytes * 1024;
    shell.arg("-c").arg(format!("ulimit -v {kibibytes} && exec \"$0\" \"$@\""));
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().expect("a folder")).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

/// A folder with one campaign of one code, on a platform at a url.
pub fn project(url: &str) -> Workplace {
    let workplace = Workplace::new();
    let accounts = format!(
        "default:\n  appid: {APPID}\n  secret: ${{WECHAT_SECRET}}\n  api_url: {url}\n  image_url: {url}\n  rate: 1000/s\n"
    );
    workplace.write("campaigns/accounts.yaml", accounts);
    workplace.write("campaigns/metro.yaml", "expires: 30d\ncodes: [{scene: 1, channel: A}]\n");
    workplace
}

/// Runs against an emulator whose first answer at a path is another one.
fn run(path: &'static str, first: impl Fn() -> Reply + Send + Sync + 'static) -> (Outcome, Server) {
    let platform = Platform::start();
    let address = platform.address();
    let server = Server::start(move |asked: &Asked| {
        let is_hostile = asked.number == 1 && asked.line.contains(path);
        if is_hostile { first() } else { Reply::Forward(address.clone()) }
    });
    let workplace = project(&server.url);
    let mut command = workplace.command(&["run", "-v"]);
    command.env("WECHAT_SECRET", SECRET);
    (outcome(&mut bounded(&command, 512)), server)
}

/// Holds that the first answer was given up early, at little memory, and that the second attempt went well.
#[track_caller]
fn assert_overcome(path: &'static str, first: impl Fn() -> Reply + Send + Sync + 'static, what: &str) {
    let (told, server) = run(path, first);
    assert_eq!(told.code, 0, "{path}: {}", told.stderr);
    let again: Vec<_> = told.stderr.lines().filter(|line| line.contains(" again in ")).collect();
    let said = again.first().and_then(|line| line.split_once(" request: ")).map(|(_, said)| said);
    assert_eq!((again.len(), said), (1, Some(format!("{} {what}", server.url).as_str())), "{}", told.stderr);
    // What the sockets' buffers hold was sent and may never have been read.
    assert!(server.sent() < 64 * MIB, "{path}: {} bytes", server.sent());
}

#[test]
fn a_body_of_10_gb_is_given_up_at_its_announcement() {
    for path in [TOKEN, CREATE, PICTURE] {
        let body = || {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n".to_vec();
            Reply::Repeat(head, vec![b' '; 100_000], 100_000)
        };
        let limit = if path == PICTURE { 8 } else { 1 };
        assert_overcome(path, body, &format!("answered with more than {limit} MiB"));
    }
}

#[test]
fn an_endless_body_is_given_up_at_its_limit() {
    for path in [TOKEN, CREATE, PICTURE] {
        let body = || {
            let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            Reply::Repeat(head, chunk, 10_000_000_000 / 0x10000)
        };
        let limit = if path == PICTURE { 8 } else { 1 };
        assert_overcome(path, body, &format!("answered with more than {limit} MiB"));
    }
}

#[test]
fn a_header_of_1_gb_and_endless_header_lines_are_given_up() {
    for path in [TOKEN, CREATE, PICTURE] {
        for (head, part) in [("X-Long: ", "x".repeat(100_000)), ("", "X: y\r\n".repeat(10_000))] {
            let headers = move || {
                let head = format!("HTTP/1.1 200 OK\r\n{head}").into_bytes();
                Reply::Repeat(head, part.clone().into_bytes(), 10_000)
            };
            assert_overcome(
                path,
                headers,
                "answered with what is no answer in HTTP: message head is too large",
            );
        }
    }
}

/// An answer that says its true length.
pub fn answer(headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
    Reply::Bytes([head.as_bytes(), body].concat())
}

#[test]
fn a_gzip_bomb_that_nobody_asked_for_is_not_opened() {
    // Members follow one another in gzip: a million zeros, seven hundred times over.
    let member = Command::new("sh").args(["-c", "head -c 1000000 /dev/zero | gzip -9n"]).output();
    let bomb = member.expect("gzip").stdout.repeat(700);
    let what = "answered with gzip instead of the platform's answer: is `api_url` a relay?";
    for path in [TOKEN, CREATE] {
        let bomb = bomb.clone();
        assert_overcome(path, move || answer("Content-Encoding: gzip\r\n", &bomb), what);
    }
}

#[test]
fn a_picture_of_60_000_by_60_000_pixels_is_not_unpacked() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus/pictures/");
    let picture = std::fs::read(format!("{folder}60000x60000.jpg")).expect("a stored picture");
    let (told, _server) = run(PICTURE, move || answer("", &picture));
    assert_eq!(told.code, 0, "{}", told.stderr);
    let again = told.stderr.lines().find_map(|line| line.split_once(" request: ")).map(|(_, said)| said);
    let expected = "the picture is 60000 x 60000 pixels; 21 to 4096 a side are allowed";
    assert_eq!(again, Some(expected), "{}", told.stderr);
}
