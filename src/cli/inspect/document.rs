//! What `inspect` tells scripts.

use jiff::Timestamp;
use serde::Serialize;

use super::subject::Subject;
use super::{Issue, Source};
use crate::cli::exit::CliError;
use crate::ledger::HandedOver;
use crate::model::{LifetimeKind, Tag, TicketFacts, rfc3339};

/// The document. Where there was neither a ledger nor a bundle to look in, both are null.
#[derive(Serialize)]
pub(super) struct Document {
    format: u32,
    ledger: Option<String>,
    bundle: Option<BundleLine>,
    things: Vec<Thing>,
}

#[derive(Serialize)]
struct BundleLine {
    path: String,
    campaign: String,
    revision: u64,
    not_for_print: bool,
}

/// One thing that was asked about.
#[derive(Serialize)]
pub(super) struct Thing {
    argument: String,
    /// Null where it is nothing that could be known.
    kind: Option<&'static str>,
    error: Option<String>,
    ticket: Option<TicketLine>,
    picture: Option<PictureLine>,
    found: Vec<IssueLine>,
}

/// What a ticket says of itself.
#[derive(Serialize)]
struct TicketLine {
    url: String,
    created_at: String,
    lifetime_seconds: Option<u32>,
    lifetime_field: u32,
    checksum_right: bool,
}

#[derive(Serialize)]
struct PictureLine {
    sha256: String,
    payload: String,
    side: u32,
}

#[derive(Serialize)]
struct IssueLine {
    campaign: String,
    account: Option<String>,
    appid: String,
    seq: u64,
    scene: String,
    scene_type: &'static str,
    channel: String,
    tags: Vec<String>,
    retired: Option<bool>,
    issued: Option<IssuedLine>,
}

#[derive(Serialize)]
struct IssuedLine {
    lifetime: &'static str,
    generation: u32,
    created_at: String,
    expires_at: Option<String>,
    /// 0 for a dead code, null for a permanent one.
    seconds_left: Option<i64>,
    ticket: String,
    url: String,
    superseded: Option<bool>,
    /// Null of a bundle, which does not know it.
    handed: Option<Vec<HandedLine>>,
}

/// To whom it went to be printed.
#[derive(Serialize)]
struct HandedLine {
    to: Option<String>,
    handed_at: String,
    campaign: String,
    revision: u64,
    note: String,
}

impl HandedLine {
    fn new(handed: &HandedOver) -> Self {
        Self {
            to: handed.to.name().map(str::to_owned),
            handed_at: rfc3339(handed.at),
            campaign: handed.campaign.to_string(),
            revision: handed.revision,
            note: handed.note.clone(),
        }
    }
}

impl Document {
    pub(super) fn new(source: &Source, things: Vec<Thing>) -> Self {
        let (ledger, bundle) = match source {
            Source::Nothing { .. } => (None, None),
            Source::Ledger { path, .. } => (Some(path.display().to_string()), None),
            Source::Bundle { path, manifest } => {
                let header = &manifest.header;
                let line = BundleLine {
                    path: path.display().to_string(),
                    campaign: header.campaign.to_string(),
                    revision: header.revision,
                    not_for_print: header.kind.emulator,
                };
                (None, Some(line))
            }
        };
        Self { format: 1, ledger, bundle, things }
    }
}

impl Thing {
    pub(super) fn known(argument: &str, subject: &Subject, issues: &[Issue], now: Timestamp) -> Self {
        let ticket = match subject {
            Subject::Ticket { facts, .. } => facts.as_ref().map(TicketLine::new),
            _ => None,
        };
        let picture = match subject {
            Subject::Picture { digest, payload, side, .. } => {
                Some(PictureLine { sha256: digest.to_string(), payload: payload.clone(), side: *side })
            }
            _ => None,
        };
        let found = issues.iter().map(|issue| IssueLine::new(issue, now)).collect();
        Self {
            argument: argument.to_owned(),
            kind: Some(subject.kind()),
            error: None,
            ticket,
            picture,
            found,
        }
    }

    pub(super) fn unknown(argument: &str, error: &CliError) -> Self {
        let error = Some(error.to_string());
        Self {
            argument: argument.to_owned(),
            kind: None,
            error,
            ticket: None,
            picture: None,
            found: Vec::new(),
        }
    }
}

impl TicketLine {
    fn new(facts: &TicketFacts) -> Self {
        Self {
            url: facts.url.clone(),
            created_at: rfc3339(facts.created_at),
            lifetime_seconds: facts.lifetime_seconds(),
            lifetime_field: facts.lifetime_field,
            checksum_right: facts.checksum_right,
        }
    }
}

impl IssueLine {
    fn new(issue: &Issue, now: Timestamp) -> Self {
        let issued = issue.issued.as_ref().map(|issued| IssuedLine {
            lifetime: match issued.expires_at {
                Some(_) => LifetimeKind::Temporary.as_str(),
                None => LifetimeKind::Permanent.as_str(),
            },
            generation: issued.generation,
            created_at: rfc3339(issued.created_at),
            expires_at: issued.expires_at.map(rfc3339),
            seconds_left: issued.expires_at.map(|at| at.duration_since(now).as_secs().max(0)),
            ticket: issued.ticket.to_string(),
            url: issued.url.clone(),
            superseded: issued.superseded,
            handed: issued.handed.as_ref().map(|handed| handed.iter().map(HandedLine::new).collect()),
        });
        Self {
            campaign: issue.campaign.to_string(),
            account: issue.account.as_ref().map(ToString::to_string),
            appid: issue.appid.to_string(),
            seq: issue.seq,
            scene: issue.scene.to_string(),
            scene_type: issue.scene.scene_type().as_str(),
            channel: issue.labels.channel.to_string(),
            tags: issue.labels.tags.iter().map(Tag::as_str).map(str::to_owned).collect(),
            retired: issue.retired,
            issued,
        }
    }
}
