//! What a ticket, a url, a picture or a scene is, and which codes it belongs to.

mod recognise;
mod source;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::fsio::FsError;
use crate::ledger::{Find, HandedOver, LedgerError};
use crate::model::{
    AccountName, AppId, CampaignName, Digest, Instant, Labels, LifetimeKind, Scene, Ticket, TicketFacts,
};
use crate::paper::Verdict;

pub use crate::ledger::MOST_FOUND;
pub use source::Source;

/// What a thing may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A picture file.
    Picture,
    /// What a picture decodes to.
    Url,
    /// A ticket.
    Ticket,
    /// A scene.
    Scene,
    /// A part of a channel's name.
    Channel,
}

/// What a thing is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Thing")]
pub struct Inspection {
    /// As it was given.
    pub argument: String,
    /// What it is; null if it could not be recognised.
    pub kind: Option<Kind>,
    /// Why it could not be recognised.
    pub error: Option<String>,
    /// What the ticket says of itself.
    pub ticket: Option<TicketFacts>,
    /// What the picture shows.
    pub picture: Option<Picture>,
    /// The codes it belongs to, as ledger or bundle know them; for a part of a channel's name the first 20.
    pub found: Vec<Issue>,
    /// The ticket or scene in the argument, or the whole argument.
    #[serde(skip)]
    pub name: String,
}

/// What a picture shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Picture {
    /// The file's SHA-256.
    pub sha256: Digest,
    /// What it decodes to.
    pub payload: String,
    /// The smaller of its width and height, in pixels.
    pub side: u32,
}

/// A code that was found, with the issue in question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Found")]
pub struct Issue {
    /// Its campaign.
    pub campaign: CampaignName,
    /// Its account; null from a ledger, which does not know it.
    pub account: Option<AccountName>,
    /// The account's appid.
    pub appid: AppId,
    /// Its place in the list.
    pub seq: u64,
    /// What it carries.
    #[serde(flatten)]
    pub scene: Scene,
    /// Channel and tags.
    #[serde(flatten)]
    pub labels: Labels,
    /// Whether no campaign file has it any more; null from a bundle, which does not know it.
    pub retired: Option<bool>,
    /// What was issued; null if nothing ever was.
    pub issued: Option<Issued>,
}

/// What was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Issued {
    /// Whether it expires.
    pub lifetime: LifetimeKind,
    /// Which issue of the code it is.
    pub generation: u32,
    /// When it was issued.
    #[serde(serialize_with = "Instant::write")]
    pub created_at: Timestamp,
    /// When it expires; null for a permanent code.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub expires_at: Option<Timestamp>,
    /// 0 for an expired code, null for a permanent one.
    pub seconds_left: Option<i64>,
    /// Its ticket.
    pub ticket: Ticket,
    /// What its picture decodes to.
    pub url: String,
    /// Whether there is a newer one; null from a bundle, which does not know it.
    pub superseded: Option<bool>,
    /// To whom it went to be printed; null from a bundle, which does not know it.
    pub handed: Option<Vec<HandedOver>>,
    /// What is to be done about its paper: `hangs`, `replace` or `expired`. Null if none of it hangs. The last day and
    /// the medium stand in campaign files, which are not read.
    #[serde(serialize_with = "Verdict::write_or_null")]
    #[schemars(with = "Option<String>")]
    pub paper: Option<Verdict>,
}

/// Why something could not be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// It is nothing that can be recognised. The text names it.
    #[error("{0}")]
    Unknown(String),
    /// It is a picture in which no code can be read. The text names it.
    #[error("{0}")]
    NoCode(String),
    /// A file that cannot be read.
    #[error(transparent)]
    File(#[from] FsError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Recognises a thing and looks up the codes it belongs to, in a ledger newest first.
///
/// Tries, in this order: a file, a url, a ticket, a scene, a part of a channel's name. A photo gives as many things as
/// it shows codes.
pub fn inspect(thing: &str, source: &Source, now: Timestamp) -> Result<Vec<Inspection>, InspectError> {
    let recognised = recognise::recognise(thing)?;
    recognised.into_iter().map(|recognised| look_up(recognised, source, now)).collect()
}

fn look_up(
    (mut inspection, searches): recognise::Recognised,
    source: &Source,
    now: Timestamp,
) -> Result<Inspection, InspectError> {
    for search in searches {
        for what in &search {
            inspection.found.extend(source.find(what, now)?);
        }
        if !inspection.found.is_empty() {
            match &search[..] {
                // One of an unknown form looks like a scene: only who has seen it can tell.
                [Find::Ticket(ticket)] => {
                    (inspection.kind, inspection.name) = (Some(Kind::Ticket), ticket.clone());
                }
                [Find::Channel(part)] => {
                    (inspection.kind, inspection.name) = (Some(Kind::Channel), part.clone());
                }
                _ => {}
            }
            return Ok(inspection);
        }
    }
    if inspection.kind == Some(Kind::Scene) {
        recognise::check_unknown_scene(&inspection.name)?;
    }
    Ok(inspection)
}

impl Inspection {
    /// A thing that could not be inspected.
    pub fn failed(argument: &str, error: String) -> Self {
        Self { kind: None, error: Some(error), ..Self::new(argument, Kind::Url) }
    }

    /// A thing of which no more is known.
    fn new(argument: &str, kind: Kind) -> Self {
        Self {
            argument: argument.to_owned(),
            kind: Some(kind),
            error: None,
            ticket: None,
            picture: None,
            found: Vec::new(),
            name: argument.to_owned(),
        }
    }
}
