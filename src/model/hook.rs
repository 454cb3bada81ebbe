//! The hooks of a campaigns folder, as `hooks.yaml` names them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// A program and its arguments. No shell reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookProgram {
    /// With a `/` a path. Without one it is looked for in `PATH`.
    pub program: PathBuf,
    /// Its arguments, as they are written.
    pub arguments: Vec<String>,
}

/// The hooks of a campaigns folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    /// Runs before anything is done. If it fails nothing is done.
    pub pre: Option<HookProgram>,
    /// Runs after the run.
    pub post: Option<HookProgram>,
    /// Runs for each bundle that was not deployed yet.
    pub deploy: Option<HookProgram>,
    /// Runs after a run whose exit is not 0.
    pub failure: Option<HookProgram>,
    /// How long each may take.
    pub timeout: Duration,
    /// The variables that `accounts.yaml` names for secrets: no hook sees them.
    pub secret_variables: BTreeSet<String>,
}

impl Hooks {
    /// How long a hook may take if the file does not say.
    pub const TIMEOUT: Duration = Duration::from_mins(1);

    /// The programs that are named, each with the key that names it.
    pub fn programs(&self) -> impl Iterator<Item = (&'static str, &HookProgram)> {
        let all =
            [("pre", &self.pre), ("post", &self.post), ("deploy", &self.deploy), ("failure", &self.failure)];
        all.into_iter().filter_map(|(key, program)| Some((key, program.as_ref()?)))
    }
}

impl Default for Hooks {
    /// No hook.
    fn default() -> Self {
        Self {
            pre: None,
            post: None,
            deploy: None,
            failure: None,
            timeout: Self::TIMEOUT,
            secret_variables: BTreeSet::new(),
        }
    }
}
