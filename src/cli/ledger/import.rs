//! `ledger import`: codes adopted from bundles and tables, without a call.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::source::{self, Defaults, Source};
use crate::campaign;
use crate::cli::args::{LedgerArgs, LockArgs};
use crate::cli::exit::{CliError, Exit};
use crate::cli::lock::{self, Before, Writing};
use crate::cli::output;
use crate::cli::settings::{self, Need, Terminal};
use crate::cli::signals::{self, Signals};
use crate::clock;
use crate::fsio::FsError;
use crate::ledger::{self, ImportError, Imported};
use crate::model::{AccountName, AppId, CampaignName, counted, visible_path};

/// Options of `ledger import`.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// Bundles, and tables with the columns scene, channel and ticket
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The campaign of tables that do not say it in a column of that name
    #[arg(long, value_name = "NAME", value_parser = parse_campaign)]
    campaign: Option<CampaignName>,
    /// The account of tables that do not say it in a column appid: a name in accounts.yaml [default: default]
    #[arg(long, value_name = "NAME", value_parser = parse_account)]
    account: Option<AccountName>,
    /// The same by its appid, without accounts.yaml
    #[arg(long, value_name = "APPID", value_parser = parse_appid, conflicts_with = "account")]
    appid: Option<AppId>,
    /// The folder of accounts.yaml
    #[arg(long, value_name = "DIR", default_value = "campaigns/", help_heading = "Places")]
    campaigns: PathBuf,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    lock: LockArgs,
}

fn parse_campaign(text: &str) -> Result<CampaignName, String> {
    CampaignName::new(text).map_err(|error| format!("the name {error}"))
}

fn parse_account(text: &str) -> Result<AccountName, String> {
    AccountName::new(text).ok_or_else(|| "is no name".to_owned())
}

fn parse_appid(text: &str) -> Result<AppId, String> {
    AppId::new(text).ok_or_else(|| "1 to 64 letters, digits, `_` and `-`, like wx0123456789abcdef".to_owned())
}

/// Reads all files, then adopts everything or nothing.
pub fn run(args: &ImportArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let path = settings::ledger_path(&args.ledger, &settings::environment)?;
    let mut tables = Vec::new();
    let mut bundles = Vec::new();
    for file in &args.files {
        match kind(file)? {
            Kind::Bundle => bundles.push(file),
            Kind::Table => tables.push(file),
        }
    }
    let defaults = Defaults {
        campaign: args.campaign.clone(),
        appid: if tables.is_empty() { args.appid.clone() } else { Some(appid(args)?) },
        now: clock::now(),
    };
    let mut sources = bundles
        .into_iter()
        .map(|file| source::bundle(file, args.ledger.emulator, defaults.now))
        .collect::<Result<Vec<Source>, _>>()?;
    // The newest first: of labels the first mention counts.
    sources.sort_by_key(|source| std::cmp::Reverse((source.newest, source.revision())));
    let mut problems = Vec::new();
    for file in tables {
        match source::table(file, &defaults)? {
            Ok(source) => sources.push(source),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(CliError::ImportProblems(problems));
    }
    let codes: Vec<_> = sources.iter_mut().flat_map(|source| std::mem::take(&mut source.codes)).collect();
    let bundles: Vec<_> = sources.into_iter().filter_map(|source| source.bundle).collect();

    // What adopts nothing must not begin a ledger: an empty one would pass for the one that was lost.
    if codes.is_empty() {
        if !terminal.quiet {
            output::tell(&told(&Imported::default()));
        }
        return Ok(Exit::Done);
    }
    ledger::check_import(&codes, clock::now()).map_err(refused)?;

    let runtime = crate::cli::runtime()?;
    let host = settings::this_host().filter(|_| !args.ledger.emulator);
    let before = Before { required: args.ledger.require_ledger, check: &|_| Ok(()) };
    let signals = Signals::watch(&runtime, signals::last_words(terminal))?;
    let Writing { mut ledger, lock } =
        lock::lock_and_open(&path, &before, args.lock, host.as_ref(), terminal, &runtime, &signals)?;
    let imported = ledger.import(&codes, &bundles, clock::now());
    ledger.finish()?;
    drop(lock);
    let imported = imported.map_err(refused)?;
    if !terminal.quiet {
        output::tell(&told(&imported));
    }
    Ok(Exit::Done)
}

fn refused(error: ImportError) -> CliError {
    match error {
        ImportError::Conflicts(conflicts) => CliError::ImportConflicts(conflicts),
        ImportError::Ledger(error) => error.into(),
    }
}

/// `12 codes adopted, 1 of them expired; 3 known already`
fn told(imported: &Imported) -> String {
    let Imported { adopted, expired, known } = *imported;
    let dead = if expired > 0 { format!(", {expired} of them expired") } else { String::new() };
    let next = if adopted > 0 {
        "\n`scenepress plan` shows what a run makes of them: pictures are fetched, no code is issued anew that still lives"
    } else {
        ""
    };
    format!("{} adopted{dead}; {known} known already{next}", counted(adopted, "code"))
}

enum Kind {
    Bundle,
    Table,
}

/// What a file is, by how it begins.
fn kind(path: &Path) -> Result<Kind, CliError> {
    let file = visible_path(path);
    match path.metadata() {
        Err(_) => return Err(CliError::Usage(format!("there is no file {file}"))),
        Ok(metadata) if !metadata.is_file() => {
            return Err(CliError::Usage(format!("{file} is no file: name bundles and tables")));
        }
        Ok(_) => {}
    }
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(16).read_to_end(&mut head))
        .map_err(|source| FsError::new("read", path, source))?;
    if head.starts_with(b"SQLite format 3") {
        return Err(CliError::Usage(format!(
            "{file} is a database: to restore a backup of the ledger, copy it to the ledger's place while no run is \
             under way"
        )));
    }
    let is_zip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    Ok(if is_zip || head.starts_with(b"PK") { Kind::Bundle } else { Kind::Table })
}

/// The account of tables.
fn appid(args: &ImportArgs) -> Result<AppId, CliError> {
    if let Some(appid) = &args.appid {
        return Ok(appid.clone());
    }
    let name = args.account.clone().unwrap_or_default();
    let folder = campaign::read(std::slice::from_ref(&args.campaigns)).folder;
    let resolved = settings::resolve(
        &folder,
        &|account| *account == name,
        args.ledger.emulator,
        Need::Appid,
        &settings::environment,
    )?;
    let found = resolved.accounts.get(&name).map(|account| account.appid.clone());
    found.ok_or_else(|| {
        CliError::Usage(format!(
            "there is no account {} in {}: name one with --account, or its appid with --appid",
            name.shown(),
            visible_path(&args.campaigns.join("accounts.yaml"))
        ))
    })
}
