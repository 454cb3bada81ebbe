//! What something given on the command line is.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Issue, Source};
use crate::cli::exit::CliError;
use crate::fsio;
use crate::ledger::Find;
use crate::model::{Digest, Scene, Ticket, TicketFacts, excerpt};
use crate::symbol::{self, PictureError};

/// What a thing may be.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A picture file.
    Picture,
    /// What a picture decodes to.
    Url,
    /// A ticket.
    Ticket,
    /// A scene.
    Scene,
}

/// What the thing is.
#[derive(Debug)]
pub(super) enum Subject {
    /// A picture file, and what it carries.
    Picture { path: String, digest: Digest, payload: String, side: u32 },
    /// What a picture decodes to.
    Url(String),
    /// A ticket, and what it says of itself.
    Ticket { ticket: Ticket, facts: Option<TicketFacts> },
    /// A scene: digits may be of either type.
    Scene {
        text: String,
        /// Whether it was given as a scan event's key, `qrscene_` and the scene.
        is_key: bool,
        candidates: Vec<Scene>,
    },
}

impl Subject {
    /// Tries, in this order: a file, a url, a ticket, a scene.
    pub(super) fn recognise(thing: &str, source: &Source) -> Result<Self, CliError> {
        if Path::new(thing).exists() {
            return picture(thing);
        }
        if let Some((_, query)) = thing.split_once("/cgi-bin/showqrcode?") {
            let ticket = query.split('&').find_map(|pair| pair.strip_prefix("ticket="));
            if let Some(ticket) = ticket.and_then(|ticket| Ticket::new(&percent_decoded(ticket)).ok()) {
                return Ok(Self::ticket(ticket));
            }
        }
        let lower = thing.to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            return Ok(Self::Url(thing.to_owned()));
        }
        if let Ok(ticket) = Ticket::new(thing) {
            // Tickets of an unknown form are known only to those who have seen them.
            if TicketFacts::read(thing).is_some() || !source.find(&Find::Ticket(thing.to_owned()))?.is_empty()
            {
                return Ok(Self::ticket(ticket));
            }
        }
        let (thing, is_key) = match thing.strip_prefix("qrscene_") {
            Some(scene) => (scene, true),
            None => (thing, false),
        };
        let id = if thing.starts_with(|c: char| matches!(c, '1'..='9')) {
            thing.parse().ok().and_then(|id| Scene::id(id).ok())
        } else {
            None
        };
        let candidates: Vec<Scene> = id.into_iter().chain(Scene::text(thing).ok()).collect();
        if candidates.is_empty() {
            return Err(CliError::Usage(format!(
                "`{}` is neither a file, a url, a ticket nor a scene (1 to 64 bytes)",
                excerpt(thing, 60)
            )));
        }
        let is_number = thing.bytes().all(|byte| byte.is_ascii_digit());
        let has_id = candidates.iter().any(|scene| matches!(scene, Scene::Id(_)));
        let subject = Self::Scene { text: thing.to_owned(), is_key, candidates };
        // As a text it could be one, but only of somebody who has it.
        if is_number && !has_id && subject.look_up(source)?.is_empty() {
            return Err(CliError::Usage(format!(
                "{thing} is no scene: a number is 1 to 4294967295, and no code has it as a text"
            )));
        }
        if looks_like_a_path(&lower) && subject.look_up(source)?.is_empty() {
            return Err(CliError::Usage(format!("there is no file {thing}, and it is no known scene")));
        }
        Ok(subject)
    }

    fn ticket(ticket: Ticket) -> Self {
        let facts = TicketFacts::read(ticket.as_str());
        Self::Ticket { ticket, facts }
    }

    /// The issues it belongs to.
    pub(super) fn look_up(&self, source: &Source) -> Result<Vec<Issue>, CliError> {
        match self {
            Self::Picture { digest, payload, .. } => {
                let by_bytes = source.find(&Find::Picture(*digest))?;
                // A screenshot or another program's drawing has other bytes and the same url.
                if by_bytes.is_empty() { source.find(&Find::Url(payload.clone())) } else { Ok(by_bytes) }
            }
            Self::Url(url) => source.find(&Find::Url(url.clone())),
            Self::Ticket { ticket, facts } => {
                let by_ticket = source.find(&Find::Ticket(ticket.as_str().to_owned()))?;
                match facts {
                    // A permanent scene asked for again has another ticket and the same url.
                    Some(facts) if by_ticket.is_empty() && facts.checksum_right => {
                        source.find(&Find::Url(facts.url.clone()))
                    }
                    _ => Ok(by_ticket),
                }
            }
            Self::Scene { candidates, .. } => {
                let mut issues = Vec::new();
                for scene in candidates {
                    issues.extend(source.find(&Find::Scene(scene.clone()))?);
                }
                Ok(issues)
            }
        }
    }

    /// The word for it.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Picture { .. } => Kind::Picture,
            Self::Url(_) => Kind::Url,
            Self::Ticket { .. } => Kind::Ticket,
            Self::Scene { .. } => Kind::Scene,
        }
    }
}

fn picture(path: &str) -> Result<Subject, CliError> {
    if !Path::new(path).is_file() && !Path::new(path).is_dir() {
        return Err(CliError::Usage(format!("{path} is no file")));
    }
    if Path::new(path).is_dir() {
        return Err(CliError::Usage(format!("{path} is a folder: name picture files")));
    }
    let bytes = fsio::read_limited(Path::new(path), symbol::MAX_BYTES as u64)?;
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(CliError::Usage(format!("{path} is a zip: `scenepress verify {path}` checks a bundle")));
    }
    let decoded = symbol::decode(&bytes).map_err(|error| match error {
        // What it says of a picture of the platform's, its first bytes, may be a secret in a file of anybody's.
        PictureError::NotJpeg { .. } => {
            let like = looks_like(&bytes).map_or_else(String::new, |what| format!(", it looks like {what}"));
            CliError::Usage(format!("{path} is no JPEG{like}: name picture files as the platform gives them"))
        }
        error => CliError::Usage(format!("{path}: {error}")),
    })?;
    Ok(Subject::Picture {
        path: path.to_owned(),
        digest: Digest::of(&bytes),
        payload: decoded.payload,
        side: decoded.side,
    })
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
