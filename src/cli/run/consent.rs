//! The question before permanent codes are created.

use crate::cli::args::RunArgs;
use crate::cli::exit::CliError;
use crate::cli::output::{self, Terminal};
use crate::model::{Account, LifetimeKind, counted, grouped, named};
use crate::plan::{CampaignPlan, Consent, Plan};

/// Asks once, on a terminal, before permanent codes are created.
pub fn consent(args: &RunArgs, terminal: Terminal, emulator: bool, plan: &Plan) -> Result<Consent, CliError> {
    let permanents = plan.permanents_needed();
    if permanents == 0 || args.yes || emulator || !terminal.can_ask {
        return Ok(Consent::Granted);
    }
    let answer = output::ask(&question(plan, permanents))?;
    Ok(if matches!(answer.trim(), "y" | "Y" | "yes" | "Yes") { Consent::Granted } else { Consent::Withheld })
}

/// `2 permanent codes will be created (shop-desk).`, what that means, and the question.
///
/// Each of the three lines is short enough for a terminal.
fn question(plan: &Plan, permanents: u64) -> String {
    let creates = |campaign: &&CampaignPlan| {
        let mut actions = campaign.actions.iter();
        !campaign.is_refused()
            && actions.any(|action| action.kind.issues() && action.lifetime() == LifetimeKind::Permanent)
    };
    let names = plan.campaigns.iter().filter(creates).map(|campaign| campaign.name.as_str());
    let (they, count, them) =
        if permanents == 1 { ("It", "counts", "it") } else { ("They", "count", "them") };
    format!(
        "{} will be created ({}).\n{they} can never be deleted and {count} against the account's {} for its life.\nCreate {them}? [y/N] ",
        counted(permanents, "permanent code"),
        named(names),
        grouped(Account::PERMANENT_POOL),
    )
}
