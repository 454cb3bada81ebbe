//! How a run ended: its exit and its message, for the document, the hooks and the shell.

use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError, TryLockError};

use jiff::Timestamp;

use crate::cli::exit::{CliError, Exit};
use crate::cli::{output, says};
use crate::clock;
use crate::engine::{Fatal, RunSummary};
use crate::hooks::{self, RunHooks};
use crate::view::{self, ProblemLine, RunContents};

/// What is known of a run at its end.
#[derive(Clone, Copy)]
pub struct Ended<'a> {
    /// What the run did, or why it did not begin.
    pub result: Result<&'a RunSummary, &'a CliError>,
    /// What problems in files add to the exit.
    pub files: Exit,
    /// Those problems, and whatever else kept the run from beginning.
    pub problems: &'a [ProblemLine],
}

impl Ended<'_> {
    /// The exit code and the one-line message after the hooks run so far.
    ///
    /// The message of a run that began is the first of: fatal error, signal, unfinished campaign, skipped files, failed
    /// hook. It is empty if all is done.
    pub fn exit_and_message(&self, hooks: &RunHooks<'_>) -> (Exit, String) {
        let summary = match self.result {
            Ok(summary) => summary,
            Err(error) => return (error.exit().and(hooks.exit()), error.to_string()),
        };
        let exit = summary.exit();
        let fatal = match &summary.fatal {
            Some(Fatal::Failed(message)) => Some(message.clone()),
            // The hooks tell of a signal, with what it kept from being deployed.
            Some(Fatal::Stopped(_)) | None => None,
        };
        let of_campaign = || {
            let open = summary.campaigns.iter().find(|campaign| campaign.exit == exit)?;
            (exit != Exit::Done).then(|| format!("{}: {}", open.name, open.message))
        };
        let skipped = || {
            let words = "campaigns whose files or accounts have problems were skipped";
            (self.files == Exit::Usage).then(|| words.to_owned())
        };
        let message = fatal
            .or_else(|| hooks.stopped())
            .or_else(of_campaign)
            .or_else(skipped)
            .or_else(|| hooks.failed());
        (self.files.and(exit).and(hooks.exit()), message.unwrap_or_default())
    }

    /// The document's contents.
    pub fn contents<'c>(&'c self, exit: Exit, message: &'c str, hooks: &'c RunHooks<'_>) -> RunContents<'c> {
        RunContents { exit, message, summary: self.result.ok(), problems: self.problems, hooks: &hooks.runs }
    }

    /// The ending that a hook is told.
    pub fn ending(&self, output: &DocumentOutput, hooks: &RunHooks<'_>) -> hooks::Ending {
        self.ending_with(self.exit_and_message(hooks), output, hooks)
    }

    /// The same with another exit and message.
    pub fn ending_with(
        &self,
        (exit, message): (Exit, String),
        output: &DocumentOutput,
        hooks: &RunHooks<'_>,
    ) -> hooks::Ending {
        let document = output.bytes(self.contents(exit, &message, hooks));
        hooks::Ending { exit, message, document }
    }
}

/// Writes the run's document to stdout, if one is wanted and none was written yet.
#[derive(Debug)]
pub struct DocumentOutput {
    is_wanted: bool,
    /// Whether the document is one line, the last one after those of `--events`.
    in_one_line: bool,
    started_at: Timestamp,
    written: Mutex<bool>,
}

impl DocumentOutput {
    /// For a run that begins now.
    pub fn new(is_wanted: bool, in_one_line: bool) -> Self {
        Self { is_wanted, in_one_line, started_at: clock::now(), written: Mutex::new(false) }
    }

    /// The document as a hook reads it.
    pub fn bytes(&self, contents: RunContents<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing into memory does not fail.
        let _ = self.print(&mut bytes, contents);
        bytes
    }

    fn print(&self, out: &mut dyn Write, contents: RunContents<'_>) -> io::Result<()> {
        view::run_json(out, contents, (self.started_at, clock::now()))
    }

    /// Writes the document. Waits for a thread that writes it already.
    pub fn write(&self, contents: RunContents<'_>) -> Result<(), CliError> {
        self.put(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner), contents)
    }

    /// Writes the document of a run that this error kept from beginning.
    pub fn write_error(&self, error: &CliError) -> Result<(), CliError> {
        self.write(RunContents::without_run(error.exit(), &error.to_string(), &error.problem_lines()))
    }

    /// Writes the document of a process that this error ends now; `false` if another thread writes it already.
    ///
    /// The lock is kept for good, so that no [`write`](Self::write) comes after it.
    pub fn write_last(&self, error: &CliError) -> bool {
        let mut written = match self.written.try_lock() {
            Ok(written) => written,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        // There is nobody left to tell that stdout cannot be written.
        let (message, problems) = (error.to_string(), error.problem_lines());
        let _ = self.put(&mut written, RunContents::without_run(error.exit(), &message, &problems));
        std::mem::forget(written);
        true
    }

    fn put(&self, written: &mut bool, contents: RunContents<'_>) -> Result<(), CliError> {
        if !self.is_wanted || std::mem::replace(written, true) {
            return Ok(());
        }
        if !self.in_one_line {
            return output::write(|out| self.print(out, contents));
        }
        // Its texts hold no line breaks, JSON escapes them.
        let bytes = self.bytes(contents);
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        output::data(&format!("{}\n", lines.concat()))
    }
}

/// Writes the document of a `run` whose command line could not be read, if it asks for one.
pub fn of_misuse(args: &[OsString], error: &clap::Error) -> Result<(), CliError> {
    if !says(args, "--format", "json") || !args.iter().skip(1).any(|arg| arg == "run") {
        return Ok(());
    }
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let message = first.strip_prefix("error: ").unwrap_or(first);
    let output = DocumentOutput::new(true, args.iter().any(|arg| arg == "--events"));
    output.write_error(&CliError::Usage(message.to_owned()))
}
