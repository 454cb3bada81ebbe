//! What `scenepress handoff` prints.

use std::path::Path;

use crate::engine::HandedBundle;
use crate::model::{beijing_date, counted, grouped, verb, visible_path};

/// Which bundle was handed over to whom, in a line.
pub fn handoff_text(path: &Path, handed: &HandedBundle) -> String {
    let handoff = &handed.handoff;
    let (campaign, revision, to) = (&handoff.campaign, handoff.revision, &handoff.to);
    let (path, day) = (visible_path(path), beijing_date(handed.handed_at));
    if !handed.recorded {
        return format!("{path}: was handed to {to} on {day} already; nothing was recorded\n");
    }
    let codes = counted(handed.codes, "code");
    let left_out = match handed.left_out {
        0 => String::new(),
        more => format!(" ({} for screens {} left out)", grouped(more), verb(more, "was", "were")),
    };
    format!("{path}: {codes} of {campaign}, revision {revision}, handed to {to} on {day}{left_out}\n")
}
