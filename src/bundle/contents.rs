//! Whether a bundle's contents changed, without writing it.

use jiff::Timestamp;

use crate::model::{Digest, Generation, Hasher, Labels, Medium, PictureFacts, Scene};

use super::{FORMAT, Header};

/// What decides one row of a bundle. Ticket and url are not needed: the generation determines them.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The code's place in the manifest.
    pub seq: u64,
    /// What it carries.
    pub scene: &'a Scene,
    /// Channel, tags and further columns.
    pub labels: &'a Labels,
    /// What it is shown on, if that is declared.
    pub medium: Option<Medium>,
    /// Its newest generation.
    pub generation: &'a Generation,
    /// The generation's picture.
    pub picture: &'a PictureFacts,
}

/// A digest of everything that decides a bundle's bytes but its revision. The order of the facts does not matter.
///
/// Whether an emulator made them is no part of it: the generations determine it.
pub fn contents_digest<'a>(header: &Header, facts: impl Iterator<Item = Facts<'a>>) -> Digest {
    let mut rows: Vec<Digest> = facts.map(row_digest).collect();
    rows.sort_unstable();
    let mut hasher = Hasher::default();
    hasher.field(b"scenepress bundle contents");
    hasher.field(&FORMAT.to_le_bytes());
    hasher.field(header.campaign.as_str().as_bytes());
    hasher.field(header.account.as_str().as_bytes());
    hasher.field(header.appid.as_str().as_bytes());
    hasher.field(&[u8::from(header.kind.partial)]);
    hasher.field(header.declared.as_str().unwrap_or_default().as_bytes());
    hasher.field(header.until.map(|day| day.to_string()).unwrap_or_default().as_bytes());
    hasher.field(header.names.as_str().as_bytes());
    for row in &rows {
        hasher.update(row.as_bytes());
    }
    hasher.finish()
}

fn row_digest(facts: Facts<'_>) -> Digest {
    let Facts { seq, scene, labels, medium, generation, picture } = facts;
    let Generation { number, created_at, expires_at, .. } = *generation;
    let mut hasher = Hasher::default();
    hasher.field(&seq.to_le_bytes());
    hasher.field(scene.scene_type().as_str().as_bytes());
    hasher.field(scene.to_string().as_bytes());
    // A column is in the manifest also if this code leaves it empty.
    labels.extras.iter().for_each(|(column, _)| hasher.field(column.as_bytes()));
    hasher.field(&picture.side.to_le_bytes());
    hasher
        .field(labels_and_issue(labels, medium, number, (created_at, expires_at), picture.digest).as_bytes());
    hasher.finish()
}

/// A digest of a code's labels, medium, generation, birth and expiry, and picture.
pub(super) fn labels_and_issue(
    labels: &Labels,
    medium: Option<Medium>,
    generation: u32,
    (created_at, expires_at): (Timestamp, Option<Timestamp>),
    picture: Digest,
) -> Digest {
    let mut hasher = Hasher::default();
    hasher.field(labels.channel.as_str().as_bytes());
    hasher.field(labels.joined_tags().as_bytes());
    // An empty value and a column that is not there look the same in every manifest.
    for (column, value) in labels.extras.iter().filter(|(_, value)| !value.is_empty()) {
        hasher.field(column.as_bytes());
        hasher.field(value.as_bytes());
    }
    // Ends the columns, so that none can be taken for what follows.
    hasher.field(b"");
    hasher.field(medium.map(Medium::as_str).unwrap_or_default().as_bytes());
    hasher.field(&generation.to_le_bytes());
    hasher.field(&created_at.as_second().to_le_bytes());
    hasher.field(&expires_at.map_or(i64::MIN, Timestamp::as_second).to_le_bytes());
    hasher.field(picture.as_bytes());
    hasher.finish()
}
