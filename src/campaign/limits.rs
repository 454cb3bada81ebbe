//! `limits` of a campaign file.

use super::fields::Reader;
use super::keys::{Key, Scope};
use super::tree::{Node, Value};
use crate::model::{Limit, Limits, Mistake, in_ticks};
use crate::table::is_plain_integer;

/// Reads the limits. Those that are not there or wrong are the default ones.
pub(super) fn limits(reader: &mut Reader<'_>, node: &Node<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(fields) = reader.fields(node, "`limits`", Scope::Limits) else { return limits };
    let mut limit = |name: &str, default| reader.stated(&fields, name, limit).value().unwrap_or(default);
    limits.reissue = limit("reissue", limits.reissue);
    limits.retire = limit("retire", limits.retire);
    limits.relabel = limit("relabel", limits.relabel);
    limits
}

/// Reads `50` or `5%`.
fn limit(reader: &mut Reader<'_>, key: &Key, node: &Node<'_>) -> Option<Limit> {
    let written = match &node.value {
        Value::Text(text) => text.trim(),
        _ => node.written(reader.text),
    };
    let is_number = |text: &str| text == "0" || is_plain_integer(text);
    let limit = match (&node.value, written.strip_suffix('%').map(str::trim)) {
        (Value::Text(_), Some(percent)) if is_number(percent) => {
            percent.parse().ok().filter(|percent| *percent <= 100).map(Limit::Percent)
        }
        (Value::Number, None) if is_number(written) => written.parse().ok().map(Limit::Codes),
        _ => None,
    };
    let limit = limit.ok_or_else(|| {
        let what = match &node.value {
            Value::Text(_) | Value::Number => in_ticks(written),
            _ => node.description().to_owned(),
        };
        let help = format!("a number of codes or a percentage: {0}: 50, or {0}: 5%", key.name);
        Mistake::new("bad-limit", format!("{what} is no limit")).help(help)
    });
    reader.checked(node, limit)
}
