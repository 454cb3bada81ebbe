//! How a campaign's bundles are made, as its file says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::word::words;

/// What the names of a bundle's pictures tell beside place, scene and channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PictureNames {
    /// The generation and the last day: a new picture has a new name.
    #[default]
    Dated,
    /// Nothing more: a new picture takes the place of the one before it, where layouts and players look for it.
    Stable,
}

words! { PictureNames { Dated: "dated", Stable: "stable" } }

/// How a campaign's bundles are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundling {
    /// How many earlier revisions stay beside the newest.
    pub keep: u64,
    /// How its pictures are named.
    pub names: PictureNames,
}

impl Bundling {
    /// How many earlier revisions stay unless the campaign file says otherwise.
    pub const KEEP: u64 = 5;
}

impl Default for Bundling {
    fn default() -> Self {
        Self { keep: Self::KEEP, names: PictureNames::default() }
    }
}
