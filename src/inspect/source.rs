//! Where codes are looked up: a ledger or a bundle.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{Issue, Issued};
use crate::bundle::{Manifest, ManifestCode};
use crate::ledger::{Find, Found, HandedOver, Ledger, LedgerError, MOST_FOUND, SqliteLedger};
use crate::model::LifetimeKind;
use crate::paper::{PaperTerms, Picture, Verdict};

/// Where codes are looked up.
pub enum Source {
    /// A bundle, of which only the manifest is read.
    Bundle {
        /// The zip.
        path: PathBuf,
        /// What it says.
        manifest: Box<Manifest>,
    },
    /// A ledger.
    Ledger {
        /// Its file.
        path: PathBuf,
        /// Opened for reading.
        ledger: SqliteLedger,
    },
    /// There is no ledger.
    Nothing {
        /// Its file's place.
        path: PathBuf,
    },
}

impl Source {
    /// Every issue that something belongs to; in a ledger newest first.
    pub(super) fn find(&self, what: &Find, now: Timestamp) -> Result<Vec<Issue>, LedgerError> {
        Ok(match self {
            Self::Nothing { .. } => Vec::new(),
            Self::Ledger { ledger, .. } => {
                ledger.find(what)?.into_iter().map(|found| of_ledger(found, now)).collect()
            }
            Self::Bundle { manifest, .. } => {
                let matches = |code: &&ManifestCode| match what {
                    Find::Ticket(ticket) => code.ticket.as_str() == ticket,
                    Find::Url(url) => code.url == *url,
                    Find::Picture(digest) => code.image_sha256 == *digest,
                    Find::Scene(scene) => code.scene == *scene,
                    Find::Channel(part) => {
                        let (channel, part) = (code.labels.channel.as_str(), part.to_ascii_lowercase());
                        channel.to_ascii_lowercase().contains(&part)
                    }
                };
                let most = if matches!(what, Find::Channel(_)) { MOST_FOUND } else { usize::MAX };
                manifest
                    .codes
                    .iter()
                    .filter(matches)
                    .take(most)
                    .map(|code| of_bundle(manifest, code, now))
                    .collect()
            }
        })
    }
}

fn of_ledger(found: Found, now: Timestamp) -> Issue {
    let issued = found.issued.map(|issued| {
        let (is_newest, expires_at) = (issued.is_latest, issued.generation.expires_at);
        let picture = Picture { medium: None, is_newest, expires_at };
        let verdict = || Verdict::of(picture, &PaperTerms::unknown(), now);
        Issued {
            lifetime: issued.generation.lifetime.kind(),
            generation: issued.generation.number,
            created_at: issued.generation.created_at,
            expires_at,
            seconds_left: seconds_left(expires_at, now),
            ticket: issued.ticket,
            url: issued.url,
            superseded: Some(!is_newest),
            paper: issued.handed.iter().any(HandedOver::hangs).then(verdict),
            handed: Some(issued.handed),
        }
    });
    Issue {
        campaign: found.campaign,
        account: None,
        appid: found.appid,
        seq: found.seq,
        scene: found.scene,
        labels: found.labels,
        retired: Some(found.retired),
        issued,
    }
}

fn of_bundle(manifest: &Manifest, code: &ManifestCode, now: Timestamp) -> Issue {
    let header = &manifest.header;
    let code = code.clone();
    Issue {
        campaign: header.campaign.clone(),
        account: Some(header.account.clone()),
        appid: header.appid.clone(),
        seq: code.seq,
        scene: code.scene,
        labels: code.labels,
        retired: None,
        issued: Some(Issued {
            lifetime: LifetimeKind::of(code.expires_at),
            generation: code.generation,
            created_at: code.created_at,
            expires_at: code.expires_at,
            seconds_left: seconds_left(code.expires_at, now),
            ticket: code.ticket,
            url: code.url,
            superseded: None,
            handed: None,
            paper: None,
        }),
    }
}

fn seconds_left(expires_at: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    expires_at.map(|at| at.duration_since(now).as_secs().max(0))
}
