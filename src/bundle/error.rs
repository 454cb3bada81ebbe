//! Why a bundle was not written, or cannot be read.

use std::path::PathBuf;

use crate::fsio::FsError;
use crate::model::{CampaignName, counted};
use crate::symbol::PictureError;

/// Why a bundle was not written, or cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The campaign, one of its codes or its ledger does not fit into a bundle.
    #[error("{0}")]
    Unfit(String),
    /// The picture at hand is not usable.
    #[error("scene {scene}: {source}")]
    Picture {
        /// Of which code.
        scene: String,
        /// What is wrong with it.
        source: PictureError,
    },
    /// A file cannot be written or read.
    #[error(transparent)]
    File(#[from] FsError),
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
    /// The ledger recorded the bundle's revision with other bytes.
    #[error("{} is not the file that the ledger {} recorded as revision {revision} of {campaign}", path.display(), ledger.display())]
    NotRecorded {
        /// Which file.
        path: PathBuf,
        /// Of which campaign it says to be.
        campaign: CampaignName,
        /// Which revision it says to be.
        revision: u64,
        /// The ledger.
        ledger: PathBuf,
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
        matches!(
            self,
            Self::ReadBack { .. } | Self::NotABundle { .. } | Self::Faulty { .. } | Self::NotRecorded { .. }
        )
    }
}
