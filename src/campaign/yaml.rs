//! YAML as a tree in which everything knows its place.
//!
//! One lenient pass: whatever types the values have, the tree is built, so that every problem can be reported
//! and not only the first.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Error, Spanned};

use super::place::offset;
use super::problem::{Findings, Place, Spot, suggestion};
use crate::table::{self, Mistake, quoted};

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
    pub(super) fn spot(&self) -> Spot {
        Spot::Span { start: self.at.start, len: self.at.len }
    }

    /// The text as it is written, quotes and all.
    pub(super) fn written<'t>(&self, text: &'t str) -> &'t str {
        let start = self.written.start as usize;
        text.get(start..start + self.written.len as usize).unwrap_or_default().trim_end()
    }

    /// The value of a key, where this is a mapping that has it.
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

    fn visit_string<E>(self, value: String) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value)))
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
pub(super) fn parse<'s>(text: &'s str, file: usize, findings: &mut Findings) -> Option<Node<'s>> {
    // Room for a million codes' scalars, none for bombs: a campaign file is four levels deep.
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 20_000_000,
            max_nodes: 10_000_000,
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
            let place = Place { file, spot: error_spot(text, &error) };
            findings.wrong(place, syntax_problem(&error));
            None
        }
    }
}

/// Errors of the scanner know their line and column only.
fn error_spot(text: &str, error: &Error) -> Spot {
    let Some(location) = error.location() else { return Spot::File };
    if let (Some(start), Some(len)) = (location.span().byte_offset(), location.span().byte_len())
        && let (Ok(start), Ok(len)) = (u32::try_from(start), u32::try_from(len))
    {
        return Spot::Span { start, len };
    }
    let line = usize::try_from(location.line().saturating_sub(1)).unwrap_or_default();
    let column = usize::try_from(location.column().saturating_sub(1)).unwrap_or_default();
    let mut at = 0;
    for part in text.split_inclusive('\n').take(line) {
        at += part.len();
    }
    let in_line = text[at..].split('\n').next().unwrap_or_default();
    at += in_line.char_indices().nth(column).map_or(in_line.len(), |(n, _)| n);
    Spot::Span { start: offset(at), len: 1 }
}

fn syntax_problem(error: &Error) -> Mistake {
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
        | Error::AliasReplayCounterOverflow { .. } => {
            Mistake::new("yaml-too-much", "the YAML unfolds to more than a campaign file may hold")
                .help("write the codes out, or use a range or a table; aliases that hold aliases multiply")
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            Mistake::new("yaml-too-much", "this alias stands within its own anchor, so it never ends")
                .help("write out what is meant")
        }
        Error::MultipleDocuments { .. } => Mistake::new("yaml-syntax", "a second YAML document begins here")
            .help("one file holds one document: make a file of each"),
        _ => {
            let wrong = Mistake::new("yaml-syntax", format!("this is no YAML: {message}"));
            wrong.help(if message.starts_with("tab") {
                "YAML is indented with spaces"
            } else {
                "look here and on the line before for a tab, a quote or bracket that is not closed, a text with `: ` \
                 that needs quotes, or a full-width `：`"
            })
        }
    }
}

fn too_deep() -> Mistake {
    Mistake::new("yaml-too-deep", "the YAML is nested more than 16 levels deep")
        .help("a campaign file needs four levels")
}

/// Reads the nodes of one file and reports what is wrong with them.
pub(super) struct Reader<'r> {
    pub file: usize,
    pub text: &'r str,
    pub findings: &'r mut Findings,
}

/// The entries of a mapping whose keys are known, each key once.
#[derive(Debug)]
pub(super) struct Fields<'n, 's> {
    known: Vec<(&'static str, &'n Node<'s>, &'n Node<'s>)>,
    /// The keys that unknown ones were probably meant as, which was reported.
    meant: Vec<&'static str>,
}

impl<'n, 's> Fields<'n, 's> {
    pub(super) fn get(&self, key: &str) -> Option<&'n Node<'s>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Whether a key is there, if only misspelt.
    pub(super) fn is_meant(&self, key: &str) -> bool {
        self.entry(key).is_some() || self.meant.contains(&key)
    }

    /// Key and value.
    pub(super) fn entry(&self, key: &str) -> Option<(&'n Node<'s>, &'n Node<'s>)> {
        self.known.iter().find(|(known, ..)| *known == key).map(|(_, key, value)| (*key, *value))
    }
}

impl Reader<'_> {
    pub(super) fn place(&self, node: &Node<'_>) -> Place {
        Place { file: self.file, spot: node.spot() }
    }

    pub(super) fn wrong(&mut self, node: &Node<'_>, wrong: Mistake) {
        self.findings.wrong(self.place(node), wrong);
    }

    /// Every entry of a mapping whose key is a text; the others are reported, and keys that are there twice.
    pub(super) fn entries<'n, 's>(
        &mut self,
        node: &'n Node<'s>,
        what: &str,
    ) -> Option<Vec<(&'n str, &'n Node<'s>, &'n Node<'s>)>> {
        let Value::Map(entries) = &node.value else {
            let message = format!("{what} must be a mapping of keys to values, not {}", node.description());
            self.findings
                .error(self.place(node), "wrong-type", message)
                .help("write keys and values, each as `key: value`");
            return None;
        };
        let mut first: HashMap<&str, &Node<'_>> = HashMap::with_capacity(entries.len());
        let mut list = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Value::Text(name) = &key.value else {
                let message = format!("a key must be a text, not {}", key.description());
                self.findings
                    .error(self.place(key), "wrong-type", message)
                    .help("every key is a word; a text that looks otherwise needs quotes");
                continue;
            };
            match first.entry(name) {
                Entry::Occupied(earlier) => {
                    let earlier = self.place(earlier.get());
                    let message = format!("the key {} is here twice", quoted(name));
                    self.findings
                        .error(self.place(key), "duplicate-key", message)
                        .see(earlier, "the first is here")
                        .help("keep one of the two");
                }
                Entry::Vacant(entry) => {
                    entry.insert(key);
                    list.push((name.as_ref(), key, value));
                }
            }
        }
        Some(list)
    }

    /// The entries of a mapping; unknown keys are reported.
    pub(super) fn fields<'n, 's>(
        &mut self,
        node: &'n Node<'s>,
        what: &str,
        known: &[&'static str],
    ) -> Option<Fields<'n, 's>> {
        let mut fields = Fields { known: Vec::with_capacity(known.len()), meant: Vec::new() };
        for (name, key, value) in self.entries(node, what)? {
            if let Some(known) = known.iter().find(|k| **k == name) {
                fields.known.push((*known, key, value));
                continue;
            }
            let found = self.findings.error(
                self.place(key),
                "unknown-key",
                format!("{what} has no key {}", quoted(name)),
            );
            match suggestion(name, known.iter().copied(), |length| if length < 5 { 1 } else { 2 }) {
                Some(meant) => {
                    fields.meant.extend(known.iter().find(|known| **known == meant));
                    found.help(format!("did you mean `{meant}`?"))
                }
                None if name == "hooks" => found.help(
                    "hooks stand in hooks.yaml beside the campaigns, for all of them, without this key",
                ),
                None => found.help(format!("the keys are {}", known.join(", "))),
            };
        }
        Some(fields)
    }

    pub(super) fn text<'n>(&mut self, key: &str, node: &'n Node<'_>) -> Option<&'n str> {
        if let Value::Text(text) = &node.value {
            return Some(text);
        }
        let message = match node.value {
            Value::Null => format!("`{key}` is empty"),
            _ => format!("`{key}` must be a text, not {}", node.description()),
        };
        let written = node.written(self.text);
        let found = self.findings.error(self.place(node), "wrong-type", message);
        let is_free = matches!(
            key,
            "campaign" | "account" | "channel" | "tags" | "pre" | "post" | "deploy" | "failure"
        );
        if is_free && matches!(node.value, Value::Number | Value::Bool(_)) {
            found.help(format!("in quotes it is a text: \"{written}\""));
        } else {
            found.help(example(key));
        }
        None
    }

    pub(super) fn list<'n, 's>(&mut self, key: &str, node: &'n Node<'s>) -> Option<&'n [Node<'s>]> {
        match &node.value {
            Value::Seq(items) => Some(items),
            Value::Null => Some(&[]),
            _ => {
                let message = format!("`{key}` must be a list, not {}", node.description());
                let found = self.findings.error(self.place(node), "wrong-type", message);
                if matches!(node.value, Value::Text(_) | Value::Number) {
                    found.help("in brackets it is a list, also where it is only one");
                } else {
                    found.help(example(key));
                }
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, key: &str, node: &Node<'_>) -> Option<bool> {
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        let message = format!("`{key}` must be true or false, not {}", node.description());
        self.findings.error(self.place(node), "wrong-type", message).help(example(key));
        None
    }

    /// A number written with digits only.
    pub(super) fn whole_number(&mut self, key: &str, node: &Node<'_>) -> Option<u64> {
        let written = node.written(self.text);
        let plain =
            matches!(node.value, Value::Number) && (written == "0" || table::is_plain_integer(written));
        if let Some(number) = plain.then(|| written.parse().ok()).flatten() {
            return Some(number);
        }
        let what = if matches!(node.value, Value::Number) { "this number" } else { node.description() };
        let message = format!("`{key}` must be a whole number in plain digits, not {what}");
        self.findings.error(self.place(node), "wrong-type", message).help(example(key));
        None
    }
}

/// How a setting is written.
fn example(key: &str) -> String {
    let value = match key {
        "campaign" => "metro-screens",
        "account" => "default",
        "expires" => "30d",
        "expire_seconds" => "2592000",
        "renew_before" => "10d",
        "until" => "2027-03-15",
        "accept_expiry" => "2027-02-20",
        "medium" => "paper",
        "permanent_budget" => "2",
        "example" | "reuse" => "true",
        "codes" => return "write a code a line, such as `- {scene: 1001, channel: Metro line 2}`".to_owned(),
        "include" => "[stores.csv]",
        "scenes" => "2001..2050",
        "channel" => "Metro line 2",
        "tags" => "[metro, shanghai]",
        "appid" => "wx0123456789abcdef",
        "secret" => "${WECHAT_SECRET}",
        "secret_file" => "PATH",
        "rate" => "10/s",
        "daily_quota" => "100000",
        "permanents_used_elsewhere" => "12000",
        "pre" | "post" | "deploy" | "failure" => "[./tell.sh, --loud]",
        "timeout" => "60s",
        _ => "https://api.weixin.qq.com",
    };
    format!("write {key}: {value}")
}
