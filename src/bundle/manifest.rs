//! `manifest.json` as it is read: strictly, into types that cannot be wrong.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};

use crate::model::{
    AccountName, AppId, CampaignName, Channel, Digest, Extras, Labels, LifetimeKind, Medium, Recipient,
    Scene, Tag, Ticket,
};

use super::document::{Code, Counts, Document, SelectionText};
use super::row::{AsRow, Row};
use super::{FORMAT, Header, Kind, MAX_CODES, Selection};

/// A bundle's `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What the bundle says of itself.
    pub header: Header,
    /// Its codes, in the file's order.
    pub codes: Vec<ManifestCode>,
    /// The counts the file states.
    pub(super) counts: Counts,
}

/// One code of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestCode {
    /// Its place in the campaign.
    pub seq: u64,
    /// What it carries.
    pub scene: Scene,
    /// Channel, tags and further columns.
    pub labels: Labels,
    /// Which issue of the code it is.
    pub generation: u32,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it dies; `None` for a permanent code.
    pub expires_at: Option<Timestamp>,
    /// What its picture decodes to.
    pub url: String,
    /// Its ticket.
    pub ticket: Ticket,
    /// Its picture's path in the bundle.
    pub image: String,
    /// Its picture's SHA-256.
    pub image_sha256: Digest,
    /// What it is shown on, if that is declared.
    pub medium: Option<Medium>,
}

impl AsRow for ManifestCode {
    fn row(&self) -> Row<'_> {
        Row {
            seq: self.seq,
            scene: &self.scene,
            labels: &self.labels,
            generation: self.generation,
            created_at: self.created_at,
            expires_at: self.expires_at,
            url: &self.url,
            ticket: &self.ticket,
            picture: self.image_sha256,
            medium: self.medium,
        }
    }
}

/// Reads the text of a `manifest.json`. The error says where and why.
pub(super) fn parse(text: &[u8]) -> Result<Manifest, String> {
    // Another form is told by its number alone. Without one, reading the whole says what is wrong.
    match serde_json::from_slice::<FormOnly>(text) {
        Ok(FormOnly { bundle_format: Some(FORMAT), .. }) => {}
        Ok(FormOnly { bundle_format: Some(form), .. }) => {
            return Err(format!("has form {form}, and this program knows form {FORMAT}: use a newer one"));
        }
        Ok(FormOnly { format: Some(_), .. }) => {
            return Err("was made before the first release of scenepress".to_owned());
        }
        _ => {}
    }
    manifest(serde_json::from_slice(text).map_err(|error| format!("cannot be read: {error}"))?)
}

#[derive(Deserialize)]
struct FormOnly {
    bundle_format: Option<u32>,
    /// The key before the first release.
    format: Option<u32>,
}

/// The values of a document, or what is wrong with one of them.
fn manifest(document: Document<'_, Codes>) -> Result<Manifest, String> {
    let until = document.until.map(|day| day.parse()).transpose();
    let mut header = Header {
        campaign: CampaignName::new(&document.campaign).map_err(|error| format!("its campaign {error}"))?,
        account: AccountName::new(&document.account).ok_or("its account is no name")?,
        appid: AppId::new(&document.appid).ok_or("its appid is none")?,
        revision: document.revision,
        kind: Kind { partial: document.partial, emulator: false },
        declared: document.medium,
        until: until.map_err(|_| "its until is no day like 2027-03-15")?,
        names: document.names,
        selection: document.selection.map(selection).transpose()?,
    };
    let codes = document.codes.0;
    header.mark(codes.iter().map(|code| code.url.as_str()));
    Ok(Manifest { header, codes, counts: document.counts })
}

fn selection(text: SelectionText<'_>) -> Result<Selection, String> {
    if !text.unprinted {
        return Err("its selection is of a kind that this program does not know: use a newer one".to_owned());
    }
    let to = text
        .to
        .map(|to| Recipient::new(&to).map_err(|error| format!("the recipient of its selection {error}")));
    Ok(Selection { unprinted: true, to: to.transpose()? })
}

/// The codes, read one by one, so that only the typed ones are held.
struct Codes(Vec<ManifestCode>);

impl<'de> Deserialize<'de> for Codes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneByOne;
        impl<'de> Visitor<'de> for OneByOne {
            type Value = Codes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of codes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut codes = Vec::new();
                let mut columns = Arc::from([]);
                while let Some(code) = access.next_element()? {
                    if codes.len() == MAX_CODES {
                        return Err(A::Error::custom(format!("it has more than {MAX_CODES} codes")));
                    }
                    let code = manifest_code(code, &mut columns)
                        .map_err(|reason| A::Error::custom(format!("code {}: {reason}", codes.len() + 1)))?;
                    codes.push(code);
                }
                Ok(Codes(codes))
            }
        }
        deserializer.deserialize_seq(OneByOne)
    }
}

/// The typed code. `columns` are the further columns of the code before it, which are shared if they are the same.
fn manifest_code(code: Code<'_>, columns: &mut Arc<[Box<str>]>) -> Result<ManifestCode, String> {
    let scene = Scene::parse(code.scene_type, &code.scene).map_err(|error| error.to_string())?;
    let channel = Channel::new(&code.channel).map_err(|error| format!("`channel` {error}"))?;
    let tags = code.tags.iter().map(|tag| Tag::new(tag)).collect::<Result<_, _>>();
    let tags = tags.map_err(|error| format!("a tag {error}"))?;
    let instant = |text: &str, name| {
        text.parse().map_err(|_| format!("`{name}` is no instant like 2026-11-22T15:04:05+08:00"))
    };
    let expires_at = code.expires_at.as_deref().map(|text| instant(text, "expires_at")).transpose()?;
    let expected = LifetimeKind::of(expires_at);
    if code.lifetime != expected {
        return Err(format!("`lifetime` must be `{expected}`, as `expires_at` has it"));
    }
    let (names, values): (Vec<Box<str>>, Vec<Box<str>>) = code.further.0.into_iter().unzip();
    if **columns != *names {
        *columns = names.into();
    }
    Ok(ManifestCode {
        seq: code.seq,
        scene,
        labels: Labels { channel, tags, extras: Extras::new(Arc::clone(columns), values) },
        generation: code.generation,
        created_at: instant(&code.created_at, "created_at")?,
        expires_at,
        url: code.url.into_owned(),
        ticket: Ticket::new(&code.ticket).map_err(str::to_owned)?,
        image: code.image,
        image_sha256: code.image_sha256.parse::<Digest>()?,
        medium: code.medium,
    })
}
