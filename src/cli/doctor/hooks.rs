//! The programs that hooks name.

use super::{Check, Status};
use crate::campaign::Hooks;
use crate::cli::exit::Exit;
use crate::cli::run::missing_programs;
use crate::cli::settings;
use crate::model::counted;

/// A line for each program that is missing, or one where all are there; none where there are no hooks.
pub(super) fn look(hooks: &Hooks) -> Vec<Check> {
    let path = settings::environment("PATH");
    let missing = missing_programs(hooks, path.as_ref());
    let named = hooks.programs().count() as u64;
    if missing.is_empty() && named > 0 {
        let verb = if named == 1 { "is there and can" } else { "are there and can" };
        let words = format!("{} {verb} be started", counted(named, "program"));
        return vec![Check::new("hooks", Status::Ok, words)];
    }
    let check = |message: String| {
        let words = format!("{message}: install it, or correct hooks.yaml");
        Check::new("hooks", Status::Bad(Exit::HookFailed), words)
    };
    missing.into_iter().map(check).collect()
}
