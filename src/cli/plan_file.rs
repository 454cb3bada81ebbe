//! Plans kept in files: `plan --out`, `run --plan` and `run --expect`.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use super::args::ExpectArgs;
use super::exit::CliError;
use super::replace::Output;
use crate::fsio;
use crate::model::{grouped, visible_path};
use crate::plan::{ExpectedPlan, OtherPlan, Plan, PlannedAction};
use crate::view::{self, ProblemLine};

/// The largest plan that is read: that of 100,000 codes has some 30 MB.
const LIMIT: u64 = 96 * 1024 * 1024;

/// The plan that is expected, if one is.
pub fn expected(args: &ExpectArgs) -> Result<Option<ExpectedPlan>, CliError> {
    match (&args.plan, args.expect) {
        (Some(path), _) => read(path).map(Some),
        (None, digest) => Ok(digest.map(|digest| ExpectedPlan { digest, actions: None })),
    }
}

/// A plan's document, as far as it tells one plan from another.
#[derive(Deserialize)]
struct Document {
    format: u64,
    digest: Option<String>,
    actions: Vec<PlannedAction>,
    accounts: Vec<AccountRow>,
}

#[derive(Deserialize)]
struct AccountRow {
    account: String,
    appid: String,
}

fn read(path: &Path) -> Result<ExpectedPlan, CliError> {
    let unusable = |what: &str| {
        let file = visible_path(path);
        CliError::Usage(format!(
            "{file} {what}: nothing was done; `scenepress plan --out FILE` writes a plan"
        ))
    };
    let bytes = fsio::read_limited(path, LIMIT).map_err(|error| CliError::Usage(error.to_string()))?;
    // What serde says may repeat what stands in the file, which may be anybody's.
    let no_plan = |error: serde_json::Error| {
        unusable(&format!("is no plan (line {}, column {})", error.line(), error.column()))
    };
    let Document { format, digest, mut actions, accounts } =
        serde_json::from_slice(&bytes).map_err(no_plan)?;
    if format != 1 {
        return Err(unusable(&format!("is a plan of format {format}, this version reads format 1")));
    }
    let Some(digest) = digest else {
        return Err(unusable("holds no plan: it was written when none could be made"));
    };
    let appids: HashMap<String, String> = accounts.into_iter().map(|row| (row.account, row.appid)).collect();
    for action in &mut actions {
        // The document names the account. An unknown one gives another digest.
        action.appid = appids.get(&action.appid).cloned().unwrap_or_default();
    }
    let plan = ExpectedPlan::of_actions(actions);
    if plan.digest.to_string() == digest {
        Ok(plan)
    } else {
        Err(unusable("was changed after it was written: its actions do not give its digest"))
    }
}

/// A plan's document in a file.
pub const OUTPUT: Output = Output { head: "{\n  \"format\": 1,\n  \"digest\": ", what: "plan of scenepress" };

/// Writes a plan's document, whole or not at all, to a file that was admitted.
pub fn write(path: &Path, plan: &Plan, problems: &[ProblemLine]) -> Result<(), CliError> {
    let mut document = Vec::new();
    view::plan_json(&mut document, Some(plan), plan.now, problems)
        .map_err(|source| CliError::Machine { action: "write the plan".to_owned(), source })?;
    OUTPUT.write(path, &document)
}

/// What differs, a line for each action; empty if only a digest was expected.
pub fn differences_text(other: &OtherPlan) -> String {
    let Some(differences) = &other.differences else { return String::new() };
    if differences.is_empty() {
        return "The actions are the same, in another order: rows of the campaign files were moved.\n"
            .to_owned();
    }
    let mut text = "What differs from the plan that was expected:\n".to_owned();
    for difference in differences {
        let _ = writeln!(text, "  {difference}"); // cannot fail
    }
    if other.more > 0 {
        let _ = writeln!(text, "  … and {} more", grouped(other.more));
    }
    text
}
