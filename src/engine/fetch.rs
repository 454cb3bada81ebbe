//! Fetching: a picture for each ticket, verified and stored before it is recorded.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use super::event::Event;
use super::outcome::{Failure, Fatal, Stage};
use super::stage::{Account, Request};
use super::state::in_background;
use super::tally::Ticketed;
use crate::clock;
use crate::fsio::{self, FsError};
use crate::ledger::Entry;
use crate::model::PictureFacts;
use crate::pace::retry::Class;
use crate::symbol::{self, PictureError};

/// The tickets of an account whose pictures are to be fetched, as they come. Shared by all that fetch for it.
pub(super) type Arriving = Arc<Mutex<mpsc::Receiver<Ticketed>>>;

/// Fetches, verifies and stores one picture after the other, until no more tickets can come.
pub(super) async fn fetch_all(account: Arc<Account>, tickets: Arriving) -> Result<(), Fatal> {
    let next = async || tickets.lock().await.recv().await;
    while let Some(Some(ticketed)) = account.unless_stopped(&account.session.pictures, next()).await {
        fetch(&account, &ticketed).await?;
    }
    Ok(())
}

/// Fetches one picture, again and again within its budget.
async fn fetch(account: &Account, ticketed: &Ticketed) -> Result<(), Fatal> {
    let requests = &account.session.pictures;
    let Ticketed { code, key, generation, .. } = ticketed;
    let mut request = Request::new(account, requests);
    loop {
        let Some(probe) = request.turn().await else { return Ok(()) };
        let Some(place) = request.place().await else { return Ok(()) };
        // The trouble may have begun while this one waited.
        if probe.is_none() && !request.may_go() {
            continue;
        }
        // In flight is a picture from the request to the verdict.
        let attempt = attempt(account, ticketed).await?;
        drop(place);
        let (class, failure) = match attempt {
            Ok(picture) => {
                let entry = Entry::Picture { key: *key, generation: *generation, picture };
                account.journal.record(entry).await?;
                account.run.tally.verified(&account.session.appid, &code.scene);
                requests.heard();
                account.run.event(&Event::Verified { code: code.clone() });
                return Ok(());
            }
            Err(failed) => failed,
        };
        if class.is_outage() {
            requests.places.failed();
        }
        let decision = request.decide(class, &failure);
        if !request.may_retry(code, (class, failure), decision, &probe).await {
            return Ok(());
        }
    }
}

/// One request, and the verdict on what came.
async fn attempt(
    account: &Account,
    ticketed: &Ticketed,
) -> Result<Result<PictureFacts, (Class, Failure)>, Fatal> {
    let session = &account.session;
    let began = clock::monotonic();
    let fetched = session.client.fetch(&ticketed.ticket);
    let bytes = match account.watched(&session.pictures, Stage::Fetch, fetched).await {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err((error.class, error.into()))),
    };
    session.pictures.places.answered(clock::monotonic().duration_since(began));
    account.run.event(&Event::Fetched { code: ticketed.code.clone() });
    let _permit = account.run.verifiers.acquire().await?;
    let (url, folders) = (ticketed.url.clone(), account.run.folders.clone());
    let verified = in_background(move || -> Result<Result<PictureFacts, PictureError>, FsError> {
        let picture = match symbol::verify(bytes, &url) {
            Ok(picture) => picture,
            Err(error) => return Ok(Err(error)),
        };
        let facts = picture.facts();
        fsio::write_atomic(&folders.picture(&facts.digest), picture.bytes())?;
        Ok(Ok(facts))
    });
    Ok(verified.await?.map_err(|error| {
        // It quotes what came, and an error page may quote our request.
        let message = session.client.shown(&error.to_string());
        (Class::PictureRejected, Failure { stage: Stage::Verify, errcode: None, rid: None, message })
    }))
}
