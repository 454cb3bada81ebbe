//! The programs that hooks name.

use super::{Check, Status};
use crate::cli::exit::Exit;
use crate::cli::settings;
use crate::hooks::{StartFault, start_faults};
use crate::model::{Hooks, counted};

/// One line for each program that cannot be started. One line in all if every program can, none without hooks.
pub(super) fn look(hooks: &Hooks) -> Vec<Check> {
    let path = settings::environment("PATH");
    let faults = start_faults(hooks, path.as_ref());
    let named = hooks.programs().count() as u64;
    if faults.is_empty() && named > 0 {
        let verb = if named == 1 { "is there and can" } else { "are there and can" };
        let words = format!("{} {verb} be started", counted(named, "program"));
        return vec![Check::new("hooks", Status::Ok, words)];
    }
    let check = |(hook, StartFault { what, remedy })| {
        Check::new("hooks", Status::Bad(Exit::HookFailed), format!("hook {hook}: {what}: {remedy}"))
    };
    faults.into_iter().map(check).collect()
}
