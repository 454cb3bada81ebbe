//! The stages of a run, side by side: each account issues and fetches on its own, joined by a bounded channel.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::event::Event;
use super::fetch::{self, FetchError};
use super::issue;
use super::journal::{Journal, JournalError};
use super::outcome::Fatal;
use super::session::AccountSession;
use super::stage::StageContext;
use super::state::Run;
use super::survey::{AccountWork, Work};
use super::tally::Ticketed;
use crate::clock;
use crate::ledger::Ledger;

/// How many issued tickets of an account may wait for their picture: enough to keep every fetch busy, few enough that
/// a slow picture host slows the account's issuing down.
const WAITING_TICKETS: usize = 64;

/// How long requests in flight may take to finish after a signal.
const GRACE: Duration = Duration::from_secs(5);

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
    ) -> (L, Option<Fatal>) {
        // What is not reached counts as not tried.
        work.codes().for_each(|(appid, scene)| self.tally.open(appid, scene));
        let (journal, writer) = Journal::start(ledger);
        let context = Arc::new(StageContext::new(Arc::clone(&self), journal));
        let mut stages = JoinSet::new();
        for (appid, work) in work.0 {
            if let Some(session) = self.sessions.get(&appid) {
                begin(&mut stages, &context, session, work);
            }
        }

        let trouble = tokio::select! {
            joined = join_all(&mut stages) => joined.err(),
            () = self.tick() => None,
            () = self.grace() => None,
        };
        stages.shutdown().await;
        drop(context);
        // Neither task is ever cancelled, so an error is a panic, which goes on here.
        let ledger = match writer.await {
            Ok(Ok(ledger)) => ledger,
            Ok(Err(lost)) | Err(lost) => std::panic::resume_unwind(lost.into_panic()),
        };
        (ledger, trouble.map(|trouble| Fatal::Failed(trouble.to_string())))
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

/// Begins the stages of one account. They share nothing with those of another that a platform could hold up.
fn begin(
    stages: &mut JoinSet<Result<(), Trouble>>,
    context: &Arc<StageContext>,
    session: &Arc<AccountSession>,
    AccountWork { issues, fetches }: AccountWork,
) {
    let (tickets, arriving) = mpsc::channel(WAITING_TICKETS);
    let fetching = fetch::fetch_all(Arc::clone(context), Arc::clone(session), arriving);
    stages.spawn(async move { fetching.await.map_err(Trouble::from) });
    let issuing = issue::issue_all(Arc::clone(context), Arc::clone(session), issues, tickets.clone());
    stages.spawn(async move { issuing.await.map_err(Trouble::from) });
    stages.spawn(async move {
        hand_on(fetches, tickets).await;
        Ok(())
    });
}

/// Hands on the tickets at hand, until nobody takes them any more.
async fn hand_on(fetches: Vec<Ticketed>, tickets: mpsc::Sender<Ticketed>) {
    for ticketed in fetches {
        if tickets.send(ticketed).await.is_err() {
            break;
        }
    }
}

/// Waits for every stage; the first trouble ends it.
async fn join_all(stages: &mut JoinSet<Result<(), Trouble>>) -> Result<(), Trouble> {
    while let Some(finished) = stages.join_next().await {
        finished.unwrap_or(Err(Trouble::Lost))?;
    }
    Ok(())
}
