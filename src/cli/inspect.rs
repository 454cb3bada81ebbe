//! `inspect`: what a ticket, a url, a picture or a scene is.

mod document;
mod subject;
mod text;

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use schemars::Schema;

use super::args::{FormatArgs, LedgerArgs};
use super::context;
use super::exit::{CliError, Exit};
use super::output;
use super::settings::{self, Terminal};
use crate::bundle::{self, Manifest};
use crate::clock;
use crate::ledger::{Find, HandedOver, Ledger, SqliteLedger};
use crate::model::{AccountName, AppId, CampaignName, Labels, Scene, Ticket};
use document::{Document, Thing};
use subject::Subject;

/// Options of `inspect`.
#[derive(Debug, Clone, Args)]
pub struct InspectArgs {
    /// Tickets, urls, picture files, scenes
    #[arg(value_name = "TICKET|URL|IMAGE|SCENE", required = true)]
    things: Vec<String>,
    /// Look in this bundle, not in the ledger
    #[arg(long = "in", value_name = "BUNDLE.zip", conflicts_with_all = ["ledger", "require_ledger", "emulator"])]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// The schema of the document.
pub fn schema() -> Schema {
    document::schema()
}

/// A code, and one issue of it, as the ledger or a bundle knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Issue {
    /// Bundles know it, ledgers do not.
    account: Option<AccountName>,
    appid: AppId,
    campaign: CampaignName,
    seq: u64,
    scene: Scene,
    labels: Labels,
    /// Ledgers know it, bundles do not: whether the code left its campaign's files.
    retired: Option<bool>,
    /// `None` where no ticket was ever issued for it.
    issued: Option<Issued>,
}

/// What was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Issued {
    generation: u32,
    created_at: Timestamp,
    /// `None` for a permanent code.
    expires_at: Option<Timestamp>,
    ticket: Ticket,
    url: String,
    /// Ledgers know it, bundles do not: whether a later generation exists.
    superseded: Option<bool>,
    /// Ledgers know it, bundles do not: to whom it went to be printed.
    handed: Option<Vec<HandedOver>>,
}

/// Where issues are looked up.
enum Source {
    Bundle {
        path: PathBuf,
        manifest: Box<Manifest>,
    },
    Ledger {
        path: PathBuf,
        ledger: SqliteLedger,
    },
    /// There is no ledger.
    Nothing {
        path: PathBuf,
    },
}

/// Says of each thing what it is.
pub fn run(args: &InspectArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let source = Source::open(args)?;
    let now = clock::now();
    let mut exit = Exit::Done;
    let mut things = Vec::new();
    for (index, thing) in args.things.iter().enumerate() {
        let subject = match Subject::recognise(thing, &source) {
            Ok(subject) => subject,
            Err(error) => {
                output::tell_error(terminal, &error);
                things.push(Thing::unknown(thing, &error));
                exit = exit.and(error.exit());
                continue;
            }
        };
        let issues = subject.look_up(&source)?;
        if args.format.is_json() {
            things.push(Thing::known(thing, &subject, &issues, now));
        } else {
            let gap = if index > 0 { "\n" } else { "" };
            output::data(&format!("{gap}{}", text::shown(&subject, &issues, &source, now)))?;
        }
    }
    if args.format.is_json() {
        output::document(&Document::new(&source, things))?;
    }
    Ok(exit)
}

impl Source {
    fn open(args: &InspectArgs) -> Result<Self, CliError> {
        if let Some(path) = &args.bundle {
            if !path.exists() {
                return Err(CliError::Usage(format!("there is no file {}", path.display())));
            }
            let manifest = Box::new(bundle::read_manifest(path)?);
            return Ok(Self::Bundle { path: path.clone(), manifest });
        }
        let path = settings::ledger_path(&args.ledger, &settings::environment)?;
        Ok(match context::open_ledger(&path, args.ledger.require_ledger)? {
            Some(ledger) => Self::Ledger { path, ledger },
            None => Self::Nothing { path },
        })
    }

    /// Every issue that something belongs to; in a ledger newest first.
    fn find(&self, what: &Find) -> Result<Vec<Issue>, CliError> {
        match self {
            Self::Nothing { .. } => Ok(Vec::new()),
            Self::Ledger { ledger, .. } => {
                let found = ledger.find(what)?.into_iter();
                Ok(found
                    .map(|found| Issue {
                        account: None,
                        appid: found.appid,
                        campaign: found.campaign,
                        seq: found.seq,
                        scene: found.scene,
                        labels: found.labels,
                        retired: Some(found.retired),
                        issued: found.issued.map(|issued| Issued {
                            generation: issued.generation.number,
                            created_at: issued.generation.created_at,
                            expires_at: issued.generation.expires_at,
                            ticket: issued.ticket,
                            url: issued.url,
                            superseded: Some(!issued.is_latest),
                            handed: Some(issued.handed),
                        }),
                    })
                    .collect())
            }
            Self::Bundle { manifest, .. } => {
                let header = &manifest.header;
                let matches = |code: &&bundle::ManifestCode| match what {
                    Find::Ticket(ticket) => code.ticket.as_str() == ticket,
                    Find::Url(url) => code.url == *url,
                    Find::Picture(digest) => code.image_sha256 == *digest,
                    Find::Scene(scene) => code.scene == *scene,
                };
                let codes = manifest.codes.iter().filter(matches).cloned();
                Ok(codes
                    .map(|code| Issue {
                        account: Some(header.account.clone()),
                        appid: header.appid.clone(),
                        campaign: header.campaign.clone(),
                        seq: code.seq,
                        scene: code.scene,
                        labels: code.labels,
                        retired: None,
                        issued: Some(Issued {
                            generation: code.generation,
                            created_at: code.created_at,
                            expires_at: code.expires_at,
                            ticket: code.ticket,
                            url: code.url,
                            superseded: None,
                            handed: None,
                        }),
                    })
                    .collect())
            }
        }
    }
}
