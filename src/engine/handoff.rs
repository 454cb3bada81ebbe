//! Handing over: the codes of a bundle go to print, and the ledger records it.

use jiff::Timestamp;
use serde::Serialize;

use crate::bundle::{Manifest, ManifestCode};
use crate::ledger::{HandedCode, Handoff, HandoffOutcome, Ledger, LedgerError};
use crate::model::{CampaignName, Declared, Digest, Instant, Note, Recipient};
use crate::paper::{self, NotForPrint, Offered, Printed};

/// Why a bundle must not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum NotHandedOver {
    /// It is an emulator's.
    #[error("an emulator made its codes, which lead nowhere")]
    Emulator,
    /// It is partial.
    #[error("codes of the campaign are missing in it: hand over the whole bundle, once there is one")]
    Partial,
    /// Its codes must not be printed.
    #[error(transparent)]
    NotForPrint(#[from] NotForPrint),
}

/// Whether a bundle may be handed over at `now`, as far as it tells of itself.
pub fn may_be_handed_over(manifest: &Manifest, now: Timestamp) -> Result<(), NotHandedOver> {
    let kind = manifest.header.kind;
    if kind.emulator {
        return Err(NotHandedOver::Emulator);
    }
    if kind.partial {
        return Err(NotHandedOver::Partial);
    }
    // Of a bundle that somebody changed the codes may say less than its head.
    if manifest.header.declared == Declared::Screen {
        return Err(NotForPrint::ForScreens.into());
    }
    let offered = manifest.codes.iter().map(|code| Offered {
        scene: &code.scene,
        medium: code.medium,
        expires_at: code.expires_at,
    });
    Ok(paper::may_be_printed(offered, now)?)
}

/// What became of a bundle that was handed over.
#[derive(Debug, Clone, Serialize)]
pub struct HandedBundle {
    /// The version of the document's form.
    pub format: u32,
    /// False if the same bundle went to the same recipient before.
    pub recorded: bool,
    /// Its campaign.
    pub campaign: CampaignName,
    /// Its revision.
    pub revision: u64,
    /// The zip's digest.
    pub bundle_sha256: Digest,
    /// How many codes were handed over.
    pub codes: u64,
    /// How many codes for screens are in the bundle and were left out.
    pub left_out: u64,
    /// To whom; null if nobody was named.
    pub to: Recipient,
    /// What was noted.
    pub note: Note,
    /// When it was recorded.
    #[serde(serialize_with = "Instant::write")]
    pub handed_at: Timestamp,
    /// What is to be looked at all the same.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// Codes that a ledger did not issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCodes {
    /// The scene of the first.
    pub scene: String,
    /// Its generation.
    pub generation: u32,
    /// How many there are.
    pub count: u64,
}

/// Records that the codes of a bundle went to print: all but those for screens. Nothing is recorded if the ledger did
/// not issue some of them.
pub fn hand_over<L: Ledger>(
    ledger: &mut L,
    manifest: &Manifest,
    handoff: Handoff,
    now: Timestamp,
) -> Result<Result<HandedBundle, UnknownCodes>, LedgerError> {
    let header = &manifest.header;
    let printed: Vec<&ManifestCode> =
        manifest.codes.iter().filter(|code| paper::is_printed(code.medium)).collect();
    let mut codes = printed.iter().map(|code| HandedCode {
        scene: &code.scene,
        generation: code.generation,
        ticket: &code.ticket,
    });
    let outcome = ledger.hand_off(&header.appid, &handoff, &mut codes, now)?;
    let newest = ledger.bundle(&header.campaign)?.map(|record| record.revision);
    let (recorded, handed_at, warnings) = match outcome {
        HandoffOutcome::Recorded { superseded, retired } => {
            let undeclared = printed.iter().filter(|code| code.medium.is_none()).count() as u64;
            let newer_revision = newest.filter(|revision| *revision > header.revision);
            let printed = Printed { undeclared, superseded, retired, newer_revision };
            (true, now, printed.warnings(&header.campaign))
        }
        HandoffOutcome::Already { at } => (false, at, Vec::new()),
        HandoffOutcome::Unknown { scene, generation, count } => {
            return Ok(Err(UnknownCodes { scene, generation, count }));
        }
    };
    let Handoff { campaign, revision, zip, to, note } = handoff;
    let codes = printed.len() as u64;
    Ok(Ok(HandedBundle {
        format: 1,
        recorded,
        campaign,
        revision,
        bundle_sha256: zip,
        codes,
        left_out: manifest.codes.len() as u64 - codes,
        to,
        note,
        handed_at,
        warnings,
    }))
}
