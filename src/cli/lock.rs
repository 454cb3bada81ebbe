//! The lock and the ledger of a verb that writes: `--lock-timeout`.

use std::path::Path;
use std::time::Duration;

use super::args::{LedgerArgs, LockArgs};
use super::context::Workspace;
use super::exit::CliError;
use super::output::Terminal;
use super::settings;
use super::signals::Signals;
use crate::clock;
use crate::engine::{LedgerCheck, check_host, open_ledger_of_any_form};
use crate::exit::{Phase, Stopped};
use crate::fsio;
use crate::ledger::{LedgerError, LedgerFault, RunLock, SqliteLedger};
use crate::model::rough_duration;

/// How often the lock of another run is looked at.
const POLL: Duration = Duration::from_millis(500);

/// The right to write, and what to write to.
pub struct Writing {
    /// Open for writing. What is planned is to be read from it: what was read before the lock was had may be old.
    pub ledger: SqliteLedger,
    /// Held until this is dropped.
    pub lock: RunLock,
}

impl Writing {
    /// Takes the lock and opens the ledger, which is made if there is none and none can have got lost.
    pub fn begin(
        workspace: &Workspace,
        args: &LedgerArgs,
        lock: LockArgs,
        terminal: Terminal,
        signals: &Signals,
    ) -> Result<Self, CliError> {
        let folders = &workspace.folders;
        workspace.check_folders()?;
        let check = Some(workspace.ledger_check());
        let writing = Self::open(&folders.ledger, args, check, lock, terminal, signals)?;
        fsio::create_folder(&folders.pictures)?;
        fsio::remove_leftovers(&folders.output);
        fsio::remove_leftovers(&folders.pictures);
        Ok(writing)
    }

    /// Takes the lock of a ledger and opens it. Refuses a ledger that does not pass `check`, before or after waiting, or
    /// that another machine wrote last, unless `--moved` is given.
    ///
    /// While it has to wait it looks at the signals; before and after that nobody does.
    pub fn open(
        path: &Path,
        args: &LedgerArgs,
        check: Option<LedgerCheck<'_>>,
        lock: LockArgs,
        terminal: Terminal,
        signals: &Signals,
    ) -> Result<Self, CliError> {
        let check_ledger = || -> Result<(), LedgerError> {
            let ledger = open_ledger_of_any_form(path, args.require_ledger)?;
            check.map_or(Ok(()), |check| check.check(ledger.as_ref()))
        };
        check_ledger()?;
        let moved = lock.moved;
        let lock = match RunLock::acquire(path, clock::now()) {
            Err(held) if held.kind == LedgerFault::Held && !lock.lock_timeout.is_zero() => {
                // Before anything is told: who reads it may send a signal at once.
                signals.hear(true);
                let holder = held.message.replace("another run holds", "for the run that holds");
                let timeout = rough_duration(lock.lock_timeout);
                terminal.say(&format!("waiting up to {timeout} {holder}"));
                let waited = wait(path, lock.lock_timeout, signals)?;
                signals.hear(false);
                check_ledger()?; // against what the other left
                waited
            }
            acquired => acquired?,
        };
        let host = settings::host(args.emulator);
        if !moved {
            check_host(path, open_ledger_of_any_form(path, false)?.as_ref(), host.as_ref())?;
        }
        let mut ledger = SqliteLedger::open_write(&lock)?;
        if let Some(host) = host {
            ledger.set_host(&host)?;
        }
        Ok(Self { ledger, lock })
    }
}

/// Waits for the lock. That it is held is an error once the time is over.
fn wait(path: &Path, timeout: Duration, signals: &Signals) -> Result<RunLock, CliError> {
    let began = clock::monotonic();
    loop {
        let held = match RunLock::acquire(path, clock::now()) {
            Err(error) if error.kind == LedgerFault::Held => error,
            acquired => return Ok(acquired?),
        };
        let left = timeout.saturating_sub(clock::monotonic().duration_since(began));
        if left.is_zero() {
            return Err(held.into());
        }
        if let Some(signal) = signals.wait(left.min(POLL)) {
            return Err(CliError::Stopped(Stopped { signal, phase: Phase::Lock }));
        }
    }
}
