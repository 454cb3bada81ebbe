//! `accounts.yaml`: where credentials are to be found, and where requests go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::document::empty_file;
use super::mask::ACCOUNT_KEYS;
use super::problem::{Findings, Source, Spot};
use super::value;
use super::yaml::{self, Fields, Node, Reader, Value};
use crate::model::{Account, AccountName, AppId, BaseUrl, BaseUrlError, Place, Rate};
use crate::table::{Mistake, quoted};

/// The file's name.
pub(super) const FILE_NAME: &str = "accounts.yaml";

/// Where the secret is expected where no file says.
const SECRET_VARIABLE: &str = "WECHAT_SECRET";

/// The accounts; `None` for one that is there and wrong.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub by_name: BTreeMap<AccountName, Option<Account>>,
    /// The file's index among the sources, and where in it an account has what; empty without the file.
    pub places: AccountPlaces,
    /// The variables that secrets are in; where the file has problems every word of it, for what was meant is not known.
    /// `None` where not even those can be known.
    pub secret_variables: Option<BTreeSet<String>>,
    /// The files that hold secrets, without links, and whose they are: nothing of them is ever shown.
    pub secret_files: BTreeMap<PathBuf, AccountName>,
    /// The file is there and could not be read, so that nothing is known of what is in it.
    pub unreadable: bool,
}

/// Where in `accounts.yaml` accounts have what.
#[derive(Debug, Default)]
pub(super) struct AccountPlaces {
    pub file: Option<usize>,
    pub spots: BTreeMap<(AccountName, AccountPart), Spot>,
}

/// What of an account a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountPart {
    /// The account as a whole.
    Name,
    /// Its `appid`.
    Appid,
    /// Its `secret` or `secret_file`.
    Secret,
}

impl Accounts {
    /// Those of a folder without `accounts.yaml`: the account `default`, from two variables.
    pub(super) fn without_file() -> Self {
        let account = Account {
            name: AccountName::default(),
            appid: Place::Variable("WECHAT_APPID".to_owned()),
            secret: Place::Variable(SECRET_VARIABLE.to_owned()),
            api_url: known_url(Account::API_URL),
            image_url: known_url(Account::IMAGE_URL),
            rate: Rate::DEFAULT,
            daily_quota: Account::DAILY_QUOTA,
            permanents_used_elsewhere: 0,
        };
        Self {
            by_name: BTreeMap::from([(AccountName::default(), Some(account))]),
            secret_variables: Some(BTreeSet::from([SECRET_VARIABLE.to_owned()])),
            ..Self::default()
        }
    }
}

fn known_url(text: &str) -> BaseUrl {
    BaseUrl::new(text).expect("the platform's own url")
}

/// Reads the file.
pub(super) fn read(file: usize, source: &Source, folder: &Path, findings: &mut Findings) -> Accounts {
    let errors = findings.errors();
    let mut accounts = Accounts::default();
    accounts.places.file = Some(file);
    accounts.secret_variables = Some(every_word(&source.text));
    let Some(node) = yaml::parse(&source.text, file, findings) else {
        accounts.unreadable = true;
        return accounts;
    };
    let mut reader = Reader { file, text: &source.text, findings };
    if matches!(node.value, Value::Null) {
        empty_file(file, source, reader.findings);
        accounts.unreadable = true;
        return accounts;
    }
    let Some(entries) = reader.entries(&node, "accounts.yaml") else {
        accounts.unreadable = true;
        return accounts;
    };
    for (name, key, value) in entries {
        let Some(name) = AccountName::new(name) else {
            reader.wrong(
                key,
                Mistake::new("empty-text", "the account's name is empty or holds a control character")
                    .help("a name is any text people can read, such as default"),
            );
            continue;
        };
        let spots = &mut accounts.places.spots;
        spots.insert((name.clone(), AccountPart::Name), key.spot());
        let parts = [
            ("appid", AccountPart::Appid),
            ("secret", AccountPart::Secret),
            ("secret_file", AccountPart::Secret),
        ];
        for (key, part) in parts {
            if let Some(value) = value.value_of(key) {
                spots.insert((name.clone(), part), value.spot());
            }
        }
        // Of an account that is wrong, too.
        if let Some(Value::Text(path)) = value.value_of("secret_file").map(|node| &node.value)
            && let Ok(path) = folder.join(path.trim()).canonicalize()
        {
            accounts.secret_files.insert(path, name.clone());
        }
        let account = account(&name, value, folder, &mut reader);
        accounts.by_name.insert(name, account);
    }
    let mut variables = BTreeSet::new();
    for account in accounts.by_name.values().flatten() {
        match &account.secret {
            Place::Variable(name) => drop(variables.insert(name.clone())),
            // `secret_file: ${NAME}` is no variable, but it may have been meant as one.
            Place::File(path) => variables.append(&mut every_word(&path.to_string_lossy())),
            Place::Literal(_) => {}
        }
    }
    if reader.findings.errors() > errors {
        // An account may have been dropped, such as the second of one name: what it names may be a secret.
        variables.append(&mut every_word(&source.text));
    }
    accounts.secret_variables = Some(variables);
    accounts
}

/// Everything in a text that may be meant as the name of a variable, however it is written, and the usual one. Without
/// these two no program would be found.
fn every_word(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words = words.filter(|word| !word.is_empty() && !matches!(*word, "PATH" | "HOME"));
    words.chain([SECRET_VARIABLE]).map(str::to_owned).collect()
}

fn account(name: &AccountName, node: &Node<'_>, folder: &Path, reader: &mut Reader<'_>) -> Option<Account> {
    let errors = reader.findings.errors();
    let fields = reader.fields(node, "an account", &ACCOUNT_KEYS)?;
    let appid = match fields.get("appid") {
        Some(node) => appid(node, reader),
        None if fields.is_meant("appid") => None,
        None => missing(node, name, "appid", "the literal appid is best, it is no secret", reader),
    };
    let secret = secret(&fields, node, name, folder, reader);
    let api_url = url(&fields, "api_url", Account::API_URL, reader);
    let image_url = url(&fields, "image_url", Account::IMAGE_URL, reader);
    let rate = fields.get("rate").map_or(Some(Rate::DEFAULT), |node| {
        let text = match &node.value {
            Value::Number => node.written(reader.text),
            _ => reader.text("rate", node)?,
        };
        value::rate(text).map_err(|wrong| reader.wrong(node, wrong)).ok()
    });
    let daily_quota = fields.get("daily_quota").map_or(Some(Account::DAILY_QUOTA), |node| {
        let quota = reader.whole_number("daily_quota", node)?;
        if quota == 0 {
            let wrong = Mistake::new("zero-quota", "with a `daily_quota` of 0 nothing can be issued");
            reader.wrong(node, wrong.help("leave it out: the platform's 100,000 is the default"));
        }
        Some(quota)
    });
    let elsewhere = fields.get("permanents_used_elsewhere").map_or(Some(0), |node| {
        let used = reader.whole_number("permanents_used_elsewhere", node)?;
        if used > Account::PERMANENT_POOL {
            let message = "`permanents_used_elsewhere` is more than an account can have";
            let help =
                "an account has 100,000 permanent codes for its life; this ledger's own do not count here";
            reader.wrong(node, Mistake::new("over-the-pool", message).help(help));
        }
        Some(used)
    });
    let account = Account {
        name: name.clone(),
        appid: appid?,
        secret: secret?,
        api_url: api_url?,
        image_url: image_url?,
        rate: rate?,
        daily_quota: daily_quota?,
        permanents_used_elsewhere: elsewhere?,
    };
    (reader.findings.errors() == errors).then_some(account)
}

fn missing<T>(
    node: &Node<'_>,
    name: &AccountName,
    key: &str,
    help: &str,
    reader: &mut Reader<'_>,
) -> Option<T> {
    let message = format!("the account {} has no `{key}`", quoted(name.as_str()));
    reader.findings.error(reader.place(node), "missing-field", message).help(help);
    None
}

fn appid(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Place> {
    let text = reader.text("appid", node)?.trim();
    if text.contains('$') {
        return variable(text, node, reader);
    }
    let appid = AppId::new(text).map(|appid| Place::Literal(appid.as_str().to_owned()));
    if appid.is_none() {
        let wrong = Mistake::new("bad-appid", "this is no appid: letters, digits, `_` and `-` only");
        reader.wrong(node, wrong.help("an appid looks like wx0123456789abcdef"));
    }
    appid
}

fn secret(
    fields: &Fields<'_, '_>,
    node: &Node<'_>,
    name: &AccountName,
    folder: &Path,
    reader: &mut Reader<'_>,
) -> Option<Place> {
    match (fields.entry("secret"), fields.entry("secret_file")) {
        (Some((first, _)), Some((second, _))) => {
            let place = reader.place(first);
            reader
                .findings
                .error(
                    reader.place(second),
                    "two-secrets",
                    "an account has `secret` or `secret_file`, not both",
                )
                .see(place, "`secret` is here")
                .help("keep one of the two");
            None
        }
        (None, None) if fields.is_meant("secret") || fields.is_meant("secret_file") => None,
        (None, None) => {
            missing(node, name, "secret", "secret: ${WECHAT_SECRET}, or secret_file: PATH", reader)
        }
        (Some((_, node)), None) => {
            // Whatever its type, what stands here may be a secret, so no word of it is repeated.
            let text = match &node.value {
                Value::Text(text) => text.trim(),
                Value::Null => reader.text("secret", node)?,
                Value::Bool(_) | Value::Number | Value::Seq(_) | Value::Map(_) => "",
            };
            if text.contains('$') {
                return variable(text, node, reader);
            }
            let wrong =
                Mistake::new("literal-secret", "a secret must not stand in a file that is kept in git");
            let help = "write secret: ${WECHAT_SECRET} and set that variable, or secret_file: PATH; \
                        if this file was ever shared, reset the secret";
            reader.wrong(node, wrong.help(help));
            None
        }
        (None, Some((_, node))) => {
            let text = reader.text("secret_file", node)?.trim();
            if text.is_empty() || text.contains('\0') {
                reader.wrong(
                    node,
                    Mistake::new("empty-text", "`secret_file` must be the path of a file")
                        .help("secret_file: PATH, from the folder of accounts.yaml"),
                );
                return None;
            }
            Some(Place::File(folder.join(text)))
        }
    }
}

/// `${NAME}`
fn variable(text: &str, node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Place> {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|name| {
        let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
        name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
    });
    if name.is_none() {
        let wrong = Mistake::new("bad-variable", "this is not the name of a variable");
        reader.wrong(node, wrong.help("a variable is written ${NAME}, with nothing before or after it"));
    }
    name.map(|name| Place::Variable(name.to_owned()))
}

fn url(fields: &Fields<'_, '_>, key: &str, default: &str, reader: &mut Reader<'_>) -> Option<BaseUrl> {
    let Some(node) = fields.get(key) else { return Some(known_url(default)) };
    match BaseUrl::new(reader.text(key, node)?) {
        Ok(url) => Some(url),
        Err(error) => {
            let kind = match error {
                BaseUrlError::NotAUrl => "bad-url",
                BaseUrlError::NotHttps => "not-https",
                BaseUrlError::Credentials => "url-with-credentials",
            };
            let wrong = Mistake::new(kind, format!("`{key}` {error}"));
            reader.wrong(node, wrong.help("https anywhere, http only to this machine"));
            None
        }
    }
}
