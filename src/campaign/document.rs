//! One campaign file as it is written: codes with their positions, before files are put together.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::MAX_CODES;
use super::fields::{Fields, Reader, Stated};
use super::keys::{Scope, keys};
use super::limits::limits;
use super::problem::{Findings, Position, Source};
use super::tree::{self, Node, Value};
use super::value;
use crate::model::{
    AccountName, Channel, Extras, Lifetime, Limits, Medium, Mistake, Scene, SceneId, Tag, grouped,
    rough_duration,
};

/// A campaign file, a file included by one, or a table.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub file: u32,
    pub name: Option<String>,
    pub account: Stated<AccountName>,
    pub expires: Stated<Lifetime>,
    pub renew_before: Option<Duration>,
    pub until: Stated<Date>,
    pub medium: Stated<Medium>,
    pub reuse: Option<bool>,
    pub accept_expiry: Option<Date>,
    pub permanent_budget: Option<u64>,
    pub limits: Limits,
    pub example: bool,
    /// The first row of a table that has no column `expires`.
    pub without_expires: Option<Position>,
    pub codes: Vec<RawCode>,
    pub includes: Vec<Include>,
    /// It has errors of its own.
    pub broken: bool,
    /// The keys that are there, with the positions of key and value.
    positions: Vec<(&'static str, Position, Position)>,
}

/// A code, or a range of them.
#[derive(Debug, Clone)]
pub(super) struct RawCode {
    pub what: What,
    pub expires: Stated<Lifetime>,
    pub medium: Stated<Medium>,
    pub reuse: Option<bool>,
    pub tags: Arc<[Tag]>,
    pub extras: Extras,
    pub position: Position,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    One { scene: Scene, channel: Channel },
    Range { first: SceneId, last: SceneId, template: Box<str> },
}

/// An entry of `include`.
#[derive(Debug)]
pub(super) struct Include {
    pub path: String,
    pub position: Position,
    /// The document it was found to be.
    pub target: Option<usize>,
}

impl Document {
    pub(super) fn new(file: u32) -> Self {
        Self { file, ..Self::default() }
    }

    /// A file that could not be read, which was reported.
    pub(super) fn broken(file: u32) -> Self {
        Self { broken: true, ..Self::new(file) }
    }

    /// Reads a YAML file.
    pub(super) fn from_yaml(file: u32, source: &Source, findings: &mut Findings) -> Self {
        let errors = findings.errors();
        let mut document = Self::new(file);
        match tree::parse(&source.text, file, findings) {
            Some(Node { value: Value::Null, .. }) => findings.empty_file(file, source),
            Some(node) => document.read(&node, &mut Reader::new(file, source, findings)),
            None => {}
        }
        document.broken = findings.errors() > errors;
        document
    }

    /// Where the value of a key stands, or else the file.
    pub(super) fn position(&self, name: &str) -> Position {
        let found = self.positions.iter().find(|(key, ..)| *key == name);
        found.map_or(Position::file(self.file), |(.., value)| *value)
    }

    /// The first key that only a campaign may have, not a file that is included.
    pub(super) fn campaign_key(&self) -> Option<(&'static str, Position)> {
        let mut own = keys(Scope::File).filter(|key| !key.scopes.contains(&Scope::Included));
        own.find_map(|key| {
            let found = self.positions.iter().find(|(name, ..)| *name == key.name);
            found.map(|(name, position, _)| (*name, *position))
        })
    }

    fn read(&mut self, node: &Node<'_>, reader: &mut Reader<'_>) {
        if matches!(node.value, Value::Text(_)) {
            return report_text(reader);
        }
        let Some(fields) = reader.fields(node, "a campaign file", Scope::File) else { return };
        let positions = fields.entries.iter();
        let positions = positions
            .map(|entry| (entry.key.name, reader.position(entry.name), reader.position(entry.value)));
        self.positions = positions.collect();
        self.name = reader.parsed(&fields, "campaign", |text| Ok(text.to_owned())).value();
        self.account = reader.parsed(&fields, "account", account);
        self.expires = lifetime(&fields, reader);
        self.renew_before = reader.parsed(&fields, "renew_before", renew_before).value();
        self.until = reader.parsed(&fields, "until", value::day);
        self.reuse = reader.flag(&fields, "reuse");
        self.medium = reader.parsed(&fields, "medium", value::medium);
        self.accept_expiry = reader.parsed(&fields, "accept_expiry", value::day).value();
        self.permanent_budget = reader.stated(&fields, "permanent_budget", Reader::whole_number).value();
        if let Some(entry) = fields.get("limits") {
            self.limits = limits(reader, entry.value);
        }
        self.example = reader.flag(&fields, "example").unwrap_or_default();
        if let Some(entry) = fields.get("codes") {
            let codes = reader.list(entry.key, entry.value).unwrap_or_default();
            self.read_codes(codes, reader);
        }
        if let Some(entry) = fields.get("include") {
            for item in reader.list(entry.key, entry.value).unwrap_or_default() {
                let Some(path) = reader.text(entry.key, item) else { continue };
                let position = reader.position(item);
                self.includes.push(Include { path: path.to_owned(), position, target: None });
            }
        }
    }

    fn read_codes(&mut self, items: &[Node<'_>], reader: &mut Reader<'_>) {
        let no_extras = Extras::none();
        let mut count = 0;
        self.codes.reserve_exact(items.len());
        for item in items {
            let Some(code) = code(item, reader, &no_extras) else { continue };
            count += match &code.what {
                What::One { .. } => 1,
                What::Range { first, last, .. } => (last.get() - first.get()) as usize + 1,
            };
            if count > MAX_CODES {
                too_many_codes(code.position, reader.findings);
                self.codes.clear();
                return;
            }
            self.codes.push(code);
        }
    }
}

/// Reports a file that is a text, not a mapping.
fn report_text(reader: &mut Reader<'_>) {
    if let Some(at) = reader.text.find('：') {
        let message = "a campaign file must be a mapping of keys to values, and this colon makes it a text";
        let help = "`：` is the full-width colon: write `:` and a space";
        reader.findings.error(Position::bytes(reader.file, at, 3), "wrong-type", message).help(help);
    } else {
        let message = "a campaign file must be a mapping of keys to values, not a text";
        let help = "a table of codes needs the ending .csv";
        reader.findings.error(Position::file(reader.file), "wrong-type", message).help(help);
    }
}

pub(super) fn too_many_codes(position: Position, findings: &mut Findings) {
    let message = format!("the file holds more than {} codes", grouped(MAX_CODES as u64));
    findings.error(position, "too-many-codes", message).help("make several campaigns of it");
}

pub(super) fn warn_of_short(lifetime: Lifetime, position: Position, findings: &mut Findings) {
    if value::is_short(lifetime) {
        let duration = rough_duration(Duration::from_secs(u64::from(lifetime.seconds())));
        let message = format!("a code that lives {duration} may die between two nightly runs");
        findings
            .warning(position, "short-lifetime", message)
            .help("with 4d or more one missed run does no harm; or run more often than nightly");
    }
}

/// Adds a tag that is not there yet, or reports it.
pub(super) fn add_tag(
    tags: &mut Vec<Tag>,
    text: &str,
    position: Position,
    help: &str,
    findings: &mut Findings,
) {
    let tag = Tag::new(text).map_err(|mistake| mistake.of("the tag"));
    if let Some(tag) = findings.checked(position, tag).filter(|tag| !tags.contains(tag)) {
        value::warn_of_separators(&tag, position, help, findings);
        tags.push(tag);
    }
}

fn account(text: &str) -> Result<AccountName, Mistake> {
    AccountName::new(text).ok_or_else(|| {
        Mistake::new("empty-text", "the account's name is empty or holds a control character")
            .help("`account:` names an account of accounts.yaml")
    })
}

/// Reads `expires` or `expire_seconds` of a campaign or a code.
fn lifetime(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Stated<Lifetime> {
    let (lifetime, entry) = match (fields.get("expires"), fields.get("expire_seconds")) {
        (Some(first), Some(second)) => {
            let (first, second) = (reader.position(first.name), reader.position(second.name));
            reader
                .findings
                .error(second, "two-lifetimes", "`expires` and `expire_seconds` say the same thing twice")
                .see(first, "the lifetime is already stated here")
                .help("keep one of the two");
            return Stated::Wrong;
        }
        (None, None) if fields.is_meant("expire_seconds") => return Stated::Wrong,
        (expires, None) => (reader.parsed(fields, "expires", value::lifetime), expires),
        (None, seconds) => {
            let read = |reader: &mut Reader<'_>, key, node: &Node<'_>| {
                let seconds = reader.whole_number(key, node)?;
                reader.checked(node, value::expire_seconds(seconds))
            };
            (reader.stated(fields, "expire_seconds", read), seconds)
        }
    };
    if let (Stated::Is(lifetime), Some(entry)) = (lifetime, entry) {
        warn_of_short(lifetime, reader.position(entry.value), reader.findings);
    }
    lifetime
}

fn renew_before(text: &str) -> Result<Duration, Mistake> {
    match value::duration(text, "")? {
        Duration::ZERO => {
            Err(Mistake::new("bad-duration", "with `renew_before` of 0 only dead codes are renewed")
                .help("leave it out: a third of the lifetime is the default"))
        }
        duration => Ok(duration),
    }
}

fn code(node: &Node<'_>, reader: &mut Reader<'_>, no_extras: &Extras) -> Option<RawCode> {
    let fields = reader.fields(node, "a code", Scope::Code)?;
    let expires = lifetime(&fields, reader);
    let medium = reader.parsed(&fields, "medium", value::medium);
    let reuse = reader.flag(&fields, "reuse");
    let tags = tags(&fields, reader);
    let channel = fields.get("channel");
    if !fields.is_meant("channel") {
        missing(node, "channel", "`channel` says where the code is placed: channel: Metro line 2", reader);
    }
    let channel = channel.and_then(|entry| Some((entry.value, reader.text(entry.key, entry.value)?)));
    let (what, node) = match (fields.get("scene"), fields.get("scenes")) {
        (Some(first), Some(second)) => {
            let (first, second) = (reader.position(first.name), reader.position(second.name));
            reader
                .findings
                .error(second, "scene-and-scenes", "a code has `scene` or `scenes`, not both")
                .see(first, "`scene` is here")
                .help("keep one of the two: `scene` is one code, `scenes` a range of them");
            return None;
        }
        (None, None) => {
            if !fields.is_meant("scene") && !fields.is_meant("scenes") {
                let help = "`scene` for one code, `scenes` for a range such as 2001..2050";
                missing(node, "scene", help, reader);
            }
            return None;
        }
        (Some(scene), None) => (one(scene.value, channel, reader)?, scene.value),
        (None, Some(scenes)) => {
            let read = match &scenes.value.value {
                // `2001.` and the like: a range that somebody has not finished
                Value::Number => Err(Mistake::new("bad-range", "a single number is no range of ids")
                    .help("`scene` takes one number; a range is written 2001..2050")),
                _ => value::range(reader.text(scenes.key, scenes.value)?),
            };
            let ids = reader.checked(scenes.value, read);
            (range(ids, channel, reader)?, scenes.value)
        }
    };
    let position = reader.position(node);
    Some(RawCode { what, expires, medium, reuse, tags: tags?, extras: no_extras.clone(), position })
}

fn missing(node: &Node<'_>, key: &str, help: &str, reader: &mut Reader<'_>) {
    let message = format!("this code has no `{key}`");
    reader.findings.error(reader.position(node), "missing-field", message).help(help);
}

type ChannelText<'n, 's> = Option<(&'n Node<'s>, &'n str)>;

fn one(scene: &Node<'_>, channel: ChannelText<'_, '_>, reader: &mut Reader<'_>) -> Option<What> {
    let scene = reader.checked(scene, value::yaml_scene(scene, reader.text));
    let (node, text) = channel?;
    let channel = checked_channel(node, text, reader);
    Some(What::One { scene: scene?, channel: channel? })
}

fn checked_channel(node: &Node<'_>, text: &str, reader: &mut Reader<'_>) -> Option<Channel> {
    reader.checked(node, Channel::new(text).map_err(|mistake| mistake.of("the channel")))
}

fn range(
    ids: Option<(SceneId, SceneId)>,
    channel: ChannelText<'_, '_>,
    reader: &mut Reader<'_>,
) -> Option<What> {
    let (node, template) = channel?;
    // The last number is the longest.
    let longest = ids.map_or_else(String::new, |(_, last)| last.get().to_string());
    checked_channel(node, &template.replace("{n}", &longest), reader)?;
    let (first, last) = ids?;
    if first != last && !template.contains("{n}") {
        reader
            .findings
            .warning(reader.position(node), "same-channel", "every code of this range has the same channel")
            .help("{n} stands for the number, as in \"Store {n}\"");
    }
    Some(What::Range { first, last, template: template.into() })
}

/// Returns `None` if one of the tags is wrong.
fn tags(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Arc<[Tag]>> {
    let Some(entry) = fields.get("tags") else { return Some(Arc::default()) };
    let errors = reader.findings.errors();
    let mut tags = Vec::new();
    for item in reader.list(entry.key, entry.value)? {
        if let Some(text) = reader.text(entry.key, item) {
            add_tag(
                &mut tags,
                text,
                reader.position(item),
                "did you mean two tags? [one, two]",
                reader.findings,
            );
        }
    }
    (reader.findings.errors() == errors).then(|| tags.into())
}
