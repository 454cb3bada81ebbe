//! A hook as the run's document lists it.

use schemars::JsonSchema;
use serde::Serialize;

/// How a hook ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookOutcome {
    /// Its exit was 0.
    Done,
    /// It could not be started, took too long, was stopped, or its exit was not 0.
    Failed,
}

/// A hook that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Hook")]
pub struct HookLine {
    /// `pre`, `post`, `deploy` or `failure`.
    pub hook: &'static str,
    /// The campaign whose bundle it deploys; null for the others.
    pub campaign: Option<String>,
    /// How it ended.
    pub outcome: HookOutcome,
    /// Its program's exit code, where it had one.
    pub exit: Option<i32>,
    /// Why it failed; empty where it did not.
    pub message: String,
}
