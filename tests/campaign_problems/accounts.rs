//! Accounts.

use scenepress::campaign::RenderOptions;

use crate::support::{Folder, assert_problems, assert_text};

#[test]
fn a_literal_secret_is_refused_and_not_shown() {
    assert_problems(
        &[("accounts.yaml", "default:
  appid: wx0123456789abcdef
  secret: hunter2-and-more  # really
"), ("metro.yaml", "expires: 30d
codes:
  - {scene: 1, channel: A}
")],
        "
error[literal-secret]: a secret must not stand in a file that is kept in git
 --> campaigns/accounts.yaml:3:11
  |
3 |   secret: ****************
  |           ^^^^^^^^^^^^^^^^
  |
  = help: write secret: ${WECHAT_SECRET} and set that variable, or secret_file: PATH; if this file was ever shared, reset the secret
",
    );
}

#[test]
fn a_literal_secret_is_not_shown_on_another_problems_line() {
    assert_problems(
        &[("accounts.yaml", "default: {appid: 5, secret: hunter2, rat: 10/s}\n"), ("metro.yaml", "expires: 30d
codes:
  - {scene: 1, channel: A}
")],
        "
error[wrong-type]: `appid` must be a text, not a number
 --> campaigns/accounts.yaml:1:18
  |
1 | default: {appid: *, secret: *******, rat: ****}
  |                  ^
  |
  = help: write appid: wx0123456789abcdef

error[literal-secret]: a secret must not stand in a file that is kept in git
 --> campaigns/accounts.yaml:1:29
  |
1 | default: {appid: *, secret: *******, rat: ****}
  |                             ^^^^^^^
  |
  = help: write secret: ${WECHAT_SECRET} and set that variable, or secret_file: PATH; if this file was ever shared, reset the secret

error[unknown-key]: an account has no key `rat`
 --> campaigns/accounts.yaml:1:38
  |
1 | default: {appid: *, secret: *******, rat: ****}
  |                                      ^^^
  |
  = help: did you mean `rate`?
",
    );
}

#[test]
fn a_secret_is_not_shown_in_broken_yaml() {
    assert_problems(
        &[
            (
                "accounts.yaml",
                r#"default:
  appid: wx1
  secret: "0123456789abcdef0123456789abcdef
  rate: 10/s
"#,
            ),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[yaml-syntax]: this is no YAML: invalid indentation in multiline quoted scalar
 --> campaigns/accounts.yaml:4:3
  |
4 |   rate: 10/s
  |   ^
  |
  = help: look here and on the line before for a tab, a quote or bracket that is not closed, a text with `: ` or ` #` that needs quotes, or a full-width `：`
",
    );
}

#[test]
fn a_misspelt_secret_is_not_shown() {
    assert_problems(
        &[
            (
                "accounts.yaml",
                "default:
  appid: wx0123456789abcdef
  app_secret: hunter2
  secrets:
    hunter3
",
            ),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[unknown-key]: an account has no key `app_secret`
 --> campaigns/accounts.yaml:3:3
  |
3 |   app_secret: *******
  |   ^^^^^^^^^^
  |
  = help: the keys are appid, secret, secret_file, api_url, image_url, rate, daily_quota, permanents_used_elsewhere

error[unknown-key]: an account has no key `secrets`
 --> campaigns/accounts.yaml:4:3
  |
4 |   secrets:
  |   ^^^^^^^
  |
  = help: did you mean `secret`?
",
    );
}

#[test]
fn a_variable_is_written_in_one_way() {
    assert_problems(
        &[
            (
                "accounts.yaml",
                "default:
  appid: $WECHAT_APPID
  secret: ${WECHAT SECRET}
other:
  appid: ${}
  secret: x${A}
",
            ),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[bad-variable]: this is not the name of a variable
 --> campaigns/accounts.yaml:2:10
  |
2 |   appid: $WECHAT_APPID
  |          ^^^^^^^^^^^^^
  |
  = help: a variable is written ${NAME}, with nothing before or after it

error[bad-variable]: this is not the name of a variable
 --> campaigns/accounts.yaml:3:11
  |
3 |   secret: ${WECHAT ******}
  |           ^^^^^^^^^^^^^^^^
  |
  = help: a variable is written ${NAME}, with nothing before or after it

error[bad-variable]: this is not the name of a variable
 --> campaigns/accounts.yaml:5:10
  |
5 |   appid: ${}
  |          ^^^
  |
  = help: a variable is written ${NAME}, with nothing before or after it

error[bad-variable]: this is not the name of a variable
 --> campaigns/accounts.yaml:6:11
  |
6 |   secret: ****}
  |           ^^^^^
  |
  = help: a variable is written ${NAME}, with nothing before or after it
",
    );
}

#[test]
fn urls_are_https_or_loopback() {
    assert_problems(
        &[
            (
                "accounts.yaml",
                "default:
  appid: wx1
  secret: ${S}
  api_url: http://api.weixin.qq.com
  image_url: mp.weixin.qq.com
other:
  appid: wx2
  secret: ${S}
  api_url: https://me:hunter2@relay.example
  image_url: http://127.0.0.1:8080
",
            ),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[not-https]: `api_url` must be https: plain http would show the secret to everybody on the way
 --> campaigns/accounts.yaml:4:12
  |
4 |   api_url: http://api.weixin.qq.com
  |            ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: https anywhere, http only to this machine

error[bad-url]: `image_url` is no url like https://api.weixin.qq.com
 --> campaigns/accounts.yaml:5:14
  |
5 |   image_url: ****************
  |              ^^^^^^^^^^^^^^^^
  |
  = help: https anywhere, http only to this machine

error[url-with-credentials]: `api_url` must not hold a user name or password
 --> campaigns/accounts.yaml:9:12
  |
9 |   api_url: ********************************
  |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: https anywhere, http only to this machine
",
    );
}

#[test]
fn values_of_accounts_are_checked() {
    assert_problems(
        &[
            (
                "accounts.yaml",
                "default:
  appid: wx 1
  secret: ${S}
  secret_file: s.txt
  rate: 10
  daily_quota: 0
'':
  appid: wx2
third: wx3
",
            ),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[bad-appid]: this is no appid: letters, digits, `_` and `-` only
 --> campaigns/accounts.yaml:2:10
  |
2 |   appid: wx *
  |          ^^^^
  |
  = help: an appid looks like wx0123456789abcdef

error[two-secrets]: an account has `secret` or `secret_file`, not both
 --> campaigns/accounts.yaml:4:3
  |
4 |   secret_file: *****
  |   ^^^^^^^^^^^
  |
 ::: campaigns/accounts.yaml:3:3
  |
3 |   secret: ${S}
  |   ------ the first is here
  |
  = help: keep one of the two

error[bad-rate]: `rate` must be a number of tickets a second or a minute
 --> campaigns/accounts.yaml:5:9
  |
5 |   rate: 10
  |         ^^
  |
  = help: such as 10/s or 300/min

error[zero-quota]: with a `daily_quota` of 0 nothing can be issued
 --> campaigns/accounts.yaml:6:16
  |
6 |   daily_quota: 0
  |                ^
  |
  = help: leave it out: the platform's 100,000 is the default

error[empty-text]: the account's name is empty or holds a control character
 --> campaigns/accounts.yaml:7:1
  |
7 | '':
  | ^^
  |
  = help: a name is any text people can read, such as default

error[wrong-type]: an account must be a mapping of keys to values, not a text
 --> campaigns/accounts.yaml:9:8
  |
9 | third: ***
  |        ^^^
  |
  = help: write keys and values, each as `key: value`
",
    );
}

#[test]
fn accounts_that_are_named_exist() {
    assert_problems(
        &[
            (
                "accounts.yaml",
                "defualt:
  appid: wx1
  secret: ${S}
",
            ),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[unknown-account]: there is no account `default` in accounts.yaml
--> campaigns/metro.yaml
 = help: did you mean `defualt`?
",
    );
}

#[test]
fn an_unknown_account_has_a_suggestion() {
    assert_problems(
        &[
            (
                "accounts.yaml",
                "default: {appid: wx1, secret: '${S}'}
shanghai: {appid: wx2, secret_file: secrets/shanghai}
",
            ),
            (
                "metro.yaml",
                "account: shangai
expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[unknown-account]: there is no account `shangai` in accounts.yaml
 --> campaigns/metro.yaml:1:10
  |
1 | account: shangai
  |          ^^^^^^^
  |
  = help: did you mean `shanghai`?
",
    );
}

#[test]
fn an_empty_accounts_file_is_a_problem() {
    assert_problems(
        &[
            ("accounts.yaml", "# to do\n"),
            (
                "metro.yaml",
                "expires: 30d
codes:
  - {scene: 1, channel: A}
",
            ),
        ],
        "
error[empty-file]: the file has no keys, only comments
--> campaigns/accounts.yaml
 = help: it needs at least the account `default`; without the file there is one
",
    );
}

#[test]
fn permanent_codes_made_elsewhere_are_at_most_what_an_account_has() {
    assert_problems(
        &[
            (
                "accounts.yaml",
                "default:
  appid: wx1
  secret: ${S}
  permanents_used_elsewhere: 100001
second:
  appid: wx2
  secret: ${S}
  permanents_used_elsewhere: 12,000
third:
  appid: wx3
  secret: ${S}
  permanents_used_elsewhere: 12000
",
            ),
            ("metro.yaml", "account: third\nexpires: 30d\ncodes:\n  - {scene: 1, channel: A}\n"),
        ],
        "
error[over-the-pool]: `permanents_used_elsewhere` is more than an account can have
 --> campaigns/accounts.yaml:4:30
  |
4 |   permanents_used_elsewhere: 100001
  |                              ^^^^^^
  |
  = help: an account has 100,000 permanent codes for its life; this ledger's own do not count here

error[wrong-type]: `permanents_used_elsewhere` must be a whole number in plain digits, not a text
 --> campaigns/accounts.yaml:8:30
  |
8 |   permanents_used_elsewhere: 12,***
  |                              ^^^^^^
  |
  = help: write permanents_used_elsewhere: 12000
",
    );
}

#[test]
fn a_secret_in_the_folder_is_no_campaign_and_nothing_of_it_is_shown() {
    let folder = Folder::new()
        .with(
            "accounts.yaml",
            "default: {appid: wx1, secret_file: wechat.txt}\nshop: {secret_file: ./keys/shop.csv}\n",
        )
        .with("metro.yaml", "expires: 30d\ninclude: [keys/shop.csv]\n")
        .with("wechat.txt", "d4624c36b6795d1d99dcf0547af5443d\n")
        .with("keys/shop.csv", "c36b6795d1d99dcf0547af5443dd4624\n")
        .with_link("stores.yaml", "wechat.txt");
    let reading = folder.read();
    assert_text(
        &folder.text(&reading, RenderOptions::default()),
        "
error[missing-field]: the account `shop` has no `appid`
 --> campaigns/accounts.yaml:2:7
  |
2 | shop: {secret_file: ***************}
  |       ^
  |
  = help: the literal appid is best, it is no secret

error[secret-file]: this is the secret_file of account `shop`, and no campaign
--> campaigns/keys/shop.csv
 = help: move it out of the campaigns folder, or give it a name without .csv, .yaml or .yml

error[secret-file]: this is the secret_file of account `default`, and no campaign
--> campaigns/stores.yaml
 = help: move it out of the campaigns folder, or give it a name without .csv, .yaml or .yml
",
    );
}
