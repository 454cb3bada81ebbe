//! Bundles that were verified.

use std::fmt::Write;
use std::path::Path;

use indicatif::ProgressBar;
use serde::Serialize;

use super::progress::new_bar;
use crate::bundle::Report;
use crate::engine::Recorded;
use crate::model::{counted, grouped, minute_text, visible, visible_path};

/// How many faults are shown of one bundle.
const SHOWN_FAULTS: usize = 20;
/// A bundle with fewer pictures is verified before anybody would look at a bar.
const BAR_FROM: u64 = 500;

/// A bar on stderr, while pictures are verified. It is cleared when it is dropped.
#[derive(Debug)]
pub struct VerifyBar {
    is_shown: bool,
    bar: Option<ProgressBar>,
}

impl VerifyBar {
    /// A bar for one bundle. Unless `is_shown` nothing is ever shown.
    pub fn new(is_shown: bool) -> Self {
        Self { is_shown, bar: None }
    }

    /// What is to be told how many pictures are verified, of how many.
    pub fn progress(&mut self) -> impl FnMut(u64, u64) {
        |done, total| {
            if self.is_shown && total >= BAR_FROM {
                self.bar.get_or_insert_with(|| new_bar("verified", total)).set_position(done);
            }
        }
    }
}

impl Drop for VerifyBar {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// A bundle that was verified, as text. With `all` every fault is shown, else the first 20.
pub fn verified_text(path: &Path, report: &Report, all: bool) -> String {
    let path = visible_path(path);
    let codes = counted(report.summary.codes, "code");
    let mut text = String::new();
    if report.faults.is_empty() {
        let revision = report.header.revision;
        let _ = write!(text, "{path}: {codes}, revision {revision}, all pictures decode to their url");
        if let Some(first) = report.summary.first_expiry {
            let _ = write!(text, "; the first expires on {}", minute_text(first));
        }
    } else {
        let _ = write!(text, "{path}: BAD, {} in {codes}", counted(report.fault_count, "fault"));
    }
    if let Some(selection) = &report.header.selection {
        let _ = write!(text, "; {selection}");
    }
    if report.header.kind.partial {
        text += "; PARTIAL: codes of the campaign are missing";
    }
    if report.header.kind.emulator {
        text += "; NOT FOR PRINT: made by the emulator";
    }
    text.push('\n');
    let shown = if all { report.faults.len() } else { SHOWN_FAULTS };
    for fault in report.faults.iter().take(shown) {
        let _ = writeln!(text, "  {}: {}", fault.entry, visible(&fault.message));
    }
    let hidden = report.fault_count.saturating_sub(shown as u64);
    if hidden > 0 {
        let hint = if all { "" } else { "; -v shows them" };
        let _ = writeln!(text, "  … {} more{hint}", grouped(hidden));
    }
    text
}

/// What `verify --format json` prints.
#[derive(Serialize)]
pub struct VerifyDocument {
    format: u32,
    bundles: Vec<VerifiedBundle>,
}

#[derive(Serialize)]
struct VerifiedBundle {
    path: String,
    good: bool,
    /// Why it could not be verified at all; then there is nothing else.
    error: Option<String>,
    /// Its file compared with what the ledger recorded: same, other or unknown. Null if it was not compared.
    recorded: Option<Recorded>,
    #[serde(flatten)]
    report: Option<Report>,
}

/// A bundle that was verified, and compared with the ledger if there is one; or why it could not be.
pub type Verified = Result<(Report, Option<Recorded>), String>;

impl VerifyDocument {
    /// Of bundles that were verified.
    pub fn new<'a>(bundles: impl IntoIterator<Item = (&'a Path, Verified)>) -> Self {
        let line = |(path, result): (&Path, Verified)| {
            let path = path.display().to_string();
            match result {
                Ok((report, recorded)) => {
                    let good = report.fault_count == 0;
                    VerifiedBundle { path, good, error: None, recorded, report: Some(report) }
                }
                Err(error) => {
                    VerifiedBundle { path, good: false, error: Some(error), recorded: None, report: None }
                }
            }
        };
        Self { format: 1, bundles: bundles.into_iter().map(line).collect() }
    }
}
