//! Progress if there is no terminal: a timestamped line a minute, and what goes wrong as it happens.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::Show;
use super::paint::took;
use super::sums::RunSums;
use crate::engine::{Event, Monitor};
use crate::model::second_text;

/// How often a line comes.
const EVERY: Duration = Duration::from_mins(1);

/// Writes lines.
pub struct Lines<W> {
    verbose: bool,
    state: Mutex<State<W>>,
}

struct State<W> {
    out: W,
    sums: RunSums,
    started_at: Option<Timestamp>,
    shown_at: Timestamp,
    /// Whether a signal came: then the summary gives the figures.
    is_stopping: bool,
}

impl<W: Write + Send> Lines<W> {
    /// To a writer; `verbose` shows each code's steps.
    pub fn new(out: W, verbose: bool) -> Self {
        let (sums, shown_at) = (RunSums::default(), Timestamp::MIN);
        let state = State { out, sums, started_at: None, shown_at, is_stopping: false };
        Self { verbose, state: Mutex::new(state) }
    }
}

impl<W: Write> State<W> {
    /// Nobody may be listening any more: that is no reason to stop a run.
    fn line(&mut self, at: Timestamp, text: &str) {
        let _ = writeln!(self.out, "{} {text}", second_text(at)).and_then(|()| self.out.flush());
    }
}

impl<W: Write + Send> Monitor for Lines<W> {
    fn event(&self, at: Timestamp, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(event, Event::Started { .. }) {
            state.started_at = Some(at);
            state.shown_at = at;
        }
        state.is_stopping |= matches!(event, Event::Stopping { .. });
        if let Some(text) = state.sums.take(at, event, self.verbose) {
            state.line(at, &text);
        }
        if state.started_at.is_some()
            && !state.is_stopping
            && at.duration_since(state.shown_at).unsigned_abs() >= EVERY
        {
            state.shown_at = at;
            let text = state.sums.text();
            state.line(at, &text);
        }
    }
}

impl<W: Write + Send> Show for Lines<W> {
    fn finish(&self, at: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(started_at) = state.started_at.take().filter(|_| !state.is_stopping) {
            let took = took(at.duration_since(started_at).unsigned_abs());
            let text = format!("ended, took {took}: {}", state.sums.text());
            state.line(at, &text);
        }
    }
}
