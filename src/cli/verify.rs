//! `verify`: bundles checked without network, and compared with the ledger if there is one.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{FormatArgs, LedgerArgs};
use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use super::settings;
use crate::bundle::{self, BundleError, Header, Report};
use crate::engine::{self, Recorded};
use crate::ledger::SqliteLedger;
use crate::model::visible_path;
use crate::view::{self, VerifyBar, VerifyDocument};

const EXAMPLE: &str = "Examples:
  scenepress verify output/metro/metro.zip
  scenepress verify output/*/*.zip -q

It needs no network. The exit is 6 if one byte of one picture or row is off. A bundle proves only that it fits itself: \
whoever changes its README.txt can make SHA256SUMS anew. So its SHA-256 is compared with what the ledger recorded. If \
there is no ledger, or it does not know the revision, that is said.";

/// Options of `verify`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct VerifyArgs {
    /// The bundles
    #[arg(value_name = "BUNDLE.zip", required = true)]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Verifies each bundle, whatever is wrong with the others.
pub fn run(args: &VerifyArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut compared = Compared::with_ledger(&args.ledger, terminal)?;
    let mut exit = Exit::Done;
    let mut results = Vec::new();
    for path in &args.bundles {
        let mut bar = VerifyBar::new(terminal.is_watched && !terminal.quiet);
        let result = bundle::verify(path, &mut bar.progress());
        drop(bar);
        let result = result.map_err(CliError::from).and_then(|report| {
            let recorded = compared.bundle(path, &report)?;
            Ok((report, recorded))
        });
        match &result {
            Ok((report, _)) => {
                let is_good = report.faults.is_empty();
                if !(args.format.is_json() || terminal.quiet && is_good) {
                    output::data(&view::verified_text(path, report, terminal.verbose))?;
                }
                exit = exit.and(if is_good { Exit::Done } else { Exit::BadBundle });
            }
            Err(error) => {
                terminal.error(error);
                exit = exit.and(error.exit());
            }
        }
        results.push((path.as_path(), result.map_err(|error| error.to_string())));
    }
    if args.format.is_json() {
        output::document(&VerifyDocument::new(results))?;
    }
    Ok(exit)
}

/// What the bundles are compared with.
struct Compared {
    path: PathBuf,
    ledger: Option<SqliteLedger>,
    is_emulators: bool,
    terminal: Terminal,
    /// Why they cannot be compared, until it was said.
    obstacle: Option<String>,
}

impl Compared {
    fn with_ledger(args: &LedgerArgs, terminal: Terminal) -> Result<Self, CliError> {
        let path = settings::ledger_path(args, &settings::environment)?;
        let (ledger, obstacle) = match engine::open_ledger(&path, args.require_ledger) {
            Ok(Some(ledger)) => (Some(ledger), None),
            Ok(None) => (None, Some(format!("there is no ledger at {}", visible_path(&path)))),
            Err(error) if args.require_ledger => return Err(error.into()),
            Err(error) => (None, Some(error.one_line())),
        };
        Ok(Self { path, ledger, is_emulators: args.emulator, terminal, obstacle })
    }

    /// Compares a good bundle, and says if it is not what was recorded or cannot be compared. `None` if it was not: also
    /// one that is not for print.
    fn bundle(&mut self, path: &Path, report: &Report) -> Result<Option<Recorded>, CliError> {
        let header = &report.header;
        let is_for_print = !header.kind.partial && header.kind.emulator == self.is_emulators;
        if report.fault_count > 0 || !is_for_print {
            return Ok(None);
        }
        let Some(ledger) = &self.ledger else {
            if let Some(obstacle) = self.obstacle.take() {
                self.terminal.say(&format!("{obstacle}: bundles were compared with themselves only"));
            }
            return Ok(None);
        };
        let recorded = engine::recorded(ledger, header, &bundle::of_file(path)?)?;
        let Header { campaign, revision, .. } = header;
        match recorded {
            Recorded::Same => {}
            Recorded::Other => {
                let (path, ledger) = (path.to_owned(), self.path.clone());
                let (campaign, revision) = (campaign.clone(), *revision);
                let error = BundleError::NotRecorded { path, campaign, revision, ledger };
                self.terminal.warning(&format!("{error}: somebody changed it since"));
            }
            Recorded::Unknown => self.terminal.say(&format!(
                "{}: the ledger {} does not know revision {revision} of {campaign}: the bundle was compared with itself only",
                visible_path(path),
                visible_path(&self.path)
            )),
        }
        Ok(Some(recorded))
    }
}
