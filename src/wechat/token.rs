//! The access token an account holds: asked for once for all who wait, and again a little before it dies.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::error::CallError;
use crate::clock;
use crate::model::AccessToken;
use crate::pace::Class;

/// An access token, with a number that tells it from the one that was held before it. The texts would not:
/// asked again, the platform gives the same token while it is valid.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) access_token: AccessToken,
    serial: u64,
    /// From here on another is asked for.
    renew_at: Instant,
    /// From here on it is of no use.
    dies_at: Instant,
}

#[derive(Debug, Default)]
pub(super) struct TokenCache {
    state: Mutex<State>,
    known: std::sync::Mutex<Vec<AccessToken>>,
}

#[derive(Debug, Default)]
struct State {
    serial: u64,
    held: Option<Held>,
    /// The last failure, and when it ended: it is the answer to all who were waiting by then.
    failed: Option<(CallError, Instant)>,
    /// Since when the platform has said that too many tokens were asked for.
    limited_since: Option<Instant>,
}

/// How many tokens are known after they were replaced. The platform lets one live on beside its successor.
const KNOWN: usize = 4;
/// No token is asked for earlier than so long before it dies. `stable_token` gives another one from 300 s
/// before, and the older one works on for as long (documented).
const MARGIN: Duration = Duration::from_mins(5);
/// No token is held for less: an answer that says "1 s" must not double the calls.
const SHORTEST: Duration = Duration::from_secs(10);
/// After an attempt to renew failed, a token that still lives is used so long before the next attempt.
const RENEW_AGAIN: Duration = Duration::from_secs(30);
/// No token lives longer (documented).
const LONGEST_SECONDS: u64 = 7200;
/// A limit that outlasts this is not the minute's.
const MINUTE: Duration = Duration::from_mins(1);

impl TokenCache {
    /// The token that is held, or the one that `ask` gets (with the seconds it has left).
    ///
    /// Only one caller asks at a time. Those who wait meanwhile share what it gets, be it an error.
    pub(super) async fn get(
        &self,
        ask: impl AsyncFnOnce() -> Result<(AccessToken, u64), CallError>,
    ) -> Result<Held, CallError> {
        let came_at = clock::monotonic();
        let mut state = self.state.lock().await;
        let now = clock::monotonic();
        if let Some(held) = state.held.as_ref().filter(|held| now < held.renew_at) {
            return Ok(held.clone());
        }
        if let Some((error, ended_at)) = &state.failed
            && came_at < *ended_at
        {
            return Err(error.clone());
        }
        match ask().await {
            Ok((access_token, seconds)) => {
                self.remember(&access_token);
                state.serial += 1;
                let dies_at = now + left(seconds);
                let renew_at = now + hold(seconds);
                let held = Held { access_token, serial: state.serial, renew_at, dies_at };
                state.held = Some(held.clone());
                state.failed = None;
                state.limited_since = None;
                Ok(held)
            }
            Err(mut error) => {
                if error.class == Class::MinuteQuota {
                    let since = *state.limited_since.get_or_insert(now);
                    if now.saturating_duration_since(since) > MINUTE {
                        error.class = Class::DailyQuota;
                    }
                }
                let passing = error.class.is_outage() || error.class == Class::MinuteQuota;
                let failed_at = clock::monotonic();
                if let Some(held) = state.held.as_mut().filter(|held| passing && failed_at < held.dies_at) {
                    held.renew_at = failed_at + RENEW_AGAIN;
                    return Ok(held.clone());
                }
                state.failed = Some((error.clone(), failed_at));
                Err(error)
            }
        }
    }

    /// The tokens that messages from outside might quote: the one that is held and those before it.
    pub(super) fn known(&self) -> Vec<AccessToken> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, access_token: &AccessToken) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(0, access_token.clone());
        known.truncate(KNOWN);
    }

    /// The platform refused this token: it is dropped, unless another has taken its place already.
    pub(super) async fn refused(&self, refused: &Held) {
        let mut state = self.state.lock().await;
        if state.held.as_ref().is_some_and(|held| held.serial == refused.serial) {
            state.held = None;
        }
    }
}

fn left(seconds: u64) -> Duration {
    Duration::from_secs(seconds.min(LONGEST_SECONDS))
}

/// How long a token with so many seconds left is held. The margin never exceeds a fifth of what is left:
/// 300 s is the least that the platform answers, and a margin of as much would ask again and again.
fn hold(seconds: u64) -> Duration {
    let left = left(seconds);
    left.saturating_sub(MARGIN.min(left / 5)).max(SHORTEST)
}

#[cfg(test)]
#[path = "tests/token.rs"]
mod tests;
