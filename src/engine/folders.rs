//! Where files are: the ledger, the bundles, the pictures.

use std::path::PathBuf;

use crate::bundle::{Header, Kind};
use crate::model::{AppId, Campaign, CampaignName, Declared, Digest};

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

    /// What a bundle is marked as.
    pub fn kind(&self, partial: bool) -> Kind {
        Kind { partial, emulator: self.emulator }
    }

    /// Where the picture with a digest is kept.
    pub(super) fn picture(&self, digest: &Digest) -> PathBuf {
        self.pictures.join(format!("{digest}.jpg"))
    }

    /// What a campaign's bundle says of itself, but for its revision.
    pub(super) fn header(&self, campaign: &Campaign, appid: &AppId, partial: bool) -> Header {
        Header {
            campaign: campaign.name.clone(),
            account: campaign.account.clone(),
            appid: appid.clone(),
            revision: 0,
            kind: self.kind(partial),
            declared: Declared::of(campaign.codes.iter().map(|code| code.medium())),
            until: campaign.hangs_until(),
        }
    }
}
