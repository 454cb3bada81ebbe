//! One request for all who wait, and never a loop of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;

use super::*;
use crate::wechat::Stage;

fn error(class: Class) -> CallError {
    CallError { stage: Stage::Token, class, errcode: None, rid: None, message: "no".to_owned() }
}

/// Gives tokens, or fails, and counts how often it was asked.
#[derive(Default)]
struct Platform {
    asked: AtomicU32,
    fails_with: std::sync::Mutex<Option<Class>>,
}

impl Platform {
    async fn give(&self, seconds: u64) -> Result<(AccessToken, u64), CallError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        clock::sleep(Duration::from_millis(50)).await;
        match *self.fails_with.lock().expect("not poisoned") {
            Some(class) => Err(error(class)),
            None => Ok((AccessToken::new("always the same"), seconds)),
        }
    }

    fn fail_with(&self, class: impl Into<Option<Class>>) {
        *self.fails_with.lock().expect("not poisoned") = class.into();
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Ten callers at once.
async fn ten(cache: &Arc<TokenCache>, platform: &Arc<Platform>) -> Vec<Result<Held, CallError>> {
    let callers: Vec<_> = (0..10)
        .map(|_| {
            let (cache, platform) = (Arc::clone(cache), Arc::clone(platform));
            tokio::spawn(async move { cache.get(async || platform.give(7200).await).await })
        })
        .collect();
    let mut results = Vec::new();
    for caller in callers {
        results.push(caller.await.expect("no panic"));
    }
    results
}

#[tokio::test(start_paused = true)]
async fn ten_callers_cost_one_request_whether_it_succeeds_or_fails() {
    let (cache, platform) = (Arc::new(TokenCache::default()), Arc::new(Platform::default()));
    platform.fail_with(Class::AccountRefused);
    let failed = ten(&cache, &platform).await;
    assert!(failed.iter().all(|result| result.as_ref().is_err_and(|e| e.class == Class::AccountRefused)));
    assert_eq!(platform.asked(), 1);
    clock::sleep(Duration::from_millis(1)).await;
    platform.fail_with(None);
    assert!(ten(&cache, &platform).await.iter().all(Result::is_ok));
    assert_eq!(platform.asked(), 2, "who comes later asks again");
    assert!(ten(&cache, &platform).await.iter().all(Result::is_ok));
    assert_eq!(platform.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_dropped_once_even_where_the_next_is_the_same_text() {
    let (cache, platform) = (Arc::new(TokenCache::default()), Arc::new(Platform::default()));
    let first = ten(&cache, &platform).await.swap_remove(0).expect("a token");
    cache.refused(&first).await;
    let second = ten(&cache, &platform).await.swap_remove(0).expect("a token");
    assert_eq!(platform.asked(), 2);
    assert_eq!(first.access_token.expose(), second.access_token.expose());
    // The other requests that were sent with the first one fail only now.
    cache.refused(&first).await;
    ten(&cache, &platform).await;
    assert_eq!(platform.asked(), 2, "the second one is still held");
    cache.refused(&second).await;
    ten(&cache, &platform).await;
    assert_eq!(platform.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_ahead_of_its_end_and_lives_on_where_that_fails_for_a_while() {
    let (cache, platform) = (TokenCache::default(), Platform::default());
    let get = async || cache.get(async || platform.give(7200).await).await.map(|held| held.serial);
    assert_eq!(get().await, Ok(1));
    clock::sleep(Duration::from_secs(6899)).await;
    assert_eq!((get().await, platform.asked()), (Ok(1), 1));
    platform.fail_with(Class::Busy { retry_after: None });
    clock::sleep(Duration::from_secs(2)).await;
    assert_eq!((get().await, platform.asked()), (Ok(1), 2), "it still has minutes to live");
    assert_eq!((get().await, platform.asked()), (Ok(1), 2), "not at every call");
    platform.fail_with(Class::AccountRefused);
    clock::sleep(RENEW_AGAIN).await;
    assert_eq!(get().await, Err(error(Class::AccountRefused)), "no reason to wait");
    platform.fail_with(Class::Busy { retry_after: None });
    clock::sleep(MARGIN).await;
    assert!(get().await.is_err(), "now it is dead");
    platform.fail_with(None);
    assert_eq!(get().await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_limit_on_tokens_that_outlasts_a_minute_is_the_days() {
    let (cache, platform) = (TokenCache::default(), Platform::default());
    let class = async || cache.get(async || platform.give(7200).await).await.map(|_| ()).map_err(|e| e.class);
    platform.fail_with(Class::MinuteQuota);
    assert_eq!(class().await, Err(Class::MinuteQuota));
    clock::sleep(Duration::from_secs(30)).await;
    assert_eq!(class().await, Err(Class::MinuteQuota));
    clock::sleep(Duration::from_secs(31)).await;
    assert_eq!(class().await, Err(Class::DailyQuota));
    platform.fail_with(None);
    assert_eq!(class().await, Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_token_is_held_long_enough_never_to_ask_in_a_loop(seconds in any::<u64>()) {
        let held = hold(seconds);
        prop_assert!(held >= SHORTEST);
        prop_assert!(held <= left(seconds).max(SHORTEST));
        if seconds >= 300 {
            prop_assert!(held.as_secs() >= 240, "300 s is the least the platform answers");
        }
        if seconds >= 7200 {
            prop_assert_eq!(held.as_secs(), 6900);
        }
    }
}
