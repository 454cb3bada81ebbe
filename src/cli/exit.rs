//! Exit codes: what each means, and which one an error or an end becomes.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::bundle::BundleError;
use crate::engine::{UnfitFile, exit_of, exit_of_ledger};
pub use crate::exit::Exit;
use crate::exit::{Phase, Stopped};
use crate::fsio::{DiskFull, FsError};
use crate::hooks::HookError;
use crate::inspect::InspectError;
use crate::ledger::{ImportError, LedgerError, LedgerFault};
use crate::model::{machine_limit, minute_text};
use crate::plan::{NotApproved, OtherPlan};
use crate::view::ProblemLine;
use crate::wechat::CallError;

/// Why a verb could not do its work. [`CliError::exit`] is the one place where an error becomes a number.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line asks for something that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Campaign files have problems. They were shown already.
    #[error("campaign files have problems: nothing was done")]
    Problems,
    /// Credentials are missing or cannot be used. What is wrong with them was shown already.
    #[error("credentials are missing or cannot be used: nothing was done")]
    Credentials,
    /// The ledger, its lock or its backup.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Nothing was imported.
    #[error(transparent)]
    Import(#[from] UnfitFile),
    /// A signal ended the program early.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The hook `pre` kept the run from beginning.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// A plan that was declined.
    #[error(transparent)]
    NotApproved(#[from] NotApproved),
    /// A plan that is not the one that was expected.
    #[error(transparent)]
    OtherPlan(#[from] Box<OtherPlan>),
    /// A disk that is too full to begin.
    #[error(transparent)]
    DiskFull(#[from] DiskFull),
    /// A file or a folder.
    #[error(transparent)]
    File(#[from] FsError),
    /// A bundle that cannot be read or written.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A bundle that must not go to print, or is not the ledger's.
    #[error("{} was not handed over: {why}", .path.display())]
    NotHandedOver {
        /// The bundle.
        path: PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// The platform.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A rehearsal that is to begin before the emulator's ledger was last written.
    #[error("--now {} is before {}, when the emulator's ledger {ledger} was last written", minute_text(*.asked), minute_text(*.written_at))]
    TimeGoesBack {
        /// What `--now` names.
        asked: Timestamp,
        /// When the ledger was last written.
        written_at: Timestamp,
        /// The ledger, as people see it.
        ledger: String,
    },
    /// Something of the machine's: a port, a thread, standard output.
    #[error("cannot {action}: {source}")]
    Machine {
        /// What was tried.
        action: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The machine gives no more files, threads or memory.
    #[error("this machine gives scenepress no more: {0}")]
    Limit(String),
    /// A defect of ours, said in words.
    #[error("{0}")]
    Defect(String),
}

impl From<InspectError> for CliError {
    fn from(error: InspectError) -> Self {
        match error {
            InspectError::Unknown(text) | InspectError::NoCode(text) => Self::Usage(text),
            InspectError::File(error) => error.into(),
            InspectError::Ledger(error) => error.into(),
        }
    }
}

impl CliError {
    /// The exit this error becomes.
    pub fn exit(&self) -> Exit {
        self.exit_and_kind().0
    }

    /// The exit, and the word for scripts, which is empty for problems that were shown already.
    fn exit_and_kind(&self) -> (Exit, &'static str) {
        match self {
            Self::Usage(_) | Self::TimeGoesBack { .. } => (Exit::Usage, "usage"),
            Self::Problems | Self::Credentials => (Exit::Usage, ""),
            Self::Ledger(error) => {
                let word = match error.kind {
                    LedgerFault::Old => "ledger-old",
                    LedgerFault::OtherHost => "ledger-moved",
                    LedgerFault::Missing | LedgerFault::Lost => "ledger-missing",
                    LedgerFault::Mixed => "ledger-mixed",
                    LedgerFault::Held => "lock",
                    _ => "ledger",
                };
                (exit_of_ledger(error.kind), word)
            }
            Self::Import(error) => (exit_of_import(error), "usage"),
            Self::Stopped(stopped) | Self::Hook(HookError::Stopped(stopped)) => {
                (stopped.signal.into(), if stopped.phase == Phase::Lock { "lock" } else { "stopped" })
            }
            Self::Hook(HookError::Failed(_)) => (Exit::HookFailed, "hook"),
            Self::NotApproved(_) => (Exit::Refused, "not-approved"),
            Self::OtherPlan(_) => (Exit::Refused, "plan-changed"),
            Self::DiskFull(_) => (Exit::Unexpected, "no-room"),
            Self::Bundle(error) => (exit_of_bundle(error), "bundle"),
            Self::NotHandedOver { .. } => (Exit::Refused, "bundle"),
            Self::Call(error) => (exit_of(error.class), "platform"),
            Self::File(_) | Self::Machine { .. } | Self::Limit(_) | Self::Defect(_) => {
                (Exit::Unexpected, "unexpected")
            }
        }
    }

    /// What to do about it: each of these is one thing that helps. Empty if the message says it.
    pub fn help(&self) -> Vec<&str> {
        match self {
            Self::Ledger(error) | Self::Import(UnfitFile::Codes(ImportError::Ledger(error))) => {
                error.help.iter().map(String::as_str).collect()
            }
            Self::TimeGoesBack { .. } => vec![
                "the emulator's time never goes back: name a later instant, or leave --now out",
                "or move that ledger and its bundles away, to begin anew",
            ],
            Self::Bundle(BundleError::NotRecorded { .. }) => vec![
                "somebody changed it since: take it anew from the output folder",
                "or build it again: scenepress bundle",
            ],
            Self::DiskFull(_) => vec![
                "delete something on that disk",
                "or name a place on another disk: --output FOLDER, --ledger FILE",
            ],
            Self::Defect(_) => vec![
                "please report this line and the command you ran",
                "nothing that was issued is lost: the next run goes on from the ledger",
            ],
            error => machine_limit(&error.to_string()).into_iter().collect(),
        }
    }

    /// The error as documents list it. Problems that were shown already are listed themselves.
    pub fn problem_lines(&self) -> Vec<ProblemLine> {
        let (_, kind) = self.exit_and_kind();
        let line = |message: String| ProblemLine {
            path: self.path().map(|path| path.display().to_string()),
            help: Some(self.help().join("; ")).filter(|help| !help.is_empty()),
            ..ProblemLine::error(kind, message)
        };
        let differences = match self {
            Self::OtherPlan(other) => other.differences.as_deref().unwrap_or_default(),
            _ => &[],
        };
        let lines = std::iter::once(self.to_string()).chain(differences.iter().cloned());
        if kind.is_empty() { Vec::new() } else { lines.map(line).collect() }
    }

    /// The file or folder it is about.
    fn path(&self) -> Option<&Path> {
        match self {
            // One that is about another file says which in its message.
            Self::Ledger(LedgerError { path, .. }) if path.as_os_str().is_empty() => None,
            Self::Ledger(LedgerError { path, .. })
            | Self::DiskFull(DiskFull { path, .. })
            | Self::Bundle(BundleError::Faulty { path, .. } | BundleError::NotRecorded { path, .. })
            | Self::NotHandedOver { path, .. } => Some(path),
            _ => None,
        }
    }
}

fn exit_of_bundle(error: &BundleError) -> Exit {
    match error {
        BundleError::NoFile(_) | BundleError::IsFolder(_) => Exit::Usage,
        error if error.is_bad_bundle() => Exit::BadBundle,
        _ => Exit::Unexpected,
    }
}

fn exit_of_import(error: &UnfitFile) -> Exit {
    match error {
        UnfitFile::Unusable(_) | UnfitFile::Codes(ImportError::Problems(_)) => Exit::Usage,
        UnfitFile::Codes(ImportError::Conflicts(_)) => Exit::Refused,
        UnfitFile::Codes(ImportError::Ledger(error)) => exit_of_ledger(error.kind),
        UnfitFile::BadBundle(_) => Exit::BadBundle,
        UnfitFile::Bundle(error) if error.is_bad_bundle() => Exit::BadBundle,
        UnfitFile::Bundle(_) | UnfitFile::File(_) => Exit::Unexpected,
    }
}
