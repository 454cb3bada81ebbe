//! The run's document on stdout: written once, whatever ends the run.

use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError, TryLockError};

use jiff::Timestamp;

use crate::cli::exit::CliError;
use crate::cli::{output, says};
use crate::clock;
use crate::view::{self, RunContents};

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
