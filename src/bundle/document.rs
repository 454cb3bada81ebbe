//! `manifest.json`: its shape, for writing, reading and its schema.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use schemars::{JsonSchema, Schema};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::ser::Formatter;

use super::FORMAT;
use super::row::{AsRow, Listing, Row, Summary};
use crate::model::{Declared, Digest, LifetimeKind, Medium, PictureNames, SceneType, rfc3339, schema_of};

/// The schema of `manifest.json` as this version writes it.
pub fn manifest_schema() -> Schema {
    schema_of::<Document<'_, Vec<Code<'_>>>>()
}

/// What a bundle holds.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "The manifest.json of a bundle", transform = open)]
pub(super) struct Document<'a, C> {
    /// The number of the bundle's form.
    #[schemars(extend("const" = FORMAT))]
    pub(super) bundle_format: u32,
    /// The campaign whose codes these are.
    pub(super) campaign: Cow<'a, str>,
    /// Its account.
    pub(super) account: Cow<'a, str>,
    /// The account's appid.
    pub(super) appid: Cow<'a, str>,
    /// Rises by one each time the bundle's contents change.
    pub(super) revision: u64,
    /// Present if an emulator made one of the codes, which lead nowhere.
    #[serde(default, skip_serializing_if = "is_false")]
    #[schemars(extend("const" = true))]
    pub(super) not_for_print: bool,
    /// Present if codes of the campaign are missing.
    #[serde(default, skip_serializing_if = "is_false")]
    #[schemars(extend("const" = true))]
    pub(super) partial: bool,
    /// What the codes are shown on; left out unless every code says it.
    #[serde(default, skip_serializing_if = "is_not_declared")]
    pub(super) medium: Declared,
    /// The last day on which its paper hangs (Beijing time); left out if nothing is on paper, or the campaign names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("format" = "date"))]
    pub(super) until: Option<String>,
    /// How pictures are named; left out if that is `dated`, with generation and last day.
    #[serde(default, skip_serializing_if = "is_dated")]
    pub(super) names: PictureNames,
    /// Which codes of the bundle these are; left out if they are all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SelectionText<'_>")]
    pub(super) selection: Option<SelectionText<'a>>,
    /// How many codes there are.
    pub(super) counts: Counts,
    /// The codes, by `seq`.
    pub(super) codes: C,
}

/// Which codes of a bundle a part of it holds.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Selection", transform = open)]
pub(super) struct SelectionText<'a> {
    /// Those that were not handed over.
    #[schemars(extend("const" = true))]
    pub(super) unprinted: bool,
    /// To whom they were not; null if to nobody.
    pub(super) to: Option<Cow<'a, str>>,
}

/// How many codes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = open)]
pub(super) struct Counts {
    /// All of them.
    pub(super) codes: u64,
    /// Those that expire.
    pub(super) temporary: u64,
    /// Those that do not.
    pub(super) permanent: u64,
}

impl From<Summary> for Counts {
    fn from(Summary { codes, temporary, permanent, .. }: Summary) -> Self {
        Self { codes, temporary, permanent }
    }
}

/// One code. The further columns of campaign tables follow, as texts.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = {"type": "string"}))]
pub(super) struct Code<'a> {
    /// Its place in the list: given once, never reused.
    pub(super) seq: u64,
    /// What it carries.
    pub(super) scene: Cow<'a, str>,
    /// Whether that is a number or a text.
    pub(super) scene_type: SceneType,
    /// Where it is placed.
    pub(super) channel: Cow<'a, str>,
    /// Its tags.
    pub(super) tags: Vec<Cow<'a, str>>,
    /// Whether it expires.
    pub(super) lifetime: LifetimeKind,
    /// How many times it was issued.
    pub(super) generation: u32,
    /// When it was issued.
    #[schemars(extend("format" = "date-time"))]
    pub(super) created_at: String,
    /// When it expires; null for a permanent code.
    #[schemars(extend("format" = "date-time"))]
    pub(super) expires_at: Option<String>,
    /// What its picture decodes to.
    pub(super) url: Cow<'a, str>,
    /// The platform's ticket.
    pub(super) ticket: Cow<'a, str>,
    /// Its picture's path in the bundle.
    #[schemars(extend("pattern" = "^images/"))]
    pub(super) image: String,
    /// The picture's SHA-256.
    #[schemars(with = "Digest")]
    pub(super) image_sha256: String,
    /// What it is shown on; null if that is not declared.
    pub(super) medium: Option<Medium>,
    /// The further columns.
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) further: Further,
}

/// Further columns and their values, in the order of the file.
#[derive(Default)]
pub(super) struct Further(pub(super) Vec<(Box<str>, Box<str>)>);

impl Serialize for Further {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(column, value)| (column, value)))
    }
}

impl<'de> Deserialize<'de> for Further {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Further;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("columns")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Further, A::Error> {
                let mut further = Vec::new();
                while let Some(column) = access.next_entry()? {
                    further.push(column);
                }
                Ok(Further(further))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl<'a> Code<'a> {
    fn new(row: &Row<'a>, columns: &[&str], names: PictureNames) -> Self {
        Self {
            seq: row.seq,
            scene: row.scene.to_string().into(),
            scene_type: row.scene.scene_type(),
            channel: row.labels.channel.as_str().into(),
            tags: row.labels.tags.iter().map(|tag| tag.as_str().into()).collect(),
            lifetime: row.lifetime(),
            generation: row.generation,
            created_at: rfc3339(row.created_at),
            expires_at: row.expires_at.map(rfc3339),
            url: row.url.into(),
            ticket: row.ticket.as_str().into(),
            image: row.image(names),
            image_sha256: row.picture.to_string(),
            medium: row.medium,
            further: Further(
                columns.iter().map(|column| ((*column).into(), row.extra(column).into())).collect(),
            ),
        }
    }
}

/// The codes of a listing, each made when it is written.
struct Codes<'l, T>(&'l Listing<'l, T>);

impl<T: AsRow> Serialize for Codes<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Listing { header, extras, .. } = self.0;
        serializer.collect_seq(self.0.rows().map(|row| Code::new(&row, extras, header.names)))
    }
}

/// Writes the whole file: one code a line, so that it reads and compares well.
pub(super) fn write<T: AsRow>(listing: &Listing<'_, T>, out: &mut dyn Write) -> io::Result<()> {
    let header = listing.header;
    let document = Document {
        bundle_format: FORMAT,
        campaign: header.campaign.as_str().into(),
        account: header.account.as_str().into(),
        appid: header.appid.as_str().into(),
        revision: header.revision,
        not_for_print: header.kind.emulator,
        partial: header.kind.partial,
        medium: header.declared,
        until: header.until.map(|day| day.to_string()),
        names: header.names,
        selection: header.selection.as_ref().map(|selection| SelectionText {
            unprinted: selection.unprinted,
            to: selection.to.as_ref().map(|to| to.name().unwrap_or_default().into()),
        }),
        counts: listing.summary.into(),
        codes: Codes(listing),
    };
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, DocumentLines::default());
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Puts each member of a JSON document and each entry of its lists on a line of its own.
#[derive(Debug, Default)]
pub struct DocumentLines {
    /// How many objects and lists are open.
    depth: usize,
    /// Whether the list that is to end next has an entry.
    has_entry: bool,
}

impl Formatter for DocumentLines {
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        out.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        out.write_all(if self.depth == 0 { b"\n}" } else { b"}" })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(match (self.depth, first) {
            (1, true) => b"\n  ",
            (1, false) => b",\n  ",
            (_, true) => b"",
            (_, false) => b", ",
        })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.has_entry = false;
        out.write_all(b"[")
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.has_entry = true;
        Ok(())
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        out.write_all(if self.depth == 1 && self.has_entry { b"\n  ]" } else { b"]" })
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(match (self.depth, first) {
            (2, true) => b"\n    ",
            (2, false) => b",\n    ",
            (_, true) => b"",
            (_, false) => b", ",
        })
    }
}

/// Members that later versions add are allowed by the schema, though this version refuses to read them.
fn open(schema: &mut Schema) {
    schema.remove("additionalProperties");
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_dated(names: &PictureNames) -> bool {
    *names == PictureNames::Dated
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_not_declared(declared: &Declared) -> bool {
    *declared == Declared::Not
}
