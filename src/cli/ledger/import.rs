//! `ledger import`: codes adopted from bundles and tables, without a call.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::campaign::{self, AccountFault, Need};
use crate::cli::args::{LedgerArgs, LockArgs};
use crate::cli::exit::{CliError, Exit};
use crate::cli::lock::Writing;
use crate::cli::output::Terminal;
use crate::cli::rehearsal;
use crate::cli::settings;
use crate::cli::signals::{self, Signals};
use crate::clock;
use crate::engine::{ImportFiles, ImportSource, UnfitFile};
use crate::ledger::{self, Imported, LedgerError, Origins, SqliteLedger, TableDefaults};
use crate::model::{AccountName, AppId, CampaignName, counted, visible_path};

const EXAMPLE: &str = "Examples:
  scenepress ledger import output/*/*.zip
  scenepress ledger import old-codes.csv --campaign metro
  scenepress ledger import old-codes.csv --campaign metro --replace

Bundles are verified first. A table needs the columns scene, channel and ticket; most tickets tell their url, when they \
were made and when they die, and where one does not, the columns url and expires_at do (an instant, or never). Further \
columns that mean something: scene_type, tags, generation, lifetime, created_at, campaign, appid. Everything is adopted \
or nothing. What the ledger knows stays as it is: an issue it has is skipped, and one that contradicts it is an error.

The next run fetches the pictures and bundles them; a code that is in no campaign file is retired by it.";

/// Options of `ledger import`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
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
    /// Let a table correct what another table told: ticket, url and expiry, as long as no bundle has the code
    #[arg(long)]
    replace: bool,
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
    rehearsal::go_on(&args.ledger);
    let path = settings::ledger_path(&args.ledger, &settings::environment)?;
    let files = ImportFiles::sort(&args.files)?;
    let appid = if files.tables.is_empty() { args.appid.clone() } else { Some(appid(args)?) };
    let defaults = TableDefaults { campaign: args.campaign.clone(), appid, now: clock::now() };
    let source = files.read(&defaults)?;
    source.check_origins(args.ledger.emulator, |appid| is_loopback(args, appid))?;
    let origins = source.origins();
    let ImportSource { codes, bundles, passed_over } = source;
    for path in &passed_over {
        let path = visible_path(path);
        terminal.note(&format!(
            "{path} is passed over: it is a selection of a bundle, and the bundle has all its codes"
        ));
    }
    let mut imported = Imported::default();
    // An import of nothing must not begin a ledger: an empty one would pass for the one that was lost.
    if !codes.is_empty() {
        ledger::check_import(&codes, clock::now()).map_err(UnfitFile::from)?;
        let signals = Signals::watch(signals::last_words(terminal))?;
        let Writing { mut ledger, lock } =
            Writing::open(&path, &args.ledger, None, args.lock, terminal, &signals)?;
        let result = match check_mixing(origins, &ledger, &path) {
            Ok(()) => ledger
                .import(&codes, &bundles, args.replace, clock::now())
                .map_err(|error| UnfitFile::from(error).into()),
            Err(mixed) => Err(CliError::from(mixed)),
        };
        ledger.finish()?;
        drop(lock);
        imported = result?;
    }
    terminal.say(&told(&imported, args.replace));
    Ok(Exit::Done)
}

/// Refuses to bring an emulator's codes to the platform's in the ledger, or the other way round.
fn check_mixing(brought: Origins, ledger: &SqliteLedger, path: &Path) -> Result<(), LedgerError> {
    let known = ledger.origins()?;
    if brought.emulator && known.platform {
        return Err(LedgerError::of_platform(path));
    }
    if brought.platform && known.emulator {
        return Err(LedgerError::of_emulator(path));
    }
    Ok(())
}

/// Whether accounts.yaml has an account with this appid on this machine.
fn is_loopback(args: &ImportArgs, appid: &AppId) -> bool {
    let folder = campaign::read(std::slice::from_ref(&args.campaigns)).folder;
    // One by one: an account that cannot be resolved says nothing about the others.
    folder.accounts.keys().any(|name| {
        let is_it = |account: &AccountName| account == name;
        let resolved =
            campaign::resolve_accounts(&folder, &is_it, false, Need::Appid, &settings::environment);
        let account = resolved.ok().and_then(|mut resolved| resolved.accounts.remove(name));
        account.is_some_and(|account| account.appid == *appid && account.is_loopback)
    })
}

/// `12 codes adopted, 1 of them expired; 3 known already`, and before it what was corrected.
fn told(imported: &Imported, replace: bool) -> String {
    let Imported { adopted, expired, known, other_ticket, ref corrected } = *imported;
    let mut text = ledger::shortened(corrected.clone(), "corrections").join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text += &format!("{} adopted", counted(adopted, "code"));
    if expired > 0 {
        text += &format!(", {expired} of them expired");
    }
    if !corrected.is_empty() {
        text += &format!(", {} corrected", corrected.len());
    }
    text += &format!("; {known} known already");
    if other_ticket > 0 {
        let how = if replace { "" } else { ": --replace takes the new one" };
        text += &format!(", {other_ticket} of them with another ticket, which stays{how}");
    }
    if adopted > 0 || !corrected.is_empty() {
        text += "\n`scenepress plan` shows what a run makes of them: pictures are fetched, no code is issued anew that \
                 still lives";
    }
    text
}

/// The account of tables.
fn appid(args: &ImportArgs) -> Result<AppId, CliError> {
    if let Some(appid) = &args.appid {
        return Ok(appid.clone());
    }
    let name = args.account.clone().unwrap_or_default();
    let folder = campaign::read(std::slice::from_ref(&args.campaigns)).folder;
    let is_it = |account: &AccountName| *account == name;
    let resolved = campaign::resolve_accounts(
        &folder,
        &is_it,
        args.ledger.emulator,
        Need::Appid,
        &settings::environment,
    );
    let resolved = resolved.map_err(|faults| {
        let words = |fault: &AccountFault| format!("{}: {}", fault.message, fault.help);
        CliError::Usage(faults.iter().map(words).collect::<Vec<_>>().join("\n"))
    })?;
    let found = resolved.accounts.get(&name).map(|account| account.appid.clone());
    found.ok_or_else(|| {
        CliError::Usage(format!(
            "there is no account {} in {}: name one with --account, or its appid with --appid",
            name.shown(),
            visible_path(&args.campaigns.join("accounts.yaml"))
        ))
    })
}
