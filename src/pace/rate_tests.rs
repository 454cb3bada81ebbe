//! The pacer on the runtime's paused clock: its timer still moves in whole milliseconds, as the real one does.

use std::future::Future;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn simulated<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(future)
}

fn per_second(requests: u32) -> Rate {
    Rate { requests: NonZeroU32::new(requests).expect("not zero"), period: Duration::from_secs(1) }
}

fn per_minute(requests: u32) -> Rate {
    Rate { requests: NonZeroU32::new(requests).expect("not zero"), period: MINUTE }
}

fn requests_a_second(rate: Rate) -> f64 {
    f64::from(rate.requests.get()) / rate.period.as_secs_f64()
}

/// When each of so many permits came, with several callers waiting at once.
async fn release(pacer: &Arc<Pacer>, permits: u32) -> Vec<Instant> {
    let callers: Vec<_> = (0..4)
        .map(|caller| {
            let pacer = Arc::clone(pacer);
            tokio::spawn(async move {
                let mut released = Vec::new();
                for _ in (caller..permits).step_by(4) {
                    pacer.permit().await;
                    released.push(clock::monotonic());
                }
                released
            })
        })
        .collect();
    let mut released = Vec::new();
    for caller in callers {
        released.extend(caller.await.expect("no panic"));
    }
    released.sort();
    released
}

/// The law: any window holds at most rate × window + burst.
fn assert_lawful(released: &[Instant], rate: Rate) {
    let rate = requests_a_second(rate);
    let burst = (rate / 10.0).max(1.0);
    for (first, from) in released.iter().enumerate() {
        for (last, to) in released.iter().enumerate().skip(first) {
            let held = f64::from(u32::try_from(last - first + 1).expect("few"));
            let window = (*to - *from).as_secs_f64();
            assert!(held <= rate * window + burst + 1e-6, "{held} in {window} s at {rate}/s");
        }
    }
}

#[test]
fn any_window_holds_at_most_its_share_and_the_mean_reaches_99_percent() {
    for rate in [per_minute(1), per_minute(7), per_minute(300)]
        .into_iter()
        .chain([1, 2, 3, 7, 9, 10, 11, 15, 19, 20, 99, 100, 333, 1000].map(per_second))
    {
        let permits = 300.max(rate.requests.get() / 2);
        let released = simulated(async { release(&Arc::new(Pacer::new(rate)), permits).await });
        assert_lawful(&released, rate);
        let took = (released[released.len() - 1] - released[0]).as_secs_f64();
        let mean = f64::from(permits - 1) / took;
        assert!(mean >= 0.99 * requests_a_second(rate), "{mean} at {rate}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn the_law_holds_when_callers_come_as_they_like_and_pauses_fall_in(
        requests in 1u32..400,
        minutely: bool,
        steps in proptest::collection::vec((0u64..3000, 1u32..60, proptest::bool::weighted(0.1)), 1..20),
    ) {
        let rate = if minutely { per_minute(requests) } else { per_second(requests) };
        let released = simulated(async {
            let pacer = Arc::new(Pacer::new(rate));
            let mut released = Vec::new();
            for (idle, permits, pause) in steps {
                clock::sleep(Duration::from_millis(idle)).await;
                if pause {
                    pacer.pause(Timestamp::from_second(1_795_333_433).expect("an instant"));
                }
                released.extend(release(&pacer, permits).await);
            }
            released
        });
        assert_lawful(&released, rate);
    }

    #[test]
    fn the_law_holds_and_nobody_waits_longer_where_callers_give_up(
        requests in 1u32..400,
        steps in proptest::collection::vec((0u64..500, 1u32..20, 0u64..300), 1..20),
    ) {
        let rate = per_second(requests);
        let (released, waited) = simulated(async {
            let pacer = Arc::new(Pacer::new(rate));
            let (mut released, mut waited) = (Vec::new(), Duration::ZERO);
            for (idle, permits, patience) in steps {
                clock::sleep(Duration::from_millis(idle)).await;
                let impatient = tokio::time::timeout(Duration::from_millis(patience), async {
                    loop {
                        pacer.permit().await;
                        released.push(clock::monotonic());
                    }
                });
                let _: Result<(), _> = impatient.await;
                let began = clock::monotonic();
                pacer.permit().await;
                waited = waited.max(clock::monotonic() - began);
                released.push(clock::monotonic());
                released.extend(release(&pacer, permits).await);
            }
            (released, waited)
        });
        assert_lawful(&released, rate);
        prop_assert!(waited <= rate.interval() + 2 * TIMER_STEP, "{waited:?} at {rate}");
    }
}

#[test]
fn a_hold_keeps_everybody_waiting_for_so_long_and_leaves_the_rate_as_it_is() {
    simulated(async {
        let pacer = Pacer::new(per_second(10));
        let began = clock::monotonic();
        pacer.hold(Duration::from_secs(30));
        pacer.hold(Duration::from_secs(5)); // the longer one stands
        pacer.permit().await;
        assert_eq!(clock::monotonic() - began, Duration::from_secs(30));
        pacer.permit().await;
        assert_eq!(clock::monotonic() - began, Duration::from_millis(30_100));
        pacer.pause(at("2026-11-22T07:44:59Z"));
        pacer.hold(Duration::from_millis(10));
        pacer.permit().await;
        let waited = clock::monotonic() - began;
        assert!(waited >= Duration::from_millis(32_100), "a pause is not cut short: {waited:?}");
        pacer.hold(Duration::MAX); // no panic, and no hold: there is no such instant
        pacer.permit().await;
    });
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

#[test]
fn a_pause_lasts_to_the_next_minute_for_all_and_halves_the_rate_once() {
    simulated(async {
        let pacer = Arc::new(Pacer::new(per_second(10)));
        assert_eq!(pacer.paused_for(), None);
        let began = clock::monotonic();
        pacer.pause(at("2026-11-22T07:44:50Z"));
        pacer.pause(at("2026-11-22T07:44:50Z"));
        clock::sleep(Duration::from_secs(4)).await;
        pacer.pause(at("2026-11-22T07:44:54Z"));
        assert_eq!(pacer.paused_for(), Some(Duration::from_secs(7)));
        assert!((pacer.per_second() - 5.0).abs() < 1e-9);
        let released = release(&pacer, 11).await;
        assert_eq!(pacer.paused_for(), None);
        let after = |index: usize| (released[index] - began).as_secs_f64();
        assert!((11.0..11.01).contains(&after(0)), "{}", after(0));
        assert!((13.0..13.05).contains(&after(10)), "{}", after(10));
    });
}

#[test]
fn each_clean_minute_gives_back_a_tenth_of_the_set_rate() {
    simulated(async {
        let pacer = Pacer::new(per_second(10));
        pacer.pause(at("2026-11-22T07:44:59Z"));
        clock::sleep(Duration::from_secs(2)).await;
        for expected in [5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 10.0] {
            assert!((pacer.per_second() - expected).abs() < 0.01, "{} for {expected}", pacer.per_second());
            pacer.permit().await;
            clock::sleep(MINUTE).await;
        }
        assert_eq!(pacer.paused_for(), None);
    });
}

#[test]
fn the_rate_is_never_halved_below_one_a_minute() {
    simulated(async {
        let pacer = Pacer::new(per_minute(3));
        for _ in 0..20 {
            pacer.pause(at("2026-11-22T07:44:59Z"));
            clock::sleep(Duration::from_secs(2)).await;
        }
        assert!((pacer.per_second() - 1.0 / 60.0).abs() < 1e-9);
        let began = clock::monotonic();
        pacer.permit().await;
        assert!(clock::monotonic() - began <= LONGEST_INTERVAL + TIMER_STEP);
    });
}

#[test]
fn a_caller_that_gives_up_does_not_hold_up_the_others() {
    simulated(async {
        let pacer = Arc::new(Pacer::new(per_minute(1)));
        pacer.permit().await;
        let waiting = tokio::spawn({
            let pacer = Arc::clone(&pacer);
            async move { pacer.permit().await }
        });
        tokio::task::yield_now().await;
        waiting.abort();
        let began = clock::monotonic();
        pacer.permit().await;
        assert!(clock::monotonic() - began <= MINUTE + TIMER_STEP);
    });
}

#[test]
fn any_rate_makes_a_limiter() {
    simulated(async {
        for rate in [per_second(u32::MAX), per_second(1_000_000), per_minute(u32::MAX), per_minute(1)] {
            let pacer = Pacer::new(rate);
            pacer.permit().await;
            pacer.pause(Timestamp::MAX);
            pacer.pause(Timestamp::MIN);
            pacer.permit().await;
        }
    });
}
