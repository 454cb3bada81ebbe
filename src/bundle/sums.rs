//! `SHA256SUMS`, as `sha256sum -c` reads it.

use std::path::Path;

use crate::fsio;
use crate::model::{Digest, Hasher};

use super::BundleError;

/// The file's name in the bundle.
pub(super) const FILE_NAME: &str = "SHA256SUMS";

/// One line. The names in a bundle hold no backslash and no line break, which would need escaping.
pub(super) fn line(digest: Digest, name: &str) -> String {
    format!("{digest}  {name}\n")
}

/// Reads a line without its line end back.
pub(super) fn parse(line: &str) -> Option<(Digest, &str)> {
    let (digest, name) = line.split_once("  ")?;
    // Only the lower-case form that `line` writes.
    digest.parse::<Digest>().ok().filter(|read| read.to_string() == digest).map(|digest| (digest, name))
}

/// The SHA-256 of a whole bundle.
pub fn of_file(path: &Path) -> Result<Digest, BundleError> {
    let mut hasher = Hasher::default();
    fsio::read_into(path, &mut hasher)?;
    Ok(hasher.finish())
}
