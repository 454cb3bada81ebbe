//! Faults: what the emulator does wrongly, at which requests.
//!
//! A fault says where, when, for whom, how often, and what. It is built in code, read from a file or given to the
//! control port; however it came, the first fault in the order of adding that meets a request is the one applied.

mod apply;
mod file;
#[cfg(test)]
mod file_tests;
mod kind;
mod when;

use std::fmt;

use serde_json::{Value, json};

pub(super) use apply::Bent;
pub use file::{FaultsError, read_faults};
pub use kind::{Kind, RetryAfter};
pub use when::When;

/// Where a fault may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `/cgi-bin/token` and `/cgi-bin/stable_token`.
    Token,
    /// `/cgi-bin/qrcode/create`.
    Create,
    /// `/cgi-bin/showqrcode`.
    Picture,
    /// `/cgi-bin/openapi/quota/get`, `/cgi-bin/clear_quota` and `/cgi-bin/clear_quota/v2`.
    Quota,
}

impl Endpoint {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Token, Self::Create, Self::Picture, Self::Quota];

    /// The word for it in files, in the log and at the control port.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Create => "create",
            Self::Picture => "picture",
            Self::Quota => "quota",
        }
    }
}

/// A thing the emulator does wrongly.
///
/// ```
/// use scenepress::emulator::{Endpoint, Fault, Kind};
///
/// let fault = Fault::at(Endpoint::Create).nth(3).answering(Kind::Errcode(45011));
/// let fault = Fault::at(Endpoint::Picture).scene("shop-7").times(2).answering(Kind::Cut);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    target: Target,
    kind: Kind,
}

/// The requests a fault meets; [`Target::answering`] makes it a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    endpoint: Endpoint,
    when: When,
    scene: Option<String>,
    appid: Option<String>,
    times: Option<u64>,
}

/// A fault that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(String);

impl Fault {
    /// All requests at this endpoint.
    pub fn at(endpoint: Endpoint) -> Target {
        Target { endpoint, when: When::Each, scene: None, appid: None, times: None }
    }

    /// Whether kind, place and numbers fit together.
    pub fn check(&self) -> Result<(), FaultError> {
        let wrong = |text: String| Err(FaultError(text));
        let endpoints = self.kind.endpoints();
        if !endpoints.contains(&self.target.endpoint) {
            let allowed = endpoints.iter().map(|endpoint| endpoint.name()).collect::<Vec<_>>().join(", ");
            return wrong(format!(
                "this fault has no meaning at `{}`: it can be at {allowed}",
                self.target.endpoint.name()
            ));
        }
        match self.target.when {
            When::Nth(0) | When::Every(0) => return wrong("requests are counted from 1".to_owned()),
            When::Probability(probability) if !(0.0..=1.0).contains(&probability) => {
                return wrong("a probability is a number from 0 to 1".to_owned());
            }
            _ => {}
        }
        match self.kind {
            Kind::Status { status, .. } if !(200..=599).contains(&status) => {
                wrong("an HTTP status is a number from 200 to 599".to_owned())
            }
            Kind::Slow { bytes: 0, .. } => wrong("a piece of a slow body has at least 1 byte".to_owned()),
            Kind::ShortBy(0) => wrong("a short body lacks at least 1 byte".to_owned()),
            _ => Ok(()),
        }
    }
}

impl Target {
    /// The n-th request alone, from 1.
    #[must_use]
    pub fn nth(self, n: u64) -> Self {
        self.when(When::Nth(n))
    }

    /// Every n-th request.
    #[must_use]
    pub fn every(self, n: u64) -> Self {
        self.when(When::Every(n))
    }

    /// All after the first n requests.
    #[must_use]
    pub fn after(self, n: u64) -> Self {
        self.when(When::After(n))
    }

    /// Each request with this probability, 0 to 1; which ones follows from [`Settings::seed`](super::Settings).
    #[must_use]
    pub fn with_probability(self, probability: f64) -> Self {
        self.when(When::Probability(probability))
    }

    /// All requests from this many seconds after the emulator's start, by its clock.
    #[must_use]
    pub fn from(self, seconds: u64) -> Self {
        self.when(When::From(seconds))
    }

    /// These requests. The last word counts.
    #[must_use]
    pub fn when(self, when: When) -> Self {
        Self { when, ..self }
    }

    /// Only requests for this scene. The id 123 and the string `123` are the same here, as they are in scan events.
    #[must_use]
    pub fn scene(self, scene: impl fmt::Display) -> Self {
        Self { scene: Some(scene.to_string()), ..self }
    }

    /// Only requests of this account.
    #[must_use]
    pub fn appid(self, appid: impl Into<String>) -> Self {
        Self { appid: Some(appid.into()), ..self }
    }

    /// At most so often.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The fault that does this.
    #[must_use]
    pub fn answering(self, kind: Kind) -> Fault {
        Fault { target: self, kind }
    }

    fn is_for(&self, about: &About) -> bool {
        about.endpoint == Some(self.endpoint)
            && self.scene.as_ref().is_none_or(|scene| about.scene.as_ref() == Some(scene))
            && self.appid.as_ref().is_none_or(|appid| about.appid.as_ref() == Some(appid))
    }
}

/// What a request is about, as far as faults and the log care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    /// `None` where the platform has no such path: no fault is for it.
    pub endpoint: Option<Endpoint>,
    /// What is asked for, or what the ticket is of.
    pub scene: Option<String>,
    pub appid: Option<String>,
}

/// All faults of an emulator.
pub(super) struct Faults {
    seed: u64,
    added: u64,
    list: Vec<Watch>,
}

/// A fault and what it saw.
struct Watch {
    /// From 1, in the order of adding; never given twice.
    number: u64,
    fault: Fault,
    /// Requests it is for.
    seen: u64,
    /// Requests it was applied to.
    applied: u64,
}

impl Faults {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, added: 0, list: Vec::new() }
    }

    /// Adds a fault; its number.
    pub(super) fn add(&mut self, fault: Fault) -> u64 {
        self.added += 1;
        self.list.push(Watch { number: self.added, fault, seen: 0, applied: 0 });
        self.added
    }

    /// Forgets all faults; how many there were.
    pub(super) fn clear(&mut self) -> usize {
        self.list.drain(..).count()
    }

    /// Forgets one fault; whether there was one of this number.
    pub(super) fn remove(&mut self, number: u64) -> bool {
        let before = self.list.len();
        self.list.retain(|watch| watch.number != number);
        self.list.len() < before
    }

    /// Each fault as a file says it, with its number and what it saw.
    pub(super) fn documents(&self) -> Vec<Value> {
        let document = |watch: &Watch| {
            json!({
                "number": watch.number,
                "seen": watch.seen,
                "applied": watch.applied,
                "fault": watch.fault.document(),
            })
        };
        self.list.iter().map(document).collect()
    }

    /// The fault that meets this request, by number and kind. Each fault that is for it counts it.
    pub(super) fn meet(&mut self, about: &About, elapsed: i64) -> Option<(u64, Kind)> {
        let mut met = None;
        for watch in self.list.iter_mut().filter(|watch| watch.fault.target.is_for(about)) {
            watch.seen += 1;
            let Target { when, times, .. } = watch.fault.target;
            let is_left = times.is_none_or(|times| watch.applied < times);
            if met.is_none() && is_left && when.meets(watch.seen, elapsed, self.seed, watch.number) {
                watch.applied += 1;
                met = Some((watch.number, watch.fault.kind.clone()));
            }
        }
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(endpoint: Endpoint, scene: &str, appid: &str) -> About {
        About { endpoint: Some(endpoint), scene: Some(scene.to_owned()), appid: Some(appid.to_owned()) }
    }

    #[test]
    fn the_first_fault_that_meets_a_request_wins_and_all_count_it() {
        let mut faults = Faults::new(0);
        faults.add(Fault::at(Endpoint::Create).nth(2).answering(Kind::Html));
        faults.add(Fault::at(Endpoint::Create).every(2).times(2).answering(Kind::Empty));
        let asked = about(Endpoint::Create, "1", "wx1");
        let met: Vec<_> = (0..8).map(|_| faults.meet(&asked, 0).map(|(number, _)| number)).collect();
        assert_eq!(met, [None, Some(1), None, Some(2), None, Some(2), None, None]);
        assert!(faults.list.iter().all(|watch| watch.seen == 8));
    }

    #[test]
    fn a_fault_is_for_its_endpoint_scene_and_account_only() {
        let mut faults = Faults::new(0);
        let target = Fault::at(Endpoint::Picture).scene(7).appid("wx1").nth(1);
        faults.add(target.answering(Kind::Cut));
        for other in [
            about(Endpoint::Create, "7", "wx1"),
            about(Endpoint::Picture, "8", "wx1"),
            about(Endpoint::Picture, "7", "wx2"),
            About { endpoint: Some(Endpoint::Picture), scene: None, appid: None },
        ] {
            assert_eq!(faults.meet(&other, 0), None);
        }
        assert_eq!(faults.meet(&about(Endpoint::Picture, "7", "wx1"), 0), Some((1, Kind::Cut)));
    }

    #[test]
    fn a_fault_that_cannot_be_is_told() {
        let check = |fault: Fault| fault.check().map_err(|error| error.to_string());
        let create = || Fault::at(Endpoint::Create);
        for (fault, expected) in [
            (create().answering(Kind::Png), "this fault has no meaning at `create`: it can be at picture"),
            (create().nth(0).answering(Kind::Html), "requests are counted from 1"),
            (create().with_probability(1.1).answering(Kind::Html), "a probability is a number from 0 to 1"),
            (
                create().with_probability(f64::NAN).answering(Kind::Html),
                "a probability is a number from 0 to 1",
            ),
            (create().answering(Kind::status(99)), "an HTTP status is a number from 200 to 599"),
            (
                create().answering(Kind::Slow { bytes: 0, every: std::time::Duration::ZERO }),
                "a piece of a slow body has at least 1 byte",
            ),
            (create().answering(Kind::ShortBy(0)), "a short body lacks at least 1 byte"),
        ] {
            assert_eq!(check(fault), Err(expected.to_owned()));
        }
        assert_eq!(check(create().answering(Kind::Cut)), Ok(()));
    }
}
