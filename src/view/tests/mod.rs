//! Whole expected texts and documents.

mod markdown;
mod monitors;
mod outlook;
mod plan;
mod run;
mod status;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::ProblemLine;
use crate::campaign::Severity;
use crate::engine::Stage;
use crate::model::{LifetimeKind, SceneType};
use crate::plan::{ActionKind, BundleState};

/// A writer whose text can be looked at afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("UTF-8")
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pipe that nobody reads; counts how often it was tried.
#[derive(Clone, Default)]
struct Closed(Arc<Mutex<u32>>);

impl Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        *self.0.lock().expect("not poisoned") += 1;
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("written");
    let text = String::from_utf8(bytes).expect("UTF-8");
    serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
    text
}

#[test]
fn a_word_of_documents_is_the_one_of_files_and_texts() {
    let word = |value: serde_json::Result<serde_json::Value>| value.expect("a word");
    for kind in ActionKind::ALL {
        assert_eq!(word(serde_json::to_value(kind)), kind.as_str());
    }
    for stage in [Stage::Token, Stage::Issue, Stage::Fetch, Stage::Verify, Stage::Bundle] {
        assert_eq!(word(serde_json::to_value(stage)), stage.as_str());
    }
    for state in [BundleState::Current, BundleState::Stale, BundleState::Missing] {
        assert_eq!(word(serde_json::to_value(state)), state.as_str());
    }
    for lifetime in [LifetimeKind::Temporary, LifetimeKind::Permanent] {
        assert_eq!(word(serde_json::to_value(lifetime)), lifetime.as_str());
    }
    for scene_type in [SceneType::Id, SceneType::Str] {
        assert_eq!(word(serde_json::to_value(scene_type)), scene_type.as_str());
    }
}

fn problem() -> ProblemLine {
    ProblemLine {
        kind: "unknown-key".to_owned(),
        severity: Severity::Error,
        path: Some("campaigns/metro.yaml".to_owned()),
        line: Some(3),
        column: Some(5),
        message: "unknown key `chanel`".to_owned(),
        help: Some("did you mean `channel`?".to_owned()),
    }
}
