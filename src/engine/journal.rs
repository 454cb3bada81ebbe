//! Writes to the ledger from many tasks, in groups: whatever waits is committed together, with one sync.

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::outcome::Fatal;
use super::state::in_background;
use crate::clock;
use crate::ledger::{Entry, Ledger};

/// The most entries one transaction takes.
const GROUP: usize = 256;

type Written = Result<(), Fatal>;

/// A handle through which tasks record entries. Cheap to clone.
#[derive(Clone)]
pub(super) struct Journal(mpsc::Sender<(Entry, oneshot::Sender<Written>)>);

impl Journal {
    /// Starts what writes. It ends, and gives the ledger back, when every handle is dropped.
    pub(super) fn start<L: Ledger + Send + 'static>(ledger: L) -> (Self, JoinHandle<L>) {
        let (sender, receiver) = mpsc::channel(GROUP);
        (Self(sender), tokio::spawn(write_groups(ledger, receiver)))
    }

    /// Records one entry; returns when it is on the disk.
    pub(super) async fn record(&self, entry: Entry) -> Written {
        let (done, written) = oneshot::channel();
        self.0.send((entry, done)).await?;
        written.await?
    }
}

/// Each group is written on a thread that may block; the next one gathers meanwhile.
async fn write_groups<L: Ledger + Send + 'static>(
    mut ledger: L,
    mut receiver: mpsc::Receiver<(Entry, oneshot::Sender<Written>)>,
) -> L {
    while let Some((entry, done)) = receiver.recv().await {
        let mut entries = vec![entry];
        let mut waiting = vec![done];
        while entries.len() < GROUP {
            let Ok((entry, done)) = receiver.try_recv() else { break };
            entries.push(entry);
            waiting.push(done);
        }
        let written;
        (ledger, written) = in_background(move || {
            let written = ledger.record(&entries, clock::now());
            (ledger, written.map_err(Fatal::from))
        })
        .await;
        for done in waiting {
            // A task that was abandoned no longer listens; its entry is recorded all the same.
            let _ = done.send(written.clone());
        }
    }
    ledger
}
