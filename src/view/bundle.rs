//! Bundles that were built again.

use serde::Serialize;

use crate::engine::{ExpiredCode, Rebuilt, Unprinted};
use crate::model::{CampaignName, Digest, Recipient, counted, minute_text, named, verb, visible_path};

/// The bundle that was written, or what is left to print of it, in a line.
pub fn rebuilt_text(campaign: &Rebuilt) -> Option<String> {
    let bundle = campaign.bundle.as_ref()?;
    if let Some(unprinted) = &campaign.unprinted {
        return Some(unprinted_text(&campaign.name, unprinted, bundle.record.revision));
    }
    let (path, record) = (visible_path(&bundle.path), &bundle.record);
    Some(format!("{}: {path}, revision {}, SHA-256 {}", campaign.name, record.revision, record.zip))
}

fn unprinted_text(name: &CampaignName, unprinted: &Unprinted, revision: u64) -> String {
    let Some((path, digest)) = &unprinted.file else {
        let whom = unprinted.to.as_ref().map(|to| format!(" for {to}")).unwrap_or_default();
        return format!("{name}: nothing is left to print{whom}");
    };
    let (path, codes) = (visible_path(path), counted(unprinted.codes, "code"));
    format!("{name}: {path}, {codes} of revision {revision}, SHA-256 {digest}")
}

/// Why a campaign has no bundle, or not a whole one.
pub fn rebuilt_error(campaign: &Rebuilt) -> Option<String> {
    let Rebuilt { name, message, .. } = campaign;
    (!message.is_empty()).then(|| format!("{name}: {message}"))
}

/// Which codes of a bundle are expired.
pub fn rebuilt_warning(campaign: &Rebuilt) -> Option<String> {
    let Rebuilt { name, expired, .. } = campaign;
    let word =
        |code: &ExpiredCode| format!("scene {} expired on {}", code.scene, minute_text(code.expires_at));
    let named = named(expired.iter().map(word));
    let number = expired.len() as u64;
    let (count, work) = (counted(number, "code"), verb(number, "works", "work"));
    (!expired.is_empty()).then(|| format!("{name}: the bundle holds {count} that no longer {work}: {named}"))
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
    /// Null unless it was asked for.
    unprinted: Option<UnprintedLine<'a>>,
    expired: &'a [ExpiredCode],
    message: &'a str,
}

#[derive(Serialize)]
struct UnprintedLine<'a> {
    to: &'a Option<Recipient>,
    codes: u64,
    bundle: Option<String>,
    bundle_sha256: Option<Digest>,
}

impl<'a> UnprintedLine<'a> {
    fn new(unprinted: &'a Unprinted) -> Self {
        let Unprinted { to, codes, file } = unprinted;
        let (bundle, bundle_sha256) =
            file.as_ref().map(|(path, digest)| (path.to_string_lossy().into_owned(), *digest)).unzip();
        Self { to, codes: *codes, bundle, bundle_sha256 }
    }
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
                unprinted: campaign.unprinted.as_ref().map(UnprintedLine::new),
                expired: &campaign.expired,
                message: &campaign.message,
            }
        };
        Self { format: 1, campaigns: rebuilt.iter().map(line).collect() }
    }
}
