//! Monitors that show something, alone or together.

use jiff::Timestamp;

use crate::engine::{Event, Monitor, Silent};

/// A monitor that has a last word.
pub trait Show: Monitor {
    /// The run is over: shows what is left to show, and leaves the terminal clean.
    fn finish(&self, at: Timestamp);

    /// Why not everything was shown that somebody counts on; `None` if all was, or nobody reads any more.
    fn failure(&self) -> Option<String> {
        None
    }
}

impl Show for Silent {
    fn finish(&self, _at: Timestamp) {}
}

/// Several monitors as one.
#[derive(Default)]
pub struct Tee(Vec<Box<dyn Show>>);

impl Tee {
    /// Events go to each of these, in this order.
    pub fn new(monitors: Vec<Box<dyn Show>>) -> Self {
        Self(monitors)
    }
}

impl Monitor for Tee {
    fn event(&self, at: Timestamp, event: &Event) {
        self.0.iter().for_each(|monitor| monitor.event(at, event));
    }
}

impl Show for Tee {
    fn finish(&self, at: Timestamp) {
        self.0.iter().for_each(|monitor| monitor.finish(at));
    }

    fn failure(&self) -> Option<String> {
        self.0.iter().find_map(|monitor| monitor.failure())
    }
}
