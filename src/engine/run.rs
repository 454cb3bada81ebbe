//! The main job: settle, issue, fetch, verify, pack.

use std::num::NonZero;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::event::{Event, Monitor};
use super::folders::Folders;
use super::outcome::{CampaignSummary, Fatal, RunSummary};
use super::session::AccountSession;
use super::settle;
use super::state::Run;
use super::summary;
use super::survey;
use super::tally::Tally;
use crate::clock;
use crate::exit::{Exit, Stop};
use crate::ledger::Ledger;
use crate::model::{CampaignName, History};
use crate::plan::ApprovedPlan;

/// Everything a run is made from.
pub struct Job<L> {
    /// What to do. A plan that was not approved cannot be run.
    pub plan: ApprovedPlan,
    /// What the plan was made from: without the pictures whose files are gone.
    pub history: History,
    /// Opened for writing, under the run's lock.
    pub ledger: L,
    /// One for each account of the plan.
    pub sessions: Vec<AccountSession>,
    /// Where files go.
    pub folders: Folders,
    /// Whether an incomplete campaign gets a partial bundle.
    pub allow_partial: bool,
    /// Whether an emulator's codes are not to be recorded: the ledger holds the platform's, or will.
    pub for_platform: bool,
    /// Who is told.
    pub monitor: Arc<dyn Monitor>,
    /// How it is stopped.
    pub stop: Stop,
}

/// Carries out an approved plan and says what became of it. Gives the ledger back, for its checkpoint.
pub async fn run<L: Ledger + Send + 'static>(job: Job<L>) -> (RunSummary, L) {
    let started_at = clock::now();
    let Job { plan, history, mut ledger, sessions, folders, allow_partial, for_platform, monitor, stop } =
        job;
    let sessions = sessions.into_iter().map(|session| (session.appid.clone(), Arc::new(session))).collect();
    let cores = std::thread::available_parallelism().map_or(2, NonZero::get);
    let (tally, verifiers) = (Tally::default(), Semaphore::new(cores));
    let run = Arc::new(Run {
        plan,
        sessions,
        folders,
        allow_partial,
        for_platform,
        monitor,
        stop,
        tally,
        verifiers,
    });

    let prepared = settle::settle(run.plan(), true, history, &mut ledger, started_at)
        .and_then(|history| Ok((survey::survey(run.plan(), &history, &ledger)?, history)));
    let (work, mut history) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            return (summary::summarise(&run, Vec::new(), Some(error.into()), started_at), ledger);
        }
    };
    let fetches = survey::codes(&work).count() as u64;
    run.event(&Event::Started {
        issues: work.values().map(|work| work.issues.len() as u64).sum(),
        fetches,
        campaigns: run.plan().campaigns.len() as u64,
    });

    let mut worked = Ok(());
    if fetches > 0 {
        // What was known before is of no use after the work, and as large as what will be known then.
        history = History::empty();
        (ledger, worked) = run.work_through(work, ledger).await;
        match settle::reload(run.plan(), &ledger) {
            Ok(reloaded) => history = reloaded,
            Err(error) => worked = worked.and(Err(error.into())),
        }
    }
    if worked.is_ok() {
        match settle::settle_moved(run.plan(), history, &mut ledger, &run.tally, clock::now()) {
            Ok(settled) => history = settled,
            Err(error) => (history, worked) = (History::empty(), Err(error.into())),
        }
    }
    let (delivered, mut ledger) = run.deliver(history, ledger).await;
    let fatal = worked.err().or_else(|| run.stop.requested().map(Fatal::Stopped));
    let mut summary = summary::summarise(&run, delivered, fatal, started_at);
    if summary.fatal.is_none() {
        let recorded = ledger.record_success(&campaigns_done(&summary), summary.ended_at);
        summary.fatal = recorded.err().map(Fatal::from);
    }
    (summary, ledger)
}

/// The campaigns of which everything is done: of one that changes its account, both halves. What was left out may be
/// overdue all the same.
fn campaigns_done(summary: &RunSummary) -> Vec<CampaignName> {
    let is_done = |campaign: &&CampaignSummary| {
        campaign.exit == Exit::Done
            && !campaign.ended
            && campaign.left_out == 0
            && summary.campaigns.iter().all(|other| other.name != campaign.name || other.exit == Exit::Done)
    };
    let mut done: Vec<CampaignName> =
        summary.campaigns.iter().filter(is_done).map(|campaign| campaign.name.clone()).collect();
    done.dedup();
    done
}
