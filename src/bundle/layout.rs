//! The zip's own bytes, between the entries' data.
//!
//! What is written follows from the entries' names, sizes and checksums alone, so a reader can say of every byte
//! what it must be: nothing can hide before, between or behind the entries, and a bundle that another program
//! packed again is recognised.

use std::io::{self, Read, Seek, SeekFrom};

use crate::model::{beijing_datetime, excerpt};

/// An entry as the zip's directory has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) crc32: u32,
}

/// Version 1.0 of the format is all that stored entries need.
const VERSION: u16 = 10;
/// The upper byte says that the attributes are Unix ones.
const MADE_BY: u16 = 3 << 8 | VERSION;
/// A plain file, `rw-r--r--`.
const ATTRIBUTES: u32 = 0o100_644 << 16;
/// A name in UTF-8: general purpose bit 11.
const UTF8_NAME: u16 = 1 << 11;

/// The zip's time: 2 seconds exact, of no time zone; here the newest code's, at +08:00.
pub(super) fn time(newest: Option<jiff::Timestamp>) -> zip::DateTime {
    let time = beijing_datetime(newest.unwrap_or_default());
    let field = |value: i8| u8::try_from(value).unwrap_or_default();
    u16::try_from(time.year())
        .ok()
        .and_then(|year| {
            let (month, day) = (field(time.month()), field(time.day()));
            let second = field(time.second()) & !1;
            zip::DateTime::from_date_and_time(
                year,
                month,
                day,
                field(time.hour()),
                field(time.minute()),
                second,
            )
            .ok()
        })
        // Outside 1980 to 2107 there is no such time; the format's first instant stands for it.
        .unwrap_or_default()
}

/// Where the first byte differs from what must stand there, and what that place is; `None` if nothing does.
///
/// Entries are asked for twice, in their order, so that none has to be held.
pub(super) fn difference<R: Read + Seek>(
    file: &mut R,
    count: usize,
    entry: impl Fn(usize) -> Entry,
    time: zip::DateTime,
) -> io::Result<Option<String>> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut compare = |offset, expected: &[u8]| compare(file, length, offset, expected);
    let mut offset = 0u64;
    for entry in (0..count).map(&entry) {
        let header = local_header(&entry, time);
        if let Some(at) = compare(offset, &header)? {
            return Ok(Some(format!("byte {at} of the zip (before {})", excerpt(&entry.name, 160))));
        }
        offset = offset.saturating_add(header.len() as u64).saturating_add(entry.size);
    }
    let directory = offset;
    let mut data = 0;
    for entry in (0..count).map(&entry) {
        let header = directory_header(&entry, data, time);
        if let Some(at) = compare(offset, &header)? {
            return Ok(Some(format!("byte {at} of the zip (its directory)")));
        }
        data += local_header(&entry, time).len() as u64 + entry.size;
        offset += header.len() as u64;
    }
    let end = end(count as u64, directory, offset - directory);
    if let Some(at) = compare(offset, &end)? {
        return Ok(Some(format!("byte {at} of the zip (its directory)")));
    }
    offset += end.len() as u64;
    Ok((length != offset).then(|| format!("byte {offset} of the zip (behind its end)")))
}

/// The offset of the first byte that is not the expected one.
fn compare<R: Read + Seek>(
    file: &mut R,
    length: u64,
    offset: u64,
    expected: &[u8],
) -> io::Result<Option<u64>> {
    if offset >= length {
        return Ok(Some(offset)); // a size that is not true, perhaps too large to seek to
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut found = Vec::with_capacity(expected.len());
    file.take(expected.len() as u64).read_to_end(&mut found)?;
    let wrong = (0..expected.len()).find(|&index| found.get(index) != expected.get(index));
    Ok(wrong.map(|index| offset + index as u64))
}

/// The fields that both headers of an entry share.
fn common(entry: &Entry, time: zip::DateTime) -> Vec<u8> {
    let flags = if entry.name.is_ascii() { 0 } else { UTF8_NAME };
    let mut bytes = Vec::with_capacity(26);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(flags.to_le_bytes());
    bytes.extend(0u16.to_le_bytes()); // stored
    bytes.extend(time.timepart().to_le_bytes());
    bytes.extend(time.datepart().to_le_bytes());
    bytes.extend(entry.crc32.to_le_bytes());
    bytes.extend(low32(entry.size).to_le_bytes());
    bytes.extend(low32(entry.size).to_le_bytes());
    bytes.extend(low16(entry.name.len() as u64).to_le_bytes());
    bytes
}

fn local_header(entry: &Entry, time: zip::DateTime) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.extend(common(entry, time));
    bytes.extend(0u16.to_le_bytes()); // no extra field
    bytes.extend(entry.name.as_bytes());
    bytes
}

fn directory_header(entry: &Entry, offset: u64, time: zip::DateTime) -> Vec<u8> {
    let mut extra = Vec::new();
    if offset >= u64::from(u32::MAX) {
        extra.extend(1u16.to_le_bytes()); // zip64
        extra.extend(8u16.to_le_bytes());
        extra.extend(offset.to_le_bytes());
    }
    let mut bytes = b"PK\x01\x02".to_vec();
    bytes.extend(MADE_BY.to_le_bytes());
    bytes.extend(common(entry, time));
    bytes.extend(low16(extra.len() as u64).to_le_bytes());
    bytes.extend([0; 6]); // no comment, first disk, no internal attributes
    bytes.extend(ATTRIBUTES.to_le_bytes());
    bytes.extend(low32(offset).to_le_bytes());
    bytes.extend(entry.name.as_bytes());
    bytes.extend(extra);
    bytes
}

fn end(count: u64, offset: u64, size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let zip64 = needs_zip64(count, offset, size);
    if zip64 {
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44u64.to_le_bytes());
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend([0; 8]); // first disk
        for value in [count, count, size, offset] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07");
        bytes.extend(0u32.to_le_bytes());
        bytes.extend((offset + size).to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
    }
    bytes.extend(b"PK\x05\x06");
    bytes.extend([0; 4]); // first disk
    bytes.extend(low16(count).to_le_bytes());
    bytes.extend(low16(count).to_le_bytes());
    bytes.extend(if zip64 { u32::MAX } else { low32(size) }.to_le_bytes());
    bytes.extend(low32(offset).to_le_bytes());
    bytes.extend(0u16.to_le_bytes()); // no comment
    bytes
}

fn needs_zip64(count: u64, offset: u64, size: u64) -> bool {
    count > u64::from(u16::MAX) || size.max(offset) > u64::from(u32::MAX)
}

/// What does not fit 32 bits is written as their largest value; the zip64 fields have it.
fn low32(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn low16(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}
