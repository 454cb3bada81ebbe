//! Revisions: a bundle that is replaced stays beside the new one, under its number.

use std::ffi::OsString;
use std::path::Path;

use crate::bundle::Header;
use crate::fsio::{self, FsError, StagedFolder};
use crate::ledger::BundleRecord;
use crate::model::Hasher;

/// How many revisions stay beside the newest.
const KEPT: usize = 5;

/// Gives the bundle in a campaign's folder its number's name in the folder that is about to take its place: at every
/// moment one of the two folders has it. A file that is not what was recorded (changed, damaged, of a run that was
/// killed before it recorded it) is no revision and is replaced.
pub(super) fn keep(
    staged: &StagedFolder,
    folder: &Path,
    header: &Header,
    record: &BundleRecord,
) -> Result<(), FsError> {
    let path = folder.join(&record.file_name);
    if record.file_name == header.file_name() && is_recorded(&path, record)? {
        staged.keep(&path, &header.kind.revision_name(&header.campaign, record.revision))?;
    }
    Ok(())
}

/// Whether a file is the bundle that was recorded. Its bytes are read if it was written at another time: then it was
/// copied back from a backup, or tampered with.
pub(super) fn is_recorded(path: &Path, record: &BundleRecord) -> Result<bool, FsError> {
    let Some(found) = fsio::file_facts(path).filter(|found| found.bytes == record.bytes) else {
        return Ok(false);
    };
    if found.modified_at == record.modified_at {
        return Ok(true);
    }
    let mut hasher = Hasher::default();
    fsio::read_into(path, &mut hasher)?;
    Ok(hasher.finish() == record.zip)
}

/// Removes the revisions before the last ones. What cannot be removed stays for the next time.
pub(super) fn prune(folder: &Path, header: &Header) {
    let revision = |name: OsString| header.kind.revision_of(&header.campaign, name.to_str()?);
    let mut revisions: Vec<u64> = fsio::file_names(folder).filter_map(revision).collect();
    revisions.retain(|revision| *revision < header.revision);
    revisions.sort_unstable();
    for revision in revisions.into_iter().rev().skip(KEPT) {
        let _ = fsio::remove_file(&folder.join(header.kind.revision_name(&header.campaign, revision)));
    }
}
