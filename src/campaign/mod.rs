//! Campaign files: text in, campaigns out, and every problem of every file with its position.
//!
//! Files are listed and decoded (`load`). Each becomes a document of codes with their positions: YAML by way of a tree
//! (`tree`) and the list of keys (`keys`, `fields`, `document`), tables row by row (`rows`). The documents together
//! become [`Campaign`]s (`resolve`). Nothing stops at the first problem. The whole folder is always read; the paths
//! only select.

mod accounts;
mod credentials;
mod document;
mod fields;
mod hooks;
mod keys;
mod lines;
mod load;
mod mask;
mod problem;
#[cfg(test)]
mod properties_tests;
mod report;
mod resolve;
mod rows;
mod schema;
mod together;
mod tree;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Account, AccountName, Campaign, CampaignName, Hooks, Mistake};

use load::Loaded;

pub use credentials::{Environment, Need, Resolved, ResolvedAccount, resolve as resolve_accounts};
pub use problem::{AccountFault, AccountPart, KINDS, Problem, Severity};
pub use report::{Problems, RenderOptions};
pub use schema::{accounts_schema, campaign_schema, hooks_schema};

/// Reads a duration as campaign files have it: `90s`, `10m`, `1h`. The error says what is wrong and what to write.
pub fn duration(text: &str) -> Result<Duration, String> {
    value::duration(text, "").map_err(Mistake::on_one_line)
}

/// Finds the known word that was probably meant.
pub fn similar<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    problem::suggestion(word, known, |length| if length < 6 { 1 } else { 2 })
}

/// The most bytes that all campaign files of a folder may have together: 64 MiB.
pub const MAX_FOLDER_BYTES: u64 = 64 << 20;
/// The most bytes that all YAML files of a folder may have together: 16 MiB. YAML takes more time and memory than a table.
const MAX_YAML_BYTES: u64 = 16 << 20;
/// The most bytes of `accounts.yaml` or `hooks.yaml`: 1 MiB.
const MAX_SPECIAL_BYTES: u64 = 1 << 20;
/// The most lines of one file.
const MAX_LINES: usize = 4_000_000;
/// The most campaign files of a folder, and the most that its campaigns may include.
const MAX_FILES: usize = 5_000;
/// The most codes one range may stand for.
pub const MAX_RANGE: u32 = 100_000;
/// The most codes one campaign or one file may hold, ranges counted out.
const MAX_CODES: usize = Campaign::MAX_CODES;
/// The most codes that all campaigns of a folder may hold.
const MAX_FOLDER_CODES: usize = 400_000;
/// The most tags and further cells that all files of a folder may hold.
const MAX_FOLDER_VALUES: usize = 4_000_000;
/// The most columns of a table beside the known ones.
const MAX_FURTHER_COLUMNS: usize = 250;
/// The most tags of one code.
const MAX_TAGS: usize = 50;

/// The most errors that are kept, and the most warnings: a hostile file has one every other byte, and nobody reads so
/// many.
const MAX_PROBLEMS: usize = 20_000;

/// What a folder of campaign files says, and what is wrong with it.
#[derive(Debug)]
pub struct Reading {
    /// What could be understood.
    pub folder: Folder,
    /// Everything that is wrong or doubtful, of every file.
    pub problems: Problems,
}

/// A folder of campaign files.
#[derive(Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where it is, as it was given.
    pub root: PathBuf,
    /// The accounts of `accounts.yaml`; without that file the account `default`.
    pub accounts: BTreeMap<AccountName, Account>,
    /// The campaigns without errors, sorted by name. Their accounts are among `accounts`.
    pub campaigns: Vec<Campaign>,
    /// Which of `campaigns` the paths select.
    pub selected: BTreeSet<CampaignName>,
    /// Whether the folder itself was given, so that a campaign which is gone from it may retire.
    pub whole: bool,
    /// The campaigns that have errors, selected or not.
    pub broken: Vec<Broken>,
    /// What `hooks.yaml` says; `None` if it has problems, or if nobody knows which variables hold secrets.
    pub hooks: Option<Hooks>,
}

impl Folder {
    /// The campaigns without errors that the paths select.
    pub fn selected_campaigns(&self) -> impl Iterator<Item = &Campaign> {
        self.campaigns.iter().filter(|campaign| self.selected.contains(&campaign.name))
    }

    /// Every campaign, also broken ones whose name is known.
    pub fn names(&self) -> Vec<CampaignName> {
        let names = self.campaigns.iter().map(|campaign| campaign.name.clone());
        names.chain(self.broken.iter().filter_map(|broken| broken.name.clone())).collect()
    }
}

/// A campaign file with errors, in itself or in a file it includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub path: PathBuf,
    /// The campaign's name, if that much could be read.
    pub name: Option<CampaignName>,
    /// Whether the paths select it.
    pub selected: bool,
}

/// Reads the folder the paths lie in.
///
/// Each path is that folder or a file in it; without any path nothing is read. Whatever goes wrong is a problem of the
/// result.
pub fn read(paths: &[PathBuf]) -> Reading {
    read_as_of(paths, None)
}

/// Reads the folder, and warns of what is doubtful at an instant: days that are over, and codes on paper that expire
/// too early if they are issued then.
pub fn read_at(paths: &[PathBuf], now: Timestamp) -> Reading {
    read_as_of(paths, Some(now))
}

fn read_as_of(paths: &[PathBuf], now: Option<Timestamp>) -> Reading {
    let Loaded {
        root,
        whole,
        selected: files,
        sources,
        documents,
        listed,
        mut accounts,
        hooks,
        mut findings,
        ..
    } = load::load(paths);
    let resolved = resolve::resolve(&sources, &listed, documents, &accounts, now, &mut findings);
    let is_selected = |file: u32| whole || files.contains(&file);
    let selected = resolved.campaigns.iter().filter(|(file, _)| is_selected(*file));
    let selected = selected.map(|(_, campaign)| campaign.name.clone()).collect();
    let mut campaigns: Vec<Campaign> = resolved.campaigns.into_iter().map(|(_, campaign)| campaign).collect();
    campaigns.sort_by(|a, b| a.name.cmp(&b.name));
    let broken = resolved.broken.into_iter().map(|(file, name)| Broken {
        path: sources[file as usize].path.to_path_buf(),
        name,
        selected: is_selected(file),
    });
    let broken = broken.collect();
    let hooks = hooks.zip(accounts.secret_variables.take());
    let hooks = hooks.map(|(hooks, secret_variables)| Hooks { secret_variables, ..hooks });
    let problems = Problems::new(&root, sources, findings, accounts.positions);
    let accounts =
        accounts.by_name.into_iter().filter_map(|(name, account)| Some((name, account?))).collect();
    let folder = Folder { root, accounts, campaigns, selected, whole, broken, hooks };
    Reading { folder, problems }
}
