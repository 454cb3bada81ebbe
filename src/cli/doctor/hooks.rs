//! The programs that hooks name.

use super::{Check, Status};
use crate::campaign::Hooks;
use crate::cli::exit::Exit;
use crate::cli::run::{Obstacle, obstacles};
use crate::cli::settings;
use crate::model::counted;

/// A line for each program that cannot be started, or one where all can; none where there are no hooks.
pub(super) fn look(hooks: &Hooks) -> Vec<Check> {
    let path = settings::environment("PATH");
    let obstacles = obstacles(hooks, path.as_ref());
    let named = hooks.programs().count() as u64;
    if obstacles.is_empty() && named > 0 {
        let verb = if named == 1 { "is there and can" } else { "are there and can" };
        let words = format!("{} {verb} be started", counted(named, "program"));
        return vec![Check::new("hooks", Status::Ok, words)];
    }
    let check = |(hook, Obstacle { what, remedy })| {
        Check::new("hooks", Status::Bad(Exit::HookFailed), format!("hook {hook}: {what}: {remedy}"))
    };
    obstacles.into_iter().map(check).collect()
}
