//! Writes to the ledger from many tasks, in groups: whatever waits is committed together, with one sync.

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use crate::clock;
use crate::ledger::{Entry, Ledger, LedgerError};

/// The most entries one transaction takes.
const GROUP: usize = 256;

type Written = Result<(), Arc<LedgerError>>;

/// A handle through which tasks record entries. Cheap to clone.
#[derive(Clone)]
pub(super) struct Journal(mpsc::Sender<(Entry, oneshot::Sender<Written>)>);

/// The ledger could not be written: the run cannot go on.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum JournalError {
    /// The ledger said why.
    #[error("{0}")]
    Ledger(Arc<LedgerError>),
    /// The thread that writes the ledger has gone.
    #[error("the ledger is closed")]
    Closed,
}

impl Journal {
    /// Starts the thread that writes. It ends, and gives the ledger back, when every handle is dropped.
    pub(super) fn start<L: Ledger + Send + 'static>(ledger: L) -> (Self, JoinHandle<L>) {
        let (sender, receiver) = mpsc::channel(GROUP);
        (Self(sender), std::thread::spawn(move || write_groups(ledger, receiver)))
    }

    /// Records one entry; returns when it is on the disk.
    pub(super) async fn record(&self, entry: Entry) -> Result<(), JournalError> {
        let (done, written) = oneshot::channel();
        self.0.send((entry, done)).await.map_err(|_| JournalError::Closed)?;
        written.await.map_err(|_| JournalError::Closed)?.map_err(JournalError::Ledger)
    }
}

fn write_groups<L: Ledger>(
    mut ledger: L,
    mut receiver: mpsc::Receiver<(Entry, oneshot::Sender<Written>)>,
) -> L {
    while let Some((entry, done)) = receiver.blocking_recv() {
        let mut entries = vec![entry];
        let mut waiting = vec![done];
        while entries.len() < GROUP {
            let Ok((entry, done)) = receiver.try_recv() else { break };
            entries.push(entry);
            waiting.push(done);
        }
        let written = ledger.record(&entries, clock::now()).map_err(Arc::new);
        for done in waiting {
            // A task that was abandoned no longer listens; its entry is recorded all the same.
            let _ = done.send(written.clone());
        }
    }
    ledger
}
