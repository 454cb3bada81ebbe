//! What is known of bundles without opening them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::folders::Folders;
use super::pack::bundle_state;
use crate::bundle::{Facts, Header, contents_digest};
use crate::fsio;
use crate::ledger::{BundleRecord, Ledger, LedgerError};
use crate::model::{CampaignName, Declared, Digest, History};
use crate::plan::{BundleFacts, BundleState, Wanted, WantedCampaign};

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
        let (facts, _) = facts(ledger, &name, folders, None)?;
        bundles.insert(name, facts);
    }
    for wanted in wanted.campaigns.iter().filter(|wanted| wanted.selected) {
        let name = &wanted.campaign.name;
        let contents = contents(wanted, history, folders);
        let (mut facts, record) = facts(ledger, name, folders, contents.as_ref())?;
        if let (true, Some(ledger), Some(record), Some(_)) = (deploys, ledger, record, &facts.path) {
            facts.deployed = Some(ledger.deployed(name)? == Some(record.zip));
        }
        bundles.insert(name.clone(), facts);
    }
    Ok(bundles)
}

/// A bundle is current if its file is the one that was recorded, and its contents are those of today.
fn facts<L: Ledger>(
    ledger: Option<&L>,
    name: &CampaignName,
    folders: &Folders,
    contents: Option<&Digest>,
) -> Result<(BundleFacts, Option<BundleRecord>), LedgerError> {
    let mut facts = BundleFacts::missing();
    let mut record = None;
    if let Some(ledger) = ledger {
        record = ledger.bundle(name)?;
        let mut pieces = Vec::new();
        ledger.paper(name, u64::MAX, &mut |paper| pieces.push(paper))?;
        facts.paper = Arc::from(pieces);
    }
    let file_name = record.as_ref().map_or_else(
        || format!("{name}{}", if folders.emulator { ".NOT-FOR-PRINT.zip" } else { ".zip" }),
        |record| record.file_name.clone(),
    );
    let folder = folders.campaign(name);
    let path = folder.join(file_name);
    let Some(found) = fsio::file_facts(&path) else { return Ok((facts, record)) };
    let state = |record: &BundleRecord| bundle_state(record, &folder, contents, record.modified_at);
    facts.state = record.as_ref().map_or(BundleState::Stale, state);
    facts.path = Some(path);
    facts.revision = record.as_ref().map(|record| record.revision);
    facts.written_at = Some(found.modified_at);
    Ok((facts, record))
}

/// The digest of the contents a bundle would have; `None` if codes or pictures are missing.
fn contents(wanted: &WantedCampaign, history: &History, folders: &Folders) -> Option<Digest> {
    let WantedCampaign { campaign, appid, .. } = wanted;
    let header = Header {
        campaign: campaign.name.clone(),
        account: campaign.account.clone(),
        appid: appid.clone(),
        revision: 0,
        kind: folders.kind(false),
        declared: Declared::of(campaign.codes.iter().map(|code| code.medium())),
        until: campaign.hangs_until(),
    };
    let facts: Option<Vec<Facts<'_>>> = campaign
        .codes
        .iter()
        .map(|code| {
            let record = history.code(appid, code.scene())?;
            let generation = record.latest.as_ref().filter(|latest| latest.picture.is_some())?;
            let here = record.campaign == campaign.name && !record.retired;
            here.then(|| Facts {
                seq: record.seq,
                scene: code.scene(),
                labels: code.labels(),
                medium: code.medium(),
                generation,
            })
        })
        .collect();
    Some(contents_digest(&header, facts?.into_iter()))
}
