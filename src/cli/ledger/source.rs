//! What an import reads: a bundle or a table, as issues to adopt.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::table::Reader;
use crate::bundle::{self, Manifest, ManifestCode};
use crate::campaign;
use crate::cli::exit::CliError;
use crate::fsio;
use crate::ledger::{Adopted, AdoptedBundle, BundleRecord};
use crate::model::{
    AppId, CampaignName, ExpireSeconds, Extras, Hasher, Lifetime, counted, minute_text, visible, visible_path,
};

/// The most problems of one file that are told.
const TOLD: usize = 20;

/// The highest generation that is believed: a code renewed every day has it after centuries.
const MAX_GENERATION: u32 = 100_000;

/// How far clocks may be apart.
const SKEW: SignedDuration = SignedDuration::from_hours(24);

/// What tables do not say themselves.
pub(super) struct Defaults {
    pub(super) campaign: Option<CampaignName>,
    /// Always there where there is a table.
    pub(super) appid: Option<AppId>,
    pub(super) now: Timestamp,
}

/// What one file gives.
pub(super) struct Source {
    pub(super) codes: Vec<Adopted>,
    /// When its newest code was made.
    pub(super) newest: Option<Timestamp>,
    /// The bundle itself, for its revision.
    pub(super) bundle: Option<AdoptedBundle>,
}

impl Source {
    pub(super) fn revision(&self) -> u64 {
        self.bundle.as_ref().map_or(0, |bundle| bundle.record.revision)
    }
}

/// Reads a bundle, after verifying it.
pub(super) fn bundle(path: &Path, emulator: bool, now: Timestamp) -> Result<Source, CliError> {
    let file = visible_path(path);
    let report = bundle::verify(path, &mut |_, _| {})?;
    if report.fault_count > 0 {
        let first =
            report.faults.first().map(|fault| format!("{}: {}", fault.entry, visible(&fault.message)));
        return Err(CliError::BadImport(format!(
            "{file} is BAD, {}; the first is {}; `scenepress verify` shows all",
            counted(report.fault_count, "fault"),
            first.unwrap_or_default()
        )));
    }
    let Manifest { header, codes, .. } = bundle::read_manifest(path)?;
    match (header.kind.emulator, emulator) {
        (true, false) => {
            return Err(CliError::Usage(format!(
                "{file} was made by the emulator: its codes lead nowhere, and go into its own ledger only (--emulator)"
            )));
        }
        (false, true) => {
            return Err(CliError::Usage(format!(
                "{file} holds real codes, which the emulator's ledger has no use for: leave --emulator out"
            )));
        }
        _ => {}
    }
    let mut adopted = Vec::with_capacity(codes.len());
    let mut problems = Vec::new();
    let pieces = codes.iter().map(ManifestCode::piece).collect();
    for code in codes {
        let place = format!("{file}: seq {} (scene {})", code.seq, code.scene);
        let issued = check_past(code.created_at, now)
            .and_then(|()| issue(code, &header.campaign, &header.appid, place.clone()));
        match issued {
            Ok(code) => adopted.push(code),
            Err(message) => problems.push(format!("{place}: {message}")),
        }
    }
    if !problems.is_empty() {
        return Err(CliError::ImportProblems(shortened(problems)));
    }
    let mut hasher = Hasher::default();
    fsio::read_into(path, &mut hasher)?;
    let zip = hasher.finish();
    let facts = fsio::file_facts(path);
    let record = facts.filter(|_| !header.kind.partial).map(|facts| {
        let record = BundleRecord {
            revision: header.revision,
            // Nothing that will be packed has this digest, so that the next bundle has the next revision.
            contents: zip,
            zip,
            bytes: facts.bytes,
            modified_at: facts.modified_at,
            handoffs: 0,
            file_name: header.file_name(),
        };
        AdoptedBundle { campaign: header.campaign.clone(), appid: header.appid.clone(), record, pieces }
    });
    let newest = adopted.iter().map(|code| code.created_at).max();
    Ok(Source { codes: adopted, newest, bundle: record })
}

/// A manifest has every column for every code. One that has nothing in any was most likely in no table, and is then
/// not taken for relabelled by the next run; where it was in one, that run relabels it, which costs no call.
fn issue(
    mut code: ManifestCode,
    campaign: &CampaignName,
    appid: &AppId,
    place: String,
) -> Result<Adopted, String> {
    if code.labels.extras.iter().all(|(_, value)| value.is_empty()) {
        code.labels.extras = Extras::none();
    }
    Ok(Adopted {
        place,
        appid: appid.clone(),
        campaign: campaign.clone(),
        lifetime: lifetime(code.created_at, code.expires_at)?,
        seq: u32::try_from(code.seq).ok(),
        generation: Some(generation(code.generation.into())?),
        scene: code.scene,
        labels: code.labels,
        created_at: code.created_at,
        expires_at: code.expires_at,
        ticket: code.ticket,
        url: code.url,
    })
}

/// Reads a table; the error within says what is wrong in which rows.
pub(super) fn table(path: &Path, defaults: &Defaults) -> Result<Result<Source, Vec<String>>, CliError> {
    let file = visible_path(path);
    let bytes = fsio::read_limited(path, campaign::MAX_FILE_BYTES)?;
    let table = match campaign::plain_table(bytes) {
        Ok(table) => table,
        Err(error) => {
            let line = error.line.map(|line| format!("{line}: ")).unwrap_or_default();
            let problem = match error.line {
                Some(_) => format!("{file}:{line}{}", error.message),
                None => format!("{file} {}", error.message),
            };
            return Ok(Err(vec![problem]));
        }
    };
    let reader = match Reader::new(&table.header, defaults) {
        Ok(reader) => reader,
        Err(message) => return Ok(Err(vec![format!("{file}: {message}")])),
    };
    let mut codes = Vec::with_capacity(table.rows.len());
    let mut problems = Vec::new();
    for row in table.rows {
        let place = format!("{file}:{}", row.line);
        match reader.read(&row.cells, place.clone()) {
            Ok(code) => codes.push(code),
            Err(message) => problems.push(format!("{place}: {message}")),
        }
    }
    if !problems.is_empty() {
        return Ok(Err(shortened(problems)));
    }
    Ok(Ok(Source { codes, newest: None, bundle: None }))
}

fn shortened(mut problems: Vec<String>) -> Vec<String> {
    let more = problems.len().saturating_sub(TOLD);
    problems.truncate(TOLD);
    if more > 0 {
        problems.push(format!("and {more} more such problems"));
    }
    problems
}

/// A generation's number that can be one.
pub(super) fn generation(number: u64) -> Result<u32, String> {
    let fits = u32::try_from(number).ok().filter(|number| (1..=MAX_GENERATION).contains(number));
    fits.ok_or_else(|| format!("{number} is no generation: they count from 1"))
}

/// The lifetime between two instants. Less than a minute is a minute here, as it is for what the platform answers.
pub(super) fn lifetime(created_at: Timestamp, expires_at: Option<Timestamp>) -> Result<Lifetime, String> {
    let Some(expires_at) = expires_at else { return Ok(Lifetime::Permanent) };
    let seconds = expires_at.as_second() - created_at.as_second();
    let most = i64::from(ExpireSeconds::MAX.get());
    if seconds <= 0 {
        return Err(format!(
            "it dies on {}, before it was made ({})",
            minute_text(expires_at),
            minute_text(created_at)
        ));
    }
    // The ticket's clock and the table's need not agree to the second.
    if seconds > most + SKEW.as_secs() {
        return Err(format!("it dies on {}, more than 30 d after it was made", minute_text(expires_at)));
    }
    let seconds = u64::try_from(seconds.min(most)).unwrap_or_default();
    Ok(Lifetime::Temporary(ExpireSeconds::new(seconds).unwrap_or(ExpireSeconds::MIN)))
}

/// Refuses what was made in the future: it would never come due.
pub(super) fn check_past(created_at: Timestamp, now: Timestamp) -> Result<(), String> {
    if created_at.duration_since(now) > SKEW {
        return Err(format!("it was made on {}, which is yet to come", minute_text(created_at)));
    }
    Ok(())
}
