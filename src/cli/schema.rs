//! `schema`: for editors, and for programs that read what this one writes.

use clap::{Args, ValueEnum};
use schemars::Schema;

use super::exit::{CliError, Exit};
use super::output;
use crate::{bundle, campaign, view};

const EXAMPLE: &str = "Examples:
  scenepress schema campaign > campaign.schema.json
  scenepress schema run > run.schema.json

An editor with a YAML language server completes and explains the keys of a campaign file that begins with
  # yaml-language-server: $schema=../campaign.schema.json";

/// Options of `schema`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct SchemaArgs {
    /// Of which file or document
    #[arg(value_name = "NAME", value_enum)]
    name: SchemaName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SchemaName {
    /// A campaign file, or a YAML file that one includes
    Campaign,
    /// accounts.yaml
    Accounts,
    /// hooks.yaml
    Hooks,
    /// What run --format json prints
    Run,
    /// What plan --format json prints and --out writes
    Plan,
    /// What status --format json prints
    Status,
    /// A line that run --events prints
    Events,
    /// What inspect --format json prints
    Inspect,
    /// What diff --format json prints
    Diff,
    /// What handoff --list --format json prints
    Handoffs,
    /// A bundle's manifest.json
    Manifest,
}

/// Prints a JSON Schema of the draft 2020-12.
pub fn run(args: &SchemaArgs) -> Result<Exit, CliError> {
    output::document(&schema(args.name))?;
    Ok(Exit::Done)
}

fn schema(name: SchemaName) -> Schema {
    match name {
        SchemaName::Campaign => campaign::campaign_schema(),
        SchemaName::Accounts => campaign::accounts_schema(),
        SchemaName::Hooks => campaign::hooks_schema(),
        SchemaName::Run => view::run_schema(),
        SchemaName::Plan => view::plan_schema(),
        SchemaName::Status => view::status_schema(),
        SchemaName::Events => view::events_schema(),
        SchemaName::Inspect => view::inspect_schema(),
        SchemaName::Diff => bundle::difference_schema(),
        SchemaName::Handoffs => view::handoffs_schema(),
        SchemaName::Manifest => bundle::manifest_schema(),
    }
}
