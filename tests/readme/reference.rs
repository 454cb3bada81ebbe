//! The references `docs/src/commands.md` and `docs/src/keys.md`, made from the command line's definition and from the
//! schemas of the files that people write.

use std::fmt::Write;
use std::path::Path;

use clap::{Arg, Command};
use scenepress::campaign;
use scenepress::cli::command;
use serde_json::Value;

use crate::{markdown, repository, write};

const COMMANDS: &str = "docs/src/commands.md";
const KEYS: &str = "docs/src/keys.md";

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
        <!-- Made from the program: UPDATE=1 cargo test --locked --test readme reference -->\n\n\
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
    assert_reference(COMMANDS, &reference);
}

/// Asserts that a reference is what the program says, or writes it anew.
fn assert_reference(file: &str, reference: &str) {
    if is_update() {
        write(&repository(file), reference);
    }
    assert!(
        markdown::read(Path::new(file)) == reference,
        "{file} is not what the program says; write it anew with\nUPDATE=1 cargo test --locked --test readme reference"
    );
}

#[test]
fn the_key_reference_is_that_of_the_schemas() {
    let json = |schema| serde_json::to_value(schema).expect("JSON");
    let campaign = json(campaign::campaign_schema());
    let codes = campaign["properties"]["codes"]["items"].clone();
    let limits = campaign["properties"]["limits"].clone();
    let account = json(campaign::accounts_schema())["additionalProperties"].clone();
    let mut reference = "# Key reference\n\n\
        <!-- Made from the program: UPDATE=1 cargo test --locked --test readme reference -->\n\n\
        [Campaign files](campaign-files.md), [Accounts](accounts.md) and [Hooks](hooks.md) explain the keys at work.\n"
        .to_owned();
    for (title, schema) in [
        ("Campaign files", campaign),
        ("An entry of codes", codes),
        ("limits", limits),
        ("An account of accounts.yaml", account),
        ("hooks.yaml", json(campaign::hooks_schema())),
    ] {
        let _ = write!(reference, "\n## {title}\n\n");
        let keys = schema["properties"].as_object().unwrap_or_else(|| panic!("{title} has no keys"));
        assert!(!keys.is_empty(), "{title}");
        for (key, value) in keys {
            let description =
                value["description"].as_str().unwrap_or_else(|| panic!("{key} is not explained"));
            let _ = write!(reference, "- `{key}`: {}.", description.trim_end_matches('.'));
            push_value(&mut reference, "Example", value.get("examples").and_then(|examples| examples.get(0)));
            push_value(&mut reference, "Default", value.get("default"));
            reference.push('\n');
        }
    }
    assert_reference(KEYS, &reference);
}

fn push_value(reference: &mut String, what: &str, value: Option<&Value>) {
    let text = match value {
        None => return,
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let _ = write!(reference, " {what}: `{text}`.");
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
