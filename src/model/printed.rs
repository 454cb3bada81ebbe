//! Codes outside the ledger: in bundles and on paper, and who was handed them.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::channel::checked;
use super::{AppId, Channel, Digest, LastDay, Medium, Mistake, PictureNames, Scene};

/// Who was handed a bundle: some text as a channel is, or nobody by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient(Box<str>);

impl Recipient {
    /// The most characters a name may have.
    pub const MAX_CHARS: usize = 200;

    /// Trims and checks a name.
    pub fn new(name: &str) -> Result<Self, Mistake> {
        checked(name, Self::MAX_CHARS).map(Self)
    }

    /// The name; `None` if nobody was named.
    pub fn name(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&*self.0)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name().unwrap_or("somebody (no name was given)"))
    }
}

/// What somebody wanted to remember of a handoff; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Note(Box<str>);

impl Note {
    /// The most characters a note may have.
    pub const MAX_CHARS: usize = 200;

    /// Trims and checks a text.
    pub fn new(text: &str) -> Result<Self, Mistake> {
        checked(text, Self::MAX_CHARS).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A printed code as last handed to one recipient. Identified by scene, not by account: after a change of account the new
/// code replaces the old one in the same spot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedCode {
    /// The account of the code.
    pub appid: AppId,
    /// What the code carries.
    pub scene: Scene,
    /// The code's place in the campaign that is asked about.
    pub seq: u64,
    /// Where it was to be placed, as its bundle said.
    pub channel: Channel,
    /// Which issue of the code it is.
    pub generation: u32,
    /// When that was asked for.
    pub created_at: Timestamp,
    /// When that expires; `None` for a permanent code.
    pub expires_at: Option<Timestamp>,
    /// What its picture decodes to.
    pub url: String,
    /// Of its labels, its issue and its picture, as its bundle had them.
    pub digest: Digest,
    /// How its bundle named its pictures.
    pub names: PictureNames,
    /// Who has it.
    pub to: Recipient,
    /// Since when.
    pub handed_at: Timestamp,
    /// In which revision of its bundle.
    pub revision: u64,
    /// Whether it is the code's newest generation.
    pub is_latest: bool,
    /// Whether the code is still that campaign's: one that moved to another is on paper there.
    pub is_here: bool,
}

impl PrintedCode {
    /// The code as the bundle had it that was handed over.
    pub fn bundled(&self) -> BundledCode {
        BundledCode {
            seq: self.seq,
            scene: self.scene.clone(),
            channel: self.channel.clone(),
            medium: Some(Medium::Paper),
            generation: self.generation,
            created_at: self.created_at,
            expires_at: self.expires_at,
            url: self.url.clone(),
            digest: self.digest,
            names: self.names,
        }
    }
}

/// A generation of a code that went to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedGeneration {
    /// The account of the code.
    pub appid: AppId,
    /// What the code carries.
    pub scene: Scene,
    /// Which issue of the code it is.
    pub generation: u32,
    /// Who got it.
    pub to: Recipient,
}

/// A code as one bundle has it, as far as another can be compared with it; the ledger records the same of each bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundledCode {
    /// Its place in the campaign.
    pub seq: u64,
    /// What it carries: by this it is found in the other bundle.
    pub scene: Scene,
    /// Where it is placed.
    pub channel: Channel,
    /// What it is shown on, if that is declared and on record.
    pub medium: Option<Medium>,
    /// Which issue of the code it is.
    pub generation: u32,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it expires; `None` for a permanent code.
    pub expires_at: Option<Timestamp>,
    /// What its picture decodes to: with another url it is another picture.
    pub url: String,
    /// Of its labels, its issue and its picture.
    pub digest: Digest,
    /// How the bundle names its pictures.
    pub names: PictureNames,
}

impl BundledCode {
    /// Until when it works; `None` for a permanent code.
    pub fn last_day(&self) -> Option<LastDay> {
        self.expires_at.map(|at| LastDay::new(self.created_at, at))
    }
}
