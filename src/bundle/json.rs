//! `manifest.json` as it is written: one code a line, so that it reads and compares well.

use std::io::{self, Write};

use crate::model::rfc3339;

use super::FORMAT;
use super::row::{AsRow, Listing, Row};

/// Writes the whole file.
pub(super) fn write<T: AsRow>(listing: &Listing<'_, T>, out: &mut dyn Write) -> io::Result<()> {
    let (header, summary) = (listing.header, listing.summary);
    write!(out, "{{\n  \"bundle_format\": {FORMAT},\n  \"campaign\": ")?;
    string(out, header.campaign.as_str())?;
    write!(out, ",\n  \"account\": ")?;
    string(out, header.account.as_str())?;
    write!(out, ",\n  \"appid\": ")?;
    string(out, header.appid.as_str())?;
    write!(out, ",\n  \"revision\": {},\n", header.revision)?;
    // The marks are there only where they hold, so that nobody has to look for a `false`.
    if header.kind.emulator {
        writeln!(out, "  \"not_for_print\": true,")?;
    }
    if header.kind.partial {
        writeln!(out, "  \"partial\": true,")?;
    }
    if let Some(medium) = header.declared.as_str() {
        writeln!(out, "  \"medium\": \"{medium}\",")?;
    }
    if let Some(until) = header.until {
        writeln!(out, "  \"until\": \"{until}\",")?;
    }
    writeln!(
        out,
        "  \"counts\": {{\"codes\": {}, \"temporary\": {}, \"permanent\": {}}},\n  \"codes\": [",
        summary.codes, summary.temporary, summary.permanent
    )?;
    let mut separator = "";
    for row in listing.rows() {
        write!(out, "{separator}    ")?;
        code(out, &row, listing)?;
        separator = ",\n";
    }
    write!(out, "\n  ]\n}}\n")
}

fn code<T: AsRow>(out: &mut dyn Write, row: &Row<'_>, listing: &Listing<'_, T>) -> io::Result<()> {
    write!(out, "{{\"seq\": {}, \"scene\": ", row.seq)?;
    string(out, &row.scene.to_string())?;
    write!(out, ", \"scene_type\": \"{}\", \"channel\": ", row.scene.scene_type())?;
    string(out, row.labels.channel.as_str())?;
    write!(out, ", \"tags\": [")?;
    let mut separator = "";
    for tag in row.labels.tags.iter() {
        write!(out, "{separator}")?;
        string(out, tag.as_str())?;
        separator = ", ";
    }
    let created_at = rfc3339(row.created_at);
    write!(
        out,
        "], \"lifetime\": \"{}\", \"generation\": {}, \"created_at\": \"{created_at}\", \"expires_at\": ",
        row.lifetime(),
        row.generation
    )?;
    match row.expires_at {
        Some(at) => write!(out, "\"{}\"", rfc3339(at))?,
        None => write!(out, "null")?,
    }
    write!(out, ", \"url\": ")?;
    string(out, row.url)?;
    write!(out, ", \"ticket\": ")?;
    string(out, row.ticket.as_str())?;
    write!(out, ", \"image\": ")?;
    string(out, &row.image())?;
    write!(out, ", \"image_sha256\": \"{}\"", row.picture)?;
    match row.medium {
        Some(medium) => write!(out, ", \"medium\": \"{}\"", medium.as_str())?,
        None => write!(out, ", \"medium\": null")?,
    }
    for column in &listing.extras {
        write!(out, ", ")?;
        string(out, column)?;
        write!(out, ": ")?;
        string(out, row.extra(column))?;
    }
    write!(out, "}}")
}

fn string(out: &mut dyn Write, text: &str) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::other)
}
