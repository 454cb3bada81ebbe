//! `help`: how a verb is called, or a chapter of the documentation.

use std::fmt::Write;

use clap::builder::PossibleValuesParser;
use clap::{Args, ColorChoice, Command};

use super::exit::{CliError, Exit};
use super::output::Terminal;
use super::{command, output, show_clap};
use crate::view::TOPICS;

const EXAMPLE: &str = "Examples:
  scenepress help
  scenepress help run
  scenepress help ledger backup
  scenepress help campaign-files";

/// Options of `help`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
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

/// Lets `help` know every verb and topic, so that a misspelt name gets a suggestion.
pub(super) fn with_names(command: Command) -> Command {
    let topics = TOPICS.iter().map(|topic| topic.name.to_owned());
    let names: Vec<String> = topics.chain(verbs(&command)).collect();
    let known = PossibleValuesParser::new(names);
    command.mut_subcommand("help", |help| help.mut_arg("names", |names| names.value_parser(known)))
}

/// The verbs of a command, and those below them.
fn verbs(command: &Command) -> Vec<String> {
    let own = command.get_subcommands();
    own.flat_map(|verb| std::iter::once(verb.get_name().to_owned()).chain(verbs(verb))).collect()
}

/// Every topic with its title, one a line.
pub(super) fn topic_table() -> String {
    let mut table = "Topics, which scenepress help NAME prints:".to_owned();
    for topic in TOPICS {
        let _ = write!(table, "\n  {:<14}  {}", topic.name, topic.title());
    }
    table
}
