//! The stages of a run, side by side: each account issues and fetches on its own, joined by a bounded channel.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::event::Event;
use super::fetch::{self, Arriving};
use super::issue::{self, Tasks};
use super::journal::Journal;
use super::outcome::Fatal;
use super::stage::Account;
use super::state::Run;
use super::survey::{self, AccountWork, Work};
use super::tally::Ticketed;
use crate::clock;
use crate::ledger::Ledger;

/// How many issued tickets of an account may wait for their picture: enough to keep every fetch busy, few enough that
/// a slow picture host slows the account's issuing down.
const WAITING_TICKETS: usize = 64;

/// Pictures that are worked on beside those in flight: they are on their way into the ledger.
const RECORDED: usize = 32;

/// How long requests in flight may take to finish after a signal.
const GRACE: Duration = Duration::from_secs(5);

impl Run {
    /// Issues and fetches what there is to do. After a signal what is in flight has a grace to finish.
    pub(super) async fn work_through<L: Ledger + Send + 'static>(
        self: &Arc<Self>,
        work: Work,
        ledger: L,
    ) -> (L, Result<(), Fatal>) {
        // What is not reached counts as not tried.
        survey::codes(&work).for_each(|(appid, scene)| self.tally.open(appid, scene));
        let (journal, writer) = Journal::start(ledger);
        let mut stages = JoinSet::new();
        for (appid, work) in work {
            if let Some(session) = self.sessions.get(&appid) {
                let (run, session, journal) = (Arc::clone(self), Arc::clone(session), journal.clone());
                begin(&mut stages, &Arc::new(Account { run, session, journal }), work);
            }
        }
        drop(journal);
        let ended = tokio::select! {
            joined = join_all(&mut stages) => joined,
            () = self.tick() => Ok(()),
            () = self.grace() => Ok(()),
        };
        stages.shutdown().await;
        // It is never cancelled, so an error is a panic, which goes on here.
        (writer.await.unwrap_or_else(|lost| std::panic::resume_unwind(lost.into_panic())), ended)
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
    stages: &mut JoinSet<Result<(), Fatal>>,
    account: &Arc<Account>,
    AccountWork { issues, fetches }: AccountWork,
) {
    let (tickets, arriving) = mpsc::channel(WAITING_TICKETS);
    let arriving = Arriving::new(arriving.into());
    for _ in 0..account.session.pictures.places.ceiling() + RECORDED {
        stages.spawn(fetch::fetch_all(Arc::clone(account), Arc::clone(&arriving)));
    }
    // While one half is in flight the disk takes in the answers of the other.
    let issuing = (2 * account.session.tickets.places.ceiling()).min(issues.len());
    let issues: Tasks = Arc::new(Mutex::new(issues.into_iter()));
    for number in 0..issuing {
        let (account, issues) = (Arc::clone(account), Arc::clone(&issues));
        stages.spawn(issue::issue_all(account, issues, tickets.clone(), number == 0));
    }
    stages.spawn(hand_on(fetches, tickets));
}

/// Hands on the tickets at hand, until nobody takes them any more.
async fn hand_on(fetches: Vec<Ticketed>, tickets: mpsc::Sender<Ticketed>) -> Result<(), Fatal> {
    for ticketed in fetches {
        if tickets.send(ticketed).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// What ended a stage that did not end by itself.
fn lost_words(lost: JoinError) -> String {
    let panic = lost.try_into_panic().ok();
    let said = panic.as_ref().and_then(|panic| panic.downcast_ref::<String>().cloned());
    let said = said.map_or_else(String::new, |said| format!(": {said}"));
    format!("a part of the run ended unexpectedly{said}")
}

/// Waits for every stage; the first trouble ends it.
async fn join_all(stages: &mut JoinSet<Result<(), Fatal>>) -> Result<(), Fatal> {
    while let Some(finished) = stages.join_next().await {
        finished.unwrap_or_else(|lost| Err(Fatal::Failed(lost_words(lost))))?;
    }
    Ok(())
}
