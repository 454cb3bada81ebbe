//! Progress on a terminal: a bar for each stage, and above them what went wrong.

use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::Show;
use super::sums::RunSums;
use crate::engine::{Event, Monitor};
use crate::model::{grouped, rough_duration};

/// Draws bars.
pub struct Progress {
    bars: MultiProgress,
    verbose: bool,
    state: Mutex<State>,
}

/// What is counted, and a bar for each stage: hidden if there is nothing to do.
struct State {
    sums: RunSums,
    issued: ProgressBar,
    fetched: ProgressBar,
    verified: ProgressBar,
    bundling: ProgressBar,
}

impl Progress {
    /// On stderr; `verbose` shows each code's steps above the bars.
    pub fn stderr(verbose: bool) -> Self {
        Self::on(ProgressDrawTarget::stderr(), verbose)
    }

    /// On any target.
    pub fn on(target: ProgressDrawTarget, verbose: bool) -> Self {
        let [issued, fetched, verified, bundling] = std::array::from_fn(|_| ProgressBar::hidden());
        let state = State { sums: RunSums::default(), issued, fetched, verified, bundling };
        Self { bars: MultiProgress::with_draw_target(target), verbose, state: Mutex::new(state) }
    }

    fn bar(&self, name: &'static str, length: u64) -> ProgressBar {
        if length == 0 {
            return ProgressBar::hidden();
        }
        let bar = self.bars.add(new_bar(name, length));
        bar.tick();
        bar
    }
}

/// A bar that is not on any screen yet.
pub(super) fn new_bar(name: &'static str, length: u64) -> ProgressBar {
    // The template is fixed; were it wrong, indicatif's own bar would be drawn.
    let style =
        ProgressStyle::with_template("{prefix:<8} {bar:30} {human_pos} of {human_len}, {eta} left  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style.progress_chars("=> ")).with_prefix(name)
}

impl Monitor for Progress {
    fn event(&self, at: Timestamp, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { sums, issued, fetched, verified, bundling } = &mut *state;
        let text = sums.take(at, event, self.verbose);
        match event {
            Event::Started { issues, fetches, .. } => {
                *issued = self.bar("issued", *issues);
                *fetched = self.bar("fetched", *fetches);
                *verified = self.bar("verified", *fetches);
                return;
            }
            Event::Issued { .. } => issued.inc(1),
            Event::Fetched { .. } => fetched.inc(1),
            Event::Verified { .. } => verified.inc(1),
            Event::Failed { .. } => verified.set_message(format!("{} failed", grouped(sums.failed))),
            Event::Bundling { codes, .. } => {
                bundling.finish_and_clear();
                *bundling = self.bar("bundling", *codes);
            }
            Event::BundleProgress { codes, .. } => bundling.set_position(*codes),
            Event::Bundled { .. } => bundling.finish_and_clear(),
            Event::Paused { .. } | Event::Tick => {
                let left = sums.pause_left(at);
                let pause = left.map(|left| format!("paused, {} left", rough_duration(left)));
                issued.set_message(pause.unwrap_or_default());
                for bar in [issued, fetched, verified, bundling] {
                    bar.tick();
                }
            }
            Event::Retrying { .. } | Event::AccountStopped { .. } | Event::Stopping { .. } => {}
        }
        if let Some(text) = text {
            // A terminal that is gone is no reason to stop a run.
            let _ = self.bars.println(text);
        }
    }
}

impl Show for Progress {
    /// The bars go; the summary says the rest.
    fn finish(&self, _at: Timestamp) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for bar in [&state.issued, &state.fetched, &state.verified, &state.bundling] {
            bar.finish_and_clear();
        }
        let _ = self.bars.clear();
    }
}
