//! `check`: the campaign files alone.

use std::collections::BTreeSet;
use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::args::{FormatArgs, NowArgs, PathArgs};
use super::context;
use super::exit::{CliError, Exit};
use super::output;
use super::settings::{self, Terminal};
use crate::campaign::{Folder, Problems, Reading};
use crate::hooks::{StartFault, start_faults};
use crate::model::{Campaign, beijing_date, counted, visible_path};
use crate::view::{ProblemLine, ProblemSeverity};

/// Options of `check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    now: NowArgs,
}

/// Reads the files and says what is wrong with them.
pub fn run(args: &CheckArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let today = beijing_date(args.now.now());
    let Reading { folder, problems } = context::read(&args.paths, Some(today), terminal);
    let path = settings::environment("PATH");
    let faults = folder.hooks.as_ref().map(|hooks| start_faults(hooks, path.as_ref())).unwrap_or_default();
    for (hook, StartFault { what, remedy }) in faults.iter().filter(|_| !terminal.quiet) {
        output::tell_warning(terminal, &format!("hook {hook}: {what}: {remedy}"));
    }
    let has_ended = |campaign: &Campaign| campaign.until.is_some_and(|until| today > until);
    if args.format.is_json() {
        output::document(&document(&folder, &problems, &faults, &has_ended))?;
    } else if problems.has_errors() {
        output::tell(&format!("{} in {}\n", found(&problems), files(&problems)));
    } else if !terminal.quiet {
        output::data(&summary(args, &folder, &problems, &has_ended))?;
    }
    Ok(if problems.has_errors() { Exit::Usage } else { Exit::Done })
}

fn selected(folder: &Folder) -> impl Iterator<Item = &Campaign> {
    folder.campaigns.iter().filter(|campaign| folder.selected.contains(&campaign.name))
}

/// `2 problems, 1 warning`
pub(super) fn found(problems: &Problems) -> String {
    let errors = counted(problems.errors() as u64, "problem");
    match problems.warnings() {
        0 => errors,
        warnings => format!("{errors}, {}", counted(warnings as u64, "warning")),
    }
}

pub(super) fn files(problems: &Problems) -> String {
    let files: BTreeSet<_> = problems.iter().map(|problem| &problem.path).collect();
    counted(files.len() as u64, "file")
}

fn summary(
    args: &CheckArgs,
    folder: &Folder,
    problems: &Problems,
    has_ended: &dyn Fn(&Campaign) -> bool,
) -> String {
    let paths: Vec<_> = args.paths.paths.iter().map(|path| visible_path(path)).collect();
    let codes: usize = selected(folder).map(|campaign| campaign.codes.len()).sum();
    let mut text = format!(
        "{}: {}, {}, {}\n",
        paths.join(", "),
        counted(selected(folder).count() as u64, "campaign"),
        counted(codes as u64, "code"),
        match problems.warnings() {
            0 => "no problems".to_owned(),
            warnings => counted(warnings as u64, "warning"),
        }
    );
    for campaign in selected(folder).filter(|campaign| has_ended(campaign)) {
        if let Some(until) = campaign.until {
            let _ = writeln!(
                text,
                "{}: its last day was {until}; nothing of it is renewed or bundled any more",
                campaign.name
            );
        }
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    problems: Vec<ProblemLine>,
    campaigns: Vec<CampaignLine<'a>>,
}

#[derive(Serialize)]
struct CampaignLine<'a> {
    campaign: &'a str,
    account: &'a str,
    path: String,
    codes: usize,
    permanent: usize,
    until: Option<String>,
    ended: bool,
    example: bool,
}

fn document<'a>(
    folder: &'a Folder,
    problems: &Problems,
    faults: &[(&str, StartFault)],
    has_ended: &dyn Fn(&Campaign) -> bool,
) -> Document<'a> {
    let line = |campaign: &'a Campaign| CampaignLine {
        campaign: campaign.name.as_str(),
        account: campaign.account.as_str(),
        path: campaign.path.display().to_string(),
        codes: campaign.codes.len(),
        permanent: campaign.codes.iter().filter(|code| code.lifetime().is_permanent()).count(),
        until: campaign.until.map(|until| until.to_string()),
        ended: has_ended(campaign),
        example: campaign.example,
    };
    let campaigns = selected(folder).map(line).collect();
    let faults = faults.iter().map(|(hook, fault)| ProblemLine {
        kind: "hook-program".to_owned(),
        severity: ProblemSeverity::Warning,
        path: Some(folder.root.join("hooks.yaml").display().to_string()),
        line: None,
        column: None,
        message: format!("hook {hook}: {}", fault.what),
        help: Some(fault.remedy.clone()),
    });
    let problems = context::problem_lines(problems).into_iter().chain(faults).collect();
    Document { format: 1, problems, campaigns }
}
