//! How things stand, as a JSON document.

use std::io::{self, Write};

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::document;
use crate::model::schema_of;
use crate::plan::{Overdue, Status};

/// Writes the document.
pub fn status_json(out: &mut dyn Write, status: &Status, overdue: &[Overdue<'_>]) -> io::Result<()> {
    document::write(out, &Document { format: FORMAT, status, overdue })
}

/// The schema of that document.
pub fn status_schema() -> Schema {
    schema_of::<Document<'_>>()
}

/// The version of the document's form.
const FORMAT: u32 = 1;

/// What is live, what dies when, and which bundle is current, stale or missing.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "The state that `scenepress status --format json` prints")]
struct Document<'a> {
    /// The version of the document's form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    #[serde(flatten)]
    status: &'a Status,
    /// What `--max-age` and `--min-left` found.
    overdue: &'a [Overdue<'a>],
}
