//! What an import reads: bundles and tables, as codes to adopt.

use std::cmp::Reverse;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::bundle::{self, AsRow, BundleError, Header, Manifest, ManifestCode};
use crate::fsio::{self, FsError};
use crate::ledger::{
    Adopted, AdoptedBundle, BundleRecord, ImportError, Origins, TableDefaults, adopted_from_table,
    adopted_generation, adopted_lifetime, shortened,
};
use crate::model::{AppId, Extras, counted, grouped, is_emulators, visible, visible_path};

/// The most issues that one import adopts.
const MAX_ISSUES: usize = 400_000;

/// Files to import, told apart.
#[derive(Debug, Default)]
pub struct ImportFiles {
    /// Bundles.
    pub bundles: Vec<PathBuf>,
    /// Tables of tickets.
    pub tables: Vec<PathBuf>,
}

/// Everything that the files of one import hold.
#[derive(Debug, Default)]
pub struct ImportSource {
    /// The codes. If several files state a code, the labels of the first one count.
    pub codes: Vec<Adopted>,
    /// The bundles, for their revisions.
    pub bundles: Vec<AdoptedBundle>,
    /// Zips that hold a selection of a bundle's codes: the bundle itself is to be imported.
    pub passed_over: Vec<PathBuf>,
}

/// Why files cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum UnfitFile {
    /// It is none that can be imported here.
    #[error("{0}")]
    Unusable(String),
    /// A bundle with faults.
    #[error("{0}: nothing was imported")]
    BadBundle(String),
    /// A bundle that cannot be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A file that cannot be read.
    #[error(transparent)]
    File(#[from] FsError),
    /// What it holds cannot be adopted.
    #[error(transparent)]
    Codes(#[from] ImportError),
}

impl ImportFiles {
    /// Tells bundles and tables apart by how they begin.
    pub fn sort(paths: &[PathBuf]) -> Result<Self, UnfitFile> {
        let mut files = Self::default();
        for path in paths {
            if is_bundle(path)? {
                files.bundles.push(path.clone());
            } else {
                files.tables.push(path.clone());
            }
        }
        Ok(files)
    }

    /// Reads all files. Bundles are verified first; the newest one comes first, then the tables.
    pub fn read(&self, defaults: &TableDefaults) -> Result<ImportSource, UnfitFile> {
        let (mut bundles, mut passed_over) = (Vec::new(), Vec::new());
        for path in &self.bundles {
            match read_bundle(path, defaults.now)? {
                Some(bundle) => bundles.push(bundle),
                None => passed_over.push(path.clone()),
            }
        }
        bundles.sort_by_key(|(codes, bundle)| {
            let newest = codes.iter().map(|code| code.created_at).max();
            Reverse((newest, bundle.as_ref().map_or(0, |bundle| bundle.record.revision)))
        });
        let mut source = ImportSource { passed_over, ..ImportSource::default() };
        for (codes, bundle) in bundles {
            source.codes.extend(codes);
            source.bundles.extend(bundle);
        }
        let mut problems = Vec::new();
        for path in &self.tables {
            match adopted_from_table(path, defaults) {
                Ok(codes) => source.codes.extend(codes),
                Err(ImportError::Problems(found)) => problems.extend(found),
                Err(error) => return Err(error.into()),
            }
        }
        if source.codes.len() > MAX_ISSUES {
            let most = grouped(MAX_ISSUES as u64);
            return Err(UnfitFile::Unusable(format!(
                "the files hold more than {most} issues of codes: import them in several calls"
            )));
        }
        if problems.is_empty() { Ok(source) } else { Err(ImportError::Problems(problems).into()) }
    }
}

fn is_bundle(path: &Path) -> Result<bool, UnfitFile> {
    let file = visible_path(path);
    if !path.exists() {
        return Err(UnfitFile::Unusable(format!("there is no file {file}")));
    }
    if !path.is_file() {
        return Err(UnfitFile::Unusable(format!("{file} is no file: name bundles and tables")));
    }
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(16).read_to_end(&mut head))
        .map_err(|source| FsError::new("read", path, source))?;
    if head.starts_with(b"SQLite format 3") {
        return Err(UnfitFile::Unusable(format!(
            "{file} is a database: to restore a backup of the ledger, copy it to the ledger's place while no run is \
             under way"
        )));
    }
    let is_zip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    Ok(is_zip || head.starts_with(b"PK"))
}

/// The codes of a bundle, and its revision if it has one of its own.
type ReadBundle = (Vec<Adopted>, Option<AdoptedBundle>);

/// Verifies and reads a bundle. A partial one has no revision of its own, so only its codes are adopted. `None` for a
/// selection of a bundle's codes.
fn read_bundle(path: &Path, now: Timestamp) -> Result<Option<ReadBundle>, UnfitFile> {
    let file = visible_path(path);
    let report = bundle::verify(path, &mut |_, _| {})?;
    if report.fault_count > 0 {
        let first =
            report.faults.first().map(|fault| format!("{}: {}", fault.entry, visible(&fault.message)));
        return Err(UnfitFile::BadBundle(format!(
            "{file} is BAD, {}; the first is {}; `scenepress verify` shows all",
            counted(report.fault_count, "fault"),
            first.unwrap_or_default()
        )));
    }
    if report.header.selection.is_some() {
        return Ok(None);
    }
    let Manifest { header, codes, .. } = bundle::read_manifest(path)?;
    let pieces = codes.iter().map(|code| code.row().bundled(header.names)).collect();
    let (mut adopted, mut problems) = (Vec::with_capacity(codes.len()), Vec::new());
    for code in codes {
        let place = format!("{file}: seq {} (scene {})", code.seq, code.scene);
        match adopt(code, &header, place.clone(), now) {
            Ok(code) => adopted.push(code),
            Err(message) => problems.push(format!("{place}: {message}")),
        }
    }
    if !problems.is_empty() {
        return Err(ImportError::Problems(shortened(problems, "problems")).into());
    }
    let zip = bundle::of_file(path)?;
    let facts = fsio::file_facts(path).filter(|_| !header.kind.partial);
    let bundle = facts.map(|facts| {
        let record = BundleRecord {
            revision: header.revision,
            // No bundle that will be packed has this digest, so that the next one has the next revision.
            contents: zip,
            zip,
            bytes: facts.bytes,
            modified_at: facts.modified_at,
            handoffs: 0,
            names: header.names,
            file_name: header.file_name(),
        };
        AdoptedBundle { campaign: header.campaign.clone(), appid: header.appid.clone(), record, pieces }
    });
    Ok(Some((adopted, bundle)))
}

impl ImportSource {
    /// Whether an emulator made some of the codes, and the platform others.
    pub fn origins(&self) -> Origins {
        let emulator = self.codes.iter().any(|code| is_emulators(&code.url));
        Origins { emulator, platform: self.codes.iter().any(|code| !is_emulators(&code.url)) }
    }

    /// Keeps an emulator's codes and real ones in ledgers of their own.
    ///
    /// `takes_emulators` says of an appid whether codes of an emulator may be adopted for it.
    pub fn check_origins(
        &self,
        emulator: bool,
        takes_emulators: impl Fn(&AppId) -> bool,
    ) -> Result<(), UnfitFile> {
        let is_real = |code: &&Adopted| !is_emulators(&code.url);
        let mut emulated = self.codes.iter().filter(|code| !is_real(code));
        let wrong = if emulator {
            self.codes.iter().find(is_real).map(|code| {
                format!(
                    "{}: a real code, which the emulator's ledger has no use for: leave --emulator out",
                    code.place
                )
            })
        } else {
            emulated.find(|code| !takes_emulators(&code.appid)).map(|code| {
                format!(
                    "{}: an emulator made this code, which leads nowhere: import it with --emulator, or for an account \
                     whose api_url is on this machine",
                    code.place
                )
            })
        };
        wrong.map_or(Ok(()), |message| Err(UnfitFile::Unusable(message)))
    }
}

fn adopt(mut code: ManifestCode, header: &Header, place: String, now: Timestamp) -> Result<Adopted, String> {
    // A manifest has every column for every code. A code with nothing in any of them most likely stood in no table,
    // and the next run must not take it for relabelled. If it stood in one, that run relabels it, which costs no call.
    if code.labels.extras.iter().all(|(_, value)| value.is_empty()) {
        code.labels.extras = Extras::none();
    }
    Ok(Adopted {
        place,
        appid: header.appid.clone(),
        campaign: header.campaign.clone(),
        lifetime: adopted_lifetime(code.created_at, code.expires_at, now)?,
        seq: u32::try_from(code.seq).ok(),
        generation: Some(adopted_generation(code.generation.into())?),
        scene: code.scene,
        labels: code.labels,
        created_at: code.created_at,
        expires_at: code.expires_at,
        ticket: code.ticket,
        url: code.url,
        from_table: false,
    })
}
