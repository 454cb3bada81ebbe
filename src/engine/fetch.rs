//! Fetching: a picture for each ticket, verified and stored before it is recorded.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use super::event::Event;
use super::issue;
use super::journal::JournalError;
use super::outcome::{Failure, Stage};
use super::session::AccountSession;
use super::shift::{Shift, Tries};
use super::tally::Ticketed;
use crate::clock;
use crate::exit::Exit;
use crate::fsio::{self, FsError};
use crate::ledger::Entry;
use crate::model::{Digest, PictureFacts};
use crate::pace::Places;
use crate::pace::retry::{Class, Decision};
use crate::symbol::{self, PictureError};

/// Pictures that are worked on beside those in flight: they are on their way into the ledger.
const RECORDED: usize = 32;

/// Where a picture with this digest is kept.
pub(super) fn picture_path(pictures: &Path, digest: &Digest) -> std::path::PathBuf {
    pictures.join(format!("{digest}.jpg"))
}

/// Why a fetch could not go on: not the platform's fault.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The ledger.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] FsError),
    /// The task that verified was lost.
    #[error("the verification of a picture ended unexpectedly")]
    Lost,
}

/// Fetches, verifies and stores the picture of every ticket of one account that comes, until no more can come.
///
/// The accounts' picture hosts may differ, and so may their health: none waits for what another has in flight.
pub(super) async fn fetch_all(
    shift: Arc<Shift>,
    session: Arc<AccountSession>,
    tickets: mpsc::Receiver<Ticketed>,
) -> Result<(), FetchError> {
    let tickets = Arc::new(Mutex::new(tickets));
    // In flight is a picture from the request to the verdict.
    let places = Arc::new(Places::new(session.pictures.pacer.per_second()));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..places.ceiling() + RECORDED {
        let (shift, session) = (Arc::clone(&shift), Arc::clone(&session));
        let (places, tickets) = (Arc::clone(&places), Arc::clone(&tickets));
        running.spawn(async move {
            while let Some(Some(ticketed)) = shift.unless_stopped(next(&tickets)).await {
                fetch(&shift, &session, &places, ticketed).await?;
            }
            Ok(())
        });
    }
    while let Some(finished) = running.join_next().await {
        finished.unwrap_or(Err(FetchError::Lost))?;
    }
    Ok(())
}

async fn next(tickets: &Mutex<mpsc::Receiver<Ticketed>>) -> Option<Ticketed> {
    tickets.lock().await.recv().await
}

/// Fetches one picture, again and again within its budget.
async fn fetch(
    shift: &Shift,
    session: &AccountSession,
    places: &Places,
    ticketed: Ticketed,
) -> Result<(), FetchError> {
    let Ticketed { line, key, generation, ticket, url } = ticketed;
    let mut tries = Tries::new();
    loop {
        let turn = session.pictures.unless_stopped(session.pictures.turn());
        let Some(probe) = tries.wait(shift, turn).await.flatten() else { return Ok(()) };
        let turn = async {
            let place = places.take().await?;
            session.pictures.pacer.permit().await;
            Some(place)
        };
        let turn = session.pictures.unless_stopped(turn);
        let Some(place) = tries.wait(shift, turn).await.flatten().flatten() else { return Ok(()) };
        // The trouble may have begun while this one waited.
        if probe.is_none() && session.pictures.is_in_trouble() {
            continue;
        }
        let began = clock::monotonic();
        let (class, failure) = match session.client.fetch(&ticket).await {
            Ok(bytes) => {
                places.answered(clock::monotonic().duration_since(began));
                shift.event(&Event::Fetched { code: shift.code_name(line) });
                match verify_and_store(shift, bytes, &url).await? {
                    Ok(picture) => {
                        drop(place);
                        shift.journal.record(Entry::Picture { key, generation, picture }).await?;
                        shift.run.tally.done(line);
                        session.pictures.heard();
                        shift.event(&Event::Verified { code: shift.code_name(line) });
                        return Ok(());
                    }
                    Err(error) => {
                        // It quotes what came, be it an error page that quotes us.
                        let message = session.client.shown(&error.to_string());
                        let failure = Failure { stage: Stage::Verify, errcode: None, rid: None, message };
                        (Class::PictureRejected, failure)
                    }
                }
            }
            Err(error) => (error.class, Failure::from(error)),
        };
        drop(place);
        if let Some(silence) = session.pictures.failed(&failure, matches!(class, Class::Busy { .. })) {
            session.stop_fetching(Exit::Failed, &silence, shift);
            return Ok(());
        }
        if let Class::Busy { retry_after } = class {
            places.failed();
            session.pictures.pacer.hold(retry_after.unwrap_or_default());
        }
        let after = match tries.decide(class) {
            Decision::Retry { after } => after,
            Decision::PauseToNextMinute => {
                session.pictures.pacer.pause(clock::now());
                session.pictures.pacer.paused_for().unwrap_or_default()
            }
            Decision::StopIssuing => {
                session.stop_fetching(Exit::Failed, &issue::left_alone(&failure.message, class), shift);
                return Ok(());
            }
            Decision::FailCode | Decision::StopAccount => {
                shift.fail(line, failure);
                return Ok(());
            }
        };
        let after = probe.as_ref().map_or(after, |_| after.max(session.pictures.backoff()));
        shift.retrying(line, &failure, &tries, after);
        let waited = shift.unless_stopped(session.pictures.unless_stopped(clock::sleep(after))).await;
        if waited.flatten().is_none() {
            return Ok(());
        }
    }
}

/// Decodes on a thread of its own, as many at once as there are cores, and stores what is right under its hash.
async fn verify_and_store(
    shift: &Shift,
    bytes: Vec<u8>,
    url: &str,
) -> Result<Result<PictureFacts, PictureError>, FetchError> {
    let _permit = shift.verifiers.acquire().await.map_err(|_| FetchError::Lost)?;
    let (url, pictures) = (url.to_owned(), shift.run.folders.pictures.clone());
    tokio::task::spawn_blocking(move || {
        let picture = match symbol::verify(bytes, &url) {
            Ok(picture) => picture,
            Err(error) => return Ok(Err(error)),
        };
        let facts = picture.facts();
        fsio::write_atomic(&picture_path(&pictures, &facts.digest), picture.bytes())?;
        Ok(Ok(facts))
    })
    .await
    .map_err(|_| FetchError::Lost)?
}
