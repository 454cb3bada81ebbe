//! Progress on a terminal: a bar for each stage, and above them what went wrong.

use std::io::{self, Write};
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
    /// Whether the bars are on stderr.
    is_on_stderr: bool,
    state: Mutex<State>,
}

/// What is counted, and a bar for each stage: hidden if there is nothing to do.
struct State {
    sums: RunSums,
    issued: ProgressBar,
    fetched: ProgressBar,
    verified: ProgressBar,
    bundling: ProgressBar,
    /// Whether a signal came. From then on there are lines only: what is said last stands below no bar.
    is_stopping: bool,
}

impl Progress {
    /// On stderr; `verbose` shows each code's steps above the bars.
    pub fn stderr(verbose: bool) -> Self {
        Self { is_on_stderr: true, ..Self::on(ProgressDrawTarget::stderr(), verbose) }
    }

    /// On any target.
    pub fn on(target: ProgressDrawTarget, verbose: bool) -> Self {
        let [issued, fetched, verified, bundling] = std::array::from_fn(|_| ProgressBar::hidden());
        let sums = RunSums::default();
        let state = State { sums, issued, fetched, verified, bundling, is_stopping: false };
        Self {
            bars: MultiProgress::with_draw_target(target),
            verbose,
            is_on_stderr: false,
            state: Mutex::new(state),
        }
    }

    /// Takes every bar off the screen.
    fn clear(&self, state: &State) {
        for bar in [&state.issued, &state.fetched, &state.verified, &state.bundling] {
            bar.finish_and_clear();
        }
        // What was drawn last may be of before the last of them ended.
        let _ = self.bars.clear();
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
        if matches!(event, Event::Stopping { .. }) {
            state.is_stopping = true;
            self.clear(&state);
        }
        let State { sums, issued, fetched, verified, bundling, is_stopping } = &mut *state;
        let mut text = sums.take(at, event, self.verbose);
        match event {
            Event::Started { issues, fetches, .. } => {
                *issued = self.bar("issued", *issues);
                *fetched = self.bar("fetched", *fetches);
                *verified = self.bar("verified", *fetches);
                // The bars say it.
                text = None;
            }
            _ if *is_stopping => {}
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
            Event::Retrying { .. }
            | Event::AccountTrouble { .. }
            | Event::AccountStopped { .. }
            | Event::Stopping { .. } => {}
        }
        if let Some(text) = text {
            // A terminal that is gone is no reason to stop a run.
            let _ = self.bars.println(text);
        }
        // Bars end at the right edge. There the `^C` of a terminal would begin a line that nobody takes away again.
        let bars = [&state.issued, &state.fetched, &state.verified, &state.bundling];
        if self.is_on_stderr && bars.iter().any(|bar| !bar.is_hidden() && !bar.is_finished()) {
            let _ = io::stderr().write_all(b"\r");
        }
    }
}

impl Show for Progress {
    /// The bars go; the summary says the rest.
    fn finish(&self, _at: Timestamp) {
        self.clear(&self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
