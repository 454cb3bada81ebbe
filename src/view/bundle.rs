//! Bundles that were built again.

use serde::Serialize;

use crate::engine::{ExpiredCode, Rebuilt};
use crate::model::{CampaignName, Digest, counted, minute_text, named, visible_path};

/// The bundle that was written, in a line.
pub fn rebuilt_text(campaign: &Rebuilt) -> Option<String> {
    let bundle = campaign.bundle.as_ref()?;
    let (path, record) = (visible_path(&bundle.path), &bundle.record);
    Some(format!("{}: {path}, revision {}, SHA-256 {}", campaign.name, record.revision, record.zip))
}

/// Why a campaign has no bundle, or not a whole one.
pub fn rebuilt_error(campaign: &Rebuilt) -> Option<String> {
    let Rebuilt { name, message, .. } = campaign;
    (!message.is_empty()).then(|| format!("{name}: {message}"))
}

/// Which codes of a bundle are expired.
pub fn rebuilt_warning(campaign: &Rebuilt) -> Option<String> {
    let Rebuilt { name, expired, .. } = campaign;
    let word = |code: &ExpiredCode| format!("scene {} died on {}", code.scene, minute_text(code.expires_at));
    let named = named(expired.iter().map(word));
    let count = counted(expired.len() as u64, "code");
    (!expired.is_empty()).then(|| format!("{name}: the bundle holds {count} that no longer work: {named}"))
}

/// What `bundle --format json` prints.
#[derive(Serialize)]
pub struct BundleDocument<'a> {
    format: u32,
    campaigns: Vec<CampaignLine<'a>>,
}

#[derive(Serialize)]
struct CampaignLine<'a> {
    campaign: &'a CampaignName,
    exit: u8,
    bundle: Option<String>,
    bundle_sha256: Option<Digest>,
    revision: Option<u64>,
    expired: &'a [ExpiredCode],
    message: &'a str,
}

impl<'a> BundleDocument<'a> {
    /// Of every campaign that was to be built again.
    pub fn new(rebuilt: &'a [Rebuilt]) -> Self {
        let line = |campaign: &'a Rebuilt| {
            let bundle = campaign.bundle.as_ref();
            CampaignLine {
                campaign: &campaign.name,
                exit: campaign.exit.code(),
                bundle: bundle.map(|bundle| bundle.path.to_string_lossy().into_owned()),
                bundle_sha256: bundle.map(|bundle| bundle.record.zip),
                revision: bundle.map(|bundle| bundle.record.revision),
                expired: &campaign.expired,
                message: &campaign.message,
            }
        };
        Self { format: 1, campaigns: rebuilt.iter().map(line).collect() }
    }
}
