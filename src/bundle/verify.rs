//! Checking a bundle without ledger or network.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use serde::Serialize;

use crate::model::excerpt;

use super::document::Counts;
use super::faults::{Fault, Faults, read_sums};
use super::layout;
use super::manifest::{Manifest, ManifestCode};
use super::pictures::{self, Job};
use super::readme;
use super::row::{AsRow, Listing, Summary};
use super::table::Table;
use super::write::MANIFEST_EXCEL;
use super::zipfile::{Opened, data_fault, read_manifest};
use super::{BundleError, Header, MANIFEST_CSV, MANIFEST_JSON, MAX_MANIFEST_BYTES, changes, document, sums};

/// Is told how many pictures are verified, of how many.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the bundle says of itself.
    #[serde(flatten)]
    pub header: Header,
    /// How many codes it has and when they expire.
    #[serde(flatten)]
    pub summary: Summary,
    /// How many faults there are in all. A good bundle has none.
    pub fault_count: u64,
    /// The first faults: those of the zip as a whole, then those of its entries in their order.
    pub faults: Vec<Fault>,
}

/// Checks everything a bundle says against everything it holds: the zip's own bytes, the names, `SHA256SUMS`, the
/// manifests against one another, the counts, each ticket if it can be read, and each picture, which is decoded
/// and must carry its url.
///
/// `progress` is told how many pictures of how many are done. An error means that the file could not be read as
/// a bundle at all; [`BundleError::is_bad_bundle`] tells a bad file from a failing disk.
pub fn verify(path: &Path, progress: Progress<'_>) -> Result<Report, BundleError> {
    if !path.exists() {
        return Err(BundleError::NoFile(path.to_owned()));
    }
    if path.is_dir() {
        return Err(BundleError::IsFolder(path.to_owned()));
    }
    let mut opened = Opened::open(path)?;
    let manifest = opened.manifest()?;
    let listing = Listing::new(&manifest.header, &manifest.codes)
        .map_err(|error| opened.bad(&format!("{MANIFEST_JSON}: {error}")))?;
    let mut faults = Faults::default();
    check_zip(&opened, &listing, &mut faults)?;
    check_manifest(&mut opened, &manifest, &listing, &mut faults);
    let jobs = check_names(&opened, &listing, &mut faults);
    let stated = read_sums(&mut opened, &mut faults);
    for name in [changes::FILE_NAME, readme::FILE_NAME, MANIFEST_EXCEL, MANIFEST_CSV, MANIFEST_JSON] {
        let Some(position) = opened.position(name) else { continue };
        match opened.digest(position) {
            Ok(found) => {
                if let Some(message) = stated.difference(position, found) {
                    faults.add(Some(position), name, message);
                }
            }
            Err(message) => {
                faults.add(Some(position), name, message);
                continue;
            }
        }
        let table = match name {
            MANIFEST_EXCEL => Table::People,
            MANIFEST_CSV => Table::Programs,
            _ => continue,
        };
        match first_difference(&mut opened, position, |out| table.write(&listing, out)) {
            Ok(None) => {}
            Ok(Some(line)) => {
                faults.add(Some(position), name, format!("line {line} is not as {MANIFEST_JSON} has it"));
            }
            Err(message) => faults.add(Some(position), name, message),
        }
    }
    pictures::check(opened, &jobs, &stated, &mut faults, progress);

    faults.shorten();
    let Faults { found, count } = faults;
    let faults = found.into_iter().map(|(_, fault)| fault).collect();
    Ok(Report { summary: listing.summary, header: manifest.header.clone(), faults, fault_count: count })
}

/// Verifies a bundle and reads its manifest; a bundle with faults is an error.
pub fn read_good(path: &Path, progress: Progress<'_>) -> Result<Manifest, BundleError> {
    match verify(path, progress)?.fault_count {
        0 => read_manifest(path),
        faults => Err(BundleError::Faulty { path: path.to_owned(), faults }),
    }
}

/// The bytes that are no entry's.
fn check_zip(
    opened: &Opened,
    listing: &Listing<'_, ManifestCode>,
    faults: &mut Faults,
) -> Result<(), BundleError> {
    if let Some(place) = opened.difference(layout::time(listing.summary.newest))? {
        let message =
            format!("{place} is not as it was written: damaged, or packed again by another program");
        faults.add(None, "zip", message);
    }
    if !(0..opened.len()).is_sorted_by_key(|position| opened.entry(position).name) {
        faults.add(None, "zip", "its entries are not sorted by name: packed again by another program");
    }
    Ok(())
}

/// What `manifest.json` says of itself.
fn check_manifest(
    opened: &mut Opened,
    manifest: &Manifest,
    listing: &Listing<'_, ManifestCode>,
    faults: &mut Faults,
) {
    let position = opened.position(MANIFEST_JSON);
    let mut add = |message: String| faults.add(position, MANIFEST_JSON, message);
    let (stated, counted) = (manifest.counts, Counts::from(listing.summary));
    if stated != counted {
        let shown = |counts: Counts| [counts.codes, counts.temporary, counts.permanent];
        add(format!(
            "its counts (codes, temporary, permanent) are {:?}, but it has {:?}",
            shown(stated),
            shown(counted)
        ));
    }
    if manifest.codes.is_empty() {
        add("it has no codes".to_owned());
    }
    if let Some(pair) = manifest.codes.windows(2).find(|pair| pair[0].seq >= pair[1].seq) {
        add(format!("seq {} does not come after seq {}", pair[1].seq, pair[0].seq));
    }
    let mut scenes = HashSet::new();
    let mut urls = HashSet::new();
    for code in &manifest.codes {
        if !scenes.insert(&code.scene) {
            add(format!("scene {} stands in it twice", code.scene));
        }
        if !urls.insert(&code.url) {
            add(format!("scene {} has the url of another scene", code.scene));
        }
        let expected = code.row().image(manifest.header.names);
        if code.image != expected {
            let found = excerpt(&code.image, 160);
            add(format!("the image of seq {} is called `{found}` instead of `{expected}`", code.seq));
        }
    }
    let Some(position) = position else { return };
    match first_difference(opened, position, |out| document::write(listing, out)) {
        Ok(None) => {}
        Ok(Some(line)) => add(format!("line {line} is not as it was written")),
        Err(message) => add(message),
    }
}

/// Every entry is named by the manifest, and everything the manifest names is there. Returns the pictures to check.
fn check_names<'a>(
    opened: &Opened,
    listing: &Listing<'a, ManifestCode>,
    faults: &mut Faults,
) -> Vec<Job<'a>> {
    let mut known = vec![false; opened.len()];
    let mut find = |name: &str, faults: &mut Faults| {
        let position = opened.position(name);
        match position {
            Some(position) => known[position] = true,
            None => faults.add(None, name, "is missing"),
        }
        position
    };
    for name in
        [changes::FILE_NAME, readme::FILE_NAME, sums::FILE_NAME, MANIFEST_EXCEL, MANIFEST_CSV, MANIFEST_JSON]
    {
        find(name, faults);
    }
    let jobs = listing
        .codes
        .iter()
        .filter_map(|code| {
            find(&code.row().image(listing.header.names), faults).map(|position| Job { position, code })
        })
        .collect();
    for position in (0..known.len()).filter(|&position| !known[position]) {
        faults.add(Some(position), &opened.entry(position).name, "is not in the manifest");
    }
    jobs
}

/// The first line, from 1, in which an entry differs from what is rendered. The error says why it cannot be read.
fn first_difference(
    opened: &mut Opened,
    position: usize,
    render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Option<usize>, String> {
    struct Comparing<R> {
        /// `None` once a difference was found or the file could not be read.
        file: Option<BufReader<R>>,
        line: usize,
        fault: Option<io::Error>,
    }
    impl<R: Read> Comparing<R> {
        /// How many of these bytes come next in the file.
        fn pass(&mut self, bytes: &[u8]) -> usize {
            let Some(file) = &mut self.file else { return 0 };
            let held = match file.fill_buf() {
                Ok(held) => held,
                Err(error) => {
                    self.fault = Some(error);
                    return 0;
                }
            };
            let same = bytes.iter().zip(held).take_while(|(a, b)| a == b).count();
            self.line += bytes[..same].split(|byte| *byte == b'\n').count() - 1;
            file.consume(same);
            same
        }
    }
    impl<R: Read> Write for Comparing<R> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.pass(bytes) {
                0 if !bytes.is_empty() => {
                    self.file = None;
                    Err(io::Error::other("differs"))
                }
                same => Ok(same),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let file = BufReader::with_capacity(1 << 16, opened.stream(position, MAX_MANIFEST_BYTES)?);
    let mut comparing = Comparing { file: Some(file), line: 1, fault: None };
    let rendered = render(&mut comparing);
    let Comparing { file, line, fault } = comparing;
    let rest = file.map_or(Ok(true), |mut file| file.fill_buf().map(|rest| !rest.is_empty()));
    match (fault, rest) {
        (Some(error), _) | (None, Err(error)) => Err(data_fault(&error)),
        (None, Ok(more)) => Ok((rendered.is_err() || more).then_some(line)),
    }
}
