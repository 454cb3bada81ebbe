//! The schemas as editors get them: valid, stable, and of one mind with the reader about campaign files. What the
//! program writes is held to its schemas wherever tests of other verbs look at it.

use std::collections::BTreeSet;

use scenepress::campaign::{self, RenderOptions};
use serde_json::Value;

use crate::support::Workplace;
use crate::support::schema::{NAMES, assert_valid, faults, schema};

/// A YAML text as an editor understands it.
fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn every_schema_is_one_of_its_draft_and_always_the_same() {
    let workplace = Workplace::new();
    for name in NAMES {
        let outcome = workplace.run(&["schema", name]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{name}");
        assert_eq!(workplace.run(&["schema", name]), outcome);
        let schema = outcome.json();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(schema["title"].is_string() && schema.get("$id").is_none(), "{name}");
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
    }
    assert!(workplace.path("").read_dir().expect("a folder").next().is_none(), "it wrote something");
}

#[test]
fn another_name_is_wrong_usage() {
    Workplace::new().run(&["schema", "plans"]).is(
        2,
        "",
        "error: invalid value 'plans' for '<NAME>'
  [possible values: campaign, accounts, hooks, run, plan, status, events, inspect, diff, handoffs, manifest]

  tip: a similar value exists: 'plan'

For more information, try '--help'.
",
    );
}

#[test]
fn documents_say_what_is_always_there_and_leave_room_for_more() {
    for name in ["run", "plan", "status", "inspect", "diff", "handoffs"] {
        let schema = schema(name);
        assert_eq!(schema["properties"]["format"]["const"], 1, "{name}");
        let required: BTreeSet<&str> =
            schema["required"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        assert_eq!(required, keys(&schema["properties"]), "{name}");
        assert!(!schema.to_string().contains("additionalProperties"), "{name}");
    }
    assert_eq!(schema("manifest")["properties"]["bundle_format"]["const"], scenepress::bundle::FORMAT);
}

/// Every object's properties below a schema, with where they stand.
fn properties<'a>(schema: &'a Value, at: &str, found: &mut Vec<(String, &'a Value)>) {
    match schema {
        Value::Object(members) => {
            for (key, member) in members {
                let at = format!("{at}/{key}");
                if let (true, Value::Object(properties)) = (key == "properties", member) {
                    found
                        .extend(properties.iter().map(|(name, property)| (format!("{at}/{name}"), property)));
                }
                properties(member, &at, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, at, found)),
        _ => {}
    }
}

#[test]
fn every_property_says_what_it_means() {
    for name in NAMES {
        let mut found = Vec::new();
        properties(schema(name), name, &mut found);
        assert!(found.len() >= 5, "{name}");
        let silent: Vec<&String> = found
            .iter()
            .filter(|(_, property)| !property["description"].as_str().is_some_and(|text| text.ends_with('.')))
            .map(|(at, _)| at)
            .collect();
        assert!(silent.is_empty(), "without a description that is a sentence: {silent:?}");
    }
}

#[test]
fn the_campaign_files_of_this_repository_are_valid() {
    let workplace = Workplace::new();
    assert_eq!(workplace.run(&["init", "-q"]).code, 0);
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns");
    for (folder, count) in [(shipped, 4), (workplace.path("campaigns"), 2)] {
        let mut read = 0;
        for entry in folder.read_dir().expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let name = if path.ends_with("accounts.yaml") { "accounts" } else { "campaign" };
                #[expect(clippy::disallowed_methods, reason = "tests read what the program reads")]
                let text = std::fs::read_to_string(&path).expect("a file");
                assert_valid(name, &yaml(&text));
                read += 1;
            }
        }
        assert_eq!(read, count, "{}", folder.display());
    }
}

#[test]
fn a_line_for_the_editor_is_a_comment_like_any_other() {
    let workplace = Workplace::new();
    let campaign = "# yaml-language-server: $schema=campaign.schema.json\ncodes: [{scene: 1, channel: A, expires: 30d}]\n";
    workplace.write("campaigns/metro.yaml", campaign);
    workplace.write("campaigns/campaign.schema.json", workplace.run(&["schema", "campaign"]).stdout);
    workplace.run(&["check"]).is(0, "campaigns/: 1 campaign, 1 code, no problems\n", "");
}

/// The keys that the reader lists where it does not know one.
fn known_keys(accounts: &str, campaign: &str) -> BTreeSet<String> {
    let workplace = Workplace::new();
    workplace.write("campaigns/accounts.yaml", accounts);
    workplace.write("campaigns/metro.yaml", campaign);
    let told = workplace.run(&["check"]).stderr;
    let (_, list) = told.split_once("the keys are ").unwrap_or_else(|| panic!("{told}"));
    list.lines().next().expect("a line").split(", ").map(str::to_owned).collect()
}

#[test]
fn the_keys_of_the_schemas_are_those_the_reader_knows() {
    const ACCOUNTS: &str = "default: {appid: wx1, secret: '${S}'}\n";
    let (file, account) = (schema("campaign"), &schema("accounts")["additionalProperties"]);
    for (accounts, campaign, schema) in [
        (ACCOUNTS, "qqqqqqqq: 1\n", file),
        (ACCOUNTS, "codes: [{qqqqqqqq: 1, scene: 1, channel: A}]\n", &file["properties"]["codes"]["items"]),
        (ACCOUNTS, "limits: {qqqqqqqq: 1}\n", &file["properties"]["limits"]),
        ("default: {qqqqqqqq: 1, appid: wx1, secret: '${S}'}\n", "codes: []\n", account),
    ] {
        let known = known_keys(accounts, campaign);
        let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        assert_eq!(keys(&schema["properties"]), known, "add what is missing in src/campaign/schema.rs");
        assert_eq!(schema["additionalProperties"], false);
    }
}

/// What the reader and the schema say of a file, both or neither.
#[track_caller]
fn assert_both(name: &str, file: &str, text: &str, expected: bool) {
    let workplace = Workplace::new();
    workplace.write("campaigns/metro.yaml", "codes: [{scene: 1, channel: A, expires: 30d}]\n");
    workplace.write("campaigns/stores.csv", "scene,channel,expires\n7,B,30d\n");
    workplace.write(file, text);
    let problems = campaign::read(&[workplace.path("campaigns")]).problems;
    let faults = faults(name, &yaml(text));
    assert_eq!(
        !problems.has_errors(),
        expected,
        "the reader:\n{text}\n{}",
        problems.render(RenderOptions::default())
    );
    assert_eq!(faults.is_empty(), expected, "the schema:\n{text}\n{faults:?}");
}

const CODE: &str = "codes: [{scene: 1, channel: A, expires: 30d}]\n";

#[test]
fn a_campaign_that_is_read_is_valid_and_one_of_another_shape_is_not() {
    let good = [
        "campaign: 地铁 2026",
        "account: default",
        "expires: 60s",
        "expires: ' 4 w '",
        "expires: 90min",
        "expires: never",
        "expire_seconds: 2592000",
        "renew_before: 10d",
        "until: 2027-03-15",
        "permanent_budget: 0",
        "limits: {}",
        "limits: {reissue: 0, retire: 50, relabel: 5%}",
        "limits: {retire: ' 100 % '}",
        "medium: screen",
        "medium: paper\nuntil: 2099-03-15\naccept_expiry: 2099-02-20",
        "reuse: true",
        "example: true",
        "include: [stores.csv]",
        "include:",
    ];
    for line in good {
        assert_both("campaign", "campaigns/metro.yaml", &format!("{line}\n{CODE}"), true);
    }
    let bad = [
        "campaign: 7",
        "campaign: ../metro",
        "campaign: .metro",
        "campaign: 'metro '",
        "campaign:",
        "account: 7",
        "account: ' '",
        "expires: 30",
        "expires: 30 days",
        "expires: 1.5d",
        "expires: [30d]",
        "expires: 30d\nexpire_seconds: 2592000",
        "expire_seconds: 30d",
        "expire_seconds: 59",
        "expire_seconds: 2592001",
        "renew_before: 0d",
        "renew_before: never",
        "until: tomorrow",
        "until: 2027-02-30",
        "until: 15.3.2027",
        "permanent_budget: -1",
        "permanent_budget: many",
        "limits: 5%",
        "limits: {retire: 101%}",
        "limits: {retire: -1}",
        "limits: {renew: 5%}",
        "medium: wood",
        "medium: 7",
        "medium: paper\nuntil: 2099-03-15\naccept_expiry: soon",
        "reuse: 'yes'",
        "example: 'yes'",
        "include: stores.csv",
        "include: [7]",
        "x-note: hello",
    ];
    for line in bad {
        assert_both("campaign", "campaigns/metro.yaml", &format!("{line}\n{CODE}"), false);
    }
    assert_both("campaign", "campaigns/metro.yaml", "codes:\ninclude: [stores.csv]\n", true);
    for text in ["campaign: metro\n", "[]\n", "7\n", "codes: {scene: 1, channel: A, expires: 30d}\n"] {
        assert_both("campaign", "campaigns/metro.yaml", text, false);
    }
}

#[test]
fn a_code_that_is_read_is_valid_and_one_of_another_shape_is_not() {
    let longest = format!("scene: {}, channel: A", "x".repeat(64));
    let good = [
        "scene: 1, channel: A",
        "scene: 4294967295, channel: A",
        "scene: vip-desk, channel: 门店",
        "scene: '007', channel: A",
        &longest,
        "scene: 1, channel: A, expires: 7d",
        "scene: 1, channel: A, expire_seconds: 60",
        "scene: 1, channel: A, tags: []",
        "scene: 1, channel: A, tags: ",
        "scene: 1, channel: A, tags: [a, 上海]",
        "scene: 1, channel: A, medium: screen, reuse: false",
        "scenes: 2001..2050, channel: 'Store {n}'",
        "scenes: ' 2001 .. 2001 ', channel: A",
    ];
    for code in good {
        let text = format!("expires: 30d\ncodes: [{{{code}}}]\n");
        assert_both("campaign", "campaigns/metro.yaml", &text, true);
    }
    let too_long = format!("scene: {}, channel: A", "x".repeat(65));
    let bad = [
        "scene: 1",
        "channel: A",
        "scene: 1, scenes: 2..3, channel: A",
        "scene: 0, channel: A",
        "scene: -1, channel: A",
        "scene: 1.5, channel: A",
        "scene: 4294967296, channel: A",
        "scene: '', channel: A",
        "scene: , channel: A",
        "scene: [1], channel: A",
        "scene: true, channel: A",
        "scene: qrscene_1, channel: A",
        "scene: \"a\\tb\", channel: A",
        &too_long,
        "scenes: 2001, channel: A",
        "scenes: 1-5, channel: A",
        "scenes: 01..5, channel: A",
        "scenes: [1, 5], channel: A",
        "scene: 1, channel: 7",
        "scene: 1, channel: ''",
        "scene: 1, channel: A, tags: metro",
        "scene: 1, channel: A, tags: [7]",
        "scene: 1, channel: A, tags: ['']",
        "scene: 1, channel: A, tags: [a;b]",
        "scene: 1, channel: A, expires: 7",
        "scene: 1, channel: A, expires: 7d, expire_seconds: 60",
        "scene: 1, channel: A, medium: Screen",
        "scene: 1, channel: A, reuse: 1",
        "scene: 1, channel: A, chanel: B",
    ];
    for code in bad {
        let text = format!("expires: 30d\ncodes: [{{{code}}}]\n");
        assert_both("campaign", "campaigns/metro.yaml", &text, false);
    }
}

#[test]
fn an_account_that_is_read_is_valid_and_one_of_another_shape_is_not() {
    let accounts = |more: &str| format!("default:\n  {}\n", more.replace("; ", "\n  "));
    let good = [
        "appid: wx0123456789abcdef; secret: ${WECHAT_SECRET}",
        "appid: ${WECHAT_APPID}; secret_file: secret.txt",
        "appid: wx1; secret: ${S}; api_url: https://relay.example:8443/wx/; image_url: http://127.0.0.1:8080",
        "appid: wx1; secret: ${S}; api_url: http://[::1]:80; image_url: http://LOCALHOST",
        "appid: wx1; secret: ${S}; rate: 300/min; daily_quota: 1",
        "appid: wx1; secret: ${S}; rate: ' 10 / s '",
        "appid: wx1; secret: ${S}; permanents_used_elsewhere: 100000",
    ];
    for account in good {
        assert_both("accounts", "campaigns/accounts.yaml", &accounts(account), true);
    }
    let bad = [
        "appid: wx1",
        "secret: ${S}",
        "appid: wx 1; secret: ${S}",
        "appid: 7; secret: ${S}",
        "appid: $APPID; secret: ${S}",
        "appid: wx1; secret: 5ec4e7",
        "appid: wx1; secret: 7",
        "appid: wx1; secret: ${S}; secret_file: secret.txt",
        "appid: wx1; secret_file: ''",
        "appid: wx1; secret: ${S}; api_url: http://api.weixin.qq.com",
        "appid: wx1; secret: ${S}; api_url: https://user@api.weixin.qq.com",
        "appid: wx1; secret: ${S}; api_url: api.weixin.qq.com",
        "appid: wx1; secret: ${S}; image_url: ftp://mp.weixin.qq.com",
        "appid: wx1; secret: ${S}; rate: 10",
        "appid: wx1; secret: ${S}; rate: 0/s",
        "appid: wx1; secret: ${S}; rate: 10/h",
        "appid: wx1; secret: ${S}; daily_quota: 0",
        "appid: wx1; secret: ${S}; daily_quota: '5'",
        "appid: wx1; secret: ${S}; permanents_used_elsewhere: 100001",
        "appid: wx1; secret: ${S}; token: abc",
    ];
    for account in bad {
        assert_both("accounts", "campaigns/accounts.yaml", &accounts(account), false);
    }
    for text in ["default:\n", "default: wx1\n", "[]\n", "' ': {appid: wx1, secret: '${S}'}\n"] {
        assert_both("accounts", "campaigns/accounts.yaml", text, false);
    }
}

#[test]
fn hooks_that_are_read_are_valid_and_those_of_another_shape_are_not() {
    for good in ["{}", "pre: [/bin/true]", "deploy: [scp, -q, print]\ntimeout: 10min", "post: [sh, '']"] {
        assert_both("hooks", "campaigns/hooks.yaml", good, true);
    }
    for bad in [
        "pre: /bin/true",
        "pre: []",
        "pre: [7]",
        "failure: [sh, [a]]",
        "timeout: 0s",
        "timeout: 60",
        "timeout: never",
        "before: [/bin/true]",
        "[]",
    ] {
        assert_both("hooks", "campaigns/hooks.yaml", bad, false);
    }
}
