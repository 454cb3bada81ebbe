//! `manifest.json` as it is read: strictly, into types that cannot be wrong.

use std::fmt;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};

use crate::model::{
    AccountName, AppId, CampaignName, Channel, Digest, Extras, Labels, LifetimeKind, Medium, Recipient,
    Scene, Tag, Ticket, excerpt, grouped,
};

use super::document::{Code, Counts, Document, SelectionText};
use super::row::{AsRow, MAX_LABEL_BYTES, MAX_VALUES, Row};
use super::{FORMAT, Header, Kind, MAX_CODES, MAX_REVISION, Selection};

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

/// Why a manifest cannot be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The file it comes from.
    File(io::Error),
    /// What it says, and where.
    Text(String),
}

/// Reads a `manifest.json` piece by piece, so that its text is never held.
pub(super) fn parse(text: impl Read) -> Result<Manifest, Unread> {
    let text = BufReader::with_capacity(1 << 16, Pieces::new(text));
    manifest(serde_json::from_reader(text).map_err(unread)?).map_err(Unread::Text)
}

/// What is wrong with a manifest that cannot be read because it is of another form; `None` if that is not why.
pub(super) fn other_form(text: impl Read) -> Option<String> {
    #[derive(Deserialize)]
    struct FormOnly {
        bundle_format: Option<u32>,
        /// The key before the first release.
        format: Option<u32>,
    }
    let text = BufReader::with_capacity(1 << 16, Pieces::new(text));
    match serde_json::from_reader(text).ok()? {
        FormOnly { bundle_format: Some(form), .. } if form != FORMAT => Some(of_form(form)),
        FormOnly { bundle_format: None, format: Some(_) } => {
            Some("was made before the first release of scenepress".to_owned())
        }
        FormOnly { .. } => None,
    }
}

fn of_form(form: u32) -> String {
    format!("has form {form}, and this program knows form {FORMAT}: use a newer one")
}

/// What the reader says, shortened: it quotes the file.
fn unread(error: serde_json::Error) -> Unread {
    const MOST_SAID: usize = 200;
    if error.is_io() {
        return Unread::File(error.into());
    }
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = error.to_string();
    let said = excerpt(said.strip_suffix(&place).unwrap_or(&said), MOST_SAID);
    Unread::Text(format!("cannot be read: {said}{place}"))
}

/// The most bytes that a code or another member of the document may have: [`MAX_LABEL_BYTES`] of labels, each byte
/// escaped with six, and what is the same for all.
const MAX_PIECE_BYTES: usize = 6 * MAX_LABEL_BYTES + (64 << 10);

/// How deep a code's members stand in the document.
const CODE_DEPTH: u32 = 3;

/// A JSON document of which no code and no other member is large. The reader would hold a large one, several times.
struct Pieces<R> {
    text: R,
    depth: u32,
    /// Whether the next byte stands in a text, and whether it is escaped there.
    in_text: (bool, bool),
    bytes: usize,
}

impl<R> Pieces<R> {
    fn new(text: R) -> Self {
        Self { text, depth: 0, in_text: (false, false), bytes: 0 }
    }

    fn pass(&mut self, byte: u8) {
        self.bytes += 1;
        let (is_text, is_escaped) = self.in_text;
        self.in_text = match byte {
            _ if is_escaped => (true, false),
            b'"' => (!is_text, false),
            b'\\' => (is_text, is_text),
            _ => (is_text, false),
        };
        if self.in_text.0 {
            return;
        }
        match byte {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b',' => {}
            _ => return,
        }
        if self.depth < CODE_DEPTH {
            self.bytes = 0;
        }
    }
}

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        for byte in buffer.iter().take(read) {
            self.pass(*byte);
            if self.bytes > MAX_PIECE_BYTES {
                let message = format!("holds a code or a text of more than {} KiB", MAX_PIECE_BYTES >> 10);
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
            }
        }
        Ok(read)
    }
}

/// The values of a document, or what is wrong with one of them.
fn manifest(document: Document<'_, Codes>) -> Result<Manifest, String> {
    if document.bundle_format != FORMAT {
        return Err(of_form(document.bundle_format));
    }
    if !(1..=MAX_REVISION).contains(&document.revision) {
        let most = grouped(MAX_REVISION);
        return Err(format!("says revision {}: they count from 1 to {most}", document.revision));
    }
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
                let mut values = 0;
                while let Some(code) = access.next_element()? {
                    if codes.len() == MAX_CODES {
                        return Err(A::Error::custom(format!("it has more than {MAX_CODES} codes")));
                    }
                    let code = manifest_code(code, &mut columns)
                        .map_err(|reason| A::Error::custom(format!("code {}: {reason}", codes.len() + 1)))?;
                    values += values_of(&code, codes.last());
                    if values > MAX_VALUES {
                        let most = grouped(MAX_VALUES as u64);
                        return Err(A::Error::custom(format!(
                            "it has more than {most} tags and further cells"
                        )));
                    }
                    codes.push(code);
                }
                Ok(Codes(codes))
            }
        }
        deserializer.deserialize_seq(OneByOne)
    }
}

/// How many tags and further cells a code has, its columns too if they are not those of the code before.
fn values_of(code: &ManifestCode, before: Option<&ManifestCode>) -> usize {
    let Labels { tags, extras, .. } = &code.labels;
    let is_shared = before.is_some_and(|before| extras.shares_columns(&before.labels.extras));
    tags.len() + extras.len() * if is_shared { 1 } else { 2 }
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
