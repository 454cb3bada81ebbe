//! The command reference `docs/src/commands.md`, made from the command line's definition.

use std::fmt::Write;
use std::path::Path;

use clap::{Arg, Command};
use scenepress::cli::command;

use crate::{markdown, repository, write};

const FILE: &str = "docs/src/commands.md";

/// Set, the reference is written anew.
pub(crate) const UPDATE: &str = "UPDATE";

#[expect(clippy::disallowed_methods, reason = "how a test is told to write what it compares")]
pub(crate) fn is_update() -> bool {
    std::env::var_os(UPDATE).is_some()
}

#[test]
fn the_command_reference_is_that_of_the_program() {
    let mut command = command();
    command.build();
    let mut reference = "# Command reference\n\n\
        <!-- Made from the program: UPDATE=1 cargo test --locked --test readme command_reference -->\n\n\
        These options belong to every verb:\n\n"
        .to_owned();
    for argument in command.get_arguments() {
        push_argument(&mut reference, argument);
    }
    let mut verbs: Vec<&Command> = command.get_subcommands().collect();
    verbs.sort_by_key(|verb| verb.get_name().to_owned());
    for verb in verbs {
        push_verb(&mut reference, verb, "##");
    }
    let reference = reference.replace("\n\n\n", "\n\n");
    if is_update() {
        write(&repository(FILE), &reference);
    }
    let found = markdown::read(Path::new(FILE));
    assert!(
        found == reference,
        "{FILE} is not what the program says; write it anew with\nUPDATE=1 cargo test --locked --test readme command_reference"
    );
}

fn push_verb(reference: &mut String, verb: &Command, level: &str) {
    if verb.get_name() == "help" && level != "##" {
        return;
    }
    let mut shown = verb.clone();
    let usage = shown.render_usage().to_string();
    let name = usage.trim_start_matches("Usage: ").split(" [").next().unwrap_or_default();
    let name = name.split(" <").next().unwrap_or_default().trim_start_matches("scenepress ");
    let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(reference, "\n{level} {name}\n\n{about}.\n\n```text\n{usage}\n```\n\n");
    for argument in verb.get_arguments().filter(|argument| !is_of_every_verb(argument)) {
        push_argument(reference, argument);
    }
    for below in verb.get_subcommands() {
        push_verb(reference, below, "###");
    }
    push_epilogue(reference, &verb.get_after_long_help().map(ToString::to_string).unwrap_or_default());
}

fn is_of_every_verb(argument: &Arg) -> bool {
    argument.is_global_set() || ["help", "version"].contains(&argument.get_id().as_str())
}

/// `- `--option VALUE`: what it does (default, variable, values)`
fn push_argument(reference: &mut String, argument: &Arg) {
    if argument.is_hide_set() {
        return;
    }
    let mut names = Vec::new();
    names.extend(argument.get_short().map(|short| format!("-{short}")));
    names.extend(argument.get_long().map(|long| format!("--{long}")));
    let mut name = names.join(", ");
    if argument.get_action().takes_values() || argument.is_positional() {
        let values = argument.get_value_names().unwrap_or_default();
        let values: Vec<&str> = values.iter().map(clap::builder::Str::as_str).collect();
        let space = if name.is_empty() { "" } else { " " };
        let _ = write!(name, "{space}{}", values.join(" "));
    }
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let _ = write!(reference, "- `{name}`: {help}");
    let defaults = argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned());
    let defaults: Vec<String> = defaults.filter(|_| argument.get_action().takes_values()).collect();
    if !defaults.is_empty() {
        let _ = write!(reference, " (default: `{}`)", defaults.join(" "));
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(reference, " (variable: `{}`)", variable.to_string_lossy());
    }
    let values = argument.get_possible_values();
    if argument.get_action().takes_values() && !argument.is_hide_possible_values_set() && !values.is_empty() {
        let values: Vec<String> = values.iter().map(|value| format!("`{}`", value.get_name())).collect();
        let _ = write!(reference, " (one of {})", values.join(", "));
    }
    reference.push('\n');
}

/// What stands below the options: commands are indented, prose is not.
fn push_epilogue(reference: &mut String, epilogue: &str) {
    let mut in_block = false;
    for line in epilogue.lines().filter(|line| !line.starts_with("Example")) {
        let is_command = line.starts_with("  ");
        if is_command && !in_block {
            reference.push_str("\n```text\n");
        } else if in_block && !is_command {
            reference.push_str("```\n");
        }
        in_block = is_command;
        reference.push_str(line.strip_prefix("  ").unwrap_or(line));
        reference.push('\n');
    }
    if in_block {
        reference.push_str("```\n");
    }
}
