//! `--allow`: limits that do not hold in this run.

use clap::Args;

use super::output;
use super::settings::Terminal;
use crate::model::CampaignName;
use crate::plan::{Action, Allowance, Allowed, Plan, Reason, Wanted};

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
        // Its codes may all have gone to others, which count for it.
        let was_in = |action: &Action, name: &CampaignName| matches!(&action.reason, Reason::Was(before) if before.campaign.as_ref() == Some(name));
        let planned = |allowed: &&Allowance| {
            let name = allowed.campaign();
            let mut campaigns = plan.campaigns.iter();
            campaigns.any(|c| c.name == *name || c.actions.iter().any(|action| was_in(action, name)))
        };
        for allowed in self.allow.iter().filter(|allowed| !planned(allowed) && !terminal.quiet) {
            let warning = format!("--allow {allowed}: this plan has no campaign of that name");
            output::tell_warning(terminal, &warning);
        }
    }
}
