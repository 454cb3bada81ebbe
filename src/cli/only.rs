//! `--only`: which codes a verb acts on.

use clap::Args;

use super::exit::CliError;
use crate::plan::{Filter, Only, Wanted};

/// `--only`
#[derive(Debug, Clone, Args)]
pub struct OnlyArgs {
    /// Act on these codes only
    #[arg(
        help = "Act only on codes like this: tag=metro, channel='Store*', scene=1001 or campaign=metro; all of several must hold"
    )]
    #[arg(long, value_name = "KEY=PATTERN")]
    only: Vec<Filter>,
}

impl OnlyArgs {
    /// Limits what is planned, or counted.
    pub fn limit(&self, wanted: &mut Wanted) {
        wanted.only = Only::new(self.only.clone());
    }

    /// The filters as they are written.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.only.iter().map(ToString::to_string)
    }

    /// An error where no code was left: `any` tells whether there is one.
    pub fn check(&self, any: bool) -> Result<(), CliError> {
        if any || self.only.is_empty() {
            return Ok(());
        }
        let only = Only::new(self.only.clone());
        Err(CliError::Usage(format!("--only: no code of these campaigns has {only}")))
    }
}
