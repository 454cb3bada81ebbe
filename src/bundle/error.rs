//! Why a bundle was not written, or cannot be read.

use std::io;
use std::path::PathBuf;

use crate::model::{CampaignName, counted};
use crate::symbol::PictureError;

use super::MAX_CODES;

/// Why a bundle was not written, or cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// An empty campaign is never bundled.
    #[error("campaign {campaign} has no codes to bundle")]
    Empty {
        /// Its name.
        campaign: CampaignName,
    },
    /// Over [`MAX_CODES`].
    #[error("campaign {campaign} has {codes} codes; a bundle holds at most {MAX_CODES}: split the campaign")]
    TooMany {
        /// Its name.
        campaign: CampaignName,
        /// How many there are.
        codes: usize,
    },
    /// A generation without a picture was handed in.
    #[error("scene {scene} has no verified picture yet")]
    NoPicture {
        /// Of which code.
        scene: String,
    },
    /// Two codes with one url: whoever scans either, the platform tells one and the same scene.
    #[error("scenes {first} and {second} have the same url {url}: their pictures are one code")]
    SameUrl {
        /// The first scene.
        first: String,
        /// The second one.
        second: String,
        /// Their url.
        url: String,
    },
    /// Two codes with one seq, so rows and names would collide.
    #[error("two codes of the campaign have the same seq {seq}: the ledger is damaged")]
    SameSeq {
        /// The seq.
        seq: u64,
    },
    /// A further column that would collide with another.
    #[error("the column `{column}` of the campaign files stands in the manifest already: rename it")]
    Column {
        /// Its header.
        column: String,
    },
    /// The picture at hand is not usable.
    #[error("scene {scene}: {source}")]
    Picture {
        /// Of which code.
        scene: String,
        /// What is wrong with it.
        source: PictureError,
    },
    /// The picture is a good one, but not of this generation.
    #[error("scene {scene}: the picture handed in is not the one recorded for its generation")]
    OtherPicture {
        /// Of which code.
        scene: String,
    },
    /// A manifest would be larger than `verify` reads.
    #[error("{name} would have {bytes} bytes, too many to be verified: split the campaign or drop columns")]
    ManifestTooLarge {
        /// Which one.
        name: &'static str,
        /// Its size.
        bytes: u64,
    },
    /// The file system refused.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// The file system refused.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// What was written a moment ago reads back otherwise: the disk or the memory is failing.
    #[error("{} was written, but read back otherwise: {message}. Check the disk, then run again", path.display())]
    ReadBack {
        /// Which file.
        path: PathBuf,
        /// What differs.
        message: String,
    },
    /// There is no such file.
    #[error("there is no file {}", .0.display())]
    NoFile(PathBuf),
    /// A folder instead of a file.
    #[error("{} is a folder: name the bundle in it, CAMPAIGN.zip", .0.display())]
    IsFolder(PathBuf),
    /// The bundle has faults.
    #[error("{} is BAD, {}: nothing was done with it; `scenepress verify` shows what is wrong", path.display(), counted(*faults, "fault"))]
    Faulty {
        /// Which file.
        path: PathBuf,
        /// How many there are.
        faults: u64,
    },
    /// The file is no bundle, or so damaged that its codes cannot be read.
    #[error("{} is not a bundle that can be checked: {message}", path.display())]
    NotABundle {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

impl BundleError {
    /// Whether the file itself is bad (exit code 6), as opposed to the disk, the campaign or the call.
    pub fn is_bad_bundle(&self) -> bool {
        matches!(self, Self::ReadBack { .. } | Self::NotABundle { .. } | Self::Faulty { .. })
    }
}
