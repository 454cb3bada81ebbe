//! Credentials: the appid and the secret of each account, from variables, files and `accounts.yaml`.
//!
//! No secret is ever repeated in a message, nor what stands where one belongs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::Folder;
use super::accounts::FILE_NAME;
use super::problem::{AccountFault, AccountPart};
use crate::fsio;
use crate::model::{
    Account, AccountName, AppId, AppIdSource, AppSecret, Digest, SecretSource, is_invisible, looks_secret,
};

/// The most bytes a secret file may have; an appsecret has 32.
const SECRET_FILE_LIMIT: u64 = 4096;

/// The secret of every account of the emulator.
const EMULATOR_SECRET: &str = "emulator-secret";

/// Looks up an environment variable. Tests hand in their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Which credentials of an account are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The appid: nothing is asked of the platform.
    Appid,
    /// The secret too.
    Secret,
}

/// An account with its credentials.
#[derive(Debug, Clone)]
pub struct ResolvedAccount {
    /// What `accounts.yaml` says.
    pub account: Account,
    /// Its appid; with `--emulator` perhaps a made-up one.
    pub appid: AppId,
    /// Its secret; with `--emulator` the emulator's. `None` if it is not needed or the account is not in use.
    pub secret: Option<AppSecret>,
    /// Whether every request stays on this machine.
    pub is_loopback: bool,
}

/// The accounts of a folder with their credentials, and warnings about them.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// The accounts whose appid is known.
    pub accounts: BTreeMap<AccountName, ResolvedAccount>,
    /// One line each.
    pub warnings: Vec<String>,
}

/// Looks up the credentials of a folder's accounts.
///
/// Accounts `in_use` must have everything that is needed: all that is missing is an error. Of other accounts only the
/// appid is looked up, without an error, so that codes of an account that no campaign uses any more can retire.
pub fn resolve(
    folder: &Folder,
    in_use: &dyn Fn(&AccountName) -> bool,
    emulator: bool,
    need: Need,
    environment: Environment,
) -> Result<Resolved, Vec<AccountFault>> {
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
    if faults.is_empty() { Ok(resolved) } else { Err(faults) }
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

/// What is wrong with a text that should be a secret. The text is never repeated.
fn secret_fault(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.is_empty() {
        Some("is empty")
    } else if is_quoted(text) {
        Some(IN_QUOTES)
    } else if text.contains(char::is_whitespace) {
        Some("holds more than one word")
    } else if text.chars().any(|c| c.is_control() || is_invisible(c)) {
        Some("holds a control character or an invisible one")
    } else {
        None
    }
}

/// Said of a value that stands in quotes.
const IN_QUOTES: &str = "stands in quotes";
/// What helps then.
const WITHOUT_QUOTES: &str =
    "write it without quotes, which `docker run --env-file` for one takes as part of it";

/// Whether a text begins or ends with a quotation mark, of whatever kind.
fn is_quoted(text: &str) -> bool {
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '「' | '」');
    text.trim().starts_with(is_quote) || text.trim().ends_with(is_quote)
}

impl Lookup<'_> {
    fn fault(&self, part: AccountPart, kind: &'static str, message: String, help: String) -> AccountFault {
        AccountFault { account: self.account.name.clone(), part, kind, message, help }
    }

    fn variable_fault(
        &self,
        variable: &str,
        part: AccountPart,
        kind: &'static str,
        what: &str,
    ) -> AccountFault {
        let (purpose, value) =
            if part == AccountPart::Appid { ("appid", "wx…") } else { ("secret", "…") };
        // A secret may have been written where a variable's name belongs.
        let shown = if looks_secret(variable) && !variable.contains('_') { "…" } else { variable };
        let message = format!("{shown}, the {purpose} of account `{}`, {what}", self.account.name.shown());
        let mut help = match kind {
            "unset-variable" => {
                format!("set it (export {shown}={value}), or rehearse without credentials: --emulator")
            }
            _ if what == IN_QUOTES => WITHOUT_QUOTES.to_owned(),
            "bad-appid" => {
                "an appid looks like wx0123456789abcdef; was it exchanged with the secret?".to_owned()
            }
            _ => format!("it must hold the {purpose} and nothing else"),
        };
        let file = self.root.join(FILE_NAME);
        if !file.exists() {
            help += &format!("; there is no {}, so this variable is asked for", file.display());
        }
        self.fault(part, kind, message, help)
    }

    fn appid(&self) -> Result<AppId, AccountFault> {
        match &self.account.appid {
            AppIdSource::Literal(appid) => Ok(appid.clone()),
            AppIdSource::Variable(variable) => {
                let part = AccountPart::Appid;
                let text = self.variable(variable, part)?;
                let what = if is_quoted(&text) { IN_QUOTES } else { "holds no appid" };
                // The value is not shown: it may be a secret that was put into the wrong variable.
                AppId::new(&text).ok_or_else(|| self.variable_fault(variable, part, "bad-appid", what))
            }
        }
    }

    /// The literal appid, or one made from the account's name, so that no variable is needed.
    fn emulator_appid(&self) -> AppId {
        if let AppIdSource::Literal(appid) = &self.account.appid {
            return appid.clone();
        }
        let name = self.account.name.as_str();
        let kept: String = name.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
        let hash = &Digest::of(name.as_bytes()).to_string()[..8];
        let text = match (kept == name, kept.is_empty()) {
            (true, _) => format!("wxemulator-{kept}"),
            (false, true) => format!("wxemulator-{hash}"),
            (false, false) => format!("wxemulator-{kept}-{hash}"),
        };
        AppId::new(&text).expect("ASCII letters, digits and hyphens, at most 52, make an appid")
    }

    fn secret(&self, warnings: &mut Vec<String>) -> Result<AppSecret, AccountFault> {
        let text = match &self.account.secret {
            SecretSource::File(path) => self.secret_file(path, warnings)?,
            SecretSource::Variable(variable) => {
                let text = self.variable(variable, AccountPart::Secret)?;
                if let Some(what) = secret_fault(&text) {
                    return Err(self.variable_fault(variable, AccountPart::Secret, "secret-value", what));
                }
                text
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

    /// Reads a secret file. The path is never shown, as a secret may have been written in its place.
    fn secret_file(&self, path: &Path, warnings: &mut Vec<String>) -> Result<String, AccountFault> {
        let fault = |what: &str, help: &str| {
            let message = format!("the secret_file of account `{}` {what}", self.account.name.shown());
            self.fault(AccountPart::Secret, "secret-value", message, help.to_owned())
        };
        let only = "it must hold the secret and nothing else";
        let bytes = fsio::read_limited(path, SECRET_FILE_LIMIT).map_err(|error| {
            if error.is_too_large() {
                return fault("is larger than 4 KiB", only);
            }
            let help = "secret_file: PATH, from the folder of accounts.yaml; see that it is there and its permissions";
            let text = error.source.to_string();
            // What the system says, without its number.
            fault(&format!("cannot be read: {}", text.split(" (os error").next().unwrap_or_default()), help)
        })?;
        let text = String::from_utf8(bytes).map_err(|_| fault("is no UTF-8 text", only))?;
        if let Some(what) = secret_fault(&text) {
            return Err(fault(what, if what == IN_QUOTES { WITHOUT_QUOTES } else { only }));
        }
        if is_world_readable(path) {
            warnings.push(format!(
                "the secret_file of account {} can be read by everybody on this machine: chmod 600 it",
                self.account.name.shown()
            ));
        }
        Ok(text)
    }
}

fn is_world_readable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
