//! What a run needs, examined one by one, and what to do about what is not well.

mod account;
mod machine;

use std::ffi::OsString;

use serde::Serialize;

use crate::campaign::{Environment, Folder, Problems};
use crate::engine::LedgerCheck;
use crate::exit::Exit;
use crate::hooks::{StartFault, start_faults};
use crate::ledger::Host;
use crate::model::{Hooks, counted};

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Well.
    Ok,
    /// A run works, but not for long, or not as somebody thinks.
    Warn,
    /// A run does not work.
    Bad,
    /// It cannot be seen, or not before something else is well.
    Unseen,
}

impl Status {
    /// The word in documents and text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Unseen => "unseen",
        }
    }
}

/// One thing that was examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was examined: `credentials`, `disk`, ….
    pub check: &'static str,
    /// The account it is about.
    pub account: Option<String>,
    /// How it is.
    pub status: Status,
    /// The same in words, and what to do if it is not well.
    pub message: String,
    /// How a run would end for it; [`Exit::Done`] unless it is bad.
    #[serde(skip)]
    pub exit: Exit,
}

impl Finding {
    fn new(check: &'static str, status: Status, message: impl Into<String>) -> Self {
        Self { check, account: None, status, message: message.into(), exit: Exit::Done }
    }

    fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Status::Ok, message)
    }

    fn warn(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Status::Warn, message)
    }

    fn unseen(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Status::Unseen, message)
    }

    fn bad(check: &'static str, exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, ..Self::new(check, Status::Bad, message) }
    }
}

/// What is examined.
pub struct Examination<'a> {
    /// The campaigns folder, and what is wrong with it.
    pub folder: &'a Folder,
    /// The problems of the folder.
    pub problems: &'a Problems,
    /// The ledger and the bundles.
    pub ledger: LedgerCheck<'a>,
    /// Whether there must be a ledger.
    pub require_ledger: bool,
    /// This machine, if it can be told from others.
    pub host: Option<&'a Host>,
    /// Looks up variables.
    pub environment: Environment<'a>,
}

impl Examination<'_> {
    /// Examines everything, whatever is wrong with the first things. The emulator needs neither accounts nor hooks.
    ///
    /// Each account that a campaign uses is asked for an access token and for its quota.
    pub async fn findings(&self) -> Vec<Finding> {
        let mut findings = vec![campaigns(self.folder, self.problems)];
        if !self.ledger.folders.emulator {
            findings.extend(account::findings(self.folder, self.environment).await);
            let path = (self.environment)("PATH");
            findings.extend(self.folder.hooks.iter().flat_map(|named| hooks(named, path.as_ref())));
        }
        findings.extend(machine::findings(self));
        findings
    }
}

/// What a run would read. Warnings are no news here: they stand in each run's log.
fn campaigns(folder: &Folder, problems: &Problems) -> Finding {
    if problems.has_errors() {
        let found = problems.in_words();
        let message = format!("{found}: a run would do nothing; `scenepress check` shows what to do");
        return Finding::bad("campaigns", Exit::Usage, message);
    }
    let codes: usize = folder.campaigns.iter().map(|campaign| campaign.codes.len()).sum();
    let campaigns = counted(folder.campaigns.len() as u64, "campaign");
    let mut message = format!("{campaigns} of {} can be read", counted(codes as u64, "code"));
    if problems.warnings() > 0 {
        let warnings = counted(problems.warnings() as u64, "warning");
        message = format!("{message}; {warnings}, see `scenepress check`");
    }
    Finding::ok("campaigns", message)
}

/// One finding for each program that cannot be started. One in all if every program can, none without hooks.
fn hooks(hooks: &Hooks, path: Option<&OsString>) -> Vec<Finding> {
    let faults = start_faults(hooks, path);
    let named = hooks.programs().count() as u64;
    if faults.is_empty() && named > 0 {
        let verb = if named == 1 { "is there and can" } else { "are there and can" };
        return vec![Finding::ok("hooks", format!("{} {verb} be started", counted(named, "program")))];
    }
    let finding = |(hook, StartFault { what, remedy })| {
        Finding::bad("hooks", Exit::HookFailed, format!("hook {hook}: {what}: {remedy}"))
    };
    faults.into_iter().map(finding).collect()
}
