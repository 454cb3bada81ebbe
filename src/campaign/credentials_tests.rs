use std::os::unix::fs::PermissionsExt;

use super::*;

fn account(name: &str, appid: AppIdSource, secret: SecretSource) -> Account {
    Account::new(AccountName::new(name).expect("a name"), appid, secret)
}

fn variable(name: &str) -> AppIdSource {
    AppIdSource::Variable(name.to_owned())
}

fn literal(appid: &str) -> AppIdSource {
    AppIdSource::Literal(AppId::new(appid).expect("an appid"))
}

fn secret(name: &str) -> SecretSource {
    SecretSource::Variable(name.to_owned())
}

fn folder(root: &Path, accounts: Vec<Account>) -> Folder {
    Folder {
        hooks: None,
        root: root.to_owned(),
        accounts: accounts.into_iter().map(|account| (account.name.clone(), account)).collect(),
        campaigns: Vec::new(),
        selected: std::collections::BTreeSet::new(),
        whole: true,
        broken: Vec::new(),
    }
}

fn of(variables: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<OsString> {
    |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
}

fn told(faults: &[AccountFault]) -> String {
    faults.iter().map(|fault| format!("{}: {}", fault.message, fault.help)).collect::<Vec<_>>().join("\n")
}

fn resolve_all(
    folder: &Folder,
    emulator: bool,
    need: Need,
    variables: &'static [(&'static str, &'static str)],
) -> Result<Resolved, String> {
    resolve(folder, &|_| true, emulator, need, &of(variables)).map_err(|faults| told(&faults))
}

fn default_account() -> Vec<Account> {
    vec![account("default", variable("APPID"), secret("SECRET"))]
}

#[test]
fn appids_and_secrets_come_from_variables() {
    let folder = folder(Path::new("nowhere"), default_account());
    let variables = &[("APPID", "wx1"), ("SECRET", "hunter2")];
    let resolved = resolve_all(&folder, false, Need::Secret, variables).expect("resolved");
    let account = &resolved.accounts[&AccountName::default()];
    assert_eq!(account.appid.as_str(), "wx1");
    assert_eq!(account.secret.as_ref().map(AppSecret::expose), Some("hunter2"));
    assert!(!account.is_loopback);
    assert!(!format!("{resolved:?}").contains("hunter2"));

    let resolved = resolve_all(&folder, false, Need::Appid, &[("APPID", "wx1")]).expect("resolved");
    assert!(resolved.accounts[&AccountName::default()].secret.is_none());
}

#[test]
fn every_variable_that_is_missing_or_empty_is_named_at_once() {
    let folder = folder(Path::new("nowhere"), default_account());
    let error = resolve_all(&folder, false, Need::Secret, &[("SECRET", " ")]).expect_err("faults");
    assert_eq!(
        error,
        "APPID, the appid of account `default`, is not set: set it (export APPID=wx…), or rehearse without \
         credentials: --emulator; there is no nowhere/accounts.yaml, so this variable is asked for\n\
         SECRET, the secret of account `default`, is empty: set it (export SECRET=…), or rehearse without \
         credentials: --emulator; there is no nowhere/accounts.yaml, so this variable is asked for"
    );
}

#[test]
fn what_a_variable_holds_is_never_repeated() {
    let folder = folder(Path::new("."), default_account());
    let error = resolve_all(&folder, false, Need::Appid, &[("APPID", "hunter 2")]).expect_err("a fault");
    assert!(error.starts_with("APPID, the appid of account `default`, holds no appid: "), "{error}");
    assert!(!error.contains("hunter"), "{error}");
    for (secret, words) in [
        ("hunter 2", "holds more than one word"),
        ("hunter\u{1b}2", "holds a control character or an invisible one"),
        ("hunter\u{200b}2", "holds a control character or an invisible one"),
    ] {
        let look = |name: &str| Some(OsString::from(if name == "APPID" { "wx1" } else { secret }));
        let error = told(&resolve(&folder, &|_| true, false, Need::Secret, &look).expect_err("a fault"));
        assert!(error.contains(words) && !error.contains("hunter"), "{error}");
    }
}

#[test]
fn accounts_that_are_not_in_use_need_nothing() {
    let folder = folder(
        Path::new("."),
        vec![account("a", variable("UNSET"), secret("UNSET")), account("b", literal("wxb"), secret("UNSET"))],
    );
    let resolved = resolve(&folder, &|_| false, false, Need::Secret, &of(&[])).expect("resolved");
    let names: Vec<_> = resolved.accounts.keys().map(AccountName::as_str).collect();
    assert_eq!(names, ["b"]);
    assert!(resolved.accounts.values().all(|account| account.secret.is_none()));
}

#[test]
fn two_accounts_with_one_appid_are_refused() {
    let folder = folder(
        Path::new("campaigns"),
        vec![account("a", literal("wx1"), secret("S")), account("b", variable("APPID"), secret("S"))],
    );
    let error = resolve_all(&folder, false, Need::Appid, &[("APPID", "wx1")]).expect_err("a fault");
    assert_eq!(
        error,
        "the accounts `a` and `b` have one appid: keep one of them and let all their campaigns name it"
    );
}

#[test]
fn the_emulator_needs_no_variable_and_keeps_accounts_apart() {
    let accounts = vec![
        account("default", variable("UNSET"), secret("UNSET")),
        account("门店", variable("UNSET"), secret("UNSET")),
        account("shop 1", variable("UNSET"), secret("UNSET")),
        account("literal", literal("wx1"), secret("UNSET")),
    ];
    let folder = folder(Path::new("."), accounts);
    let resolved = resolve_all(&folder, true, Need::Secret, &[]).expect("resolved");
    let appids: Vec<_> = resolved.accounts.values().map(|account| account.appid.as_str()).collect();
    assert_eq!(appids, ["wxemulator-default", "wx1", "wxemulator-shop1-f4e8be7e", "wxemulator-68f34aa5"]);
    assert!(resolved.accounts.values().all(|account| account.is_loopback && account.secret.is_some()));
}

#[test]
fn a_secret_file_holds_one_word_and_nobody_else_should_read_it() {
    let root = tempfile::tempdir().expect("a folder");
    let path = root.path().join("secret");
    let folder =
        folder(root.path(), vec![account("default", literal("wx1"), SecretSource::File(path.clone()))]);
    let ask = |text: &[u8], mode: u32| {
        fsio::write_atomic(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        resolve_all(&folder, false, Need::Secret, &[])
    };
    let missing = resolve_all(&folder, false, Need::Secret, &[]).expect_err("a fault");
    assert!(
        missing
            .starts_with("the secret_file of account `default` cannot be read: No such file or directory: "),
        "{missing}"
    );
    assert!(!missing.contains(&*path.to_string_lossy()), "{missing}");

    let resolved = ask(b"hunter2\n", 0o600).expect("resolved");
    assert!(resolved.warnings.is_empty());
    let secret = resolved.accounts[&AccountName::default()].secret.as_ref().map(AppSecret::expose);
    assert_eq!(secret, Some("hunter2"));

    let resolved = ask(b"hunter2\n", 0o644).expect("resolved");
    assert!(resolved.warnings[0].contains("can be read by everybody"), "{:?}", resolved.warnings);

    for (text, words) in [
        (&b" \n"[..], "is empty"),
        (b"hunter2 hunter3", "holds more than one word"),
        (b"\xff\xfe", "is no UTF-8 text"),
        (&[b'x'; 5000], "is larger than 4 KiB"),
    ] {
        let error = ask(text, 0o600).expect_err("a fault");
        assert!(error.contains(words) && !error.contains("hunter"), "{error}");
    }
}
