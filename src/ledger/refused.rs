//! Ledgers that no run may go on with: with them codes would be issued a second time.

use std::path::{Path, PathBuf};

use super::LastUsed;
use crate::model::minute_text;

/// Why the ledger at hand is refused.
#[derive(Debug, thiserror::Error)]
pub enum LedgerRefused {
    /// A ledger is required, and there is none.
    #[error(
        "there is no ledger at {}: restore it from its backup, or run without --require-ledger where this is the first run",
        .0.display()
    )]
    Missing(PathBuf),
    /// A ledger is required, and the one at hand knows no code.
    #[error(
        "the ledger {} knows no code: restore it from its backup; only where nothing was issued yet leave out --require-ledger",
        .0.display()
    )]
    Blank(PathBuf),
    /// There is no ledger, and no sign that there ever was one.
    #[error("there is no ledger at {}: nothing was issued yet; `scenepress run` issues codes", .0.display())]
    NothingIssued(PathBuf),
    /// There are bundles, but no ledger that could have made them.
    #[error(
        "{} exists but the ledger {} does not: restore it from its backup, rebuild it from the bundles (`{import}`), or name the right one with --ledger; without it every code would be issued anew. If these really are left over from something else, move {} away",
        .found.display(), .ledger.display(), .found.display()
    )]
    Lost {
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
    Other {
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
    Old {
        /// The bundle or manifest.
        found: PathBuf,
        /// The folder it lies in.
        folder: PathBuf,
        /// Its revision.
        revision: u64,
        /// The last revision that the ledger knows; 0 if it knows none.
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
        /// Which machine wrote it, and when.
        last: LastUsed,
    },
}

/// `no later one than 9`
fn known_revision(known: u64) -> String {
    match known {
        0 => "no bundle of that campaign".to_owned(),
        known => format!("no later one than {known}"),
    }
}

impl LedgerRefused {
    /// Where the ledger is, or should be.
    pub fn ledger(&self) -> &Path {
        match self {
            Self::Missing(ledger)
            | Self::Blank(ledger)
            | Self::NothingIssued(ledger)
            | Self::Lost { ledger, .. }
            | Self::Other { ledger, .. }
            | Self::Old { ledger, .. }
            | Self::OtherHost { ledger, .. } => ledger,
        }
    }
}
