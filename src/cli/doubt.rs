//! Whether the ledger at hand is the one that the bundles at hand were made with, and as new as they are. Asked before
//! anything is asked of the platform: with another one codes would be issued a second time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::args::LedgerArgs;
use super::exit::CliError;
use super::settings::{self, Places};
use crate::bundle::{self, Kind, Manifest};
use crate::fsio;
use crate::ledger::{Host, LedgerRefused, SqliteLedger};
use crate::model::{CampaignName, visible};

/// Where bundles go where nobody says otherwise.
const OUTPUT: &str = "output";

/// The bundles that are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Doubt<'a> {
    /// Where they lie.
    pub places: &'a Places,
    /// Whose they are: every campaign of the folder.
    pub names: &'a [CampaignName],
}

impl Doubt<'_> {
    /// Looks for a sign that this is not the ledger these campaigns were issued with: a bundle or manifest, beside
    /// the ledger or where bundles go, of a campaign that the ledger does not know, or of a later revision than it knows.
    pub fn check(&self, ledger: Option<&SqliteLedger>) -> Result<(), CliError> {
        let known = ledger.map_or(Ok(Vec::new()), SqliteLedger::revisions)?;
        let known: HashMap<String, u64> =
            known.into_iter().map(|(name, revision)| (name.folded(), revision)).collect();
        let unknown = self.names.iter().filter(|name| !known.contains_key(&name.folded()));
        let path = self.places.ledger.clone();
        match (unknown.into_iter().find_map(|name| self.leftover(name)), ledger) {
            (None, None) => Ok(()),
            (None, Some(ledger)) => self.names.iter().try_for_each(|name| {
                let known = known.get(&name.folded()).copied().unwrap_or_default();
                self.check_revision(name, known, ledger)
            }),
            (Some(found), None) => {
                let import = self.import_of(&found);
                Err(LedgerRefused::Lost { found, ledger: path, import }.into())
            }
            (Some(found), Some(_)) => Err(LedgerRefused::Other { found, ledger: path }.into()),
        }
    }

    /// What the bundles are marked as.
    fn kind(&self) -> Kind {
        Kind { partial: false, emulator: self.places.emulator }
    }

    /// Where bundles of a campaign may lie.
    fn folders(&self, name: &CampaignName) -> Vec<PathBuf> {
        let beside = self.places.ledger.parent().unwrap_or(Path::new("")).join(name.as_str());
        let mut folders = vec![self.places.campaign(name), beside];
        folders.dedup();
        folders
    }

    /// A file that only a run leaves.
    fn leftover(&self, name: &CampaignName) -> Option<PathBuf> {
        let zip = self.kind().file_name(name);
        let files = [zip.as_str(), bundle::MANIFEST_JSON, bundle::MANIFEST_CSV];
        let folders = self.folders(name).into_iter();
        let mut paths = folders.flat_map(|folder| files.map(|file| folder.join(file)));
        paths.find(|path| path.exists())
    }

    /// Refuses a ledger that knows no later revision of a campaign than `known` where there is one.
    ///
    /// A run puts a bundle in its place and then records it: one that is killed in between leaves a bundle that is one
    /// revision ahead, with codes that the ledger knows all the same. The next run makes it again.
    fn check_revision(&self, name: &CampaignName, known: u64, ledger: &SqliteLedger) -> Result<(), CliError> {
        for folder in self.folders(name) {
            let Some((found, manifest)) = self.later(name, known, &folder) else { continue };
            let revision = manifest.header.revision;
            let codes = manifest.codes.iter();
            let issues: Vec<_> =
                codes.map(|code| (&code.scene, code.generation, code.url.as_str())).collect();
            if revision == known.saturating_add(1) && ledger.unknown(&manifest.header.appid, &issues)? == 0 {
                continue;
            }
            let import = self.import_of(&found);
            let ledger = self.places.ledger.clone();
            return Err(LedgerRefused::Old { found, folder, revision, known, ledger, import }.into());
        }
        Ok(())
    }

    /// The bundle in a folder that is of a later revision than `known`, and what it says; where the zip cannot be read,
    /// the manifest beside it. Where neither can, nothing is said here: the bundle is not current then.
    fn later(&self, name: &CampaignName, known: u64, folder: &Path) -> Option<(PathBuf, Manifest)> {
        let beside = folder.join(bundle::MANIFEST_JSON);
        // Of most campaigns no more than the head is ever read.
        let head = bundle::read_manifest_head(&beside)?;
        if head.revision <= known {
            return None;
        }
        let kind = self.kind();
        let zip = folder.join(kind.file_name(name));
        let (found, manifest) = match bundle::read_manifest(&zip) {
            Ok(manifest) => (zip, manifest),
            Err(_) => (beside.clone(), bundle::read_manifest_beside(&beside)?),
        };
        let header = &manifest.header;
        let is_its = header.campaign.folded() == name.folded() && header.kind == kind;
        (is_its && header.revision > known).then_some((found, manifest))
    }

    /// The command that has the ledger learn from all the bundles that lie as this one does.
    fn import_of(&self, found: &Path) -> String {
        let folder = found.parent().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        let usual = LedgerArgs { ledger: None, require_ledger: false, emulator: self.places.emulator };
        let usual = settings::ledger_path(&usual, &settings::environment);
        let mut command = "scenepress ledger import".to_owned();
        if self.places.emulator {
            command += " --emulator";
        }
        if usual.ok().as_ref() != Some(&self.places.ledger) {
            command += &format!(" --ledger {}", shell_word(&self.places.ledger));
        }
        format!("{command} {}/*/*.zip", shell_word(folder.unwrap_or(Path::new("."))))
    }
}

/// Refuses a ledger that another machine than `host` wrote last.
pub fn check_host(path: &Path, ledger: Option<&SqliteLedger>, host: Option<&Host>) -> Result<(), CliError> {
    let (Some(ledger), Some(host)) = (ledger, host) else { return Ok(()) };
    match ledger.used_elsewhere(host)? {
        Some(last) => Err(LedgerRefused::OtherHost { ledger: path.to_owned(), last }.into()),
        None => Ok(()),
    }
}

/// That a ledger which is not there got lost: there are bundles beside its place or in the usual folder. For verbs that
/// read no campaign files.
pub fn lost(ledger: &Path, emulator: bool) -> Option<CliError> {
    let output = if emulator { Path::new(OUTPUT).join("emulator") } else { PathBuf::from(OUTPUT) };
    let places = Places { ledger: ledger.to_owned(), pictures: output.join("pictures"), output, emulator };
    let kind = Kind { partial: false, emulator };
    let is_bundle = |folder: &Path, name: &CampaignName| {
        let head = bundle::read_manifest_head(&folder.join(bundle::MANIFEST_JSON));
        head.is_some_and(|head| head.campaign.folded() == name.folded())
            || folder.join(kind.file_name(name)).is_file()
    };
    let beside = ledger.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<CampaignName> = [beside, places.output.as_path()]
        .into_iter()
        .flat_map(|folder| fsio::file_names(folder).map(|name| (folder.join(&name), name)))
        .filter_map(|(folder, name)| Some((folder, CampaignName::new(name.to_str()?).ok()?)))
        .filter(|(folder, name)| is_bundle(folder, name))
        .map(|(_, name)| name)
        .collect();
    names.sort();
    Doubt { places: &places, names: &names }.check(None).err()
}

/// A path as a shell reads it.
fn shell_word(path: &Path) -> String {
    shell_text(&path.to_string_lossy())
}

/// A word of a command as a shell reads it.
pub fn shell_text(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./,:@+=".contains(c);
    let word = if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    };
    visible(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_take_it_apart() {
        for (path, word) in [
            ("output", "output"),
            ("/srv/codes/output", "/srv/codes/output"),
            ("渠道/输出", "渠道/输出"),
            ("my output", "'my output'"),
            ("it's", "'it'\\''s'"),
        ] {
            assert_eq!(shell_word(Path::new(path)), word);
        }
    }
}
