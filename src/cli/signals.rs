//! SIGINT and SIGTERM.

use tokio::signal::unix::{self, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::exit::CliError;
use crate::engine::Signal;

/// Signals from the moment this was made; they end the process no more.
pub struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
}

impl Signals {
    /// To be called on a runtime.
    pub fn new() -> Result<Self, CliError> {
        let of = |kind| {
            signal(kind).map_err(|source| CliError::Machine { action: "wait for signals".to_owned(), source })
        };
        Ok(Self { interrupt: of(SignalKind::interrupt())?, terminate: of(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }

    /// From now on the next one ends the process at once, until the task is aborted.
    pub fn end_the_process(mut self) -> JoinHandle<()> {
        tokio::spawn(async move { exit_at_once(self.next().await) })
    }

    /// The first one stops a run in good order, the second one at once.
    pub fn stop_a_run(mut self, sender: watch::Sender<Option<Signal>>) -> JoinHandle<()> {
        tokio::spawn(async move {
            sender.send_replace(Some(self.next().await));
            exit_at_once(self.next().await)
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "a second signal means now; the ledger survives it by design")]
fn exit_at_once(signal: Signal) -> ! {
    std::process::exit(match signal {
        Signal::Interrupt => 130,
        Signal::Terminate => 143,
    })
}
