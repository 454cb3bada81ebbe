//! Credentials that are missing or cannot be used: where accounts.yaml asks for them, and never what they are.

use crate::support::Workplace;

const END: &str = "error: credentials are missing or cannot be used: nothing was done\n";

/// A campaign of the account `default`, and accounts.
fn workplace(accounts: &str) -> Workplace {
    let workplace = Workplace::new();
    workplace.write("campaigns/metro.yaml", "codes:\n  - {scene: 1, channel: A, expires: 30d}\n");
    workplace.write("campaigns/accounts.yaml", accounts);
    workplace
}

/// The two stand beside one another in every file of credentials.
#[test]
fn a_secret_in_the_place_of_the_appid_is_refused_and_not_shown() {
    let secret = "0123456789abcdef0123456789abcdef";
    let workplace = workplace("default:\n  appid: ${WECHAT_APPID}\n  secret: ${WECHAT_SECRET}\n");
    let words = "\
error[bad-appid]: WECHAT_APPID, the appid of account `default`, holds no appid
 --> campaigns/accounts.yaml:2:10
  |
2 |   appid: ${WECHAT_APPID}
  |          ^^^^^^^^^^^^^^^
  |
  = help: an appid looks like wx0123456789abcdef; was it exchanged with the secret?

";
    for verb in ["plan", "status", "run"] {
        let told =
            workplace.run_with(&[verb], &[("WECHAT_APPID", secret), ("WECHAT_SECRET", "wx0123456789abcdef")]);
        told.is(2, "", &format!("{words}{END}"));
    }
    let doctor = workplace.run_with(&["doctor"], &[("WECHAT_APPID", secret), ("WECHAT_SECRET", secret)]);
    assert!(
        doctor.code == 2 && !doctor.stdout.contains(secret) && !doctor.stderr.contains(secret),
        "{doctor:?}"
    );
    workplace.write("campaigns/accounts.yaml", format!("default: {{appid: {secret}, secret: '${{X}}'}}\n"));
    let told = workplace.run(&["check"]);
    assert!(
        told.code == 2 && told.stderr.contains("error[bad-appid]") && !told.stderr.contains(secret),
        "{told:?}"
    );
}

#[test]
fn a_variable_that_is_not_set_is_shown_where_it_is_named() {
    let workplace = workplace("default:\n  appid: ${WECHAT_APPID}   # ours\n  secret: ${WECHAT_SECRET}\n");
    let words = "\
error[unset-variable]: WECHAT_APPID, the appid of account `default`, is not set
 --> campaigns/accounts.yaml:2:10
  |
2 |   appid: ${WECHAT_APPID}
  |          ^^^^^^^^^^^^^^^
  |
  = help: set it (export WECHAT_APPID=wx…), or rehearse without credentials: --emulator

";
    workplace.run(&["plan"]).is(2, "", &format!("{words}{END}"));
    assert_eq!(workplace.run_with(&["plan"], &[("WECHAT_APPID", "wx2")]).code, 0);
    assert_eq!(workplace.run(&["plan", "--emulator"]).code, 0);

    let document = workplace.run(&["plan", "--format", "json"]).json();
    assert!(document["digest"].is_null());
    assert_eq!(
        document["problems"],
        serde_json::json!([{
            "kind": "unset-variable",
            "severity": "error",
            "path": "campaigns/accounts.yaml",
            "line": 2,
            "column": 10,
            "message": "WECHAT_APPID, the appid of account `default`, is not set",
            "help": "set it (export WECHAT_APPID=wx…), or rehearse without credentials: --emulator",
        }])
    );
}

#[test]
fn without_accounts_yaml_the_defaults_are_named() {
    let workplace = Workplace::new();
    workplace.write("campaigns/a.yaml", "codes:\n  - {scene: 1, channel: A, expires: 30d}\n");
    let words = "\
error[unset-variable]: WECHAT_APPID, the appid of account `default`, is not set
--> campaigns
 = help: set it (export WECHAT_APPID=wx…), or rehearse without credentials: --emulator; there is no campaigns/accounts.yaml, so this variable is asked for

";
    workplace.run(&["plan"]).is(2, "", &format!("{words}{END}"));
}

#[test]
fn the_quota_needs_the_secret() {
    let workplace = workplace("default: {appid: wx1, secret: '${WECHAT_SECRET}'}\n");
    let words = "\
error[unset-variable]: WECHAT_SECRET, the secret of account `default`, is not set
 --> campaigns/accounts.yaml:1:31
  |
1 | default: {appid: wx1, secret: '${WECHAT_SECRET}'}
  |                               ^^^^^^^^^^^^^^^^^^
  |
  = help: set it (export WECHAT_SECRET=…), or rehearse without credentials: --emulator

";
    workplace.run(&["plan", "--quota"]).is(2, "", &format!("{words}{END}"));
}

#[test]
fn a_secret_in_the_place_of_a_path_is_not_shown() {
    let secret = "0123456789abcdef0123456789abcdef";
    let workplace = workplace(&format!("default:\n  appid: wx1\n  secret_file: {secret}\n"));
    let words = "\
error[secret-value]: the secret_file of account `default` cannot be read: No such file or directory
 --> campaigns/accounts.yaml:3:16
  |
3 |   secret_file: ********************************
  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: secret_file: PATH, from the folder of accounts.yaml; see that it is there and its permissions

";
    workplace.run(&["run"]).is(2, "", &format!("{words}{END}"));
    let outcome = workplace.run(&["run", "--format", "json"]);
    assert!(!format!("{}{}", outcome.stdout, outcome.stderr).contains(secret));
}

#[test]
fn a_secret_as_an_accounts_name_is_not_shown() {
    let secret = "0123456789abcdef0123456789abcdef";
    let workplace =
        workplace(&format!("{secret}:\n  appid: ${{WECHAT_APPID}}\n  secret: x\nshop: {{appid: wx1}}\n"));
    for arguments in [["check"].as_slice(), &["check", "--format", "json"], &["plan"]] {
        let outcome = workplace.run(arguments);
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(said.contains("`account:` names one of: …, shop"), "{said}");
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn two_accounts_have_two_appids() {
    let workplace = workplace(
        "default: {appid: wx1, secret: '${WECHAT_SECRET}'}\nother: {appid: '${OTHER}', secret: '${WECHAT_SECRET}'}\n",
    );
    let words = "\
error[same-appid]: the accounts `default` and `other` have one appid
 --> campaigns/accounts.yaml:2:16
  |
2 | other: {appid: '${OTHER}', secret: '${WECHAT_SECRET}'}
  |                ^^^^^^^^^^
  |
  = help: keep one of them and let all their campaigns name it

";
    workplace.run_with(&["plan"], &[("OTHER", "wx1")]).is(2, "", &format!("{words}{END}"));
}

/// Files of variables for containers keep the quotes that a shell takes away.
#[test]
fn quotes_around_a_secret_or_an_appid_are_named_and_the_value_is_not_shown() {
    let secret = "0123456789abcdef0123456789abcdef";
    let workplace = workplace("default:\n  appid: ${WECHAT_APPID}\n  secret: ${WECHAT_SECRET}\n");
    let help = "= help: write it without quotes, which `docker run --env-file` for one takes as part of it\n";
    for quoted in
        [format!("\"{secret}\""), format!("'{secret}'"), format!("“{secret}”"), format!(" \"{secret}\"\n")]
    {
        let told = workplace
            .run_with(&["run"], &[("WECHAT_APPID", "wx0123456789abcdef"), ("WECHAT_SECRET", &quoted)]);
        let words = "error[secret-value]: WECHAT_SECRET, the secret of account `default`, stands in quotes\n";
        assert!(told.code == 2 && told.stderr.starts_with(words) && told.stderr.contains(help), "{told:?}");
        assert!(!told.stderr.contains(secret), "{told:?}");
    }
    let told = workplace.run_with(&["plan"], &[("WECHAT_APPID", "\"wx0123456789abcdef\"")]);
    let words = "error[bad-appid]: WECHAT_APPID, the appid of account `default`, stands in quotes\n";
    assert!(told.code == 2 && told.stderr.starts_with(words) && told.stderr.contains(help), "{told:?}");

    workplace.write("campaigns/accounts.yaml", "default:\n  appid: wx0123456789abcdef\n  secret_file: key\n");
    workplace.write("campaigns/key", format!("\"{secret}\"\n"));
    let told = workplace.run_with(&["run"], &[]);
    let words = "error[secret-value]: the secret_file of account `default` stands in quotes\n";
    assert!(told.code == 2 && told.stderr.starts_with(words) && told.stderr.contains(help), "{told:?}");
    assert!(!told.stderr.contains(secret), "{told:?}");
}
