//! `check`: the campaign files alone.

use clap::Args;

use super::args::{FormatArgs, NowArgs, PathArgs};
use super::exit::{CliError, Exit};
use super::output::{self, Messages, Terminal};
use super::settings;
use crate::campaign::{self, RenderOptions};
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
    let today = beijing_date(args.now.now());
    let reading = campaign::read_on(&args.paths.paths, today);
    let (folder, problems) = (&reading.folder, &reading.problems);
    let mut messages = Messages::default();
    messages.problems(problems, RenderOptions { color: terminal.stderr_color, all: args.paths.all });
    let path = settings::environment("PATH");
    let faults = folder.hooks.as_ref().map(|hooks| start_faults(hooks, path.as_ref())).unwrap_or_default();
    for (hook, StartFault { what, remedy }) in &faults {
        messages.note(format!("hook {hook}: {what}: {remedy}"));
    }
    messages.tell(terminal);
    if args.format.is_json() {
        output::document(&CheckDocument::new(&reading, &faults, today))?;
    } else if problems.has_errors() {
        output::tell(&format!("{}\n", problems.in_words()));
    } else if !terminal.quiet {
        output::data(&view::check_text(&args.paths.paths, &reading, today))?;
    }
    Ok(if problems.has_errors() { Exit::Usage } else { Exit::Done })
}
