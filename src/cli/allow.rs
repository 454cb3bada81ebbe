//! `--allow`: limits that do not hold in this run.

use clap::Args;

use super::output;
use super::settings::Terminal;
use crate::plan::{Allowance, Allowed, Plan, Wanted};

/// `--allow`
#[derive(Debug, Clone, Args)]
pub struct AllowArgs {
    /// For this campaign this limit does not hold
    #[arg(
        help = "Go beyond a limit of a campaign this once: reissue=CAMPAIGN, retire=CAMPAIGN or relabel=CAMPAIGN"
    )]
    #[arg(long, value_name = "LIMIT=CAMPAIGN")]
    allow: Vec<Allowance>,
}

impl AllowArgs {
    /// Lets the plan go beyond these limits.
    pub fn allow(&self, wanted: &mut Wanted) {
        wanted.allowed = Allowed::new(self.allow.iter().cloned());
    }

    /// The allowances as they are written.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.allow.iter().map(ToString::to_string)
    }

    /// Warns of names that are no campaign's: what they were to allow stays refused.
    pub fn check(&self, plan: &Plan, terminal: Terminal) {
        let planned = |allowed: &&Allowance| plan.campaigns.iter().any(|c| c.name == *allowed.campaign());
        for allowed in self.allow.iter().filter(|allowed| !planned(allowed) && !terminal.quiet) {
            let warning = format!("--allow {allowed}: this plan has no campaign of that name");
            output::tell_warning(terminal, &warning);
        }
    }
}
