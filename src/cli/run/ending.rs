//! How a run ended: its exit and its message, for the document, the hooks and the shell.

use super::document::DocumentOutput;
use crate::cli::exit::{CliError, Exit};
use crate::engine::{Fatal, RunSummary};
use crate::hooks::{self, RunHooks};
use crate::view::{ProblemLine, RunContents};

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
