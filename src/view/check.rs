//! Campaign files that were checked.

use std::fmt::Write;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::Serialize;

use super::problem::{ProblemLine, problem_lines};
use super::sentences::ended_text;
use crate::campaign::{Reading, Severity};
use crate::hooks::StartFault;
use crate::model::{AccountName, Campaign, CampaignName, counted, visible_path};

/// What `check --format json` prints.
#[derive(Serialize)]
pub struct CheckDocument<'a> {
    format: u32,
    problems: Vec<ProblemLine>,
    campaigns: Vec<CampaignLine<'a>>,
}

#[derive(Serialize)]
struct CampaignLine<'a> {
    campaign: &'a CampaignName,
    account: &'a AccountName,
    path: String,
    codes: usize,
    permanent: usize,
    until: Option<String>,
    ended: bool,
    example: bool,
}

impl<'a> CheckDocument<'a> {
    /// Of a folder as it is on a day, and the hooks whose programs cannot be started.
    pub fn new(
        Reading { folder, problems }: &'a Reading,
        faults: &[(&str, StartFault)],
        today: Date,
    ) -> Self {
        let faults = faults.iter().map(|(hook, fault)| ProblemLine {
            severity: Severity::Warning,
            path: Some(folder.root.join("hooks.yaml").display().to_string()),
            help: Some(fault.remedy.clone()),
            ..ProblemLine::error("hook-program", format!("hook {hook}: {}", fault.what))
        });
        let problems = problem_lines(problems).into_iter().chain(faults).collect();
        let line = |campaign: &'a Campaign| CampaignLine {
            campaign: &campaign.name,
            account: &campaign.account,
            path: campaign.path.display().to_string(),
            codes: campaign.codes.len(),
            permanent: campaign.codes.iter().filter(|code| code.lifetime().is_permanent()).count(),
            until: campaign.until.map(|until| until.to_string()),
            ended: ended_on(campaign, today).is_some(),
            example: campaign.example,
        };
        Self { format: 1, problems, campaigns: folder.selected_campaigns().map(line).collect() }
    }
}

/// The last day of a campaign, if that is over.
fn ended_on(campaign: &Campaign, today: Date) -> Option<Date> {
    campaign.until.filter(|until| today > *until)
}

/// Campaign files without errors as text, with the campaigns whose last day is over.
pub fn check_text(paths: &[PathBuf], Reading { folder, problems }: &Reading, today: Date) -> String {
    let paths: Vec<_> = paths.iter().map(|path| visible_path(path)).collect();
    let codes: usize = folder.selected_campaigns().map(|campaign| campaign.codes.len()).sum();
    let mut text = format!(
        "{}: {}, {}, {}\n",
        paths.join(", "),
        counted(folder.selected_campaigns().count() as u64, "campaign"),
        counted(codes as u64, "code"),
        match problems.warnings() {
            0 => "no problems".to_owned(),
            warnings => counted(warnings as u64, "warning"),
        }
    );
    for campaign in folder.selected_campaigns() {
        if let Some(until) = ended_on(campaign, today) {
            let _ = writeln!(text, "{}: {}", campaign.name, ended_text(until, 0)); // cannot fail
        }
    }
    text
}
