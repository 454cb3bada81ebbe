//! `scenepress run` as a process, seen from outside: how long it took and how much memory it had at most.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::folder::{Folder, SECRET_VARIABLE};
use crate::platform::SECRET;

/// Often enough to see the peak of a run that takes half a second; the kernel keeps the highest value itself.
const POLL: Duration = Duration::from_millis(5);

/// What was measured of one process.
pub struct Measured {
    pub took: Duration,
    /// The most resident memory in bytes; `None` where the system does not tell.
    pub peak: Option<u64>,
}

/// Runs in a folder, and checks that it went well.
pub fn run(folder: &Folder) -> Measured {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scenepress"));
    command
        .args(["run", "--quiet"])
        .current_dir(folder.path())
        .env(SECRET_VARIABLE, SECRET)
        .env_remove("SCENEPRESS_LEDGER")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let started = Instant::now();
    let mut process = command.spawn().expect("the scenepress binary");
    let (id, ended) = (process.id(), AtomicBool::new(false));
    let (status, took, peak) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| highest(id, &ended));
        let status = process.wait().expect("its exit");
        let took = started.elapsed();
        ended.store(true, Ordering::Relaxed);
        (status, took, watching.join().expect("no panic"))
    });
    assert!(status.success(), "scenepress run: {status}");
    Measured { took, peak }
}

fn highest(process: u32, ended: &AtomicBool) -> Option<u64> {
    let mut highest = None;
    while !ended.load(Ordering::Relaxed) {
        highest = highest.max(high_water_mark(process));
        std::thread::sleep(POLL);
    }
    highest
}

/// Linux's own record of the most memory a living process had.
fn high_water_mark(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
