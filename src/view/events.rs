//! `--events`: what happens, as JSON lines.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Show;
use crate::engine::{Event, Monitor};
use crate::model::{Instant, schema_of};

/// Writes one JSON object a line, each as it happens. After the first write that fails nothing more is written; it is a
/// [`Show::failure`] unless nobody reads any more.
pub struct Events<W> {
    out: Mutex<Out<W>>,
}

enum Out<W> {
    Open(W),
    /// Why it was closed, if that is worth a word.
    Closed(Option<String>),
}

impl<W: Write + Send> Events<W> {
    /// To a writer, in which nothing is kept back.
    pub fn new(out: W) -> Self {
        Self { out: Mutex::new(Out::Open(out)) }
    }
}

impl<W: Write + Send> Monitor for Events<W> {
    fn event(&self, at: Timestamp, event: &Event) {
        // They tell a program nothing.
        if matches!(event, Event::BundleProgress { .. } | Event::Tick) {
            return;
        }
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Out::Open(open) = &mut *out
            && let Err(error) = write(open, &Line { at, event })
        {
            let is_read = error.kind() != io::ErrorKind::BrokenPipe;
            *out = Out::Closed(is_read.then(|| error.to_string()));
        }
    }
}

impl<W: Write + Send> Show for Events<W> {
    fn finish(&self, _at: Timestamp) {}

    fn failure(&self) -> Option<String> {
        match &*self.out.lock().unwrap_or_else(PoisonError::into_inner) {
            Out::Closed(Some(why)) => Some(format!("not all events could be written: {why}")),
            Out::Open(_) | Out::Closed(None) => None,
        }
    }
}

fn write(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    // In one piece, so that a reader never sees half a line for long.
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    out.write_all(&bytes)?;
    out.flush()
}

/// The schema of one line.
pub fn events_schema() -> Schema {
    schema_of::<Line<'_>>()
}

/// Something that happened while a run went on; what it does not have is left out.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "A line that `scenepress run --events` prints", transform = as_one_object)]
struct Line<'a> {
    /// When it happened.
    #[serde(serialize_with = "Instant::write")]
    at: Timestamp,
    #[serde(flatten)]
    event: &'a Event,
}

/// Makes one object of the variants: a line has the members of any event, and of all only two are always there.
fn as_one_object(schema: &mut Schema) {
    let Some(Value::Array(variants)) = schema.remove("oneOf") else { return };
    let (mut members, mut events) = (Map::new(), Vec::new());
    for variant in variants {
        let Value::Object(mut properties) = variant["properties"].clone() else { continue };
        let mut event = properties.remove("event").unwrap_or_default();
        event["description"] = variant["description"].clone();
        events.push(event);
        members.append(&mut properties);
    }
    members.insert("event".to_owned(), json!({ "description": "What happened.", "oneOf": events }));
    members.insert("at".to_owned(), schema.as_value()["properties"]["at"].clone());
    schema.insert("properties".to_owned(), members.into());
    schema.insert("required".to_owned(), json!(["at", "event"]));
}
