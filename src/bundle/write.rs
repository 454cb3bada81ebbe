//! Writing a bundle.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use crate::model::{Digest, PictureFacts, Scene, Ticket};
use crate::symbol::{PictureError, VerifiedPicture};

use super::archive::{self, Archive};
use super::contents::Facts;
use super::diff::{self, Changes, Compared};
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
    /// What decides its row. Its generation has a picture.
    pub facts: Facts<'a>,
    /// The generation's ticket.
    pub ticket: Ticket,
    /// What its picture decodes to.
    pub url: String,
}

impl Artifact<'_> {
    /// Of everything a bundle says of the code but its seq, as [`crate::model::BundledCode`] has it.
    pub fn digest(&self) -> Digest {
        let Facts { labels, medium, generation, .. } = self.facts;
        let picture = generation.picture.map(|picture| picture.digest);
        let (created_at, expires_at) = (generation.created_at, generation.expires_at);
        diff::digest(labels, medium, generation.number, created_at, expires_at, &self.url, picture)
    }
}

impl Compared for Artifact<'_> {
    fn seq(&self) -> u64 {
        self.facts.seq
    }

    fn scene(&self) -> &Scene {
        self.facts.scene
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn digest(&self) -> Digest {
        self.digest()
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

/// An artifact whose picture is known.
struct Item<'a> {
    artifact: &'a Artifact<'a>,
    picture: &'a PictureFacts,
}

impl AsRow for Item<'_> {
    fn row(&self) -> Row<'_> {
        let Artifact { facts: Facts { seq, scene, labels, medium, generation }, ticket, url } = self.artifact;
        Row {
            seq: *seq,
            scene,
            labels,
            generation: generation.number,
            created_at: generation.created_at,
            expires_at: generation.expires_at,
            url,
            ticket,
            picture: self.picture.digest,
            medium: *medium,
        }
    }
}

/// Writes `<campaign>.zip`, `manifest.csv` and `manifest.json` into the staging folder, then opens the zip again
/// and compares every byte of it with what was meant.
///
/// The artifacts may come in any order and are sorted by seq. `changes` are those that lead to them. `pictures` is asked for one picture at a time; only
/// one is held. `progress` is told how many pictures are in. Whatever fails, nothing in the staging folder is to
/// be used.
pub fn write(
    header: &Header,
    artifacts: &mut [Artifact<'_>],
    changes: &Changes,
    pictures: &mut dyn FnMut(&Artifact<'_>) -> Result<VerifiedPicture, PictureError>,
    staging: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Written, BundleError> {
    artifacts.sort_by_key(|artifact| artifact.facts.seq);
    let items = checked(header, artifacts)?;
    let listing = Listing::new(header, &items)?;
    let time = layout::time(listing.summary.newest);

    let readme =
        readme::text(&listing, changes, items.iter().map(|item| item.picture.side).min().unwrap_or_default());
    let csv = |out: &mut dyn Write| Table::Programs.write(&listing, out);
    let excel = |out: &mut dyn Write| Table::People.write(&listing, out);
    let json = |out: &mut dyn Write| document::write(&listing, out);
    let news = |out: &mut dyn Write| changes::write(changes, &listing, out);
    // Each manifest is rendered twice, first for its digest and the file beside the zip, then into the zip: that
    // costs less than reading it back, and reading back compares the two.
    let csv_digest = beside(staging, MANIFEST_CSV, csv)?;
    let json_digest = beside(staging, MANIFEST_JSON, json)?;
    let excel_digest = unseen(staging, MANIFEST_EXCEL, excel)?;
    let news_digest = unseen(staging, changes::FILE_NAME, news)?;

    let order = by_name(&items);
    let images =
        || order.iter().map(|&index| &items[index]).map(|item| (item.row().image(), item.picture.digest));
    let before = [(changes::FILE_NAME, news_digest), (readme::FILE_NAME, Digest::of(readme.as_bytes()))];
    let after = [(MANIFEST_EXCEL, excel_digest), (MANIFEST_CSV, csv_digest), (MANIFEST_JSON, json_digest)];
    let owned = |(name, digest): (&str, Digest)| (name.to_owned(), digest);

    let mut zip = Archive::create(staging.join(header.file_name()), time)?;
    zip.stream(changes::FILE_NAME, news)?;
    zip.add(readme::FILE_NAME, readme.as_bytes())?;
    let sums_digest = zip.stream(sums::FILE_NAME, |out| {
        for (name, digest) in before.map(owned).into_iter().chain(images()).chain(after.map(owned)) {
            out.write_all(sums::line(digest, &name).as_bytes())?;
        }
        Ok(())
    })?;
    for (done, item) in (1..).zip(order.iter().map(|&index| &items[index])) {
        let scene = || item.artifact.facts.scene.to_string();
        let picture =
            pictures(item.artifact).map_err(|source| BundleError::Picture { scene: scene(), source })?;
        if picture.facts() != *item.picture {
            return Err(BundleError::OtherPicture { scene: scene() });
        }
        zip.add(&item.row().image(), picture.bytes())?;
        progress(done);
    }
    zip.stream(MANIFEST_EXCEL, excel)?;
    zip.stream(MANIFEST_CSV, csv)?;
    zip.stream(MANIFEST_JSON, json)?;
    let path = zip.finish()?;

    let sums = [(sums::FILE_NAME, sums_digest)];
    let meant = before.into_iter().chain(sums).map(owned).chain(images()).chain(after.map(owned));
    let (digest, bytes) = archive::read_back(&path, time, meant)?;
    Ok(Written { file_name: header.file_name(), digest, bytes })
}

/// What the types cannot hold: there are codes, not too many, each with a picture and a seq of its own.
fn checked<'a>(header: &Header, artifacts: &'a [Artifact<'a>]) -> Result<Vec<Item<'a>>, BundleError> {
    let campaign = || header.campaign.clone();
    if artifacts.is_empty() {
        return Err(BundleError::Empty { campaign: campaign() });
    }
    if artifacts.len() > MAX_CODES {
        return Err(BundleError::TooMany { campaign: campaign(), codes: artifacts.len() });
    }
    if let Some(pair) = artifacts.windows(2).find(|pair| pair[0].facts.seq == pair[1].facts.seq) {
        return Err(BundleError::SameSeq { seq: pair[0].facts.seq });
    }
    let mut urls = HashMap::with_capacity(artifacts.len());
    for artifact in artifacts {
        if let Some(first) = urls.insert(artifact.url.as_str(), artifact.facts.scene) {
            return Err(BundleError::SameUrl {
                first: first.to_string(),
                second: artifact.facts.scene.to_string(),
                url: artifact.url.clone(),
            });
        }
    }
    let item = |artifact: &'a Artifact<'a>| match &artifact.facts.generation.picture {
        Some(picture) => Ok(Item { artifact, picture }),
        None => Err(BundleError::NoPicture { scene: artifact.facts.scene.to_string() }),
    };
    artifacts.iter().map(item).collect()
}

/// The order of the pictures' names, which is that of the seqs as long as all have six digits.
fn by_name(items: &[Item<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    if items.last().is_some_and(|item| item.artifact.facts.seq > 999_999) {
        order.sort_by_cached_key(|&index| items[index].row().image());
    }
    order
}

/// Writes a manifest beside the zip.
fn beside(
    staging: &Path,
    name: &'static str,
    render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Digest, BundleError> {
    let path = staging.join(name);
    let mut file = archive::create(&path)?;
    let (digest, bytes) =
        archive::hashed(&mut file, render).map_err(|source| archive::failed(&path, source))?;
    bounded(name, bytes)?;
    Ok(digest)
}

/// The digest of a file that stands in the zip alone.
fn unseen(
    staging: &Path,
    name: &'static str,
    render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Digest, BundleError> {
    let (digest, bytes) =
        archive::hashed(&mut io::sink(), render).map_err(|source| archive::failed(staging, source))?;
    bounded(name, bytes)?;
    Ok(digest)
}

fn bounded(name: &'static str, bytes: u64) -> Result<(), BundleError> {
    if bytes > MAX_MANIFEST_BYTES { Err(BundleError::ManifestTooLarge { name, bytes }) } else { Ok(()) }
}
