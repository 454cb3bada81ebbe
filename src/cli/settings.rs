//! What the environment and the options say: where things are, which appid and secret an account has, what kind of
//! terminal this is. The only place that reads the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::args::{ColorWhen, GlobalArgs, LedgerArgs, StoreArgs};
use super::proxy;
use crate::campaign::{AccountFault, AccountPart, Folder};
use crate::fsio;
use crate::ledger::Host;
use crate::model::{
    Account, AccountName, AppId, AppSecret, CampaignName, Digest, Place, is_invisible, looks_secret,
};

/// Names the ledger; does not apply with `--emulator`.
const LEDGER_VARIABLE: &str = "SCENEPRESS_LEDGER";

/// Names this machine, where nothing else tells it from others or its name changes.
const HOST_VARIABLE: &str = "SCENEPRESS_HOST";

/// The most bytes a secret file may have; an appsecret has 32.
const SECRET_FILE_LIMIT: u64 = 4096;

/// The file that defines accounts, in the campaigns folder.
const ACCOUNTS: &str = "accounts.yaml";

/// The secret the embedded emulator is told, and asked with.
const EMULATOR_SECRET: &str = "emulator-secret";

/// How to look up an environment variable. Tests hand in their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The process's environment.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// This machine, where something tells it from others.
pub fn this_host() -> Option<Host> {
    let given = environment(HOST_VARIABLE).map(|name| name.to_string_lossy().into_owned());
    Host::this(given.as_deref())
}

/// What can be shown, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on one another")]
pub struct Terminal {
    /// Whether stdout takes colours.
    pub stdout_color: bool,
    /// Whether stderr takes colours.
    pub stderr_color: bool,
    /// Whether somebody watches stderr: bars make sense.
    pub is_watched: bool,
    /// Whether somebody can answer a question: stdin and stderr are terminals.
    pub can_ask: bool,
    /// `-q`
    pub quiet: bool,
    /// `-v`
    pub verbose: bool,
}

impl Terminal {
    /// From the options and the process's streams.
    pub fn new(args: &GlobalArgs) -> Self {
        let is_watched = std::io::stderr().is_terminal();
        Self {
            stdout_color: color(args.color, std::io::stdout().is_terminal(), &environment),
            stderr_color: color(args.color, is_watched, &environment),
            is_watched,
            can_ask: is_watched && std::io::stdin().is_terminal(),
            quiet: args.quiet,
            verbose: args.verbose,
        }
    }
}

fn color(when: ColorWhen, is_terminal: bool, environment: Environment) -> bool {
    let says = |name: &str, refuses: &dyn Fn(OsString) -> bool| environment(name).is_some_and(refuses);
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => {
            is_terminal
                && !says("NO_COLOR", &|value| !value.is_empty())
                && !says("TERM", &|value| value == "dumb")
        }
    }
}

/// Where things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The ledger's file.
    pub ledger: PathBuf,
    /// Holds a folder for each campaign; with `--emulator` the `emulator` folder.
    pub output: PathBuf,
    /// Holds the verified pictures.
    pub pictures: PathBuf,
    /// Whether these are the emulator's.
    pub emulator: bool,
}

impl Places {
    /// From the options and the environment.
    pub fn new(args: &StoreArgs, environment: Environment) -> Result<Self, SettingsError> {
        let emulator = args.ledger.emulator;
        let output = if emulator { args.output.join("emulator") } else { args.output.clone() };
        let ledger = ledger_path(&args.ledger, environment)?;
        Ok(Self { ledger, pictures: output.join("pictures"), output, emulator })
    }

    /// The folder of a campaign's bundle.
    pub fn campaign(&self, name: &CampaignName) -> PathBuf {
        self.output.join(name.as_str())
    }
}

/// The ledger's file: the emulator's never is the real one.
pub fn ledger_path(args: &LedgerArgs, environment: Environment) -> Result<PathBuf, SettingsError> {
    let real = environment(LEDGER_VARIABLE)
        .filter(|value| !value.is_empty())
        .map_or_else(|| PathBuf::from("output/ledger.sqlite"), PathBuf::from);
    if !args.emulator {
        return Ok(args.ledger.clone().unwrap_or(real));
    }
    let ledger = args.ledger.clone().unwrap_or_else(|| PathBuf::from("output/emulator/ledger.sqlite"));
    if ledger == real || same_file(&ledger, &real) {
        return Err(SettingsError::RealLedger(ledger));
    }
    Ok(ledger)
}

/// Whether two paths lead to one file that exists.
pub fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Which of an account's places a verb needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The appid: nothing is asked of the platform.
    Appid,
    /// The secret too.
    Secret,
}

/// An account whose places were looked up.
#[derive(Debug, Clone)]
pub struct ResolvedAccount {
    /// What `accounts.yaml` says.
    pub account: Account,
    /// Its appid; with `--emulator` perhaps a made-up one.
    pub appid: AppId,
    /// Its secret, where the verb needs it and the account is in use; with `--emulator` the emulator's.
    pub secret: Option<AppSecret>,
    /// Whether every request stays on this machine.
    pub is_loopback: bool,
}

/// Accounts that were looked up, and what is to be said about them.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// The accounts whose appid is known.
    pub accounts: BTreeMap<AccountName, ResolvedAccount>,
    /// One line each.
    pub warnings: Vec<String>,
}

/// Looks up the places of a folder's accounts.
///
/// Those `in_use` must have everything the verb needs. Of others only the appid is looked up, quietly, so that codes
/// of an account that no campaign uses any more can retire.
pub fn resolve(
    folder: &Folder,
    in_use: &dyn Fn(&AccountName) -> bool,
    emulator: bool,
    need: Need,
    environment: Environment,
) -> Result<Resolved, SettingsError> {
    let mut resolved = Resolved::default();
    let mut faults = Vec::new();
    for (name, account) in &folder.accounts {
        let used = in_use(name);
        let lookup = Lookup { account, root: &folder.root, environment };
        let appid = if emulator { Ok(lookup.emulator_appid()) } else { lookup.appid() };
        let secret = match (emulator, need) {
            (true, _) => Ok(Some(AppSecret::new(EMULATOR_SECRET))),
            (false, Need::Secret) if used => lookup.secret(&mut resolved.warnings).map(Some),
            (false, _) => Ok(None),
        };
        match (appid, secret) {
            (Ok(appid), Ok(secret)) => {
                let is_loopback = emulator || account.is_loopback();
                let account = ResolvedAccount { account: account.clone(), appid, secret, is_loopback };
                resolved.accounts.insert(name.clone(), account);
            }
            (appid, secret) if used => faults.extend(appid.err().into_iter().chain(secret.err())),
            _ => {}
        }
    }
    faults.extend(twins(&resolved.accounts));
    if !faults.is_empty() {
        return Err(SettingsError::Accounts(faults));
    }
    let mut asked = resolved.accounts.values().filter(|account| account.secret.is_some());
    match proxy::malformed(environment) {
        Some(variable) if asked.any(|account| !account.is_loopback) => Err(SettingsError::Proxy(variable)),
        _ => Ok(resolved),
    }
}

/// Two accounts with one appid: the ledger could not tell their codes apart.
fn twins(accounts: &BTreeMap<AccountName, ResolvedAccount>) -> Vec<AccountFault> {
    let mut seen: BTreeMap<&AppId, &AccountName> = BTreeMap::new();
    let mut faults = Vec::new();
    for (name, account) in accounts {
        if let Some(first) = seen.insert(&account.appid, name) {
            let message = format!("the accounts `{}` and `{}` have one appid", first.shown(), name.shown());
            let help = "keep one of them and let all their campaigns name it";
            faults.push(AccountFault {
                account: name.clone(),
                part: AccountPart::Appid,
                kind: "same-appid",
                message,
                help: help.to_owned(),
            });
        }
    }
    faults
}

struct Lookup<'a> {
    account: &'a Account,
    root: &'a Path,
    environment: Environment<'a>,
}

/// What is wrong with a text that should be a secret, whatever it was read from; the text is never repeated.
fn secret_fault(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.is_empty() {
        Some("is empty")
    } else if text.contains(char::is_whitespace) {
        Some("holds more than one word")
    } else if text.chars().any(|c| c.is_control() || is_invisible(c)) {
        Some("holds a control character or an invisible one")
    } else {
        None
    }
}

impl Lookup<'_> {
    fn fault(&self, part: AccountPart, kind: &'static str, message: String, help: &str) -> AccountFault {
        AccountFault { account: self.account.name.clone(), part, kind, message, help: help.to_owned() }
    }

    fn name(&self) -> &str {
        self.account.name.shown()
    }

    fn variable_fault(
        &self,
        variable: &str,
        part: AccountPart,
        kind: &'static str,
        what: &str,
    ) -> AccountFault {
        let purpose = if part == AccountPart::Appid { "appid" } else { "secret" };
        // A secret may have been written where a variable's name belongs.
        let shown = if looks_secret(variable) && !variable.contains('_') { "…" } else { variable };
        let message = format!("{shown}, the {purpose} of account `{}`, {what}", self.name());
        let value = if part == AccountPart::Appid { "wx…" } else { "…" };
        let mut help = match kind {
            "unset-variable" => {
                format!("set it (export {shown}={value}), or rehearse without credentials: --emulator")
            }
            "bad-appid" => {
                "an appid looks like wx0123456789abcdef; was it exchanged with the secret?".to_owned()
            }
            _ => format!("it must hold the {purpose} and nothing else"),
        };
        let file = self.root.join(ACCOUNTS);
        if !file.exists() {
            let _ = write!(help, "; there is no {}, so this variable is asked for", file.display());
        }
        self.fault(part, kind, message, &help)
    }

    fn appid(&self) -> Result<AppId, AccountFault> {
        match &self.account.appid {
            Place::Variable(variable) => {
                // The value is not shown: it may be a secret that was put into the wrong variable.
                let wrong =
                    || self.variable_fault(variable, AccountPart::Appid, "bad-appid", "holds no appid");
                AppId::new(&self.variable(variable, AccountPart::Appid)?).ok_or_else(wrong)
            }
            place => {
                let literal = if let Place::Literal(text) = place { AppId::new(text) } else { None };
                literal.ok_or_else(|| {
                    let message = format!("account `{}` has no appid that can be used", self.name());
                    let help = "1 to 64 letters, digits, `_` and `-`, like wx0123456789abcdef";
                    self.fault(AccountPart::Appid, "bad-appid", message, help)
                })
            }
        }
    }

    /// The literal appid, or one made from the account's name, so that no variable is needed.
    fn emulator_appid(&self) -> AppId {
        let name = self.account.name.as_str();
        let literal = match &self.account.appid {
            Place::Literal(text) => AppId::new(text),
            Place::Variable(_) | Place::File(_) => None,
        };
        let made = || {
            let kept: String = name.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
            let hash = Digest::of(name.as_bytes()).to_string();
            let text = match (kept == name, kept.is_empty()) {
                (true, _) => format!("wxemulator-{kept}"),
                (false, true) => format!("wxemulator-{}", &hash[..8]),
                (false, false) => format!("wxemulator-{kept}-{}", &hash[..8]),
            };
            AppId::new(&text)
        };
        literal.or_else(made).expect("ASCII letters, digits and hyphens, at most 52, make an appid")
    }

    fn secret(&self, warnings: &mut Vec<String>) -> Result<AppSecret, AccountFault> {
        let text = match &self.account.secret {
            Place::Variable(variable) => {
                let text = self.variable(variable, AccountPart::Secret)?;
                if let Some(what) = secret_fault(&text) {
                    return Err(self.variable_fault(variable, AccountPart::Secret, "secret-value", what));
                }
                text
            }
            Place::File(path) => self.secret_file(path, warnings)?,
            Place::Literal(_) => {
                let message = format!("the secret of account `{}` must not stand in the file", self.name());
                let help = "write secret: ${WECHAT_SECRET} and set that variable";
                return Err(self.fault(AccountPart::Secret, "literal-secret", message, help));
            }
        };
        Ok(AppSecret::new(&text))
    }

    fn variable(&self, variable: &str, part: AccountPart) -> Result<String, AccountFault> {
        let fault = |what| self.variable_fault(variable, part, "unset-variable", what);
        let value = (self.environment)(variable).ok_or_else(|| fault("is not set"))?;
        let value = value.into_string().map_err(|_| fault("is no UTF-8 text"))?;
        if value.trim().is_empty() { Err(fault("is empty")) } else { Ok(value) }
    }

    /// The path is never shown: a secret may have been written in its place.
    fn secret_file(&self, path: &Path, warnings: &mut Vec<String>) -> Result<String, AccountFault> {
        let fault = |what: &str, help: &str| {
            let message = format!("the secret_file of account `{}` {what}", self.name());
            self.fault(AccountPart::Secret, "secret-value", message, help)
        };
        let only = "it must hold the secret and nothing else";
        let bytes = fsio::read_limited(path, SECRET_FILE_LIMIT).map_err(|error| {
            if error.is_too_large() {
                return fault("is larger than 4 KiB", only);
            }
            let help = "secret_file: PATH, from the folder of accounts.yaml; see that it is there and its permissions";
            fault(&format!("cannot be read: {}", said_by(&error.source)), help)
        })?;
        let text = String::from_utf8(bytes).map_err(|_| fault("is no UTF-8 text", only))?;
        if let Some(what) = secret_fault(&text) {
            return Err(fault(what, only));
        }
        if is_world_readable(path) {
            warnings.push(format!(
                "the secret_file of account {} can be read by everybody on this machine: chmod 600 it",
                self.name()
            ));
        }
        Ok(text)
    }
}

/// What the system says, without its number.
fn said_by(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

fn is_world_readable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

/// Options and environment that do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Accounts that cannot be used: all of them, one a line.
    #[error("{}", .0.iter().map(|f| format!("{}: {}", f.message, f.help)).collect::<Vec<_>>().join("\n"))]
    Accounts(Vec<AccountFault>),
    /// `--emulator` with the real ledger.
    #[error(
        "{} is the real ledger: with --emulator it would fill with codes that nobody can scan; leave --ledger out, or name another file",
        .0.display()
    )]
    RealLedger(PathBuf),
    /// A proxy that cannot be understood. Its value is not shown: it may hold a password.
    #[error(
        "{0} is set, but to nothing that is a proxy, and requests would go without one: write http://HOST:PORT into it, or unset it"
    )]
    Proxy(&'static str),
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
