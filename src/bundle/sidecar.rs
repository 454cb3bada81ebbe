//! The `manifest.json` that lies beside a bundle.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::manifest::{Manifest, parse};
use super::{FORMAT, MAX_MANIFEST_BYTES};
use crate::fsio;
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

/// Reads the beginning of a `manifest.json` and no more, however many codes it lists. `None` where there is none, where it
/// is none, or where it is of a form that this program does not know.
pub fn read_manifest_head(path: &Path) -> Option<ManifestHead> {
    // A pipe would wait for a writer for ever.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let reader = BufReader::with_capacity(1 << 10, File::open(path).ok()?.take(HEAD_BYTES));
    let mut parts = Parts::default();
    // It ends with an error where all is found: nothing behind it is read.
    let _ = parts.deserialize(&mut serde_json::Deserializer::from_reader(reader));
    let Parts { format, campaign, revision } = parts;
    let campaign = CampaignName::new(&campaign?).ok()?;
    (format? == FORMAT).then_some(ManifestHead { campaign, revision: revision? })
}

/// Reads the whole of a `manifest.json` that lies beside a bundle; `None` as above.
pub fn read_manifest_beside(path: &Path) -> Option<Manifest> {
    parse(&fsio::read_limited(path, MAX_MANIFEST_BYTES).ok()?).ok()
}

#[derive(Default)]
struct Parts {
    format: Option<u32>,
    campaign: Option<String>,
    revision: Option<u64>,
}

impl<'de> DeserializeSeed<'de> for &mut Parts {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Parts {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a manifest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(key) = access.next_key::<String>()? {
            match key.as_str() {
                "bundle_format" => self.format = Some(access.next_value()?),
                "campaign" => self.campaign = Some(access.next_value()?),
                "revision" => self.revision = Some(access.next_value()?),
                _ => drop(access.next_value::<IgnoredAny>()?),
            }
            if self.format.is_some() && self.campaign.is_some() && self.revision.is_some() {
                return Err(A::Error::custom("nothing more is needed"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_manifest_is_told_and_of_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("manifest.json");
        let metro = ManifestHead { campaign: CampaignName::new("metro").expect("a name"), revision: 12 };
        let head = "{\"bundle_format\": 1, \"campaign\": \"metro\", \"account\": \"a\", \"appid\": \"b\", \"revision\": 12";
        let long = format!("{head}, \"codes\": [{}", "x".repeat(1 << 20));
        let far = head.replace("\"a\"", &format!("\"{}\"", "a".repeat(1 << 20)));
        for (text, expected) in [
            (format!("{head}}}"), Some(&metro)),
            (format!("{head}, \"counts\": {{}}, \"codes\": [{{\"seq\": 1}}]}}"), Some(&metro)),
            // What comes behind is not looked at.
            (long, Some(&metro)),
            (format!("{head}, then nonsense"), Some(&metro)),
            (far, None),
            (head.replace("\"bundle_format\": 1", "\"bundle_format\": 99"), None),
            (head.replace("12", "-12"), None),
            (head.replace("12", "\"12\""), None),
            (head.replace("metro", "a/b"), None),
            ("{\"bundle_format\": 1}".to_owned(), None),
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
