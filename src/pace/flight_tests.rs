//! The rule as a table and as laws; the places on the runtime's paused clock, beside a pacer.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::clock;
use crate::model::Rate;
use crate::pace::Pacer;

fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// After many answers that all took as long.
fn settled(per_second: f64, milliseconds: u64) -> Flight {
    let mut flight = Flight::new(per_second);
    (0..100).for_each(|_| flight.answered(millis(milliseconds)));
    flight
}

#[test]
fn as_many_are_in_flight_as_come_while_an_answer_takes_its_time_and_half_as_many_more() {
    for (per_second, milliseconds, limit, ceiling) in [
        (10.0, 0, 16, 32),
        (10.0, 300, 16, 32),
        (10.0, 2_000, 30, 32),
        (10.0, 20_000, 32, 32),
        (100.0, 1, 16, 128),
        (100.0, 100, 16, 128),
        (100.0, 300, 45, 128),
        (100.0, 800, 120, 128),
        (100.0, 20_000, 128, 128),
        (200.0, 300, 90, 128),
        (1_000_000.0, 20, 16, 128),
        (1_000_000.0, 300, 90, 128),
        (0.1, 60_000, 16, 32),
        (f64::NAN, 300, 16, 32),
        (f64::INFINITY, 300, 16, 32),
        (-1.0, 300, 16, 32),
    ] {
        let flight = settled(per_second, milliseconds);
        assert_eq!((flight.limit(), flight.ceiling()), (limit, ceiling), "{per_second}/s, {milliseconds} ms");
    }
    assert_eq!(Flight::new(100.0).limit(), 16, "before the first answer");
}

#[test]
fn a_failure_halves_what_is_in_flight_and_each_round_of_answers_gives_one_back() {
    let mut flight = settled(100.0, 300);
    flight.failed();
    assert_eq!(flight.limit(), 23);
    flight.failed();
    flight.failed();
    flight.failed();
    assert_eq!(flight.limit(), 16, "never below the floor");
    for expected in 17..=45 {
        (0..expected).for_each(|_| flight.answered(millis(300)));
        assert!((expected - 1..=expected + 1).contains(&flight.limit()), "{} at {expected}", flight.limit());
    }
    (0..100).for_each(|_| flight.answered(millis(300)));
    assert_eq!(flight.limit(), 45, "what is needed, not more");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_limit_stays_between_the_floor_and_the_ceiling_whatever_comes(
        per_second in prop_oneof![0.01..1e6_f64, any::<f64>()],
        steps in proptest::collection::vec(proptest::option::of(any::<u64>()), 0..200),
    ) {
        let mut flight = Flight::new(per_second);
        for step in steps {
            if let Some(latency) = step {
                flight.answered(millis(latency));
            } else {
                let before = flight.limit();
                flight.failed();
                prop_assert!(flight.limit() <= before.div_ceil(2).max(FLOOR));
            }
            prop_assert!((FLOOR..=flight.ceiling()).contains(&flight.limit()), "{flight:?}");
            prop_assert!((LOW_CEILING..=CEILING).contains(&flight.ceiling()), "{flight:?}");
        }
    }

    #[test]
    fn the_slower_the_answers_the_more_are_in_flight(
        per_second in 0.1..1000.0_f64,
        faster in 0_u64..5000,
        slower in 0_u64..5000,
    ) {
        let (faster, slower) = (faster.min(slower), faster.max(slower));
        prop_assert!(settled(per_second, faster).limit() <= settled(per_second, slower).limit());
    }
}

/// Sends so many requests at a rate, each answered after its latency and then worked on while its place is held; the
/// mean rate, and the most that were in flight.
fn send(per_second: u32, requests: u32, latency: fn(u32) -> u64, work: u64) -> (f64, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async move {
        let requests_a_second = NonZeroU32::new(per_second).expect("not zero");
        let rate = Rate { requests: requests_a_second, period: Duration::from_secs(1) };
        let pacer = Arc::new(Pacer::new(rate));
        let places = Arc::new(Places::new(pacer.per_second()));
        let (next, flying) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicUsize::new(0)));
        let most = Arc::new(AtomicUsize::new(0));
        let began = clock::monotonic();
        let workers: Vec<_> = (0..2 * places.ceiling())
            .map(|_| {
                let (pacer, places, next) = (Arc::clone(&pacer), Arc::clone(&places), Arc::clone(&next));
                let (flying, most) = (Arc::clone(&flying), Arc::clone(&most));
                tokio::spawn(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= requests {
                            break;
                        }
                        let place = places.take().await.expect("a place");
                        pacer.permit().await;
                        most.fetch_max(flying.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                        let sent_at = clock::monotonic();
                        clock::sleep(millis(latency(number))).await;
                        places.answered(clock::monotonic() - sent_at);
                        clock::sleep(millis(work)).await;
                        flying.fetch_sub(1, Ordering::Relaxed);
                        drop(place);
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("no panic");
        }
        let took = (clock::monotonic() - began).as_secs_f64();
        (f64::from(requests) / took, most.load(Ordering::Relaxed))
    })
}

#[test]
fn a_hundred_tickets_a_second_and_two_hundred_pictures_hold_at_300_ms_an_answer() {
    let varied: fn(u32) -> u64 = |number| 100 + u64::from(number.wrapping_mul(2_654_435_761) >> 16) % 400;
    for (per_second, latency, work) in
        [(100, (|_| 300) as fn(u32) -> u64, 0), (100, varied, 10), (200, |_| 300, 20), (200, varied, 20)]
    {
        let (mean, most) = send(per_second, 100 * per_second, latency, work);
        assert!(mean >= 0.99 * f64::from(per_second), "{mean} at {per_second}/s");
        assert!(most <= CEILING, "{most}");
    }
}

#[test]
fn places_that_are_taken_away_are_not_given_again() {
    let places = Places::new(100.0);
    (0..100).for_each(|_| places.answered(millis(300)));
    assert_eq!(places.semaphore.available_permits(), 45);
    let taken: Vec<_> = (0..40).map(|_| places.semaphore.try_acquire().expect("a place")).collect();
    places.failed();
    assert_eq!(places.semaphore.available_permits(), 0);
    drop(taken);
    places.failed();
    assert_eq!(places.semaphore.available_permits(), 16);
}
