//! JSON documents, written as they come: fields indented, a list with one entry a line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

use crate::bundle::DocumentLines;

/// Writes a document; lists that are made while they are written are never in memory.
pub(super) fn write(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    document.serialize(&mut Serializer::with_formatter(&mut *out, DocumentLines::default()))?;
    out.write_all(b"\n")?;
    out.flush()
}
