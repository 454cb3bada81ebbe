//! Handing over: the codes of a bundle go to print, and the ledger records it.

use jiff::Timestamp;
use serde::Serialize;

use crate::bundle::{AsRow, Manifest, ManifestCode};
use crate::ledger::{HandedCode, Handoff, HandoffOutcome, Ledger, LedgerError};
use crate::model::{Declared, Instant, beijing_date, counted};
use crate::paper::{self, NotForPrint, Picture, Printed};

/// Why a bundle must not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum NotHandedOver {
    /// It is an emulator's.
    #[error("an emulator made its codes, which lead nowhere")]
    Emulator,
    /// It is real, and this is a rehearsal.
    #[error("its codes are real, and the emulator's ledger does not know them: leave out --emulator")]
    Real,
    /// It is partial.
    #[error("codes of the campaign are missing in it: hand over the whole bundle, once there is one")]
    Partial,
    /// Its codes must not be printed.
    #[error(transparent)]
    NotForPrint(#[from] NotForPrint),
    /// The ledger did not issue some of its codes. To be read after the ledger's name.
    #[error("did not issue {} of it (the first is scene {scene}, generation {generation}): name the ledger it was made with (--ledger)", counted(*.count, "code"))]
    Unknown {
        /// The scene of the first.
        scene: String,
        /// Its generation.
        generation: u32,
        /// How many there are.
        count: u64,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Whether a bundle may be handed over at `now`, as far as it tells of itself. In a `rehearsal` only the emulator's are,
/// otherwise none of these.
pub fn may_be_handed_over(manifest: &Manifest, rehearsal: bool, now: Timestamp) -> Result<(), NotHandedOver> {
    let kind = manifest.header.kind;
    match (kind.emulator, rehearsal) {
        (true, false) => return Err(NotHandedOver::Emulator),
        (false, true) => return Err(NotHandedOver::Real),
        _ => {}
    }
    if kind.partial {
        return Err(NotHandedOver::Partial);
    }
    // Of a bundle that somebody changed the codes may say less than its head.
    if manifest.header.declared == Declared::Screen {
        return Err(NotForPrint::ForScreens.into());
    }
    let offered = manifest.codes.iter().map(|code| {
        let picture = Picture { medium: code.medium, is_newest: true, expires_at: code.expires_at };
        (&code.scene, picture)
    });
    Ok(paper::may_be_printed(offered, now)?)
}

/// What became of a bundle that was handed over.
#[derive(Debug, Clone, Serialize)]
pub struct HandedBundle {
    /// The version of the document's form.
    pub format: u32,
    /// False if the last record says just the same.
    pub recorded: bool,
    /// The number of the record that says so.
    pub id: u64,
    /// What was handed over.
    #[serde(flatten)]
    pub handoff: Handoff,
    /// How many codes were handed over.
    pub codes: u64,
    /// How many codes for screens are in the bundle and were left out.
    pub left_out: u64,
    /// When it was recorded.
    #[serde(serialize_with = "Instant::write")]
    pub handed_at: Timestamp,
    /// What is to be looked at all the same.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// Records that the codes of a bundle went to print: all but those for screens. Nothing is recorded if the ledger did
/// not issue some of them.
pub fn hand_over<L: Ledger>(
    ledger: &mut L,
    manifest: &Manifest,
    handoff: Handoff,
    now: Timestamp,
) -> Result<HandedBundle, NotHandedOver> {
    let header = &manifest.header;
    let printed: Vec<&ManifestCode> =
        manifest.codes.iter().filter(|code| paper::is_printed(code.medium)).collect();
    let mut codes = printed.iter().map(|code| HandedCode {
        scene: &code.scene,
        generation: code.generation,
        ticket: &code.ticket,
        channel: &code.labels.channel,
        digest: code.row().digest(),
    });
    let handed = ledger.handed(&header.campaign, u64::MAX)?;
    let outcome = ledger.hand_off(&header.appid, &handoff, &mut codes, now)?;
    let newest = ledger.bundle(&header.campaign)?.map(|record| record.revision);
    let (recorded, id, handed_at, warnings) = match outcome {
        HandoffOutcome::Recorded { id, superseded, retired, retired_permanent, same_before } => {
            let undeclared = printed.iter().filter(|code| code.medium.is_none()).count() as u64;
            let newer_revision = newest.filter(|revision| *revision > header.revision);
            let printed = Printed { undeclared, superseded, retired, retired_permanent, newer_revision };
            let mut warnings = printed.warnings(&header.campaign);
            warnings.extend(same_before.map(|(before, at)| {
                let (to, day) = (&handoff.to, beijing_date(at));
                format!(
                    "it was handed to {to} before, on {day} (record {before}), and now once more (record {id}): if that \
                     record was wrong, `scenepress handoff --undo {before}`"
                )
            }));
            warnings.extend(paper::other_spelling(&handoff.to, &handed).map(|known| {
                format!(
                    "{} is a new name, and {known} was handed codes of {} before: if they are the same, \
                     `scenepress handoff --undo {id}` and record it for {known}",
                    handoff.to, header.campaign
                )
            }));
            (true, id, now, warnings)
        }
        HandoffOutcome::Already { id, at } => (false, id, at, Vec::new()),
        HandoffOutcome::Unknown { scene, generation, count } => {
            return Err(NotHandedOver::Unknown { scene, generation, count });
        }
    };
    let codes = printed.len() as u64;
    let left_out = manifest.codes.len() as u64 - codes;
    Ok(HandedBundle { format: 1, recorded, id, handoff, codes, left_out, handed_at, warnings })
}
