//! A problem as the JSON documents list it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::campaign::{Problem, Problems, Severity};

/// A problem of a campaign file, or whatever else kept a plan or a run from being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemLine {
    /// A short, stable word for scripts.
    pub kind: String,
    /// How bad it is.
    pub severity: Severity,
    /// The file, if there is one.
    pub path: Option<String>,
    /// The line in it, from 1.
    pub line: Option<u64>,
    /// The column in that line, from 1.
    pub column: Option<u64>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl ProblemLine {
    /// What kept a plan or a run from being made, and is in no file.
    pub fn error(kind: &str, message: String) -> Self {
        Self {
            kind: kind.to_owned(),
            severity: Severity::Error,
            path: None,
            line: None,
            column: None,
            message,
            help: None,
        }
    }
}

impl From<&Problem> for ProblemLine {
    fn from(problem: &Problem) -> Self {
        Self {
            kind: problem.kind.to_owned(),
            severity: problem.severity,
            path: Some(problem.path.display().to_string()),
            line: problem.line().map(u64::from),
            column: problem.column().map(u64::from),
            message: problem.message.clone(),
            help: problem.help.clone(),
        }
    }
}

/// The problems of campaign files as documents list them.
pub fn problem_lines(problems: &Problems) -> Vec<ProblemLine> {
    problems.iter().map(ProblemLine::from).collect()
}
