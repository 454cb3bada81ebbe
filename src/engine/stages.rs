//! The stages of a run, side by side: issuing for each account, fetching for all, joined by a bounded channel.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::event::Event;
use super::fetch::{self, FetchError};
use super::issue;
use super::journal::{Journal, JournalError};
use super::outcome::End;
use super::run::{self, Run};
use super::shift::Shift;
use super::stop::GRACE;
use super::survey::Work;
use crate::clock;
use crate::ledger::Ledger;

/// How many issued tickets may wait for their picture: enough to keep every fetch busy, few enough that a slow
/// picture host slows the issuing down.
const WAITING_TICKETS: usize = 64;

/// Why the stages ended before their work was done.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Journal(#[from] JournalError),
    #[error("{0}")]
    Fetch(#[from] FetchError),
    #[error("a part of the run ended unexpectedly")]
    Lost,
}

impl Run {
    /// Issues and fetches what there is to do. After a signal what is in flight has a grace to finish.
    pub(super) async fn work_through<L: Ledger + Send + 'static>(
        self: Arc<Self>,
        work: Work,
        ledger: L,
    ) -> (L, Option<(End, String)>) {
        run::open(&self.tally, &work);
        let (journal, writer) = Journal::start(ledger);
        let shift = Arc::new(Shift { run: Arc::clone(&self), journal });
        let mut stages = JoinSet::new();
        let (tickets, arriving) = mpsc::channel(WAITING_TICKETS);
        {
            let shift = Arc::clone(&shift);
            stages.spawn(async move { fetch::fetch_all(shift, arriving).await.map_err(Trouble::from) });
        }
        for (appid, tasks) in work.issues {
            if let Some(desk) = self.desks.get(&appid) {
                let (shift, desk, tickets) = (Arc::clone(&shift), Arc::clone(desk), tickets.clone());
                stages.spawn(async move {
                    issue::issue_all(shift, desk, tasks, tickets).await.map_err(Trouble::from)
                });
            }
        }
        stages.spawn(async move {
            for ticketed in work.fetches {
                if tickets.send(ticketed).await.is_err() {
                    break;
                }
            }
            Ok(())
        });

        let trouble = tokio::select! {
            joined = join_all(&mut stages) => joined.err(),
            () = self.tick() => None,
            () = self.grace() => None,
        };
        stages.shutdown().await;
        drop(shift);
        // Neither task is ever cancelled, so an error is a panic, which goes on here.
        let ledger = match writer.await {
            Ok(Ok(ledger)) => ledger,
            Ok(Err(lost)) | Err(lost) => std::panic::resume_unwind(lost.into_panic()),
        };
        (ledger, trouble.map(|trouble| (End::Unexpected, trouble.to_string())))
    }

    /// Never ends; gives the monitor a moment each second.
    async fn tick(&self) {
        loop {
            clock::sleep(Duration::from_secs(1)).await;
            self.event(&Event::Tick);
        }
    }

    /// Ends so long after a signal that what was in flight had its time.
    async fn grace(&self) {
        let signal = self.stop.wait().await;
        self.event(&Event::Stopping { signal: signal.as_str() });
        clock::sleep(GRACE).await;
    }
}

/// Waits for every stage; the first trouble ends it.
async fn join_all(stages: &mut JoinSet<Result<(), Trouble>>) -> Result<(), Trouble> {
    while let Some(finished) = stages.join_next().await {
        finished.unwrap_or(Err(Trouble::Lost))?;
    }
    Ok(())
}
