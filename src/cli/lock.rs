//! The lock and the ledger of a verb that writes: `--lock-timeout`.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::args::{LedgerArgs, LockArgs};
use super::context::{self, Context};
use super::doubt;
use super::exit::CliError;
use super::output;
use super::settings::{self, Terminal};
use super::signals::Signals;
use crate::clock;
use crate::exit::{Phase, Stopped};
use crate::fsio;
use crate::ledger::{Host, LedgerError, LockError, LockOwner, RunLock, SqliteLedger};
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
    context: &Context,
    ledger: &LedgerArgs,
    lock: LockArgs,
    terminal: Terminal,
    runtime: &Runtime,
    signals: &Signals,
) -> Result<Writing, CliError> {
    let path = &context.places.ledger;
    let before = Before { required: ledger.require_ledger, check: &|ledger| context.check_ledger(ledger) };
    let host = settings::this_host().filter(|_| !context.places.emulator);
    let writing = lock_and_open(path, &before, lock, host.as_ref(), terminal, runtime, signals)?;
    fsio::create_folder(&context.places.pictures)?;
    fsio::remove_leftovers(&context.places.output);
    fsio::remove_leftovers(&context.places.pictures);
    Ok(writing)
}

/// What must be so before a ledger is written.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    /// Whether there must be one.
    pub required: bool,
    /// Whatever else is held against the ledger at hand.
    pub check: &'a dyn Fn(Option<&SqliteLedger>) -> Result<(), CliError>,
}

impl Before<'_> {
    /// Looks at the ledger as it is now, for reading.
    pub fn hold(&self, path: &Path) -> Result<(), CliError> {
        (self.check)(at_hand(path, self.required)?.as_ref())
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
        doubt::check_host(path, at_hand(path, false)?.as_ref(), host)?;
    }
    let mut ledger = SqliteLedger::open_write(path, &lock)?;
    if let Some(host) = host {
        ledger.set_host(host)?;
    }
    Ok(Writing { ledger, lock })
}

/// Opens the ledger for reading, also one of an older form.
///
/// It is checked before it is migrated: afterwards the version that made it could not read it any more.
pub fn at_hand(path: &Path, required: bool) -> Result<Option<SqliteLedger>, CliError> {
    match context::open_ledger(path, required) {
        Err(CliError::Ledger(LedgerError::Older { .. })) => Ok(SqliteLedger::open_older(path)?),
        at_hand => at_hand,
    }
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
