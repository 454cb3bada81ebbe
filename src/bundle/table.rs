//! The two CSV manifests: `manifest.csv` for programs, `manifest-excel.csv` for a double click.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::model::{LifetimeKind, Medium, SceneType, minute_text, rfc3339};

use super::row::{AsRow, COLUMNS, Listing, Row};
use super::spreadsheet::safe_cell;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// Exact: UTF-8 without byte order mark, instants as RFC 3339.
    Programs,
    /// With byte order mark, Chinese headers and readable instants; no cell is run or rewritten.
    People,
}

const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// One for each of [`COLUMNS`].
const CHINESE: [&str; COLUMNS.len()] = [
    "序号",
    "场景值",
    "场景类型",
    "渠道",
    "标签",
    "期限",
    "第几代",
    "生成时间",
    "失效时间",
    "链接",
    "Ticket",
    "图片",
    "图片SHA-256",
    "用途",
];

impl Table {
    /// The first line.
    pub(super) fn columns<'a, T: AsRow>(self, listing: &Listing<'a, T>) -> Vec<Cow<'a, str>> {
        let known = if self == Self::Programs { COLUMNS } else { CHINESE };
        let extras = listing.extras.iter().map(|column| self.text(column));
        known.into_iter().map(Cow::Borrowed).chain(extras).collect()
    }

    /// The line of one code.
    pub(super) fn cells<'a, T: AsRow>(self, row: &Row<'a>, listing: &Listing<'_, T>) -> Vec<Cow<'a, str>> {
        let extras = &listing.extras;
        let people = self == Self::People;
        let instant = |at| Cow::Owned(if people { minute_text(at) } else { rfc3339(at) });
        let mut cells = Vec::with_capacity(COLUMNS.len() + extras.len());
        cells.push(row.seq.to_string().into());
        cells.push(self.own(row.scene.to_string()));
        cells.push(match (people, row.scene.scene_type()) {
            (false, scene_type) => scene_type.as_str().into(),
            (true, SceneType::Id) => "数字".into(),
            (true, SceneType::Str) => "字符串".into(),
        });
        cells.push(self.text(row.labels.channel.as_str()));
        cells.push(self.own(row.labels.joined_tags()));
        cells.push(match (people, row.lifetime()) {
            (false, lifetime) => lifetime.as_str().into(),
            (true, LifetimeKind::Temporary) => "临时".into(),
            (true, LifetimeKind::Permanent) => "永久".into(),
        });
        cells.push(row.generation.to_string().into());
        cells.push(instant(row.created_at));
        cells.push(row.expires_at.map(instant).unwrap_or_default());
        cells.push(self.text(row.url));
        cells.push(self.text(row.ticket.as_str()));
        cells.push(row.image(listing.header.names).into());
        cells.push(row.picture.to_string().into());
        cells.push(match (people, row.medium) {
            (_, None) => Cow::default(),
            (false, Some(medium)) => medium.as_str().into(),
            (true, Some(Medium::Paper)) => "印刷".into(),
            (true, Some(Medium::Screen)) => "屏幕".into(),
        });
        cells.extend(extras.iter().map(|column| self.text(row.extra(column))));
        cells
    }

    /// Writes the whole file: RFC 4180, CRLF.
    pub(super) fn write<T: AsRow>(self, listing: &Listing<'_, T>, out: &mut dyn Write) -> io::Result<()> {
        if self == Self::People {
            out.write_all(BYTE_ORDER_MARK.as_bytes())?;
        }
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        writer.write_record(self.columns(listing).iter().map(|cell| cell.as_bytes()))?;
        for row in listing.rows() {
            writer.write_record(self.cells(&row, listing).iter().map(|cell| cell.as_bytes()))?;
        }
        writer.flush()
    }

    fn text(self, text: &str) -> Cow<'_, str> {
        if self == Self::People { safe_cell(text) } else { Cow::Borrowed(text) }
    }

    fn own(self, text: String) -> Cow<'static, str> {
        if self == Self::People { Cow::Owned(safe_cell(&text).into_owned()) } else { Cow::Owned(text) }
    }
}
