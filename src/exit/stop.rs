//! A signal that stops a run, and how its parts hear of it.

use tokio::sync::watch;

/// What asked a run to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What a service manager or `kill` sends.
    Terminate,
    /// The terminal was closed, or the connection to it broke off.
    Hangup,
}

impl Signal {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::Hangup => "SIGHUP",
        }
    }
}

/// Tells every part of a run whether a signal came.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Signal>>);

impl Stop {
    /// Creates a stop and the handle that triggers it. A dropped handle never triggers.
    pub fn new() -> (watch::Sender<Option<Signal>>, Self) {
        let (sender, receiver) = watch::channel(None);
        (sender, Self(receiver))
    }

    /// The signal that came, if one did.
    pub fn requested(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Waits for a signal, forever if none comes.
    pub async fn wait(&self) -> Signal {
        let mut receiver = self.0.clone();
        match receiver.wait_for(Option::is_some).await.map(|signal| *signal) {
            Ok(Some(signal)) => signal,
            _ => std::future::pending().await,
        }
    }
}

/// A signal that ended the program early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct Stopped {
    /// The signal.
    pub signal: Signal,
    /// What the program was doing.
    pub phase: Phase,
}

/// What the program was doing when a signal ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It read files or asked a question: nothing had begun.
    Start,
    /// It waited for the lock of another run.
    Lock,
    /// It ran the hook `pre`.
    PreHook,
    /// It did what is done whole or not at all.
    Whole,
    /// It was still telling about a run that another signal had stopped.
    Report,
}

impl Stopped {
    fn text(self) -> String {
        let signal = self.signal.as_str();
        match self.phase {
            Phase::Start => format!("stopped by {signal}: nothing was done"),
            Phase::Lock => format!("stopped by {signal} while another run held the lock: nothing was done"),
            Phase::PreHook => format!("stopped by {signal} while hook pre ran: nothing was done"),
            Phase::Whole => format!("stopped by {signal}: nothing is left half done, run it again"),
            Phase::Report => format!("stopped at once by {signal}: what was issued is kept"),
        }
    }
}
