//! The names of pictures: each tells what it is and until when it works, on every system, without colliding.

use crate::model::{BundledCode, Channel, LastDay, PictureNames, Scene, is_invisible};

/// The folder of the pictures inside the bundle.
pub(super) const FOLDER: &str = "images/";
/// The most characters of a path inside the bundle: with the folder it is unpacked into, Windows allows 260.
const MAX_CHARS: usize = 120;
/// The most bytes of a file's name on Linux and macOS.
const MAX_BYTES: usize = 255;
/// A channel is not cut below this many characters before the scene is cut as well.
const CHANNEL_CHARS: usize = 8;
/// Some programs turn these into real slashes when they convert names to an older encoding.
const LIKE_A_SLASH: &str = "\u{2044}\u{2215}\u{2216}\u{29F5}\u{29F8}\u{29F9}\u{FE68}／＼";

/// `images/000001_1001_Metro-line-2_g1_until-20261221.jpg`; no day for a permanent code, and `images/000001_1001_Metro-line-2.jpg`
/// without the issue, which is the generation and its last day.
///
/// The seq is unique in a bundle, stands first and ends at the first `_`, so no two names are alike, whatever the
/// rest. It is padded so that a folder sorts as the list does.
pub(super) fn picture(
    seq: u64,
    scene: &Scene,
    channel: &Channel,
    issue: Option<(u32, Option<LastDay>)>,
) -> String {
    let head = format!("{seq:06}_");
    let mut tail = String::from(".jpg");
    if let Some((generation, last_day)) = issue {
        let until = last_day.map(|day| format!("_until-{}", day.compact())).unwrap_or_default();
        tail = format!("_g{generation}{until}.jpg");
    }
    let mut scene = harmless(&scene.to_string());
    let mut channel = harmless(channel.as_str());
    let fixed = head.len() + "_".len() + tail.len();
    let chars = MAX_CHARS - FOLDER.len() - fixed;
    let bytes = MAX_BYTES - fixed;
    let reserved = channel.chars().count().min(CHANNEL_CHARS);
    let reserved_bytes = channel.chars().take(reserved).map(char::len_utf8).sum::<usize>();
    cut(&mut scene, chars - reserved, bytes - reserved_bytes);
    cut(&mut channel, chars - scene.chars().count(), bytes - scene.len());
    format!("{FOLDER}{head}{scene}_{channel}{tail}")
}

/// The name that a picture has in an earlier bundle.
pub(super) fn earlier(code: &BundledCode) -> String {
    let BundledCode { seq, scene, channel, generation, names, .. } = code;
    let issue = (*names == PictureNames::Dated).then(|| (*generation, code.last_day()));
    picture(*seq, scene, channel, issue)
}

/// Replaces what some system forbids, hides or acts on by `-`: white space, `<>:"/\|?*`, control, direction and
/// invisible characters, the look-alikes of slashes, and a dot after a dot.
fn harmless(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for character in text.chars() {
        let bad = character.is_whitespace()
            || character.is_control()
            || r#"<>:"/\|?*"#.contains(character)
            || LIKE_A_SLASH.contains(character)
            || is_invisible(character)
            || (character == '.' && name.ends_with('.'));
        if !bad {
            name.push(character);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    name
}

/// Shortens to at most so many characters and bytes, whole characters only.
fn cut(text: &mut String, max_chars: usize, max_bytes: usize) {
    let end = text
        .char_indices()
        .map(|(start, character)| start + character.len_utf8())
        .take(max_chars)
        .take_while(|end| *end <= max_bytes)
        .last();
    text.truncate(end.unwrap_or(0));
}
