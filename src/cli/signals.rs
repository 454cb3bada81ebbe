//! SIGINT, SIGTERM and SIGHUP.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal as Arrivals, SignalKind, signal};

use super::exit::{CliError, Exit};
use super::output::Terminal;
use crate::clock;
use crate::exit::{Phase, Signal, Stop, Stopped};
use crate::fsio;

/// How long the last words may take, if nobody reads what they are written to.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The most bytes that a process's status is taken to have; a few thousand are usual.
const STATUS_LIMIT: u64 = 1 << 20;

/// Signals from the moment this was made; they end the process no more by themselves.
pub struct Signals {
    /// Receives them; also for whatever else the verb waits for.
    pub runtime: Runtime,
    stop: Stop,
    heard: Arc<AtomicBool>,
}

/// Those of a verb that does all or nothing, and so ends at once.
pub fn last_words(terminal: Terminal) -> impl Fn(Signal, bool) -> bool {
    move |signal, _| {
        terminal.last_error(&CliError::Stopped(Stopped { signal, phase: Phase::Whole }));
        true
    }
}

impl Signals {
    /// A signal ends the process at once, after `last`, which is told too whether it is the first. While somebody
    /// [hears](Self::hear) only the second one does: the first is for whoever looks at [`stop`](Self::stop). Where
    /// `last` says `false` to the first one, that passes.
    pub fn watch(last: impl Fn(Signal, bool) -> bool + Send + Sync + 'static) -> Result<Self, CliError> {
        let runtime = super::runtime()?;
        let context = runtime.enter();
        let of = |kind| {
            signal(kind).map_err(|source| CliError::Machine { action: "wait for signals".to_owned(), source })
        };
        let (mut interrupt, mut terminate) = (of(SignalKind::interrupt())?, of(SignalKind::terminate())?);
        // `nohup` means that the program is to go on.
        let mut hangup = if ignores_hangup() == Some(false) { Some(of(SignalKind::hangup())?) } else { None };
        let (sender, stop) = Stop::new();
        let heard = Arc::new(AtomicBool::new(false));
        let (is_heard, last) = (Arc::clone(&heard), Arc::new(last));
        runtime.spawn(async move {
            let mut is_first = true;
            loop {
                let signal = tokio::select! {
                    _ = interrupt.recv() => Signal::Interrupt,
                    _ = terminate.recv() => Signal::Terminate,
                    // A terminal that is closed says so more than once: by the shell, and by the system.
                    () = arrival(&mut hangup) => {
                        hangup = None;
                        Signal::Hangup
                    }
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
        drop(context);
        Ok(Self { runtime, stop, heard })
    }

    /// Whether from now on somebody looks at [`stop`](Self::stop), and ends in good order.
    pub fn hear(&self, heard: bool) {
        self.heard.store(heard, Ordering::SeqCst);
    }

    /// Which signal came, and waiting for it.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// The signal that comes within so long, or came before.
    pub fn wait(&self, time: Duration) -> Option<Signal> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                signal = self.stop.wait() => Some(signal),
                () = clock::sleep(time) => None,
            }
        })
    }
}

/// When it comes; never if it is not listened for.
async fn arrival(signal: &mut Option<Arrivals>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Whether this process was started with SIGHUP ignored, as by `nohup`. It cannot be told without Linux's `/proc`;
/// there SIGHUP does what it did, which the ledger survives.
fn ignores_hangup() -> Option<bool> {
    let status = fsio::read_limited(Path::new("/proc/self/status"), STATUS_LIMIT).ok()?;
    let status = String::from_utf8(status).ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let ignored = u64::from_str_radix(ignored.trim(), 16).ok()?;
    // Signal n is bit n - 1, and SIGHUP is 1.
    Some(ignored & 1 == 1)
}

#[expect(clippy::disallowed_methods, reason = "a second signal means now; the ledger survives it by design")]
fn exit_at_once(signal: Signal) -> ! {
    std::process::exit(Exit::from(signal).code().into())
}
