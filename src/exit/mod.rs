//! How things end: the program, a run, one campaign. And the signals that end a run early.

mod stop;

use schemars::JsonSchema;
use serde::Serialize;

pub use stop::{Phase, Signal, Stop, Stopped};

/// How the program, a run or a campaign ended.
///
/// The variants stand in the order of their precedence. Of several exits the first one counts: [`Exit::and`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Stopped by SIGINT.
    Interrupted,
    /// Stopped by SIGTERM, or by SIGHUP.
    Terminated,
    /// An unexpected failure: a disk, the ledger, a defect.
    Unexpected,
    /// The platform refuses the account.
    AccountRefused,
    /// A quota is spent. Progress is saved.
    QuotaSpent,
    /// Refused by a limit, the print gate, an example mark, whoever was asked, a plan that is not the expected one, a
    /// missing required ledger, a wrong clock.
    Refused,
    /// A bad bundle.
    BadBundle,
    /// Some codes failed, or the platform could not be reached. The others are safe.
    Failed,
    /// Wrong usage, or campaign files with problems: nothing was done. With `--keep-going`: nothing for those files.
    Usage,
    /// A hook failed.
    HookFailed,
    /// Another run holds the lock.
    Locked,
    /// `plan --expect-no-changes` found changes.
    Changes,
    /// `status --max-age` or `--min-left` found something overdue.
    Overdue,
    /// Done, or nothing to do.
    Done,
}

impl Exit {
    /// Every exit there is, in the order of their numbers.
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
        match self {
            Self::Interrupted => 130,
            Self::Terminated => 143,
            // The others count from 0.
            _ => (0..).zip(Self::ALL).find_map(|(code, exit)| (exit == self).then_some(code)).unwrap_or(1),
        }
    }

    /// What it means, in one line for the help and the man page.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; also: nothing to do",
            Self::Unexpected => "an unexpected failure (disk, defect)",
            Self::Usage => "wrong usage, or problems in campaign files: nothing was done",
            Self::Failed => "some codes failed, or the platform was not reached; the rest is safe",
            Self::Refused => "a campaign was refused; or the run: declined, another plan, ledger, clock",
            Self::QuotaSpent => "a quota is spent; progress is saved; run again after the reset",
            Self::BadBundle => "a bundle is bad, or handoff got a zip that the ledger did not record",
            Self::AccountRefused => "the platform refuses the account: credentials, allow-list, permission",
            Self::HookFailed => "a hook failed; where it was a deploy hook the next run tries again",
            Self::Locked => "another run holds the lock",
            Self::Changes => "plan --expect-no-changes found changes",
            Self::Overdue => "status --max-age or --min-left found something overdue",
            Self::Interrupted => "stopped by SIGINT; progress is saved",
            Self::Terminated => "stopped by SIGTERM, or SIGHUP (terminal closed); progress is saved",
        }
    }

    /// Of two exits the one that counts.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// The same in one word.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Done => Outcome::Done,
            Self::Failed => Outcome::Partial,
            Self::Refused => Outcome::Refused,
            Self::QuotaSpent => Outcome::Quota,
            Self::AccountRefused => Outcome::Account,
            Self::Interrupted | Self::Terminated => Outcome::Stopped,
            Self::Unexpected
            | Self::BadBundle
            | Self::Usage
            | Self::HookFailed
            | Self::Locked
            | Self::Changes
            | Self::Overdue => Outcome::Failed,
        }
    }

    /// Whether a signal caused it.
    pub fn is_signal(self) -> bool {
        matches!(self, Self::Interrupted | Self::Terminated)
    }
}

/// A run's outcome in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All done, or nothing to do.
    Done,
    /// Some codes failed; the others are safe.
    Partial,
    /// A limit, a mark or a digest refused it.
    Refused,
    /// A quota is spent; the rest waits.
    Quota,
    /// The platform refuses the account.
    Account,
    /// A signal stopped it.
    Stopped,
    /// Anything else.
    Failed,
}

impl Outcome {
    /// The word in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Quota => "quota",
            Self::Account => "account",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_exits_the_first_of_the_documented_order_counts() {
        let mut exits = Exit::ALL;
        exits.sort_unstable();
        assert_eq!(exits.map(Exit::code), [130, 143, 1, 7, 5, 4, 6, 3, 2, 8, 9, 10, 11, 0]);
        for (index, first) in exits.into_iter().enumerate() {
            for second in &exits[index..] {
                assert_eq!((first.and(*second), second.and(first)), (first, first));
            }
        }
    }

    #[test]
    fn every_exit_has_an_outcome() {
        let others = [
            (Exit::Interrupted, Outcome::Stopped),
            (Exit::Terminated, Outcome::Stopped),
            (Exit::AccountRefused, Outcome::Account),
            (Exit::QuotaSpent, Outcome::Quota),
            (Exit::Refused, Outcome::Refused),
            (Exit::Failed, Outcome::Partial),
            (Exit::Done, Outcome::Done),
        ];
        for exit in Exit::ALL {
            let other = others.iter().find(|(of, _)| *of == exit);
            assert_eq!(exit.outcome(), other.map_or(Outcome::Failed, |(_, outcome)| *outcome));
            assert_eq!(serde_json::json!(exit.outcome()), exit.outcome().as_str());
        }
    }

    #[test]
    fn every_exit_has_its_own_number_in_order_and_a_meaning_in_one_line() {
        let codes = Exit::ALL.map(Exit::code);
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        // Of the 80 columns of a terminal the number takes seven; wrapped lines would lose their indent.
        assert!(Exit::ALL.iter().all(|exit| exit.meaning().len() <= 73));
    }
}
