//! What things are that were inspected.

use std::fmt::Write;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::sentences::copies_text;
use crate::inspect::{Inspection, Issue, Kind, MOST_FOUND, Source};
use crate::model::{
    CampaignName, Scene, Tag, TicketFacts, beijing_date, excerpt, minute_text, rough_duration, schema_of,
    visible, visible_path,
};
use crate::paper::Verdict;

/// The version of the document's form.
const FORMAT: u32 = 1;

/// What tickets, urls, pictures and scenes are. If there was neither a ledger nor a bundle to look in, both are null.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "What `scenepress inspect --format json` prints")]
pub struct InspectDocument {
    /// The version of the document's form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    /// The ledger that was asked; null if none was.
    ledger: Option<String>,
    /// The bundle that was asked instead; null if none was.
    bundle: Option<BundleLine>,
    /// What was asked about, in the order of the arguments.
    things: Vec<Inspection>,
}

/// The bundle that was asked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Bundle")]
struct BundleLine {
    /// Its path.
    path: String,
    /// Its campaign.
    campaign: CampaignName,
    /// Its revision.
    revision: u64,
    /// Whether the emulator made its codes.
    not_for_print: bool,
}

/// The schema of the document.
pub fn inspect_schema() -> Schema {
    schema_of::<InspectDocument>()
}

impl InspectDocument {
    /// Of things that were looked up in one place.
    pub fn new(source: &Source, things: Vec<Inspection>) -> Self {
        let (ledger, bundle) = match source {
            Source::Nothing { .. } => (None, None),
            Source::Ledger { path, .. } => (Some(path.display().to_string()), None),
            Source::Bundle { path, manifest } => {
                let header = &manifest.header;
                let line = BundleLine {
                    path: path.display().to_string(),
                    campaign: header.campaign.clone(),
                    revision: header.revision,
                    not_for_print: header.kind.emulator,
                };
                (None, Some(line))
            }
        };
        Self { format: FORMAT, ledger, bundle, things }
    }
}

/// The longest foreign text that is shown, in characters.
const LONGEST: usize = 1024;

/// A thing with the codes it belongs to, as text.
pub fn inspection_text(thing: &Inspection, source: &Source, now: Timestamp) -> String {
    let mut text = String::new();
    let name = excerpt(&thing.name, LONGEST);
    let _ = match (thing.kind, &thing.picture) {
        (_, Some(picture)) => writeln!(text, "{name}: a picture of {0} x {0} pixels", picture.side),
        (Some(Kind::Ticket), _) => writeln!(text, "{name}: a ticket"),
        (Some(Kind::Channel), _) => writeln!(text, "{name}: a part of a channel's name"),
        (Some(Kind::Scene), _) if thing.argument != thing.name => {
            writeln!(text, "qrscene_{name}: an event's key: scene {name}")
        }
        (Some(Kind::Scene), _) => writeln!(text, "{name}: a scene"),
        _ => writeln!(text, "{name}: a url"),
    };
    if let Some(picture) = &thing.picture {
        line(&mut text, "carries", &excerpt(&picture.payload, LONGEST));
    }
    match &thing.ticket {
        Some(facts) => say_facts(&mut text, facts, now),
        None if thing.kind == Some(Kind::Ticket) => {
            line(&mut text, "form", "unknown: it says nothing of itself");
        }
        None => {}
    }
    for issue in &thing.found {
        say_issue(&mut text, issue, source, now);
    }
    if thing.kind == Some(Kind::Channel) && thing.found.len() >= MOST_FOUND {
        line(&mut text, "more", &format!("only {MOST_FOUND} codes are shown: name more of the channel"));
    }
    if thing.found.is_empty() {
        let (name, words) = match source {
            Source::Bundle { path, .. } => ("bundle", format!("{} does not have it", visible_path(path))),
            Source::Ledger { path, .. } => ("ledger", format!("{} does not know it", visible_path(path))),
            Source::Nothing { path } => (
                "ledger",
                format!("there is none at {}: --ledger names one, --in a bundle", visible_path(path)),
            ),
        };
        line(&mut text, name, &words);
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
    let lifetime = match facts.lifetime_seconds {
        Some(0) => "permanent".to_owned(),
        Some(seconds) => {
            let duration = std::time::Duration::from_secs(u64::from(seconds));
            format!("{}, {}", rough_duration(duration), expiry(facts.created_at + duration, now))
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
    let lives = issued.expires_at.map_or_else(|| "for ever: permanent".to_owned(), |at| expiry(at, now));
    line(text, "lives", &lives);
    for handed in issued.handed.iter().flatten() {
        let note = if handed.note.is_empty() { String::new() } else { format!(": {}", handed.note) };
        let (to, day, revision) = (&handed.to, beijing_date(handed.at), handed.revision);
        let copies = copies_text(handed.copies);
        let end = match (handed.removed_at, handed.replaced_at) {
            (Some(at), _) => format!(" (taken down on {})", beijing_date(at)),
            (None, Some(at)) => format!(" (replaced on {})", beijing_date(at)),
            (None, None) => String::new(),
        };
        let words = format!("handed to {to} on {day}, revision {revision}{copies}{note}{end}");
        line(text, "on paper", &visible(&words));
    }
    match issued.paper {
        Some(Verdict::ComesDown(why)) => line(text, "to do", &why.advice(1)),
        Some(Verdict::Expired(_)) => line(text, "to do", "take it down: it leads nowhere any more"),
        Some(Verdict::Hangs | Verdict::ExpiresEarly(_)) | None => {}
    }
    line(text, "url", &visible(&issued.url));
    line(text, "ticket", &visible(issued.ticket.as_str()));
}

/// `dies on 2026-12-22 15:04, in 29 d 23 h`
fn expiry(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now);
    if left.is_positive() {
        format!("dies on {}, in {}", minute_text(at), rough_duration(left.unsigned_abs()))
    } else {
        format!("died on {}", minute_text(at))
    }
}
