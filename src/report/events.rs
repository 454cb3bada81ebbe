//! `--events`: what happens, as JSON lines.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::Show;
use crate::engine::{CodeName, Event, Failure, Monitor};
use crate::model::rfc3339;

/// Writes one JSON object a line, each as it happens. After the first write that fails nothing more is written; it is a
/// [`Show::failure`] unless nobody reads any more.
pub struct Events<W> {
    out: Mutex<Out<W>>,
}

enum Out<W> {
    Open(W),
    /// Why it was closed, where that is worth a word.
    Closed(Option<String>),
}

impl<W: Write + Send> Events<W> {
    /// To a writer, in which nothing is kept back.
    pub fn new(out: W) -> Self {
        Self { out: Mutex::new(Out::Open(out)) }
    }
}

impl<W: Write + Send> Monitor for Events<W> {
    fn event(&self, at: Timestamp, event: &Event) {
        let Some(line) = Line::new(at, event) else { return };
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Out::Open(open) = &mut *out
            && let Err(error) = write(open, &line)
        {
            let is_read = error.kind() != io::ErrorKind::BrokenPipe;
            *out = Out::Closed(is_read.then(|| error.to_string()));
        }
    }
}

impl<W: Write + Send> Show for Events<W> {
    fn finish(&self, _at: Timestamp) {}

    fn failure(&self) -> Option<String> {
        match &*self.out.lock().unwrap_or_else(PoisonError::into_inner) {
            Out::Closed(Some(why)) => Some(format!("not all events could be written: {why}")),
            Out::Open(_) | Out::Closed(None) => None,
        }
    }
}

fn write(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    // In one piece, so that a reader never sees half a line for long.
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    out.write_all(&bytes)?;
    out.flush()
}

/// One line; what an event does not have is left out.
#[derive(Default, Serialize)]
struct Line<'a> {
    at: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issues: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fetches: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaigns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    codes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errcode: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<&'static str>,
}

impl<'a> Line<'a> {
    /// `None` for an event that tells a program nothing.
    fn new(at: Timestamp, event: &'a Event) -> Option<Self> {
        let empty = Self::default();
        let line = match event {
            Event::Started { issues, fetches, campaigns } => Self {
                event: "started",
                issues: Some(*issues),
                fetches: Some(*fetches),
                campaigns: Some(*campaigns),
                ..empty
            },
            Event::Issued { code, generation } => {
                Self { event: "issued", generation: Some(*generation), ..empty }.of(code)
            }
            Event::Fetched { code } => Self { event: "fetched", ..empty }.of(code),
            Event::Verified { code } => Self { event: "verified", ..empty }.of(code),
            Event::Retrying { code, failure, attempts, after } => Self {
                event: "retrying",
                attempts: Some(*attempts),
                after_seconds: Some(after.as_secs_f64()),
                ..empty
            }
            .of(code)
            .because(failure),
            Event::Failed { code, failure } => Self { event: "failed", ..empty }.of(code).because(failure),
            Event::Paused { account, wait } => Self {
                event: "paused",
                account: Some(account.as_str()),
                after_seconds: Some(wait.as_secs_f64()),
                ..empty
            },
            Event::AccountStopped { account, message } => Self {
                event: "account_stopped",
                account: Some(account.as_str()),
                message: Some(message),
                ..empty
            },
            Event::Bundling { campaign, codes } => {
                Self { event: "bundling", campaign: Some(campaign.as_str()), codes: Some(*codes), ..empty }
            }
            Event::Bundled { campaign, path, revision, codes } => Self {
                event: "bundled",
                campaign: Some(campaign.as_str()),
                bundle: Some(path.to_string_lossy().into_owned()),
                revision: Some(*revision),
                codes: Some(*codes),
                ..empty
            },
            Event::Stopping { signal } => Self { event: "stopping", signal: Some(signal), ..empty },
            Event::BundleProgress { .. } | Event::Tick => return None,
        };
        Some(Self { at: rfc3339(at), ..line })
    }

    fn of(self, CodeName { campaign, scene }: &'a CodeName) -> Self {
        Self {
            campaign: Some(campaign.as_str()),
            scene: Some(scene.to_string()),
            scene_type: Some(scene.scene_type().as_str()),
            ..self
        }
    }

    fn because(self, failure: &'a Failure) -> Self {
        Self {
            stage: Some(failure.stage.as_str()),
            errcode: failure.errcode,
            rid: failure.rid.as_deref(),
            message: Some(&failure.message),
            ..self
        }
    }
}
