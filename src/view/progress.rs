//! Progress on a terminal: a bar for each stage, and above them what went wrong.

use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
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

#[derive(Default)]
struct State {
    sums: RunSums,
    issued: Option<ProgressBar>,
    fetched: Option<ProgressBar>,
    verified: Option<ProgressBar>,
    bundling: Option<ProgressBar>,
}

impl Progress {
    /// On stderr; `verbose` shows each code's steps above the bars.
    pub fn stderr(verbose: bool) -> Self {
        Self::on(ProgressDrawTarget::stderr(), verbose)
    }

    /// On any target.
    pub fn on(target: ProgressDrawTarget, verbose: bool) -> Self {
        Self { bars: MultiProgress::with_draw_target(target), verbose, state: Mutex::new(State::default()) }
    }

    fn bar(&self, name: &'static str, length: u64) -> Option<ProgressBar> {
        (length > 0).then(|| {
            let bar = ProgressBar::new(length).with_style(style()).with_prefix(name);
            let bar = self.bars.add(bar);
            bar.tick();
            bar
        })
    }
}

fn style() -> ProgressStyle {
    let of = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = write!(out, "{} of {}", grouped(state.pos()), grouped(state.len().unwrap_or(0)));
    };
    let pace = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        if state.pos() > 0 && Some(state.pos()) < state.len() {
            let _ = write!(out, "{:.1}/s, {} left", state.per_sec(), rough_duration(whole(state.eta())));
        }
    };
    // The template is fixed; were it wrong, indicatif's own bar would be drawn.
    ProgressStyle::with_template("{prefix:<8} {bar:30} {of}  {pace}  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
        .with_key("of", of)
        .with_key("pace", pace)
}

/// Without its fraction: an estimate is not exact to a nanosecond.
fn whole(duration: std::time::Duration) -> std::time::Duration {
    std::time::Duration::from_secs(duration.as_secs())
}

impl Monitor for Progress {
    fn event(&self, at: Timestamp, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let text = state.sums.take(at, event, self.verbose);
        let step = |bar: &Option<ProgressBar>| bar.iter().for_each(|bar| bar.inc(1));
        match event {
            Event::Started { issues, fetches, .. } => {
                state.issued = self.bar("issued", *issues);
                state.fetched = self.bar("fetched", *fetches);
                state.verified = self.bar("verified", *fetches);
                return;
            }
            Event::Issued { .. } => step(&state.issued),
            Event::Fetched { .. } => step(&state.fetched),
            Event::Verified { .. } => step(&state.verified),
            Event::Failed { .. } => {
                let failed = format!("{} failed", grouped(state.sums.failed));
                state.verified.iter().for_each(|bar| bar.set_message(failed.clone()));
            }
            Event::Bundling { codes, .. } => {
                state.bundling.take().iter().for_each(ProgressBar::finish_and_clear);
                state.bundling = self.bar("bundling", *codes);
            }
            Event::BundleProgress { codes, .. } => {
                state.bundling.iter().for_each(|bar| bar.set_position(*codes));
            }
            Event::Bundled { .. } => state.bundling.take().iter().for_each(ProgressBar::finish_and_clear),
            Event::Paused { .. } | Event::Tick => {
                let left = state.sums.pause_left(at);
                let pause =
                    left.map_or(String::new(), |left| format!("paused, {} left", rough_duration(left)));
                state
                    .issued
                    .iter()
                    .filter(|bar| bar.message() != pause)
                    .for_each(|bar| bar.set_message(pause.clone()));
                let bars = [&state.issued, &state.fetched, &state.verified, &state.bundling];
                bars.into_iter().flatten().for_each(ProgressBar::tick);
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
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = std::mem::take(&mut *state);
        for bar in [state.issued, state.fetched, state.verified, state.bundling].into_iter().flatten() {
            bar.finish_and_clear();
        }
        let _ = self.bars.clear();
    }
}
