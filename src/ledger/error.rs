//! What can be wrong with a ledger, and what to do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::LastUsed;
use crate::fsio::FsError;
use crate::model::{excerpt, machine_limit, minute_text};

/// Why a ledger could not be opened, read, written or copied, or why no run may go on with it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct LedgerError {
    /// What kind of fault it is.
    pub kind: LedgerFault,
    /// The ledger.
    pub path: PathBuf,
    /// What happened, in one sentence.
    pub message: String,
    /// What to do about it: each line is one thing that helps.
    pub help: Vec<String>,
}

/// The kinds of faults that are treated differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerFault {
    /// A ledger is required, and there is none.
    Missing,
    /// The codes at hand were issued with another ledger, or with one that was lost.
    Lost,
    /// The ledger is an older copy of the one that made the bundles at hand.
    Old,
    /// The ledger was last written on another machine.
    OtherHost,
    /// The ledger holds an emulator's codes, and the platform is to be asked; or the other way round.
    Mixed,
    /// The backup in the file's place knows codes that the ledger does not.
    NewerBackup,
    /// The file cannot be used for this; another one can.
    Place,
    /// The ledger is of an older form, and was opened for reading only.
    OlderForm,
    /// Another run holds the lock.
    Held,
    /// Anything else.
    Unusable,
}

impl LedgerFault {
    /// Whether a run refuses the ledger.
    pub fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::Missing | Self::Lost | Self::Old | Self::OtherHost | Self::NewerBackup | Self::Mixed
        )
    }
}

/// The most characters that are shown of what the database says: it quotes the file, which may hold anything.
const MOST_SAID: usize = 300;

impl From<FsError> for LedgerError {
    fn from(error: FsError) -> Self {
        Self::new(LedgerFault::Unusable, Path::new(""), error.to_string(), &[])
    }
}

impl LedgerError {
    pub(super) fn new(kind: LedgerFault, path: &Path, message: String, help: &[&str]) -> Self {
        let limit = machine_limit(&message).filter(|_| help.is_empty());
        let help = help.iter().copied().chain(limit).map(str::to_owned).collect();
        Self { kind, path: path.to_owned(), message, help }
    }

    /// The message and its help on one line.
    pub fn one_line(&self) -> String {
        let help = self.help.join("; ");
        if help.is_empty() { self.message.clone() } else { format!("{}: {help}", self.message) }
    }

    /// A message that begins with the ledger's path.
    pub(super) fn unusable(path: &Path, what: impl std::fmt::Display, help: &[&str]) -> Self {
        Self::new(LedgerFault::Unusable, path, format!("{} {what}", path.display()), help)
    }

    pub(super) fn not_a_ledger(path: &Path) -> Self {
        let help = ["name the right file with --ledger", "or restore a backup"];
        Self::unusable(path, "is no scenepress ledger", &help)
    }

    /// The file system cannot hold a ledger safely.
    pub(super) fn no_shared_memory(path: &Path) -> Self {
        let what = "lies on a file system that has no shared memory, on which a ledger is not safe";
        let help = ["name a file on a local disk with --ledger"];
        Self { kind: LedgerFault::Place, ..Self::unusable(path, what, &help) }
    }

    /// The ledger is not safe on the file system where it is.
    pub(super) fn on_network(path: &Path, network: &str) -> Self {
        let what = format!(
            "lies on a network file system ({network}), where machines do not see each other's locks and a ledger gets \
             damaged"
        );
        let help = [
            "name a file on a local disk with --ledger",
            "and copy it there as a backup when a run has ended",
        ];
        Self { kind: LedgerFault::Place, ..Self::unusable(path, what, &help) }
    }

    /// The ledger was written again and again while it was read.
    pub(super) fn changing(path: &Path) -> Self {
        Self::unusable(path, "kept changing while it was read", &["try again"])
    }

    /// Puts the action and the ledger to what the database says.
    pub(super) fn of(error: &rusqlite::Error, action: &str, path: &Path) -> Self {
        use rusqlite::Error::{FromSqlConversionFailure, QueryReturnedNoRows, StatementChangedRows};

        let what = match error {
            FromSqlConversionFailure(_, _, inner) => inner.to_string(),
            StatementChangedRows(_) => "the code or generation is unknown".to_owned(),
            QueryReturnedNoRows => "a row is missing that every ledger has".to_owned(),
            error => error.to_string(),
        };
        let what = excerpt(&what, MOST_SAID);
        match (error, error.sqlite_error_code()) {
            (_, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) => {
                let help = ["close it (a database browser, a backup) and try again"];
                Self::unusable(path, "is locked by another program", &help)
            }
            (_, Some(ErrorCode::NotADatabase)) => Self::not_a_ledger(path),
            (StatementChangedRows(_), _) | (_, Some(ErrorCode::ConstraintViolation)) => {
                let what = format!("does not fit what was to be recorded: {what}");
                Self::unusable(path, what, &["this is a defect, please report it"])
            }
            (FromSqlConversionFailure(..) | QueryReturnedNoRows, _)
            | (_, Some(ErrorCode::DatabaseCorrupt)) => {
                let help = [
                    "move it away with the files `-wal` and `-shm` beside it",
                    "then restore a backup of it",
                ];
                Self::unusable(path, format!("is damaged: {what}"), &help)
            }
            _ => {
                let message = format!("cannot {action} {}: {what}", path.display());
                Self::new(LedgerFault::Unusable, path, message, &[])
            }
        }
    }

    /// A ledger is required, and there is none.
    pub fn missing(ledger: &Path) -> Self {
        let help = ["restore it from its backup", "or, if this is the first run, leave out --require-ledger"];
        Self::new(LedgerFault::Missing, ledger, format!("there is no ledger at {}", ledger.display()), &help)
    }

    /// A ledger is required, and the one at hand knows no code.
    pub fn blank(ledger: &Path) -> Self {
        let help =
            ["restore it from its backup", "or, if nothing was issued yet, leave out --require-ledger"];
        let message = format!("the ledger {} knows no code", ledger.display());
        Self::new(LedgerFault::Lost, ledger, message, &help)
    }

    /// There is no ledger, and no sign that there ever was one.
    pub fn nothing_issued(ledger: &Path) -> Self {
        let message = format!("there is no ledger at {}: nothing was issued yet", ledger.display());
        Self::new(LedgerFault::Lost, ledger, message, &["issue codes: scenepress run"])
    }

    /// There are bundles, such as `found`, but no ledger that could have made them. `import` rebuilds it.
    pub fn lost(found: &Path, ledger: &Path, import: &str) -> Self {
        let found = found.display();
        let message = format!(
            "{found} exists, but there is no ledger at {}: without it every code would be issued again",
            ledger.display()
        );
        let help = [
            "restore the ledger from its backup",
            &format!("or rebuild it from the bundles: {import}"),
            "or name the right one: --ledger FILE",
            &format!("or, if it is left over from something else, move {found} away"),
        ];
        Self::new(LedgerFault::Lost, ledger, message, &help)
    }

    /// There is a bundle, `found`, of a campaign that the ledger has never heard of.
    pub fn other(found: &Path, ledger: &Path) -> Self {
        let found = found.display();
        let message = format!(
            "{found} exists, but the ledger {} does not know its campaign: with it every code of the campaign would be \
             issued again",
            ledger.display()
        );
        let help = [
            "name the ledger that made it: --ledger FILE",
            "or restore that ledger from its backup",
            &format!("or, if it is left over from something else, move {found} away"),
        ];
        Self::new(LedgerFault::Lost, ledger, message, &help)
    }

    /// The bundle `found` is of a later revision than the ledger knows, 0 for none. `import` has the ledger learn.
    pub fn old(found: &Path, revision: u64, ledger: &Path, known: u64, import: &str) -> Self {
        let known = match known {
            0 => "no bundle of that campaign".to_owned(),
            known => format!("no later one than {known}"),
        };
        let message = format!(
            "{} is revision {revision}, but the ledger {} knows {known}: it is older than its bundles, and with it codes \
             would be issued again",
            found.display(),
            ledger.display()
        );
        let folder = found.parent().unwrap_or(Path::new("."));
        let help = [
            "restore the ledger's newest backup",
            &format!("or let it learn what the bundles know: {import}"),
            &format!("or, if that bundle is left over from something else, move {} away", folder.display()),
        ];
        Self::new(LedgerFault::Old, ledger, message, &help)
    }

    /// The ledger holds codes of an emulator, and the platform is to be asked.
    pub fn of_emulator(ledger: &Path) -> Self {
        let message = format!(
            "the ledger {} holds codes that an emulator made: they lead nowhere, and a run would keep them",
            ledger.display()
        );
        let help = [
            "name another ledger, with a folder for its bundles: --ledger FILE --output DIR",
            "or restore the ledger's backup from before the emulator was used",
            "or, if all of its codes are a rehearsal's, move the ledger and its bundles away",
        ];
        Self::new(LedgerFault::Mixed, ledger, message, &help)
    }

    /// The ledger holds codes of the platform, and the emulator is to be asked.
    pub fn of_platform(ledger: &Path) -> Self {
        let message =
            format!("the ledger {} holds real codes: an emulator's must not mix with them", ledger.display());
        let help = [
            "name another ledger: --ledger FILE",
            "or leave out --ledger: --emulator has a ledger of its own",
        ];
        Self::new(LedgerFault::Mixed, ledger, message, &help)
    }

    /// The ledger was last written on another machine.
    pub fn other_host(ledger: &Path, last: &LastUsed) -> Self {
        let at = last.at.map(|at| format!(" at {}", minute_text(at))).unwrap_or_default();
        let message = format!("the ledger {} was last used on {}{at}", ledger.display(), last.host);
        let help = [
            "if that machine still runs it, stop it: else both issue the same codes",
            "then run once with --moved",
        ];
        Self::new(LedgerFault::OtherHost, ledger, message, &help)
    }
}
