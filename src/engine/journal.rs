//! Writes to the ledger from many tasks, in groups: whatever waits is committed together, with one sync.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinHandle};

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
    /// What writes the ledger has gone.
    #[error("the ledger is closed")]
    Closed,
}

impl Journal {
    /// Starts what writes. It ends, and gives the ledger back, when every handle is dropped.
    pub(super) fn start<L: Ledger + Send + 'static>(ledger: L) -> (Self, JoinHandle<Result<L, JoinError>>) {
        let (sender, receiver) = mpsc::channel(GROUP);
        (Self(sender), tokio::spawn(write_groups(ledger, receiver)))
    }

    /// Records one entry; returns when it is on the disk.
    pub(super) async fn record(&self, entry: Entry) -> Result<(), JournalError> {
        let (done, written) = oneshot::channel();
        self.0.send((entry, done)).await.map_err(|_| JournalError::Closed)?;
        written.await.map_err(|_| JournalError::Closed)?.map_err(JournalError::Ledger)
    }
}

/// Each group is written on a thread that may block; the next one gathers meanwhile. An error is a panic of the
/// ledger's, which took it along.
async fn write_groups<L: Ledger + Send + 'static>(
    mut ledger: L,
    mut receiver: mpsc::Receiver<(Entry, oneshot::Sender<Written>)>,
) -> Result<L, JoinError> {
    while let Some((entry, done)) = receiver.recv().await {
        let mut entries = vec![entry];
        let mut waiting = vec![done];
        while entries.len() < GROUP {
            let Ok((entry, done)) = receiver.try_recv() else { break };
            entries.push(entry);
            waiting.push(done);
        }
        let writing = tokio::task::spawn_blocking(move || {
            let written = ledger.record(&entries, clock::now()).map_err(Arc::new);
            (ledger, written)
        });
        let written;
        (ledger, written) = writing.await?;
        for done in waiting {
            // A task that was abandoned no longer listens; its entry is recorded all the same.
            let _ = done.send(written.clone());
        }
    }
    Ok(ledger)
}
