//! `ledger backup`: a safe copy.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::cli::args::LedgerArgs;
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Terminal;
use crate::cli::settings;
use crate::cli::signals::{self, Signals};
use crate::engine::{missing_ledger, open_ledger_of_any_form};
use crate::model::{counted, minute_text, visible_path};
use crate::{fsio, ledger};

const EXAMPLE: &str = "Examples:
  scenepress ledger backup /backup/ledger.sqlite
  scenepress ledger backup /backup/ledger-2026-11-22.sqlite -q

It takes no lock and works beside a run. The copy is checked before it takes the file's place, so that there is a \
whole backup at every moment; an earlier backup is replaced, any other file is refused. What a killed backup left beside \
it (.private-…) is removed by the next one.

To restore one while no run is under way, move the ledger away with the files -wal and -shm beside it, copy the backup \
to its place, and let it learn what was issued since: scenepress ledger import output/*/*.zip";

/// Options of `ledger backup`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct BackupArgs {
    /// The copy: a new file, or an earlier backup, which is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Copies, checks, and says what was copied.
pub fn run(args: &BackupArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let folders = settings::ledger_folders(&args.ledger)?;
    let (path, required) = (&folders.ledger, args.ledger.require_ledger);
    if required && path.exists() {
        open_ledger_of_any_form(path, required)?;
    }
    let begun: Arc<Mutex<Option<PathBuf>>> = Arc::default();
    let (copy, last_words) = (Arc::clone(&begun), signals::last_words(terminal));
    let _signals = Signals::watch(move |signal, is_first| {
        if let Some(copy) = &*copy.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = fsio::remove_file(copy);
        }
        last_words(signal, is_first)
    })?;
    let began = |copy: &Path| {
        *begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(copy.to_owned());
    };
    let Some(backup) = ledger::backup(path, &args.file, &began)? else {
        return Err(missing_ledger(&folders, required).into());
    };
    let of = backup.written_at.map(|at| format!(" of {}", minute_text(at))).unwrap_or_default();
    terminal.say(&format!(
        "{}: the ledger {}{of}, {}; the copy was checked",
        visible_path(&args.file),
        visible_path(path),
        counted(backup.codes, "code")
    ));
    Ok(Exit::Done)
}
