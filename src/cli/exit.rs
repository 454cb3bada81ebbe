//! Exit codes: what each means, and which one an error or an end becomes.

use std::path::PathBuf;

use super::settings::SettingsError;
use crate::bundle::BundleError;
use crate::engine::{End, Signal};
use crate::fsio::{DiskFull, FsError};
use crate::ledger::{BackupError, LastUsed, LedgerError, LockError};
use crate::model::{counted, minute_text};
use crate::pace::Class;
use crate::plan::{NotApproved, OtherPlan};
use crate::report::{ProblemLine, ProblemSeverity};
use crate::wechat::CallError;

/// How the program ends. The variants are in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done; also: nothing to do.
    Done = 0,
    /// An unexpected failure (disk, defect).
    Unexpected = 1,
    /// Wrong usage, or campaign files with problems: nothing was done (with `--keep-going`: nothing for those).
    Usage = 2,
    /// Some codes failed, or the platform could not be reached; the others are safe.
    Failed = 3,
    /// Refused by a limit, the print gate, an example mark, whoever was asked, a plan that is not the expected one, a
    /// missing required ledger.
    Refused = 4,
    /// A quota is spent; progress is saved; run again after the reset.
    QuotaSpent = 5,
    /// A bad bundle.
    BadBundle = 6,
    /// The platform refuses the account.
    AccountRefused = 7,
    /// A hook failed.
    HookFailed = 8,
    /// Another run holds the lock.
    Locked = 9,
    /// `plan --expect-no-changes` found changes.
    Changes = 10,
    /// `status --max-age` or `--min-left` found something overdue.
    Overdue = 11,
    /// Stopped by SIGINT.
    Interrupted = 130,
    /// Stopped by SIGTERM, or by SIGHUP.
    Terminated = 143,
}

impl Exit {
    /// Every exit there is.
    pub const ALL: [Self; 14] = [
        Self::Done,
        Self::Unexpected,
        Self::Usage,
        Self::Failed,
        Self::Refused,
        Self::QuotaSpent,
        Self::BadBundle,
        Self::AccountRefused,
        Self::HookFailed,
        Self::Locked,
        Self::Changes,
        Self::Overdue,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number the shell sees.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, in one line, as the help and the man page say it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; also: nothing to do",
            Self::Unexpected => "an unexpected failure (disk, defect)",
            Self::Usage => "wrong usage, or problems in campaign files: nothing was done",
            Self::Failed => "some codes failed, or the platform was not reached; the rest is safe",
            Self::Refused => "a campaign was refused; or the run: declined, another plan, no ledger",
            Self::QuotaSpent => "a quota is spent; progress is saved; run again after the reset",
            Self::BadBundle => "verify found a bad bundle, or a bundle just written failed its re-reading",
            Self::AccountRefused => "the platform refuses the account: credentials, allow-list, permission",
            Self::HookFailed => "a hook failed; where it was a deploy hook the next run tries again",
            Self::Locked => "another run holds the lock",
            Self::Changes => "plan --expect-no-changes found changes",
            Self::Overdue => "status --max-age or --min-left found something overdue",
            Self::Interrupted => "stopped by SIGINT; progress is saved",
            Self::Terminated => "stopped by SIGTERM, or SIGHUP (terminal closed); progress is saved",
        }
    }

    /// Of several exits the one that counts: 130/143, 1, 7, 5, 4, 6, 3, 2, 8, 10, 11; 9 is never one of several.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Interrupted | Self::Terminated => 0,
            Self::Unexpected => 1,
            Self::Locked => 2,
            Self::AccountRefused => 3,
            Self::QuotaSpent => 4,
            Self::Refused => 5,
            Self::BadBundle => 6,
            Self::Failed => 7,
            Self::Usage => 8,
            Self::HookFailed => 9,
            Self::Changes => 10,
            Self::Overdue => 11,
            Self::Done => 12,
        };
        if rank(other) < rank(self) { other } else { self }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<Signal> for Exit {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt => Self::Interrupted,
            Signal::Terminate | Signal::Hangup => Self::Terminated,
        }
    }
}

impl From<End> for Exit {
    fn from(end: End) -> Self {
        match end {
            End::Interrupted => Self::Interrupted,
            End::Terminated => Self::Terminated,
            End::Unexpected => Self::Unexpected,
            End::AccountRefused => Self::AccountRefused,
            End::QuotaSpent => Self::QuotaSpent,
            End::Refused => Self::Refused,
            End::BadBundle => Self::BadBundle,
            End::Failed => Self::Failed,
            End::Done => Self::Done,
        }
    }
}

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
    /// Options and environment that do not fit together.
    #[error(transparent)]
    Settings(#[from] SettingsError),
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
    /// A signal came while the lock of another run was waited for.
    #[error("stopped by {} while another run held the lock: nothing was done", .0.as_str())]
    StoppedWaiting(Signal),
    /// A signal came while the hook `pre` ran.
    #[error("stopped by {} while hook pre ran: nothing was done", .0.as_str())]
    StoppedInPre(Signal),
    /// A signal came before anything had begun: while files were read, or a question was asked.
    #[error("stopped by {}: nothing was done", .0.as_str())]
    StoppedBefore(Signal),
    /// A signal came amid what is done whole or not at all.
    #[error("stopped by {}: nothing is left half done, run it again", .0.as_str())]
    StoppedAmid(Signal),
    /// Another signal came before all was told.
    #[error("stopped at once by {}: what was issued is kept", .0.as_str())]
    Stopped(Signal),
    /// A hook failed before anything was done.
    #[error("{0}: nothing was done")]
    HookFailed(String),
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
    /// A bundle with faults, where only a good one will do.
    #[error("{} is BAD, {}: nothing was done with it; `scenepress verify` shows what is wrong", .path.display(), counted(*.faults, "fault"))]
    BadBundle {
        /// The bundle.
        path: PathBuf,
        /// How many there are.
        faults: u64,
    },
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

impl CliError {
    /// The exit this error becomes.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_)
            | Self::Problems
            | Self::Credentials
            | Self::Settings(_)
            | Self::ImportProblems(_)
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
            Self::StoppedWaiting(signal)
            | Self::StoppedInPre(signal)
            | Self::StoppedBefore(signal)
            | Self::StoppedAmid(signal)
            | Self::Stopped(signal) => (*signal).into(),
            // The remedy is another --ledger.
            Self::Lock(LockError::Network { .. }) | Self::Ledger(LedgerError::NoSharedMemory { .. }) => {
                Exit::Usage
            }
            Self::HookFailed(_) => Exit::HookFailed,
            Self::Lock(LockError::Held { .. }) => Exit::Locked,
            Self::BadImport(_) | Self::BadBundle { .. } => Exit::BadBundle,
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
            | Self::Settings(_)
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
            Self::StoppedWaiting(_) | Self::Lock(_) => vec![line("lock", None, self.to_string())],
            Self::HookFailed(_) => vec![line("hook", None, self.to_string())],
            Self::StoppedInPre(_) | Self::StoppedBefore(_) | Self::StoppedAmid(_) | Self::Stopped(_) => {
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
            Self::BadBundle { path, .. } | Self::NotHandedOver { path, .. } => {
                vec![line("bundle", Some(path), self.to_string())]
            }
            Self::Call(_) => vec![line("platform", None, self.to_string())],
            Self::File(_) | Self::Machine { .. } | Self::Defect(_) => {
                vec![line("unexpected", None, self.to_string())]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_exits_the_first_of_the_designs_order_counts() {
        let order = [
            Exit::Interrupted,
            Exit::Unexpected,
            Exit::AccountRefused,
            Exit::QuotaSpent,
            Exit::Refused,
            Exit::BadBundle,
            Exit::Failed,
            Exit::Usage,
            Exit::HookFailed,
            Exit::Changes,
            Exit::Done,
        ];
        for (index, first) in order.into_iter().enumerate() {
            for second in &order[index..] {
                assert_eq!(first.and(*second), first);
                assert_eq!(second.and(first), first);
            }
        }
        assert_eq!(Exit::Terminated.and(Exit::Unexpected), Exit::Terminated);
    }

    #[test]
    fn every_exit_has_its_own_number_in_order_and_a_meaning_in_one_line() {
        let codes = Exit::ALL.map(Exit::code);
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        // Of the 80 columns of a terminal the number takes seven; wrapped lines would lose their indent.
        assert!(Exit::ALL.iter().all(|exit| exit.meaning().len() <= 73));
    }

    #[test]
    fn an_end_and_a_runs_document_agree_on_the_number() {
        for end in [
            End::Interrupted,
            End::Terminated,
            End::Unexpected,
            End::AccountRefused,
            End::QuotaSpent,
            End::Refused,
            End::BadBundle,
            End::Failed,
            End::Done,
        ] {
            assert_eq!(Exit::from(end).code(), end.exit_code(), "{end:?}");
        }
    }
}
