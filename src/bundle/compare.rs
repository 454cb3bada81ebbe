//! Two bundles compared by their manifests.

use std::path::Path;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::diff::{Change, ChangeKind, Changes, Since};
use super::header::Header;
use super::manifest::{Manifest, ManifestCode};
use super::row::AsRow;
use crate::model::{Channel, Digest, Instant, Medium, Scene, schema_of};

/// The version of the document's form.
const FORMAT: u32 = 1;

/// What changed from one bundle to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "What `scenepress diff --format json` prints")]
pub struct Difference {
    /// The version of the document's form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    /// The earlier bundle.
    pub a: Side,
    /// The later one.
    pub b: Side,
    /// Whether they are of different campaigns.
    pub different_campaigns: bool,
    /// Whether they are of different accounts: their codes have only the scenes in common.
    pub different_accounts: bool,
    /// How many codes changed, and how.
    counts: Counts,
    /// When the first of the replaced pictures expires.
    #[serde(serialize_with = "Instant::write_or_null")]
    reprint_before: Option<Timestamp>,
    /// The codes that changed.
    #[serde(rename = "changes")]
    pub codes: Vec<ChangedCode>,
    /// The changes alone.
    #[serde(skip)]
    pub changes: Changes,
}

/// One of the two bundles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Bundle")]
pub struct Side {
    /// Its path.
    pub path: String,
    /// What it says of itself.
    #[serde(flatten)]
    pub header: Header,
    /// How many codes it holds.
    pub codes: usize,
}

/// How many codes changed, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Counts {
    /// Not in the earlier bundle.
    new: u64,
    /// With another picture, to be printed again.
    replaced: u64,
    /// With the same picture and other labels.
    relabelled: u64,
    /// Not in the later bundle.
    withdrawn: u64,
    /// In both, alike.
    unchanged: u64,
}

/// A code that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Change")]
pub struct ChangedCode {
    /// What became of it.
    pub change: ChangeKind,
    /// What it carries.
    #[serde(flatten)]
    pub scene: Scene,
    /// As it was; null for a new one.
    pub before: Option<CodeState>,
    /// As it is; null for one that was withdrawn.
    pub after: Option<CodeState>,
    /// When a replaced picture expires; null for the others, and if it never does.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub replace_before: Option<Timestamp>,
    /// The columns that differ, of a relabelled code.
    pub differs: Vec<String>,
}

/// A code as one of the two bundles has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Code")]
pub struct CodeState {
    /// Its place in the list.
    pub seq: u64,
    /// Where it is placed.
    pub channel: Channel,
    /// How many times it was issued.
    generation: u32,
    /// When it expires; null for a permanent code.
    #[serde(serialize_with = "Instant::write_or_null")]
    pub expires_at: Option<Timestamp>,
    /// Its picture's path in the bundle.
    pub image: String,
    /// The picture's SHA-256.
    image_sha256: Digest,
    /// What it is shown on, if that is declared.
    #[serde(skip)]
    pub medium: Option<Medium>,
}

/// The schema of a [`Difference`].
pub fn difference_schema() -> Schema {
    schema_of::<Difference>()
}

/// Compares two bundles, the earlier one first. Codes are matched by their scenes.
pub fn compare(a: (&Path, &Manifest), b: (&Path, &Manifest)) -> Difference {
    let (before, after) = (a.1, b.1);
    let names = before.header.names;
    let codes = before.codes.iter().map(|code| code.row().bundled(names)).collect();
    let since = Since::Revision(before.header.revision);
    let changes = Changes::new(&after.codes, &after.header.appid, (since, codes), None);
    let [new, replaced, relabelled, withdrawn] = changes.counts();
    let unchanged = after.codes.len() as u64 - new - replaced - relabelled;
    Difference {
        format: FORMAT,
        a: side(a),
        b: side(b),
        different_campaigns: before.header.campaign != after.header.campaign,
        different_accounts: before.header.appid != after.header.appid,
        counts: Counts { new, replaced, relabelled, withdrawn, unchanged },
        reprint_before: changes.reprint_before(),
        codes: changes.changes.iter().filter_map(|change| changed(change, before, after)).collect(),
        changes,
    }
}

fn side((path, manifest): (&Path, &Manifest)) -> Side {
    Side { path: path.display().to_string(), header: manifest.header.clone(), codes: manifest.codes.len() }
}

/// A change with both states of its code; `None` only if neither manifest has it.
fn changed(change: &Change, before: &Manifest, after: &Manifest) -> Option<ChangedCode> {
    let before = code_of(before, change.before.as_ref().map(|before| before.seq));
    let after = code_of(after, change.seq);
    let both = before.zip(after).filter(|_| change.kind == ChangeKind::Relabelled);
    Some(ChangedCode {
        change: change.kind,
        scene: after.or(before)?.scene.clone(),
        before: before.map(state),
        after: after.map(state),
        replace_before: change.replace_before(),
        differs: both.map(|(before, after)| differs(before, after)).unwrap_or_default(),
    })
}

fn code_of(manifest: &Manifest, seq: Option<u64>) -> Option<&ManifestCode> {
    let index = manifest.codes.binary_search_by_key(&seq?, |code| code.seq).ok()?;
    manifest.codes.get(index)
}

fn state(code: &ManifestCode) -> CodeState {
    CodeState {
        seq: code.seq,
        channel: code.labels.channel.clone(),
        generation: code.generation,
        expires_at: code.expires_at,
        image: code.image.clone(),
        image_sha256: code.image_sha256,
        medium: code.medium,
    }
}

/// The columns of the manifest in which two forms of one code differ.
fn differs(before: &ManifestCode, after: &ManifestCode) -> Vec<String> {
    let known = [
        ("channel", before.labels.channel != after.labels.channel),
        ("tags", before.labels.tags != after.labels.tags),
        ("generation", before.generation != after.generation),
        ("created_at", before.created_at != after.created_at),
        ("expires_at", before.expires_at != after.expires_at),
        ("image_sha256", before.image_sha256 != after.image_sha256),
        ("medium", before.medium != after.medium),
    ];
    let columns = |code: &'_ ManifestCode| -> Vec<String> {
        code.labels.extras.iter().map(|(column, _)| column.to_owned()).collect()
    };
    let mut further = columns(before);
    further.extend(columns(after).into_iter().filter(|column| !columns(before).contains(column)));
    let value = |code: &ManifestCode, column: &str| code.labels.extras.get(column).to_owned();
    further.retain(|column| value(before, column) != value(after, column));
    let known = known.into_iter().filter(|(_, differ)| *differ).map(|(column, _)| column.to_owned());
    known.chain(further).collect()
}
