//! Whether a ledger is the one that the bundles at hand were made with, and as new as they are.
//!
//! Asked before the platform is asked for anything: with another ledger codes would be issued a second time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::folders::Folders;
use crate::bundle::{self, Header, Kind, Manifest};
use crate::exit::Exit;
use crate::fsio;
use crate::ledger::{Host, LedgerError, LedgerFault, SqliteLedger};
use crate::model::{CampaignName, Digest, shell_word};

/// The exit that a ledger's fault becomes.
pub fn exit_of_ledger(fault: LedgerFault) -> Exit {
    match fault {
        LedgerFault::Place => Exit::Usage, // the remedy is another file
        LedgerFault::Held => Exit::Locked,
        fault if fault.is_refusal() => Exit::Refused,
        _ => Exit::Unexpected,
    }
}

/// Opens a ledger for reading; `None` if there is none and none is required.
pub fn open_ledger(path: &Path, required: bool) -> Result<Option<SqliteLedger>, LedgerError> {
    match SqliteLedger::open_read(path)? {
        None if required => Err(LedgerError::missing(path)),
        Some(ledger) if required && ledger.is_blank()? => Err(LedgerError::blank(path)),
        ledger => Ok(ledger),
    }
}

/// The same, also for a ledger of an older form.
///
/// It is checked before it is migrated: afterwards the version that made it could not read it any more.
pub fn open_ledger_of_any_form(path: &Path, required: bool) -> Result<Option<SqliteLedger>, LedgerError> {
    match open_ledger(path, required) {
        Err(error) if error.kind == LedgerFault::OlderForm => SqliteLedger::open_older(path),
        opened => opened,
    }
}

/// Refuses a ledger that another machine than `host` wrote last.
pub fn check_host(
    path: &Path,
    ledger: Option<&SqliteLedger>,
    host: Option<&Host>,
) -> Result<(), LedgerError> {
    let (Some(ledger), Some(host)) = (ledger, host) else { return Ok(()) };
    match ledger.used_elsewhere(host)? {
        Some(last) => Err(LedgerError::other_host(path, &last)),
        None => Ok(()),
    }
}

/// Why there is no ledger: it was lost if there are bundles beside its place or in the output folder.
pub fn missing_ledger(folders: &Folders, required: bool) -> LedgerError {
    let is_bundle = |folder: &Path, name: &CampaignName| {
        let head = bundle::read_manifest_head(&folder.join(bundle::MANIFEST_JSON));
        head.is_some_and(|head| head.campaign.folded() == name.folded())
            || Kind::file_names(false, name).iter().any(|file| folder.join(file).is_file())
    };
    let beside = folders.ledger.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut names: Vec<CampaignName> = [beside.unwrap_or(Path::new(".")), folders.output.as_path()]
        .into_iter()
        .flat_map(|folder| fsio::file_names(folder).map(|name| (folder.join(&name), name)))
        .filter_map(|(folder, name)| Some((folder, CampaignName::new(name.to_str()?).ok()?)))
        .filter(|(folder, name)| is_bundle(folder, name))
        .map(|(_, name)| name)
        .collect();
    names.sort();
    match (LedgerCheck { folders, names: &names, meets_platform: false }).check(None) {
        Err(lost) => lost,
        Ok(()) if required => LedgerError::missing(&folders.ledger),
        Ok(()) => LedgerError::nothing_issued(&folders.ledger),
    }
}

/// A bundle's file compared with those that a ledger recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Recorded {
    /// It is one of them.
    Same,
    /// The ledger recorded its revision, but with other bytes: somebody changed the file.
    Other,
    /// The ledger knows no such revision of its campaign and account. Partial bundles are not recorded.
    Unknown,
}

/// Compares a bundle's SHA-256 with what a ledger recorded of its revision.
pub fn recorded(ledger: &SqliteLedger, header: &Header, zip: &Digest) -> Result<Recorded, LedgerError> {
    let whose = (&header.appid, &header.campaign);
    let file_name = header.selection.is_none().then(|| header.file_name());
    let known = ledger.recorded(whose, header.revision, file_name.as_deref())?;
    Ok(match known.contains(zip) {
        true => Recorded::Same,
        false if known.is_empty() => Recorded::Unknown,
        false => Recorded::Other,
    })
}

/// A ledger compared with bundles.
#[derive(Debug, Clone, Copy)]
pub struct LedgerCheck<'a> {
    /// The ledger and the bundles.
    pub folders: &'a Folders,
    /// The campaigns whose bundles are looked at: all of the campaigns folder.
    pub names: &'a [CampaignName],
    /// Whether an account in use is the platform's: none of an emulator, or a relay on this machine.
    pub meets_platform: bool,
}

impl LedgerCheck<'_> {
    /// Refuses a ledger that did not make these bundles, or an older copy of the one that did, and one that would mix
    /// an emulator's codes with the platform's.
    ///
    /// Looks beside the ledger and in the output folder for a bundle or manifest of a campaign that the ledger does not
    /// know, or of a later revision than it knows.
    pub fn check(&self, ledger: Option<&SqliteLedger>) -> Result<(), LedgerError> {
        if let Some(ledger) = ledger {
            self.check_origins(ledger)?;
        }
        let known = ledger.map_or(Ok(Vec::new()), SqliteLedger::revisions)?;
        let known: HashMap<String, u64> =
            known.into_iter().map(|(name, revision)| (name.folded(), revision)).collect();
        let mut unknown = self.names.iter().filter(|name| !known.contains_key(&name.folded()));
        let path = &self.folders.ledger;
        if let Some(found) = unknown.find_map(|name| self.leftover(name)) {
            return Err(match ledger {
                None => LedgerError::lost(&found, path, &self.import_command(&found)),
                Some(_) => LedgerError::other(&found, path),
            });
        }
        let Some(ledger) = ledger else { return Ok(()) };
        let places =
            self.names.iter().flat_map(|name| self.bundle_folders(name).map(|folder| (name, folder)));
        for (name, folder) in places {
            let known = known.get(&name.folded()).copied().unwrap_or_default();
            let Some((found, Manifest { header, codes, .. })) = later(name, known, &folder) else {
                continue;
            };
            let issues: Vec<_> =
                codes.iter().map(|code| (&code.scene, code.generation, code.url.as_str())).collect();
            let revision = header.revision;
            // A run puts a bundle in its place and then records it. One that is killed in between leaves a bundle that is
            // one revision ahead, with codes that the ledger knows all the same. The next run makes it again.
            if revision == known.saturating_add(1) && ledger.unknown(&header.appid, &issues)? == 0 {
                continue;
            }
            let import = self.import_command(&found);
            return Err(LedgerError::old(&found, revision, path, known, &import));
        }
        Ok(())
    }

    /// Keeps the emulator's codes and the platform's in ledgers of their own.
    fn check_origins(&self, ledger: &SqliteLedger) -> Result<(), LedgerError> {
        let origins = ledger.origins()?;
        if self.meets_platform && origins.emulator {
            return Err(LedgerError::of_emulator(&self.folders.ledger));
        }
        if self.folders.emulator && origins.platform {
            return Err(LedgerError::of_platform(&self.folders.ledger));
        }
        Ok(())
    }

    /// Where bundles of a campaign may lie.
    fn bundle_folders(&self, name: &CampaignName) -> [PathBuf; 2] {
        let beside = self.folders.ledger.parent().unwrap_or(Path::new(""));
        [self.folders.campaign(name), beside.join(name.as_str())]
    }

    /// A file that only a run leaves.
    fn leftover(&self, name: &CampaignName) -> Option<PathBuf> {
        let [zip, emulated] = Kind::file_names(false, name);
        let files = [zip.as_str(), &emulated, bundle::MANIFEST_JSON, bundle::MANIFEST_CSV];
        let folders = self.bundle_folders(name).into_iter();
        let mut paths = folders.flat_map(|folder| files.map(|file| folder.join(file)));
        paths.find(|path| path.exists())
    }

    /// The command that has the ledger learn from all the bundles that lie as this one does.
    fn import_command(&self, found: &Path) -> String {
        let word = |path: &Path| shell_word(&path.to_string_lossy());
        let folder = found.parent().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        let mut command = "scenepress ledger import".to_owned();
        if self.folders.emulator {
            command += " --emulator";
        }
        if !self.folders.is_usual_ledger {
            command += &format!(" --ledger {}", word(&self.folders.ledger));
        }
        format!("{command} {}/*/*.zip", word(folder.unwrap_or(Path::new("."))))
    }
}

/// The bundle in a folder that is of a later revision than `known`, and what it says.
///
/// If the zip cannot be read, the manifest beside it counts. If neither can be read, the bundle is not current, and
/// nothing is said here.
fn later(name: &CampaignName, known: u64, folder: &Path) -> Option<(PathBuf, Manifest)> {
    let beside = folder.join(bundle::MANIFEST_JSON);
    // Of most campaigns no more than the head is ever read.
    let head = bundle::read_manifest_head(&beside)?;
    if head.revision <= known {
        return None;
    }
    let zips = Kind::file_names(false, name).map(|file| folder.join(file));
    let mut manifests = zips.into_iter().filter_map(|zip| bundle::read_manifest(&zip).ok().zip(Some(zip)));
    let (manifest, found) = match manifests.next() {
        Some(read) => read,
        None => (bundle::read_manifest_beside(&beside)?, beside),
    };
    let header = &manifest.header;
    let is_its =
        header.campaign.folded() == name.folded() && !header.kind.partial && header.selection.is_none();
    (is_its && header.revision > known).then_some((found, manifest))
}
