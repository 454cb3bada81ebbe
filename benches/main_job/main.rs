//! The main job beside its floor, its memory, and a run with nothing to do: `cargo bench`, or
//! `cargo bench -- --quick` with a tenth of the codes.
//!
//! Not a test: it prints figures and their targets and judges nothing. The emulator works on the same cores, for the
//! floor as for the run, so ratios hold where seconds do not. Files lie in cargo's target folder, on the disk where
//! the project lies, and are removed at the end, not before: some file systems are slow to create a file
//! for minutes after others were deleted. It takes some 10 GB.
#![expect(
    clippy::disallowed_methods,
    reason = "a stopwatch reads the clock, waits and writes its own campaign files"
)]

mod child;
mod floor;
mod folder;
mod job;
mod platform;

use std::time::{Duration, Instant};

use scenepress::fsio;
use scenepress::model::grouped;

use child::Measured;
use folder::Folder;
use platform::Platform;

/// Disk space a code takes: its picture, the same in the bundle, what the ledger and the manifests hold of it.
const BYTES_A_CODE: u64 = 80_000;
const ROUNDS: usize = 3;
const IDLE_RUNS: usize = 5;

struct Sizes {
    speed: u32,
    few: u32,
    many: u32,
}

fn main() {
    // Cargo itself passes `--bench`.
    let quick = std::env::args().any(|argument| argument == "--quick");
    let sizes = if quick {
        Sizes { speed: 1_000, few: 1_000, many: 10_000 }
    } else {
        Sizes { speed: 10_000, few: 1_000, many: 100_000 }
    };
    let rounds = u64::try_from(ROUNDS).unwrap_or_default();
    let codes = u64::from(sizes.speed) * rounds + u64::from(sizes.few) + u64::from(sizes.many);
    let needed = codes * BYTES_A_CODE;
    if let Some(free) = fsio::disk_of(folder::PARENT.as_ref()).map(|disk| disk.free)
        && free < needed
    {
        println!(
            "not measured: {} MB are free in {}, {} MB are needed; try `cargo bench -- --quick`",
            grouped(free / 1_000_000),
            folder::PARENT,
            grouped(needed / 1_000_000)
        );
        return;
    }
    let platform = Platform::start();
    let mut folders = Vec::new();
    speed(&platform, sizes.speed, &mut folders);
    memory(&platform, &sizes, &mut folders);
}

/// The run beside its floor, by turns, so that whatever else the machine does falls on both.
fn speed(platform: &Platform, codes: u32, folders: &mut Vec<Folder>) {
    println!("{} codes, {ROUNDS} rounds", grouped(codes.into()));
    let runtime = tokio::runtime::Runtime::new().expect("worker threads");
    let (mut floors, mut runs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let floor = timed(|| runtime.block_on(floor::floor(platform.url(), codes)));
        let folder = Folder::new(platform, codes);
        let run = timed(|| runtime.block_on(job::run(&folder)));
        println!("  round {round}: floor {}, run {}", seconds(floor), seconds(run));
        floors.push(floor);
        runs.push(run);
        folders.push(folder);
    }
    let (floor, run) = (median(floors), median(runs));
    let ratio = run.as_secs_f64() / floor.as_secs_f64();
    println!("  median:  floor {}, run {}", seconds(floor), seconds(run));
    println!("  run / floor: {ratio:.2} (target: at most 1.5)");
}

/// Whole processes: `scenepress run` with few codes, with many, and again with nothing to do.
fn memory(platform: &Platform, sizes: &Sizes, folders: &mut Vec<Folder>) {
    let few = Folder::new(platform, sizes.few);
    let base = child::run(&few);
    folders.push(few);
    println!("\n{} codes: {}", grouped(sizes.few.into()), shown(&base));

    let many = Folder::new(platform, sizes.many);
    let first = child::run(&many);
    println!("{} codes: {}", grouped(sizes.many.into()), shown(&first));
    if let (Some(base), Some(peak)) = (base.peak, first.peak) {
        let each = peak.saturating_sub(base) / u64::from(sizes.many - sizes.few).max(1);
        println!("  peak above the other, for each code: {} bytes (target: at most 1,536)", grouped(each));
    }

    let idle: Vec<Measured> = (0..IDLE_RUNS).map(|_| child::run(&many)).collect();
    let peak = idle.iter().filter_map(|run| run.peak).max();
    let took = median(idle.iter().map(|run| run.took).collect());
    println!("{} codes, nothing to do: {}", grouped(sizes.many.into()), shown(&Measured { took, peak }));
    println!("  median of {IDLE_RUNS} runs (target: at most 1 s)");
    folders.push(many);
}

fn timed(what: impl FnOnce()) -> Duration {
    let started = Instant::now();
    what();
    started.elapsed()
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations[durations.len() / 2]
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

fn shown(measured: &Measured) -> String {
    let peak = measured.peak.map_or_else(
        || "peak memory not measured (Linux only)".to_owned(),
        |bytes| format!("peak memory {} KB", grouped(bytes / 1024)),
    );
    format!("{}, {peak}", seconds(measured.took))
}
