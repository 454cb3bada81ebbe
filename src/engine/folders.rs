//! Where files are: the ledger, the bundles, the pictures.

use std::path::PathBuf;

use crate::bundle::Kind;
use crate::fsio;
use crate::model::{CampaignName, Digest};

/// Where a run's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// The ledger's file.
    pub ledger: PathBuf,
    /// Whether the ledger is found there without naming it.
    pub is_usual_ledger: bool,
    /// Holds a folder for each campaign.
    pub output: PathBuf,
    /// Holds the verified pictures.
    pub pictures: PathBuf,
    /// Whether these are the emulator's files, which are not for print.
    pub emulator: bool,
}

impl Folders {
    /// Of a ledger that has to be named, with pictures below the output folder.
    pub fn new(ledger: PathBuf, output: PathBuf, emulator: bool) -> Self {
        Self { ledger, is_usual_ledger: false, pictures: output.join("pictures"), output, emulator }
    }

    /// The folder of a campaign's bundle and manifests.
    pub fn campaign(&self, name: &CampaignName) -> PathBuf {
        self.output.join(name.as_str())
    }

    /// The bundle in a campaign's folder, if the ledger does not say what it is called.
    pub(super) fn bundle(&self, name: &CampaignName) -> Option<PathBuf> {
        let paths = Kind::file_names(false, name).map(|file| self.campaign(name).join(file));
        paths.into_iter().find(|path| fsio::file_facts(path).is_some())
    }

    /// Where the picture with a digest is kept.
    pub(super) fn picture(&self, digest: &Digest) -> PathBuf {
        self.pictures.join(format!("{digest}.jpg"))
    }
}
