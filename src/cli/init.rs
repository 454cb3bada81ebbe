//! `init`: a campaigns folder with one explained example.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use crate::fsio;
use crate::model::visible_path;

const EXAMPLE: &str = "Examples:
  scenepress init
  scenepress init spring-2027/campaigns

Nothing that exists is overwritten.";

/// Options of `init`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct InitArgs {
    /// The folder to make
    #[arg(value_name = "DIR", default_value = "campaigns/")]
    dir: PathBuf,
}

const FILES: [(&str, &str); 2] = [
    ("accounts.yaml", include_str!("example/accounts.yaml")),
    ("example.yaml", include_str!("example/example.yaml")),
];

/// Writes the example. If one of its files exists already, nothing is written.
pub fn run(args: &InitArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let paths = FILES.map(|(name, text)| (args.dir.join(name), text));
    let taken: Vec<String> = paths
        .iter()
        .filter(|(path, _)| path.symlink_metadata().is_ok())
        .map(|(path, _)| path.display().to_string())
        .collect();
    if !taken.is_empty() {
        return Err(CliError::Usage(format!(
            "{} {} already: nothing was written. Name another folder: scenepress init DIR",
            taken.join(" and "),
            if taken.len() == 1 { "exists" } else { "exist" }
        )));
    }
    fsio::create_folder(&args.dir)?;
    for (path, text) in &paths {
        fsio::write_atomic(path, text.as_bytes())?;
    }
    if !terminal.quiet {
        output::data(&next_steps(args, &paths.map(|(path, _)| path)))?;
    }
    Ok(Exit::Done)
}

fn next_steps(args: &InitArgs, paths: &[PathBuf]) -> String {
    let dir = args.dir.display().to_string();
    // The default folder need not be named.
    let path = if dir.trim_end_matches('/') == "campaigns" { String::new() } else { format!(" {dir}") };
    let mut text = String::new();
    for path in paths {
        let _ = writeln!(text, "wrote {}", visible_path(path));
    }
    let _ = write!(
        text,
        "
Next:
  scenepress check{path}             reads the campaign files
  scenepress plan{path} --emulator   shows what a run would do
  scenepress run{path} --emulator    rehearses it without credentials
For real codes put the account's appid and secret where accounts.yaml says, and remove `example: true`.
"
    );
    text
}
