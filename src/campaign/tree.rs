//! YAML as a tree in which everything knows its place.
//!
//! One lenient pass: whatever types the values have, the tree is built, so that every problem can be reported
//! and not only the first.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Error, Spanned};

use super::problem::{Findings, Position, Spot, offset};
use crate::model::Mistake;

/// A value with its places.
#[derive(Debug)]
pub(super) struct Node<'s> {
    pub value: Value<'s>,
    /// Where it is used.
    at: Span,
    /// Where it is written: elsewhere for an alias.
    written: Span,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    len: u32,
}

impl From<serde_yaml::Location> for Span {
    fn from(location: serde_yaml::Location) -> Self {
        let span = location.span();
        let number = |value: Option<_>| value.and_then(|v| u32::try_from(v).ok()).unwrap_or_default();
        Self { start: number(span.byte_offset()), len: number(span.byte_len()) }
    }
}

/// What a value is. Numbers are told by the text they are written as.
#[derive(Debug)]
pub(super) enum Value<'s> {
    Null,
    Bool(bool),
    Number,
    Text(Cow<'s, str>),
    Seq(Vec<Node<'s>>),
    Map(Vec<(Node<'s>, Node<'s>)>),
}

impl Node<'_> {
    /// Where it is used: the first byte, and how many there are.
    pub(super) fn bytes(&self) -> (u32, u32) {
        (self.at.start, self.at.len)
    }

    /// The text as it is written, quotes and all.
    pub(super) fn written<'t>(&self, text: &'t str) -> &'t str {
        let start = self.written.start as usize;
        text.get(start..start + self.written.len as usize).unwrap_or_default().trim_end()
    }

    /// The tag before a scalar, such as `!!binary`.
    pub(super) fn tag<'t>(&self, text: &'t str) -> Option<&'t str> {
        // Not further back: many aliases may lead to one scalar behind a long text.
        let start = self.written.start as usize;
        let mut before = text.get(text.floor_char_boundary(start.saturating_sub(200))..start)?;
        loop {
            before = before.trim_end();
            let word = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '[' | '{' | ',')).next()?;
            if !word.starts_with('&') {
                return Some(word).filter(|word| word.starts_with("!!") || word.starts_with("!<"));
            }
            before = &before[..before.len() - word.len()];
        }
    }

    /// Where a comment begins that was probably meant as part of a text without quotes: one blank before the `#` and none
    /// behind it, as in `Shop #3`. An alias is not looked at, only the text that it stands for.
    pub(super) fn cutting_comment(&self, text: &str) -> Option<usize> {
        let written = self.written(text);
        let end = self.written.start as usize + written.len();
        let comment = text.get(end..)?.strip_prefix(" #")?;
        let is_cut = self.at.start == self.written.start
            && !written.is_empty()
            && !written.starts_with(['"', '\''])
            && comment.starts_with(|c: char| !c.is_whitespace() && c != '#');
        is_cut.then_some(end + 1)
    }

    /// The value of a key, if this is a mapping that has it.
    pub(super) fn value_of(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        entries
            .iter()
            .find(|(k, _)| matches!(&k.value, Value::Text(text) if text == key))
            .map(|(_, value)| value)
    }

    /// What it is, in words.
    pub(super) fn description(&self) -> &'static str {
        match self.value {
            Value::Null => "empty",
            Value::Bool(_) => "true or false",
            Value::Number => "a number",
            Value::Text(_) => "a text",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, defined } = Spanned::<Value<'de>>::deserialize(deserializer)?;
        Ok(Self { value, at: referenced.into(), written: defined.into() })
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Number)
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Seq(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            if offset(entries.len()) == u32::MAX {
                return Err(A::Error::custom("too many entries"));
            }
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

/// Parses one document. A text that is no YAML is one problem.
pub(super) fn parse<'s>(text: &'s str, file: u32, findings: &mut Findings) -> Option<Node<'s>> {
    // Room for the scalars of as many codes as a file may have, none for bombs: a campaign file is four levels deep.
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 4_000_000,
            max_nodes: 2_500_000,
            max_depth: 16,
            max_aliases: 200_000,
            max_anchors: 1_000,
            max_recorded_anchor_events: 100_000,
            enforce_alias_anchor_ratio: false,
        },
        duplicate_keys: serde_yaml::DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: serde_yaml::NonFiniteFloatPolicy::PassThrough,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    match serde_yaml::from_str_with_options(text, options) {
        Ok(node) => Some(node),
        Err(error) => {
            findings.checked(Position { file, spot: error_spot(text, &error) }, Err(syntax_mistake(&error)))
        }
    }
}

/// Errors of the scanner know their line and column only.
fn error_spot(text: &str, error: &Error) -> Spot {
    let Some(location) = error.location() else { return Spot::File };
    if let (Some(start), Some(len)) = (location.span().byte_offset(), location.span().byte_len())
        && let (Ok(start), Ok(len)) = (u32::try_from(start), u32::try_from(len))
    {
        return Spot::Bytes { start, len };
    }
    let line = usize::try_from(location.line().saturating_sub(1)).unwrap_or_default();
    let column = usize::try_from(location.column().saturating_sub(1)).unwrap_or_default();
    let mut at = 0;
    for part in text.split_inclusive('\n').take(line) {
        at += part.len();
    }
    let in_line = text[at..].split('\n').next().unwrap_or_default();
    at += in_line.char_indices().nth(column).map_or(in_line.len(), |(n, _)| n);
    Spot::Bytes { start: offset(at), len: 1 }
}

fn syntax_mistake(error: &Error) -> Mistake {
    let mut root = error;
    while let Error::AliasError { error, .. } | Error::WithSnippet { error, .. } = root {
        root = error;
    }
    let shown = root.without_snippet().to_string();
    // The place is shown apart.
    let message = shown.split(" at line ").next().unwrap_or_default().to_owned();
    match root {
        Error::Budget { breach: serde_yaml::budget::BudgetBreach::Depth { .. }, .. } => too_deep(),
        _ if message == "recursion limit exceeded" => too_deep(),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::RecursiveReferencesRequireWeakTypes { .. } => {
            Mistake::new("yaml-too-much", "the YAML unfolds to more than a campaign file may hold")
                .help("write the codes out, or use a range or a table; aliases that hold aliases multiply")
        }
        Error::MultipleDocuments { .. } => Mistake::new("yaml-syntax", "a second YAML document begins here")
            .help("one file holds one document: make a file of each"),
        _ => {
            let wrong = Mistake::new("yaml-syntax", format!("this is no YAML: {message}"));
            wrong.help(if message.starts_with("tab") {
                "YAML is indented with spaces"
            } else {
                "look here and on the line before for a tab, a quote or bracket that is not closed, a text with `: ` \
                 or ` #` that needs quotes, or a full-width `：`"
            })
        }
    }
}

fn too_deep() -> Mistake {
    Mistake::new("yaml-too-deep", "the YAML is nested more than 16 levels deep")
        .help("a campaign file needs four levels")
}
