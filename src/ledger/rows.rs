//! Between the ledger's columns and the model's values.
//!
//! A ledger may have been changed by hand, so every value is checked again on its way in.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::error::Fault;
use crate::model::{
    AppId, CampaignName, Channel, CodeKey, Digest, ExpireSeconds, Extras, Generation, Labels, Lifetime,
    PictureFacts, Scene, Tag, Ticket,
};

/// Says of a stored value that it cannot be.
fn wrong(what: &str, why: impl std::fmt::Display) -> Fault {
    Fault::Value(format!("a {what} {why}"))
}

/// A count as the database holds it. Nothing here comes near its limit.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count from the database.
pub(super) fn count(row: &Row<'_>, column: usize) -> Result<u64, Fault> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| wrong("count", format!("of {number}")))
}

/// An instant from unix seconds.
pub(super) fn instant(seconds: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_second(seconds).map_err(|_| wrong("time", format!("of {seconds} s")))
}

/// A text column, without a copy.
pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, Fault> {
    row.get_ref(column)?.as_str().map_err(|error| wrong("text", format!("that is none: {error}")))
}

fn optional_text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, Fault> {
    if row.get_ref(column)? == ValueRef::Null { Ok(None) } else { text(row, column).map(Some) }
}

/// A code's number.
pub(super) fn key(row: &Row<'_>, column: usize) -> Result<CodeKey, Fault> {
    Ok(CodeKey(row.get(column)?))
}

/// A campaign's name.
pub(super) fn campaign(row: &Row<'_>, column: usize) -> Result<CampaignName, Fault> {
    let name = text(row, column)?;
    CampaignName::new(name).map_err(|error| wrong("campaign's name", format!("{name:?} that {error}")))
}

/// An appid.
pub(super) fn appid(row: &Row<'_>, column: usize) -> Result<AppId, Fault> {
    let name = text(row, column)?;
    AppId::new(name).ok_or_else(|| wrong("account", format!("{name:?} that is no appid")))
}

/// A SHA-256.
pub(super) fn digest(row: &Row<'_>, column: usize) -> Result<Digest, Fault> {
    Ok(Digest::from_bytes(row.get(column)?))
}

/// A scene as it is stored: an id as an integer, a string as a text.
pub(super) struct StoredScene<'a>(pub(super) &'a Scene);

impl ToSql for StoredScene<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Scene::Id(id) => id.get().into(),
            Scene::Str(text) => text.as_str().into(),
        })
    }
}

/// A scene.
pub(super) fn scene(row: &Row<'_>, column: usize) -> Result<Scene, Fault> {
    let scene = match row.get_ref(column)? {
        ValueRef::Integer(id) => {
            let id = u64::try_from(id).map_err(|_| wrong("scene", format!("of {id}")))?;
            Scene::id(id)
        }
        _ => Scene::text(text(row, column)?),
    };
    scene.map_err(|error| wrong("scene", format!("that cannot be: {error}")))
}

/// The columns of [`generation`], in its order, and two more that some queries read after them.
pub(super) const GENERATION: &str =
    "g.number, g.lifetime, g.created_at, g.expires_at, g.picture, g.side, g.ticket, g.url";

/// A generation, from [`GENERATION`]; `None` where the join found none.
pub(super) fn generation(row: &Row<'_>, first: usize) -> Result<Option<Generation>, Fault> {
    let Some(number) = row.get::<_, Option<u32>>(first)? else { return Ok(None) };
    let lifetime = match row.get::<_, u32>(first + 1)? {
        0 => Lifetime::Permanent,
        seconds => ExpireSeconds::new(seconds.into())
            .map(Lifetime::Temporary)
            .map_err(|error| wrong("lifetime", format!("that cannot be: {error}")))?,
    };
    let expires_at = row.get::<_, Option<i64>>(first + 3)?.map(instant).transpose()?;
    if lifetime.is_permanent() != expires_at.is_none() {
        return Err(wrong("generation", "that is permanent and dies, or is temporary and does not"));
    }
    let picture = match row.get::<_, Option<u32>>(first + 5)? {
        Some(side) => Some(PictureFacts { digest: digest(row, first + 4)?, side }),
        None => None,
    };
    Ok(Some(Generation { number, lifetime, created_at: instant(row.get(first + 2)?)?, expires_at, picture }))
}

/// A generation's ticket and url, from [`GENERATION`].
pub(super) fn ticket_and_url(row: &Row<'_>, first: usize) -> Result<(Ticket, String), Fault> {
    let ticket = Ticket::new(text(row, first + 6)?)
        .map_err(|error| wrong("ticket", format!("that is none: {error}")))?;
    Ok((ticket, text(row, first + 7)?.to_owned()))
}

/// Labels as they are stored.
pub(super) struct StoredLabels<'a> {
    pub(super) channel: &'a str,
    pub(super) tags: String,
    pub(super) extra_columns: Option<String>,
    pub(super) extra_values: Option<String>,
}

impl<'a> StoredLabels<'a> {
    pub(super) fn of(labels: &'a Labels) -> Self {
        let list = |texts: Vec<&str>| {
            (!labels.extras.is_empty()).then(|| serde_json::Value::from(texts).to_string())
        };
        Self {
            channel: labels.channel.as_str(),
            tags: labels.joined_tags(),
            extra_columns: list(labels.extras.iter().map(|(column, _)| column).collect()),
            extra_values: list(labels.extras.iter().map(|(_, value)| value).collect()),
        }
    }
}

/// Reads labels. Equal lists of tags or headers become one list in memory.
pub(super) struct LabelReader {
    none: Extras,
    tags: HashMap<Box<str>, Arc<[Tag]>>,
    headers: HashMap<Box<str>, Arc<[Box<str>]>>,
}

/// The columns of [`LabelReader::read`], in its order.
pub(super) const LABELS: &str = "c.channel, c.tags, c.extra_columns, c.extra_values";

impl LabelReader {
    pub(super) fn new() -> Self {
        Self { none: Extras::none(), tags: HashMap::new(), headers: HashMap::new() }
    }

    /// The labels, from [`LABELS`].
    pub(super) fn read(&mut self, row: &Row<'_>, first: usize) -> Result<Labels, Fault> {
        let channel =
            Channel::new(text(row, first)?).map_err(|error| wrong("channel", format!("that {error}")))?;
        let tags = self.tags(text(row, first + 1)?)?;
        let extras = match (optional_text(row, first + 2)?, optional_text(row, first + 3)?) {
            (Some(columns), Some(values)) => Extras::new(self.headers(columns)?, strings(values)?),
            _ => self.none.clone(),
        };
        Ok(Labels { channel, tags, extras })
    }

    fn tags(&mut self, joined: &str) -> Result<Arc<[Tag]>, Fault> {
        if let Some(tags) = self.tags.get(joined) {
            return Ok(Arc::clone(tags));
        }
        let tags = joined.split_terminator(';').map(Tag::new).collect::<Result<Arc<[Tag]>, _>>();
        let tags = tags.map_err(|error| wrong("tag", format!("that {error}")))?;
        self.tags.insert(joined.into(), Arc::clone(&tags));
        Ok(tags)
    }

    fn headers(&mut self, json: &str) -> Result<Arc<[Box<str>]>, Fault> {
        if let Some(headers) = self.headers.get(json) {
            return Ok(headers.clone());
        }
        let headers: Arc<[Box<str>]> = strings(json)?.into();
        self.headers.insert(json.into(), headers.clone());
        Ok(headers)
    }
}

fn strings(json: &str) -> Result<Vec<Box<str>>, Fault> {
    serde_json::from_str(json)
        .map_err(|error| wrong("list of further columns", format!("that is none: {error}")))
}
