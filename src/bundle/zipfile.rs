//! A bundle that is opened for reading: its directory is read and bounded, nothing else is believed yet.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use crate::fsio::FsError;
use crate::model::{Digest, Hasher, excerpt};

use super::layout::{self, Entry};
use super::manifest::{self, Manifest, Unread};
use super::{BundleError, MANIFEST_JSON, MAX_CODES, MAX_MANIFEST_BYTES};

/// Entries beside the pictures.
const OTHER_ENTRIES: usize = 6;
/// The most bytes of a directory: that of the most entries with the longest names.
const MAX_DIRECTORY_BYTES: u64 = 64 << 20;
const REPACKED: &str = "it was packed again by another program";

/// A zip whose directory was read.
pub(super) struct Opened {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
}

impl Opened {
    /// Opens a file, looks whether it ends as a bundle does, and only then lets its directory be read: a hostile
    /// file can ask for neither much memory nor much time.
    pub(super) fn open(path: &Path) -> Result<Self, BundleError> {
        let cannot_read = |source| FsError::new("read", path, source);
        let bad = |message: String| BundleError::NotABundle { path: path.to_owned(), message };
        // Asked before it is opened: opening a pipe would wait for whoever writes into it.
        let metadata = path.metadata().map_err(cannot_read)?;
        if !metadata.is_file() {
            return Err(bad("it is no file".to_owned()));
        }
        let mut file = File::open(path).map_err(cannot_read)?;
        let directory = directory(&mut file, metadata.len()).map_err(cannot_read)?;
        let Directory { count, offset, bytes } = directory.ok_or_else(|| {
            bad("it does not end as a bundle does: it was cut short, appended to, packed again, or is no zip".to_owned())
        })?;
        if count > (MAX_CODES + OTHER_ENTRIES) as u64 {
            return Err(bad(format!("it has {count} entries, far more than any bundle")));
        }
        if bytes > MAX_DIRECTORY_BYTES {
            return Err(bad(format!("its directory has {bytes} bytes, far more than any bundle's")));
        }
        file.rewind().map_err(cannot_read)?;
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let archive = ZipArchive::with_config(config, BufReader::new(file))
            .map_err(|_| bad("its directory is damaged".to_owned()))?;
        if archive.has_duplicate_names() {
            let name = duplicate(path, offset, count).map_err(cannot_read)?;
            return Err(bad(format!("two of its entries are called {}", excerpt(&name, 160))));
        }
        let mut claimed = 0u64;
        for index in 0..archive.len() {
            let data =
                archive.by_index_data(index).map_err(|_| bad(format!("entry {} is damaged", index + 1)))?;
            let Ok(name) = std::str::from_utf8(data.name_raw()) else {
                return Err(bad(format!("{REPACKED}: a name in it is not UTF-8")));
            };
            if data.compression() != CompressionMethod::Stored || data.encrypted() {
                let how = if data.encrypted() { "encrypted" } else { "compressed" };
                let name = excerpt(name, 60);
                return Err(bad(format!("{REPACKED}: {name} is {how}. Use the bundle as it was handed out")));
            }
            claimed = claimed.saturating_add(data.size().max(data.compressed_size()));
        }
        // Entries that lie over one another would be read as often as there are of them.
        if claimed > metadata.len() {
            return Err(bad(format!("its entries claim {claimed} bytes, more than the file has")));
        }
        Ok(Self { path: path.to_owned(), archive })
    }

    /// How many entries it has.
    pub(super) fn len(&self) -> usize {
        self.archive.len()
    }

    /// An entry by its position in the directory; an empty one if there is none.
    pub(super) fn entry(&self, position: usize) -> Entry {
        self.archive.by_index_data(position).map_or_else(
            |_| Entry::default(),
            |data| Entry {
                name: String::from_utf8_lossy(data.name_raw()).into_owned(),
                size: data.size(),
                crc32: data.crc32(),
            },
        )
    }

    /// Where the first byte is that is no entry's and not as [`super::write()`] writes it.
    pub(super) fn difference(&self, time: zip::DateTime) -> Result<Option<String>, BundleError> {
        let cannot_read = |source| FsError::new("read", &self.path, source);
        let mut raw = File::open(&self.path).map(BufReader::new).map_err(cannot_read)?;
        layout::difference(&mut raw, self.len(), |position| self.entry(position), time)
            .map_err(|source| cannot_read(source).into())
    }

    /// Where an entry is in the directory.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.archive.index_for_name(name)
    }

    /// An entry's bytes, which have the checksum the directory states. The error says what is wrong.
    pub(super) fn read(&mut self, index: usize, limit: u64) -> Result<Vec<u8>, String> {
        let size = self.entry(index).size;
        if size > limit {
            return Err(format!("has {size} bytes; at most {limit} are allowed"));
        }
        let mut bytes = Vec::new();
        let mut entry = self.archive.by_index(index).map_err(|error| zip_fault(&error))?;
        bytes.reserve_exact(usize::try_from(size.min(1 << 24)).unwrap_or_default());
        entry.read_to_end(&mut bytes).map_err(|error| data_fault(&error))?;
        if bytes.len() as u64 == size { Ok(bytes) } else { Err("was cut short".to_owned()) }
    }

    /// An entry's bytes piece by piece. The last one is an error if they do not have the checksum the directory states.
    pub(super) fn stream(&mut self, index: usize, limit: u64) -> Result<impl Read + '_, String> {
        let size = self.entry(index).size;
        if size > limit {
            return Err(format!("has {size} bytes; at most {limit} are allowed"));
        }
        self.archive.by_index(index).map_err(|error| zip_fault(&error))
    }

    /// The SHA-256 of an entry's bytes, without holding them.
    pub(super) fn digest(&mut self, index: usize) -> Result<Digest, String> {
        let mut hasher = Hasher::default();
        let mut entry = self.stream(index, u64::MAX)?;
        io::copy(&mut entry, &mut hasher).map_err(|error| data_fault(&error))?;
        Ok(hasher.finish())
    }

    /// `manifest.json`.
    pub(super) fn manifest(&mut self) -> Result<Manifest, BundleError> {
        let Some(index) = self.position(MANIFEST_JSON) else {
            return Err(self.bad(&format!("{MANIFEST_JSON} is missing")));
        };
        let read = match self.stream(index, MAX_MANIFEST_BYTES) {
            Ok(text) => manifest::parse(text),
            Err(message) => Err(Unread::Text(message)),
        };
        let unread = match read {
            Ok(manifest) => return Ok(manifest),
            Err(unread) => unread,
        };
        let form = self.stream(index, MAX_MANIFEST_BYTES).ok().and_then(manifest::other_form);
        let message = form.unwrap_or_else(|| match unread {
            Unread::File(error) if error.kind() == io::ErrorKind::FileTooLarge => error.to_string(),
            Unread::File(error) => data_fault(&error),
            Unread::Text(message) => message,
        });
        Err(self.bad(&format!("{MANIFEST_JSON} {message}")))
    }

    /// The error that this file is no bundle.
    pub(super) fn bad(&self, message: &str) -> BundleError {
        BundleError::NotABundle { path: self.path.clone(), message: message.to_owned() }
    }
}

/// Reads `manifest.json` of a bundle without checking the pictures or anything else in it.
pub fn read_manifest(path: &Path) -> Result<Manifest, BundleError> {
    if !path.exists() {
        return Err(BundleError::NoFile(path.to_owned()));
    }
    Opened::open(path)?.manifest()
}

/// What is wrong with an entry that cannot be opened, in our words.
fn zip_fault(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) => data_fault(error),
        _ => "is damaged: its header is not an entry's".to_owned(),
    }
}

/// What is wrong with an entry whose data cannot be read, in our words; only a disk's own error is quoted.
pub(super) fn data_fault(error: &io::Error) -> String {
    if error.raw_os_error().is_some() {
        format!("cannot be read: {error}")
    } else if error.kind() == io::ErrorKind::UnexpectedEof {
        "is cut short".to_owned()
    } else {
        "is damaged: its data does not match its checksum".to_owned()
    }
}

/// The first name that a second entry has as well.
fn duplicate(path: &Path, offset: u64, count: u64) -> io::Result<String> {
    let mut file = BufReader::new(File::open(path)?);
    file.seek(SeekFrom::Start(offset))?;
    let mut names = HashSet::new();
    for _ in 0..count {
        let mut head = [0; 46];
        file.read_exact(&mut head)?;
        let length = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let mut name = vec![0; usize::from(length(28))];
        file.read_exact(&mut name)?;
        file.seek_relative(i64::from(length(30)) + i64::from(length(32)))?;
        let name = String::from_utf8_lossy(&name).into_owned();
        if names.contains(&name) {
            return Ok(name);
        }
        names.insert(name);
    }
    Ok("the same".to_owned())
}

/// Where a zip's directory is.
struct Directory {
    count: u64,
    offset: u64,
    bytes: u64,
}

/// The directory, if the file ends with it and its end record; else `None`.
fn directory(file: &mut File, length: u64) -> io::Result<Option<Directory>> {
    const END: u64 = 22;
    const LOCATOR: u64 = 20;
    const END64: u64 = 56;
    let Some(end_at) = length.checked_sub(END) else { return Ok(None) };
    let end: [u8; 22] = read_at(file, end_at)?;
    if !end.starts_with(b"PK\x05\x06") || end[20..] != [0, 0] {
        return Ok(None);
    }
    let count = u64::from(u16::from_le_bytes([end[10], end[11]]));
    let size = u64::from(u32::from_le_bytes([end[12], end[13], end[14], end[15]]));
    let offset = u64::from(u32::from_le_bytes([end[16], end[17], end[18], end[19]]));
    if let Some(end64_at) = end_at.checked_sub(LOCATOR + END64) {
        let locator: [u8; 20] = read_at(file, end_at - LOCATOR)?;
        if locator.starts_with(b"PK\x06\x07") {
            let end64: [u8; 56] = read_at(file, end64_at)?;
            let field = |at: usize| {
                end64[at..at + 8].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
            };
            let abuts = field(40).checked_add(field(48)) == Some(end64_at);
            let right = end64.starts_with(b"PK\x06\x06")
                && locator[8..16] == end64_at.to_le_bytes()
                && field(24) == field(32)
                && abuts;
            return Ok(right.then(|| Directory { count: field(32), offset: field(48), bytes: field(40) }));
        }
    }
    Ok((offset + size == end_at).then_some(Directory { count, offset, bytes: size }))
}

fn read_at<const N: usize>(file: &mut File, offset: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
