//! How values stand in JSON documents and their schemas: as the texts that files hold and people see.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::{Digest, Recipient, Scene, SceneType, rfc3339};

/// The schema of values, in the place where they stand.
macro_rules! inline_schema {
    ($($value:ident: $schema:tt),+ $(,)?) => {$(
        impl schemars::JsonSchema for $value {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($value).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    )+};
}

/// Writes values as the text that they display as.
macro_rules! written_as_text {
    ($($value:ident: $schema:tt),+ $(,)?) => {$(
        impl serde::Serialize for $value {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        $crate::model::document::inline_schema! { $value: $schema }
    )+};
}

pub(super) use {inline_schema, written_as_text};

written_as_text! { Digest: { "type": "string", "pattern": Digest::PATTERN } }

impl Serialize for Recipient {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.name().serialize(serializer)
    }
}

inline_schema! { Recipient: { "type": ["string", "null"] } }

/// A scene in a document: two members. To be flattened into the object that has it.
#[derive(Serialize, JsonSchema)]
struct SceneMembers {
    /// What the code carries.
    scene: String,
    /// Whether the scene is a number or a text.
    scene_type: SceneType,
}

impl Serialize for Scene {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SceneMembers { scene: self.to_string(), scene_type: self.scene_type() }.serialize(serializer)
    }
}

impl JsonSchema for Scene {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scene".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        SceneMembers::json_schema(generator)
    }
}

/// Writes instants: at +08:00, to the second.
pub struct Instant;

/// Writes paths as text.
pub struct PathText;

/// Writes days.
pub struct Day;

impl Day {
    /// Writes a day, for `#[serde(serialize_with)]`.
    pub fn write<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    /// Writes a day or null, for `#[serde(serialize_with)]`.
    pub fn write_or_null<S: Serializer>(day: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
        day.map(|day| day.to_string()).serialize(serializer)
    }
}

impl Instant {
    /// Writes an instant, for `#[serde(serialize_with)]`.
    pub fn write<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(*instant))
    }

    /// Writes an instant or null, for `#[serde(serialize_with)]`.
    pub fn write_or_null<S: Serializer>(
        instant: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        instant.map(rfc3339).serialize(serializer)
    }
}

impl PathText {
    /// Writes a path, for `#[serde(serialize_with)]`.
    pub fn write<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&path.to_string_lossy())
    }

    /// Writes paths, for `#[serde(serialize_with)]`.
    pub fn write_all<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
    }

    /// Writes a path or null, for `#[serde(serialize_with)]`.
    pub fn write_or_null<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
        path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
    }
}
