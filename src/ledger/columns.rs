//! Between the ledger's columns and the model's values.
//!
//! A ledger may have been changed by hand, so every value is checked again on its way in.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, OptionalExtension, Params, Result, Row};

use crate::model::{
    AppId, CampaignName, Channel, CodeKey, Digest, ExpireSeconds, Extras, Generation, Labels, Lifetime,
    Medium, PictureFacts, PictureNames, Recipient, Scene, Tag, Ticket,
};

/// A value that a column holds. The error says what the column holds instead.
pub(super) trait Column: Sized {
    fn read(value: ValueRef<'_>) -> Result<Self, String>;
}

/// Reads a row's columns from left to right.
pub(super) struct Cells<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Cells<'r, 's> {
    pub(super) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn next<T: Column>(&mut self) -> Result<T> {
        self.read(T::read)
    }

    fn read<T>(&mut self, read: impl FnOnce(ValueRef<'r>) -> Result<T, String>) -> Result<T> {
        let (column, value) = (self.next, self.row.get_ref(self.next)?);
        self.next += 1;
        read(value).map_err(|what| Error::FromSqlConversionFailure(column, value.data_type(), what.into()))
    }
}

/// A row's only column, for [`all`] and [`first`].
pub(super) fn one<T: Column>(cells: &mut Cells<'_, '_>) -> Result<T> {
    cells.next()
}

/// All rows of a query.
pub(super) fn all<T, C: FromIterator<T>>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&mut Cells<'_, '_>) -> Result<T>,
) -> Result<C> {
    connection.prepare_cached(sql)?.query_map(params, |row| read(&mut Cells::of(row)))?.collect()
}

/// The first row of a query, if there is one.
pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&mut Cells<'_, '_>) -> Result<T>,
) -> Result<Option<T>> {
    connection.prepare_cached(sql)?.query_row(params, |row| read(&mut Cells::of(row))).optional()
}

/// The one value of a query that always has one.
pub(super) fn value<T: Column>(connection: &Connection, sql: &str, params: impl Params) -> Result<T> {
    connection.prepare_cached(sql)?.query_row(params, |row| Cells::of(row).next())
}

impl<T: Column> Column for Option<T> {
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        if value == ValueRef::Null { Ok(None) } else { T::read(value).map(Some) }
    }
}

impl Column for i64 {
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        value.as_i64().map_err(|_| format!("a number that is {}", value.data_type()))
    }
}

fn text(value: ValueRef<'_>) -> Result<&str, String> {
    value.as_str().map_err(|_| format!("a text that is {}", value.data_type()))
}

/// Columns that are read as something simpler, which is then checked.
macro_rules! columns {
    ($($type:ty, |$from:ident: $simple:ty| $read:expr;)*) => { $(
        impl Column for $type {
            fn read(value: ValueRef<'_>) -> Result<Self, String> {
                let $from = <$simple>::read(value)?;
                $read
            }
        }
    )* };
}

columns! {
    u32, |number: i64| number.try_into().map_err(|_| format!("a number of {number}"));
    u64, |number: i64| number.try_into().map_err(|_| format!("a number of {number}"));
    bool, |number: i64| Ok(number != 0);
    CodeKey, |number: i64| Ok(Self(number));
    Timestamp, |seconds: i64| Self::from_second(seconds).map_err(|_| format!("a time of {seconds} s"));
    Date, |day: String| day.parse().map_err(|_| format!("a day {day:?} that is none"));
    Lifetime, |seconds: u64| match seconds {
        0 => Ok(Self::Permanent),
        seconds => ExpireSeconds::new(seconds)
            .map(Self::Temporary)
            .map_err(|error| format!("a lifetime that cannot be: {error}")),
    };
    CampaignName, |name: String| {
        Self::new(&name).map_err(|error| format!("a campaign's name {name:?} that {error}"))
    };
    AppId, |name: String| Self::new(&name).ok_or_else(|| format!("an account {name:?} that is no appid"));
    Channel, |text: String| Self::new(&text).map_err(|error| format!("a channel that {error}"));
    Ticket, |text: String| Self::new(&text).map_err(|error| format!("a ticket that is none: {error}"));
    Medium, |word: String| Self::from_word(&word).ok_or_else(|| format!("a medium {word:?}"));
    PictureNames, |word: String| Self::from_word(&word).ok_or_else(|| format!("names of pictures {word:?}"));
    Recipient, |name: String| match &*name {
        "" => Ok(Self::default()),
        name => Self::new(name).map_err(|error| format!("a recipient that {error}")),
    };
}

impl Column for String {
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        text(value).map(str::to_owned)
    }
}

impl Column for Digest {
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        let bytes = value.as_blob().ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self::from_bytes).ok_or_else(|| "a digest that is none".to_owned())
    }
}

/// An id is stored as an integer, a string as a text.
impl Column for Scene {
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        let scene = match value {
            ValueRef::Integer(id) => Self::id(id.try_into().map_err(|_| format!("a scene of {id}"))?),
            value => Self::text(text(value)?),
        };
        scene.map_err(|error| format!("a scene that cannot be: {error}"))
    }
}

impl ToSql for Scene {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Id(id) => id.get().into(),
            Self::Str(text) => text.as_str().into(),
        })
    }
}

/// A count as the database holds it. Nothing here comes near its limit.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The columns of [`Cells::generation`].
pub(super) const GENERATION: &str = "g.number, g.lifetime, g.created_at, g.expires_at, g.picture, g.side";

/// The columns of [`LabelReader::read`].
pub(super) const LABELS: &str = "c.channel, c.tags, c.extra_columns, c.extra_values";

impl Cells<'_, '_> {
    /// A generation, from [`GENERATION`]; `None` if the join found none.
    pub(super) fn generation(&mut self) -> Result<Option<Generation>> {
        let (number, lifetime, created_at) = (self.next()?, self.next::<Option<Lifetime>>()?, self.next()?);
        let (expires_at, digest, side): (Option<Timestamp>, Option<Digest>, Option<u32>) =
            (self.next()?, self.next()?, self.next()?);
        let (Some(number), Some(lifetime), Some(created_at)) = (number, lifetime, created_at) else {
            return Ok(None);
        };
        if lifetime.is_permanent() != expires_at.is_none() {
            let what = "a generation that is permanent and expires, or is temporary and does not";
            return Err(Error::FromSqlConversionFailure(0, rusqlite::types::Type::Null, what.into()));
        }
        let picture = digest.zip(side).map(|(digest, side)| PictureFacts { digest, side });
        Ok(Some(Generation { number, lifetime, created_at, expires_at, picture }))
    }
}

/// The further columns of a code as they are stored: two JSON lists, of headers and of values.
pub(super) fn stored_extras(extras: &Extras) -> Option<(String, String)> {
    let list = |texts: Vec<&str>| serde_json::Value::from(texts).to_string();
    (!extras.is_empty()).then(|| {
        let (columns, values): (Vec<_>, Vec<_>) = extras.iter().unzip();
        (list(columns), list(values))
    })
}

/// Reads labels. Equal lists of tags or headers become one list in memory.
#[derive(Default)]
pub(super) struct LabelReader {
    none: Option<Extras>,
    tags: HashMap<Box<str>, Arc<[Tag]>>,
    headers: HashMap<Box<str>, Arc<[Box<str>]>>,
}

impl LabelReader {
    /// The labels, from [`LABELS`].
    pub(super) fn read(&mut self, cells: &mut Cells<'_, '_>) -> Result<Labels> {
        let channel = cells.next()?;
        let tags = cells.read(|value| {
            shared(&mut self.tags, text(value)?, |joined| {
                let tags = joined.split_terminator(';').map(Tag::new).collect::<Result<_, _>>();
                tags.map_err(|error| format!("a tag that {error}"))
            })
        })?;
        let headers = cells.read(|value| match value {
            ValueRef::Null => Ok(None),
            value => shared(&mut self.headers, text(value)?, |json| Ok(strings(json)?.into())).map(Some),
        })?;
        let values = cells.read(|value| match value {
            ValueRef::Null => Ok(Vec::new()),
            value => strings(text(value)?),
        })?;
        let extras = match headers {
            Some(headers) => Extras::new(headers, values),
            None => self.none.get_or_insert_with(Extras::none).clone(),
        };
        Ok(Labels { channel, tags, extras })
    }
}

/// The list that a text was read as before, or else is read as now.
fn shared<T: ?Sized>(
    known: &mut HashMap<Box<str>, Arc<T>>,
    text: &str,
    read: impl FnOnce(&str) -> Result<Arc<T>, String>,
) -> Result<Arc<T>, String> {
    if let Some(list) = known.get(text) {
        return Ok(Arc::clone(list));
    }
    let list = read(text)?;
    known.insert(text.into(), Arc::clone(&list));
    Ok(list)
}

fn strings(json: &str) -> Result<Vec<Box<str>>, String> {
    serde_json::from_str(json).map_err(|error| format!("a list of further columns that is none: {error}"))
}
