//! One campaign file as it is written: codes with their positions, before files are put together.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::fields::{Entry, Fields, Reader};
use super::keys::{Scope, keys};
use super::problem::{Findings, Position, Source};
use super::tree::{self, Node, Value};
use super::value;
use super::{MAX_CODES, MAX_TAGS};
use crate::model::{
    AccountName, Bundling, Channel, Extras, Labels, Lifetime, LimitKind, Limits, Medium, Mistake, Scene, Tag,
    grouped, in_ticks, rough_duration,
};

/// A campaign file, a file included by one, or a table. A setting is `None` if it is not there or wrong.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub file: u32,
    pub name: Option<String>,
    pub account: Option<AccountName>,
    pub expires: Option<Lifetime>,
    pub renew_before: Option<Duration>,
    pub spread: Option<bool>,
    pub until: Option<Date>,
    pub medium: Option<Medium>,
    pub reuse: Option<bool>,
    pub accept_expiry: Option<Date>,
    pub permanent_budget: Option<u64>,
    pub limits: Limits,
    pub bundle: Bundling,
    pub example: bool,
    /// The first row of a table that has no column `expires`.
    pub without_expires: Option<Position>,
    pub codes: Vec<RawCode>,
    /// How many tags and further cells its codes hold; a list that several codes share counts once.
    pub values: usize,
    pub includes: Vec<Include>,
    /// It has errors of its own.
    pub broken: bool,
    /// The keys or columns that misspelt ones were probably meant as.
    pub meant: Vec<&'static str>,
    /// The keys that are there, with the positions of key and value.
    positions: Vec<(&'static str, Position, Position)>,
}

/// A code as a file has it. The codes of a range have one position.
#[derive(Debug, Clone)]
pub(super) struct RawCode {
    pub scene: Scene,
    pub labels: Labels,
    pub expires: Option<Lifetime>,
    pub medium: Option<Medium>,
    pub reuse: Option<bool>,
    pub position: Position,
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

    /// Whether a key is there, perhaps misspelt or with a wrong value. Nothing more is then said about it.
    pub(super) fn states(&self, name: &str) -> bool {
        self.meant.contains(&name) || self.positions.iter().any(|(key, ..)| *key == name)
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
        self.meant.clone_from(&fields.meant);
        self.name = reader.parsed(&fields, "campaign", |text| Ok(text.to_owned()));
        self.account = reader.parsed(&fields, "account", account);
        self.expires = lifetime(&fields, reader);
        self.renew_before = reader.parsed(&fields, "renew_before", renew_before);
        self.spread = spread(&fields, reader);
        self.until = reader.parsed(&fields, "until", value::day);
        self.reuse = reader.flag(&fields, "reuse");
        self.medium = reader.parsed(&fields, "medium", value::medium);
        self.accept_expiry = reader.parsed(&fields, "accept_expiry", value::day);
        self.permanent_budget = permanent_budget(&fields, reader);
        self.limits = limits(&fields, reader);
        self.bundle = bundle(&fields, reader);
        self.example = reader.flag(&fields, "example").unwrap_or_default();
        if let Some(entry) = fields.get("codes") {
            self.read_codes(reader.list(entry.key, entry.value).unwrap_or_default(), reader);
        }
        if let Some(entry) = fields.get("include") {
            for item in reader.list(entry.key, entry.value).unwrap_or_default() {
                let Some(path) = reader.text(entry.key, item) else { continue };
                let position = reader.position(item);
                if path.trim().is_empty() {
                    let message = "an entry of `include` is empty";
                    let help = "write the file's path, such as stores.csv, or take the entry out";
                    reader.findings.error(position, "empty-text", message).help(help);
                    continue;
                }
                self.includes.push(Include { path: path.to_owned(), position, target: None });
            }
        }
    }

    fn read_codes(&mut self, items: &[Node<'_>], reader: &mut Reader<'_>) {
        self.codes.reserve_exact(items.len());
        let no_extras = Extras::none();
        for item in items {
            let read = codes(item, reader, &no_extras).unwrap_or_default();
            self.values += read.first().map_or(0, |code| code.labels.tags.len());
            self.codes.extend(read);
            if self.codes.len() > MAX_CODES {
                let position = self.codes[MAX_CODES].position;
                return self.too_many_codes(position, reader.findings);
            }
        }
    }

    pub(super) fn too_many_codes(&mut self, position: Position, findings: &mut Findings) {
        self.codes.clear();
        let message = format!("the file has more than {} codes", grouped(MAX_CODES as u64));
        findings.error(position, "too-many-codes", message).help("make several campaigns of it");
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

pub(super) fn warn_of_short(lifetime: Lifetime, position: Position, findings: &mut Findings) {
    if matches!(lifetime, Lifetime::Temporary(seconds) if seconds.get() < 4 * 86_400) {
        let duration = rough_duration(Duration::from_secs(u64::from(lifetime.seconds())));
        let message = format!("a code that lives {duration} may die between two nightly runs");
        findings
            .warning(position, "short-lifetime", message)
            .help("with 4d or more one missed run does no harm; or run more often than nightly");
    }
}

/// Adds a tag that is not there yet, or reports it. Returns `false` if there are too many.
pub(super) fn add_tag(
    tags: &mut Vec<Tag>,
    text: &str,
    position: Position,
    help: &str,
    findings: &mut Findings,
) -> bool {
    let tag = Tag::new(text).map_err(|mistake| mistake.of("the tag"));
    if let Some(tag) = findings.checked(position, tag).filter(|tag| !tags.contains(tag)) {
        if let Some(mark) = tag.as_str().chars().find(|c| matches!(c, '，' | '；' | '、')) {
            let message = format!("the tag {} holds a `{mark}`", in_ticks(tag.as_str()));
            findings.warning(position, "suspicious-tag", message).help(help);
        }
        if tags.len() == MAX_TAGS {
            let message = format!("a code has more than {MAX_TAGS} tags");
            let help = "keep those that you choose codes by; a further column of a table takes other notes";
            findings.error(position, "too-many-tags", message).help(help);
            return false;
        }
        tags.push(tag);
    }
    true
}

fn account(text: &str) -> Result<AccountName, Mistake> {
    AccountName::new(text).ok_or_else(|| {
        Mistake::new("empty-text", "the account's name is empty or holds a control character")
            .help("`account:` names an account of accounts.yaml")
    })
}

/// Reads `expires` or `expire_seconds` of a campaign or a code.
fn lifetime(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Lifetime> {
    let both = Mistake::new("two-lifetimes", "`expires` and `expire_seconds` say the same thing twice")
        .help("keep one of the two");
    let entry = reader.one_of(fields, ["expires", "expire_seconds"], both)?;
    let lifetime = if entry.key.name == "expires" {
        reader.parsed(fields, "expires", value::lifetime)?
    } else {
        let seconds = reader.whole_number(fields, "expire_seconds")?;
        reader.checked(entry.value, value::expire_seconds(seconds))?
    };
    warn_of_short(lifetime, reader.position(entry.value), reader.findings);
    Some(lifetime)
}

/// Reads `limits`. Those that are not there or wrong are the default ones.
fn limits(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(Entry { value, .. }) = fields.get("limits") else { return limits };
    let Some(fields) = reader.fields(value, "`limits`", Scope::Limits) else { return limits };
    for (kind, limit) in [
        (LimitKind::Reissue, &mut limits.reissue),
        (LimitKind::Retire, &mut limits.retire),
        (LimitKind::Relabel, &mut limits.relabel),
    ] {
        let Some(Entry { key, value: node, .. }) = fields.get(kind.as_str()) else { continue };
        if let Some(stated) = reader.checked(node, value::limit(key.name, node, reader.text)) {
            *limit = stated;
        }
    }
    limits
}

fn spread(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<bool> {
    match fields.get("spread")?.value.value {
        Value::Bool(on) => Some(on),
        _ => reader.parsed(fields, "spread", value::spread),
    }
}

/// Reads the budget. One that no account can have is reported, and counts as it stands.
fn permanent_budget(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<u64> {
    let budget = reader.whole_number(fields, "permanent_budget")?;
    if let Some(over) = value::over_the_pool("permanent_budget", budget) {
        let over = over
            .help("an account has 100,000 permanent codes for its life; write how many this campaign needs");
        reader.checked::<()>(fields.get("permanent_budget")?.value, Err(over));
    }
    Some(budget)
}

/// Reads `bundle`. What is not there or wrong is as by default.
fn bundle(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Bundling {
    let mut bundling = Bundling::default();
    let Some(Entry { value, .. }) = fields.get("bundle") else { return bundling };
    let Some(fields) = reader.fields(value, "`bundle`", Scope::Bundle) else { return bundling };
    bundling.keep = reader.whole_number(&fields, "keep").unwrap_or(bundling.keep);
    bundling.names = reader.parsed(&fields, "names", value::names).unwrap_or(bundling.names);
    bundling
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

/// Reads a code or a range of codes; `None` if something is wrong with it.
fn codes(node: &Node<'_>, reader: &mut Reader<'_>, extras: &Extras) -> Option<Vec<RawCode>> {
    let errors = reader.findings.errors();
    let fields = reader.fields(node, "a code", Scope::Code)?;
    let expires = lifetime(&fields, reader);
    let medium = reader.parsed(&fields, "medium", value::medium);
    let reuse = reader.flag(&fields, "reuse");
    let tags = tags(&fields, reader);
    let help = "`channel` says where the code is placed: channel: Metro line 2";
    reader.needs(&fields, &["channel"], "this code", help);
    let help = "`scene` for one code, `scenes` for a range such as 2001..2050";
    reader.needs(&fields, &["scene", "scenes"], "this code", help);
    let both = Mistake::new("scene-and-scenes", "a code has `scene` or `scenes`, not both")
        .help("keep one of the two: `scene` is one code, `scenes` a range of them");
    let Some(entry) = reader.one_of(&fields, ["scene", "scenes"], both) else {
        channel(&fields, "", reader);
        return None;
    };
    let position = reader.position(entry.value);
    let placed = if entry.key.name == "scene" {
        reader.warn_of_comment(entry.value);
        let scene = reader.checked(entry.value, value::yaml_scene(entry.value, reader.text));
        let channel = channel(&fields, "", reader);
        scene.zip(channel).into_iter().collect()
    } else {
        range(entry, &fields, reader)
    };
    let raw = |(scene, channel)| {
        let labels = Labels { channel, tags: tags.clone(), extras: extras.clone() };
        RawCode { scene, labels, expires, medium, reuse, position }
    };
    (reader.findings.errors() == errors).then(|| placed.into_iter().map(raw).collect())
}

/// Reads the channel, with a number in the place of `{n}` if there is one.
fn channel(fields: &Fields<'_, '_>, number: &str, reader: &mut Reader<'_>) -> Option<Channel> {
    reader.parsed(fields, "channel", |text| {
        let text = if number.is_empty() { text.to_owned() } else { text.replace("{n}", number) };
        Channel::new(&text).map_err(|mistake| mistake.of("the channel"))
    })
}

/// Reads the codes of `scenes`.
fn range(entry: Entry<'_, '_>, fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Vec<(Scene, Channel)> {
    let ids = match &entry.value.value {
        // `2001.` and the like: a range that somebody has not finished
        Value::Number => Err(Mistake::new("bad-range", "a single number is no range of ids")
            .help("`scene` takes one number; a range is written 2001..2050")),
        _ => match reader.text(entry.key, entry.value) {
            Some(text) => value::range(text),
            None => return Vec::new(),
        },
    };
    let ids = reader.checked(entry.value, ids);
    // The last number is the longest.
    let longest = ids.map_or_else(String::new, |(_, last)| last.get().to_string());
    let longest = channel(fields, &longest, reader);
    let (Some((first, last)), Some(_), Some(Entry { value: node, .. })) =
        (ids, longest, fields.get("channel"))
    else {
        return Vec::new();
    };
    let Value::Text(template) = &node.value else { return Vec::new() };
    if first != last && !template.contains("{n}") {
        reader
            .findings
            .warning(reader.position(node), "same-channel", "every code of this range has the same channel")
            .help("{n} stands for the number, as in \"Store {n}\"");
    }
    let code = |number: u32| {
        let channel = Channel::new(&template.replace("{n}", &number.to_string()));
        Scene::id(number.into()).ok().zip(channel.ok())
    };
    (first.get()..=last.get()).filter_map(code).collect()
}

/// Reads the tags. Wrong ones are reported and left out.
fn tags(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Arc<[Tag]> {
    let Some(Entry { key, value, .. }) = fields.get("tags") else { return Arc::default() };
    let mut tags = Vec::new();
    for item in reader.list(key, value).unwrap_or_default() {
        if let Some(text) = reader.text(key, item) {
            let position = reader.position(item);
            if !add_tag(&mut tags, text, position, "did you mean two tags? [one, two]", reader.findings) {
                break;
            }
        }
    }
    tags.into()
}
