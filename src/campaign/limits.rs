//! `limits` of a campaign file.

use super::yaml::{Node, Reader, Value};
use crate::model::{Limit, Limits};
use crate::table::{self, Mistake, quoted};

/// The keys of `limits`.
pub(super) const LIMIT_KEYS: [&str; 3] = ["reissue", "retire", "relabel"];

/// The limits that stand in the file, the default ones for the others. What is wrong is reported.
pub(super) fn limits(node: &Node<'_>, reader: &mut Reader<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(fields) = reader.fields(node, "`limits`", &LIMIT_KEYS) else {
        return limits;
    };
    let places =
        [("reissue", &mut limits.reissue), ("retire", &mut limits.retire), ("relabel", &mut limits.relabel)];
    for (key, place) in places {
        if let Some(limit) = fields.get(key).and_then(|node| limit(key, node, reader)) {
            *place = limit;
        }
    }
    limits
}

/// `50` or `5%`
fn limit(key: &str, node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Limit> {
    let written = match &node.value {
        Value::Text(text) => text.trim(),
        _ => node.written(reader.text),
    };
    let is_number = |text: &str| text == "0" || table::is_plain_integer(text);
    let read = match (&node.value, written.strip_suffix('%').map(str::trim)) {
        (Value::Text(_), Some(percent)) if is_number(percent) => {
            percent.parse().ok().filter(|percent| *percent <= 100).map(Limit::Percent)
        }
        (Value::Number, None) if is_number(written) => written.parse().ok().map(Limit::Codes),
        _ => None,
    };
    if read.is_none() {
        let what = match &node.value {
            Value::Text(_) | Value::Number => quoted(written),
            _ => node.description().to_owned(),
        };
        let wrong = Mistake::new("bad-limit", format!("{what} is no limit"));
        reader.wrong(node, wrong.help(format!("a number of codes or a percentage: {key}: 50, or {key}: 5%")));
    }
    read
}
