//! `accounts.yaml`: where credentials are to be found, and where requests go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::fields::{Entry, Fields, Reader, Stated};
use super::keys::{Key, Scope};
use super::problem::{AccountPart, AccountPositions, Findings, Source};
use super::tree::{self, Node, Value};
use super::value;
use crate::model::{Account, AccountName, AppId, BaseUrl, Mistake, Place, Rate, in_ticks};

/// The file's name.
pub(super) const FILE_NAME: &str = "accounts.yaml";

/// The variable that the secret is expected in if no file says.
const SECRET_VARIABLE: &str = "WECHAT_SECRET";

/// The accounts; `None` for one that is there and wrong.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub by_name: BTreeMap<AccountName, Option<Account>>,
    pub positions: AccountPositions,
    /// The variables that hold secrets. If the file has problems, every word in it: what was meant is not known.
    /// `None` if not even those can be known.
    pub secret_variables: Option<BTreeSet<String>>,
    /// The files that hold secrets, without links, and whose they are: nothing in them is ever shown.
    pub secret_files: BTreeMap<PathBuf, AccountName>,
    /// The file is there and could not be read, so that nothing is known of what is in it.
    pub unreadable: bool,
}

impl Accounts {
    /// The accounts of a folder without `accounts.yaml`: `default`, from two variables.
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
pub(super) fn read(file: u32, source: &Source, folder: &Path, findings: &mut Findings) -> Accounts {
    let errors = findings.errors();
    let mut accounts = Accounts { unreadable: true, ..Accounts::default() };
    accounts.positions.file = Some(file);
    accounts.secret_variables = Some(every_word(&source.text));
    let Some(node) = tree::parse(&source.text, file, findings) else { return accounts };
    if matches!(node.value, Value::Null) {
        findings.empty_file(file, source);
        return accounts;
    }
    let mut reader = Reader::new(file, source, findings);
    let Some(entries) = reader.entries(&node, "accounts.yaml") else { return accounts };
    accounts.unreadable = false;
    for (name, key, node) in entries {
        let name = AccountName::new(name).ok_or_else(|| {
            Mistake::new("empty-text", "the account's name is empty or holds a control character")
                .help("a name is any text people can read, such as default")
        });
        let Some(name) = reader.checked(key, name) else { continue };
        let parts = [
            (AccountPart::Name, Some(key)),
            (AccountPart::Appid, node.value_of("appid")),
            (AccountPart::Secret, node.value_of("secret_file").or_else(|| node.value_of("secret"))),
        ];
        for (part, node) in parts {
            if let Some(node) = node {
                accounts.positions.parts.insert((name.clone(), part), reader.position(node));
            }
        }
        // Also of an account that is wrong.
        if let Some(Value::Text(path)) = node.value_of("secret_file").map(|node| &node.value)
            && let Ok(path) = folder.join(path.trim()).canonicalize()
        {
            accounts.secret_files.insert(path, name.clone());
        }
        let account = account(&name, node, folder, &mut reader);
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
    if findings.errors() > errors {
        // An account may have been dropped, such as the second of one name: what it names may be a secret.
        variables.append(&mut every_word(&source.text));
    }
    accounts.secret_variables = Some(variables);
    accounts
}

/// Everything in a text that may be meant as the name of a variable, and the usual one. `PATH` and `HOME` are left out:
/// without them no hook would be found.
fn every_word(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words = words.filter(|word| !word.is_empty() && !matches!(*word, "PATH" | "HOME"));
    words.chain([SECRET_VARIABLE]).map(str::to_owned).collect()
}

fn account(name: &AccountName, node: &Node<'_>, folder: &Path, reader: &mut Reader<'_>) -> Option<Account> {
    let errors = reader.findings.errors();
    let fields = reader.fields(node, "an account", Scope::Account)?;
    let appid = reader.parsed(&fields, "appid", appid);
    if appid == Stated::No {
        missing(node, name, "appid", "the literal appid is best, it is no secret", reader);
    }
    let secret = secret(&fields, node, name, folder, reader);
    let api_url = url(&fields, "api_url", Account::API_URL, reader);
    let image_url = url(&fields, "image_url", Account::IMAGE_URL, reader);
    let rate = reader.parsed(&fields, "rate", value::rate).value();
    let daily_quota = reader.stated(&fields, "daily_quota", daily_quota).value();
    let elsewhere = reader.stated(&fields, "permanents_used_elsewhere", used_elsewhere).value();
    let account = Account {
        name: name.clone(),
        appid: appid.value()?,
        secret: secret?,
        api_url: api_url?,
        image_url: image_url?,
        rate: rate.unwrap_or(Rate::DEFAULT),
        daily_quota: daily_quota.unwrap_or(Account::DAILY_QUOTA),
        permanents_used_elsewhere: elsewhere.unwrap_or_default(),
    };
    (reader.findings.errors() == errors).then_some(account)
}

fn missing(node: &Node<'_>, name: &AccountName, key: &str, help: &str, reader: &mut Reader<'_>) {
    let message = format!("the account {} has no `{key}`", in_ticks(name.as_str()));
    reader.findings.error(reader.position(node), "missing-field", message).help(help);
}

fn daily_quota(reader: &mut Reader<'_>, key: &Key, node: &Node<'_>) -> Option<u64> {
    let quota = reader.whole_number(key, node)?;
    let zero = || {
        Mistake::new("zero-quota", "with a `daily_quota` of 0 nothing can be issued")
            .help("leave it out: the platform's 100,000 is the default")
    };
    reader.checked(node, if quota == 0 { Err(zero()) } else { Ok(quota) })
}

fn used_elsewhere(reader: &mut Reader<'_>, key: &Key, node: &Node<'_>) -> Option<u64> {
    let used = reader.whole_number(key, node)?;
    let too_many = || {
        Mistake::new("over-the-pool", "`permanents_used_elsewhere` is more than an account can have")
            .help("an account has 100,000 permanent codes for its life; this ledger's own do not count here")
    };
    reader.checked(node, if used > Account::PERMANENT_POOL { Err(too_many()) } else { Ok(used) })
}

fn appid(text: &str) -> Result<Place, Mistake> {
    let text = text.trim();
    if text.contains('$') {
        return variable(text);
    }
    AppId::new(text).map(|appid| Place::Literal(appid.as_str().to_owned())).ok_or_else(|| {
        Mistake::new("bad-appid", "this is no appid: letters, digits, `_` and `-` only")
            .help("an appid looks like wx0123456789abcdef")
    })
}

fn secret(
    fields: &Fields<'_, '_>,
    node: &Node<'_>,
    name: &AccountName,
    folder: &Path,
    reader: &mut Reader<'_>,
) -> Option<Place> {
    match (fields.get("secret"), fields.get("secret_file")) {
        (Some(first), Some(second)) => {
            let (first, second) = (reader.position(first.name), reader.position(second.name));
            reader
                .findings
                .error(second, "two-secrets", "an account has `secret` or `secret_file`, not both")
                .see(first, "`secret` is here")
                .help("keep one of the two");
            None
        }
        (None, None) => {
            if !fields.is_meant("secret") && !fields.is_meant("secret_file") {
                missing(node, name, "secret", "secret: ${WECHAT_SECRET}, or secret_file: PATH", reader);
            }
            None
        }
        (Some(Entry { key, value, .. }), None) => {
            // Whatever its type, what stands here may be a secret, so no word of it is repeated.
            let text = match &value.value {
                Value::Text(text) => text.trim(),
                Value::Null => reader.text(key, value)?,
                Value::Bool(_) | Value::Number | Value::Seq(_) | Value::Map(_) => "",
            };
            let literal = || {
                Mistake::new("literal-secret", "a secret must not stand in a file that is kept in git").help(
                    "write secret: ${WECHAT_SECRET} and set that variable, or secret_file: PATH; \
                     if this file was ever shared, reset the secret",
                )
            };
            reader.checked(value, if text.contains('$') { variable(text) } else { Err(literal()) })
        }
        (None, Some(Entry { key, value, .. })) => {
            let text = reader.text(key, value)?.trim();
            let is_path = !text.is_empty() && !text.contains('\0');
            let path = is_path.then(|| Place::File(folder.join(text))).ok_or_else(|| {
                Mistake::new("empty-text", "`secret_file` must be the path of a file")
                    .help("secret_file: PATH, from the folder of accounts.yaml")
            });
            reader.checked(value, path)
        }
    }
}

/// Reads `${NAME}`.
fn variable(text: &str) -> Result<Place, Mistake> {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|name| {
        let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
        name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
    });
    name.map(|name| Place::Variable(name.to_owned())).ok_or_else(|| {
        Mistake::new("bad-variable", "this is not the name of a variable")
            .help("a variable is written ${NAME}, with nothing before or after it")
    })
}

fn url(fields: &Fields<'_, '_>, name: &str, default: &str, reader: &mut Reader<'_>) -> Option<BaseUrl> {
    let read = |text: &str| BaseUrl::new(text).map_err(|mistake| mistake.of(&in_ticks(name)));
    let url = reader.parsed(fields, name, read);
    match url {
        Stated::Is(url) => Some(url),
        Stated::No => Some(known_url(default)),
        Stated::Wrong => None,
    }
}
