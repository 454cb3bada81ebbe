//! Fetching: a picture for each ticket, verified and stored before it is recorded.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

use super::event::Event;
use super::journal::JournalError;
use super::outcome::{Failure, Stage};
use super::session::{AccountSession, left_alone};
use super::stage::{StageContext, Tries};
use super::tally::Ticketed;
use crate::clock;
use crate::exit::Exit;
use crate::fsio::{self, FsError};
use crate::ledger::Entry;
use crate::model::PictureFacts;
use crate::pace::Places;
use crate::pace::retry::{Class, Decision};
use crate::symbol::{self, PictureError};

/// Pictures that are worked on beside those in flight: they are on their way into the ledger.
const RECORDED: usize = 32;

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
    context: Arc<StageContext>,
    session: Arc<AccountSession>,
    tickets: mpsc::Receiver<Ticketed>,
) -> Result<(), FetchError> {
    let tickets = Arc::new(Mutex::new(tickets));
    let places = Places::new(session.pictures.pacer.per_second());
    let ceiling = places.ceiling();
    let fetcher = Arc::new(Fetcher { context, session, places });
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..ceiling + RECORDED {
        let (fetcher, tickets) = (Arc::clone(&fetcher), Arc::clone(&tickets));
        running.spawn(async move {
            while let Some(Some(ticketed)) = fetcher.context.unless_stopped(next(&tickets)).await {
                fetcher.fetch(&ticketed).await?;
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

/// The pictures of one account: what the fetches of its tickets share.
struct Fetcher {
    context: Arc<StageContext>,
    session: Arc<AccountSession>,
    /// In flight is a picture from the request to the verdict.
    places: Places,
}

impl Fetcher {
    /// Fetches one picture, again and again within its budget.
    async fn fetch(&self, ticketed: &Ticketed) -> Result<(), FetchError> {
        let Self { context, session, places } = self;
        let pictures = &session.pictures;
        let mut tries = Tries::new();
        loop {
            let turn = pictures.unless_stopped(pictures.turn());
            let Some(probe) = tries.wait(context, turn).await.flatten() else { return Ok(()) };
            let turn = async {
                let place = places.take().await?;
                pictures.pacer.permit().await;
                Some(place)
            };
            let turn = pictures.unless_stopped(turn);
            let Some(place) = tries.wait(context, turn).await.flatten().flatten() else { return Ok(()) };
            // The trouble may have begun while this one waited.
            if probe.is_none() && pictures.is_in_trouble() {
                continue;
            }
            let attempt = self.attempt(ticketed).await?;
            drop(place);
            let (class, failure) = match attempt {
                Ok(picture) => return self.record(ticketed, picture).await,
                Err(failed) => failed,
            };
            let Some(after) = self.after(ticketed, class, &failure, &mut tries) else { return Ok(()) };
            // Whoever has the turn keeps it for as long as the trouble lasts.
            let after = probe.as_ref().map_or(after, |_| after.max(pictures.backoff()));
            context.retrying(&ticketed.code, &failure, &tries, after);
            let waited = context.unless_stopped(pictures.unless_stopped(clock::sleep(after))).await;
            if waited.flatten().is_none() {
                return Ok(());
            }
        }
    }

    /// One request, and the verdict on what came.
    async fn attempt(
        &self,
        ticketed: &Ticketed,
    ) -> Result<Result<PictureFacts, (Class, Failure)>, FetchError> {
        let Self { context, session, places } = self;
        let began = clock::monotonic();
        let bytes = match session.client.fetch(&ticketed.ticket).await {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err((error.class, error.into()))),
        };
        places.answered(clock::monotonic().duration_since(began));
        context.event(&Event::Fetched { code: ticketed.code.clone() });
        let verified = verify_and_store(context, bytes, &ticketed.url).await?;
        Ok(verified.map_err(|error| {
            // It quotes what came, and an error page may quote our request.
            let message = session.client.shown(&error.to_string());
            (Class::PictureRejected, Failure { stage: Stage::Verify, errcode: None, rid: None, message })
        }))
    }

    async fn record(&self, ticketed: &Ticketed, picture: PictureFacts) -> Result<(), FetchError> {
        let Self { context, session, .. } = self;
        let Ticketed { code, key, generation, .. } = ticketed;
        context.journal.record(Entry::Picture { key: *key, generation: *generation, picture }).await?;
        context.run.tally.done(&session.appid, &code.scene);
        session.pictures.heard();
        context.event(&Event::Verified { code: code.clone() });
        Ok(())
    }

    /// How long to wait before the next attempt. `None` if there is none.
    fn after(
        &self,
        ticketed: &Ticketed,
        class: Class,
        failure: &Failure,
        tries: &mut Tries,
    ) -> Option<Duration> {
        let Self { context, session, places } = self;
        let pictures = &session.pictures;
        if let Some(silence) = pictures.failed(failure, matches!(class, Class::Busy { .. })) {
            context.stop_fetching(session, Exit::Failed, &silence);
            return None;
        }
        if let Class::Busy { retry_after } = class {
            places.failed();
            pictures.pacer.hold(retry_after.unwrap_or_default());
        }
        match tries.decide(class) {
            Decision::Retry { after } => Some(after),
            Decision::PauseToNextMinute => {
                pictures.pacer.pause(clock::now());
                Some(pictures.pacer.paused_for().unwrap_or_default())
            }
            Decision::StopIssuing => {
                context.stop_fetching(session, Exit::Failed, &left_alone(&failure.message, class));
                None
            }
            Decision::FailCode | Decision::StopAccount => {
                context.fail(session, &ticketed.code, failure.clone());
                None
            }
        }
    }
}

/// Decodes on a thread of its own, as many at once as there are cores, and stores what is right under its hash.
async fn verify_and_store(
    context: &StageContext,
    bytes: Vec<u8>,
    url: &str,
) -> Result<Result<PictureFacts, PictureError>, FetchError> {
    let _permit = context.verifiers.acquire().await.map_err(|_| FetchError::Lost)?;
    let (url, folders) = (url.to_owned(), context.run.folders.clone());
    tokio::task::spawn_blocking(move || {
        let picture = match symbol::verify(bytes, &url) {
            Ok(picture) => picture,
            Err(error) => return Ok(Err(error)),
        };
        let facts = picture.facts();
        fsio::write_atomic(&folders.picture(&facts.digest), picture.bytes())?;
        Ok(Ok(facts))
    })
    .await
    .map_err(|_| FetchError::Lost)?
}
