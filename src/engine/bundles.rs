//! What is known of bundles without opening them.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::folders::Folders;
use super::outcome::RunSummary;
use crate::bundle::{self, Facts, Header, Kind, contents_digest};
use crate::exit::Exit;
use crate::fsio::{self, FileFacts};
use crate::hooks::DeployBundle;
use crate::ledger::{BundleRecord, Ledger, LedgerError};
use crate::model::{AppId, Campaign, CampaignName, Code, CodeRecord, Declared, Digest, Generation, History};
use crate::plan::{BundleFacts, BundleState, Wanted};

/// The bundles of every campaign in the files or the ledger. `deploys` if runs deploy them.
pub fn bundle_facts<L: Ledger>(
    ledger: Option<&L>,
    wanted: &Wanted,
    history: &History,
    folders: &Folders,
    deploys: bool,
) -> Result<BTreeMap<CampaignName, BundleFacts>, LedgerError> {
    let mut bundles = BTreeMap::new();
    for name in ledger.map_or(Ok(Vec::new()), L::campaigns)? {
        let (facts, _) = of_campaign(ledger, &name, folders, None)?;
        bundles.insert(name, facts);
    }
    for wanted in wanted.campaigns.iter().filter(|wanted| wanted.selected) {
        let (campaign, name) = (&wanted.campaign, &wanted.campaign.name);
        let codes = facts(campaign, &wanted.appid, history, |_, _, _| true);
        let is_whole = codes.len() == campaign.codes.len();
        let header = header(campaign, &wanted.appid, false);
        let contents = is_whole.then(|| contents_digest(&header, codes.into_iter()));
        let (mut facts, record) = of_campaign(ledger, name, folders, contents.as_ref())?;
        if let (true, Some(ledger), Some(record), Some(_)) = (deploys, ledger, record, &facts.path) {
            facts.deployed = Some(ledger.deployed(name)? == Some(record.zip));
        }
        bundles.insert(name.clone(), facts);
    }
    Ok(bundles)
}

/// A bundle is current if its file is the one that was recorded, and its contents are those of today.
fn of_campaign<L: Ledger>(
    ledger: Option<&L>,
    name: &CampaignName,
    folders: &Folders,
    contents: Option<&Digest>,
) -> Result<(BundleFacts, Option<BundleRecord>), LedgerError> {
    let mut facts = BundleFacts::default();
    let mut record = None;
    if let Some(ledger) = ledger {
        record = ledger.bundle(name)?;
        facts.paper = Arc::from(ledger.paper(name, u64::MAX)?);
        facts.handed = Arc::from(ledger.handed(name, u64::MAX)?);
    }
    let folder = folders.campaign(name);
    let recorded = record.as_ref().map(|record| folder.join(&record.file_name));
    let Some(path) = recorded.or_else(|| folders.bundle(name)) else { return Ok((facts, record)) };
    let Some(found) = fsio::file_facts(&path) else { return Ok((facts, record)) };
    let is_current = record.as_ref().is_some_and(|record| {
        record.bytes == found.bytes
            && record.modified_at == found.modified_at
            && is_of_today(record, &folder, found, contents)
    });
    facts.state = if is_current { BundleState::Current } else { BundleState::Stale };
    facts.path = Some(path);
    facts.revision = record.as_ref().map(|record| record.revision);
    facts.written_at = Some(found.modified_at);
    Ok((facts, record))
}

/// Whether a bundle that is the recorded one holds these contents, as far as that can be told without reading it.
///
/// The manifests beside the zip were written before it: one that is newer was changed since.
pub(super) fn is_of_today(
    record: &BundleRecord,
    folder: &Path,
    zip: FileFacts,
    contents: Option<&Digest>,
) -> bool {
    let is_untouched = |name: &&str| {
        let manifest = fsio::file_facts(&folder.join(name));
        manifest.is_some_and(|manifest| manifest.bytes > 0 && manifest.modified_at <= zip.modified_at)
    };
    contents == Some(&record.contents)
        && [bundle::MANIFEST_CSV, bundle::MANIFEST_JSON].iter().all(is_untouched)
}

/// What a campaign's bundle says of itself, but for its revision and the mark of an emulator's codes.
pub(super) fn header(campaign: &Campaign, appid: &AppId, partial: bool) -> Header {
    Header {
        campaign: campaign.name.clone(),
        account: campaign.account.clone(),
        appid: appid.clone(),
        revision: 0,
        kind: Kind { partial, emulator: false },
        declared: Declared::of(campaign.codes.iter().map(|code| code.medium())),
        until: campaign.hangs_until(),
        names: campaign.bundle.names,
        selection: None,
    }
}

/// The codes of a campaign that have a verified picture and pass, in the order of the manifest.
pub(super) fn facts<'a>(
    campaign: &'a Campaign,
    appid: &AppId,
    history: &'a History,
    passes: impl Fn(&Code, &CodeRecord, &Generation) -> bool,
) -> Vec<Facts<'a>> {
    let facts = campaign.codes.iter().filter_map(|code| {
        let record = history.code(appid, code.scene())?;
        let generation = record.latest.as_ref()?;
        let picture = generation.picture.as_ref()?;
        let is_here = record.campaign == campaign.name && !record.retired && passes(code, record, generation);
        is_here.then(|| Facts {
            seq: record.seq,
            scene: code.scene(),
            labels: code.labels(),
            medium: code.medium(),
            generation,
            picture,
        })
    });
    let mut facts: Vec<Facts<'a>> = facts.collect();
    facts.sort_by_key(|facts| facts.seq);
    facts
}

/// The bundles that are not the ones last deployed.
///
/// A campaign that was refused, is over or is not in the `wanted` files is not deployed.
pub fn to_deploy<'a, L: Ledger>(
    summary: &'a RunSummary,
    wanted: &[CampaignName],
    ledger: &L,
) -> Result<Vec<DeployBundle<'a>>, LedgerError> {
    let wanted: HashSet<&CampaignName> = wanted.iter().collect();
    let mut bundles = Vec::new();
    for campaign in &summary.campaigns {
        let (Some(path), Some(digest)) = (&campaign.bundle.path, &campaign.bundle.digest) else { continue };
        let is_left_alone =
            campaign.ended || campaign.exit == Exit::Refused || !wanted.contains(&campaign.name);
        if is_left_alone || ledger.deployed(&campaign.name)?.as_ref() == Some(digest) {
            continue;
        }
        let (name, account, revision) = (&campaign.name, &campaign.account, campaign.bundle.revision);
        bundles.push(DeployBundle { campaign: name, account, path, digest, revision });
    }
    Ok(bundles)
}
