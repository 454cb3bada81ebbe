//! `man`: manual pages.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use crate::fsio;
use crate::model::visible_path;
use crate::view::{TOPICS, manual_page};

const EXAMPLE: &str = "Examples:
  scenepress man | man -l -
  scenepress man --dir pages

The page of a verb belongs to section 1, such as scenepress-run.1. The page of a topic belongs to section 7, such as \
scenepress-campaign-files.7.";

/// Options of `man`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct ManArgs {
    /// Write all pages into this folder, one for each verb and topic, instead of the main page to stdout
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Prints the main page, or writes all of them.
pub fn run(args: &ManArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut command = super::command().disable_help_subcommand(true);
    command.build();
    let Some(dir) = &args.dir else {
        output::bytes(&page(command)?)?;
        return Ok(Exit::Done);
    };
    fsio::create_folder(dir)?;
    let mut pages = Vec::new();
    for page_command in with_verbs(command) {
        // Verbs are shown as `scenepress-run`, which is how `man` finds them.
        let name = page_command.get_display_name().unwrap_or("scenepress").to_owned();
        pages.push((format!("{name}.1"), page(page_command)?));
    }
    let topics = TOPICS.into_iter();
    pages.extend(
        topics.map(|topic| (format!("scenepress-{}.7", topic.name), manual_page(topic).into_bytes())),
    );
    for (name, page) in pages {
        let path = dir.join(name);
        fsio::write_atomic(&path, &page)?;
        if !terminal.quiet {
            output::data(&format!("wrote {}\n", visible_path(&path)))?;
        }
    }
    Ok(Exit::Done)
}

/// A command, and below it every verb with its own.
fn with_verbs(command: Command) -> Vec<Command> {
    let verbs: Vec<Command> = command.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned().collect();
    std::iter::once(command).chain(verbs.into_iter().flat_map(with_verbs)).collect()
}

/// A page, with the sections called as manual pages call them.
fn page(command: Command) -> Result<Vec<u8>, CliError> {
    let is_main = command.get_display_name().is_none_or(|name| name == "scenepress");
    // The help's table of exits would be wrapped like prose.
    let command = if is_main { command.after_long_help(None::<&str>) } else { command };
    let mut page = Vec::new();
    Man::new(command)
        .source(concat!("scenepress ", env!("CARGO_PKG_VERSION")))
        .manual("scenepress manual")
        .render(&mut page)
        .map_err(|source| CliError::Machine { action: "make the manual page".to_owned(), source })?;
    let mut page = String::from_utf8_lossy(&page)
        .replace(" (see a summary with \\*(Aq\\-h\\*(Aq)", "")
        .replace("\n.SH Verbs\n", "\n.SH VERBS\n")
        .replace("\n.SH EXTRA\nExamples:\n", "\n.SH EXAMPLES\n")
        .replace("\n.SH EXTRA\nExample:\n", "\n.SH EXAMPLES\n");
    page += ".SH EXIT STATUS\n";
    if is_main {
        for exit in Exit::ALL {
            let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", exit.code(), exit.meaning().replace('-', "\\-"));
        }
    } else {
        page += "scenepress(1) lists what each number means.\n";
    }
    page += ".SH SEE ALSO\n";
    let topics: Vec<String> =
        TOPICS.iter().map(|topic| format!("scenepress\\-{}(7)", topic.name.replace('-', "\\-"))).collect();
    let _ = writeln!(page, "{}", topics.join(", "));
    Ok(page.into_bytes())
}
