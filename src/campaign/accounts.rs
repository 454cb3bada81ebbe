//! `accounts.yaml`: where credentials are to be found, and where requests go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::fields::{Entry, Fields, Reader};
use super::keys::Scope;
use super::problem::{AccountPart, AccountPositions, Findings, Source};
use super::tree::{self, Node, Value};
use super::value;
use crate::model::{Account, AccountName, AppId, AppIdSource, BaseUrl, Mistake, SecretSource, in_ticks};

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
        let account = Account::new(
            AccountName::default(),
            AppIdSource::Variable("WECHAT_APPID".to_owned()),
            SecretSource::Variable(SECRET_VARIABLE.to_owned()),
        );
        Self {
            by_name: BTreeMap::from([(AccountName::default(), Some(account))]),
            secret_variables: Some(BTreeSet::from([SECRET_VARIABLE.to_owned()])),
            ..Self::default()
        }
    }
}

/// Reads the file.
pub(super) fn read(file: u32, source: &Source, folder: &Path, findings: &mut Findings) -> Accounts {
    let errors = findings.errors();
    let mut accounts = Accounts { unreadable: true, ..Accounts::default() };
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
        let secret = node.value_of("secret_file").or_else(|| node.value_of("secret"));
        for (part, node) in [(AccountPart::Appid, node.value_of("appid")), (AccountPart::Secret, secret)] {
            let position = reader.position(node.unwrap_or(key));
            accounts.positions.insert((name.clone(), part), position);
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
            SecretSource::Variable(name) => drop(variables.insert(name.clone())),
            // `secret_file: ${NAME}` is no variable, but it may have been meant as one.
            SecretSource::File(path) => variables.append(&mut every_word(&path.to_string_lossy())),
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
    let what = format!("the account {}", in_ticks(name.as_str()));
    reader.needs(&fields, &["appid"], &what, "the literal appid is best, it is no secret");
    let help = "secret: ${WECHAT_SECRET}, or secret_file: PATH";
    reader.needs(&fields, &["secret", "secret_file"], &what, help);
    let appid = reader.parsed(&fields, "appid", appid);
    let secret = secret(&fields, folder, reader);
    let api_url = url(&fields, "api_url", reader);
    let image_url = url(&fields, "image_url", reader);
    let rate = reader.parsed(&fields, "rate", value::rate);
    let daily_quota = number(&fields, "daily_quota", reader, |quota| {
        let message = "with a `daily_quota` of 0 nothing can be issued";
        let help = "leave it out: the platform's 100,000 is the default";
        (quota == 0).then(|| Mistake::new("zero-quota", message).help(help))
    });
    let elsewhere = number(&fields, "permanents_used_elsewhere", reader, |used| {
        value::over_the_pool("permanents_used_elsewhere", used).map(|over| {
            over.help(
                "an account has 100,000 permanent codes for its life; this ledger's own do not count here",
            )
        })
    });
    if reader.findings.errors() > errors {
        return None;
    }
    let usual = Account::new(name.clone(), appid?, secret?);
    Some(Account {
        api_url: api_url.unwrap_or(usual.api_url),
        image_url: image_url.unwrap_or(usual.image_url),
        rate: rate.unwrap_or(usual.rate),
        daily_quota: daily_quota.unwrap_or(usual.daily_quota),
        permanents_used_elsewhere: elsewhere.unwrap_or(usual.permanents_used_elsewhere),
        ..usual
    })
}

/// Reads a number that must be within bounds.
fn number(
    fields: &Fields<'_, '_>,
    name: &str,
    reader: &mut Reader<'_>,
    wrong: impl Fn(u64) -> Option<Mistake>,
) -> Option<u64> {
    let number = reader.whole_number(fields, name)?;
    reader.checked(fields.get(name)?.value, wrong(number).map_or(Ok(number), Err))
}

fn appid(text: &str) -> Result<AppIdSource, Mistake> {
    let text = text.trim();
    if text.contains('$') {
        return variable(text).map(AppIdSource::Variable);
    }
    AppId::new(text).map(AppIdSource::Literal).ok_or_else(|| {
        Mistake::new("bad-appid", "this is no appid: letters, digits, `_` and `-` only")
            .help("an appid looks like wx0123456789abcdef")
    })
}

fn secret(fields: &Fields<'_, '_>, folder: &Path, reader: &mut Reader<'_>) -> Option<SecretSource> {
    let both = Mistake::new("two-secrets", "an account has `secret` or `secret_file`, not both")
        .help("keep one of the two");
    let Entry { key, value, .. } = reader.one_of(fields, ["secret", "secret_file"], both)?;
    let source = if key.name == "secret_file" {
        let path =
            Some(reader.text(key, value)?.trim()).filter(|path| !path.is_empty() && !path.contains('\0'));
        path.map(|path| SecretSource::File(folder.join(path))).ok_or_else(|| {
            Mistake::new("empty-text", "`secret_file` must be the path of a file")
                .help("secret_file: PATH, from the folder of accounts.yaml")
        })
    } else {
        match &value.value {
            Value::Null => return reader.text(key, value).and(None),
            Value::Text(text) if text.contains('$') => variable(text.trim()).map(SecretSource::Variable),
            // Whatever its type, what stands here may be a secret, so no word of it is repeated.
            _ => Err(Mistake::new("literal-secret", "a secret must not stand in a file that is kept in git")
                .help(
                    "write secret: ${WECHAT_SECRET} and set that variable, or secret_file: PATH; \
                 if this file was ever shared, reset the secret",
                )),
        }
    };
    reader.checked(value, source)
}

/// Reads `${NAME}`.
fn variable(text: &str) -> Result<String, Mistake> {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|name| {
        let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
        name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
    });
    name.map(str::to_owned).ok_or_else(|| {
        Mistake::new("bad-variable", "this is not the name of a variable")
            .help("a variable is written ${NAME}, with nothing before or after it")
    })
}

fn url(fields: &Fields<'_, '_>, name: &str, reader: &mut Reader<'_>) -> Option<BaseUrl> {
    reader.parsed(fields, name, |text| BaseUrl::new(text).map_err(|mistake| mistake.of(&in_ticks(name))))
}
