//! `doctor`: what a run needs, examined one by one.

use clap::Args;

use super::args::{FormatArgs, PathArgs, StoreArgs};
use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use super::{rehearsal, settings};
use crate::campaign::{self, Reading};
use crate::doctor::Examination;
use crate::engine::LedgerCheck;
use crate::model::Campaign;
use crate::view::{self, DoctorDocument};

const EXAMPLE: &str = "Examples:
  scenepress doctor
  scenepress doctor --format json

Each line is ok, warn, bad or unseen, and says what to do. The exit is that of the worst bad line, as a run would end; \
warnings do not count. For each account it asks the platform for an access token, which leaves that of other programs \
valid, and for the quota; no code is made. With --emulator it looks at the emulator's ledger and the disk only.";

/// Options of `doctor`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct DoctorArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Examines everything, whatever is wrong with the first things.
pub fn run(args: &DoctorArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let store = &args.store;
    rehearsal::go_on(&store.ledger);
    let folders = settings::folders(&store.ledger, &store.output, &settings::environment)?;
    let Reading { folder, problems } = campaign::read(&args.paths.paths);
    // With --emulator only the campaigns' names are wanted.
    if !folders.emulator {
        terminal.problems(&problems, args.paths.all);
    }
    let is_platform = |campaign: &Campaign| {
        folder.accounts.get(&campaign.account).is_some_and(|account| !account.is_loopback())
    };
    let meets_platform = !folders.emulator && folder.selected_campaigns().any(is_platform);
    let host = settings::host(folders.emulator);
    let examination = Examination {
        folder: &folder,
        problems: &problems,
        ledger: LedgerCheck { folders: &folders, names: &folder.names(), meets_platform },
        require_ledger: store.ledger.require_ledger,
        host: host.as_ref(),
        environment: &settings::environment,
    };
    let findings = super::runtime()?.block_on(examination.findings());
    let exit = findings.iter().fold(Exit::Done, |exit, finding| exit.and(finding.exit));
    if args.format.is_json() {
        output::document(&DoctorDocument::new(&findings, exit))?;
    } else {
        output::data(&view::findings_text(&findings, terminal.stdout_color, terminal.quiet))?;
    }
    Ok(exit)
}
