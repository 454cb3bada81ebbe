//! What a text or a file is.

use std::path::Path;

use super::{InspectError, Picture};
use crate::fsio;
use crate::model::{Digest, Scene, Ticket, TicketFacts, excerpt};
use crate::symbol::{self, PictureError};

/// What a thing is, before anything is looked up.
#[derive(Debug)]
pub(super) enum Subject {
    /// A picture file.
    Picture(Picture),
    /// What a picture decodes to: the whole argument.
    Url,
    /// A ticket, and what it says of itself; `None` if its form is unknown.
    Ticket { ticket: Ticket, facts: Option<TicketFacts> },
    /// A scene, without the `qrscene_` of a scan event's key. Digits may be of either type.
    Scene { text: String, candidates: Vec<Scene> },
}

/// Recognises a thing by its form alone.
pub(super) fn recognise(thing: &str) -> Result<Subject, InspectError> {
    if Path::new(thing).exists() {
        return picture(thing);
    }
    let of_ticket = |ticket: Ticket| {
        let facts = TicketFacts::read(ticket.as_str());
        Subject::Ticket { ticket, facts }
    };
    if let Some((_, query)) = thing.split_once("/cgi-bin/showqrcode?") {
        let ticket = query.split('&').find_map(|pair| pair.strip_prefix("ticket="));
        if let Some(ticket) = ticket.and_then(|ticket| Ticket::new(&percent_decoded(ticket)).ok()) {
            return Ok(of_ticket(ticket));
        }
    }
    let lower = thing.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Ok(Subject::Url);
    }
    match Ticket::new(thing) {
        Ok(ticket) if TicketFacts::read(thing).is_some() => Ok(of_ticket(ticket)),
        _ => scene(thing),
    }
}

fn scene(thing: &str) -> Result<Subject, InspectError> {
    let text = thing.strip_prefix("qrscene_").unwrap_or(thing);
    let id = if text.starts_with(|c: char| matches!(c, '1'..='9')) {
        text.parse().ok().and_then(|id| Scene::id(id).ok())
    } else {
        None
    };
    let candidates: Vec<Scene> = id.into_iter().chain(Scene::text(text).ok()).collect();
    if candidates.is_empty() && Ticket::new(thing).is_err() {
        return Err(no_scene(text));
    }
    Ok(Subject::Scene { text: text.to_owned(), candidates })
}

fn no_scene(text: &str) -> InspectError {
    let text = excerpt(text, 60);
    InspectError::Unknown(format!("`{text}` is neither a file, a url, a ticket nor a scene (1 to 64 bytes)"))
}

/// Refuses a text that could be a scene but is meant as something else, if nobody knows it as a scene.
pub(super) fn check_unknown_scene(text: &str, candidates: &[Scene]) -> Result<(), InspectError> {
    if candidates.is_empty() {
        return Err(no_scene(text));
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let has_id = candidates.iter().any(|scene| matches!(scene, Scene::Id(_)));
    if is_number && !has_id {
        return Err(InspectError::Unknown(format!(
            "{text} is no scene: a number is 1 to 4294967295, and no code has it as a text"
        )));
    }
    if looks_like_a_path(&text.to_ascii_lowercase()) {
        return Err(InspectError::Unknown(format!("there is no file {text}, and it is no known scene")));
    }
    Ok(())
}

fn picture(path: &str) -> Result<Subject, InspectError> {
    if !Path::new(path).is_file() && !Path::new(path).is_dir() {
        return Err(InspectError::Unknown(format!("{path} is no file")));
    }
    if Path::new(path).is_dir() {
        return Err(InspectError::Unknown(format!("{path} is a folder: name picture files")));
    }
    let bytes = fsio::read_limited(Path::new(path), symbol::MAX_BYTES as u64)?;
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(InspectError::Unknown(format!(
            "{path} is a zip: `scenepress verify {path}` checks a bundle"
        )));
    }
    let decoded = symbol::decode(&bytes).map_err(|error| match error {
        // What it says of a picture of the platform's, its first bytes, may be a secret in a file of anybody's.
        PictureError::NotJpeg { .. } => {
            let like = looks_like(&bytes).map_or_else(String::new, |what| format!(", it looks like {what}"));
            InspectError::Unknown(format!(
                "{path} is no JPEG{like}: name picture files as the platform gives them"
            ))
        }
        error => InspectError::Unknown(format!("{path}: {error}")),
    })?;
    Ok(Subject::Picture(Picture { sha256: Digest::of(&bytes), payload: decoded.payload, side: decoded.side }))
}

/// What some bytes that are no JPEG look like.
fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    const BEGINNINGS: [(&[u8], &str); 6] = [
        (b"\x89PNG\r\n\x1a\n", "a PNG"),
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

/// `%2B` becomes `+`; what is no escape stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(code) = code.filter(u8::is_ascii) {
            decoded.push(char::from(code));
            rest = &rest[at + 3..];
        } else {
            decoded.push('%');
            rest = &rest[at + 1..];
        }
    }
    decoded + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_jpeg_is_recognised_by_how_it_begins() {
        let rows: [(&[u8], Option<&str>); 11] = [
            (b"\x89PNG\r\n\x1a\nIHDR", Some("a PNG")),
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

    #[test]
    fn a_ticket_in_a_url_is_decoded_once() {
        assert_eq!(percent_decoded("gQ%2Ba%2Fb%3D%3D"), "gQ+a/b==");
        assert_eq!(percent_decoded("%252B"), "%2B");
        assert_eq!(percent_decoded("%zz%e9%2"), "%zz%e9%2");
        assert_eq!(percent_decoded("%店"), "%店");
    }
}
