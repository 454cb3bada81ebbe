//! The zip as it is written, and read back at once.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::fsio::FsError;
use crate::model::{Digest, Hasher};

use super::zipfile::Opened;
use super::{BundleError, sums};

/// Creates a file that was not there, for writing.
pub(super) fn create(path: &Path) -> Result<File, BundleError> {
    OpenOptions::new().write(true).create_new(true).open(path).map_err(|source| failed(path, source))
}

/// Something that renders a text.
pub(super) type Render<'a> = &'a dyn Fn(&mut dyn Write) -> io::Result<()>;

/// The error that a file could not be written.
pub(super) fn failed(path: &Path, source: io::Error) -> BundleError {
    FsError::new("write", path, source).into()
}

/// A zip that is being written, entry after entry.
pub(super) struct Archive {
    path: PathBuf,
    zip: ZipWriter<BufWriter<Reported>>,
    options: SimpleFileOptions,
}

impl Archive {
    /// All entries are stored, have the mode 0644 and this time.
    pub(super) fn create(path: PathBuf, time: zip::DateTime) -> Result<Self, BundleError> {
        let zip = ZipWriter::new(BufWriter::with_capacity(
            1 << 18,
            Reported { file: create(&path)?, failed: false },
        ));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .unix_permissions(0o644)
            .last_modified_time(time);
        Ok(Self { path, zip, options })
    }

    /// An entry of bytes at hand.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let started = self.zip.start_file(name, self.options).map_err(plain);
        started.and_then(|()| self.zip.write_all(bytes)).map_err(|source| failed(&self.path, source))
    }

    /// An entry that is rendered into the zip. Returns its SHA-256.
    pub(super) fn stream(&mut self, name: &str, render: Render<'_>) -> Result<Digest, BundleError> {
        let path = &self.path;
        self.zip.start_file(name, self.options).map_err(|error| failed(path, plain(error)))?;
        hashed(&mut self.zip, render).map(|(digest, _)| digest).map_err(|source| failed(path, source))
    }

    /// Writes the directory; the file is whole.
    pub(super) fn finish(self) -> Result<PathBuf, BundleError> {
        let flushed = self.zip.finish().map_err(plain).and_then(|mut file| file.flush());
        flushed.map_err(|source| failed(&self.path, source))?;
        Ok(self.path)
    }
}

/// The disk's own error, if it is one.
fn plain(error: ZipError) -> io::Error {
    if let ZipError::Io(error) = error { error } else { io::Error::other(error) }
}

/// A file that takes everything after the first error, which was handed up and ends the bundle. `ZipWriter` tries to
/// complete what it is dropped with, and writes to stderr itself if that fails.
struct Reported {
    file: File,
    failed: bool,
}

impl Write for Reported {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed {
            return Ok(bytes.len());
        }
        self.file.write(bytes).inspect_err(|error| self.failed = error.kind() != io::ErrorKind::Interrupted)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Reported {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

/// Renders something into a writer. Returns SHA-256 and size of what was written.
pub(super) fn hashed(out: &mut dyn Write, render: Render<'_>) -> io::Result<(Digest, u64)> {
    struct Tee<'a> {
        out: &'a mut dyn Write,
        hasher: Hasher,
        bytes: u64,
    }
    impl Write for Tee<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.out.write_all(bytes)?;
            self.hasher.update(bytes);
            self.bytes += bytes.len() as u64;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.out.flush()
        }
    }
    let tee = Tee { out, hasher: Hasher::default(), bytes: 0 };
    let mut buffered = BufWriter::with_capacity(1 << 16, tee);
    render(&mut buffered)?;
    let tee = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok((tee.hasher.finish(), tee.bytes))
}

/// Opens a finished zip again and compares every byte of it with what was meant: the entries with these names
/// and SHA-256 values, and the bytes between them. Returns the file's own SHA-256 and size.
pub(super) fn read_back(
    path: &Path,
    time: zip::DateTime,
    meant: impl Iterator<Item = (String, Digest)>,
) -> Result<(Digest, u64), BundleError> {
    // Both need the whole file, so they go side by side.
    std::thread::scope(|scope| {
        let whole = scope.spawn(|| sums::of_file(path));
        compare(path, time, meant)?;
        let failed = |source| FsError::new("read", path, source);
        let digest =
            whole.join().map_err(|_| failed(io::Error::other("its digest could not be computed")))??;
        Ok((digest, path.metadata().map_err(failed)?.len()))
    })
}

fn compare(
    path: &Path,
    time: zip::DateTime,
    mut meant: impl Iterator<Item = (String, Digest)>,
) -> Result<(), BundleError> {
    let differs = |message: String| BundleError::ReadBack { path: path.to_owned(), message };
    let mut opened = Opened::open(path).map_err(|error| match error {
        BundleError::NotABundle { message, .. } => differs(message),
        other => other,
    })?;
    if let Some(place) = opened.difference(time)? {
        return Err(differs(place));
    }
    for position in 0..opened.len() {
        let name = opened.entry(position).name;
        let digest = opened.digest(position).map_err(|message| differs(format!("{name} {message}")))?;
        if meant.next().is_none_or(|meant| meant != (name.clone(), digest)) {
            return Err(differs(format!("{name} is not what was meant")));
        }
    }
    match meant.next() {
        Some((name, _)) => Err(differs(format!("{name} is missing"))),
        None => Ok(()),
    }
}
