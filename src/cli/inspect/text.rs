//! What `inspect` tells people.

use std::fmt::Write;

use jiff::Timestamp;

use super::subject::Subject;
use super::{Issue, Source};
use crate::model::{
    Scene, Tag, TicketFacts, beijing_date, excerpt, minute_text, rough_duration, visible, visible_path,
};

/// The longest foreign text that is shown.
const LONGEST: usize = 1024;

pub(super) fn shown(subject: &Subject, issues: &[Issue], source: &Source, now: Timestamp) -> String {
    let mut text = String::new();
    match subject {
        Subject::Picture { path, payload, side, .. } => {
            let _ = writeln!(text, "{}: a picture of {side} x {side} pixels", visible(path));
            line(&mut text, "carries", &excerpt(payload, LONGEST));
        }
        Subject::Url(url) => {
            let _ = writeln!(text, "{}: a url", excerpt(url, LONGEST));
        }
        Subject::Ticket { ticket, facts } => {
            let _ = writeln!(text, "{}: a ticket", visible(ticket.as_str()));
            match facts {
                Some(facts) => say_facts(&mut text, facts, now),
                None => line(&mut text, "form", "unknown: it says nothing of itself"),
            }
        }
        Subject::Scene { text: scene, is_key: false, .. } => {
            let _ = writeln!(text, "{}: a scene", excerpt(scene, LONGEST));
        }
        Subject::Scene { text: scene, is_key: true, .. } => {
            let _ = writeln!(text, "qrscene_{0}: an event's key: scene {0}", excerpt(scene, LONGEST));
        }
    }
    for issue in issues {
        say_issue(&mut text, issue, source, now);
    }
    if issues.is_empty() {
        match source {
            Source::Bundle { path, .. } => {
                line(&mut text, "bundle", &format!("{} does not have it", visible_path(path)));
            }
            Source::Ledger { path, .. } => {
                line(&mut text, "ledger", &format!("{} does not know it", visible_path(path)));
            }
            Source::Nothing { path } => line(
                &mut text,
                "ledger",
                &format!("there is none at {}: --ledger names one, --in a bundle", visible_path(path)),
            ),
        }
    }
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {name:<10} {value}");
}

/// What a ticket says of itself.
fn say_facts(text: &mut String, facts: &TicketFacts, now: Timestamp) {
    line(text, "url", &excerpt(&facts.url, LONGEST));
    line(text, "made", &minute_text(facts.created_at));
    let field = facts.lifetime_field;
    let lifetime = match facts.lifetime_seconds() {
        Some(0) => "permanent".to_owned(),
        Some(seconds) => {
            let duration = std::time::Duration::from_secs(u64::from(seconds));
            let dies = (facts.created_at + duration, now);
            format!("{}, {}", rough_duration(duration), death(dies.0, dies.1))
        }
        None => match Timestamp::from_second(i64::from(field)) {
            Ok(at) if at >= facts.created_at => format!(
                "not told: the field holds an instant, {}, as in the sample of the platform's documents",
                minute_text(at)
            ),
            _ => format!("not told: the field holds {field}, over the 2592000 seconds a code can live"),
        },
    };
    line(text, "lifetime", &lifetime);
    if !facts.checksum_right {
        line(text, "checksum", "wrong: it may be mistyped or cut, so what it says of itself proves nothing");
    }
}

fn say_issue(text: &mut String, issue: &Issue, source: &Source, now: Timestamp) {
    if let Source::Bundle { path, manifest } = source {
        let header = &manifest.header;
        let mark = if header.kind.emulator { ", NOT FOR PRINT: made by the emulator" } else { "" };
        line(text, "bundle", &format!("{}, revision {}{mark}", visible_path(path), header.revision));
    }
    let kind = match issue.scene {
        Scene::Id(_) => "number",
        Scene::Str(_) => "string",
    };
    line(text, "scene", &format!("{} ({kind})", issue.scene));
    line(text, "channel", issue.labels.channel.as_str());
    if !issue.labels.tags.is_empty() {
        line(text, "tags", &issue.labels.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", "));
    }
    line(text, "campaign", &format!("{}, seq {}", issue.campaign, issue.seq));
    match &issue.account {
        Some(account) => line(text, "account", &format!("{account} ({})", issue.appid)),
        // A ledger knows appids; names stand in the campaign files, which are not read here.
        None => line(text, "appid", issue.appid.as_str()),
    }
    if issue.retired == Some(true) {
        line(text, "retired", "in no campaign file any more: it is not renewed");
    }
    let Some(issued) = &issue.issued else {
        line(text, "generation", "none: no ticket was ever issued for it");
        return;
    };
    let superseded = match issued.superseded {
        Some(true) => ", superseded by a later one",
        Some(false) => ", the newest",
        None => "",
    };
    line(
        text,
        "generation",
        &format!("{} of {}{superseded}", issued.generation, minute_text(issued.created_at)),
    );
    let lives = issued.expires_at.map_or_else(|| "for ever: permanent".to_owned(), |at| death(at, now));
    line(text, "lives", &lives);
    for handed in issued.handed.iter().flatten() {
        let note = if handed.note.is_empty() { String::new() } else { format!(": {}", handed.note) };
        let (to, day, revision) = (&handed.to, beijing_date(handed.at), handed.revision);
        line(text, "on paper", &visible(&format!("handed to {to} on {day}, revision {revision}{note}")));
    }
    line(text, "url", &visible(&issued.url));
    line(text, "ticket", &visible(issued.ticket.as_str()));
}

/// `dies on 2026-12-22 15:04, in 29 d 23 h`
fn death(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now);
    if left.is_positive() {
        format!("dies on {}, in {}", minute_text(at), rough_duration(left.unsigned_abs()))
    } else {
        format!("died on {}", minute_text(at))
    }
}
