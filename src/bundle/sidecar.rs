//! The `manifest.json` that lies beside a bundle.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::manifest::{Manifest, parse};
use super::{FORMAT, MAX_MANIFEST_BYTES};
use crate::model::CampaignName;

/// What a manifest says before it comes to its codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestHead {
    /// The campaign whose codes these are.
    pub campaign: CampaignName,
    /// Which revision of its bundle it is.
    pub revision: u64,
}

/// In how many bytes that must stand.
const HEAD_BYTES: u64 = 16 << 10;

/// Reads the beginning of a `manifest.json` and no more, however many codes it lists. `None` if there is none, if it is
/// none, or if it is of a form that this program does not know.
pub fn read_manifest_head(path: &Path) -> Option<ManifestHead> {
    #[derive(Deserialize)]
    struct Head {
        bundle_format: u32,
        campaign: String,
        revision: u64,
    }
    // A pipe would wait for a writer for ever.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    File::open(path).ok()?.take(HEAD_BYTES).read_to_end(&mut text).ok()?;
    // Counts and codes are the last members.
    let text = String::from_utf8_lossy(&text);
    let (head, _) = text.split_once("\"counts\"")?;
    let head: Head = serde_json::from_str(&format!("{}}}", head.trim_end().trim_end_matches(','))).ok()?;
    let campaign = CampaignName::new(&head.campaign).ok()?;
    (head.bundle_format == FORMAT).then_some(ManifestHead { campaign, revision: head.revision })
}

/// Reads the whole of a `manifest.json` that lies beside a bundle; `None` as above.
pub fn read_manifest_beside(path: &Path) -> Option<Manifest> {
    // A pipe would wait for a writer for ever.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    parse(File::open(path).ok()?.take(MAX_MANIFEST_BYTES)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsio;

    #[test]
    fn the_head_of_a_manifest_is_told_and_of_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("manifest.json");
        let metro = ManifestHead { campaign: CampaignName::new("metro").expect("a name"), revision: 12 };
        let head = "{\"bundle_format\": 1, \"campaign\": \"metro\", \"account\": \"a\", \"appid\": \"b\", \"revision\": 12";
        let head = format!("{head}, \"counts\"");
        let long = format!("{head}: {{}}, \"codes\": [{}", "x".repeat(1 << 20));
        let far = head.replace("\"a\"", &format!("\"{}\"", "a".repeat(1 << 20)));
        for (text, expected) in [
            (format!("{head}: {{}}, \"codes\": [{{\"seq\": 1}}]}}"), Some(&metro)),
            // What comes behind is not looked at.
            (long, Some(&metro)),
            (format!("{head} then nonsense"), Some(&metro)),
            (far, None),
            (head.replace("\"bundle_format\": 1", "\"bundle_format\": 99"), None),
            (head.replace("12", "-12"), None),
            (head.replace("12", "\"12\""), None),
            (head.replace("metro", "a/b"), None),
            ("{\"bundle_format\": 1, \"counts\": {}}".to_owned(), None),
            ("[]".to_owned(), None),
            (String::new(), None),
        ] {
            fsio::write_atomic(&path, text.as_bytes()).expect("written");
            assert_eq!(read_manifest_head(&path).as_ref(), expected, "{}", text.len());
        }
        assert_eq!(read_manifest_head(folder.path()), None);
        assert_eq!(read_manifest_head(&folder.path().join("nothing")), None);
    }
}
