//! Labels: the channel, the tags and the further columns of a code. Changing one costs no call.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::{is_invisible, is_joiner};

/// Where a code is placed (渠道): some text without control characters, at most 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(Box<str>);

impl Channel {
    /// The most characters a channel may have.
    pub const MAX_CHARS: usize = 200;

    /// Trims and checks.
    pub fn new(text: &str) -> Result<Self, TextError> {
        checked(text, Self::MAX_CHARS).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A tag: some text without control characters and without `;` (which joins tags in manifests), at most 64
/// characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Box<str>);

impl Tag {
    /// The most characters a tag may have.
    pub const MAX_CHARS: usize = 64;

    /// Trims and checks.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let tag = checked(text, Self::MAX_CHARS)?;
        if tag.contains(';') { Err(TextError::Semicolon) } else { Ok(Self(tag)) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

pub(super) fn checked(text: &str, max_chars: usize) -> Result<Box<str>, TextError> {
    let text = text.trim();
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(TextError::Empty);
    }
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(TextError::Control);
    }
    if let Some(hidden) = text.chars().find(|c| is_invisible(*c) && !is_joiner(*c)) {
        return Err(TextError::Invisible(hidden));
    }
    let chars = text.chars().count();
    if chars > max_chars {
        return Err(TextError::TooLong { chars, max_chars });
    }
    Ok(text.into())
}

/// Why a text cannot be a channel or a tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but what nobody sees.
    #[error("is empty")]
    Empty,
    /// A control character or line separator.
    #[error("holds a control character or a line break")]
    Control,
    /// A character that nobody sees. Joiners and variation selectors are none: emoji and some scripts need them.
    #[error("holds an invisible character, U+{:04X}", u32::from(*.0))]
    Invisible(char),
    /// Too many characters.
    #[error("has {chars} characters; at most {max_chars} are allowed")]
    TooLong {
        /// How many there are.
        chars: usize,
        /// How many there may be.
        max_chars: usize,
    },
    /// A `;` in a tag.
    #[error("holds a `;`, which joins tags in the manifest")]
    Semicolon,
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

    /// The value under a header; empty where there is no such column.
    pub fn get(&self, column: &str) -> &str {
        self.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| value)
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
        assert_eq!(Channel::new("  门店 ").expect("a channel").as_str(), "门店");
        assert_eq!(Channel::new("a\nb"), Err(TextError::Control));
        assert_eq!(Channel::new(" "), Err(TextError::Empty));
        assert_eq!(Tag::new("a;b"), Err(TextError::Semicolon));
        assert_eq!(Channel::new("\u{200b} \u{200d}"), Err(TextError::Empty));
        assert_eq!(Channel::new("a\u{202e}b"), Err(TextError::Invisible('\u{202e}')));
        assert!(Channel::new("👩\u{200d}💻").is_ok());
    }
}
