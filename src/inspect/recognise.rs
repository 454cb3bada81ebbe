//! What a text or a file is.

use std::path::Path;

use super::{InspectError, Inspection, Kind, Picture};
use crate::fsio;
use crate::ledger::Find;
use crate::model::{Digest, Scene, Ticket, TicketFacts, excerpt};
use crate::symbol::{self, PictureError};

/// A thing before anything is looked up, and what to look for: of these searches the first counts that finds something.
pub(super) type Recognised = (Inspection, Vec<Vec<Find>>);

/// Recognises a thing by its form alone. A picture is several if it shows several codes.
pub(super) fn recognise(thing: &str) -> Result<Vec<Recognised>, InspectError> {
    if Path::new(thing).exists() {
        return picture(thing);
    }
    if let Some(ticket) = Ticket::of_picture_address(thing) {
        let facts = TicketFacts::read(ticket.as_str());
        return Ok(vec![of_ticket(thing, &ticket, facts)]);
    }
    let lower = thing.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Ok(vec![(Inspection::new(thing, Kind::Url), vec![urls(thing)])]);
    }
    Ok(vec![match (Ticket::new(thing), TicketFacts::read(thing)) {
        (Ok(ticket), Some(facts)) => of_ticket(thing, &ticket, Some(facts)),
        (ticket, _) => scene(thing, ticket.ok())?,
    }])
}

/// A url with either scheme: people and programs on the way change it.
fn urls(url: &str) -> Vec<Find> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![Find::Url(url.to_owned())] };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let other = if scheme.eq_ignore_ascii_case("https") { "http" } else { "https" };
    let spelt = |scheme: &str| Find::Url(format!("{scheme}://{}{path}", host.to_ascii_lowercase()));
    vec![spelt(&scheme.to_ascii_lowercase()), spelt(other)]
}

fn of_ticket(thing: &str, ticket: &Ticket, facts: Option<TicketFacts>) -> Recognised {
    let mut searches = vec![vec![Find::Ticket(ticket.to_string())]];
    // A permanent scene asked for again has another ticket and the same url.
    let checked = facts.iter().filter(|facts| facts.checksum_right);
    searches.extend(checked.map(|facts| vec![Find::Url(facts.url.clone())]));
    let name = ticket.to_string();
    (Inspection { ticket: facts, name, ..Inspection::new(thing, Kind::Ticket) }, searches)
}

/// A scene, without the `qrscene_` of a scan event's key. It may be a ticket of an unknown form, or a part of a
/// channel's name.
fn scene(thing: &str, ticket: Option<Ticket>) -> Result<Recognised, InspectError> {
    let text = thing.strip_prefix("qrscene_").unwrap_or(thing);
    let scenes: Vec<Find> = scenes(text).into_iter().map(Find::Scene).collect();
    let channel = text.trim();
    if channel.is_empty() {
        return Err(no_scene(text));
    }
    let searches = ticket.map(|ticket| vec![Find::Ticket(ticket.to_string())]).into_iter();
    let searches = searches.chain([scenes, vec![Find::Channel(channel.to_owned())]]);
    let inspection = Inspection { name: text.to_owned(), ..Inspection::new(thing, Kind::Scene) };
    Ok((inspection, searches.collect()))
}

/// The scenes that a text may be. Digits may be of either type.
fn scenes(text: &str) -> Vec<Scene> {
    let is_id = text.starts_with(|c: char| matches!(c, '1'..='9'));
    let id = text.parse().ok().filter(|_| is_id).and_then(|id| Scene::id(id).ok());
    id.into_iter().chain(Scene::text(text).ok()).collect()
}

fn no_scene(text: &str) -> InspectError {
    let text = excerpt(text, 60);
    InspectError::Unknown(format!(
        "`{text}` is neither a file, a url, a ticket, a scene (1 to 64 bytes) nor a part of a known channel"
    ))
}

/// Refuses a text that could be a scene but is meant as something else, if nobody knows it as a scene.
pub(super) fn check_unknown_scene(text: &str) -> Result<(), InspectError> {
    let scenes = scenes(text);
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let has_id = scenes.iter().any(|scene| matches!(scene, Scene::Id(_)));
    Err(if scenes.is_empty() {
        no_scene(text)
    } else if is_number && !has_id {
        InspectError::Unknown(format!(
            "{text} is no scene: a number is 1 to 4294967295, and no code has it as a text"
        ))
    } else if looks_like_a_path(&text.to_ascii_lowercase()) {
        InspectError::Unknown(format!("there is no file {text}, and it is no known scene"))
    } else {
        return Ok(());
    })
}

fn picture(path: &str) -> Result<Vec<Recognised>, InspectError> {
    let unknown = |words: &str| InspectError::Unknown(format!("{path}{words}"));
    let file = Path::new(path);
    if file.is_dir() {
        return Err(unknown(" is a folder: name picture files"));
    }
    if !file.is_file() {
        return Err(unknown(" is no file"));
    }
    let bytes = fsio::read_limited(file, symbol::MAX_PHOTO_BYTES as u64)?;
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(unknown(&format!(" is a zip: `scenepress verify {path}` checks a bundle")));
    }
    if is_heic(&bytes) {
        return Err(unknown(
            " is a HEIC photo, which cannot be read here: send it as JPEG, or take a screenshot of it",
        ));
    }
    let photo = symbol::read_photo(&bytes).map_err(|error| match error {
        // What it says of a picture of the platform's, its first bytes, may be a secret in a file of anybody's.
        PictureError::NotJpeg { .. } => {
            let like = looks_like(&bytes).map_or_else(String::new, |what| format!(", it looks like {what}"));
            unknown(&format!(
                " is neither JPEG nor PNG{like}: name photos, screenshots or the platform's pictures"
            ))
        }
        PictureError::NoSymbol => InspectError::NoCode(format!("{path}: {error}")),
        error => unknown(&format!(": {error}")),
    })?;
    let sha256 = Digest::of(&bytes);
    let of_payload = |payload: String| {
        // A screenshot or another program's drawing has other bytes and the same url.
        let searches = vec![vec![Find::Picture(sha256)], urls(&payload)];
        let picture = Some(Picture { sha256, payload, side: photo.side });
        (Inspection { picture, ..Inspection::new(path, Kind::Picture) }, searches)
    };
    Ok(photo.payloads.into_iter().map(of_payload).collect())
}

/// Whether a file is a photo of the form that iPhones write, or a relative of it.
fn is_heic(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"];
    bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

/// What some bytes that are no photo look like.
fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    const BEGINNINGS: [(&[u8], &str); 5] = [
        (b"GIF8", "a GIF"),
        (b"%PDF-", "a PDF"),
        (b"SQLite format 3\0", "a SQLite database"),
        (b"<svg", "an SVG"),
        (b"<?xml", "XML"),
    ];
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let is_html = |tag: &[u8]| text.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag));
    match BEGINNINGS.iter().find(|(beginning, _)| text.starts_with(beginning)) {
        Some((_, what)) => Some(what),
        None if is_webp => Some("a WebP"),
        None if is_html(b"<!doctype html") || is_html(b"<html") => Some("a web page"),
        None => None,
    }
}

/// Whether a text is meant as a file's path. `lower` is the text in lower case.
fn looks_like_a_path(lower: &str) -> bool {
    lower.contains('/') || [".jpg", ".jpeg", ".png", ".zip"].iter().any(|ending| lower.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_jpeg_is_recognised_by_how_it_begins() {
        let rows: [(&[u8], Option<&str>); 10] = [
            (b"GIF89a", Some("a GIF")),
            (b"%PDF-1.7", Some("a PDF")),
            (b"SQLite format 3\0", Some("a SQLite database")),
            (b"<svg xmlns=''>", Some("an SVG")),
            (b"<?xml version='1.0'?>", Some("XML")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("a WebP")),
            (b"\xEF\xBB\xBF\r\n<!DOCTYPE HTML>", Some("a web page")),
            (b"<html lang='en'>", Some("a web page")),
            (b"d4624c36b6795d1d99dcf0547af5443d", None),
            (b"RIFF", None),
        ];
        for (bytes, what) in rows {
            assert_eq!(looks_like(bytes), what, "{bytes:?}");
        }
    }
}
