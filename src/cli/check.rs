//! `check`: the campaign files alone.

use clap::Args;

use super::args::{FormatArgs, NowArgs, PathArgs};
use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use super::{context, settings};
use crate::campaign;
use crate::hooks::{StartFault, start_faults};
use crate::model::beijing_date;
use crate::view::{self, CheckDocument};

const EXAMPLE: &str = "Examples:
  scenepress check
  scenepress check campaigns/metro.yaml --format json

It needs no credentials, no ledger and no network.";

/// Options of `check`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
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
    let now = args.now.now();
    let today = beijing_date(now);
    let reading = campaign::read_at(&args.paths.paths, now);
    let (folder, problems) = (&reading.folder, &reading.problems);
    terminal.problems(problems, args.paths.all);
    let path = settings::environment("PATH");
    let faults = folder.hooks.as_ref().map(|hooks| start_faults(hooks, path.as_ref())).unwrap_or_default();
    for (hook, StartFault { what, remedy }) in &faults {
        terminal.note(&format!("hook {hook}: {what}: {remedy}"));
    }
    if args.format.is_json() {
        output::document(&CheckDocument::new(&reading, &faults, today))?;
    } else if problems.has_errors() {
        output::tell(&format!("{}\n", problems.in_words()));
    } else if !terminal.quiet {
        output::data(&view::check_text(&args.paths.paths, &reading, today))?;
    }
    Ok(context::exit_of_files(problems))
}
