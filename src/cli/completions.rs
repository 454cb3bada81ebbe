//! `completions`: for shells.

use clap::Args;
use clap_complete::Shell;

use super::exit::{CliError, Exit};
use super::output;

const EXAMPLE: &str = "Example:
  cd ~/.local/share/bash-completion/completions
  scenepress completions bash > scenepress";

/// Options of `completions`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the shell's completion script.
pub fn run(args: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "scenepress", &mut script);
    output::bytes(&script)?;
    Ok(Exit::Done)
}
