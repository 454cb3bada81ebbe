//! Labels: the channel, the tags and the further columns of a code. Changing one costs no call.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::word::text_type;
use super::{Mistake, is_invisible, is_joiner};

text_type! {
    /// Where a code is placed (渠道): some text without control characters, at most 200 characters.
    Channel(Box<str>)
}

impl Channel {
    /// The most characters a channel may have.
    pub const MAX_CHARS: usize = 200;

    /// Trims and checks.
    pub fn new(text: &str) -> Result<Self, Mistake> {
        checked(text, Self::MAX_CHARS).map(Self)
    }
}

text_type! {
    /// A tag: some text without control characters and without `;`, at most 64 characters.
    Tag(Box<str>)
}

impl Tag {
    /// The most characters a tag may have.
    pub const MAX_CHARS: usize = 64;

    /// Trims and checks.
    pub fn new(text: &str) -> Result<Self, Mistake> {
        let tag = checked(text, Self::MAX_CHARS)?;
        if tag.contains(';') {
            let message = "holds a `;`, which joins tags in the manifest";
            return Err(Mistake::new("semicolon-in-tag", message).help("write two tags"));
        }
        Ok(Self(tag))
    }
}

/// The text, if people can read it. The mistake's message goes after what the text is: "the channel".
pub(super) fn checked(text: &str, max_chars: usize) -> Result<Box<str>, Mistake> {
    let text = text.trim();
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(Mistake::new("empty-text", "is empty").help("write a text that people can read"));
    }
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(Mistake::control().of("holds"));
    }
    if let Some(hidden) = text.chars().find(|c| is_invisible(*c) && !is_joiner(*c)) {
        return Err(Mistake::invisible(hidden).of("holds"));
    }
    match text.chars().count() {
        chars if chars > max_chars => {
            let message = format!("has {chars} characters; at most {max_chars} are allowed");
            Err(Mistake::new("text-too-long", message))
        }
        _ => Ok(text.into()),
    }
}

/// The further columns of a table row: they go unchanged into the manifests, after the known columns.
///
/// The headers are shared by all rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extras {
    columns: Arc<[Box<str>]>,
    values: Box<[Box<str>]>,
}

impl Extras {
    /// None at all.
    pub fn none() -> Self {
        Self { columns: Arc::default(), values: Box::default() }
    }

    /// One value a column. Missing values are empty, surplus ones are dropped.
    pub fn new(columns: Arc<[Box<str>]>, values: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut values: Vec<_> = values.into_iter().take(columns.len()).collect();
        values.resize(columns.len(), Box::from(""));
        Self { columns, values: values.into() }
    }

    /// Pairs of header and value, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().zip(&self.values).map(|(column, value)| (column.as_ref(), value.as_ref()))
    }

    /// The value under a header; empty if there is no such column.
    pub fn get(&self, column: &str) -> &str {
        self.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| value)
    }

    /// How many further columns there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether another code's headers are held in the same place.
    pub fn shares_columns(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.columns, &other.columns)
    }

    /// Whether there are no further columns.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

/// Everything about a code that may change without a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Labels {
    /// Where the code is placed.
    pub channel: Channel,
    /// Tags in the file's order, none twice.
    // Readers share the list among codes with the same tags.
    #[serde(serialize_with = "write_tags")]
    #[schemars(with = "Vec<Tag>")]
    pub tags: Arc<[Tag]>,
    /// Further columns.
    #[serde(skip)]
    pub extras: Extras,
}

fn write_tags<S: Serializer>(tags: &[Tag], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(tags)
}

impl Labels {
    /// The tags joined by `;`, as manifests and the ledger write them.
    pub fn joined_tags(&self) -> String {
        self.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(";")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_trimmed_and_hold_no_line_break() {
        let kind = |text: &str| Channel::new(text).map_err(|mistake| mistake.kind).map(drop);
        assert_eq!(Channel::new("  门店 ").expect("a channel").as_str(), "门店");
        assert_eq!(kind("a\nb"), Err("control-character"));
        assert_eq!(kind(" "), Err("empty-text"));
        assert_eq!(kind(&"店".repeat(201)), Err("text-too-long"));
        assert_eq!(Tag::new("a;b").map_err(|mistake| mistake.kind), Err("semicolon-in-tag"));
        assert_eq!(kind("\u{200b} \u{200d}"), Err("empty-text"));
        assert_eq!(kind("a\u{202e}b"), Err("invisible-character"));
        assert!(Channel::new("👩\u{200d}💻").is_ok());
    }
}
