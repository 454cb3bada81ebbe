//! Hooks: the user's programs that run before, during and after a run.
//!
//! A hook reads a JSON document on its standard input and finds the run's facts in variables. It is started without a
//! shell and without the account secrets, and ends in time together with all that it started.

mod fault;
mod output;
mod program;
mod run;

pub use fault::{StartFault, start_faults};
pub use output::HookMonitor;
pub use program::Running;
pub use run::{DeployBundle, Ending, HookError, HookOutcome, HookRun, HookShell, RunHooks};
