//! Exit codes: what each means, and which one an error or an end becomes.

use std::path::PathBuf;

use crate::bundle::BundleError;
pub use crate::exit::Exit;
use crate::exit::{Phase, Stopped};
use crate::fsio::{DiskFull, FsError};
use crate::hooks::HookError;
use crate::inspect::InspectError;
use crate::ledger::{BackupError, LastUsed, LedgerError, LockError};
use crate::model::minute_text;
use crate::pace::Class;
use crate::plan::{NotApproved, OtherPlan};
use crate::view::{ProblemLine, ProblemSeverity};
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
    /// `--require-ledger`, and there is none.
    #[error(
        "there is no ledger at {}: restore it from its backup, or run without --require-ledger where this is the first run",
        .0.display()
    )]
    LedgerMissing(PathBuf),
    /// A required ledger has nothing in it.
    #[error(
        "the ledger {} knows no code: restore it from its backup; only where nothing was issued yet leave out --require-ledger",
        .0.display()
    )]
    LedgerBlank(PathBuf),
    /// There are bundles, but no ledger that could have made them.
    #[error(
        "{} exists but the ledger {} does not: restore it from its backup, rebuild it from the bundles (`{import}`), or name the right one with --ledger; without it every code would be issued anew. If these really are left over from something else, move {} away",
        .found.display(), .ledger.display(), .found.display()
    )]
    LedgerLost {
        /// The bundle or manifest.
        found: PathBuf,
        /// Where the ledger should be.
        ledger: PathBuf,
        /// The command that rebuilds it.
        import: String,
    },
    /// There are bundles of a campaign that the ledger has never heard of.
    #[error(
        "{} exists but the ledger {} does not know its campaign: name the ledger it was made with (--ledger), or restore that one; with this one every code of it would be issued anew. If it really is left over from something else, move it away",
        .found.display(), .ledger.display()
    )]
    OtherLedger {
        /// The bundle or manifest.
        found: PathBuf,
        /// The ledger.
        ledger: PathBuf,
    },
    /// There is a bundle of a later revision than the ledger knows: it was restored from an old backup.
    #[error(
        "{} is revision {revision}, but the ledger {} knows {}: it is older than its bundles, and with it codes would be issued and revisions numbered a second time. Restore its newest backup, or let it learn what the bundles know: `{import}`. If that bundle really is left over from something else, move {} away",
        .found.display(), .ledger.display(), known_revision(*.known), .folder.display()
    )]
    OldLedger {
        /// The bundle or manifest.
        found: PathBuf,
        /// The folder it lies in.
        folder: PathBuf,
        /// Its revision.
        revision: u64,
        /// The last one that the ledger knows; 0 where it knows none.
        known: u64,
        /// The ledger.
        ledger: PathBuf,
        /// The command that has it learn.
        import: String,
    },
    /// The ledger was last written on another machine.
    #[error(
        "the ledger {} was last used on {}{}: if that machine still runs it, stop it, or both issue the same codes; then run once with --moved",
        .ledger.display(), .last.host,
        .last.at.map(|at| format!(" at {}", minute_text(at))).unwrap_or_default()
    )]
    OtherHost {
        /// The ledger.
        ledger: PathBuf,
        /// Where and when.
        last: LastUsed,
    },
    /// There is nothing to bundle yet.
    #[error("there is no ledger at {}: nothing was issued yet; `scenepress run` issues codes", .0.display())]
    NothingIssued(PathBuf),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// There is no new backup of the ledger.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A bundle that was to be imported is bad.
    #[error("{0}: nothing was imported")]
    BadImport(String),
    /// What was to be imported has problems: one line each.
    #[error("{}\nnothing was imported", .0.join("\n"))]
    ImportProblems(Vec<String>),
    /// What was to be imported contradicts the ledger or itself: one line each.
    #[error("{}\nnothing was imported", .0.join("\n"))]
    ImportConflicts(Vec<String>),
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

/// `no later one than 9`
fn known_revision(known: u64) -> String {
    match known {
        0 => "no bundle of that campaign".to_owned(),
        known => format!("no later one than {known}"),
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
            | Self::ImportProblems(_)
            | Self::Bundle(BundleError::NoFile(_) | BundleError::IsFolder(_))
            // The remedy is another file.
            | Self::Backup(
                BackupError::Itself { .. } | BackupError::NotABackup { .. } | BackupError::InUse { .. },
            ) => Exit::Usage,
            Self::LedgerMissing(_)
            | Self::LedgerBlank(_)
            | Self::Backup(BackupError::Newer { .. })
            | Self::NothingIssued(_)
            | Self::OtherLedger { .. }
            | Self::OldLedger { .. }
            | Self::OtherHost { .. }
            | Self::LedgerLost { .. }
            | Self::ImportConflicts(_)
            | Self::NotHandedOver { .. }
            | Self::OtherPlan(_)
            | Self::NotApproved(_) => Exit::Refused,
            Self::Stopped(stopped) | Self::Hook(HookError::Stopped(stopped)) => stopped.signal.into(),
            // The remedy is another --ledger.
            Self::Lock(LockError::Network { .. }) | Self::Ledger(LedgerError::NoSharedMemory { .. }) => {
                Exit::Usage
            }
            Self::Hook(HookError::Failed(_)) => Exit::HookFailed,
            Self::Lock(LockError::Held { .. }) => Exit::Locked,
            Self::BadImport(_) => Exit::BadBundle,
            Self::Bundle(error) if error.is_bad_bundle() => Exit::BadBundle,
            Self::Call(error) => match error.class {
                Class::AccessToken | Class::AccountRefused => Exit::AccountRefused,
                Class::MinuteQuota | Class::DailyQuota => Exit::QuotaSpent,
                Class::PermanentPool => Exit::Refused,
                Class::Busy { .. } | Class::CodeRejected | Class::Unknown | Class::PictureRejected => {
                    Exit::Failed
                }
                Class::Defect => Exit::Unexpected,
            },
            Self::Lock(LockError::File(_))
            | Self::Bundle(_)
            | Self::Ledger(_)
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
            Self::Ledger(error) | Self::Backup(BackupError::Ledger(error)) => {
                error.help().iter().map(|line| (*line).to_owned()).collect()
            }
            Self::DiskFull(_) => vec![
                "delete something on that disk".to_owned(),
                "or name a place on another disk: --output FOLDER, --ledger FILE".to_owned(),
            ],
            _ => Vec::new(),
        }
    }

    /// The error as documents list it. The problems of campaign files are listed themselves.
    pub fn problem_lines(&self) -> Vec<ProblemLine> {
        let line = |kind: &str, path: Option<&PathBuf>, message: String| ProblemLine {
            kind: kind.to_owned(),
            severity: ProblemSeverity::Error,
            path: path.map(|path| path.display().to_string()),
            line: None,
            column: None,
            message,
            help: Some(self.help().join("; ")).filter(|help| !help.is_empty()),
        };
        match self {
            Self::Problems | Self::Credentials => Vec::new(),
            Self::LedgerMissing(path) | Self::LedgerBlank(path) | Self::NothingIssued(path) => {
                vec![line("ledger-missing", Some(path), self.to_string())]
            }
            Self::LedgerLost { ledger, .. } | Self::OtherLedger { ledger, .. } => {
                vec![line("ledger-missing", Some(ledger), self.to_string())]
            }
            Self::Usage(_)
            | Self::RealLedger(_)
            | Self::BadImport(_)
            | Self::ImportProblems(_)
            | Self::ImportConflicts(_) => {
                vec![line("usage", None, self.to_string())]
            }
            Self::OldLedger { ledger, .. } => vec![line("ledger-old", Some(ledger), self.to_string())],
            Self::OtherHost { ledger, .. } => vec![line("ledger-moved", Some(ledger), self.to_string())],
            Self::Ledger(_) | Self::Backup(_) => vec![line("ledger", None, self.to_string())],
            Self::Lock(LockError::Network { path, .. }) => {
                vec![line("ledger", Some(path), self.to_string())]
            }
            Self::Stopped(Stopped { phase: Phase::Lock, .. }) | Self::Lock(_) => {
                vec![line("lock", None, self.to_string())]
            }
            Self::Hook(HookError::Failed(_)) => vec![line("hook", None, self.to_string())],
            Self::Stopped(_) | Self::Hook(HookError::Stopped(_)) => {
                vec![line("stopped", None, self.to_string())]
            }
            Self::NotApproved(_) => vec![line("not-approved", None, self.to_string())],
            Self::OtherPlan(other) => {
                let differences = other.differences.iter().flatten();
                let lines = differences.map(|difference| line("plan-changed", None, difference.to_string()));
                std::iter::once(line("plan-changed", None, self.to_string())).chain(lines).collect()
            }
            Self::DiskFull(full) => vec![line("no-room", Some(&full.path), self.to_string())],
            Self::Bundle(_) => vec![line("bundle", None, self.to_string())],
            Self::NotHandedOver { path, .. } => {
                vec![line("bundle", Some(path), self.to_string())]
            }
            Self::Call(_) => vec![line("platform", None, self.to_string())],
            Self::File(_) | Self::Machine { .. } | Self::Defect(_) => {
                vec![line("unexpected", None, self.to_string())]
            }
        }
    }
}
