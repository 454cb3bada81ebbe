//! One campaign file as it is written: raw codes with their places, before files are put together.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::MAX_CODES;
use super::limits::limits;
use super::problem::{Findings, Format, Place, Source, Spot};
use super::value;
use super::yaml::{self, Fields, Node, Reader, Value};
use crate::model::{AccountName, Channel, Extras, Lifetime, Limits, Medium, Scene, Tag, rough_duration};
use crate::table::{Mistake, quoted};

/// The keys of a campaign file; all but the last two only of a campaign's own.
pub(super) const KEYS: [&str; 14] = [
    "campaign",
    "account",
    "expires",
    "expire_seconds",
    "renew_before",
    "until",
    "medium",
    "accept_expiry",
    "reuse",
    "permanent_budget",
    "limits",
    "example",
    "codes",
    "include",
];

/// The keys of a code.
pub(super) const CODE_KEYS: [&str; 8] =
    ["scene", "scenes", "channel", "tags", "expires", "expire_seconds", "medium", "reuse"];

/// A setting of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stated<T> {
    /// It is not there.
    No,
    /// It is there and wrong, which was reported.
    Wrong,
    Is(T),
}

impl<T> Stated<T> {
    pub(super) fn or(self, other: Self) -> Self {
        if matches!(self, Self::No) { other } else { self }
    }
}

impl<T> From<Option<T>> for Stated<T> {
    /// Of a setting that is there.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Wrong, Self::Is)
    }
}

/// A campaign file, a file included by one, or a table.
#[derive(Debug)]
pub(super) struct Document {
    pub file: usize,
    pub name: Option<(String, Spot)>,
    pub account: Stated<(AccountName, Spot)>,
    pub expires: Stated<Lifetime>,
    pub renew_before: Option<(Duration, Spot)>,
    pub until: Option<Date>,
    /// The key is there, be it right or wrong.
    pub until_stated: bool,
    pub medium: Stated<Medium>,
    pub reuse: Option<bool>,
    pub accept_expiry: Option<(Date, Spot)>,
    pub permanent_budget: Option<(u64, Spot)>,
    pub limits: Limits,
    pub example: bool,
    /// The first key that only a campaign may have, not a file that is included.
    pub campaign_key: Option<(&'static str, Spot)>,
    /// The first row of a table that has no column `expires`.
    pub without_expires: Option<Spot>,
    pub codes: Vec<RawCode>,
    pub includes: Vec<Include>,
    /// It has errors of its own.
    pub broken: bool,
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
    pub spot: Spot,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    One { scene: Scene, channel: Channel },
    Range { first: NonZeroU32, last: NonZeroU32, template: Box<str> },
}

/// An entry of `include`.
#[derive(Debug)]
pub(super) struct Include {
    pub path: String,
    pub spot: Spot,
    /// The document it was found to be.
    pub target: Option<usize>,
}

impl Document {
    pub(super) fn empty(file: usize) -> Self {
        Self {
            file,
            name: None,
            account: Stated::No,
            expires: Stated::No,
            renew_before: None,
            until: None,
            until_stated: false,
            medium: Stated::No,
            reuse: None,
            accept_expiry: None,
            permanent_budget: None,
            limits: Limits::default(),
            example: false,
            campaign_key: None,
            without_expires: None,
            codes: Vec::new(),
            includes: Vec::new(),
            broken: false,
        }
    }

    /// A file that could not be read, which was reported.
    pub(super) fn broken(file: usize) -> Self {
        Self { broken: true, ..Self::empty(file) }
    }

    /// Reads a YAML file.
    pub(super) fn from_yaml(file: usize, source: &Source, findings: &mut Findings) -> Self {
        let errors = findings.errors();
        let mut document = Self::empty(file);
        if let Some(node) = yaml::parse(&source.text, file, findings) {
            let mut reader = Reader { file, text: &source.text, findings };
            if matches!(node.value, Value::Null) {
                empty_file(file, source, reader.findings);
            } else {
                document.read(&node, &mut reader);
            }
        }
        document.broken = findings.errors() > errors;
        document
    }

    fn read(&mut self, node: &Node<'_>, reader: &mut Reader<'_>) {
        if let Value::Text(_) = node.value {
            if let Some(at) = reader.text.find('：') {
                let spot = Spot::Span { start: super::place::offset(at), len: 3 };
                reader
                    .findings
                    .error(
                        Place { file: self.file, spot },
                        "wrong-type",
                        "a campaign file must be a mapping of keys to values, and this colon makes it a text",
                    )
                    .help("`：` is the full-width colon: write `:` and a space");
                return;
            }
            let place = Place::file(self.file);
            reader
                .findings
                .error(place, "wrong-type", "a campaign file must be a mapping of keys to values, not a text")
                .help("a table of codes needs the ending .csv");
            return;
        }
        let Some(fields) = reader.fields(node, "a campaign file", &KEYS) else { return };
        // All but the last two.
        let of_campaigns = &KEYS[..KEYS.len() - 2];
        self.campaign_key =
            of_campaigns.iter().find_map(|key| fields.entry(key).map(|(k, _)| (*key, k.spot())));
        if let Some(node) = fields.get("campaign") {
            self.name = reader.text("campaign", node).map(|name| (name.to_owned(), node.spot()));
        }
        if let Some(node) = fields.get("account") {
            self.account = account(node, reader).map(|name| (name, node.spot())).into();
        }
        self.expires = lifetime(&fields, reader);
        self.renew_before = fields
            .get("renew_before")
            .and_then(|node| renew_before(node, reader).map(|duration| (duration, node.spot())));
        self.until = fields.get("until").and_then(|node| day("until", node, reader));
        self.reuse = reuse(&fields, reader);
        self.until_stated = fields.is_meant("until");
        self.medium = medium(&fields, reader);
        let accepted = fields.get("accept_expiry");
        self.accept_expiry =
            accepted.and_then(|node| Some((day("accept_expiry", node, reader)?, node.spot())));
        if let Some(node) = fields.get("permanent_budget") {
            self.permanent_budget = reader.whole_number("permanent_budget", node).map(|n| (n, node.spot()));
        }
        if let Some(node) = fields.get("limits") {
            self.limits = limits(node, reader);
        }
        self.example =
            fields.get("example").and_then(|node| reader.boolean("example", node)).unwrap_or_default();
        if let Some(node) = fields.get("codes") {
            self.read_codes(node, reader);
        }
        for item in fields.get("include").and_then(|node| reader.list("include", node)).unwrap_or_default() {
            if let Some(path) = reader.text("include", item) {
                self.includes.push(Include { path: path.to_owned(), spot: item.spot(), target: None });
            }
        }
    }

    fn read_codes(&mut self, node: &Node<'_>, reader: &mut Reader<'_>) {
        let items = reader.list("codes", node).unwrap_or_default();
        let no_extras = Extras::none();
        let mut count = 0;
        self.codes.reserve_exact(items.len());
        for item in items {
            let Some(code) = code(item, reader, &no_extras) else { continue };
            count += code.count();
            if count > MAX_CODES {
                let place = Place { file: self.file, spot: code.spot };
                too_many_codes(place, reader.findings);
                self.codes.clear();
                return;
            }
            self.codes.push(code);
        }
    }
}

impl RawCode {
    fn count(&self) -> usize {
        match &self.what {
            What::One { .. } => 1,
            What::Range { first, last, .. } => {
                usize::try_from(last.get() - first.get()).map_or(usize::MAX, |n| n + 1)
            }
        }
    }
}

pub(super) fn empty_file(file: usize, source: &Source, findings: &mut Findings) {
    let is_blank = source.text.trim().is_empty();
    let message = if is_blank { "the file is empty" } else { "the file has no keys, only comments" };
    let help = match source.format {
        Format::Campaign => "a campaign file has `codes` or `include`; if this one is not needed, delete it",
        Format::Table => "the first row names the columns, each further row is a code; or delete the file",
        Format::Accounts => "it needs at least the account `default`; without the file there is one",
    };
    findings.error(Place::file(file), "empty-file", message).help(help);
}

pub(super) fn too_many_codes(place: Place, findings: &mut Findings) {
    let most = crate::model::grouped(MAX_CODES as u64);
    findings
        .error(place, "too-many-codes", format!("the file holds more than {most} codes"))
        .help("make several campaigns of it");
}

fn account(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<AccountName> {
    let name = AccountName::new(reader.text("account", node)?);
    if name.is_none() {
        reader.wrong(
            node,
            Mistake::new("empty-text", "the account's name is empty or holds a control character")
                .help("`account:` names an account of accounts.yaml"),
        );
    }
    name
}

/// `expires` or `expire_seconds` of a campaign or a code.
fn lifetime(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Stated<Lifetime> {
    let (node, read) = match (fields.entry("expires"), fields.entry("expire_seconds")) {
        (None, None) if fields.is_meant("expires") || fields.is_meant("expire_seconds") => {
            return Stated::Wrong;
        }
        (None, None) => return Stated::No,
        (Some((first, _)), Some((second, _))) => {
            let place = reader.place(first);
            reader
                .findings
                .error(
                    reader.place(second),
                    "two-lifetimes",
                    "`expires` and `expire_seconds` say the same thing twice",
                )
                .see(place, "the lifetime is already stated here")
                .help("keep one of the two");
            return Stated::Wrong;
        }
        (Some((_, node)), None) => (node, expires(node, reader)),
        (None, Some((_, node))) => {
            (node, reader.whole_number("expire_seconds", node).map(value::expire_seconds))
        }
    };
    match read {
        None => Stated::Wrong,
        Some(Err(wrong)) => {
            reader.wrong(node, wrong);
            Stated::Wrong
        }
        Some(Ok(lifetime)) => {
            warn_of_short(lifetime, reader.place(node), reader.findings);
            Stated::Is(lifetime)
        }
    }
}

fn expires(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Result<Lifetime, Mistake>> {
    match &node.value {
        // A bare number asks for its unit.
        Value::Number => Some(value::lifetime(node.written(reader.text))),
        _ => reader.text("expires", node).map(value::lifetime),
    }
}

/// `medium` of a campaign or a code.
fn medium(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Stated<Medium> {
    let Some(node) = fields.get("medium") else {
        return if fields.is_meant("medium") { Stated::Wrong } else { Stated::No };
    };
    let Some(text) = reader.text("medium", node) else { return Stated::Wrong };
    value::medium(text).map_err(|wrong| reader.wrong(node, wrong)).ok().into()
}

/// `reuse` of a campaign or a code.
fn reuse(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<bool> {
    fields.get("reuse").and_then(|node| reader.boolean("reuse", node))
}

pub(super) fn warn_of_short(lifetime: Lifetime, place: Place, findings: &mut Findings) {
    if value::is_short(lifetime) {
        let duration = rough_duration(Duration::from_secs(u64::from(lifetime.seconds())));
        findings
            .warning(
                place,
                "short-lifetime",
                format!("a code that lives {duration} may die between two nightly runs"),
            )
            .help("with 4d or more one missed run does no harm; or run more often than nightly");
    }
}

fn renew_before(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Duration> {
    let text = match &node.value {
        Value::Number => node.written(reader.text),
        _ => reader.text("renew_before", node)?,
    };
    match value::duration(text, "") {
        Ok(Duration::ZERO) => {
            let wrong = Mistake::new("bad-duration", "with `renew_before` of 0 only dead codes are renewed");
            reader.wrong(node, wrong.help("leave it out: a third of the lifetime is the default"));
            None
        }
        Ok(duration) => Some(duration),
        Err(wrong) => {
            reader.wrong(node, wrong);
            None
        }
    }
}

fn day(key: &str, node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Date> {
    let text = reader.text(key, node)?;
    let is_day = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date = is_day.then(|| text.parse().ok()).flatten();
    if date.is_none() {
        let wrong = Mistake::new("bad-date", format!("{} is no day of the calendar", quoted(text)));
        reader.wrong(node, wrong.help("year, month, day: 2027-03-15"));
    }
    date
}

fn code(node: &Node<'_>, reader: &mut Reader<'_>, no_extras: &Extras) -> Option<RawCode> {
    let fields = reader.fields(node, "a code", &CODE_KEYS)?;
    let expires = lifetime(&fields, reader);
    let (medium, reuse) = (medium(&fields, reader), reuse(&fields, reader));
    let tags = tags(&fields, reader);
    let channel = fields.get("channel");
    if !fields.is_meant("channel") {
        missing(node, "channel", reader);
    }
    let channel = channel.and_then(|channel| Some((channel, reader.text("channel", channel)?)));
    let (what, spot) = match (fields.entry("scene"), fields.entry("scenes")) {
        (Some((first, _)), Some((second, _))) => {
            let place = reader.place(first);
            reader
                .findings
                .error(reader.place(second), "scene-and-scenes", "a code has `scene` or `scenes`, not both")
                .see(place, "`scene` is here")
                .help("keep one of the two: `scene` is one code, `scenes` a range of them");
            return None;
        }
        (None, None) => {
            if !fields.is_meant("scene") && !fields.is_meant("scenes") {
                missing(node, "scene", reader);
            }
            return None;
        }
        (Some((_, scene)), None) => (one(scene, channel, reader)?, scene.spot()),
        (None, Some((_, scenes))) => (range(scenes, channel, reader)?, scenes.spot()),
    };
    Some(RawCode { what, expires, medium, reuse, tags: tags?, extras: no_extras.clone(), spot })
}

fn missing(node: &Node<'_>, key: &str, reader: &mut Reader<'_>) {
    let found =
        reader.findings.error(reader.place(node), "missing-field", format!("this code has no `{key}`"));
    found.help(match key {
        "scene" => "`scene` for one code, `scenes` for a range such as 2001..2050",
        _ => "`channel` says where the code is placed: channel: Metro line 2",
    });
}

type ChannelText<'n, 's> = Option<(&'n Node<'s>, &'n str)>;

fn one(scene: &Node<'_>, channel: ChannelText<'_, '_>, reader: &mut Reader<'_>) -> Option<What> {
    let scene = value::yaml_scene(scene, reader.text).map_err(|wrong| reader.wrong(scene, wrong)).ok();
    let (node, text) = channel?;
    let channel = checked_channel(node, text, reader);
    Some(What::One { scene: scene?, channel: channel? })
}

fn checked_channel(node: &Node<'_>, text: &str, reader: &mut Reader<'_>) -> Option<Channel> {
    Channel::new(text).map_err(|error| reader.wrong(node, value::text_problem("channel", &error))).ok()
}

fn range(scenes: &Node<'_>, channel: ChannelText<'_, '_>, reader: &mut Reader<'_>) -> Option<What> {
    let range = match &scenes.value {
        // `2001.` and the like: a range that somebody has not finished
        Value::Number => Err(Mistake::new("bad-range", "a single number is no range of ids")
            .help("`scene` takes one number; a range is written 2001..2050")),
        _ => reader.text("scenes", scenes).map(value::range)?,
    };
    let range = range.map_err(|wrong| reader.wrong(scenes, wrong)).ok();
    let (node, template) = channel?;
    // The last number is the longest.
    let longest = range.map_or_else(String::new, |(_, last)| last.to_string());
    checked_channel(node, &template.replace("{n}", &longest), reader)?;
    let (first, last) = range?;
    if first != last && !template.contains("{n}") {
        reader
            .findings
            .warning(reader.place(node), "same-channel", "every code of this range has the same channel")
            .help("{n} stands for the number, as in \"Store {n}\"");
    }
    Some(What::Range { first, last, template: template.into() })
}

/// `None` where one is wrong.
fn tags(fields: &Fields<'_, '_>, reader: &mut Reader<'_>) -> Option<Arc<[Tag]>> {
    let Some(node) = fields.get("tags") else { return Some(Arc::default()) };
    let mut tags = Vec::new();
    let mut good = true;
    for item in reader.list("tags", node)? {
        match reader.text("tags", item).map(Tag::new) {
            Some(Ok(tag)) if tags.contains(&tag) => {}
            Some(Ok(tag)) => {
                let help = "did you mean two tags? [one, two]";
                value::warn_of_separators(&tag, reader.place(item), help, reader.findings);
                tags.push(tag);
            }
            Some(Err(error)) => {
                reader.wrong(item, value::text_problem("tag", &error));
                good = false;
            }
            None => good = false,
        }
    }
    good.then(|| tags.into())
}
