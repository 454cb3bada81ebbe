//! A bundle as somebody else's program reads it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{Cursor, Read};
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// The files of a zip.
pub struct Bundle {
    pub sha256: String,
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Bundle {
    pub fn open(path: &Path) -> Self {
        let bytes = super::project::read(path);
        let sha256 = sha256(&bytes);
        let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("a zip");
        let mut files = BTreeMap::new();
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).expect("an entry");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("an entry");
            let name = entry.name().expect("a UTF-8 name").into_owned();
            files.insert(name, content);
        }
        Self { sha256, files }
    }

    pub fn text(&self, name: &str) -> &str {
        std::str::from_utf8(&self.files[name]).expect("UTF-8")
    }

    /// The rows of `manifest.csv`, by column.
    pub fn rows(&self) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_reader(self.files["manifest.csv"].as_slice());
        reader.deserialize().collect::<Result<_, _>>().expect("rows")
    }

    /// One column, row by row.
    pub fn column(&self, name: &str) -> Vec<String> {
        self.rows().into_iter().map(|mut row| row.remove(name).expect("the column")).collect()
    }

    /// The row of a scene.
    pub fn row(&self, scene: &str) -> BTreeMap<String, String> {
        let mut rows = self.rows().into_iter();
        rows.find(|row| row["scene"] == scene).unwrap_or_else(|| panic!("no row of {scene}"))
    }

    pub fn manifest(&self) -> Value {
        let manifest = serde_json::from_slice(&self.files["manifest.json"]).expect("JSON");
        super::schema::assert_valid("manifest", &manifest);
        manifest
    }

    pub fn revision(&self) -> u64 {
        self.manifest()["revision"].as_u64().expect("a number")
    }

    /// Holds every sum of `SHA256SUMS`, and that it names every other file.
    pub fn check_sums(&self) {
        let others = self.files.iter().filter(|(name, _)| *name != "SHA256SUMS");
        let expected: BTreeMap<&str, String> =
            others.map(|(name, content)| (name.as_str(), sha256(content))).collect();
        let sums = self.text("SHA256SUMS").lines().map(|line| line.split_once("  ").expect("two blanks"));
        let found: BTreeMap<&str, String> = sums.map(|(sum, name)| (name, sum.to_owned())).collect();
        assert_eq!(found, expected);
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a picture shows, by a decoder that the program does not use.
pub fn decode(jpeg: &[u8]) -> String {
    let grey = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), grey);
    let pixels = decoder.decode().expect("a JPEG");
    let (width, height) = decoder.dimensions().expect("dimensions");
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code in a picture");
    grids[0].decode().expect("a code").1
}
