//! The run's document on stdout: written once, whatever ends the run.

use std::ffi::{OsStr, OsString};
use std::sync::{Mutex, PoisonError, TryLockError};

use jiff::Timestamp;

use crate::cli::args::RunArgs;
use crate::cli::exit::{CliError, Exit};
use crate::cli::output;
use crate::clock;
use crate::engine::RunSummary;
use crate::view::{self, HookLine, ProblemLine, ProblemSeverity, RunDocument};

/// Writes the document, where one is wanted and it was not written yet.
#[derive(Debug)]
pub struct Paper {
    is_wanted: bool,
    /// Among JSON lines the document is one line too: the last.
    in_one_line: bool,
    started_at: Timestamp,
    written: Mutex<bool>,
}

/// What is known at the end of a run.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// How the program ends.
    pub exit: Exit,
    /// What happened, in one line; empty where all is done.
    pub message: &'a str,
    /// What became of the run, where it began.
    pub summary: Option<&'a RunSummary>,
    /// Of the campaign files, and whatever else kept the run from beginning.
    pub problems: &'a [ProblemLine],
    /// The hooks that were run.
    pub hooks: &'a [HookLine],
}

impl Paper {
    /// For a run that begins now.
    pub fn new(args: &RunArgs) -> Self {
        Self {
            is_wanted: args.build.format.is_json(),
            in_one_line: args.events,
            started_at: clock::now(),
            written: Mutex::new(false),
        }
    }

    /// The document of an ending.
    pub fn bytes(&self, ending: Ending<'_>) -> Result<Vec<u8>, CliError> {
        let mut document = Vec::new();
        view::run_json(&mut document, &self.document(ending))
            .map_err(|source| CliError::Machine { action: "write the document".to_owned(), source })?;
        Ok(document)
    }

    fn document<'a>(
        &self,
        Ending { exit, message, summary, problems, hooks }: Ending<'a>,
    ) -> RunDocument<'a> {
        let (started_at, ended_at) = (self.started_at, clock::now());
        RunDocument { summary, exit, message, problems, hooks, started_at, ended_at }
    }

    /// Writes it. Somebody who is about to end the process is waited for.
    pub fn write(&self, ending: Ending<'_>) -> Result<(), CliError> {
        self.put(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner), ending)
    }

    /// Writes it, for a process that is then to end before anybody else can write: [`write`](Self::write) never comes
    /// back. `false` where somebody is writing already.
    pub fn write_last(&self, ending: Ending<'_>) -> bool {
        let mut written = match self.written.try_lock() {
            Ok(written) => written,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        // There is nobody left to tell that stdout cannot be written.
        let _ = self.put(&mut written, ending);
        std::mem::forget(written);
        true
    }

    fn put(&self, written: &mut bool, ending: Ending<'_>) -> Result<(), CliError> {
        if !self.is_wanted || std::mem::replace(written, true) {
            return Ok(());
        }
        if !self.in_one_line {
            return output::write(|out| view::run_json(out, &self.document(ending)));
        }
        // Its texts hold no line breaks, JSON escapes them.
        let document = self.bytes(ending)?;
        let text = String::from_utf8_lossy(&document);
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        output::data(&format!("{}\n", lines.concat()))
    }
}

/// The document of a `run` whose command line could not be read, where it asks for one.
pub fn of_misuse(args: &[OsString], error: &clap::Error) -> Result<(), CliError> {
    let is = |arg: &OsString, text: &str| arg.as_os_str() == OsStr::new(text);
    let is_json = args.iter().any(|arg| is(arg, "--format=json"))
        || args.windows(2).any(|pair| is(&pair[0], "--format") && is(&pair[1], "json"));
    if !is_json || !args.iter().skip(1).any(|arg| is(arg, "run")) {
        return Ok(());
    }
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let message = first.strip_prefix("error: ").unwrap_or(first);
    let problem = ProblemLine {
        kind: "usage".to_owned(),
        severity: ProblemSeverity::Error,
        path: None,
        line: None,
        column: None,
        message: message.to_owned(),
        help: None,
    };
    let paper = Paper {
        is_wanted: true,
        in_one_line: args.iter().any(|arg| is(arg, "--events")),
        started_at: clock::now(),
        written: Mutex::new(false),
    };
    paper.write(Ending { exit: Exit::Usage, message, summary: None, problems: &[problem], hooks: &[] })
}
