//! The schema of `manifest.json`. The file is written by hand, a code a line, so here is its form as types; a test
//! compares both.

#![allow(dead_code, reason = "nothing is ever made of these types but their schema")]

use schemars::{JsonSchema, Schema};

use super::FORMAT;
use crate::model::{Digest, LifetimeKind, SceneType, schema_of};

/// The schema of `manifest.json` as it is written by this version.
pub fn manifest_schema() -> Schema {
    schema_of::<Document>()
}

/// What a bundle holds.
#[derive(JsonSchema)]
#[schemars(title = "The manifest.json of a bundle")]
struct Document {
    /// The number of the bundle's form.
    #[schemars(extend("const" = FORMAT))]
    bundle_format: u32,
    /// The campaign whose codes these are.
    campaign: String,
    /// Its account.
    account: String,
    /// The account's appid.
    appid: String,
    /// Rises by one each time the bundle's contents change.
    revision: u64,
    /// There where the emulator made the codes, which lead nowhere.
    #[schemars(with = "bool", extend("const" = true))]
    #[serde(skip_serializing_if = "not")]
    not_for_print: bool,
    /// There where codes of the campaign are missing.
    #[schemars(with = "bool", extend("const" = true))]
    #[serde(skip_serializing_if = "not")]
    partial: bool,
    /// What the codes are shown on; left out where not every code says it.
    #[schemars(with = "Shown")]
    #[serde(skip_serializing_if = "Option::is_none")]
    medium: Option<Shown>,
    /// The last day on which its paper hangs (Beijing time); left out where nothing is on paper, or the campaign names
    /// none.
    #[schemars(with = "String", extend("format" = "date"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// How many codes there are.
    counts: Counts,
    /// The codes, by `seq`.
    codes: Vec<Code>,
}

/// What codes are shown on.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Shown {
    /// All on paper.
    Paper,
    /// All on screens.
    Screen,
    /// Each on one of the two.
    Mixed,
}

/// What one code is shown on.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ShownOn {
    /// On paper.
    Paper,
    /// On a screen.
    Screen,
}

/// How many codes there are.
#[derive(JsonSchema)]
struct Counts {
    /// All of them.
    codes: u64,
    /// Those that die.
    temporary: u64,
    /// Those that do not.
    permanent: u64,
}

/// One code. The further columns of campaign tables follow, as texts.
#[derive(JsonSchema)]
#[schemars(extend("additionalProperties" = {"type": "string"}))]
struct Code {
    /// Its place in the list: given once, never reused.
    seq: u64,
    /// What it carries.
    scene: String,
    /// Whether that is a number or a text.
    scene_type: SceneType,
    /// Where it is placed.
    channel: String,
    /// Its tags.
    tags: Vec<String>,
    /// Whether it dies.
    lifetime: LifetimeKind,
    /// How many times it was issued.
    generation: u32,
    /// When it was issued.
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// When it dies; null for a permanent code.
    #[schemars(extend("format" = "date-time"))]
    expires_at: Option<String>,
    /// What its picture decodes to.
    url: String,
    /// The platform's ticket.
    ticket: String,
    /// Its picture's path in the bundle.
    #[schemars(extend("pattern" = "^images/"))]
    image: String,
    /// The picture's SHA-256.
    #[schemars(extend("pattern" = Digest::PATTERN))]
    image_sha256: String,
    /// What it is shown on; null where that is not declared.
    medium: Option<ShownOn>,
}
