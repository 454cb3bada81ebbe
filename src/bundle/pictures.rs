//! Checking the pictures of a bundle on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use crate::model::{Digest, TicketFacts, excerpt, rfc3339};
use crate::symbol::{self, PictureError};

use super::faults::{Faults, Stated};
use super::manifest::ManifestCode;
use super::zipfile::Opened;

/// How far, in seconds, the lifetime in a ticket may be from the one recorded: the answer's `expire_seconds` may
/// have been rounded (inferred; no difference was ever seen).
const LIFETIME_SLACK: i64 = 60;

/// A picture to check.
pub(super) struct Job<'a> {
    /// Its entry's.
    pub(super) position: usize,
    /// What the manifest says of it.
    pub(super) code: &'a ManifestCode,
}

/// Reads pictures one after the other and decodes them on as many threads as there are cores; each thread holds
/// one picture.
pub(super) fn check(
    opened: Opened,
    jobs: &[Job<'_>],
    stated: &Stated,
    faults: &mut Faults,
    progress: &mut dyn FnMut(u64, u64),
) {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    let opened = Mutex::new(opened);
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, opened, next) = (sender.clone(), &opened, &next);
            scope.spawn(move || {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let bytes = opened
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .read(job.position, symbol::MAX_BYTES as u64);
                    let messages = match bytes {
                        Ok(bytes) => check_one(job, &bytes, stated),
                        Err(message) => vec![message],
                    };
                    if sender.send((job, messages)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let total = jobs.len() as u64;
        for (done, (job, messages)) in (1..).zip(results) {
            for message in messages {
                faults.add(Some(job.position), &job.code.image, message);
            }
            progress(done, total);
        }
    });
}

/// Everything that is wrong with one picture and its row.
fn check_one(job: &Job<'_>, bytes: &[u8], stated: &Stated) -> Vec<String> {
    let Job { position, code } = *job;
    let mut messages = Vec::new();
    let found = Digest::of(bytes);
    messages.extend(stated.difference(position, found));
    if found != code.image_sha256 {
        messages.push(format!("its SHA-256 is {found}, but the manifest says {}", code.image_sha256));
    }
    match symbol::check(bytes, &code.url) {
        Ok(_) => {}
        Err(PictureError::OtherPayload { found, expected }) => {
            messages
                .push(format!("it carries `{found}`, but the url of scene {} is `{expected}`", code.scene));
        }
        Err(error) => messages.push(error.to_string()),
    }
    messages.extend(check_ticket(code));
    messages
}

/// The ticket's own url, lifetime and birth, if they can be read and its checksum is right.
fn check_ticket(code: &ManifestCode) -> Option<String> {
    let facts = TicketFacts::read(code.ticket.as_str()).filter(|facts| facts.checksum_right)?;
    if facts.url != code.url {
        let (own, stated) = (excerpt(&facts.url, 80), excerpt(&code.url, 80));
        return Some(format!("its ticket is that of `{own}`, but its url is `{stated}`"));
    }
    let own = i64::from(facts.lifetime_seconds?);
    let stated = code.expires_at.map_or(0, |at| at.as_second() - code.created_at.as_second());
    let differs = (own == 0) != (stated == 0) || own.abs_diff(stated) > LIFETIME_SLACK.unsigned_abs();
    if differs {
        return Some(format!("its ticket lives {own} s, but its row says {stated} s (0 is permanent)"));
    }
    let (born, stated) = (facts.created_at, code.created_at);
    (own > 0 && facts.is_older_than(stated))
        .then(|| format!("its ticket was made at {}, but its row says {}", rfc3339(born), rfc3339(stated)))
}
