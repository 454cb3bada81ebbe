//! Writing a bundle.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use crate::model::{Digest, Ticket};
use crate::symbol::{PictureError, VerifiedPicture};

use super::archive::{self, Archive, Render};
use super::contents::Facts;
use super::diff::Changes;
use super::readme;
use super::row::{AsRow, Listing, Row};
use super::table::Table;
use super::{BundleError, Header, MAX_CODES, MAX_MANIFEST_BYTES, changes, document, layout, sums};

/// The manifest for programs.
pub const MANIFEST_CSV: &str = "manifest.csv";
/// The same as JSON.
pub const MANIFEST_JSON: &str = "manifest.json";
/// The manifest for a double click.
pub(super) const MANIFEST_EXCEL: &str = "manifest-excel.csv";

/// One code that is ready to be bundled.
#[derive(Debug, Clone)]
pub struct Artifact<'a> {
    /// What decides its row.
    pub facts: Facts<'a>,
    /// The generation's ticket.
    pub ticket: Ticket,
    /// What its picture decodes to.
    pub url: String,
}

impl AsRow for Artifact<'_> {
    fn row(&self) -> Row<'_> {
        let Self { facts: Facts { seq, scene, labels, medium, generation, picture }, ticket, url } = self;
        Row {
            seq: *seq,
            scene,
            labels,
            generation: generation.number,
            created_at: generation.created_at,
            expires_at: generation.expires_at,
            url,
            ticket,
            picture: picture.digest,
            medium: *medium,
        }
    }
}

/// A bundle that was written and read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name in the staging folder.
    pub file_name: String,
    /// SHA-256 of the zip.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
}

/// Writes the zip of [`Header::file_name`], `manifest.csv` and `manifest.json` into the staging folder, then opens the zip again
/// and compares every byte of it with what was meant.
///
/// The artifacts may come in any order and are sorted by seq. `changes` are those that lead to them. `pictures` is
/// asked for one picture at a time; only one is held. `progress` is told how many pictures are in. After an error
/// nothing in the staging folder is to be used.
pub fn write(
    header: &Header,
    artifacts: &mut [Artifact<'_>],
    changes: &Changes,
    pictures: &mut dyn FnMut(&Artifact<'_>) -> Result<VerifiedPicture, PictureError>,
    staging: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Written, BundleError> {
    artifacts.sort_by_key(|artifact| artifact.facts.seq);
    let artifacts = &*artifacts;
    check(header, artifacts)?;
    let listing = Listing::new(header, artifacts)?;
    let side = artifacts.iter().map(|artifact| artifact.facts.picture.side).min().unwrap_or_default();
    let readme = readme::text(&listing, changes, side);
    let texts: [(&'static str, Render<'_>); 5] = [
        (changes::FILE_NAME, &|out| changes::write(changes, &listing, out)),
        (readme::FILE_NAME, &|out| out.write_all(readme.as_bytes())),
        (MANIFEST_EXCEL, &|out| Table::People.write(&listing, out)),
        (MANIFEST_CSV, &|out| Table::Programs.write(&listing, out)),
        (MANIFEST_JSON, &|out| document::write(&listing, out)),
    ];
    // Each text is rendered twice, first for its digest and the file beside the zip, then into the zip: that costs
    // less than reading it back, and reading back compares the two.
    let digests =
        texts.iter().map(|(name, render)| Ok(((*name).to_owned(), rendered(staging, name, render)?)));
    let digests: Vec<(String, Digest)> = digests.collect::<Result<_, BundleError>>()?;
    // By name, as all entries are: these two stand before SHA256SUMS and the pictures, the manifests after them.
    let (before, after) = (&texts[..2], &texts[2..]);
    let image = |artifact: &Artifact<'_>| artifact.row().image(header.names);
    let order = by_name(artifacts, image);
    let images =
        || order.iter().map(|&index| (image(&artifacts[index]), artifacts[index].facts.picture.digest));
    let listed = |sums: Option<(String, Digest)>| {
        digests[..2].iter().cloned().chain(sums).chain(images()).chain(digests[2..].iter().cloned())
    };

    let time = layout::time(listing.summary.newest);
    let mut zip = Archive::create(staging.join(header.file_name()), time)?;
    before.iter().try_for_each(|(name, render)| zip.stream(name, render).map(drop))?;
    let sums_digest = zip.stream(sums::FILE_NAME, &|out| {
        listed(None).try_for_each(|(name, digest)| out.write_all(sums::line(digest, &name).as_bytes()))
    })?;
    for (artifact, done) in order.iter().map(|&index| &artifacts[index]).zip(1..) {
        let scene = || artifact.facts.scene.to_string();
        let picture = pictures(artifact).map_err(|source| BundleError::Picture { scene: scene(), source })?;
        if picture.facts() != *artifact.facts.picture {
            return Err(BundleError::Unfit(format!(
                "scene {}: the picture handed in is not the one recorded for its generation",
                scene()
            )));
        }
        zip.add(&image(artifact), picture.bytes())?;
        progress(done);
    }
    after.iter().try_for_each(|(name, render)| zip.stream(name, render).map(drop))?;
    let path = zip.finish()?;

    let sums = (sums::FILE_NAME.to_owned(), sums_digest);
    let (digest, bytes) = archive::read_back(&path, time, listed(Some(sums)))?;
    Ok(Written { file_name: header.file_name(), digest, bytes })
}

/// What the types cannot hold: there are codes, not too many, each with a seq and a url of its own.
fn check(header: &Header, artifacts: &[Artifact<'_>]) -> Result<(), BundleError> {
    let campaign = &header.campaign;
    let unfit = |reason: String| Err(BundleError::Unfit(reason));
    if artifacts.is_empty() {
        return unfit(format!("campaign {campaign} has no codes to bundle"));
    }
    if artifacts.len() > MAX_CODES {
        return unfit(format!(
            "campaign {campaign} has {} codes; a bundle holds at most {MAX_CODES}: split the campaign",
            artifacts.len()
        ));
    }
    let mut urls = HashMap::with_capacity(artifacts.len());
    let mut last = None;
    for Artifact { facts: Facts { seq, scene, .. }, url, .. } in artifacts {
        if last.replace(seq) == Some(seq) {
            return unfit(format!(
                "two codes of the campaign have the same seq {seq}: the ledger is damaged"
            ));
        }
        // Whoever scans either, the platform tells one and the same scene.
        if let Some(first) = urls.insert(url, scene) {
            return unfit(format!(
                "scenes {first} and {scene} have the same url {url}: their pictures are one code"
            ));
        }
    }
    Ok(())
}

/// The order of the pictures' names, which is that of the seqs as long as all have six digits.
fn by_name(artifacts: &[Artifact<'_>], image: impl Fn(&Artifact<'_>) -> String) -> Vec<usize> {
    let mut order: Vec<usize> = (0..artifacts.len()).collect();
    if artifacts.last().is_some_and(|artifact| artifact.facts.seq > 999_999) {
        order.sort_by_cached_key(|&index| image(&artifacts[index]));
    }
    order
}

/// The digest of a text. The manifests for programs are also written beside the zip.
fn rendered(staging: &Path, name: &str, render: Render<'_>) -> Result<Digest, BundleError> {
    let path = staging.join(name);
    let is_beside = [MANIFEST_CSV, MANIFEST_JSON].contains(&name);
    let mut file = is_beside.then(|| archive::create(&path)).transpose()?;
    let mut nowhere = io::sink();
    let out: &mut dyn Write = file.as_mut().map_or(&mut nowhere, |file| file);
    let (digest, bytes) = archive::hashed(out, render).map_err(|source| archive::failed(&path, source))?;
    if bytes > MAX_MANIFEST_BYTES {
        return Err(BundleError::Unfit(format!(
            "{name} would have {bytes} bytes, too many to be verified: split the campaign or drop columns"
        )));
    }
    Ok(digest)
}
