//! `--events`: what happens, as JSON lines.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::Show;
use crate::engine::{CodeName, Event, Failure, Monitor, Stage};
use crate::model::{SceneType, rfc3339, schema_of};

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

/// The schema of one line.
pub fn events_schema() -> Schema {
    schema_of::<Line<'_>>()
}

/// What happened.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Event")]
enum Name {
    /// The run begins: how much there is to do.
    #[default]
    Started,
    /// A ticket was issued and recorded.
    Issued,
    /// A picture arrived.
    Fetched,
    /// A picture was found to carry its url, and was stored.
    Verified,
    /// A request will be made again.
    Retrying,
    /// A code was given up for this run.
    Failed,
    /// An account waits, because its minute quota is spent.
    Paused,
    /// An account issues nothing more in this run.
    AccountStopped,
    /// A bundle is being written.
    Bundling,
    /// A bundle was written, read again and put in its place.
    Bundled,
    /// A signal came: nothing new is begun.
    Stopping,
}

/// Something that happened while a run went on; what it does not have is left out.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(title = "A line that `scenepress run --events` prints")]
struct Line<'a> {
    /// When it happened.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// What happened.
    event: Name,
    /// The account it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    /// The campaign it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<&'a str>,
    /// What the code carries that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    scene: Option<String>,
    /// Whether that is a number or a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_type: Option<SceneType>,
    /// Its new generation.
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    /// Tickets to be issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    issues: Option<u64>,
    /// Pictures to be fetched and verified, those of the new tickets included.
    #[serde(skip_serializing_if = "Option::is_none")]
    fetches: Option<u64>,
    /// Campaigns acted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    campaigns: Option<u64>,
    /// Pictures in the bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    codes: Option<u64>,
    /// Where the bundle is.
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<String>,
    /// The bundle's revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    /// Where something went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    /// The platform's error code, where it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    errcode: Option<i64>,
    /// The platform's request id, which its support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    rid: Option<&'a str>,
    /// What went wrong, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    /// How many requests were made so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    /// How long it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_seconds: Option<f64>,
    /// Which signal came.
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<&'static str>,
}

impl<'a> Line<'a> {
    /// `None` for an event that tells a program nothing.
    fn new(at: Timestamp, event: &'a Event) -> Option<Self> {
        let empty = Self::default();
        let line = match event {
            Event::Started { issues, fetches, campaigns } => Self {
                event: Name::Started,
                issues: Some(*issues),
                fetches: Some(*fetches),
                campaigns: Some(*campaigns),
                ..empty
            },
            Event::Issued { code, generation } => {
                Self { event: Name::Issued, generation: Some(*generation), ..empty }.of(code)
            }
            Event::Fetched { code } => Self { event: Name::Fetched, ..empty }.of(code),
            Event::Verified { code } => Self { event: Name::Verified, ..empty }.of(code),
            Event::Retrying { code, failure, attempts, after } => Self {
                event: Name::Retrying,
                attempts: Some(*attempts),
                after_seconds: Some(after.as_secs_f64()),
                ..empty
            }
            .of(code)
            .because(failure),
            Event::Failed { code, failure } => {
                Self { event: Name::Failed, ..empty }.of(code).because(failure)
            }
            Event::Paused { account, wait } => Self {
                event: Name::Paused,
                account: Some(account.as_str()),
                after_seconds: Some(wait.as_secs_f64()),
                ..empty
            },
            Event::AccountStopped { account, message } => Self {
                event: Name::AccountStopped,
                account: Some(account.as_str()),
                message: Some(message),
                ..empty
            },
            Event::Bundling { campaign, codes } => Self {
                event: Name::Bundling,
                campaign: Some(campaign.as_str()),
                codes: Some(*codes),
                ..empty
            },
            Event::Bundled { campaign, path, revision, codes } => Self {
                event: Name::Bundled,
                campaign: Some(campaign.as_str()),
                bundle: Some(path.to_string_lossy().into_owned()),
                revision: Some(*revision),
                codes: Some(*codes),
                ..empty
            },
            Event::Stopping { signal } => Self { event: Name::Stopping, signal: Some(signal), ..empty },
            Event::BundleProgress { .. } | Event::Tick => return None,
        };
        Some(Self { at: rfc3339(at), ..line })
    }

    fn of(self, CodeName { campaign, scene }: &'a CodeName) -> Self {
        Self {
            campaign: Some(campaign.as_str()),
            scene: Some(scene.to_string()),
            scene_type: Some(scene.scene_type()),
            ..self
        }
    }

    fn because(self, failure: &'a Failure) -> Self {
        Self {
            stage: Some(failure.stage),
            errcode: failure.errcode,
            rid: failure.rid.as_deref(),
            message: Some(&failure.message),
            ..self
        }
    }
}
