//! Bundles: verified pictures and their manifests in one zip that proves itself.
//!
//! [`write()`] makes one from artifacts, [`verify()`] checks one without ledger or network, [`read_manifest`] reads
//! what one says. Its bytes are a function of its contents: entries sorted by name, stored, one fixed mode and
//! one time taken from the newest code, so the same ledger and campaign give the same file anywhere.
//!
//! One `Row` per code is what every manifest is rendered from, when a bundle is written as when it is
//! verified.

mod archive;
mod changes;
mod compare;
mod contents;
mod diff;
mod document;
mod error;
mod faults;
mod header;
mod language;
mod layout;
mod manifest;
mod names;
mod news;
mod pictures;
mod readme;
mod row;
mod sidecar;
mod spreadsheet;
mod sums;
mod table;
#[cfg(test)]
mod tests;
mod verify;
mod write;
mod zipfile;

pub use compare::{ChangedCode, CodeState, Difference, Side, compare, difference_schema};
pub use contents::{Facts, contents_digest};
pub use diff::{Change, ChangeKind, Changes, OnPaper, Since};
pub use document::{DocumentLines, manifest_schema};
pub use error::BundleError;
pub use faults::{Fault, MAX_FAULTS};
pub use header::{Header, Kind, Selection};
pub use manifest::{Manifest, ManifestCode};
pub use news::changes_in_words;
pub use row::{AsRow, COLUMNS, Row, Summary};
pub use sidecar::{ManifestHead, read_manifest_beside, read_manifest_head};
pub use sums::of_file;
pub use verify::{Progress, Report, read_good, verify};
pub use write::{Artifact, MANIFEST_CSV, MANIFEST_JSON, Written, write};
pub use zipfile::read_manifest;

/// The number of the bundle's form. It is in `manifest.json` and in [`contents_digest`]: whoever changes what
/// [`write()`] writes raises it, so that every bundle's revision rises with it.
///
/// A bundle of a newer form is refused by name, and so is one made before the first release, which had the number
/// under another key.
pub const FORMAT: u32 = 1;

/// The most codes a bundle may hold.
pub const MAX_CODES: usize = crate::model::Campaign::MAX_CODES;

/// The most bytes one manifest may have: 192 MiB. It is read piece by piece.
pub const MAX_MANIFEST_BYTES: u64 = 192 << 20;

/// The highest revision that is believed. A campaign that changes every ten minutes gets there after 19 years.
pub const MAX_REVISION: u64 = 1_000_000;
