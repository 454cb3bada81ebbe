//! The lock and the ledger of a verb that writes: `--lock-timeout`.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::args::{LedgerArgs, LockArgs};
use super::context::Workspace;
use super::exit::CliError;
use super::output::{self, Terminal};
use super::signals::Signals;
use crate::clock;
use crate::engine::{UnfitLedger, check_host, open_ledger_of_any_form};
use crate::exit::{Phase, Stopped};
use crate::fsio;
use crate::ledger::{Host, LockError, LockOwner, RunLock, SqliteLedger};
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

/// Takes the lock and opens the ledger, which is made where there is none and none can have got lost.
pub fn open_for_writing(
    workspace: &Workspace,
    ledger: &LedgerArgs,
    lock: LockArgs,
    terminal: Terminal,
    runtime: &Runtime,
    signals: &Signals,
) -> Result<Writing, CliError> {
    let folders = &workspace.folders;
    let path = &folders.ledger;
    let before = Before { required: ledger.require_ledger, check: &|ledger| workspace.check_ledger(ledger) };
    let host = workspace.host();
    let writing = lock_and_open(path, &before, lock, host.as_ref(), terminal, runtime, signals)?;
    fsio::create_folder(&folders.pictures)?;
    fsio::remove_leftovers(&folders.output);
    fsio::remove_leftovers(&folders.pictures);
    Ok(writing)
}

/// What must be so before a ledger is written.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    /// Whether there must be one.
    pub required: bool,
    /// Whatever else is held against the ledger at hand.
    pub check: &'a dyn Fn(Option<&SqliteLedger>) -> Result<(), UnfitLedger>,
}

impl Before<'_> {
    /// Looks at the ledger as it is now, for reading.
    pub fn hold(&self, path: &Path) -> Result<(), UnfitLedger> {
        (self.check)(open_ledger_of_any_form(path, self.required)?.as_ref())
    }
}

/// Takes the lock of a ledger and opens it, where nothing is held against it, neither before nor after waiting, and
/// where no other machine than `host` wrote it last, or `--moved` says that it does not matter. While it has to wait it
/// looks at the signals; before and after that nobody does.
pub fn lock_and_open(
    path: &Path,
    before: &Before<'_>,
    lock: LockArgs,
    host: Option<&Host>,
    terminal: Terminal,
    runtime: &Runtime,
    signals: &Signals,
) -> Result<Writing, CliError> {
    before.hold(path)?;
    let moved = lock.moved;
    let lock = match RunLock::acquire(path, clock::now()) {
        Err(LockError::Held { owner, .. }) if !lock.lock_timeout.is_zero() => {
            let tell = || {
                if !terminal.quiet {
                    tell(owner.as_ref(), lock.lock_timeout);
                }
            };
            let waited = runtime.block_on(wait(path, lock.lock_timeout, signals, tell))?;
            before.hold(path)?; // against what the other left
            waited
        }
        acquired => acquired?,
    };
    if !moved {
        check_host(path, open_ledger_of_any_form(path, false)?.as_ref(), host)?;
    }
    let mut ledger = SqliteLedger::open_write(path, &lock)?;
    if let Some(host) = host {
        ledger.set_host(host)?;
    }
    Ok(Writing { ledger, lock })
}

fn tell(owner: Option<&LockOwner>, timeout: Duration) {
    let owner = owner.map(|owner| format!(": {owner}")).unwrap_or_default();
    let timeout = rough_duration(timeout);
    output::tell(&format!("waiting up to {timeout} for the run that holds the lock{owner}"));
}

/// Waits for the lock, and tells so first. It being held is an error once the time is over.
async fn wait(
    path: &Path,
    timeout: Duration,
    signals: &Signals,
    tell: impl FnOnce(),
) -> Result<RunLock, CliError> {
    // Before anything is told: who reads it may send a signal at once.
    signals.hear(true);
    tell();
    let stop = signals.stop();
    let began = clock::monotonic();
    loop {
        let held = match RunLock::acquire(path, clock::now()) {
            Ok(lock) => {
                signals.hear(false);
                return Ok(lock);
            }
            Err(error @ LockError::Held { .. }) => error,
            Err(error) => return Err(error.into()),
        };
        let left = timeout.saturating_sub(clock::monotonic().duration_since(began));
        if left.is_zero() {
            return Err(held.into());
        }
        tokio::select! {
            biased;
            signal = stop.wait() => return Err(CliError::Stopped(Stopped { signal, phase: Phase::Lock })),
            () = clock::sleep(left.min(POLL)) => {}
        }
    }
}
