//! SIGINT and SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::exit::{CliError, Exit};
use crate::clock;
use crate::engine::{Signal, Stop};

/// How long the last words may take, where nobody reads what they are written to.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Signals from the moment this was made; they end the process no more by themselves.
pub struct Signals {
    stop: Stop,
    heard: Arc<AtomicBool>,
}

impl Signals {
    /// A signal ends the process at once, after `last`, which is told too whether it is the first. While somebody
    /// [hears](Self::hear) only the second one does: the first is for whoever looks at [`stop`](Self::stop). Where
    /// `last` says `false` to the first one, that passes.
    pub fn watch(
        runtime: &Runtime,
        last: impl Fn(Signal, bool) -> bool + Send + Sync + 'static,
    ) -> Result<Self, CliError> {
        let _context = runtime.enter();
        let of = |kind| {
            signal(kind).map_err(|source| CliError::Machine { action: "wait for signals".to_owned(), source })
        };
        let (mut interrupt, mut terminate) = (of(SignalKind::interrupt())?, of(SignalKind::terminate())?);
        let (sender, stop) = Stop::new();
        let heard = Arc::new(AtomicBool::new(false));
        let (is_heard, last) = (Arc::clone(&heard), Arc::new(last));
        runtime.spawn(async move {
            let mut is_first = true;
            loop {
                let signal = tokio::select! {
                    _ = interrupt.recv() => Signal::Interrupt,
                    _ = terminate.recv() => Signal::Terminate,
                };
                if is_first && is_heard.load(Ordering::SeqCst) {
                    sender.send_replace(Some(signal));
                } else {
                    let last = Arc::clone(&last);
                    let said = tokio::select! {
                        said = tokio::task::spawn_blocking(move || last(signal, is_first)) => said.unwrap_or(true),
                        () = clock::sleep(LAST_WORDS) => true,
                    };
                    if said || !is_first {
                        exit_at_once(signal);
                    }
                }
                is_first = false;
            }
        });
        Ok(Self { stop, heard })
    }

    /// Whether from now on somebody looks at [`stop`](Self::stop), and ends in good order.
    pub fn hear(&self, heard: bool) {
        self.heard.store(heard, Ordering::SeqCst);
    }

    /// Which signal came, and waiting for it.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }
}

#[expect(clippy::disallowed_methods, reason = "a second signal means now; the ledger survives it by design")]
fn exit_at_once(signal: Signal) -> ! {
    std::process::exit(Exit::from(signal).code().into())
}
