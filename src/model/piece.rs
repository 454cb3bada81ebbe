//! A code as a bundle has it.

use jiff::Timestamp;

use super::{Channel, Digest, Medium, Scene};

/// A code as one bundle has it, as far as another can be compared with it; the ledger records the same of each bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its place in the campaign.
    pub seq: u64,
    /// What it carries: by this it is found in the other bundle.
    pub scene: Scene,
    /// Where it is placed.
    pub channel: Channel,
    /// What it is shown on, where that is declared and on record.
    pub medium: Option<Medium>,
    /// Which issue of the code it is.
    pub generation: u32,
    /// When it dies; `None` for a permanent code.
    pub expires_at: Option<Timestamp>,
    /// What its picture decodes to: with another url it is another picture.
    pub url: String,
    /// Of everything a bundle says of it but its seq.
    pub digest: Digest,
}
