//! JSON documents, written as they come: fields indented, a list with one entry a line.

use std::io::{self, Write};

use serde::Serialize;

/// An object that is being written field by field; nothing of it is kept in memory.
pub(super) struct Document<'w> {
    out: &'w mut dyn Write,
    begun: bool,
}

impl<'w> Document<'w> {
    pub(super) fn begin(out: &'w mut dyn Write) -> io::Result<Self> {
        out.write_all(b"{\n")?;
        Ok(Self { out, begun: false })
    }

    fn name(&mut self, name: &str) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            self.out.write_all(b",\n")?;
        }
        write!(self.out, "  \"{name}\": ")
    }

    /// A field in one line.
    pub(super) fn field(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.name(name)?;
        Ok(serde_json::to_writer(&mut *self.out, value)?)
    }

    /// A field that holds a list.
    pub(super) fn list<T: Serialize>(
        &mut self,
        name: &str,
        entries: impl IntoIterator<Item = T>,
    ) -> io::Result<()> {
        self.name(name)?;
        let mut before = "[\n    ";
        let mut any = false;
        for entry in entries {
            self.out.write_all(before.as_bytes())?;
            serde_json::to_writer(&mut *self.out, &entry)?;
            before = ",\n    ";
            any = true;
        }
        self.out.write_all(if any { b"\n  ]" } else { b"[]" })
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.out.write_all(b"\n}\n")?;
        self.out.flush()
    }
}
