//! A relay that says again what it was told: neither the secret nor the access token is shown or kept.

use std::path::Path;

use super::platform::{Platform, SECRET};
use super::server::{Asked, Reply, Server};
use super::sizes::{answer, project};
use super::support::{Outcome, outcome};

/// What a relay says of a request, by the access token in it; the emulator answers where it says nothing.
type Relay = fn(&Asked, &str) -> Option<Reply>;

/// Runs through a relay, and looks for the secret and the token in all that is shown and left behind.
fn run(relay: Relay) -> Outcome {
    let platform = Platform::start();
    let address = platform.address();
    let server = Server::start(move |asked: &Asked| {
        let token = asked.line.split_once("access_token=").map_or("", |(_, rest)| rest);
        let token = token.split([' ', '&']).next().unwrap_or_default();
        relay(asked, token).unwrap_or_else(|| Reply::Forward(address.clone()))
    });
    let workplace = project(&server.url);
    let mut command = workplace.command(&["run", "-v", "--events", "--format", "json"]);
    command.env("WECHAT_SECRET", SECRET);
    let told = outcome(&mut command);
    let mut tokens: Vec<String> = Vec::new();
    for request in server.seen() {
        if let Some((_, rest)) = request.split_once("access_token=") {
            tokens.push(rest.split([' ', '&']).next().unwrap_or_default().to_owned());
        }
    }
    assert!(tokens.iter().all(|token| token.len() > 20), "{tokens:?}");
    let mut places = vec![("stdout".to_owned(), told.stdout.clone().into_bytes())];
    places.push(("stderr".to_owned(), told.stderr.clone().into_bytes()));
    files(&workplace.path("output"), &mut places);
    for (place, bytes) in places {
        for hidden in tokens.iter().map(String::as_str).chain([SECRET]) {
            // Half of one would help whoever found it.
            let half = &hidden.as_bytes()[..hidden.len() / 2];
            assert!(!bytes.windows(half.len()).any(|window| window == half), "a secret in {place}");
        }
    }
    told
}

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in folder.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
        }
    }
}

/// What the document says of the only campaign's only code.
#[track_caller]
fn failure(told: &Outcome) -> (String, String) {
    assert_eq!(told.code, 3, "{}", told.stderr);
    let document = told.stdout.lines().last().expect("a document");
    let document: serde_json::Value = serde_json::from_str(document).expect("JSON");
    let failed = &document["campaigns"][0]["failed"][0];
    let text = |key: &str| failed[key].as_str().expect("a text").to_owned();
    (text("stage"), text("message"))
}

#[test]
fn a_ticket_that_holds_the_access_token_is_none() {
    let told = run(|asked, token| {
        asked.line.contains("/qrcode/create").then(|| {
            let body = format!(
                r#"{{"ticket":"gQH{token}","expire_seconds":2592000,"url":"http://weixin.qq.com/q/02abc"}}"#
            );
            answer("", body.as_bytes())
        })
    });
    let message =
        "the answer repeats the access token or the secret: something on the way, a relay perhaps, is wrong";
    assert_eq!(failure(&told), ("issue".to_owned(), message.to_owned()));
}

#[test]
fn a_url_that_holds_the_access_token_is_none() {
    let told = run(|asked, token| {
        asked.line.contains("/qrcode/create").then(|| {
            let body = format!(
                r#"{{"ticket":"gQH","expire_seconds":2592000,"url":"http://weixin.qq.com/q/{token}"}}"#
            );
            answer("", body.as_bytes())
        })
    });
    let message =
        "the answer repeats the access token or the secret: something on the way, a relay perhaps, is wrong";
    assert_eq!(failure(&told), ("issue".to_owned(), message.to_owned()));
}

#[test]
fn an_error_that_quotes_the_request_is_shown_without_it() {
    let told = run(|asked, token| {
        asked.line.contains("/qrcode/create").then(|| {
            let body =
                format!(r#"{{"errcode":40053,"errmsg":"bad scene for {token} of {SECRET} rid: 6aac005a"}}"#);
            answer("", body.as_bytes())
        })
    });
    let (stage, message) = failure(&told);
    assert_eq!(stage, "issue");
    assert!(message.ends_with("bad scene for [hidden] of [hidden]"), "{message}");
}

#[test]
fn a_text_in_place_of_the_picture_is_shown_without_the_secret() {
    let page = run(|asked, _| {
        asked
            .line
            .contains("/showqrcode")
            .then(|| answer("Content-Type: text/plain\r\n", format!("sorry, {SECRET}").as_bytes()))
    });
    assert_eq!(failure(&page).0, "verify");
}

#[test]
fn a_code_that_holds_the_secret_is_shown_without_it() {
    let code = run(|asked, _| asked.line.contains("/showqrcode").then(|| answer("", &picture(SECRET))));
    let (stage, message) = failure(&code);
    assert_eq!(stage, "verify");
    assert!(message.contains("[hidden]"), "it says what the picture decodes to: {message}");
}

/// A picture that decodes to a text.
fn picture(text: &str) -> Vec<u8> {
    let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().expect("a code");
    let (scale, margin) = (4, 4);
    let side = (code.size + 2 * margin) * scale;
    let dark = |x: usize, y: usize| {
        let inside = |n: usize| (n / scale).checked_sub(margin).filter(|module| *module < code.size);
        inside(x).zip(inside(y)).is_some_and(|(x, y)| code[y][x].value())
    };
    let pixels: Vec<u8> = (0..side * side).map(|n| if dark(n % side, n / side) { 0 } else { 255 }).collect();
    let side = u16::try_from(side).expect("small");
    let mut bytes = Vec::new();
    jpeg_encoder::Encoder::new(&mut bytes, 90)
        .encode(&pixels, side, side, jpeg_encoder::ColorType::Luma)
        .expect("a picture");
    bytes
}
