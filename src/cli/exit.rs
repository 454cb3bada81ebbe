//! Exit codes: what each means, and which one an error or an end becomes.

use std::path::{Path, PathBuf};

use crate::bundle::BundleError;
use crate::engine::{UnfitFile, UnfitLedger, exit_of};
pub use crate::exit::Exit;
use crate::exit::{Phase, Stopped};
use crate::fsio::{DiskFull, FsError};
use crate::hooks::HookError;
use crate::inspect::InspectError;
use crate::ledger::{BackupError, ImportError, LedgerError, LedgerRefused, LockError};
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
    /// `--emulator` with the real ledger.
    #[error(
        "{} is the real ledger: with --emulator it would fill with codes that nobody can scan; leave --ledger out, or name another file",
        .0.display()
    )]
    RealLedger(PathBuf),
    /// A ledger that no run may go on with.
    #[error(transparent)]
    LedgerRefused(#[from] LedgerRefused),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// There is no new backup of the ledger.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Nothing was imported.
    #[error(transparent)]
    Import(#[from] UnfitFile),
    /// A signal ended the program early.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The hook `pre` kept the run from beginning.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// The lock.
    #[error(transparent)]
    Lock(#[from] LockError),
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
    /// Something of the machine's: a port, a thread, standard output.
    #[error("cannot {action}: {source}")]
    Machine {
        /// What was tried.
        action: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A defect of ours, said in words.
    #[error("{0}")]
    Defect(String),
}

impl From<UnfitLedger> for CliError {
    fn from(error: UnfitLedger) -> Self {
        match error {
            UnfitLedger::Refused(error) => error.into(),
            UnfitLedger::Unreadable(error) => error.into(),
        }
    }
}

impl From<InspectError> for CliError {
    fn from(error: InspectError) -> Self {
        match error {
            InspectError::Unknown(text) => Self::Usage(text),
            InspectError::File(error) => error.into(),
            InspectError::Ledger(error) => error.into(),
        }
    }
}

impl CliError {
    /// The exit this error becomes.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_)
            | Self::Problems
            | Self::Credentials
            | Self::RealLedger(_)
            | Self::Bundle(BundleError::NoFile(_) | BundleError::IsFolder(_))
            | Self::Import(UnfitFile::Unusable(_) | UnfitFile::Codes(ImportError::Problems(_) | ImportError::Ledger(LedgerError::NoSharedMemory { .. })))
            // The remedy is another file.
            | Self::Backup(
                BackupError::Itself { .. } | BackupError::NotABackup { .. } | BackupError::InUse { .. },
            )
            // The remedy is another --ledger.
            | Self::Lock(LockError::Network { .. })
            | Self::Ledger(LedgerError::NoSharedMemory { .. }) => Exit::Usage,
            Self::LedgerRefused(_)
            | Self::Backup(BackupError::Newer { .. })
            | Self::Import(UnfitFile::Codes(ImportError::Conflicts(_)))
            | Self::NotHandedOver { .. }
            | Self::OtherPlan(_)
            | Self::NotApproved(_) => Exit::Refused,
            Self::Stopped(stopped) | Self::Hook(HookError::Stopped(stopped)) => stopped.signal.into(),
            Self::Hook(HookError::Failed(_)) => Exit::HookFailed,
            Self::Lock(LockError::Held { .. }) => Exit::Locked,
            Self::Import(UnfitFile::BadBundle(_)) => Exit::BadBundle,
            Self::Bundle(error) | Self::Import(UnfitFile::Bundle(error)) if error.is_bad_bundle() => {
                Exit::BadBundle
            }
            Self::Call(error) => exit_of(error.class),
            Self::Lock(LockError::File(_))
            | Self::Bundle(_)
            | Self::Ledger(_)
            | Self::Import(
                UnfitFile::Bundle(_)
                | UnfitFile::File(_)
                | UnfitFile::Codes(ImportError::File(_) | ImportError::Ledger(_)),
            )
            | Self::Backup(_)
            | Self::DiskFull(_)
            | Self::File(_)
            | Self::Machine { .. }
            | Self::Defect(_) => Exit::Unexpected,
        }
    }

    /// What to do about it: each of these is one thing that helps. Empty if the message says it.
    pub fn help(&self) -> Vec<String> {
        match self {
            Self::Ledger(error)
            | Self::Import(UnfitFile::Codes(ImportError::Ledger(error)))
            | Self::Backup(BackupError::Ledger(error)) => {
                error.help().iter().map(|line| (*line).to_owned()).collect()
            }
            Self::DiskFull(_) => vec![
                "delete something on that disk".to_owned(),
                "or name a place on another disk: --output FOLDER, --ledger FILE".to_owned(),
            ],
            _ => Vec::new(),
        }
    }

    /// The error as documents list it. Problems that were shown already are listed themselves.
    pub fn problem_lines(&self) -> Vec<ProblemLine> {
        let Some((kind, path)) = self.kind_and_path() else { return Vec::new() };
        let line = |message: String| ProblemLine {
            path: path.map(|path| path.display().to_string()),
            help: Some(self.help().join("; ")).filter(|help| !help.is_empty()),
            ..ProblemLine::error(kind, message)
        };
        let mut lines = vec![line(self.to_string())];
        if let Self::OtherPlan(other) = self {
            lines.extend(other.differences.iter().flatten().map(|difference| line(difference.to_string())));
        }
        lines
    }

    /// The word for scripts, and the file or folder it is about. `None` for problems that were shown already.
    fn kind_and_path(&self) -> Option<(&'static str, Option<&Path>)> {
        Some(match self {
            Self::Problems | Self::Credentials => return None,
            Self::LedgerRefused(refused) => {
                let kind = match refused {
                    LedgerRefused::Old { .. } => "ledger-old",
                    LedgerRefused::OtherHost { .. } => "ledger-moved",
                    _ => "ledger-missing",
                };
                (kind, Some(refused.ledger()))
            }
            Self::Ledger(_) | Self::Backup(_) => ("ledger", None),
            Self::Usage(_) | Self::RealLedger(_) | Self::Import(_) => ("usage", None),
            Self::Lock(LockError::Network { path, .. }) => ("ledger", Some(path)),
            Self::Stopped(Stopped { phase: Phase::Lock, .. }) | Self::Lock(_) => ("lock", None),
            Self::Hook(HookError::Failed(_)) => ("hook", None),
            Self::Stopped(_) | Self::Hook(HookError::Stopped(_)) => ("stopped", None),
            Self::NotApproved(_) => ("not-approved", None),
            Self::OtherPlan(_) => ("plan-changed", None),
            Self::DiskFull(full) => ("no-room", Some(&full.path)),
            Self::Bundle(BundleError::Faulty { path, .. }) | Self::NotHandedOver { path, .. } => {
                ("bundle", Some(path))
            }
            Self::Bundle(_) => ("bundle", None),
            Self::Call(_) => ("platform", None),
            Self::File(_) | Self::Machine { .. } | Self::Defect(_) => ("unexpected", None),
        })
    }
}
