//! What `inspect` tells scripts.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::subject::{Kind, Subject};
use super::{Issue, Source};
use crate::cli::exit::CliError;
use crate::ledger::HandedOver;
use crate::model::{Digest, LifetimeKind, SceneType, Tag, TicketFacts, rfc3339, schema_of};

/// The schema of the document.
pub(super) fn schema() -> Schema {
    schema_of::<Document>()
}

/// The version of the document's form.
const FORMAT: u32 = 1;

/// What tickets, urls, pictures and scenes are. Where there was neither a ledger nor a bundle to look in, both are null.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "What `scenepress inspect --format json` prints")]
pub(super) struct Document {
    /// The version of the document's form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    /// The ledger that was asked; null where none was.
    ledger: Option<String>,
    /// The bundle that was asked instead; null where none was.
    bundle: Option<BundleLine>,
    /// What was asked about, in the order of the arguments.
    things: Vec<Thing>,
}

/// The bundle that was asked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Bundle")]
struct BundleLine {
    /// Where it is.
    path: String,
    /// Its campaign.
    campaign: String,
    /// Its revision.
    revision: u64,
    /// Whether the emulator made its codes.
    not_for_print: bool,
}

/// One thing that was asked about.
#[derive(Serialize, JsonSchema)]
pub(super) struct Thing {
    /// As it was given.
    argument: String,
    /// What it is; null where it is nothing that could be known.
    kind: Option<Kind>,
    /// Why it is nothing that could be known.
    error: Option<String>,
    /// What the ticket says of itself.
    ticket: Option<TicketLine>,
    /// What the picture shows.
    picture: Option<PictureLine>,
    /// The codes it belongs to, as ledger or bundle know them.
    found: Vec<IssueLine>,
}

/// What a ticket says of itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Ticket")]
struct TicketLine {
    /// The url in it.
    url: String,
    /// When it was made.
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// How many seconds it lives, 0 for a permanent code; null where the ticket holds something else.
    lifetime_seconds: Option<u32>,
    /// What the ticket holds in that place.
    lifetime_field: u32,
    /// Whether its checksum is right.
    checksum_right: bool,
}

/// What a picture shows.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Picture")]
struct PictureLine {
    /// The file's SHA-256.
    #[schemars(extend("pattern" = Digest::PATTERN))]
    sha256: String,
    /// What it decodes to.
    payload: String,
    /// The smaller of its width and height, in pixels.
    side: u32,
}

/// A code.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Found")]
struct IssueLine {
    /// Its campaign.
    campaign: String,
    /// Its account; null from a ledger, which does not know it.
    account: Option<String>,
    /// The account's appid.
    appid: String,
    /// Its place in the list.
    seq: u64,
    /// What it carries.
    scene: String,
    /// Whether that is a number or a text.
    scene_type: SceneType,
    /// Where it is placed.
    channel: String,
    /// Its tags.
    tags: Vec<String>,
    /// Whether no campaign file has it any more; null of a bundle, which does not know it.
    retired: Option<bool>,
    /// What was issued; null where nothing ever was.
    issued: Option<IssuedLine>,
}

/// What was issued.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Issued")]
struct IssuedLine {
    /// Whether it dies.
    lifetime: LifetimeKind,
    /// Which issue of the code it is.
    generation: u32,
    /// When it was issued.
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// When it dies; null for a permanent code.
    #[schemars(extend("format" = "date-time"))]
    expires_at: Option<String>,
    /// 0 for a dead code, null for a permanent one.
    seconds_left: Option<i64>,
    /// Its ticket.
    ticket: String,
    /// What its picture decodes to.
    url: String,
    /// Whether there is a newer one; null of a bundle, which does not know it.
    superseded: Option<bool>,
    /// To whom it went to be printed; null of a bundle, which does not know it.
    handed: Option<Vec<HandedLine>>,
}

/// To whom it went to be printed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Handed")]
struct HandedLine {
    /// To whom; null where nobody was named.
    to: Option<String>,
    /// When.
    #[schemars(extend("format" = "date-time"))]
    handed_at: String,
    /// In the bundle of this campaign.
    campaign: String,
    /// Of this revision.
    revision: u64,
    /// What was noted.
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
        Self { format: FORMAT, ledger, bundle, things }
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
                Some(_) => LifetimeKind::Temporary,
                None => LifetimeKind::Permanent,
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
            scene_type: issue.scene.scene_type(),
            channel: issue.labels.channel.to_string(),
            tags: issue.labels.tags.iter().map(Tag::as_str).map(str::to_owned).collect(),
            retired: issue.retired,
            issued,
        }
    }
}
