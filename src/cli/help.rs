//! `help`: how a verb is called, or a chapter of the documentation.

use clap::{Args, ColorChoice};

use super::exit::{CliError, Exit};
use super::settings::Terminal;
use super::topics::TOPICS;
use super::{command, output, show_clap};

/// Options of `help`.
#[derive(Debug, Clone, Args)]
pub struct HelpArgs {
    /// A verb or a topic; without one, the list of both
    #[arg(value_name = "NAME", num_args = 0..=2, hide_possible_values = true)]
    names: Vec<String>,
}

/// Prints a chapter, or what `scenepress VERB --help` prints.
pub fn run(args: &HelpArgs, terminal: Terminal) -> Result<Exit, CliError> {
    if let [name] = args.names.as_slice()
        && let Some(topic) = TOPICS.iter().find(|topic| topic.name == name)
    {
        output::data(&topic.shown())?;
        return Ok(Exit::Done);
    }
    let color = if terminal.stdout_color { ColorChoice::Always } else { ColorChoice::Never };
    let words = std::iter::once("scenepress").chain(args.names.iter().map(String::as_str)).chain(["--help"]);
    Ok(command()
        .color(color)
        .try_get_matches_from(words)
        .map_or_else(|help| show_clap(&help), |_| Exit::Done))
}
