//! `completions`: for shells.

use clap::{Args, ValueEnum};
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
    #[arg(value_name = "SHELL", value_enum)]
    shell: ShellName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShellName {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
}

/// Prints the shell's completion script.
pub fn run(args: &CompletionsArgs) -> Result<Exit, CliError> {
    let shell = match args.shell {
        ShellName::Bash => Shell::Bash,
        ShellName::Elvish => Shell::Elvish,
        ShellName::Fish => Shell::Fish,
        ShellName::PowerShell => Shell::PowerShell,
        ShellName::Zsh => Shell::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "scenepress", &mut script);
    output::bytes(&script)?;
    Ok(Exit::Done)
}
