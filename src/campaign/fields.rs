//! Mappings of YAML by the keys that may stand in them.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Seen;

use super::keys::{Key, Scope, find, misspelt, names};
use super::problem::{Findings, Position, Severity, Source, Spot, offset};
use super::tree::{Node, Value};
use super::value;
use crate::model::{Mistake, excerpt, in_ticks};
use crate::table::is_plain_integer;

/// A key that stands in a mapping, and its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'n, 's> {
    pub key: &'static Key,
    pub name: &'n Node<'s>,
    pub value: &'n Node<'s>,
}

/// The entries of a mapping whose keys are known, each key once.
#[derive(Debug)]
pub(super) struct Fields<'n, 's> {
    mapping: &'n Node<'s>,
    pub entries: Vec<Entry<'n, 's>>,
    /// The keys that unknown ones were probably meant as, which was reported.
    pub meant: Vec<&'static str>,
}

impl<'n, 's> Fields<'n, 's> {
    pub(super) fn get(&self, name: &str) -> Option<Entry<'n, 's>> {
        self.entries.iter().find(|entry| entry.key.name == name).copied()
    }

    /// Whether a key is there, perhaps misspelt.
    pub(super) fn is_meant(&self, name: &str) -> bool {
        self.get(name).is_some() || self.meant.contains(&name)
    }
}

/// Reads the nodes of one file and reports what is wrong with them.
pub(super) struct Reader<'r> {
    pub file: u32,
    pub text: &'r str,
    pub findings: &'r mut Findings,
}

impl<'r> Reader<'r> {
    pub(super) fn new(file: u32, source: &'r Source, findings: &'r mut Findings) -> Self {
        Self { file, text: &source.text, findings }
    }

    pub(super) fn position(&self, node: &Node<'_>) -> Position {
        let (start, len) = node.bytes();
        Position { file: self.file, spot: Spot::Bytes { start, len } }
    }

    /// Reports what is wrong with a value; returns the value if nothing is.
    pub(super) fn checked<T>(&mut self, node: &Node<'_>, result: Result<T, Mistake>) -> Option<T> {
        self.findings.checked(self.position(node), result)
    }

    /// Every entry of a mapping whose key is a text. Other keys are reported, and keys that are there twice.
    pub(super) fn entries<'n, 's>(
        &mut self,
        node: &'n Node<'s>,
        what: &str,
    ) -> Option<Vec<(&'n str, &'n Node<'s>, &'n Node<'s>)>> {
        let Value::Map(entries) = &node.value else {
            let message = format!("{what} must be a mapping of keys to values, not {}", node.description());
            let help = "write keys and values, each as `key: value`";
            self.findings.error(self.position(node), "wrong-type", message).help(help);
            return None;
        };
        let mut first: HashMap<&str, &Node<'_>> = HashMap::with_capacity(entries.len());
        let mut list = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Value::Text(name) = &key.value else {
                let message = format!("a key must be a text, not {}", key.description());
                let help = "every key is a word; a text that looks otherwise needs quotes";
                self.findings.error(self.position(key), "wrong-type", message).help(help);
                continue;
            };
            match first.entry(name) {
                Seen::Occupied(earlier) => {
                    let earlier = self.position(earlier.get());
                    let message = format!("the key {} is here twice", in_ticks(name));
                    let found = self.findings.error(self.position(key), "duplicate-key", message);
                    found.see(earlier, "the first is here").help("keep one of the two");
                }
                Seen::Vacant(entry) => {
                    entry.insert(key);
                    list.push((name.as_ref(), key, value));
                }
            }
        }
        Some(list)
    }

    /// The entries of a mapping. Keys that may not stand there are reported.
    pub(super) fn fields<'n, 's>(
        &mut self,
        node: &'n Node<'s>,
        what: &str,
        scope: Scope,
    ) -> Option<Fields<'n, 's>> {
        let entries = self.entries(node, what)?;
        let mut fields =
            Fields { mapping: node, entries: Vec::with_capacity(entries.len()), meant: Vec::new() };
        for (name, node, value) in entries {
            if let Some(key) = find(scope, name) {
                fields.entries.push(Entry { key, name: node, value });
                continue;
            }
            let message = format!("{what} has no key {}", in_ticks(name));
            let meant = if self.findings.is_early() { misspelt(name, scope) } else { None };
            fields.meant.extend(meant);
            let help = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if name == "hooks" => {
                    "hooks stand in hooks.yaml beside the campaigns, for all of them, without this key"
                        .to_owned()
                }
                None => format!("the keys are {}", names(scope).collect::<Vec<_>>().join(", ")),
            };
            self.findings.error(self.position(node), "unknown-key", message).help(help);
        }
        Some(fields)
    }

    /// Reports a key that is not there, not even misspelt. Of several keys one is needed.
    pub(super) fn needs(&mut self, fields: &Fields<'_, '_>, keys: &[&str], what: &str, help: &str) {
        if !keys.iter().any(|key| fields.is_meant(key)) {
            let message = format!("{what} has no `{}`", keys[0]);
            self.findings.error(self.position(fields.mapping), "missing-field", message).help(help);
        }
    }

    /// Finds the one that is there of two keys that exclude each other.
    pub(super) fn one_of<'n, 's>(
        &mut self,
        fields: &Fields<'n, 's>,
        [first, second]: [&str; 2],
        both: Mistake,
    ) -> Option<Entry<'n, 's>> {
        let (first, second) = (fields.get(first), fields.get(second));
        let (Some(earlier), Some(later)) = (first, second) else { return first.or(second) };
        let (earlier, later) = (self.position(earlier.name), self.position(later.name));
        self.findings.add(later, Severity::Error, both).see(earlier, "the first is here");
        None
    }

    /// Reads a setting that is a text, if it is there.
    pub(super) fn parsed<T>(
        &mut self,
        fields: &Fields<'_, '_>,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Mistake>,
    ) -> Option<T> {
        let Entry { key, value, .. } = fields.get(name)?;
        let parsed = parse(self.text(key, value)?);
        self.checked(value, parsed)
    }

    /// Warns of a comment that was probably meant as part of the text before it.
    pub(super) fn warn_of_comment(&mut self, node: &Node<'_>) {
        let Some(at) = node.cutting_comment(self.text) else { return };
        let comment = self.text[at..].lines().next().unwrap_or_default().trim_end();
        let whole = format!("{} {comment}", node.written(self.text));
        let position = Position::bytes(self.file, at, offset(comment.len()));
        let message =
            format!("{} is a comment in YAML, and no part of the text before it", in_ticks(comment));
        let found = self.findings.warning(position, "comment-in-text", message);
        found.help(format!("in quotes it is part of the text: \"{}\"", excerpt(&whole, 60)));
    }

    /// Reads a text.
    pub(super) fn text<'n>(&mut self, key: &Key, node: &'n Node<'_>) -> Option<&'n str>
    where
        'r: 'n,
    {
        let written = node.written(self.text);
        if key.is_free_text() {
            self.warn_of_comment(node);
        }
        let message = match &node.value {
            _ if node.tag(self.text).is_some() => {
                return self.checked(node, value::no_tag(node, self.text)).and(None);
            }
            Value::Text(text) => return Some(text),
            // The text of a bare number asks for its unit.
            Value::Number if key.takes_numbers() => return Some(written),
            Value::Null => format!("`{}` is empty", key.name),
            _ => format!("`{}` must be a text, not {}", key.name, node.description()),
        };
        let help = if key.is_free_text() && matches!(node.value, Value::Number | Value::Bool(_)) {
            format!("in quotes it is a text: \"{}\"", excerpt(written, 60))
        } else {
            key.usage()
        };
        self.findings.error(self.position(node), "wrong-type", message).help(help);
        None
    }

    pub(super) fn list<'n, 's>(&mut self, key: &Key, node: &'n Node<'s>) -> Option<&'n [Node<'s>]> {
        let help = match &node.value {
            Value::Seq(items) => return Some(items),
            Value::Null => return Some(&[]),
            Value::Text(_) | Value::Number => {
                "in brackets it is a list, also where it is only one".to_owned()
            }
            Value::Bool(_) | Value::Map(_) => key.usage(),
        };
        let message = format!("`{}` must be a list, not {}", key.name, node.description());
        self.findings.error(self.position(node), "wrong-type", message).help(help);
        None
    }

    /// Reads `true` or `false`, if it is there.
    pub(super) fn flag(&mut self, fields: &Fields<'_, '_>, name: &str) -> Option<bool> {
        let Entry { key, value, .. } = fields.get(name)?;
        if let Value::Bool(value) = value.value {
            return Some(value);
        }
        let message = format!("`{}` must be true or false, not {}", key.name, value.description());
        self.findings.error(self.position(value), "wrong-type", message).help(key.usage());
        None
    }

    /// Reads a number written with digits only, if it is there.
    pub(super) fn whole_number(&mut self, fields: &Fields<'_, '_>, name: &str) -> Option<u64> {
        let Entry { key, value, .. } = fields.get(name)?;
        let written = value.written(self.text);
        let is_number = matches!(value.value, Value::Number);
        if is_number
            && (written == "0" || is_plain_integer(written))
            && let Ok(number) = written.parse()
        {
            return Some(number);
        }
        let what = if is_number { "this number" } else { value.description() };
        let message = format!("`{}` must be a whole number in plain digits, not {what}", key.name);
        self.findings.error(self.position(value), "wrong-type", message).help(key.usage());
        None
    }
}
