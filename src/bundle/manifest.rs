//! `manifest.json` as it is read: strictly, into types that cannot be wrong.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::model::{
    AccountName, AppId, CampaignName, Channel, Declared, Digest, Extras, Labels, LifetimeKind, Medium, Piece,
    Scene, SceneType, Tag, Ticket,
};

use super::diff::{self, Compared};
use super::row::{AsRow, COLUMNS, Row};
use super::{FORMAT, Header, Kind, MAX_CODES};

/// A bundle's `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What the bundle says of itself.
    pub header: Header,
    /// Its codes, in the file's order.
    pub codes: Vec<ManifestCode>,
    /// The counts the file states: codes, temporary, permanent.
    pub(super) counts: [u64; 3],
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

impl ManifestCode {
    /// What another bundle is compared with.
    pub fn piece(&self) -> Piece {
        Piece {
            seq: self.seq,
            scene: self.scene.clone(),
            channel: self.labels.channel.clone(),
            medium: self.medium,
            generation: self.generation,
            expires_at: self.expires_at,
            url: self.url.clone(),
            digest: Compared::digest(self),
        }
    }
}

impl Compared for ManifestCode {
    fn seq(&self) -> u64 {
        self.seq
    }

    fn scene(&self) -> &Scene {
        &self.scene
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn digest(&self) -> Digest {
        let picture = Some(self.image_sha256);
        let Self { labels, medium, generation, created_at, expires_at, url, .. } = self;
        diff::digest(labels, *medium, *generation, *created_at, *expires_at, url, picture)
    }
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
    let document: Document =
        serde_json::from_slice(text).map_err(|error| format!("cannot be read: {error}"))?;
    document.manifest()
}

#[derive(Deserialize)]
struct FormOnly {
    bundle_format: Option<u32>,
    /// The key before the first release.
    format: Option<u32>,
}

/// The file's own shape.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[expect(dead_code, reason = "it was read before the rest")]
    bundle_format: u32,
    campaign: String,
    account: String,
    appid: String,
    revision: u64,
    #[serde(default)]
    not_for_print: bool,
    #[serde(default)]
    partial: bool,
    medium: Option<String>,
    until: Option<String>,
    counts: Counts,
    codes: Codes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    codes: u64,
    temporary: u64,
    permanent: u64,
}

impl Document {
    fn manifest(self) -> Result<Manifest, String> {
        let header = Header {
            campaign: CampaignName::new(&self.campaign).map_err(|error| format!("its campaign {error}"))?,
            account: AccountName::new(&self.account).ok_or("its account is no name")?,
            appid: AppId::new(&self.appid).ok_or("its appid is none")?,
            revision: self.revision,
            kind: Kind { partial: self.partial, emulator: self.not_for_print },
            declared: self
                .medium
                .as_deref()
                .map_or(Some(Declared::Not), Declared::from_word)
                .ok_or("its medium is none")?,
            until: self
                .until
                .map(|day| day.parse())
                .transpose()
                .map_err(|_| "its until is no day like 2027-03-15")?,
        };
        let counts = [self.counts.codes, self.counts.temporary, self.counts.permanent];
        Ok(Manifest { header, codes: self.codes.0, counts })
    }
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
                let mut columns: Arc<[Box<str>]> = Arc::from([]);
                while let Some(Members(members)) = access.next_element()? {
                    if codes.len() == MAX_CODES {
                        return Err(A::Error::custom(format!("it has more than {MAX_CODES} codes")));
                    }
                    if codes.is_empty() {
                        let further = members.iter().skip(COLUMNS.len());
                        columns = further.map(|(name, _)| name.as_str().into()).collect();
                    }
                    let code = code(members, &columns)
                        .map_err(|reason| A::Error::custom(format!("code {}: {reason}", codes.len() + 1)))?;
                    codes.push(code);
                }
                Ok(Codes(codes))
            }
        }
        deserializer.deserialize_seq(OneByOne)
    }
}

/// An object's members in the order of the file.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a code")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = Vec::with_capacity(COLUMNS.len());
                while let Some(member) = access.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Takes the known members in their order, then the further columns, which every code has alike.
fn code(members: Vec<(String, Value)>, columns: &Arc<[Box<str>]>) -> Result<ManifestCode, String> {
    let names = COLUMNS.into_iter().chain(columns.iter().map(AsRef::as_ref));
    if !members.iter().map(|(name, _)| name.as_str()).eq(names) {
        return Err("its members are not those of a code, in their order".to_owned());
    }
    let mut values = members.into_iter().map(|(_, value)| value);
    let mut next = || values.next().unwrap_or_default();
    let seq = next().as_u64().ok_or("`seq` is no number")?;
    let scene_text = text(next(), "scene")?;
    let scene_type = text(next(), "scene_type")?;
    let scene_type = SceneType::from_word(&scene_type).ok_or("`scene_type` is neither `id` nor `str`")?;
    let scene = Scene::parse(scene_type, &scene_text).map_err(|error| error.to_string())?;
    let channel = Channel::new(&text(next(), "channel")?).map_err(|error| format!("`channel` {error}"))?;
    let tags = match next() {
        Value::Array(tags) => tags
            .into_iter()
            .map(|tag| Tag::new(&text(tag, "tags")?).map_err(|error| format!("a tag {error}")))
            .collect::<Result<_, _>>()?,
        _ => return Err("`tags` is no list".to_owned()),
    };
    let lifetime = text(next(), "lifetime")?;
    let generation =
        next().as_u64().and_then(|number| u32::try_from(number).ok()).ok_or("`generation` is no number")?;
    let created_at = instant(next(), "created_at")?;
    let expires_at = match next() {
        Value::Null => None,
        value => Some(instant(value, "expires_at")?),
    };
    let expected = if expires_at.is_some() { LifetimeKind::Temporary } else { LifetimeKind::Permanent };
    if lifetime != expected.as_str() {
        return Err(format!("`lifetime` must be `{expected}`, as `expires_at` has it"));
    }
    let url = text(next(), "url")?;
    let ticket = Ticket::new(&text(next(), "ticket")?).map_err(|error| error.to_string())?;
    let image = text(next(), "image")?;
    let image_sha256 = text(next(), "image_sha256")?.parse::<Digest>().map_err(|error| error.to_string())?;
    let medium = medium(next())?;
    let mut extras = Vec::with_capacity(columns.len());
    for column in columns.iter() {
        extras.push(text(next(), column)?.into());
    }
    let labels = Labels { channel, tags, extras: Extras::new(Arc::clone(columns), extras) };
    Ok(ManifestCode {
        seq,
        scene,
        labels,
        generation,
        created_at,
        expires_at,
        url,
        ticket,
        image,
        image_sha256,
        medium,
    })
}

fn text(value: Value, name: &str) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(format!("`{name}` is no text")),
    }
}

fn medium(value: Value) -> Result<Option<Medium>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let word = text(value, "medium")?;
    Medium::from_word(&word).map(Some).ok_or_else(|| "`medium` is neither `paper` nor `screen`".to_owned())
}

fn instant(value: Value, name: &str) -> Result<Timestamp, String> {
    text(value, name)?.parse().map_err(|_| format!("`{name}` is no instant like 2026-11-22T15:04:05+08:00"))
}
