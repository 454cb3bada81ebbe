//! `doctor`: what a run needs, examined one by one.

use clap::Args;

use super::args::{FormatArgs, PathArgs, StoreArgs};
use super::exit::{CliError, Exit};
use super::output::{self, Messages, Terminal};
use super::settings;
use crate::campaign::{self, Reading, RenderOptions};
use crate::doctor::Examination;
use crate::engine::LedgerCheck;
use crate::view::{self, DoctorDocument};

/// Options of `doctor`.
#[derive(Debug, Clone, Args)]
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
    let folders = settings::folders(&store.ledger, &store.output, &settings::environment)?;
    let Reading { folder, problems } = campaign::read(&args.paths.paths);
    // With --emulator only the campaigns' names are wanted.
    if !folders.emulator {
        let options = RenderOptions { color: terminal.stderr_color, all: args.paths.all };
        let mut messages = Messages::default();
        messages.problems(&problems, options);
        messages.tell(terminal);
    }
    let host = settings::this_host().filter(|_| !folders.emulator);
    let examination = Examination {
        folder: &folder,
        problems: &problems,
        ledger: LedgerCheck { folders: &folders, names: &folder.names() },
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
