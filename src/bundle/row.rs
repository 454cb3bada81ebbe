//! One code as every manifest shows it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{
    BundledCode, Digest, Instant, Labels, LastDay, LifetimeKind, Medium, PictureNames, Scene, Ticket,
    excerpt, grouped,
};

use super::contents::labels_and_issue;
use super::{BundleError, Header, names};

/// The columns of `manifest.csv` and the members of a code in `manifest.json`, in their order. The further
/// columns of campaign files follow them.
pub const COLUMNS: [&str; 14] = [
    "seq",
    "scene",
    "scene_type",
    "channel",
    "tags",
    "lifetime",
    "generation",
    "created_at",
    "expires_at",
    "url",
    "ticket",
    "image",
    "image_sha256",
    "medium",
];

/// The most bytes that a code's labels may have together, the names of its further columns counted.
pub(super) const MAX_LABEL_BYTES: usize = 64 << 10;

/// The most tags and further cells that a bundle's codes may have together.
pub(super) const MAX_VALUES: usize = 4_000_000;

/// The most further columns of a bundle.
const MAX_FURTHER_COLUMNS: usize = 250;

/// What a manifest says of one code. The image's name follows from the rest.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its place in the campaign.
    pub seq: u64,
    /// What it carries.
    pub scene: &'a Scene,
    /// Channel, tags and further columns.
    pub labels: &'a Labels,
    /// Which issue of the code it is.
    pub generation: u32,
    /// When the platform made it.
    pub created_at: Timestamp,
    /// When it expires; `None` for a permanent code.
    pub expires_at: Option<Timestamp>,
    /// What its picture decodes to.
    pub url: &'a str,
    /// Its ticket.
    pub ticket: &'a Ticket,
    /// Its picture's SHA-256.
    pub picture: Digest,
    /// What it is shown on, if that is declared.
    pub medium: Option<Medium>,
}

impl<'a> Row<'a> {
    pub(super) fn lifetime(&self) -> LifetimeKind {
        if self.expires_at.is_some() { LifetimeKind::Temporary } else { LifetimeKind::Permanent }
    }

    pub(super) fn image(&self, names: PictureNames) -> String {
        let issue = (names == PictureNames::Dated).then(|| (self.generation, self.last_day()));
        names::picture(self.seq, self.scene, &self.labels.channel, issue)
    }

    /// Until when it works; `None` for a permanent code.
    pub(super) fn last_day(&self) -> Option<LastDay> {
        self.expires_at.map(|at| LastDay::new(self.created_at, at))
    }

    /// The value of a further column; empty if this code has none.
    pub(super) fn extra(&self, column: &str) -> &'a str {
        self.labels.extras.get(column)
    }

    /// A digest of everything a bundle says of the code but its seq, scene, url and ticket.
    pub fn digest(&self) -> Digest {
        let Self { labels, medium, generation, created_at, expires_at, picture, .. } = *self;
        labels_and_issue(labels, medium, generation, (created_at, expires_at), picture)
    }

    /// What another bundle is compared with, of a bundle that names its pictures so.
    pub fn bundled(&self, names: PictureNames) -> BundledCode {
        BundledCode {
            seq: self.seq,
            scene: self.scene.clone(),
            channel: self.labels.channel.clone(),
            medium: self.medium,
            generation: self.generation,
            created_at: self.created_at,
            expires_at: self.expires_at,
            url: self.url.to_owned(),
            digest: self.digest(),
            names,
        }
    }
}

/// Something that makes a row.
pub trait AsRow {
    /// The code as every manifest shows it.
    fn row(&self) -> Row<'_>;
}

/// A bundle's header, columns and codes: all that its manifests are rendered from.
pub(super) struct Listing<'a, T> {
    pub(super) header: &'a Header,
    /// The further columns in the order in which they are first seen, by seq.
    pub(super) extras: Vec<&'a str>,
    /// In the order of their seq.
    pub(super) codes: &'a [T],
    pub(super) summary: Summary,
}

impl<'a, T: AsRow> Listing<'a, T> {
    /// The listing of codes in the order of their seq.
    pub(super) fn new(header: &'a Header, codes: &'a [T]) -> Result<Self, BundleError> {
        let mut extras: Vec<&str> = Vec::new();
        let mut known = BTreeSet::from(COLUMNS);
        let mut last: Vec<&str> = Vec::new();
        let mut values = 0;
        for code in codes {
            let Row { labels, scene, .. } = code.row();
            check_labels(labels, scene)?;
            values += labels.tags.len() + labels.extras.len();
            // The rows of one table share their columns, so this seldom goes further.
            if labels.extras.iter().map(|(column, _)| column).eq(last.iter().copied()) {
                continue;
            }
            last = labels.extras.iter().map(|(column, _)| column).collect();
            let mut own = BTreeSet::new();
            for column in &last {
                if COLUMNS.contains(column) || !own.insert(column) {
                    let column = excerpt(column, 60);
                    return Err(BundleError::Unfit(format!(
                        "the column `{column}` of the campaign files stands in the manifest already: rename it"
                    )));
                }
                if known.insert(column) {
                    extras.push(column);
                }
            }
        }
        for (count, most, what) in [
            (extras.len(), MAX_FURTHER_COLUMNS, "further columns"),
            (values, MAX_VALUES, "tags and further cells"),
        ] {
            if count > most {
                let most = grouped(most as u64);
                return Err(BundleError::Unfit(format!(
                    "the codes have more than {most} {what}: drop columns that nobody needs, or split the campaign"
                )));
            }
        }
        let summary = Summary::of(codes.iter().map(AsRow::row));
        Ok(Self { header, extras, codes, summary })
    }

    /// The row of a seq.
    pub(super) fn row_of(&self, seq: u64) -> Option<Row<'_>> {
        let index = self.codes.binary_search_by_key(&seq, |code| code.row().seq).ok()?;
        Some(self.codes[index].row())
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.codes.iter().map(AsRow::row)
    }
}

fn check_labels(labels: &Labels, scene: &Scene) -> Result<(), BundleError> {
    let Labels { channel, tags, extras } = labels;
    let tags = tags.iter().map(|tag| tag.as_str().len());
    let cells = extras.iter().map(|(column, value)| column.len() + value.len());
    if channel.as_str().len() + tags.chain(cells).sum::<usize>() <= MAX_LABEL_BYTES {
        return Ok(());
    }
    let most = MAX_LABEL_BYTES >> 10;
    Err(BundleError::Unfit(format!(
        "channel, tags and further columns of scene {scene} have more than {most} KiB: shorten them"
    )))
}

/// How many codes there are and when they expire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many codes there are.
    pub codes: u64,
    /// How many of them expire.
    pub temporary: u64,
    /// How many do not.
    pub permanent: u64,
    /// When the first temporary code expires.
    #[serde(rename = "first_expires_at", serialize_with = "Instant::write_or_null")]
    pub first_expiry: Option<Timestamp>,
    /// When the last one does.
    #[serde(rename = "last_expires_at", serialize_with = "Instant::write_or_null")]
    pub last_expiry: Option<Timestamp>,
    /// When the newest code was made.
    #[serde(skip)]
    pub newest: Option<Timestamp>,
}

impl Summary {
    fn of<'a>(rows: impl Iterator<Item = Row<'a>>) -> Self {
        let mut summary = Self::default();
        for row in rows {
            summary.codes += 1;
            summary.newest = summary.newest.max(Some(row.created_at));
            match row.expires_at {
                Some(at) => {
                    summary.temporary += 1;
                    summary.first_expiry = Some(summary.first_expiry.map_or(at, |first| first.min(at)));
                    summary.last_expiry = summary.last_expiry.max(Some(at));
                }
                None => summary.permanent += 1,
            }
        }
        summary
    }
}
